"""Consumers killed at random moments: every event is applied exactly once and in its key's order.

Each law has a mistake planted beside it that must break it: a test that cannot fail proves nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message as Event
from sqlalchemy import text

from libs.kit import contract
from libs.kit.bus import Batch, Message
from libs.kit.bus.local import LocalBus
from libs.kit.consumer import Consumer
from libs.kit.database import Database
from libs.kit.ids import uuid7
from mainstay.employees.v1.events_pb2 import EmployeeHired
from tests.support.units import Unit, units

TOPIC = "employees.lifecycle"
KEYS, EVENTS, KILLS = 12, 1200, 30
# Runs in which a mistake may show: on a busy machine all kills of one may miss the moment that it needs.
_CHANCES = 6


class CommitsFirst(Consumer):
    """The mistake: the offsets are committed before the events are handled."""

    async def _begin(self, batch: Batch) -> None:
        await batch.commit()
        await super()._begin(batch)


class HasNoInbox(Consumer):
    """The mistake: nobody remembers what was handled."""

    async def _apply(self, messages: Sequence[Message]) -> None:
        async with self._unit(messages) as call:
            for message in messages:
                await self._run_handler(call, message)


class WritesInboxApart(Consumer):
    """The mistake: the inbox rows are written in a transaction before the handler's."""

    async def _apply(self, messages: Sequence[Message]) -> None:
        fresh: list[Message] = []
        for message in messages:
            async with self.database.transaction() as session:
                fresh += await self._admit(session, message)
        async with self._unit(messages) as call:
            for message in fresh:
                await self._run_handler(call, message)

    async def _admit(self, session: Any, message: Message) -> Sequence[Message]:
        from libs.kit import inbox

        return await inbox.admit(session, self.name, [message])


class DoesNotWait(Consumer):
    """The mistake: what follows a failed event of the same key does not wait for it."""

    async def _retry_due(self) -> None:
        for trouble in self._troubles.values():
            trouble.due = 0
            trouble.waiting.rotate(-1)
        await super()._retry_due()


class Outcome:
    """What was applied, counted."""

    def __init__(self, numbers: dict[str, list[int]]) -> None:
        found = [(key, number) for key, all_of in numbers.items() for number in all_of]
        self.repeated = len(found) - len(set(found))
        self.lost = EVENTS - len(set(found))
        self.disorder = [key for key, all_of in numbers.items() if all_of != sorted(all_of)]


async def run(
    database: Database, bus: LocalBus, kind: type[Consumer] = Consumer, *, failing: float = 0.03, seed: int = 5
) -> Outcome:
    chance = random.Random(seed)
    await bus.ensure_topics(contract.topics())
    async with database.transaction() as session:
        await session.run(text("DROP TABLE IF EXISTS applied"))
        await session.run(text("CREATE TABLE applied (id serial PRIMARY KEY, key text, number integer)"))

    async def handler(call: Unit, event: EmployeeHired) -> None:
        statement = text("INSERT INTO applied (key, number) VALUES (:key, :number)")
        await call.db.run(statement, key=event.employee_id, number=int(event.number))
        if chance.random() < failing:
            raise RuntimeError

    async def born() -> Consumer:
        handlers: dict[type[Event], Any] = {EmployeeHired: handler}
        consumer = kind(database, bus, "talent", handlers, units(database), back_off=(0.001,) * 60)
        await consumer.start()
        return consumer

    living = [await born(), await born()]
    publishing = asyncio.create_task(_publish(bus))
    for _ in range(KILLS):
        await asyncio.sleep(chance.random() * 0.04)
        victim = chance.randrange(2)
        await _kill(living[victim])
        living[victim] = await born()
    await publishing
    numbers = await _settled(database)
    for consumer in living:
        await consumer.stop()
    return Outcome(numbers)


async def _publish(bus: LocalBus) -> None:
    for start in range(0, EVENTS, 40):
        batch = []
        for number in range(start, start + 40):
            event = EmployeeHired(employee_id=f"k{number % KEYS}", number=str(number))
            value, kind = event.SerializeToString(), event.DESCRIPTOR.full_name
            batch.append(Message(TOPIC, event.employee_id, value, uuid7(), kind, "employees", datetime.now(UTC)))
        await bus.publish(batch)
        await asyncio.sleep(0.01)


async def _kill(consumer: Consumer) -> None:
    """Ends it wherever it is: in the middle of a transaction, or between a commit in the database and on the bus."""
    for task in consumer._tasks:
        # A cancellation that meets the end of a timed wait is lost in Python 3.11: a kill is never.
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1)


async def _settled(database: Database) -> dict[str, list[int]]:
    """What was applied, once there is all of it or nothing has come for a second."""
    before, quiet = -1, 0
    while True:
        numbers = defaultdict[str, list[int]](list)
        async with database.reading() as session:
            rows = await session.rows(text("SELECT key, number FROM applied ORDER BY id"))
        for row in rows:
            numbers[row["key"]].append(row["number"])
        quiet = quiet + 1 if len(rows) == before else 0
        before = len(rows)
        if quiet >= (3 if len(rows) >= EVENTS else 10):
            return numbers
        await asyncio.sleep(0.1)


async def test_everything_is_applied_once_and_in_order(kit_database: Database, local_bus: LocalBus) -> None:
    outcome = await run(kit_database, local_bus)
    assert (outcome.lost, outcome.repeated, outcome.disorder) == (0, 0, [])


async def shows(
    database: Database, bus: LocalBus, kind: type[Consumer], what: Callable[[Outcome], object], failing: float = 0.03
) -> bool:
    """Whether a mistake is found."""
    for seed in range(_CHANCES):
        if what(await run(database, bus, kind, failing=failing, seed=seed)):
            return True
    return False


async def test_mistake_committing_first_loses_events(kit_database: Database, local_bus: LocalBus) -> None:
    assert await shows(kit_database, local_bus, CommitsFirst, lambda outcome: outcome.lost)


async def test_mistake_without_an_inbox_events_are_applied_again(kit_database: Database, local_bus: LocalBus) -> None:
    assert await shows(kit_database, local_bus, HasNoInbox, lambda outcome: outcome.repeated)


async def test_mistake_an_inbox_apart_loses_events(kit_database: Database, local_bus: LocalBus) -> None:
    assert await shows(kit_database, local_bus, WritesInboxApart, lambda outcome: outcome.lost)


async def test_mistake_not_waiting_breaks_the_order(kit_database: Database, local_bus: LocalBus) -> None:
    assert await shows(kit_database, local_bus, DoesNotWait, lambda outcome: outcome.disorder, failing=0.1)
