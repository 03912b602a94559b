"""The databases at one moment: snapshots between which nothing was published.

The relays of all databases stand still while the snapshots are taken, for some milliseconds; nobody's writes wait.
What a consumer has handled by its snapshot was therefore published, and so committed, before the producer's: no backup
holds the effect of a fact that it does not hold. What a consumer has not handled is in the producer's outbox.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from libs.kit.backup.manifest import BackupRefused
from libs.kit.bus import KEPT
from libs.kit.relay import HOLD

# A pass of a relay lasts as long as the bus takes for it; a bus that hangs must not hang the backup.
_FENCE_SECONDS = 30
_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname
"""
# Their events lie in the dead-letter topic alone once the outbox has forgotten them.
_PARKED_LONG = "SELECT count(*) FROM parked_keys WHERE parked_at < now() - $1::interval"
KEY_COLUMNS = "subject_id, ring_key, wrapped, made_at, destroyed_at"


@dataclass
class Source:
    """A database as it was at the snapshot. `ours` have the kit's tables; any other is Keycloak's."""

    name: str
    url: str
    connection: Any = field(repr=False)
    ours: bool
    snapshot: str = ""

    @property
    def server(self) -> int:
        return int(self.connection.get_server_version().major)

    async def freeze(self) -> None:
        await self.connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.snapshot = await self.connection.fetchval("SELECT pg_export_snapshot()")

    async def counts(self, without: frozenset[str]) -> dict[str, int]:
        """Rows of each table but some."""
        names = [row["relname"] for row in await self.connection.fetch(_TABLES)]
        return {name: await self.count(name) for name in names if name not in without}

    async def count(self, table: str) -> int:
        quoted = '"' + table.replace('"', '""') + '"'
        return int(await self.connection.fetchval(f"SELECT count(*) FROM public.{quoted}"))  # noqa: S608 - quoted

    async def heads(self) -> tuple[str, ...]:
        """The migrations it has; none where Mainstay does not migrate."""
        if not self.ours:
            return ()
        rows = await self.connection.fetch("SELECT version_num FROM alembic_version ORDER BY version_num")
        return tuple(row["version_num"] for row in rows)

    async def ring_keys(self) -> set[str]:
        rows = await self.connection.fetch("SELECT DISTINCT ring_key FROM vault_keys WHERE wrapped IS NOT NULL")
        return {row["ring_key"] for row in rows}

    async def warnings(self) -> list[str]:
        parked = await self.connection.fetchval(_PARKED_LONG, KEPT * 0.9) if self.ours else 0
        if not parked:
            return []
        return [f"{self.name}: {parked} keys are parked for so long that only the bus has their events; replay them"]


@asynccontextmanager
async def frozen(databases: Mapping[str, str]) -> AsyncIterator[tuple[dict[str, Source], float]]:
    """All databases at one moment, and how many seconds the relays stood still. Raises BackupRefused.

    Ours first, then the others: what identity has done in Keycloak by its snapshot is in Keycloak's.
    """
    async with AsyncExitStack() as opened:
        sources = [Source(name, url, *await _connect(opened, name, url)) for name, url in sorted(databases.items())]
        sources.sort(key=lambda source: not source.ours)
        stood = await _freeze(sources)
        yield {source.name: source for source in sources}, stood


async def _freeze(sources: list[Source]) -> float:
    """Takes the snapshots within the fence. Returns how long that held."""
    async with AsyncExitStack() as fence:
        ours = [source for source in sources if source.ours]
        # Connections first: nobody waits for them.
        gates = [(source, (await _connect(fence, source.name, source.url))[0]) for source in ours]
        began = time.monotonic()
        for source, gate in gates:
            await _hold(fence, source, gate)
        for source in sources:
            await source.freeze()
        return time.monotonic() - began


async def _hold(fence: AsyncExitStack, source: Source, gate: Any) -> None:
    await fence.enter_async_context(gate.transaction())
    await gate.execute(f"SET LOCAL lock_timeout = '{_FENCE_SECONDS}s'")
    try:
        await gate.execute(HOLD)
    except asyncpg.LockNotAvailableError:
        raise BackupRefused(
            f"{source.name}: its relay did not pause within {_FENCE_SECONDS} s; is the bus there?"
        ) from None


async def _connect(opened: AsyncExitStack, name: str, url: str) -> tuple[Any, bool]:
    """A connection, closed with the stack, and whether the database has the kit's tables."""
    try:
        connection = await asyncpg.connect(
            url, timeout=15, command_timeout=3600, server_settings={"application_name": "mainstay-backup"}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise BackupRefused(f"{name}: its database does not answer ({type(error).__name__})") from None
    opened.push_async_callback(connection.close)
    ours = await connection.fetchval("SELECT to_regclass('public.vault_keys') IS NOT NULL")
    return connection, ours
