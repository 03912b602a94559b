"""A process that is to be killed: `python -m tests.support.crash_worker`, its `Plan` as JSON on the standard input.

As a service does, `writes` changes aggregates, records each change in the outbox and relays it; `applies` consumes what
was relayed. At the planned passing of the planned point the process sends itself SIGKILL. The points are put around the
kit's own methods here; the kit knows nothing of them. Lines on the standard output tell how far it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from sqlalchemy import Integer, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import contract, outbox
from libs.kit.bus import Batch, Bus, Message
from libs.kit.bus import kafka_readers as readers
from libs.kit.bus.kafka import KafkaBus
from libs.kit.clock import SystemClock
from libs.kit.consumer import Consumer
from libs.kit.database import Database, Session, prepared
from libs.kit.relay import Relay
from libs.kit.tls import Tls
from mainstay.employees.v1.events_pb2 import EmployeeHired
from tests.support.units import Unit, units

WRITER_POINTS = ("before_commit", "after_commit_before_publish", "in_publish", "after_publish_before_mark")
APPLIER_POINTS = ("before_effect_commit", "after_handling_before_offset_commit")
TABLES = (
    "CREATE TABLE aggregates (key text PRIMARY KEY, number integer NOT NULL) WITH (fillfactor = 20)",
    "CREATE TABLE applied (id bigserial PRIMARY KEY, key text NOT NULL, number integer NOT NULL)",
)
# Aggregates are locked in one order, so that writers do not wait for each other in a circle.
_CHANGE = prepared(
    text(
        "WITH taken AS (SELECT key FROM aggregates WHERE key = ANY(:keys) ORDER BY key FOR UPDATE) "
        "UPDATE aggregates SET number = number + 1 FROM taken WHERE aggregates.key = taken.key "
        "RETURNING aggregates.key, number"
    ).bindparams(bindparam("keys", type_=ARRAY(String)))
)
_ENOUGH = prepared(text("SELECT EXISTS (SELECT FROM orders)"))
_APPLY = prepared(
    text("INSERT INTO applied (key, number) VALUES (:key, :number)").bindparams(
        bindparam("key", type_=String), bindparam("number", type_=Integer)
    )
)


@dataclass(frozen=True)
class Plan:
    """What the process is to do, and where its end is. `passing` 0: nowhere. `mistake` names one of `MISTAKES`."""

    role: str
    database: str
    kafka: str
    tls: Sequence[str]
    # Begins the keys, and names the group: runs on one broker are apart.
    run: str
    keys: int
    # Changes in one transaction of a writer.
    size: int
    seed: int
    point: str = ""
    passing: int = 0
    mistake: str = ""


def tell(word: str) -> None:
    print(word, flush=True)


class Points:
    """Counts passings of the planned point."""

    def __init__(self, point: str, passing: int) -> None:
        self._point = point
        self._left = passing

    def at(self, point: str) -> None:
        if point == self._point and self._left:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


class PointedRelay(Relay):
    points: Points
    first = True

    async def _publish(self, rows: Sequence[Any]) -> None:
        self.points.at("after_commit_before_publish")
        await super()._publish(rows)

    async def _mark(self, session: Session, rows: Sequence[Any]) -> None:
        self.points.at("after_publish_before_mark")
        await super()._mark(session, rows)
        if self.first:
            self.first = False
            tell("working")


class MarksFirst(PointedRelay):
    """The mistake: what is published is marked before, in a transaction of its own."""

    async def _pass(self) -> bool:
        async with self._database.transaction() as session:
            rows = await self._take(session)
            await self._mark(session, rows)
        if rows:
            await self._publish(rows)
        return bool(rows)


class PointedConsumer(Consumer):
    points: Points
    run: str
    first = True

    async def _run_handler(self, call: Any, message: Message) -> None:
        await super()._run_handler(call, message)
        if message.key.startswith(self.run):
            self.points.at("before_effect_commit")

    async def _commit_settled(self) -> None:
        first = self._open[0] if self._open else None
        if first and not first.unsettled and any(one.key.startswith(self.run) for one in first.batch.messages):
            self.points.at("after_handling_before_offset_commit")
        await super()._commit_settled()
        if self.first and not self._open:
            self.first = False
            tell("working")


class HasNoInbox(PointedConsumer):
    """The mistake: nobody remembers what was handled."""

    async def _apply(self, messages: Sequence[Message]) -> None:
        async with self._unit(messages) as call:
            for message in messages:
                await self._run_handler(call, message)


class CommitsFirst(PointedConsumer):
    """The mistake: the offsets are committed before the events are handled."""

    async def _begin(self, batch: Batch) -> None:
        await batch.commit()
        await super()._begin(batch)


MISTAKES: dict[str, type[PointedRelay | PointedConsumer]] = {
    kind.__name__: kind for kind in (MarksFirst, HasNoInbox, CommitsFirst)
}


def watch_sending(points: Points) -> None:
    """The point within a publishing: one partition has its part of a round, the others may have theirs."""
    send: Callable[..., Any] = AIOKafkaProducer.send_batch

    async def sent(self: Any, *given: Any, **more: Any) -> Any:
        confirmed = await send(self, *given, **more)
        confirmed.add_done_callback(lambda _: points.at("in_publish"))
        return confirmed

    AIOKafkaProducer.send_batch = sent


async def write(plan: Plan, database: Database, bus: Bus, points: Points) -> None:
    """Changes aggregates until it is told that there are enough events, and relays them."""
    watch_sending(points)
    kind: Any = MISTAKES.get(plan.mistake, PointedRelay)
    relay = (kind if issubclass(kind, Relay) else PointedRelay)(database, bus, SystemClock(), service="crash")
    relay.points = points
    await relay.start()
    chance = random.Random(plan.seed)
    names = [f"{plan.run}-{number:03}" for number in range(plan.keys)]
    while True:
        async with database.transaction() as session:
            if await session.value(_ENOUGH):
                break
            changed = await session.rows(_CHANGE, keys=chance.sample(names, plan.size))
            events = [EmployeeHired(employee_id=row["key"], number=str(row["number"])) for row in changed]
            await outbox.write(session, events, source="employees", trace="")
            points.at("before_commit")
        relay.nudge()
    await asyncio.Event().wait()


async def apply(plan: Plan, database: Database, bus: Bus, points: Points) -> None:
    async def handler(call: Unit, event: EmployeeHired) -> None:
        if event.employee_id.startswith(f"{plan.run}-"):
            await call.db.run(_APPLY, key=event.employee_id, number=int(event.number))

    kind: Any = MISTAKES.get(plan.mistake, PointedConsumer)
    made = kind if issubclass(kind, Consumer) else PointedConsumer
    consumer = made(database, bus, f"crash-{plan.run}", {EmployeeHired: handler}, units(database))
    consumer.points, consumer.run = points, plan.run
    await consumer.start()
    await asyncio.Event().wait()


async def main(plan: Plan) -> None:
    # A member that was killed is out of its group as soon as the broker lets it: recovery is the code's, not a wait.
    readers._SESSION_MS = 3_000
    bus = KafkaBus(plan.kafka, SystemClock(), client="employees", tls=Tls(*map(Path, plan.tls)).context())
    database = Database(plan.database, pool_size=4)
    await bus.open()
    await database.open()
    await bus.ensure_topics(contract.topics())
    points = Points(plan.point, plan.passing)
    await {"writes": write, "applies": apply}[plan.role](plan, database, bus, points)


if __name__ == "__main__":
    given = json.load(sys.stdin)
    uvloop.run(main(Plan(**given)))
