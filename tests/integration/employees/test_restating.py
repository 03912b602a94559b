"""Everybody's place is said again while it changes, and what is said last is what is so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from sqlalchemy import select

from libs.kit import directory, outbox
from libs.kit.call import Call
from libs.kit.restate import Restatement, restate
from libs.kit.tables import directory_people
from libs.kit.tables import outbox as outbox_table
from mainstay.employees.v1.events_pb2 import PersonPlaced, PostPlaced, UnitPlaced
from services.employees import records, restating
from tests.integration.employees.conftest import Office

PLACED = PersonPlaced.DESCRIPTOR.full_name


class Restating:
    """An office with people in it, changed and restated at the same time."""

    def __init__(self, office: Office) -> None:
        self.office = office

    @asynccontextmanager
    async def unit(self, *, request_id: str = "", trace: str = "") -> AsyncIterator[Call]:
        async with self.office.database.transaction() as session:
            call = Call(db=session, house=self.office.gate.house, request_id=request_id, trace=trace)
            yield call
            await outbox.write(session, call.events, source="employees", trace="")

    async def people(self, count: int) -> tuple[Any, list[str]]:
        """Somebody who reports to one of two bosses, among others."""
        unit = await self.office.unit("A")
        post = await self.office.post(unit.unit_id, "A-1")
        bosses = [(await self.office.hire(post)).employee_id for _ in range(2)]
        for _ in range(count):
            await self.office.hire(post, manager=bosses[0])
        return await self.office.hire(post, manager=bosses[0]), bosses

    async def said_last(self) -> dict[UUID, dict[str, Any]]:
        """What a consumer's directory holds after the outbox was published: the last word on each key, by id."""
        async with self.office.database.reading() as db:
            rows = await db.rows(select(outbox_table).where(outbox_table.c.type == PLACED).order_by(outbox_table.c.id))
        events = [directory.person_row(PersonPlaced.FromString(row["value"])) for row in rows]
        return {event["employee_id"]: event for event in events}

    async def words(self, *kinds: type[Any]) -> dict[str, Any]:
        """The last word on each key, whole."""
        named = {kind.DESCRIPTOR.full_name: kind for kind in kinds}
        async with self.office.database.reading() as db:
            rows = await db.rows(select(outbox_table).order_by(outbox_table.c.id))
        return {row["key"]: named[row["type"]].FromString(row["value"]) for row in rows if row["type"] in named}

    async def so(self) -> dict[UUID, dict[str, Any]]:
        async with self.office.database.reading() as db:
            rows = await db.rows(select(directory_people))
        return {row["employee_id"]: {k: v for k, v in dict(row).items() if k != "chain"} for row in rows}

    async def go_to_and_fro(self, person: Any, bosses: Sequence[str], turns: int) -> None:
        for turn in range(turns):
            person = await self.office.change_manager(person, bosses[(turn + 1) % 2], on=0)
            # What is recorded for a day stands: the next change is the next day's.
            self.office.clock.move(timedelta(days=1))


async def test_what_changes_meanwhile_wins(office: Office) -> None:
    scene = Restating(office)
    person, bosses = await scene.people(20)
    changing = asyncio.create_task(scene.go_to_and_fro(person, bosses, 25))
    rounds = 0
    while not changing.done():
        said = await restate(scene.unit, restating.RESTATES, size=3)
        rounds += 1
        assert said == {"employees.units": 1, "employees.posts": 1, "employees.people": 23}
    await changing
    assert rounds > 2
    assert await scene.said_last() == await scene.so()


async def test_posts_and_posts_held_are_said_again_as_they_were_said_first(office: Office) -> None:
    scene = Restating(office)
    unit = await office.unit("A")
    first, second = await office.post(unit.unit_id, "A-1"), await office.post(unit.unit_id, "A-2", headcount=3)
    person = await office.hire(first, on=-100)
    await office.transfer(person, second, on=-10)
    before = await scene.words(PersonPlaced, PostPlaced)
    held = before[person.employee_id].held
    assert [(one.post_id, one.starts_on, one.ends_on) for one in held] == [
        (first.post_id, office.day(-100), office.day(-11)),
        (second.post_id, office.day(-10), ""),
    ]
    assert before[second.post_id].headcount == 3
    await restate(scene.unit, restating.RESTATES, size=1)
    assert await scene.words(PersonPlaced, PostPlaced) == before


async def test_a_page_read_outside_the_lock_says_what_was(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded mistake."""
    scene = Restating(office)
    person, bosses = await scene.people(0)

    async def unlocked(call: Call, after: str, many: int) -> Sequence[Message]:
        with monkeypatch.context() as patch:
            patch.setattr(records, "lock_lines", _no_lock)
            found = await restating.people_page(call, after, many)
        await scene.go_to_and_fro(person, bosses, 1)
        return found

    await restate(scene.unit, (Restatement(PersonPlaced, unlocked),))
    assert await scene.said_last() != await scene.so()


async def _no_lock(_db: object) -> None:
    return None


async def test_it_starts_again_after_an_interruption_and_says_each_key_in_order(office: Office) -> None:
    scene = Restating(office)
    await scene.people(10)
    async with office.database.transaction() as db:
        await db.run(outbox_table.delete())
    pages = 0

    async def failing(call: Call, after: str, many: int) -> Sequence[Message]:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise ConnectionError
        return await restating.people_page(call, after, many)

    try:
        await restate(scene.unit, (Restatement(PersonPlaced, failing),), size=4)
    except ConnectionError:
        await restate(scene.unit, restating.RESTATES, size=4)
    async with office.database.reading() as db:
        rows = await db.rows(select(outbox_table.c.key, outbox_table.c.type).order_by(outbox_table.c.id))
    keys = [row["key"] for row in rows if row["type"] == PLACED]
    assert keys[:8] == sorted(keys[:8])
    assert keys[8:] == sorted(await keys_of(scene))
    units = [row for row in rows if row["type"] == UnitPlaced.DESCRIPTOR.full_name]
    assert len(units) == 1


async def keys_of(scene: Restating) -> list[str]:
    return [str(one) for one in await scene.so()]
