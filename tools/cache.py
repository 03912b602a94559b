"""What is fetched or built once: made beside its place and moved there whole, by one process at a time."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Git knows nothing of it.
CACHE = ROOT / ".cache"


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, filled by `make` (which is given an empty one) if it is not there. Blocks while another makes it.

    A folder that is there is whole; name it by what is wanted in it. Whatever `make` raises goes through.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            incoming = folder.with_name(f"{folder.name}.incoming")
            # An interrupted one's.
            shutil.rmtree(incoming, ignore_errors=True)
            incoming.mkdir()
            try:
                make(incoming)
                incoming.rename(folder)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
    return folder
