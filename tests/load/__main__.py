"""`make load`: every measurement that docs/performance.md quotes, one after another."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = (
    ("tests.load.import_people", "300000"),
    ("tests.load.front_door", "10000", "10"),
    ("tests.load.stack", "5000", "10"),
    ("tests.load.bus",),
    ("tests.load.revocation", "10000"),
    ("tests.load.openapi_fuzz", "50"),
)

for script in SCRIPTS:
    print(f"\n── {' '.join(script)} ──", flush=True)
    subprocess.run([sys.executable, "-m", *script], check=True)
