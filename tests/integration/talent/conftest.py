"""A database of talent with an edge around the service's own handlers, and a small company whose profiles are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from sqlalchemy import select

from libs.kit import contract, directory
from libs.kit.access.scopes import Scope
from libs.kit.call import Call
from libs.kit.clock import MovableClock
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, outbox
from mainstay.employees.v1 import events_pb2 as employees_events
from services.talent import copies
from services.talent.service import METHODS
from tests.support.passports import Gate
from tests.support.postgres import Databases

EVERYTHING = {
    method.access.permission: (Scope("all"),) for method in contract.methods().values() if method.context == "talent"
}
Held = Sequence[tuple[str, str, str]]


class Desk:
    """The HR admin's desk: every call with every right, unless another right or person is given."""

    def __init__(self, gate: Gate, database: Database) -> None:
        self.gate = gate
        self.database = database
        self.numbers = 0

    @property
    def clock(self) -> MovableClock:
        clock: Any = self.gate.clock
        found: MovableClock = clock
        return found

    @property
    def today(self) -> date:
        return self.gate.house.today()

    def day(self, offset: int = 0) -> str:
        return (self.today + timedelta(days=offset)).isoformat()

    async def ask(
        self,
        short: str,
        request: Message,
        held: Mapping[str, tuple[Scope, ...]] | None = None,
        employee_id: UUID | str | None = None,
        **meta: str,
    ) -> Any:
        """Calls `Service.Method` as somebody. Raises libs.kit.rpc.status.Failed."""
        caller = UUID(employee_id) if isinstance(employee_id, str) else employee_id
        passport = self.gate.passport(EVERYTHING if held is None else held, employee_id=caller)
        return await self.gate.call(short, request, passport, **meta)

    async def unit(self, code: str, parent: str = "") -> str:
        """Places a unit and returns its id."""
        unit_id = str(uuid7())
        async with self.database.transaction() as db:
            await directory.place_unit(
                db,
                employees_events.UnitPlaced(unit_id=unit_id, parent_id=parent, open=True, code=code, name=f"{code}部"),
            )
        return unit_id

    async def post(self, unit_id: str, code: str, headcount: int = 10, **more: Any) -> str:
        """Places a post and returns its id."""
        post_id = str(uuid7())
        event = employees_events.PostPlaced(
            post_id=post_id,
            code=code,
            title=more.pop("title", f"{code}岗"),
            unit_id=unit_id,
            headcount=headcount,
            opened_on=self.day(-1000),
            **more,
        )
        await self.tell(copies.follow_post, event)
        return post_id

    async def person(self, unit_id: str, post_id: str, manager: str = "", held: Held | None = None) -> str:
        """Places a person, for two years in their post unless `held` (post, first, last day). Returns the id."""
        self.numbers += 1
        employee_id = str(uuid7())
        stretches = [(post_id, self.day(-730), "")] if held is None else held
        event = employees_events.PersonPlaced(
            employee_id=employee_id,
            number=f"E{self.numbers:04}",
            unit_id=unit_id,
            post_id=post_id,
            manager_id=manager,
            employed=True,
            held=[
                employees_events.HeldPost(post_id=post, unit_id=unit_id, starts_on=first, ends_on=last)
                for post, first, last in stretches
            ],
        )
        async with self.database.transaction() as db:
            await directory.place_person(db, event)
        await self.tell(copies.follow_person, event)
        return employee_id

    async def gives_notice(self, employee_id: str, offset: int | None) -> None:
        """Employees tells of a person's last day, so many days from today; None: of none any more."""
        mine = directory_people.c.employee_id == UUID(employee_id)
        async with self.database.transaction() as db:
            (row,) = await db.rows(select(directory_people).where(mine))
            placed = employees_events.PersonPlaced(
                employee_id=employee_id,
                number=row["number"],
                unit_id=str(row["unit_id"]),
                post_id=str(row["post_id"]),
                manager_id=str(row["manager_id"] or ""),
                employed=row["employed"],
                last_day="" if offset is None else self.day(offset),
            )
            await directory.place_person(db, placed)

    async def tell(self, follow: Any, event: Message) -> None:
        """Hands an event to a follower, as the bus would."""
        async with self.database.transaction() as db:
            await follow(Call(db=db, house=self.gate.house, request_id="test"), event)

    async def facts(self, name: str) -> list[Any]:
        """The facts of one kind recorded so far, oldest first, as messages."""
        kind = contract.events()[f"mainstay.talent.v1.{name}"]
        async with self.database.reading() as db:
            rows = await db.rows(select(outbox.c.type, outbox.c.value).order_by(outbox.c.id))
        return [kind.message.FromString(row["value"]) for row in rows if row["type"].endswith(f".{name}")]


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    url = await databases.fresh("talent")
    opened = Database(url)
    await opened.open()
    yield opened
    await opened.close()
    await databases.drop(url)


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(Gate(database, METHODS, service="talent"), database)
