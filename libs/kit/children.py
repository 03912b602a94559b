"""Child processes: they end with us, however we end (Linux; elsewhere they stay, and the next start takes them over),
and their messages go to a file that does not grow for ever.
"""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
# As a log: messages go where our own go, as a container wants it.
CONSOLE = Path("/dev/stdout")
_LOG_LIMIT_BYTES = 10_000_000


def _load_prctl() -> Callable[[int, int], int] | None:
    try:
        prctl: Callable[[int, int], int] = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    return prctl


# Loaded beforehand: between fork and exec nothing may be.
_prctl = _load_prctl()


def dying_with_parent(how: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child this signal when the thread that started it is gone."""
    return partial(_ask, how)


def _ask(how: signal.Signals) -> None:
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, how)


@contextmanager
def messages_to(log: Path) -> Iterator[IO[bytes] | None]:
    """For `stdout` and `stderr`: the end of the file `log`, begun anew when it has grown past 10 MB."""
    if log == CONSOLE:
        yield None
        return
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.unlink()
    with log.open("ab") as file:
        yield file
