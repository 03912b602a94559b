"""UUIDv7 (RFC 9562, 5.7): sortable by time of making, so that primary keys append instead of scattering."""

from __future__ import annotations

import os
import time
from uuid import UUID

NIL = UUID(int=0)


def uuid7() -> UUID:
    """48 bits of Unix milliseconds, 12 bits of the millisecond's fraction, 62 random bits."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | random)


def text_of_id(one: UUID | None) -> str:
    """As messages have it: empty for none."""
    return str(one) if one is not None else ""


def id_in(text: str) -> UUID | None:
    """Of a message's field that the contract has checked: None when it is empty."""
    return UUID(text) if text else None
