"""Child processes that end with us, however we end (Linux; elsewhere they stay, and the next start takes them over)."""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Callable
from functools import partial

_PR_SET_PDEATHSIG = 1


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
