"""A small backup: three databases with little in them, one of them not ours."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.kit.backup.__main__ import main
from libs.kit.backup.checking import Backup, check
from libs.kit.backup.programs import Programs
from libs.kit.backup.restoring import restore
from libs.kit.backup.sealing import PIECE
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf
from libs.kit.backup.taking import Taken, take
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from libs.kit.settings import read
from libs.kit.tables import vault_keys
from libs.kit.vault import KEY_COLUMNS, Keyring, Vault
from tests.support.postgres import Databases

OLD, NEW, OTHER = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new", "old"))
RING = f"{NEW},{OLD}"
CANARY = "kanarienvogel"
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@dataclass
class Small:
    """Three databases with little in them, one of them not ours, and a backup of each state."""

    urls: dict[str, str]
    shelf: Shelf
    databases: Databases

    def settings(self, urls: dict[str, str] | None = None, ring: str = RING) -> BackupSettings:
        return read(
            BackupSettings,
            backup_databases=",".join(f"{name}={url}" for name, url in (urls or self.urls).items()),
            keyring=ring,
        )

    async def take(self, **how: Any) -> Taken:
        return await take(self.settings(), self.shelf, lambda _: None, **how)

    def checked(self, taken: Taken, ring: str = RING) -> Backup:
        name = taken.keys.backup_id
        return check(Keyring.parse(ring), self.shelf.data / name, self.shelf.keys / name)

    async def empty(self) -> dict[str, str]:
        return {name: await self.databases.empty() for name in self.urls}

    async def restore(self, backup: Backup, urls: dict[str, str], **how: Any) -> list[str]:
        said: list[str] = []
        await restore(backup, urls, Programs(self.settings().bin), said.append, **how)
        return said


@pytest.fixture
async def small(databases: Databases, tmp_path: Path) -> AsyncIterator[Small]:
    urls = {name: await databases.fresh(name) for name in ("identity", "employees")}
    urls["keycloak"] = await databases.empty()
    for ring, count in ((OLD, 20), (RING, 30)):
        vault = Vault(Keyring.parse(ring), SystemClock())
        records = [vault.new_key(uuid7())[1] for _ in range(count)]
        connection: Any = await asyncpg.connect(urls["employees"])
        await connection.copy_records_to_table(vault_keys.name, columns=KEY_COLUMNS, records=records)
        await connection.close()
    # Longer than two pieces, and nothing that compresses.
    filler = base64.b64encode(os.urandom(2 * PIECE + PIECE // 2)).decode()
    connection = await asyncpg.connect(urls["keycloak"])
    await connection.execute("CREATE TABLE user_entity (username text)")
    await connection.execute("INSERT INTO user_entity VALUES ($1)", CANARY + filler)
    await connection.close()
    yield Small(urls, Shelf.at(tmp_path / "backups", None), databases)
    for url in urls.values():
        await databases.drop(url)


async def in_thread(*arguments: str) -> int:
    return await asyncio.to_thread(main, list(arguments))
