"""What every program of Mainstay is made of."""

import os

# Before anything loads gRPC: its handlers of a fork end, while calls are under way, a child on its way to be another
# program, one in four of them with a segmentation fault. Nothing of ours goes on in a forked child.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
