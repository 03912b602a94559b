"""What came of a call that may answer or refuse."""

from collections.abc import Callable
from typing import TypeVar

from services.employees.importing.problems import Fault, Unreadable

_Answer = TypeVar("_Answer")


def outcome(call: Callable[[], _Answer]) -> _Answer | Fault | Unreadable:
    """The answer, or the refusal; a refusal has exactly the parameters its code has."""
    try:
        return call()
    except (Fault, Unreadable) as refusal:
        if set(refusal.parameters) != refusal.code.parameters:
            raise AssertionError(refusal.code) from refusal
        return refusal
