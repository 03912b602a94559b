"""Programs of Debian's that some checks need: found, or installed where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence


def missing(what: str, commands: Sequence[str], packages: Sequence[str]) -> str:
    """Why none of the commands is here; nothing when one is. Installs the packages as root where there is apt-get."""
    if _found(commands):
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"no {what} here, and installing it needs root and apt-get"
    print(f"Installing {what}…", flush=True)
    steps = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])
    # Whoever needs the program starts it; Debian's services would take its ports.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False, env=env)
        if done.returncode:
            break
    if not _found(commands):
        return f"{what} could not be installed: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return ""


def _found(commands: Sequence[str]) -> bool:
    return any(shutil.which(name) for name in commands)
