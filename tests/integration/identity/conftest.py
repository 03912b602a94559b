"""The company is settled once and copied for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.kit.database import Database
from tests.integration.identity.company import Company
from tests.support.postgres import Databases


@pytest.fixture(scope="session")
async def settled(databases: Databases) -> AsyncIterator[str]:
    """Address of a database that nobody is connected to, with the company in it."""
    url = await databases.fresh("identity")
    database = Database(url)
    await database.open()
    await (await Company.open(database)).settle()
    await database.close()
    yield url
    await databases.drop(url)


@pytest.fixture
async def company(databases: Databases, settled: str) -> AsyncIterator[Company]:
    url = await databases.copy(settled)
    database = Database(url)
    await database.open()
    company = await Company.open(database)
    await company.gate._committed()
    yield company
    await database.close()
    await databases.drop(url)
