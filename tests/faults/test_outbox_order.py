"""Many writers, several relays, a bus that fails: nothing is lost, nothing of a key is out of order.

Each law has a mistake planted beside it that must break it: a test that cannot fail proves nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text

from libs.kit import outbox
from libs.kit.bus import Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import SystemClock
from libs.kit.database import Database, Session, prepared
from libs.kit.relay import Relay
from libs.kit.tables import outbox as outbox_table
from mainstay.employees.v1.events_pb2 import EmployeeHired
from tests.support.bus import FailingBus

TOPIC = "employees.lifecycle"
WRITERS, CHANGES, KEYS = 16, 40, 6
_NEXT_NUMBER = text("UPDATE aggregates SET number = number + 1 WHERE key = :key RETURNING number")
_NEXT_ID = select(func.nextval("outbox_id_seq"))


class Company:
    """Writers that change aggregates under their row lock and record each change."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.random = random.Random(seed)
        self.committed: dict[str, int] = defaultdict(int)

    async def prepare(self) -> None:
        async with self.database.transaction() as session:
            await session.run(text("CREATE TABLE aggregates (key text PRIMARY KEY, number integer NOT NULL)"))
            for key in range(KEYS):
                await session.run(text("INSERT INTO aggregates VALUES (:key, 0)"), key=f"e-{key}")

    async def change(self, session: Session, key: str) -> EmployeeHired:
        number = await session.value(_NEXT_NUMBER, key=key)
        return EmployeeHired(employee_id=key, number=str(number))

    async def linger(self) -> None:
        if self.random.random() < 0.3:
            await asyncio.sleep(self.random.random() * 0.02)

    async def write(self) -> None:
        for _ in range(CHANGES):
            key = f"e-{self.random.randrange(KEYS)}"
            async with self.database.transaction() as session:
                await self.transact(session, key)
                await self.linger()
            self.committed[key] += 1

    async def transact(self, session: Session, key: str) -> None:
        event = await self.change(session, key)
        await outbox.write(session, [event], source="employees", trace="")


class TakesIdsBeforeLocks(Company):
    """The mistake: the row's id is taken first and the aggregate's lock after it."""

    async def transact(self, session: Session, key: str) -> None:
        taken = await session.value(_NEXT_ID)
        await self.linger()
        event = await self.change(session, key)
        (row,) = outbox.records([event], source="employees", trace="")
        await session.run(
            insert(outbox_table).values(id=bindparam("taken"), **dict(zip(outbox.COLUMNS, row, strict=True))),
            taken=taken,
        )


class CursorRelay(Relay):
    """The mistake: goes on from the highest id seen."""

    last = 0
    _after = prepared(
        select(outbox_table).where(outbox_table.c.id > bindparam("last")).order_by(outbox_table.c.id).limit(1000)
    )

    async def _take(self, session: Session) -> Sequence[Any]:
        rows = await session.rows(self._after, last=self.last)
        self.last = max((row["id"] for row in rows), default=self.last)
        return rows


class UnlockedRelay(Relay):
    """The mistake: no lock, so that replicas publish the same rows."""

    _all = prepared(
        select(outbox_table).where(outbox_table.c.published_at.is_(None)).order_by(outbox_table.c.id).limit(1000)
    )

    async def _take(self, session: Session) -> Sequence[Any]:
        return await session.rows(self._all)


class Outcome:
    """What was published, counted: `lost` events, keys with `disorder`, and how many came more than once."""

    def __init__(self, committed: dict[str, int], messages: Sequence[Message]) -> None:
        seen: set[object] = set()
        numbers: dict[str, list[int]] = defaultdict(list)
        for message in messages:
            if message.event_id not in seen:
                seen.add(message.event_id)
                numbers[message.key].append(int(EmployeeHired.FromString(message.value).number))
        self.repeated = len(messages) - len(seen)
        self.lost = sum(committed.values()) - len(seen)
        self.disorder = [key for key, found in numbers.items() if found != sorted(found)]


async def run(
    database: Database,
    bus: LocalBus,
    *,
    company: type[Company] = Company,
    relay: type[Relay] = Relay,
    relays: int = 3,
    failing: float = 0.0,
) -> Outcome:
    chance = random.Random(7)

    def fails(_: Sequence[Message]) -> str:
        return chance.choice(["before", "after"]) if chance.random() < failing else ""

    await bus.ensure_topics({TOPIC: False})
    works = company(database, seed=11)
    await works.prepare()
    async with AsyncExitStack() as running:
        made = [relay(database, FailingBus(bus, fails), SystemClock(), service="test") for _ in range(relays)]
        for one in made:
            await one.start()
            running.push_async_callback(one.stop, 0.5 if relay is CursorRelay else 20)
        async with asyncio.TaskGroup() as writers:
            for _ in range(WRITERS):
                writers.create_task(works.write())
    return Outcome(works.committed, [message async for message in bus.read(TOPIC)])


async def test_nothing_is_lost_or_out_of_order_or_said_twice(kit_database: Database, local_bus: LocalBus) -> None:
    outcome = await run(kit_database, local_bus)
    assert (outcome.lost, outcome.disorder, outcome.repeated) == (0, [], 0)


async def test_a_failing_bus_only_makes_repetitions(kit_database: Database, local_bus: LocalBus) -> None:
    outcome = await run(kit_database, local_bus, failing=0.2)
    assert (outcome.lost, outcome.disorder) == (0, [])
    assert outcome.repeated


async def test_mistake_a_cursor_loses_events(kit_database: Database, local_bus: LocalBus) -> None:
    assert (await run(kit_database, local_bus, relay=CursorRelay, relays=1)).lost


async def test_mistake_ids_before_locks_break_the_order(kit_database: Database, local_bus: LocalBus) -> None:
    assert (await run(kit_database, local_bus, company=TakesIdsBeforeLocks)).disorder


async def test_mistake_relays_without_locks_repeat_each_other(kit_database: Database, local_bus: LocalBus) -> None:
    assert (await run(kit_database, local_bus, relay=UnlockedRelay)).repeated
