"""Work that is due at an instant: a row, taken by exactly one replica, surviving restarts.

    await deadlines.schedule(call.db, "talent.review_due", str(review_id), due_at)

    async def remind(call: Call, deadline: Deadline) -> None: ...

The handler runs in the transaction that marks the row done. It may schedule the same kind and key again. After a
failure it is tried again with growing pauses; after ten tries the row is marked failed and kept.

A job of minutes is declared `Long(run)`: it opens its own units of work, so that others see its progress. Its row is
leased meanwhile, and another replica takes it over when the lease is not renewed; it must therefore be able to go on
from what an earlier try has committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import String, Uuid, all_, and_, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.clock import Clock, MovableClock
from libs.kit.consumer import OpenUnit
from libs.kit.database import Database, Session, prepared
from libs.kit.ids import uuid7
from libs.kit.tables import deadlines
from libs.kit.tasks import end
from libs.kit.telemetry import CONSUMER, current, span
from libs.kit.watching import watching

TRIES = 10
LEASE = timedelta(seconds=60)
# Seconds before the second try, the third …: about a quarter of an hour in all.
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
_AT_ONCE = 3
_LONG_AT_ONCE = 2
_RENEW_SECONDS = LEASE.total_seconds() / 4
# Nothing depends on this poll; it is there for the case that a notification was lost with its connection.
_LONGEST_SLEEP_SECONDS = 15.0
_MEASURE_SECONDS = 5.0
_KEPT = timedelta(days=90)
_CHANNEL = "mainstay_deadlines"

_LATENESS = Histogram(
    "mainstay_deadline_lateness_seconds",
    "How long after it was due a deadline was first taken",
    ["service", "kind"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 600, 3600),
)
_OLDEST = Gauge(
    "mainstay_deadline_oldest_due_seconds", "How long the deadline at the head of the queue has been due", ["service"]
)
_RUN = Counter("mainstay_deadline_done_total", "Deadlines done", ["service", "kind"])
_FAILURES = Counter("mainstay_deadline_failures_total", "Tries that failed", ["service", "kind"])
_GIVEN_UP = Counter("mainstay_deadline_given_up_total", "Deadlines that failed for good", ["service", "kind"])
log = structlog.get_logger()


@dataclass(frozen=True)
class Deadline:
    """What a handler is given. `attempts` counts the tries before this one."""

    deadline_id: UUID
    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any]
    attempts: int
    # The traceparent of the call that scheduled it, empty when that was not traced.
    trace: str = ""


Handler = Callable[[Any, Deadline], Awaitable[None]]
LongHandler = Callable[[OpenUnit, Deadline], Awaitable[None]]


@dataclass(frozen=True)
class Long:
    """A handler that works for long: it is given the means to open units of work instead of one."""

    run: LongHandler


Job = Handler | Long

_OPEN = and_(deadlines.c.done_at.is_(None), deadlines.c.failed_at.is_(None))
_INSERT = insert(deadlines).values(
    deadline_id=bindparam("deadline_id"),
    kind=bindparam("kind"),
    key=bindparam("key"),
    due_at=bindparam("due_at"),
    try_at=bindparam("due_at"),
    payload=bindparam("payload"),
    trace=bindparam("trace"),
)
# The listeners hear of it when the transaction commits.
_TELL = func.pg_notify(_CHANNEL, "")
_SCHEDULE = prepared(
    _INSERT.on_conflict_do_update(
        index_elements=[deadlines.c.kind, deadlines.c.key],
        index_where=_OPEN,
        set_={
            "due_at": _INSERT.excluded.due_at,
            "try_at": _INSERT.excluded.try_at,
            "payload": _INSERT.excluded.payload,
            "trace": _INSERT.excluded.trace,
            "attempts": 0,
            "error": None,
            # A long job at work no longer marks the row done: it was asked for anew.
            "lease": None,
        },
    ).returning(deadlines.c.deadline_id, _TELL)
)
_CANCEL = prepared(
    delete(deadlines).where(_OPEN, deadlines.c.kind == bindparam("kind"), deadlines.c.key == bindparam("key"))
)
_MINE = and_(
    _OPEN,
    deadlines.c.kind == any_(bindparam("kinds", type_=ARRAY(String))),
    deadlines.c.deadline_id != all_(bindparam("at_work", type_=ARRAY(Uuid))),
)
_TAKE = prepared(
    select(deadlines)
    .where(_MINE, deadlines.c.try_at <= bindparam("now"))
    .order_by(deadlines.c.try_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEXT = prepared(select(func.min(deadlines.c.try_at)).where(_MINE))
_HEAD = prepared(select(func.min(deadlines.c.try_at)).where(_OPEN))
_ONE = deadlines.c.deadline_id == bindparam("in_id")
_DONE = prepared(update(deadlines).where(_ONE).values(done_at=bindparam("at"), lease=None, error=None))
_LEASE = prepared(
    update(deadlines)
    .where(_ONE)
    .values(lease=bindparam("mine"), try_at=bindparam("until"), attempts=deadlines.c.attempts + 1)
)
_LEASED = and_(_ONE, _OPEN, deadlines.c.lease == bindparam("in_lease"))
_RENEW = prepared(update(deadlines).where(_LEASED).values(try_at=bindparam("until")))
_LONG_DONE = prepared(update(deadlines).where(_LEASED).values(done_at=bindparam("at"), lease=None, error=None))
_GIVE_BACK = prepared(
    update(deadlines)
    .where(_LEASED)
    .values(lease=None, try_at=bindparam("at"), attempts=deadlines.c.attempts - 1)
    .returning(_TELL)
)
_FAILED = prepared(
    update(deadlines)
    .where(_ONE, _OPEN, deadlines.c.lease.is_not_distinct_from(bindparam("in_lease", type_=Uuid)))
    .values(
        attempts=bindparam("tried"),
        error=bindparam("why"),
        try_at=bindparam("again_at"),
        failed_at=bindparam("gave_up_at"),
        lease=None,
    )
)
_TIDY = prepared(delete(deadlines).where(deadlines.c.done_at < bindparam("before")))


async def schedule(
    session: Session, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None
) -> UUID:
    """Makes work due, once the transaction commits. The open deadline of this kind and key, if any, is moved instead.

    `payload` is JSON and may not hold personal values. Returns the deadline's id.
    """
    given = {"kind": kind, "key": key, "due_at": due_at, "payload": dict(payload or {}), "trace": current()}
    found: UUID = await session.value(_SCHEDULE, deadline_id=uuid7(), **given)
    return found


async def cancel(session: Session, kind: str, key: str) -> bool:
    """Takes an open deadline back. Says whether there was one; waits while its handler is in the middle of it."""
    return bool(await session.run(_CANCEL, kind=kind, key=key))


class DeadlineWorker:
    """One per process and database; any number of processes. Kinds without a job here are left for others."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Mapping[str, Job],
        open_unit: OpenUnit,
        *,
        service: str,
        back_off: Sequence[float] = BACK_OFF,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._open_unit = open_unit
        self._service = service
        self._back_off = back_off
        self._wakes = [asyncio.Event() for _ in range(_AT_ONCE)]
        self._long: dict[UUID, asyncio.Task[None]] = {}
        # Not to be taken by a neighbour task between a failure's roll-back and its being written down.
        self._at_work: set[UUID] = set()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        if isinstance(clock, MovableClock):
            clock.on_move(self.nudge)

    async def start(self) -> None:
        if not self._jobs:
            return
        self._stopping = False
        self._tasks = [asyncio.create_task(self._work(wake)) for wake in self._wakes]
        self._tasks += [asyncio.create_task(self._listen()), asyncio.create_task(self._tidy())]
        self._tasks.append(asyncio.create_task(watching(self._measure, _MEASURE_SECONDS)))

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Lets short work end; gives long work back, for another replica or the next start to take."""
        self._stopping = True
        self.nudge()
        if self._tasks:
            await asyncio.wait(self._tasks[:_AT_ONCE], timeout=grace_seconds)
        tasks, self._tasks = [*self._tasks, *self._long.values()], []
        await end(*tasks)

    def nudge(self) -> None:
        """Looks at once for what is due."""
        for wake in self._wakes:
            wake.set()

    async def _work(self, wake: asyncio.Event) -> None:
        while not self._stopping:
            wake.clear()
            try:
                while not self._stopping and await self._take():
                    pass
                pause = await self._until_next()
            except Exception as error:  # noqa: BLE001 - an outage is waited out; handlers' failures do not come here
                log.warning("deadlines wait", service=self._service, error=type(error).__name__)
                pause = 1.0
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _until_next(self) -> float:
        """Seconds until something is due by the clock."""
        async with self._database.reading() as session:
            next_at = await session.value(_NEXT, kinds=self._kinds(), at_work=list(self._at_work))
        if next_at is None:
            return _LONGEST_SLEEP_SECONDS
        return float(min(max((next_at - self._clock.now()).total_seconds(), 0.0), _LONGEST_SLEEP_SECONDS))

    def _kinds(self) -> list[str]:
        """The kinds that can be taken now: no long ones while enough of them are at work."""
        full = len(self._long) >= _LONG_AT_ONCE
        return [kind for kind, job in self._jobs.items() if not (full and isinstance(job, Long))]

    async def _take(self) -> bool:
        """Takes one deadline that is due and does it, or begins it when it is long. Says whether there was one."""
        taken: Deadline | None = None
        try:
            async with self._open_unit() as call:
                taken = await self._due(call.db)
                if taken is None:
                    return False
                job = self._jobs[taken.kind]
                if isinstance(job, Long):
                    lease = await self._lease(call.db, taken)
                else:
                    # Before the handler, so that what it schedules under the same key is a new row.
                    await call.db.run(_DONE, in_id=taken.deadline_id, at=self._clock.now())
                    with self._span(taken) as call.trace:
                        await job(call, taken)
        except Exception as error:  # whatever a handler raises is tried again, and its class is kept
            if taken is None:
                raise
            await self._fail(taken, error, None)
        else:
            if isinstance(job, Long):
                self._long[taken.deadline_id] = asyncio.create_task(self._run_long(job, taken, lease))
            else:
                _RUN.labels(self._service, taken.kind).inc()
        finally:
            if taken is not None and taken.deadline_id not in self._long:
                self._at_work.discard(taken.deadline_id)
        return True

    async def _due(self, session: Session) -> Deadline | None:
        now = self._clock.now()
        row = await session.row(_TAKE, kinds=self._kinds(), at_work=list(self._at_work), now=now)
        # A neighbour may have begun it, and rolled it back, while this question was on its way.
        if row is None or row["deadline_id"] in self._at_work:
            return None
        self._at_work.add(row["deadline_id"])
        if not row["attempts"]:
            lateness = max((now - row["due_at"]).total_seconds(), 0.0)
            _LATENESS.labels(self._service, row["kind"]).observe(lateness)
        return Deadline(**{one.name: row[one.name] for one in fields(Deadline)})

    async def _lease(self, session: Session, taken: Deadline) -> UUID:
        lease = uuid7()
        await session.run(_LEASE, in_id=taken.deadline_id, mine=lease, until=self._clock.now() + LEASE)
        return lease

    async def _run_long(self, job: Long, taken: Deadline, lease: UUID) -> None:
        working = asyncio.ensure_future(self._traced(job, taken))
        renewing = asyncio.create_task(self._renew(taken, lease, working))
        try:
            await asyncio.wait([working])
            await self._end_long(working, taken, lease)
        except asyncio.CancelledError:
            working.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await working
            await self._write(_GIVE_BACK, in_id=taken.deadline_id, in_lease=lease, at=self._clock.now())
            raise
        finally:
            renewing.cancel()
            del self._long[taken.deadline_id]
            self._at_work.discard(taken.deadline_id)
            self.nudge()

    async def _traced(self, job: Long, taken: Deadline) -> None:
        with self._span(taken):
            await job.run(self._open_unit, taken)

    def _span(self, taken: Deadline) -> AbstractContextManager[str]:
        """A trace of its own: the call that scheduled the work ended long ago, and is linked."""
        about = {"mainstay.service": self._service, "mainstay.deadline_id": str(taken.deadline_id)}
        return span(f"deadline {taken.kind}", kind=CONSUMER, attributes=about, link=taken.trace)

    async def _measure(self) -> None:
        async with self._database.reading() as session:
            head = await session.value(_HEAD)
        late = (self._clock.now() - head).total_seconds() if head else 0.0
        _OLDEST.labels(self._service).set(max(late, 0.0))

    async def _end_long(self, working: asyncio.Future[None], taken: Deadline, lease: UUID) -> None:
        if working.cancelled():
            log.warning("lease lost", service=self._service, kind=taken.kind)
        elif (error := working.exception()) is not None:
            await self._fail(taken, error, lease)
        else:
            await self._write(_LONG_DONE, in_id=taken.deadline_id, in_lease=lease, at=self._clock.now())
            _RUN.labels(self._service, taken.kind).inc()

    async def _renew(self, taken: Deadline, lease: UUID, working: asyncio.Future[None]) -> None:
        """Keeps the lease; ends the work when the row went to another replica or was scheduled anew."""
        renewed_at = self._clock.now()
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                until = self._clock.now() + LEASE
                async with self._database.transaction() as session:
                    held = await session.run(_RENEW, in_id=taken.deadline_id, in_lease=lease, until=until)
                renewed_at = self._clock.now()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                held = self._clock.now() - renewed_at < LEASE
            if not held:
                working.cancel()
                return

    async def _fail(self, taken: Deadline, error: BaseException, lease: UUID | None) -> None:
        _FAILURES.labels(self._service, taken.kind).inc()
        tried = taken.attempts + 1
        now = self._clock.now()
        given_up = tried >= TRIES
        pause = self._back_off[min(tried, len(self._back_off)) - 1]
        about = {"service": self._service, "kind": taken.kind, "deadline_id": str(taken.deadline_id)}
        log.warning("deadline failed", **about, tries=tried, given_up=given_up, error=type(error).__name__)
        if given_up:
            _GIVEN_UP.labels(self._service, taken.kind).inc()
        await self._write(
            _FAILED,
            in_id=taken.deadline_id,
            in_lease=lease,
            tried=tried,
            why=type(error).__name__,
            again_at=now + timedelta(seconds=pause),
            gave_up_at=now if given_up else None,
        )

    async def _write(self, query: Any, **values: Any) -> None:
        async with self._database.transaction() as session:
            await session.run(query, **values)

    async def _listen(self) -> None:
        """Hears of what other transactions, here or in other processes, have scheduled."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self._listening() as lost:
                    self.nudge()
                    await lost.wait()
            await asyncio.sleep(1)

    @asynccontextmanager
    async def _listening(self) -> Any:
        lost = asyncio.Event()

        def heard(*_: object) -> None:
            self.nudge()

        def ended(*_: object) -> None:
            lost.set()

        async with self._database.pool.acquire() as connection:
            connection.add_termination_listener(ended)
            await connection.add_listener(_CHANNEL, heard)
            try:
                yield lost
            finally:
                connection.remove_termination_listener(ended)
                if not connection.is_closed():
                    await connection.remove_listener(_CHANNEL, heard)

    async def _tidy(self) -> None:
        """Forgets, once an hour, what was done long ago. What failed for good stays."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._write(_TIDY, before=self._clock.now() - _KEPT)
            await asyncio.sleep(3600)
