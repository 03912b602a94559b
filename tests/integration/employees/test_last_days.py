"""Who gives notice is told of with their last day as long as that lies ahead, whoever recorded it, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from libs.kit import migrate, outbox
from libs.kit.call import Call
from libs.kit.deadlines.worker import DeadlineWorker
from libs.kit.restate import restate
from libs.kit.tables import deadlines, directory_people
from libs.kit.tables import outbox as outbox_table
from mainstay.employees.v1.events_pb2 import PersonPlaced
from services.employees import placing, restating
from services.employees.service import service
from services.employees.tables import employments
from tests.integration.employees.conftest import Office
from tests.integration.employees.test_days_to_come import until, worker
from tests.integration.employees.test_lifecycle import small_company
from tests.integration.employees.test_restating import Restating


async def said(office: Office, employee_id: str) -> list[str]:
    """The last day in each PersonPlaced of somebody, oldest first."""
    async with office.database.reading() as db:
        rows = await db.rows(
            select(outbox_table.c.value)
            .where(outbox_table.c.key == employee_id, outbox_table.c.type == PersonPlaced.DESCRIPTOR.full_name)
            .order_by(outbox_table.c.id)
        )
    return [PersonPlaced.FromString(row["value"]).last_day for row in rows]


@asynccontextmanager
async def at_work(office: Office) -> AsyncIterator[DeadlineWorker]:
    """Stopped also when what was waited for does not come: the database could not be closed otherwise."""
    working = worker(office)
    await working.start()
    try:
        yield working
    finally:
        await working.stop()


async def in_unit(office: Office, work: Any) -> None:
    async with office.database.transaction() as db:
        call = Call(db=db, house=office.gate.house, request_id="test")
        await work(call)
        await outbox.write(db, call.events, source="employees", trace="")


async def test_a_last_day_is_told_when_it_is_recorded_and_when_it_moves(office: Office) -> None:
    _, _, boss, person = await small_company(office)
    leaving = await office.leave(person, 20)
    moved = await office.leave(leaving, 30)
    assert await said(office, person.employee_id) == ["", office.day(20), office.day(30)]
    await office.leave(moved, 0)
    assert (await said(office, person.employee_id))[-1] == office.day()
    assert await said(office, boss.employee_id) == [""]


async def test_one_that_was_taken_back_is_told_no_longer(office: Office) -> None:
    _, _, _, person = await small_company(office)
    await office.leave(person, 20)

    async def take_back(call: Call) -> None:
        mine = employments.c.employee_id == UUID(person.employee_id)
        await call.db.run(update(employments).where(mine).values(last_day=None))
        await placing.settle(call, [UUID(person.employee_id)])

    await in_unit(office, take_back)
    assert await said(office, person.employee_id) == ["", office.day(20), ""]


async def test_one_that_is_over_is_told_no_longer(office: Office) -> None:
    _, _, _, person = await small_company(office)
    await office.leave(person, 2)
    told = ["EmployeeHired", "PersonPlaced", "EmployeeLeft", "PersonPlaced"]
    day = office.day(2)
    async with at_work(office) as working:
        office.clock.move(timedelta(days=2))
        working.nudge()
        await until(office, person.employee_id, told)
        office.clock.move(timedelta(days=1))
        await until(office, person.employee_id, [*told, "PersonPlaced"])
    assert await said(office, person.employee_id) == ["", day, ""]


async def test_one_recorded_afterwards_is_not_told(office: Office) -> None:
    _, _, _, person = await small_company(office)
    await office.leave(person, -3)
    assert await said(office, person.employee_id) == ["", ""]


async def test_it_is_said_again_as_it_was_said_first(office: Office) -> None:
    _, _, _, person = await small_company(office)
    await office.leave(person, 20)
    scene = Restating(office)
    before = await scene.said_last()
    assert before[UUID(person.employee_id)]["last_day"].isoformat() == office.day(20)
    await restate(scene.unit, restating.RESTATES)
    assert await scene.said_last() == before == await scene.so()


async def test_after_an_upgrade_those_who_gave_notice_before_are_told_of(office: Office) -> None:
    """The release before recorded the day and told nobody. Its replicas may run for a while yet, and so may consumers
    that would pass the day over: nothing is said within an hour.
    """
    _, _, boss, person = await small_company(office)
    await office.leave(person, 20)
    day = office.day(20)
    async with office.database.transaction() as db:
        await db.run(update(directory_people).values(last_day=None))
        await db.run(text("UPDATE alembic_version SET version_num = 'employees_0002' WHERE version_num LIKE 'empl%'"))
    await migrate.migrate("employees", office.database._url)
    due = await due_at(office)
    async with office.database.reading() as db:
        assert due - await db.value(select(text("now()"))) > timedelta(minutes=55)
    assert placing.UNSAID in service.deadlines
    told = ["EmployeeHired", "PersonPlaced", "EmployeeLeft", "PersonPlaced", "PersonPlaced"]
    async with at_work(office) as working:
        office.clock.move(max(due - office.clock.now(), timedelta()))
        working.nudge()
        await until(office, person.employee_id, told)
    assert await said(office, person.employee_id) == ["", day, day]
    assert await said(office, boss.employee_id) == [""]


async def test_a_new_company_has_nothing_to_catch_up_with(office: Office) -> None:
    async with office.database.reading() as db:
        assert await db.rows(select(deadlines).where(deadlines.c.kind == placing.UNSAID)) == []


async def due_at(office: Office) -> datetime:
    async with office.database.reading() as db:
        (row,) = await db.rows(select(deadlines.c.due_at).where(deadlines.c.kind == placing.UNSAID))
    found: datetime = row["due_at"]
    return found
