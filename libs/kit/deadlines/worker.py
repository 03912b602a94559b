"""Does what is due: short work one row a transaction, long work beside it under a lease that is renewed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Gauge, Histogram

from libs.kit.clock import Clock, MovableClock
from libs.kit.consumer import OpenUnit
from libs.kit.database import Database, Session
from libs.kit.deadlines import BACK_OFF, CHANNEL, LEASE, TRIES, Deadline, Job, Long
from libs.kit.deadlines.rows import Rows
from libs.kit.tasks import end
from libs.kit.telemetry import CONSUMER, span
from libs.kit.watching import watching

_AT_ONCE = 3
_LONG_AT_ONCE = 2
_RENEW_SECONDS = LEASE.total_seconds() / 4
# Nothing depends on this poll; it is there for the case that a notification was lost with its connection.
_LONGEST_SLEEP_SECONDS = 15.0
_MEASURE_SECONDS = 5.0

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
        self._rows = Rows(database, clock)
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
        next_at = await self._rows.next_at(self._kinds(), self._at_work)
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
                    lease = await self._rows.lease(call.db, taken.deadline_id)
                else:
                    # Before the handler, so that what it schedules under the same key is a new row.
                    await self._rows.done(call.db, taken.deadline_id)
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
        found = await self._rows.take(session, self._kinds(), self._at_work, now)
        # A neighbour may have begun it, and rolled it back, while this question was on its way.
        if found is None or found.deadline_id in self._at_work:
            return None
        self._at_work.add(found.deadline_id)
        if not found.attempts:
            _LATENESS.labels(self._service, found.kind).observe(max((now - found.due_at).total_seconds(), 0.0))
        return found

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
            await self._rows.give_back(taken.deadline_id, lease)
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
        head = await self._rows.head()
        late = (self._clock.now() - head).total_seconds() if head else 0.0
        _OLDEST.labels(self._service).set(max(late, 0.0))

    async def _end_long(self, working: asyncio.Future[None], taken: Deadline, lease: UUID) -> None:
        if working.cancelled():
            log.warning("lease lost", service=self._service, kind=taken.kind)
        elif (error := working.exception()) is not None:
            await self._fail(taken, error, lease)
        else:
            await self._rows.long_done(taken.deadline_id, lease)
            _RUN.labels(self._service, taken.kind).inc()

    async def _renew(self, taken: Deadline, lease: UUID, working: asyncio.Future[None]) -> None:
        """Keeps the lease; ends the work when the row went to another replica or was scheduled anew."""
        renewed_at = self._clock.now()
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                held = await self._rows.renew(taken.deadline_id, lease)
                renewed_at = self._clock.now()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                held = self._clock.now() - renewed_at < LEASE
            if not held:
                working.cancel()
                return

    async def _fail(self, taken: Deadline, error: BaseException, lease: UUID | None) -> None:
        _FAILURES.labels(self._service, taken.kind).inc()
        tried = taken.attempts + 1
        given_up = tried >= TRIES
        pause = self._back_off[min(tried, len(self._back_off)) - 1]
        about = {"service": self._service, "kind": taken.kind, "deadline_id": str(taken.deadline_id)}
        log.warning("deadline failed", **about, tries=tried, given_up=given_up, error=type(error).__name__)
        if given_up:
            _GIVEN_UP.labels(self._service, taken.kind).inc()
        await self._rows.failed(taken, lease, why=type(error).__name__, pause=pause, for_good=given_up)

    async def _listen(self) -> None:
        """Hears of what other transactions, here or in other processes, have scheduled."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self._database.listening(CHANNEL, lambda _: self.nudge()) as lost:
                    self.nudge()
                    await lost.wait()
            await asyncio.sleep(1)

    async def _tidy(self) -> None:
        """Once an hour."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._rows.tidy()
            await asyncio.sleep(3600)
