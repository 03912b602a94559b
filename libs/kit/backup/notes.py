"""Every database of ours knows when a good backup was last taken of it: the services say so on `/metrics`.

A backup tells each database after its files are complete. A database that no backup has told anything counts from the
day it was made, so that one that is never backed up shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import asyncpg
from prometheus_client import Gauge
from sqlalchemy import select

from libs.kit.backup.manifest import Manifest
from libs.kit.database import Database, prepared
from libs.kit.tables import backups

LOOK_SECONDS = 60.0
_LAST = Gauge(
    "mainstay_backup_last_success_timestamp_seconds",
    "Instant that the last good backup shows, by what it holds; when the database was made, while there is none",
    ["service", "kind"],
)
_KEPT = prepared(select(backups.c.kind, backups.c.since))
_NOTE = (
    "INSERT INTO backups (kind, since, backup_id, size) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (kind) DO UPDATE SET since = excluded.since, backup_id = excluded.backup_id, size = excluded.size"
)


async def note(databases: Mapping[str, str], manifests: list[Manifest], say: Callable[[str], None]) -> None:
    """Tells the databases of ours that are in a backup. One that cannot be told is named, and the backup stays good."""
    noted = [(one.kind, one.taken_at, one.backup_id, one.size) for one in manifests]
    # Only what Mainstay migrates has heads.
    for name in sorted(name for name, part in manifests[0].parts.items() if part.heads):
        try:
            connection = await asyncpg.connect(databases[name], timeout=15, command_timeout=15)
            try:
                await connection.executemany(_NOTE, noted)
            finally:
                await connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            why = type(error).__name__
            say(f"  look here: {name} could not be told of this backup ({why}), its metric stays as it was")


class BackupAge:
    """Keeps the metric of one service's database; `look` is for `libs.kit.watching`."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    async def look(self) -> None:
        async with self._database.reading() as session:
            for row in await session.rows(_KEPT):
                _LAST.labels(self._service, row["kind"]).set(row["since"].timestamp())
