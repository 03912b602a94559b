"""Every process's memory hears of changes within a second, and finds by itself what nobody told it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from libs.kit.app import Runtime, Service
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from libs.kit.contract import Method
from libs.kit.ids import uuid7
from libs.kit.rpc.edge import Handler
from libs.kit.settings import KitSettings
from libs.kit.tables import directory_people
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import events_pb2, matching_pb2, pools_pb2, profiles_pb2
from services.talent import memory
from services.talent.memory import Memory
from services.talent.service import METHODS, service
from tests.integration.talent import matched
from tests.integration.talent.conftest import EVERYTHING, Desk
from tests.support.passports import KEYRING, SECRET, Gate
from tests.support.postgres import Databases

PROMISED_SECONDS = 1.0


@dataclass(frozen=True)
class Hearing(Service):
    """A service that hears and keeps what it does, and answers no calls of its own."""

    def handlers(self) -> dict[str, tuple[Method, Handler]]:
        return {}


class Company:
    """Two processes of the service on one database and one bus; a post, a skill it asks for, people."""

    def __init__(self, runtimes: tuple[Runtime, Runtime]) -> None:
        self.runtimes = runtimes
        self.gates = [Gate(one.database, METHODS, service="talent", house=one.house) for one in runtimes]
        self.desk = Desk(self.gates[0], runtimes[0].database)

    unit: str
    post: str
    skill: UUID

    async def tell(self, event: Any) -> None:
        async with self.runtimes[0].unit() as call:
            call.record(event)

    async def hired(self, *, employed: bool = True, employee_id: str = "") -> str:
        employee_id = employee_id or str(uuid7())
        await self.tell(
            employees_events.PersonPlaced(
                employee_id=employee_id,
                number=employee_id,
                unit_id=self.unit,
                post_id=self.post,
                employed=employed,
            )
        )
        return employee_id

    async def skilled(self, person: str, level: int, *, tell: bool = True) -> None:
        await matched.holds(
            self.desk, person, self.skill, level, source=profiles_pb2.ENTRY_SOURCE_REVIEW, observed_on=self.desk.today
        )
        if tell:
            await self.tell(events_pb2.ProfileChanged(employee_id=person, version=2))

    async def found(self) -> list[list[str]]:
        """The ranking as each process has it."""
        request = matching_pb2.FindPeopleRequest(post_id=self.post)
        answers = [
            await gate.call("MatchService.FindPeople", request, gate.passport(EVERYTHING)) for gate in self.gates
        ]
        return [[one.employee_id for one in answer.reports] for answer in answers]

    async def finds(self, *expected: str) -> None:
        """Every process does, within the time promised."""

        async def found() -> bool:
            return await self.found() == [list(expected)] * 2

        await within_the_promise(found)


async def within_the_promise(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PROMISED_SECONDS):
        while not await true():  # noqa: ASYNC110 - what is waited for happens in other tasks
            await asyncio.sleep(0.01)


@pytest.fixture
async def company(databases: Databases, local_bus: LocalBus) -> AsyncIterator[Company]:
    url = await databases.fresh("talent")
    settings = KitSettings.model_validate(
        {"database_url": url, "bus_url": "", "keyring": KEYRING, "workload_secret": SECRET}
    )
    declared = {
        one: getattr(service, one) for one in ("name", "events", "deadlines", "prepare", "background", "status")
    }
    one, other = (
        Runtime(Hearing(methods={}, **declared), settings, clock=MovableClock(), bus=local_bus, channels={})
        for _ in range(2)
    )
    await one.start()
    await other.start()
    made = Company((one, other))
    made.unit = await made.desk.unit("U")
    made.post = await made.desk.post(made.unit, "P")
    made.skill = await matched.skill(made.desk, "welds")
    await matched.job(made.desk, made.post, [matched.needs(made.skill, 5, 100)])
    async with asyncio.timeout(10):
        while not all(runtime.house.part(Memory).loaded for runtime in made.runtimes):  # noqa: ASYNC110 - other tasks load
            await asyncio.sleep(0.01)
    yield made
    await other.stop()
    await one.stop()
    await databases.drop(url)


async def test_who_comes_changes_and_leaves_is_known_to_every_process(company: Company) -> None:
    first = await company.hired()
    await company.finds(first)
    second = await company.hired()
    await company.finds(*sorted((first, second)))
    await company.skilled(second, 4)
    await company.finds(second, first)
    await company.skilled(first, 5)
    await company.finds(first, second)
    await company.hired(employee_id=first, employed=False)
    await company.finds(second)
    await company.hired(employee_id=first)
    await company.finds(first, second)


async def test_members_of_pools_by_rule_follow_as_fast(company: Company) -> None:
    person = await company.hired()
    await company.finds(person)
    rule = pools_pb2.PoolRule(skills=[pools_pb2.SkillAtLeast(skill_id=str(company.skill), level=4)])
    opened = await company.desk.ask(
        "PoolService.OpenPool", pools_pb2.OpenPoolRequest(name="焊工", kind=pools_pb2.POOL_KIND_RESERVE, rule=rule)
    )
    await company.skilled(person, 4)

    async def member() -> bool:
        pool = await company.desk.ask("PoolService.GetPool", pools_pb2.GetPoolRequest(pool_id=opened.pool_id))
        return bool([one.employee_id for one in pool.members] == [person])

    await within_the_promise(member)


async def test_what_nobody_told_is_found_by_the_sweep(company: Company) -> None:
    house = company.runtimes[0].house
    known, clock = house.part(Memory), company.desk.clock
    changed, gone, lapsed, steady = [await company.hired() for _ in range(4)]
    await company.finds(*sorted((changed, gone, lapsed, steady)))
    for person, days in ((changed, 0), (gone, -9), (lapsed, -9), (steady, -9)):
        await matched.says(company.desk, person, changed_at=clock.now() + timedelta(days=days))
    await matched.holds(company.desk, lapsed, company.skill, 3, valid_to=company.desk.today - timedelta(days=1))
    newcomer = await company.desk.person(company.unit, company.post)
    async with company.desk.database.transaction() as db:
        left = update(directory_people).where(directory_people.c.employee_id == UUID(gone))
        await db.run(left.values(employed=False))
    yesterday = company.desk.today - timedelta(days=1)
    found = await memory.missed(house, known, clock.now() - timedelta(hours=1), yesterday)
    assert found == {UUID(one) for one in (changed, gone, lapsed, newcomer)}
    async with company.desk.database.reading() as db:
        await known.refresh(db, found, company.desk.today)
    assert await memory.missed(house, known, clock.now(), company.desk.today) == set()


async def test_the_status_says_that_it_is_ready(company: Company) -> None:
    assert (await company.runtimes[0].ready())["matching"] == "ok"
