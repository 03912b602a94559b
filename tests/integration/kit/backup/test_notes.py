"""A backup tells the databases in it that they were backed up, and the services say so on `/metrics`."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from libs.kit.backup.notes import BackupAge
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf
from libs.kit.backup.taking import take
from libs.kit.database import Database
from libs.kit.settings import read
from tests.support.backups import rows
from tests.support.postgres import Databases

RING = f"k1:{base64.b64encode(os.urandom(32)).decode()}"
NOTED = "SELECT kind, since, backup_id, size FROM backups ORDER BY kind"


@pytest.fixture
async def urls(databases: Databases) -> AsyncIterator[dict[str, str]]:
    found = {"employees": await databases.fresh("employees"), "keycloak": await databases.empty()}
    yield found
    for url in found.values():
        await databases.drop(url)


def settings(urls: dict[str, str]) -> BackupSettings:
    return read(BackupSettings, backup_databases=",".join(f"{k}={v}" for k, v in urls.items()), keyring=RING)


async def figures(url: str, service: str) -> dict[str, float | None]:
    """What `/metrics` of a service on that database says."""
    database = Database(url)
    await database.open()
    try:
        await BackupAge(database, service).look()
    finally:
        await database.close()
    name = "mainstay_backup_last_success_timestamp_seconds"
    return {kind: REGISTRY.get_sample_value(name, {"service": service, "kind": kind}) for kind in ("data", "keys")}


async def test_a_database_without_a_backup_counts_from_the_day_it_was_made(urls: dict[str, str]) -> None:
    found = await figures(urls["employees"], "never")
    assert found["data"] == found["keys"]
    assert time.time() - (found["data"] or 0) < timedelta(minutes=30).total_seconds()
    assert [row["backup_id"] for row in await rows(urls["employees"], NOTED)] == [None, None]


async def test_a_database_knows_its_last_backup_and_keys_alone_are_no_data(
    urls: dict[str, str], tmp_path: Path
) -> None:
    said: list[str] = []
    shelf = Shelf.at(tmp_path, None)
    whole = await take(settings(urls), shelf, said.append)
    again = await take(settings(urls), shelf, said.append, only_keys=True)
    assert whole.data is not None
    data, keys = await rows(urls["employees"], NOTED)
    assert tuple(data) == ("data", whole.data.taken_at, whole.data.backup_id, whole.data.size)
    assert tuple(keys) == ("keys", again.keys.taken_at, again.keys.backup_id, again.keys.size)
    found = await figures(urls["employees"], "backed up")
    assert found == {"data": whole.data.taken_at.timestamp(), "keys": again.keys.taken_at.timestamp()}
    assert not [line for line in said if "look here" in line]


async def test_a_database_that_cannot_be_told_is_named_and_the_backup_stays_good(
    urls: dict[str, str], tmp_path: Path
) -> None:
    await rows(urls["employees"], "ALTER TABLE backups RENAME TO backups_elsewhere")
    said: list[str] = []
    taken = await take(settings(urls), Shelf.at(tmp_path, None), said.append)
    assert [line for line in said if "employees could not be told of this backup (UndefinedTableError)" in line]
    assert (tmp_path / "data" / taken.keys.backup_id / "manifest.mac").exists()
