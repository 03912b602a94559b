"""The faults at length: `python -m tests.load.faults`, about half an hour on two cores. `make test` has the short ones.

A million events with 240 kills; Kafka away for a minute; 20,000 requests in a rolling restart; 10,000 revocations.
"""

from __future__ import annotations

import os
import subprocess
import sys

AT_LENGTH = {
    "MAINSTAY_FAULT_EVENTS": "1000000",
    "MAINSTAY_FAULT_KILLS": "240",
    "MAINSTAY_FAULT_PROCESS_KILLS": "60",
    "MAINSTAY_FAULT_AWAY_SECONDS": "60",
    "MAINSTAY_FAULT_REQUESTS": "20000",
    "MAINSTAY_FAULT_REVOCATIONS": "10000",
}
# None of the tests waits for ever; this is for what nobody thought of.
_TEST_SECONDS = 3600

if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", "tests/faults", "-q", "-s", "-o", f"timeout={_TEST_SECONDS}"]
    sys.exit(subprocess.run(command, env={**AT_LENGTH, **os.environ}, check=False).returncode)
