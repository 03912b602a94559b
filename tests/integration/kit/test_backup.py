"""Backup and restore: taken while people work, restored into an empty stack with an empty bus, and all agrees again."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from libs.kit.access.passports import PassportReader
from libs.kit.backup import restoring, sources
from libs.kit.backup.checking import check
from libs.kit.backup.manifest import BackupRefused, Signet
from libs.kit.backup.sealing import FileDamaged
from libs.kit.errors import PassportInvalid
from libs.kit.postgres import PostgresServer
from libs.kit.vault import Keyring
from services.__main__ import Platform
from tests.support.backups import (
    NAMES,
    SERVICES,
    Source,
    ask,
    empty_stack,
    eventually,
    platform_on,
    rows,
    settled,
    source_on,
)

DIRECTORY = "SELECT * FROM directory_people ORDER BY employee_id"
UNITS = "SELECT * FROM directory_units ORDER BY unit_id"
HANDLED = "SELECT event_id FROM inbox WHERE source = 'employees' AND consumer = 'identity'"


@pytest.fixture(scope="module")
async def source(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Source]:
    async with source_on(tmp_path_factory.mktemp("backup")) as opened:
        yield opened


async def test_what_a_snapshot_shows_handled_its_producer_has(source: Source, tmp_path: Path) -> None:
    """No database holds the effect of a fact that the backup does not hold."""
    async with source.at_work("A"):
        taken = await source.take()
    assert taken.data is not None
    with empty_stack(tmp_path, source.folder) as server:
        await source.restored_into(server, source.checked(taken))
        assert await ghosts(server) == set()
        for name in NAMES:
            assert (
                await ask(server.url(name), "SELECT count(*) FROM vault_keys")
                == (taken.keys.parts[name].tables["vault_keys"])
            )


async def ghosts(server: PostgresServer) -> set[UUID]:
    known = {row["event_id"] for row in await rows(server.url("employees"), "SELECT event_id FROM outbox")}
    handled = {row["event_id"] for row in await rows(server.url("identity"), HANDLED)}
    assert len(handled) > 100
    return handled - known


async def test_without_the_fence_there_are_ghosts(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seeded mistake: producers first, and nobody waits for anybody."""

    async def no_fence(found: list[sources.Source]) -> float:
        for one in sorted(found, key=lambda one: one.name):
            await one.freeze()
            await asyncio.sleep(1)
        return 0

    monkeypatch.setattr(sources, "_freeze", no_fence)
    async with source.at_work("B"):
        taken = await source.take()
    with empty_stack(tmp_path, source.folder) as server:
        await source.restored_into(server, source.checked(taken))
        assert await ghosts(server)
