"""What is ordered for later takes effect on its day, and once; nothing personal is in the clear; erasure is final."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from libs.kit import outbox
from libs.kit.call import Call
from libs.kit.deadlines.worker import DeadlineWorker
from mainstay.employees.v1 import people_pb2
from services.employees import placing, unit_records
from tests.integration.employees.conftest import Office
from tests.integration.employees.test_lifecycle import refused, small_company


def worker(office: Office) -> DeadlineWorker:
    @asynccontextmanager
    async def unit(**_: str) -> AsyncIterator[Call]:
        async with office.database.transaction() as db:
            call = Call(db=db, house=office.gate.house, request_id="day")
            yield call
            await outbox.write(db, call.events, source="employees", trace="")

    jobs = {
        placing.DUE: placing.turn_day,
        placing.UNSAID: placing.say_last_days,
        unit_records.DUE: unit_records.turn_day,
    }
    return DeadlineWorker(office.database, office.gate.clock, jobs, unit, service="employees")


async def until(office: Office, employee_id: str, facts: list[str]) -> None:
    for _ in range(200):
        if await office.facts(employee_id) == facts:
            return
        await asyncio.sleep(0.05)
    assert await office.facts(employee_id) == facts


async def listed(office: Office, number: str) -> Any:
    found = await office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query=number))
    return found.employees[0]


async def test_a_transfer_for_later_takes_effect_on_its_day_and_once(office: Office) -> None:
    _, _, boss, person = await small_company(office)
    other = await office.unit("RD")
    there = await office.post(other.unit_id, "RD-1")
    moved = await office.transfer(person, there, 3)
    assert moved.primary.unit_id != other.unit_id
    assert (await office.get(person.employee_id, office.day(3))).primary.unit_id == other.unit_id
    ordered = ["EmployeeHired", "PersonPlaced", "EmployeeTransferred"]
    assert await office.facts(person.employee_id) == ordered
    office.clock.move(timedelta(days=3))
    # Nobody was at work when the day came; two are now.
    workers = [worker(office), worker(office)]
    for one in workers:
        await one.start()
    await until(office, person.employee_id, [*ordered, "PersonPlaced"])
    office.clock.move(timedelta(days=2))
    for one in workers:
        one.nudge()
    assert (await listed(office, person.number)).unit_id == other.unit_id
    for one in workers:
        await one.stop()
    assert await office.facts(person.employee_id) == [*ordered, "PersonPlaced"]
    assert boss.employee_id


async def test_a_person_begins_at_midnight_in_their_own_zone(office: Office) -> None:
    _, post, boss, _ = await small_company(office)
    person = await office.hire(post, boss.employee_id, on=2, time_zone="America/Los_Angeles")
    at_work = worker(office)
    await at_work.start()
    begun = ["EmployeeHired", "PersonPlaced"]
    start = placing.start_of(office.today + timedelta(days=2), "America/Los_Angeles")
    office.clock.move(start - office.gate.clock.now() - timedelta(minutes=5))
    assert (await office.get(person.employee_id)).status == people_pb2.EMPLOYEE_STATUS_JOINING
    assert await office.facts(person.employee_id) == begun
    office.clock.move(timedelta(minutes=6))
    await until(office, person.employee_id, [*begun, "PersonPlaced"])
    assert (await office.get(person.employee_id)).status == people_pb2.EMPLOYEE_STATUS_ACTIVE
    await at_work.stop()


async def test_a_last_day_ahead_lets_go_the_day_after(office: Office) -> None:
    _, _, _, person = await small_company(office)
    leaving = await office.leave(person, 2)
    assert leaving.status == people_pb2.EMPLOYEE_STATUS_LEAVING
    at_work = worker(office)
    await at_work.start()
    office.clock.move(timedelta(days=3))
    told = ["EmployeeHired", "PersonPlaced", "EmployeeLeft", "PersonPlaced"]
    await until(office, person.employee_id, [*told, "PersonPlaced"])
    assert (await office.get(person.employee_id)).status == people_pb2.EMPLOYEE_STATUS_LEFT
    await at_work.stop()


CANARIES: dict[str, Any] = {
    "name": "金丝雀甲",
    "name_en": "Canary Alpha",
    "work_mail": "canary.alpha@example.com",
    "mobile": "13987650123",
    "national_id": "11010519491231002X",
    "birth_date": "1949-12-31",
    "home_address": "金丝雀路七号",
}


async def test_nothing_personal_is_in_the_database_or_the_logs(
    office: Office, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    _, post, boss, _ = await small_company(office)
    person = await office.hire(post, boss.employee_id, **CANARIES)
    corrected = {"name": "金丝雀乙", "home_address": "金丝雀路八号"}
    request = people_pb2.CorrectEmployeeRequest(employee_id=person.employee_id, version=person.version, **corrected)
    person = await office.ask("PeopleService.CorrectEmployee", request)
    person = await office.leave(person, -1, reason="金丝雀的理由")
    values = {*CANARIES.values(), *corrected.values(), "金丝雀的理由"} - {"1949-12-31"}
    written = await dump(office)
    assert person.employee_id in written
    found = [value for value in values if value in written or value.encode().hex() in written]
    printed = capfd.readouterr()
    found += [value for value in values if value in caplog.text + printed.out + printed.err]
    assert not found

    shown = await office.get(person.employee_id)
    assert shown.name == "金丝雀乙"
    erased = await office.ask(
        "PeopleService.EraseEmployee",
        people_pb2.EraseEmployeeRequest(employee_id=person.employee_id, reason="本人书面申请"),
    )
    assert erased.HasField("erased_at")
    shown = await office.get(person.employee_id)
    assert shown.erased
    assert not any(getattr(shown, field) for field in CANARIES)
    before = await office.get(person.employee_id, office.day(-5))
    assert not before.name
    timeline = await office.ask(
        "PeopleService.GetTimeline", people_pb2.GetTimelineRequest(employee_id=person.employee_id)
    )
    assert not any(entry.reason for entry in timeline.entries)
    assert (await office.facts(person.employee_id))[-2:] == ["EmployeeErased", "PersonPlaced"]
    with refused("PERSON_ERASED"):
        await office.hire(post, rehire_employee_id=person.employee_id, on=1)
    with refused("NUMBER_TAKEN"):
        await office.hire(post, number=person.number)
    with refused("PERSON_ERASED"):
        request.version = shown.version
        await office.ask("PeopleService.CorrectEmployee", request)


async def test_who_works_here_is_not_erased(office: Office) -> None:
    _, _, _, person = await small_company(office)
    request = people_pb2.EraseEmployeeRequest(employee_id=person.employee_id, reason="本人申请")
    with refused("STILL_EMPLOYED"):
        await office.ask("PeopleService.EraseEmployee", request)


async def dump(office: Office) -> str:
    """Everything in the database, as text."""
    connection = await asyncpg.connect(office.database._url)
    written = io.BytesIO()
    for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        await connection.copy_from_table(row["tablename"], output=written)
    await connection.close()
    return written.getvalue().decode(errors="replace")
