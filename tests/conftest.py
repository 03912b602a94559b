"""Fixtures of the whole test suite live in `tests/support`."""

from __future__ import annotations

pytest_plugins = ["tests.support.postgres", "tests.support.bus"]
