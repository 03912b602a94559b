"""One process at a time has a turn; whoever ends, fails or loses its connection leaves it to the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import text

from libs.kit.database import Database
from libs.kit.turns import turn


@pytest.fixture
async def other(kit_url: str) -> AsyncIterator[Database]:
    """Another process's pool of connections to the same database."""
    database = Database(kit_url, pool_size=2, application="other")
    await database.open()
    yield database
    await database.close()


async def free(database: Database, name: str = "test.work") -> bool:
    async with turn(database, name) as session:
        return session is not None


async def test_one_at_a_time(kit_database: Database, other: Database) -> None:
    async with turn(kit_database, "test.work") as session:
        assert session is not None
        assert not await free(other)
        assert await free(other, "test.other_work")
        assert not await free(other), "whoever was refused has nothing to give back"
    assert await free(other)


async def test_who_fails_leaves_it_to_the_next(kit_database: Database, other: Database) -> None:
    with suppress(ZeroDivisionError):
        async with turn(kit_database, "test.work"):
            raise ZeroDivisionError
    assert await free(other)


async def test_who_loses_the_connection_loses_the_turn_and_is_told_by_it(
    kit_database: Database, other: Database
) -> None:
    async def work() -> None:
        async with turn(kit_database, "test.work") as session:
            assert session is not None
            pid = await session.value(text("SELECT pg_backend_pid()"))
            async with other.reading() as killer:
                assert await killer.value(text("SELECT pg_terminate_backend(:pid, 5000)").bindparams(pid=pid))
            assert await free(other)
            await session.value(text("SELECT 1"))

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await work()
    assert await free(kit_database)
