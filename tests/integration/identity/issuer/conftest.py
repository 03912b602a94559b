"""A company whose sign-in issuer is managed, with the issuer in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.identity import issuer_status
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.keeping import Keeping, keeping_up
from tests.support.postgres import Databases


@pytest.fixture
def directory() -> FakeIssuer:
    return FakeIssuer()


@pytest.fixture
def console(directory: FakeIssuer) -> FakeIssuer:
    return directory


@pytest.fixture
async def keeping(databases: Databases, directory: FakeIssuer, console: FakeIssuer) -> AsyncIterator[Keeping]:
    async with keeping_up(databases, directory, console) as keeping:
        yield keeping


async def status(keeping: Keeping) -> str:
    return await issuer_status.waiting(keeping.runtime)
