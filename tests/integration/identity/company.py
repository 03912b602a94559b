"""A small company for identity's tests: everybody signs in for real, and the feed hears every commit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select

from libs.kit import contract, directory, outbox
from libs.kit.access.passports import METADATA, Passport
from libs.kit.access.scopes import ALL, UNIT, Scope
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.call import Call
from libs.kit.clock import MovableClock
from libs.kit.database import Database
from libs.kit.dates import timestamp
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed
from libs.kit.tables import outbox as outbox_table
from mainstay.employees.v1 import events_pb2 as employees
from mainstay.identity.v1 import access_pb2, events_pb2, grants_pb2, passports_pb2
from services.identity import keys, placement, register
from services.identity.service import service
from services.identity.setup import give_first_roles
from services.identity.systems import ProvenSecrets
from tests.support.passports import Gate

HQ, PRODUCTION, WORKSHOP, SALES = (UUID(int=number) for number in (1, 2, 3, 4))
UNITS = ((HQ, None, "总部"), (PRODUCTION, HQ, "生产部"), (WORKSHOP, PRODUCTION, "一车间"), (SALES, HQ, "销售部"))
BOSS, LEAD, WORKER, SALES_LEAD, SELLER = (UUID(int=number) for number in (101, 102, 103, 104, 105))
HR, PARTNER, IT, IT_TOO, AUDITOR = (UUID(int=number) for number in (106, 107, 108, 109, 110))
PLACES = {
    BOSS: (HQ, None),
    LEAD: (PRODUCTION, BOSS),
    WORKER: (WORKSHOP, LEAD),
    SALES_LEAD: (SALES, BOSS),
    SELLER: (SALES, SALES_LEAD),
    HR: (HQ, BOSS),
    PARTNER: (HQ, HR),
    IT: (HQ, BOSS),
    IT_TOO: (HQ, IT),
    AUDITOR: (HQ, BOSS),
}
_EPOCH = events_pb2.EpochRaised.DESCRIPTOR.full_name


def number(person: UUID) -> str:
    return f"E{person.int:04}"


def placed(
    person: UUID,
    *,
    unit: UUID | None = None,
    manager: UUID | None = None,
    dotted: tuple[UUID, ...] = (),
    employed: bool = True,
    erased: bool = False,
) -> employees.PersonPlaced:
    return employees.PersonPlaced(
        employee_id=str(person),
        number=number(person),
        unit_id=str(unit or ""),
        manager_id=str(manager or ""),
        dotted_manager_ids=[str(one) for one in dotted],
        employed=employed,
        erased=erased,
    )


def hired(person: UUID, on: str = "2026-01-05", *, rehired: bool = False) -> employees.EmployeeHired:
    return employees.EmployeeHired(employee_id=str(person), number=number(person), hired_on=on, rehired=rehired)


def over(unit: UUID | None = None) -> access_pb2.Scope:
    """The unit, or everything."""
    if unit is None:
        return access_pb2.Scope(kind=access_pb2.SCOPE_KIND_ALL)
    return access_pb2.Scope(kind=access_pb2.SCOPE_KIND_UNIT, unit_id=str(unit))


@contextmanager
def refused(reason: str) -> Iterator[pytest.ExceptionInfo[Failed]]:
    with pytest.raises(Failed) as caught:
        yield caught
    assert caught.value.reason == reason


class _Gate(Gate):
    """Hears on the feed what each commit raised, as every service does a moment after it."""

    async def _committed(self, _facts: object = ()) -> None:
        await super()._committed()
        async with self.house.database.reading() as session:
            rows = await session.rows(select(outbox_table).where(outbox_table.c.type == _EPOCH))
        for row in rows:
            raised = events_pb2.EpochRaised.FromString(row["value"])
            account = UUID(raised.account_id)
            self.revocations._epochs[account] = max(raised.epoch, self.revocations._epochs.get(account, 0))


@dataclass
class Company:
    gate: _Gate
    signer: keys.Signer = field(default_factory=keys.Signer)

    @classmethod
    async def open(cls, database: Database) -> Company:
        company = cls(_Gate(database, service.methods, service="identity"))
        await keys.refresh(company.house, company.signer)
        company.gate.reader.replace_keys(company.signer.jwks)
        company.house.add(company.signer)
        company.house.add(ProvenSecrets())
        return company

    @property
    def house(self) -> Any:
        return self.gate.house

    @property
    def clock(self) -> MovableClock:
        clock = self.gate.clock
        assert isinstance(clock, MovableClock)
        return clock

    def move(self, **by: float) -> None:
        self.clock.move(timedelta(**by))
        self.gate.hear_feed()

    def in_days(self, days: float) -> Timestamp | None:
        return timestamp(self.clock.now() + timedelta(days=days))

    async def settle(self) -> None:
        """Fills an empty database with the company."""
        async with self.unit() as call:
            for unit, parent, name in UNITS:
                event = employees.UnitPlaced(
                    unit_id=str(unit), parent_id=str(parent or ""), open=True, code=str(unit.int), name=name
                )
                await directory.place_unit(call.db, event)
        for person, (unit, manager) in PLACES.items():
            await self.hear(placed(person, unit=unit, manager=manager))
        await give_first_roles(
            self.house,
            [
                (number(HR), "hr_admin", Scope(ALL)),
                (number(PARTNER), "hrbp", Scope(UNIT, PRODUCTION)),
                (number(IT), "it_admin", Scope(ALL)),
                (number(AUDITOR), "auditor", Scope(ALL)),
            ],
        )

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Call]:
        """A unit of work of the system itself, as the runtime opens one for events and deadlines."""
        async with self.house.database.transaction() as session:
            call = Call(db=session, house=self.house, request_id="test")
            yield call
            await outbox.write(session, call.events, source="identity", trace="")
        await self.gate._committed()

    async def hear(self, event: Message) -> None:
        """Handles an event of employees as the runtime does: the directory first, then identity."""
        async with self.unit() as call:
            if isinstance(event, employees.PersonPlaced):
                await directory.place_person(call.db, event)
                await placement.placed(call, event)
            elif isinstance(event, employees.EmployeeHired):
                await placement.hired(call, event)
            elif isinstance(event, employees.EmployeeErased):
                await placement.erased(call, event)
            else:
                raise TypeError(event)

    async def issue(
        self,
        username: str,
        use: passports_pb2.PassportUse = passports_pb2.PASSPORT_USE_SESSION,
        signed_in: timedelta = timedelta(),
        subject: str = "",
    ) -> passports_pb2.Passport:
        asked = passports_pb2.IssuePassportRequest(
            username=username,
            use=use,
            session_id="s-1",
            signed_in_at=timestamp(self.clock.now() - signed_in),
            issuer_subject=subject,
        )
        passport: passports_pb2.Passport = await self.gate.call("PassportService.IssuePassport", asked)
        return passport

    async def sign_in(self, who: UUID | str, **how: Any) -> Caller:
        if isinstance(who, UUID):
            who = number(who)
        return Caller(self, (await self.issue(who, **how)).token)

    async def account(self, person: UUID) -> Any:
        async with self.house.database.reading() as session:
            return await register.by_employee(session, person)

    async def rows(self, statement: Any, **values: Any) -> list[Any]:
        async with self.house.database.reading() as session:
            found: list[Any] = await session.rows(statement, **values)
            return found

    async def facts(self, *kinds: type[Message]) -> list[Any]:
        """What was published, of these kinds, in order."""
        by_name = {kind.DESCRIPTOR.full_name: kind for kind in kinds}
        rows = await self.rows(select(outbox_table).order_by(outbox_table.c.id))
        return [by_name[row["type"]].FromString(row["value"]) for row in rows if row["type"] in by_name]

    async def epoch(self, person: UUID) -> int:
        return int((await self.account(person))["epoch"])


@dataclass
class Caller:
    """Somebody signed in, with the passport they got then."""

    company: Company
    token: str

    @property
    def passport(self) -> Passport:
        return self.company.gate.reader.read(self.token.encode())

    async def call(self, short: str, request: Message | None = None, *, language: str = "zh-CN") -> Any:
        gate = self.company.gate
        method = next(method for method, _ in gate.edge.handlers.values() if method.short == short)
        meta = {"accept-language": language, METADATA: self.token, WORKLOAD: gate.workload.token()}
        raw = await gate.edge.serve(method.name, (request or method.request()).SerializeToString(), meta)
        return contract.methods()[method.name].response.FromString(raw)

    async def give(self, person: UUID, role: str, scope: access_pb2.Scope, **more: Any) -> grants_pb2.Grant:
        asked = grants_pb2.CreateGrantRequest(
            employee_id=str(person), role=role, scope=scope, reason=more.pop("reason", "接替休假同事"), **more
        )
        grant: grants_pb2.Grant = await self.call("GrantService.CreateGrant", asked)
        return grant

    async def take(self, grant_id: str) -> grants_pb2.Grant:
        asked = grants_pb2.RevokeGrantRequest(grant_id=grant_id, reason="休假结束")
        grant: grants_pb2.Grant = await self.call("GrantService.RevokeGrant", asked)
        return grant


async def listed(caller: Caller, **filters: Any) -> list[grants_pb2.Grant]:
    return list((await caller.call("GrantService.ListGrants", grants_pb2.ListGrantsRequest(**filters))).grants)


async def describe(caller: Caller, person: UUID | None = None) -> grants_pb2.DescribeAccessResponse:
    asked = grants_pb2.DescribeAccessRequest(employee_id=str(person or ""))
    answer: grants_pb2.DescribeAccessResponse = await caller.call("GrantService.DescribeAccess", asked)
    return answer


def nobody() -> str:
    return str(uuid7())
