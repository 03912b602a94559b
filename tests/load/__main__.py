"""`make load`: every measurement that docs/performance.md quotes, one after another.

`python -m tests.load FOLDER` also measures how good the ranking is, by O*NET's files in that folder; they are not kept
here.
"""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = (
    ("tests.load.import_people", "300000"),
    ("tests.load.front_door", "10000", "10"),
    ("tests.load.stack", "5000", "10"),
    ("tests.load.bus",),
    ("tests.load.relay",),
    ("tests.load.revocation", "10000"),
    ("tests.load.openapi_fuzz", "50"),
    ("tests.load.matching",),
    ("tests.load.talent_search", "100000"),
)
QUALITY = [("tests.load.related_occupations", folder) for folder in sys.argv[1:2]]

for script in (*SCRIPTS, *QUALITY):
    print(f"\n── {' '.join(script)} ──", flush=True)
    subprocess.run([sys.executable, "-m", *script], check=True)
