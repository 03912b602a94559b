"""Opens a workbook once in a process of its own, with bounded memory and time, before anybody opens it here.

The workbook reader lays a sheet out as a full rectangle and ends the process when there is no memory for it: a file of
a kilobyte can ask for half a terabyte, in more ways of writing XML than a look at the text can know.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from pathlib import Path
from threading import Lock

from python_calamine import CalamineWorkbook

_MEMORY = 3 << 29
_CPU_SECONDS = 60
_SECONDS = 90
# One at a time: a second one waits instead of doubling what the machine must have.
_TURN = Lock()
# What Python ends with after an error: the reader's own words about a damaged or protected file.
_OPENED, _SAID_WHY, _NO_MEMORY = 0, 1, 3
MEGABYTES = _MEMORY >> 20


def can_be_opened(source: bytes | Path) -> bool:
    """Whether a reader of its own came through, if only to say what is wrong with the file. Takes one more reading."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    with _TURN:
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__],
                input=content,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode in {_OPENED, _SAID_WHY}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _read()
    except MemoryError:
        sys.exit(_NO_MEMORY)


def _read() -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for name in workbook.sheet_names:
        if workbook.get_sheet_by_name(name).height:
            return


if __name__ == "__main__":
    main()
