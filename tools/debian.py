"""Programs of Debian's that some checks need: found, or installed where that is possible."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def missing(what: str, commands: Sequence[str], packages: Sequence[str]) -> str:
    """Why none of the commands is here; nothing when one is. Installs the packages as root where there is apt-get."""
    if _found(commands):
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"no {what} here, and installing it needs root and apt-get"
    with _alone():
        # Whoever was first may have installed it.
        return "" if _found(commands) else _install(what, commands, packages)


def _install(what: str, commands: Sequence[str], packages: Sequence[str]) -> str:
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


@contextmanager
def _alone() -> Iterator[None]:
    """Steps that run beside each other install one after another: of two of apt's at once one is refused."""
    with (Path(tempfile.gettempdir()) / "mainstay-debian.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _found(commands: Sequence[str]) -> bool:
    return any(shutil.which(name) for name in commands)
