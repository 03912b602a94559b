"""What this machine lacks: a test that needs it is skipped, or fails where nothing may be left out."""

from __future__ import annotations

import pytest

from tools.check import REQUIRED, required
from tools.stack import parts


def leave_out(why: str) -> None:
    """Skips the test that asks, for the reason given; fails it where REQUIRED is set. Without a reason nothing."""
    if why and required():
        pytest.fail(f"nothing may be left out where {REQUIRED} is set: {why}")
    if why:
        pytest.skip(why)


def need_parts() -> parts.Parts:
    """Kafka and Keycloak as published, or `leave_out`."""
    why = parts.missing()
    leave_out(why and f"the real stack is left out: {why}")
    return parts.fetch()
