"""An event is applied once and in its key's order; one that cannot be stops its own key and no other."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy import select, text

from libs.kit import contract, inbox
from libs.kit.bus import Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from libs.kit.consumer import Consumer, dead_letters_of
from libs.kit.database import Database
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.ids import uuid7
from libs.kit.replay import replay
from libs.kit.tables import inbox as inbox_table
from libs.kit.tables import parked_keys
from mainstay.employees.v1.events_pb2 import EmployeeConfirmed, EmployeeHired
from tests.support.units import Unit, units

TOPIC = "employees.lifecycle"
SOON = (0.01, 0.01, 0.01, 0.01)


def hired(key: str, number: int) -> Message:
    event = EmployeeHired(employee_id=key, number=str(number))
    return Message(
        TOPIC, key, event.SerializeToString(), uuid7(), event.DESCRIPTOR.full_name, "employees", datetime.now(UTC)
    )


class Recorder:
    """A handler that writes down what it is given, unless `poison` says the event cannot be handled."""

    def __init__(self) -> None:
        self.poison: set[tuple[str, int]] = set()
        self.error: Exception = ValueError("王小明 is not to be seen in any log")
        self.tries: dict[tuple[str, int], int] = defaultdict(int)
        self.traces: list[str] = []

    async def __call__(self, call: Unit, event: EmployeeHired) -> None:
        what = (event.employee_id, int(event.number))
        self.tries[what] += 1
        self.traces.append(call.trace)
        await call.db.run(text("INSERT INTO applied (key, number) VALUES (:key, :number)"), key=what[0], number=what[1])
        if what in self.poison:
            raise self.error


async def applied(database: Database) -> dict[str, list[int]]:
    found = defaultdict[str, list[int]](list)
    async with database.reading() as session:
        for row in await session.rows(text("SELECT key, number FROM applied ORDER BY id")):
            found[row["key"]].append(row["number"])
    return dict(found)


async def eventually(check: Any, wanted: object, seconds: float = 5.0) -> None:
    """Waits until `await check()` gives what is wanted."""
    until = time.monotonic() + seconds
    while (found := await check()) != wanted and time.monotonic() < until:  # noqa: ASYNC110 - asks the database
        await asyncio.sleep(0.01)
    assert found == wanted


@asynccontextmanager
async def consuming(database: Database, bus: LocalBus, handler: Any, **given: Any) -> AsyncIterator[Consumer]:
    await bus.ensure_topics(contract.topics())
    async with database.transaction() as session:
        await session.run(text("CREATE TABLE IF NOT EXISTS applied (id serial PRIMARY KEY, key text, number integer)"))
    consumer = Consumer(
        database, bus, "talent", {EmployeeHired: handler}, units(database), **{"back_off": SOON, **given}
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def parked(database: Database) -> list[tuple[str, int, str]]:
    async with database.reading() as session:
        return [(row["key"], row["events"], row["error"]) for row in await session.rows(select(parked_keys))]


async def dead(bus: LocalBus) -> list[tuple[str, int]]:
    found = [one async for one in bus.read(TOPIC + ".dead")]
    return [(one.key, int(EmployeeHired.FromString(one.value).number)) for one in found]


async def test_events_are_applied_in_order_and_once_however_often_delivered(
    kit_database: Database, local_bus: LocalBus
) -> None:
    messages = [hired(f"k{number % 3}", number) for number in range(600)]
    async with consuming(kit_database, local_bus, Recorder()):
        await local_bus.publish(messages)
        await local_bus.publish(messages[:200] + messages[:200])
        expected = {f"k{key}": list(range(key, 600, 3)) for key in range(3)}
        await eventually(lambda: applied(kit_database), expected)
        await asyncio.sleep(0.1)
    assert await applied(kit_database) == expected


async def test_events_without_a_handler_are_passed_over(kit_database: Database, local_bus: LocalBus) -> None:
    other = Message(TOPIC, "k", b"", uuid7(), EmployeeConfirmed.DESCRIPTOR.full_name, "employees", datetime.now(UTC))
    async with consuming(kit_database, local_bus, Recorder()):
        await local_bus.publish([other, hired("k", 1), other])
        await eventually(lambda: applied(kit_database), {"k": [1]})
    async with local_bus.consume([TOPIC], "talent") as member:
        assert await member.take(0.1) is None


async def test_a_restart_goes_on_where_it_was(kit_database: Database, local_bus: LocalBus) -> None:
    async with consuming(kit_database, local_bus, Recorder()):
        await local_bus.publish([hired("k", 1)])
        await eventually(lambda: applied(kit_database), {"k": [1]})
    await local_bus.publish([hired("k", 2)])
    async with consuming(kit_database, local_bus, Recorder()):
        await eventually(lambda: applied(kit_database), {"k": [1, 2]})


async def test_a_poison_event_stops_only_its_key(kit_database: Database, local_bus: LocalBus) -> None:
    handler = Recorder()
    handler.poison = {("bad", 1)}
    async with consuming(kit_database, local_bus, handler):
        await local_bus.publish([hired("bad", 0), hired("good", 0), hired("bad", 1), hired("good", 1), hired("bad", 2)])
        await eventually(lambda: parked(kit_database), [("bad", 2, "ValueError")])
        await local_bus.publish([hired("bad", 3), hired("good", 2)])
        await eventually(lambda: dead(local_bus), [("bad", 1), ("bad", 2), ("bad", 3)])
        await eventually(lambda: applied(kit_database), {"bad": [0], "good": [0, 1, 2]})
    assert handler.tries["bad", 1] in (5, 6)
    assert handler.tries["bad", 2] <= 1
    first, second, _ = [one async for one in local_bus.read(TOPIC + ".dead")]
    assert first.extra == {"consumer": "talent", "error": "ValueError", "tries": "5"}
    assert second.extra == {"consumer": "talent", "error": "KeyParked", "tries": "0"}


async def test_other_keys_go_on_while_one_is_tried_again(kit_database: Database, local_bus: LocalBus) -> None:
    handler = Recorder()
    handler.poison = {("bad", 0)}
    async with consuming(kit_database, local_bus, handler, back_off=(0.4, 30.0)) as consumer:
        await local_bus.publish([hired("bad", 0), hired("bad", 1)])
        for number in range(5):
            await local_bus.publish([hired("good", number), hired("bad", number + 2)])
            await asyncio.sleep(0.03)
        await eventually(lambda: applied(kit_database), {"good": [0, 1, 2, 3, 4]}, seconds=0.35)
        handler.poison.clear()
        expected = {"good": [0, 1, 2, 3, 4], "bad": [0, 1, 2, 3, 4, 5, 6]}
        await eventually(lambda: applied(kit_database), expected)
        await consumer.stop()
    async with local_bus.consume([TOPIC], "talent") as member:
        assert await member.take(0.1) is None


async def test_an_event_that_cannot_be_read_is_parked(kit_database: Database, local_bus: LocalBus) -> None:
    broken = Message(
        TOPIC, "k", b"\xff\xff", uuid7(), EmployeeHired.DESCRIPTOR.full_name, "employees", datetime.now(UTC)
    )
    async with consuming(kit_database, local_bus, Recorder()):
        await local_bus.publish([broken])
        await eventually(lambda: parked(kit_database), [("k", 1, "DecodeError")])


async def test_replay_brings_parked_events_back_in_order(kit_database: Database, local_bus: LocalBus) -> None:
    handler = Recorder()
    handler.poison = {("a", 1), ("b", 0)}
    async with consuming(kit_database, local_bus, handler) as consumer:
        await local_bus.publish([hired(key, number) for number in range(4) for key in "abc"])
        await eventually(lambda: parked(kit_database), [("b", 4, "ValueError"), ("a", 3, "ValueError")])
        handler.poison = {("a", 2)}
        outcome = await replay(consumer, TOPIC)
        assert (outcome.events, outcome.freed, outcome.failing) == (5, ["b"], {"a": "ValueError"})
        handler.poison = set()
        await local_bus.publish([hired(key, 4) for key in "abc"])
        await eventually(lambda: parked(kit_database), [("a", 4, "ValueError")])
        outcome = await replay(consumer, TOPIC, "a")
        assert (outcome.events, outcome.freed) == (3, ["a"])
        assert await parked(kit_database) == []
        assert (await replay(consumer, TOPIC)).events == 0
        await local_bus.publish([hired(key, 5) for key in "abc"])
        await eventually(lambda: applied(kit_database), {key: list(range(6)) for key in "abc"})


async def test_a_key_can_be_parked_again_after_a_replay(kit_database: Database, local_bus: LocalBus) -> None:
    handler = Recorder()
    async with consuming(kit_database, local_bus, handler) as consumer:
        for number in range(0, 6, 2):
            handler.poison = {("k", number)}
            await local_bus.publish([hired("k", number), hired("k", number + 1)])
            await eventually(lambda: parked(kit_database), [("k", 2, "ValueError")])
            handler.poison = set()
            assert (await replay(consumer, TOPIC)).freed == ["k"]
    assert await applied(kit_database) == {"k": list(range(6))}


async def test_replay_while_events_keep_coming_keeps_the_order(kit_database: Database, local_bus: LocalBus) -> None:
    handler = Recorder()
    handler.poison = {("k", 0)}
    async with consuming(kit_database, local_bus, handler) as consumer:
        await local_bus.publish([hired("k", 0)])
        await eventually(lambda: parked(kit_database), [("k", 1, "ValueError")])
        handler.poison = set()

        async def publish() -> None:
            for number in range(1, 120):
                await local_bus.publish([hired("k", number)])

        publishing = asyncio.create_task(publish())
        await asyncio.sleep(0.05)
        assert (await replay(consumer, TOPIC)).freed == ["k"]
        await publishing
        await eventually(lambda: applied(kit_database), {"k": list(range(120))})


async def test_somebody_elses_outage_is_waited_out(kit_database: Database, local_bus: LocalBus) -> None:
    handler = Recorder()
    handler.poison = {("k", 0)}
    handler.error = TemporarilyUnavailable(part="identity")
    async with consuming(kit_database, local_bus, handler, back_off=()):
        await local_bus.publish([hired("k", 0), hired("k", 1)])
        await asyncio.sleep(1.2)
        assert handler.tries["k", 0] >= 3
        assert await parked(kit_database) == []
        handler.poison = set()
        await eventually(lambda: applied(kit_database), {"k": [0, 1]})


async def test_what_the_machine_or_the_network_lacks_is_not_the_events_fault(
    kit_database: Database, local_bus: LocalBus
) -> None:
    errors = {
        type(error).__name__: error
        for error in (
            asyncpg.DiskFullError("no space left on device"),
            asyncpg.OutOfMemoryError("out of memory"),
            asyncpg.TooManyConnectionsError("too many clients"),
            asyncpg.CrashShutdownError("another server process crashed"),
            asyncpg.AdminShutdownError("terminating connection"),
            asyncpg.CannotConnectNowError("the database system is starting up"),
            asyncpg.QueryCanceledError("statement timeout"),
            asyncpg.PostgresIOError("could not read block"),
            OSError("no route to host"),
            ConnectionResetError("by peer"),
            TimeoutError(),
        )
    }
    done: set[str] = set()
    tries: dict[str, int] = defaultdict(int)
    mended = False

    async def handler(_call: Unit, event: EmployeeHired) -> None:
        tries[event.employee_id] += 1
        if not mended:
            raise errors[event.employee_id]
        done.add(event.employee_id)

    async def all_done() -> set[str]:
        return done

    async with consuming(kit_database, local_bus, handler, back_off=()):
        await local_bus.publish([hired(name, 0) for name in errors])
        await asyncio.sleep(1.2)
        assert await parked(kit_database) == []
        # Once the whole batch, of which only the first was tried, then each alone.
        assert {name for name in errors if tries[name] >= 2} == errors.keys()
        mended = True
        await eventually(all_done, set(errors))


async def test_lost_connections_are_not_the_events_fault(
    kit_database: Database, kit_url: str, local_bus: LocalBus
) -> None:
    async with consuming(kit_database, local_bus, Recorder(), back_off=()):
        other = await asyncpg.connect(kit_url)
        for number in range(30):
            await local_bus.publish([hired(f"k{key}", number) for key in range(5)])
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(0.01)
        await other.close()
        await eventually(lambda: applied(kit_database), {f"k{key}": list(range(30)) for key in range(5)}, seconds=15)
    assert await parked(kit_database) == []


async def test_the_inbox_forgets_after_longer_than_dead_letters_are_kept(kit_database: Database) -> None:
    clock = MovableClock()
    messages = [hired("k", number) for number in range(10)]

    async def admit(chosen: Sequence[Message]) -> int:
        async with kit_database.transaction() as session:
            return len(await inbox.admit(session, dead_letters_of("talent"), chosen))

    async def tidy() -> int:
        async with kit_database.transaction() as session:
            return await inbox.tidy(session, clock.now())

    assert await admit(messages) == 10
    assert await admit(messages + messages) == 0
    clock.move(timedelta(days=61))
    assert await tidy() == 0
    clock.move(timedelta(days=30))
    assert await tidy() == 10
    async with kit_database.reading() as session:
        assert await session.rows(select(inbox_table)) == []
