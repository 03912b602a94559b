"""A database of employees with an edge around the service's own handlers, and a small company to act on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit.access.scopes import Scope
from libs.kit.clock import MovableClock
from libs.kit.database import Database
from libs.kit.tables import outbox
from mainstay.employees.v1 import lifecycle_pb2, organization_pb2, people_pb2
from services.employees.service import METHODS
from tests.support.passports import Gate
from tests.support.postgres import Databases

EVERYTHING = {
    f"employees.{name}": (Scope("all"),)
    for name in (
        "person.read",
        "person.reveal",
        "person.correct",
        "person.erase",
        "card.read",
        "lifecycle.hire",
        "lifecycle.confirm",
        "lifecycle.transfer",
        "lifecycle.leave",
        "contract.read",
        "contract.manage",
        "contract.reveal",
        "organization.read",
        "organization.manage",
        "import.run",
    )
}


class Office:
    """The HR admin's desk: every call with every right, in words of the product."""

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

    async def ask(self, short: str, request: Any, held: Any = None, employee_id: UUID | None = None) -> Any:
        passport = self.gate.passport(EVERYTHING if held is None else held, employee_id=employee_id)
        return await self.gate.call(short, request, passport)

    async def unit(self, code: str, parent: str = "", opens: int = -1000, **more: Any) -> Any:
        request = organization_pb2.OpenUnitRequest(
            code=code, name=f"{code}部", parent_id=parent, opens_on=self.day(opens), **more
        )
        return await self.ask("OrganizationService.OpenUnit", request)

    async def post(self, unit: str, code: str, headcount: int = 100, opens: int = -1000) -> Any:
        request = organization_pb2.OpenPostRequest(
            code=code, title=f"{code}岗", unit_id=unit, headcount=headcount, opens_on=self.day(opens)
        )
        return await self.ask("OrganizationService.OpenPost", request)

    async def hire(self, post: organization_pb2.Post, manager: str = "", on: int = -100, **more: Any) -> Any:
        self.numbers += 1
        fields = {"number": f"E{self.numbers:04}", "name": f"员工{self.numbers}", **more}
        request = lifecycle_pb2.HireEmployeeRequest(
            unit_id=fields.pop("unit_id", post.unit_id),
            post_id=post.post_id,
            manager_id=manager,
            hired_on=self.day(on),
            **fields,
        )
        return await self.ask("LifecycleService.HireEmployee", request)

    async def get(self, employee_id: str, as_of: str = "") -> Any:
        return await self.ask(
            "PeopleService.GetEmployee", people_pb2.GetEmployeeRequest(employee_id=employee_id, as_of=as_of)
        )

    async def transfer(self, person: people_pb2.Employee, post: organization_pb2.Post, on: int, **more: Any) -> Any:
        request = lifecycle_pb2.TransferEmployeeRequest(
            employee_id=person.employee_id,
            version=person.version,
            effective_on=self.day(on),
            unit_id=post.unit_id,
            post_id=post.post_id,
            **more,
        )
        return await self.ask("LifecycleService.TransferEmployee", request)

    async def change_manager(self, person: people_pb2.Employee, manager: str, on: int) -> Any:
        request = lifecycle_pb2.ChangeManagerRequest(
            employee_id=person.employee_id, version=person.version, effective_on=self.day(on), manager_id=manager
        )
        return await self.ask("LifecycleService.ChangeManager", request)

    async def leave(self, person: people_pb2.Employee, on: int, successor: str = "", **more: Any) -> Any:
        request = lifecycle_pb2.EndEmploymentRequest(
            employee_id=person.employee_id,
            version=person.version,
            last_day=self.day(on),
            kind=lifecycle_pb2.LEAVE_KIND_RESIGNATION,
            new_manager_id=successor,
            **more,
        )
        return await self.ask("LifecycleService.EndEmployment", request)

    async def facts(self, employee_id: str = "") -> list[str]:
        """Short names of the facts recorded so far, of one key or of all, without audit records."""
        async with self.database.reading() as db:
            rows = await db.rows(select(outbox.c.type, outbox.c.key).order_by(outbox.c.id))
        return [
            row["type"].rpartition(".")[2]
            for row in rows
            if not row["type"].endswith("CallAudited") and (not employee_id or row["key"] == employee_id)
        ]


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    url = await databases.fresh("employees")
    opened = Database(url)
    await opened.open()
    yield opened
    await opened.close()
    await databases.drop(url)


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(Gate(database, METHODS), database)
