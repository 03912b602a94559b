"""Publishes what the outbox holds: unpublished rows, by id, each shard by one relay at a time.

Not "rows with an id above the last one seen": ids commit out of order, and that lost 30 % of rows under 32 writers.
A lock per shard, held while its rows are read, published and marked, keeps a key's order among many replicas. A relay
that dies in between publishes those rows again: at least once, and consumers know the event ids they have handled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import Integer, any_, bindparam, column, delete, exists, func, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT

from libs.kit.bus import KEPT, Bus, BusUnavailable, Message
from libs.kit.clock import Clock
from libs.kit.database import Database, Session, prepared
from libs.kit.outbox import SHARDS
from libs.kit.tables import outbox
from libs.kit.tasks import end
from libs.kit.telemetry import PRODUCER, messaging, span
from libs.kit.watching import watching

POLL_SECONDS = 0.1
_BATCH = 1000
# As long as the bus: restored from a backup, with the bus empty, what no consumer had handled yet is published again.
_KEPT = KEPT
_TIDY_SECONDS = 60.0
_TIDY_BATCH = 1000
_BACKOFF_SECONDS = (0.1, 5.0)
_MEASURE_SECONDS = 5.0
# Rows waiting are counted up to here, beyond it their ids say about how many: 1 ms with a million waiting.
_COUNTED = 10_000
# With the shard's number the key of an advisory lock; any number that no other part of Mainstay uses.
_LOCK_SPACE = 0x6F757462

# While a transaction holds these, nothing of its database's outbox is published: backups take their snapshots then.
# Waits for the passes under way.
HOLD = f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, shard) FROM generate_series(0, {SHARDS - 1}) AS shard"  # noqa: S608 - two numbers of ours

_UNPUBLISHED = outbox.c.published_at.is_(None)
_ANY_LEFT = prepared(select(exists().where(_UNPUBLISHED)))
_SHARD = func.generate_series(0, SHARDS - 1).column_valued("shard")
_LOCK = prepared(
    select(_SHARD).where(func.pg_try_advisory_xact_lock(_LOCK_SPACE, func.cast(_SHARD, Integer)) == true())
)
_MINE = (
    func.unnest(bindparam("shards", type_=ARRAY(Integer)))
    .table_valued(column("shard", Integer))
    .render_derived(name="mine")
)
_WAITING = (
    select(outbox)
    .where(_UNPUBLISHED, outbox.c.shard == _MINE.c.shard)
    .order_by(outbox.c.id)
    .limit(bindparam("batch"))
    .lateral("waiting")
)
# Shard by shard along the index of what is unpublished. Asked for all shards in one condition, PostgreSQL walks the
# primary key through a day of published rows instead: 180 ms for one new fact behind 300,000 old ones, against 4 ms.
_NEXT = prepared(
    select(_WAITING).select_from(_MINE.join(_WAITING, true())).order_by(_WAITING.c.id).limit(bindparam("batch"))
)
_MARK = prepared(
    update(outbox)
    .where(outbox.c.id == any_(bindparam("ids", type_=ARRAY(BIGINT))))
    .values(published_at=bindparam("at"))
)
# For the same reason: `max(id)` alone walks the primary key back through what is published, 230 ms against 5 ms.
_EACH = func.generate_series(0, SHARDS - 1).table_valued(column("shard", Integer)).render_derived(name="each_shard")
_NEWEST = (
    select(outbox.c.id)
    .where(_UNPUBLISHED, outbox.c.shard == _EACH.c.shard)
    .order_by(outbox.c.id.desc())
    .limit(1)
    .lateral("newest")
)
_LAST = prepared(select(func.coalesce(func.max(_NEWEST.c.id), 0)).select_from(_EACH.join(_NEWEST, true())))
_FIRST = (
    select(outbox.c.id, outbox.c.recorded_at)
    .where(_UNPUBLISHED, outbox.c.shard == _EACH.c.shard)
    .order_by(outbox.c.id)
    .limit(1)
    .lateral("first")
)
_OLDEST = prepared(
    select(func.min(_FIRST.c.id).label("id"), func.min(_FIRST.c.recorded_at).label("recorded_at")).select_from(
        _EACH.join(_FIRST, true())
    )
)
_WAITING_UP_TO = prepared(
    select(func.count()).select_from(select(outbox.c.id).where(_UNPUBLISHED).limit(_COUNTED).subquery())
)
_LEFT_UNTIL = prepared(select(exists().where(_UNPUBLISHED, outbox.c.id <= bindparam("last"))))
_TIDY = prepared(
    delete(outbox).where(
        outbox.c.id.in_(
            select(outbox.c.id).where(outbox.c.published_at < bindparam("before")).limit(bindparam("batch"))
        )
    )
)

_PUBLISHED = Counter("mainstay_outbox_published_total", "Events published from the outbox", ["service"])
_SECONDS = Histogram(
    "mainstay_outbox_publish_seconds",
    "From an event's recording to its being on the bus",
    ["service"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600),
)
_FAILED = Counter("mainstay_outbox_failures_total", "Passes of the relay that failed", ["service"])
_LAG = Gauge("mainstay_outbox_lag_seconds", "Age of the oldest event not yet published", ["service"])
_LEFT = Gauge("mainstay_outbox_unpublished", "Events not yet published; a close guess above 10,000", ["service"])
log = structlog.get_logger()


class Relay:
    """One per process and database; any number of processes."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, *, service: str) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._wanted = asyncio.Event()
        self._passed = asyncio.Condition()
        self._stopping = False
        # Whether the bus refused the last round; what waits is tried again without end.
        self.refused = False
        self._tasks: list[asyncio.Task[None]] = []
        self._published = _PUBLISHED.labels(service)
        self._failed = _FAILED.labels(service)
        self._seconds = _SECONDS.labels(service)
        self._lag = _LAG.labels(service)
        self._left = _LEFT.labels(service)
        self._service = service

    async def start(self) -> None:
        self._stopping = False
        self._tasks = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._tidy()),
            asyncio.create_task(watching(self.measure, _MEASURE_SECONDS)),
        ]

    async def stop(self, drain_seconds: float = 5.0) -> None:
        """Publishes what is recorded, for as long as that, and ends. What is left waits for the next start."""
        if not self._tasks:
            return
        await self.flush(drain_seconds)
        self._stopping = True
        tasks, self._tasks = self._tasks, []
        self.nudge()
        # The pass under way ends by itself, so that nothing is published and left unmarked.
        await asyncio.wait(tasks[:1], timeout=drain_seconds)
        await end(*tasks)

    def nudge(self) -> None:
        """Says that something was committed: it is on its way in a few milliseconds instead of at the next poll."""
        self._wanted.set()

    async def flush(self, wait: float) -> bool:
        """Waits until everything committed before the call is published, `wait` seconds at most; says whether it is."""
        try:
            async with asyncio.timeout(wait):
                last = await self._ask(_LAST)
                while last and await self._ask(_LEFT_UNTIL, last=last):
                    self.nudge()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._next_pass(), POLL_SECONDS)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def _ask(self, query: Any, **values: Any) -> Any:
        async with self._database.reading() as session:
            return await session.value(query, **values)

    async def _next_pass(self) -> None:
        async with self._passed:
            await self._passed.wait()

    async def _work(self) -> None:
        pause = 0.0
        while not self._stopping:
            try:
                while await self._pass():
                    pass
                pause = 0.0
            except Exception as error:  # noqa: BLE001 - whatever it is, a relay that ends in silence would be worse
                self._failed.inc()
                self.refused = isinstance(error, BusUnavailable)
                pause = min(max(pause * 2, _BACKOFF_SECONDS[0]), _BACKOFF_SECONDS[1])
                log.warning("outbox not published", error=type(error).__name__, again_in=pause)
                await asyncio.sleep(pause)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), POLL_SECONDS)
            self._wanted.clear()

    async def _pass(self) -> bool:
        """Publishes one batch. Says whether more may be waiting."""
        if not await self._ask(_ANY_LEFT):
            return False
        async with self._database.transaction() as session:
            rows = await self._take(session)
            if rows:
                await self._publish(rows)
                self.refused = False
                await self._mark(session, rows)
        if rows:
            self._count(rows)
            async with self._passed:
                self._passed.notify_all()
        return len(rows) == _BATCH and not self._stopping

    async def _take(self, session: Session) -> Sequence[Any]:
        """The next rows of the shards that no other relay works on. The locks end with the transaction."""
        shards = [row[0] for row in await session.rows(_LOCK)]
        # A statement of its own: it must see what the lock's last holder has marked.
        return await session.rows(_NEXT, shards=shards, batch=_BATCH) if shards else []

    async def _publish(self, rows: Sequence[Any]) -> None:
        """In the traces of the calls that recorded them: what is handled elsewhere goes on below the publishing."""
        with ExitStack() as spans:
            messages = []
            for row in rows:
                about = messaging("publish", row["topic"], self._service, row["event_id"])
                # Siblings, each below its own call; a fact that no traced call recorded stays without a trace.
                given = row["trace"]
                trace = (
                    spans.enter_context(span(f"publish {row['topic']}", given, kind=PRODUCER, attributes=about))
                    if given
                    else ""
                )
                messages.append(_message(row, trace))
            await self._bus.publish(messages)

    def _count(self, rows: Sequence[Any]) -> None:
        self._published.inc(len(rows))
        now = self._clock.now()
        for row in rows:
            self._seconds.observe(_age(row["recorded_at"], now))

    async def measure(self) -> None:
        """How much waits, whoever's turn it is to publish it: along the index of what is unpublished."""
        async with self._database.reading() as session:
            oldest = await session.row(_OLDEST)
            count = await session.value(_WAITING_UP_TO)
            if count == _COUNTED and oldest is not None and oldest["id"] is not None:
                count = max(count, await session.value(_LAST) - oldest["id"] + 1)
        recorded_at = oldest["recorded_at"] if oldest is not None else None
        self._lag.set(_age(recorded_at, self._clock.now()) if recorded_at else 0)
        self._left.set(count)

    async def _mark(self, session: Session, rows: Sequence[Any]) -> None:
        await session.run(_MARK, ids=[row["id"] for row in rows], at=self._clock.now())

    async def _tidy(self) -> None:
        """Removes what was published a week ago, in batches that hold no lock for long."""
        while True:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                while await self.tidy() == _TIDY_BATCH:
                    pass
            await asyncio.sleep(_TIDY_SECONDS)

    async def tidy(self) -> int:
        """One batch of what `_tidy` does. Returns how many rows went."""
        async with self._database.transaction() as session:
            return await session.run(_TIDY, before=self._clock.now() - _KEPT, batch=_TIDY_BATCH)


def _age(at: datetime, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0)


def _message(row: Any, trace: str) -> Message:
    return Message(
        topic=row["topic"],
        key=row["key"],
        value=row["value"],
        event_id=row["event_id"],
        type=row["type"],
        source=row["source"],
        time=row["recorded_at"],
        trace=trace,
    )
