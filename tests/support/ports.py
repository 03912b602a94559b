"""Ports nobody listens on, and nobody gets by chance before whoever asked for one listens there."""

from __future__ import annotations

import random
import socket

# Below the blocks of `tests.support.stack`, and below what systems give to connections of their own accord.
_FIRST, _LAST = 10_000, 19_999
# Other test processes draw too, and hypothesis seeds the common source.
_CHANCE = random.SystemRandom()
_given: set[int] = set()


def free_port() -> int:
    """Never the same twice in a process."""
    while True:
        port = _CHANCE.randint(_FIRST, _LAST)
        if port not in _given and _free(port):
            _given.add(port)
            return port


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
