"""UUIDv7s by the thousand: ids of one load follow each other, so that their indexes grow at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

_BLOCK = 4096
_VERSION = 0x7 << 12
_VARIANT = 0b10 << 62
_RANDOM = (1 << 62) - 1


def stream() -> Iterator[bytes]:
    """The ids' 16 bytes, in order. A millisecond stands for 4,096 of them: a large load runs a little ahead of time."""
    at = time.time_ns() // 1_000_000
    while True:
        random = os.urandom(8 * _BLOCK)
        for count in range(_BLOCK):
            tail = int.from_bytes(random[8 * count : 8 * count + 8]) & _RANDOM | _VARIANT
            yield (at << 16 | _VERSION | count).to_bytes(8) + tail.to_bytes(8)
        at = max(at + 1, time.time_ns() // 1_000_000)


def text(value: bytes) -> str:
    """An id as people and messages write it."""
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
