"""What a transaction records is published, once it commits and not otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message as Event
from sqlalchemy import select

from libs.kit import contract, outbox
from libs.kit.bus import Bus, Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import Clock, MovableClock, SystemClock
from libs.kit.database import Database
from libs.kit.relay import _LAST, _NEXT, Relay
from libs.kit.tables import outbox as outbox_table
from mainstay.employees.v1.events_pb2 import EmployeeHired, PersonPlaced
from tests.support.bus import FailingBus

TOPIC = "employees.lifecycle"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def hired(number: int, employee: str = "e-1") -> EmployeeHired:
    return EmployeeHired(employee_id=employee, number=str(number))


@asynccontextmanager
async def relaying(database: Database, bus: Bus, clock: Clock | None = None) -> AsyncIterator[Relay]:
    await bus.ensure_topics(contract.topics())
    relay = Relay(database, bus, clock or SystemClock(), service="employees")
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


async def record(database: Database, *events: Event, at: datetime | None = None) -> None:
    async with database.transaction() as session:
        await outbox.write(session, events, source="employees", trace=TRACE, at=at)


async def published(bus: Bus, topic: str = TOPIC) -> list[Message]:
    return [message async for message in bus.read(topic)]


async def test_a_recorded_event_is_published_as_the_contract_says(kit_database: Database, local_bus: LocalBus) -> None:
    at = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    async with relaying(kit_database, local_bus) as relay:
        await record(kit_database, hired(7), at=at)
        assert await relay.flush(5)
    (message,) = await published(local_bus)
    assert (message.type, message.key, message.source) == ("mainstay.employees.v1.EmployeeHired", "e-1", "employees")
    assert (message.time, message.trace) == (at, TRACE)
    assert EmployeeHired.FromString(message.value) == hired(7)


async def test_what_is_rolled_back_was_never_said(kit_database: Database, local_bus: LocalBus) -> None:
    async with relaying(kit_database, local_bus) as relay:
        with suppress(ZeroDivisionError):
            async with kit_database.transaction() as session:
                await outbox.write(session, [hired(1)], source="employees", trace="")
                raise ZeroDivisionError
        await record(kit_database, hired(2))
        assert await relay.flush(5)
    assert [EmployeeHired.FromString(one.value).number for one in await published(local_bus)] == ["2"]


async def test_many_at_once_by_copy_keep_their_order(kit_database: Database, local_bus: LocalBus) -> None:
    events = [hired(number, f"e-{number % 9}") for number in range(5000)]
    async with relaying(kit_database, local_bus) as relay:
        async with kit_database.transaction() as session:
            rows = outbox.records(events, source="employees", trace="")
            await session.copy(outbox_table, outbox.COLUMNS, rows)
        assert await relay.flush(20)
    found = await published(local_bus)
    for key in range(9):
        numbers = [int(EmployeeHired.FromString(one.value).number) for one in found if one.key == f"e-{key}"]
        assert numbers == list(range(key, 5000, 9))


async def test_a_state_topic_keeps_the_order_of_recording_over_all_keys(
    kit_database: Database, local_bus: LocalBus
) -> None:
    state = contract.event_of(PersonPlaced()).topic
    async with relaying(kit_database, local_bus) as one, relaying(kit_database, local_bus) as other:
        for start in range(0, 200, 10):
            await record(kit_database, *(PersonPlaced(employee_id=f"e-{start + step}") for step in range(10)))
            one.nudge()
            other.nudge()
        assert await one.flush(5)
    found = [PersonPlaced.FromString(one.value).employee_id for one in await published(local_bus, state)]
    assert found == [f"e-{number}" for number in range(200)]


async def test_a_nudge_publishes_in_milliseconds(kit_database: Database, local_bus: LocalBus) -> None:
    times = []
    async with relaying(kit_database, local_bus) as relay, local_bus.consume([TOPIC], "group") as member:
        for number in range(30):
            await asyncio.sleep(0.01)
            waiting = asyncio.create_task(member.take(5))
            began = time.perf_counter()
            await record(kit_database, hired(number))
            relay.nudge()
            await waiting
            times.append(time.perf_counter() - began)
    assert sorted(times)[15] < 0.05


async def test_without_a_nudge_the_poll_finds_it(kit_database: Database, local_bus: LocalBus) -> None:
    async with relaying(kit_database, local_bus), local_bus.consume([TOPIC], "group") as member:
        await record(kit_database, hired(1))
        assert await member.take(2)


async def test_a_failing_bus_delays_and_loses_nothing(kit_database: Database, local_bus: LocalBus) -> None:
    answers = iter(["before", "after", "before"])
    bus = FailingBus(local_bus, lambda _: next(answers, ""))
    async with relaying(kit_database, bus) as relay:
        await record(kit_database, hired(1), hired(2))
        relay.nudge()
        assert not await relay.flush(0.05)
        assert await relay.flush(5)
    found = await published(local_bus)
    assert [EmployeeHired.FromString(one.value).number for one in found] == ["1", "2", "1", "2"]
    assert len({one.event_id for one in found}) == 2


async def test_stopping_publishes_what_is_recorded(kit_database: Database, local_bus: LocalBus) -> None:
    async with relaying(kit_database, local_bus):
        await record(kit_database, *(hired(number) for number in range(3000)))
    assert len(await published(local_bus)) == 3000


async def test_published_rows_go_when_the_bus_forgets_them(kit_database: Database, local_bus: LocalBus) -> None:
    clock = MovableClock()
    async with relaying(kit_database, local_bus, clock) as relay:
        await record(kit_database, *(hired(number) for number in range(1500)))
        assert await relay.flush(5)
        assert await relay.tidy() == 0
        clock.move(timedelta(days=6))
        assert await relay.tidy() == 0
        clock.move(timedelta(days=2))
        assert [await relay.tidy(), await relay.tidy(), await relay.tidy()] == [1000, 500, 0]
        await record(kit_database, hired(1))
        assert await relay.flush(5)
        async with kit_database.reading() as session:
            assert len(await session.rows(select(outbox_table))) == 1


async def test_flush_says_when_something_could_not_be_published(kit_database: Database, local_bus: LocalBus) -> None:
    def fails(messages: Sequence[Message]) -> str:
        return "before" if any(EmployeeHired.FromString(one.value).number == "2" for one in messages) else ""

    async with relaying(kit_database, FailingBus(local_bus, fails)) as relay:
        await record(kit_database, hired(1))
        assert await relay.flush(5)
        await record(kit_database, hired(2))
        assert not await relay.flush(0.1)
        async with kit_database.transaction() as session:
            await session.run(outbox_table.delete().where(outbox_table.c.published_at.is_(None)))


async def test_a_day_of_published_events_is_not_walked_through(kit_database: Database) -> None:
    async with kit_database.pool.acquire() as connection:
        await connection.execute("""
            INSERT INTO outbox (event_id, topic, key, shard, type, source, value)
            SELECT gen_random_uuid(), 't', 'k', n % 8, 't', 's', 'v' FROM generate_series(1, 20000) n""")
        await connection.execute("UPDATE outbox SET published_at = now() WHERE id % 20000 <> 0")
        for query, values in ((_NEXT, {"shards": list(range(8)), "batch": 1000}), (_LAST, {})):
            plan = await connection.fetch(f"EXPLAIN {query.sql}", *query.arguments(values))
            assert "outbox_unpublished" in str(plan)
            assert "outbox_pkey" not in str(plan)
