"""One stack for all that is broken here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.fault_stack import Hurt, hurt_stack


@pytest.fixture(scope="session")
async def hurt_for_all() -> AsyncIterator[Hurt]:
    async with hurt_stack() as hurt:
        yield hurt


@pytest.fixture
async def hurt(hurt_for_all: Hurt) -> AsyncIterator[Hurt]:
    """The stack in good health, whatever a test before did to it."""
    await hurt_for_all.well()
    yield hurt_for_all
    await hurt_for_all.heal()
