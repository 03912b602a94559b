"""What is due is done once, by one replica, at its instant; what fails is tried again and in the end kept as failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select, text

from libs.kit import deadlines
from libs.kit.clock import Clock, MovableClock, SystemClock
from libs.kit.consumer import OpenUnit
from libs.kit.database import Database
from libs.kit.deadlines import Deadline, Job, Long
from libs.kit.deadlines import worker as workers
from libs.kit.deadlines.worker import DeadlineWorker
from libs.kit.tables import deadlines as table
from tests.support.units import Unit, units

KIND = "test.reminder"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


class Diary:
    """A handler that writes into the database what it did and can be told to fail."""

    def __init__(self) -> None:
        self.failures = 0
        self.seen: list[Deadline] = []

    async def __call__(self, call: Unit, deadline: Deadline) -> None:
        self.seen.append(deadline)
        await call.db.run(text("INSERT INTO diary VALUES (:key)"), key=deadline.key)
        if self.failures:
            self.failures -= 1
            raise RuntimeError


@asynccontextmanager
async def working(
    database: Database, clock: Clock, jobs: Mapping[str, Job], **given: Any
) -> AsyncIterator[DeadlineWorker]:
    async with database.transaction() as session:
        await session.run(text("CREATE TABLE IF NOT EXISTS diary (key text)"))
    worker = DeadlineWorker(database, clock, jobs, units(database), service="test", **{"back_off": (0.02,), **given})
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def plan(database: Database, clock: Clock, key: str, seconds: float = 0, **payload: Any) -> None:
    async with database.transaction() as session:
        await deadlines.schedule(session, KIND, key, clock.now() + timedelta(seconds=seconds), payload)


async def diary(database: Database) -> list[str]:
    async with database.reading() as session:
        return [row["key"] for row in await session.rows(text("SELECT key FROM diary ORDER BY key"))]


async def written(database: Database, keys: list[str], seconds: float = 5) -> float:
    """Waits until the diary holds these keys and says how long that took."""
    began = time.monotonic()
    while (found := await diary(database)) != keys and time.monotonic() - began < seconds:  # noqa: ASYNC110 - asks the database
        await asyncio.sleep(0.005)
    assert found == keys
    return time.monotonic() - began


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not check():  # noqa: ASYNC110 - what is asked is a counter
            await asyncio.sleep(0.01)


async def rows(database: Database) -> list[Any]:
    async with database.reading() as session:
        return await session.rows(select(table).order_by(table.c.due_at))


async def test_what_is_scheduled_now_is_done_at_once_with_its_payload(
    kit_database: Database, clock: MovableClock
) -> None:
    handler = Diary()
    async with working(kit_database, clock, {KIND: handler}):
        await asyncio.sleep(0.2)
        await plan(kit_database, clock, "a", note=7)
        assert await written(kit_database, ["a"]) < 0.5
    assert (handler.seen[0].kind, handler.seen[0].payload, handler.seen[0].attempts) == (KIND, {"note": 7}, 0)
    (row,) = await rows(kit_database)
    assert row["done_at"]


async def test_it_wakes_at_the_instant(kit_database: Database) -> None:
    clock = SystemClock()
    async with working(kit_database, clock, {KIND: Diary()}):
        await plan(kit_database, clock, "a", seconds=0.5)
        assert 0.4 < await written(kit_database, ["a"]) < 0.9


async def test_moving_the_clock_makes_the_future_due(kit_database: Database, clock: MovableClock) -> None:
    async with working(kit_database, clock, {KIND: Diary()}):
        await plan(kit_database, clock, "a", seconds=3 * 24 * 3600)
        await asyncio.sleep(0.2)
        assert await diary(kit_database) == []
        clock.move(timedelta(days=4))
        assert await written(kit_database, ["a"]) < 0.5


async def test_scheduling_again_moves_it_and_cancelling_takes_it_back(
    kit_database: Database, clock: MovableClock
) -> None:
    async with working(kit_database, clock, {KIND: Diary()}):
        await plan(kit_database, clock, "a", seconds=60)
        await plan(kit_database, clock, "a", seconds=7200)
        await plan(kit_database, clock, "b", seconds=60)
        async with kit_database.transaction() as session:
            assert await deadlines.cancel(session, KIND, "b")
            assert not await deadlines.cancel(session, KIND, "c")
        clock.move(timedelta(seconds=100))
        await asyncio.sleep(0.2)
        assert await diary(kit_database) == []
        clock.move(timedelta(seconds=7200))
        await written(kit_database, ["a"])
    assert len(await rows(kit_database)) == 1


async def test_a_rolled_back_schedule_never_was(kit_database: Database, clock: MovableClock) -> None:
    async with working(kit_database, clock, {KIND: Diary()}):
        with suppress(ZeroDivisionError):
            async with kit_database.transaction() as session:
                await deadlines.schedule(session, KIND, "a", clock.now())
                raise ZeroDivisionError
        await plan(kit_database, clock, "b")
        await written(kit_database, ["b"])


async def test_replicas_share_and_nothing_is_done_twice(kit_database: Database, clock: MovableClock) -> None:
    async with kit_database.transaction() as session:
        for number in range(200):
            await deadlines.schedule(session, KIND, f"{number:03}", clock.now())
    handlers = [Diary() for _ in range(3)]
    async with AsyncExitStack() as running:
        for handler in handlers:
            await running.enter_async_context(working(kit_database, clock, {KIND: handler}))
        await written(kit_database, [f"{number:03}" for number in range(200)])
    assert sum(len(handler.seen) for handler in handlers) == 200


async def test_a_failure_leaves_nothing_behind_and_is_tried_again(kit_database: Database, clock: MovableClock) -> None:
    handler = Diary()
    handler.failures = 3
    async with working(kit_database, clock, {KIND: handler}):
        await plan(kit_database, clock, "a")
        await written(kit_database, ["a"])
    assert [one.attempts for one in handler.seen] == [0, 1, 2, 3]


async def test_after_ten_tries_it_is_kept_as_failed(kit_database: Database, clock: MovableClock) -> None:
    handler = Diary()
    handler.failures = 10
    async with working(kit_database, clock, {KIND: handler}):
        await plan(kit_database, clock, "bad")
        await plan(kit_database, clock, "late", seconds=1)
        await until(lambda: len(handler.seen) == 10)
        await written(kit_database, ["late"])
        failed, _ = await rows(kit_database)
        assert (failed["attempts"], failed["error"], failed["failed_at"] is not None) == (10, "RuntimeError", True)
        await plan(kit_database, clock, "bad")
        await written(kit_database, ["bad", "late"])


async def test_a_handler_may_schedule_itself_again(kit_database: Database, clock: MovableClock) -> None:
    times = 0

    async def again(call: Unit, deadline: Deadline) -> None:
        nonlocal times
        times += 1
        if times < 5:
            await deadlines.schedule(call.db, KIND, deadline.key, clock.now())

    async with working(kit_database, clock, {KIND: again}):
        await plan(kit_database, clock, "a")
        await until(lambda: times == 5)
        await asyncio.sleep(0.1)
    assert times == 5
    assert len([row for row in await rows(kit_database) if row["done_at"]]) == 5


async def test_kinds_of_others_are_left_alone(kit_database: Database, clock: MovableClock) -> None:
    async with working(kit_database, clock, {"test.other": Diary()}):
        await plan(kit_database, clock, "a")
        await asyncio.sleep(0.2)
    (row,) = await rows(kit_database)
    assert (row["done_at"], row["attempts"]) == (None, 0)


async def test_lost_connections_do_not_stop_it(kit_database: Database, kit_url: str, clock: MovableClock) -> None:
    async with working(kit_database, clock, {KIND: Diary()}):
        await plan(kit_database, clock, "a")
        await written(kit_database, ["a"])
        other = await asyncpg.connect(kit_url)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await other.close()
        await asyncio.sleep(1.5)
        await plan(kit_database, clock, "b")
        assert await written(kit_database, ["a", "b"]) < 2


class LongWork:
    """Ten steps, each its own unit of work, going on from what earlier tries committed."""

    def __init__(self, pause: float = 0.01) -> None:
        self.pause = pause
        self.begun = asyncio.Event()
        self.tries = 0
        self.fails_at: int | None = None

    async def __call__(self, open_unit: OpenUnit, _: Deadline) -> None:
        self.tries += 1
        self.begun.set()
        async with open_unit() as call:
            first = int(await call.db.value(text("SELECT count(*) FROM diary")))
        for step in range(first, 10):
            if step == self.fails_at:
                self.fails_at = None
                raise RuntimeError
            async with open_unit() as call:
                await call.db.run(text("INSERT INTO diary VALUES (:key)"), key=str(step))
            await asyncio.sleep(self.pause)


ALL_STEPS = [str(step) for step in range(10)]


async def test_a_long_job_shows_its_progress(kit_database: Database, clock: MovableClock) -> None:
    work = LongWork(pause=0.03)
    async with working(kit_database, clock, {KIND: Long(work)}):
        await plan(kit_database, clock, "a")
        await work.begun.wait()
        await asyncio.sleep(0.1)
        assert 0 < len(await diary(kit_database)) < 10
        await written(kit_database, ALL_STEPS)
        await asyncio.sleep(0.1)
    (row,) = await rows(kit_database)
    assert row["done_at"]
    assert row["lease"] is None
    assert work.tries == 1


async def test_a_long_job_that_fails_is_tried_again(kit_database: Database, clock: MovableClock) -> None:
    work = LongWork()
    work.fails_at = 4
    async with working(kit_database, clock, {KIND: Long(work)}):
        await plan(kit_database, clock, "a")
        await written(kit_database, ALL_STEPS)
    assert work.tries == 2


async def test_another_replica_takes_over_from_one_that_died(kit_database: Database, clock: MovableClock) -> None:
    first, second = LongWork(pause=0.05), LongWork()
    async with working(kit_database, clock, {KIND: Long(first)}) as doomed:
        await plan(kit_database, clock, "a")
        await first.begun.wait()
        await asyncio.sleep(0.12)
        # Dies: nothing is renewed and nothing is given back.
        await _abandon(doomed)
        async with working(kit_database, clock, {KIND: Long(second)}):
            await asyncio.sleep(0.2)
            assert second.tries == 0
            clock.move(deadlines.LEASE)
            await written(kit_database, ALL_STEPS)
            await asyncio.sleep(0.05)
    (row,) = await rows(kit_database)
    assert row["done_at"]
    assert (first.tries, second.tries) == (1, 1)


async def _abandon(worker: DeadlineWorker) -> None:
    async def forget(*_: object, **__: object) -> int:
        return 1

    worker._rows._write = forget  # type: ignore[method-assign]
    await worker.stop(0.1)


async def test_a_replica_that_lost_its_lease_stops(
    kit_database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_RENEW_SECONDS", 0.05)
    work = LongWork(pause=0.1)
    async with working(kit_database, clock, {KIND: Long(work)}):
        await plan(kit_database, clock, "a")
        await work.begun.wait()
        async with kit_database.transaction() as session:
            await session.run(text("UPDATE deadlines SET lease = gen_random_uuid(), try_at = try_at + interval '1 h'"))
        await asyncio.sleep(0.4)
        assert len(await diary(kit_database)) < 5
    (row,) = await rows(kit_database)
    assert row["done_at"] is None


async def test_stopping_gives_a_long_job_back_at_once(kit_database: Database, clock: MovableClock) -> None:
    first, second = LongWork(pause=0.1), LongWork()
    async with working(kit_database, clock, {KIND: Long(first)}):
        await plan(kit_database, clock, "a")
        await first.begun.wait()
    (row,) = await rows(kit_database)
    assert (row["lease"], row["attempts"], row["done_at"]) == (None, 0, None)
    async with working(kit_database, clock, {KIND: Long(second)}):
        await written(kit_database, ALL_STEPS)


async def test_a_long_job_scheduled_anew_meanwhile_runs_again(kit_database: Database, clock: MovableClock) -> None:
    runs = 0

    async def once_more(open_unit: OpenUnit, deadline: Deadline) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            async with open_unit() as call:
                await deadlines.schedule(call.db, KIND, deadline.key, clock.now())

    async with working(kit_database, clock, {KIND: Long(once_more)}):
        await plan(kit_database, clock, "a")
        await until(lambda: runs == 2)
        await asyncio.sleep(0.1)
    assert runs == 2
    (row,) = await rows(kit_database)
    assert row["done_at"]
