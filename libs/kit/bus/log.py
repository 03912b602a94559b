"""The embedded bus's durable log in a PostgreSQL database of its own: topics, partitions, messages, groups' offsets.

One process writes it at a time: the writer's connection holds a lock, and a second `open` waits for it and then fails.
Offsets of a partition are dense when written; compaction and trimming leave gaps that readers skip.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg

from libs.kit.bus import DEAD_KEPT, DEAD_SUFFIX, KEPT, BusUnavailable, Message, UnknownTopic

_LOCK = 0x4D61696E427573
_LOCK_WAIT_SECONDS = 15.0
# A group that nobody was a member of for this long no longer keeps messages from being trimmed.
_GROUP_FORGOTTEN = timedelta(days=30)
_TRIM_BATCH = 2000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bus_topics (
    topic text PRIMARY KEY, state boolean NOT NULL, compacted_to bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS bus_partitions (
    topic text, partition integer, next_offset bigint NOT NULL DEFAULT 0, PRIMARY KEY (topic, partition)
);
CREATE TABLE IF NOT EXISTS bus_log (
    topic text, partition integer, "offset" bigint, key text NOT NULL, event_id uuid NOT NULL, type text NOT NULL,
    source text NOT NULL, time timestamptz NOT NULL, trace text NOT NULL, extra text, value bytea NOT NULL,
    written_at timestamptz NOT NULL, state boolean NOT NULL, PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX IF NOT EXISTS bus_log_state ON bus_log (topic, key, "offset") WHERE state;
CREATE TABLE IF NOT EXISTS bus_groups (
    name text, topic text, partition integer, next_offset bigint NOT NULL, seen_at timestamptz NOT NULL,
    PRIMARY KEY (name, topic, partition)
);
"""
_COLUMNS = (
    "topic", "partition", "offset", "key", "event_id", "type", "source",
    "time", "trace", "extra", "value", "written_at", "state",
)  # fmt: skip
_ADVANCE = """
UPDATE bus_partitions p SET next_offset = n.next_offset
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS n (topic, partition, next_offset)
WHERE p.topic = n.topic AND p.partition = n.partition
"""
_READ = """
SELECT l.* FROM unnest($1::text[], $2::int[], $3::bigint[]) AS at (topic, partition, "offset")
CROSS JOIN LATERAL (
    SELECT topic, partition, "offset", key, event_id, type, source, time, trace, extra, value FROM bus_log
    WHERE topic = at.topic AND partition = at.partition AND "offset" >= at."offset" ORDER BY "offset" LIMIT $4
) AS l
"""
_JOIN = """
INSERT INTO bus_groups (name, topic, partition, next_offset, seen_at)
SELECT $1, topic, partition, 0, $3 FROM bus_partitions WHERE topic = ANY ($2::text[])
ON CONFLICT (name, topic, partition) DO UPDATE SET seen_at = excluded.seen_at
RETURNING topic, partition, next_offset
"""
_COMMIT = """
UPDATE bus_groups g SET next_offset = greatest(g.next_offset, n.next_offset), seen_at = $5
FROM unnest($2::text[], $3::int[], $4::bigint[]) AS n (topic, partition, next_offset)
WHERE g.name = $1 AND g.topic = n.topic AND g.partition = n.partition
"""
# Only rows written since the last compaction can make older rows of their keys superfluous.
_COMPACT = """
DELETE FROM bus_log old USING (
    SELECT key, max("offset") AS last FROM bus_log
    WHERE topic = $1 AND partition = 0 AND "offset" >= $2 AND "offset" < $3 GROUP BY key
) AS fresh
WHERE old.topic = $1 AND old.state AND old.key = fresh.key AND old."offset" < fresh.last
"""
_TRIM = """
DELETE FROM bus_log WHERE written_at < $3 AND (topic, partition, "offset") IN (
    SELECT topic, partition, "offset" FROM bus_log
    WHERE topic = $1 AND partition = $2 AND "offset" < coalesce((
        SELECT min(next_offset) FROM bus_groups WHERE topic = $1 AND partition = $2 AND seen_at > $4
    ), 9223372036854775807)
    ORDER BY "offset" LIMIT $5
)
"""


class Place(NamedTuple):
    topic: str
    partition: int


class Stored(NamedTuple):
    place: Place
    offset: int
    message: Message


class Log:
    """`heads` says, for each partition, the offset its next message will get."""

    def __init__(self, url: str, partitions: int) -> None:
        self._url = url
        self._partitions = partitions
        self._writer: Any = None
        self._readers: Any = None
        self.states: dict[str, bool] = {}
        self.heads: dict[Place, int] = {}

    async def open(self) -> None:
        """Raises BusUnavailable when the database is not there or another process has the log open."""
        async with _translated():
            await self._connect_writer()
            self._readers = await asyncpg.create_pool(self._url, min_size=1, max_size=6, command_timeout=60)

    async def close(self) -> None:
        if self._readers is not None:
            await self._readers.close()
            self._readers = None
        if self._writer is not None:
            await self._writer.close()
            self._writer = None

    def partition_of(self, message: Message) -> Place:
        """Raises UnknownTopic."""
        state = self.states.get(message.topic)
        if state is None:
            raise UnknownTopic(message.topic)
        return Place(message.topic, 0 if state else zlib.crc32(message.key.encode()) % self._partitions)

    def places(self, topics: Iterable[str]) -> list[Place]:
        """All partitions of the topics. Raises UnknownTopic."""
        wanted = set(topics)
        if unknown := wanted - self.states.keys():
            raise UnknownTopic(", ".join(sorted(unknown)))
        return sorted(place for place in self.heads if place.topic in wanted)

    async def ensure_topics(self, topics: Mapping[str, bool]) -> None:
        missing = {topic: state for topic, state in topics.items() if topic not in self.states}
        if not missing:
            return
        partitions = [(topic, at) for topic, state in missing.items() for at in range(1 if state else self._partitions)]
        async with _translated(), self._readers.acquire() as connection, connection.transaction():
            await connection.executemany(
                "INSERT INTO bus_topics (topic, state) VALUES ($1, $2) ON CONFLICT DO NOTHING", list(missing.items())
            )
            await connection.executemany(
                "INSERT INTO bus_partitions (topic, partition) VALUES ($1, $2) ON CONFLICT DO NOTHING", partitions
            )
        self.states |= missing
        self.heads |= {Place(*partition): 0 for partition in partitions if Place(*partition) not in self.heads}

    async def append(self, messages: Sequence[Message], at: datetime) -> None:
        """Adds all or nothing. Only one call at a time. Raises BusUnavailable."""
        async with _translated():
            if self._writer is None or self._writer.is_closed():
                await self._connect_writer()
            ends: dict[Place, int] = {}
            records = [self._record(message, ends, at) for message in messages]
            try:
                async with self._writer.transaction():
                    await self._writer.copy_records_to_table("bus_log", columns=_COLUMNS, records=records)
                    await self._writer.execute(_ADVANCE, *_columns([(*place, end) for place, end in ends.items()]))
            except BaseException:
                # Whether it was committed is not known: what the log holds is asked again before the next append.
                self._writer.terminate()
                raise
            self.heads |= ends

    async def read(self, positions: Mapping[Place, int], limit: int) -> list[Stored]:
        """Messages from the given offsets on, in order within each partition. Raises BusUnavailable.

        Each partition gets its share of `limit`, so that a long one does not hold up the others.
        """
        share = max(1, limit // len(positions))
        async with _translated():
            asked = [(*place, offset) for place, offset in positions.items()]
            rows = await self._readers.fetch(_READ, *_columns(asked), share)
        return [_stored(row) for row in rows]

    async def join(self, group: str, topics: Sequence[str], at: datetime) -> dict[Place, int]:
        """The group's committed offsets; a new group's are the beginning. Raises BusUnavailable."""
        async with _translated():
            rows = await self._readers.fetch(_JOIN, group, list(topics), at)
        return {Place(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def commit(self, group: str, offsets: Mapping[Place, int], at: datetime) -> None:
        """Raises BusUnavailable."""
        async with _translated():
            await self._readers.execute(_COMMIT, group, *_columns([(*p, end) for p, end in offsets.items()]), at)

    async def compact(self, topic: str) -> int:
        """Removes messages of a state topic that a later one of the same key replaces. Returns how many."""
        head = self.heads[Place(topic, 0)]
        async with _translated(), self._readers.acquire() as connection, connection.transaction():
            done: int = await connection.fetchval("SELECT compacted_to FROM bus_topics WHERE topic = $1", topic)
            if done >= head:
                return 0
            status = await connection.execute(_COMPACT, topic, done, head)
            await connection.execute("UPDATE bus_topics SET compacted_to = $2 WHERE topic = $1", topic, head)
        return int(status.rpartition(" ")[2])

    async def trim(self, place: Place, now: datetime) -> int:
        """Removes messages that are older than the topic keeps them and that every living group has handled."""
        kept = DEAD_KEPT if place.topic.endswith(DEAD_SUFFIX) else KEPT
        removed = 0
        async with _translated():
            while True:
                status = await self._readers.execute(_TRIM, *place, now - kept, now - _GROUP_FORGOTTEN, _TRIM_BATCH)
                count = int(status.rpartition(" ")[2])
                removed += count
                if count < _TRIM_BATCH:
                    return removed

    def _record(self, message: Message, ends: dict[Place, int], at: datetime) -> tuple[Any, ...]:
        place = self.partition_of(message)
        offset = ends.get(place)
        if offset is None:
            offset = self.heads[place]
        ends[place] = offset + 1
        return (
            message.topic, place.partition, offset, message.key, message.event_id, message.type, message.source,
            message.time, message.trace, json.dumps(dict(message.extra)) if message.extra else None, message.value,
            at, self.states[message.topic],
        )  # fmt: skip

    async def _connect_writer(self) -> None:
        self._writer = await asyncpg.connect(self._url, command_timeout=60)
        deadline = asyncio.get_running_loop().time() + _LOCK_WAIT_SECONDS
        # The connection of a process that was killed a moment ago holds the lock until the server notices.
        while not await self._writer.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            if asyncio.get_running_loop().time() > deadline:
                await self._writer.close()
                raise BusUnavailable("another process has the bus's database open")
            await asyncio.sleep(0.1)
        await self._writer.execute(_SCHEMA)
        self.states = {row["topic"]: row["state"] for row in await self._writer.fetch("TABLE bus_topics")}
        rows = await self._writer.fetch("TABLE bus_partitions")
        self.heads = {Place(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def _stored(row: Any) -> Stored:
    topic, partition, offset, key, event_id, kind, source, time, trace, extra, value = row
    message = Message(topic, key, value, event_id, kind, source, time, trace, json.loads(extra) if extra else {})
    return Stored(Place(topic, partition), offset, message)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Says what the database suffers in the bus's words."""
    try:
        yield
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise BusUnavailable(type(error).__name__) from error
