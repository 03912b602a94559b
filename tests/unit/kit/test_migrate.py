"""Migrations make exactly the tables that the code talks about."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from libs.kit import migrate
from tests.support.postgres import Databases
from tools.revision import drift

SCHEMAS = [None, *migrate.services()]


@pytest.mark.parametrize("service", SCHEMAS, ids=lambda service: service or "kit")
async def test_the_migrated_schema_is_what_the_tables_say(databases: Databases, service: str | None) -> None:
    url = await databases.fresh(service)
    assert await drift(service, url) == []
    await databases.drop(url)


async def test_a_table_that_no_migration_made_is_noticed(empty_url: str) -> None:
    await migrate.migrate(None, empty_url)
    connection = await asyncpg.connect(empty_url)
    await connection.execute("ALTER TABLE outbox DROP COLUMN trace")
    await connection.close()
    assert "trace" in str(await drift(None, empty_url))


async def test_replicas_that_start_together_migrate_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate.migrate(None, empty_url) for _ in range(4)))
    connection = await asyncpg.connect(empty_url)
    assert {row["version_num"] for row in await connection.fetch("TABLE alembic_version")} == migrate.heads(None)
    await connection.close()


async def test_a_step_gives_up_on_a_table_that_is_in_use(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", "100ms")
    await migrate.migrate(None, empty_url)
    connection = await asyncpg.connect(empty_url)
    async with connection.transaction():
        await connection.execute("DELETE FROM alembic_version")
        await connection.execute("LOCK alembic_version")
        with pytest.raises(DBAPIError, match="lock timeout"):
            await migrate.migrate(None, empty_url)
    await connection.close()


async def test_an_address_may_say_how_tls_is_to_be_spoken(empty_url: str) -> None:
    """As a Secret's address does; every other connection reads it by asyncpg."""
    joint = "&" if "?" in empty_url else "?"
    await migrate.migrate(None, f"{empty_url}{joint}sslmode=prefer")
    assert await drift(None, empty_url) == []
