"""How calls travel: the edge every service answers through, gRPC around it, and the channels that reach it."""
