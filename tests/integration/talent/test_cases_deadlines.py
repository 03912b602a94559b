"""Whoever is asked in a case is told so, reminded the day before, and passed over when the day is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from libs.kit import directory
from libs.kit.call import Call
from libs.kit.deadlines import Deadline
from libs.kit.deadlines.worker import DeadlineWorker
from libs.kit.outbox import write
from libs.kit.tables import deadlines, directory_people
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent import placed
from services.talent.cases import opinions, people
from services.talent.service import service
from tests.integration.talent import placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused
from tests.integration.talent.placing import Company


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


async def waiting(desk: Desk) -> dict[str, Any]:
    """Open deadlines by kind."""
    async with desk.database.reading() as db:
        rows = await db.rows(select(deadlines).where(deadlines.c.done_at.is_(None)))
    return {row["kind"]: row for row in rows}


@asynccontextmanager
async def unit(desk: Desk) -> AsyncIterator[Call]:
    """A unit of work with the facts recorded in it, as the service opens them."""
    async with desk.database.transaction() as db:
        call = Call(db=db, house=desk.gate.house, request_id="test")
        yield call
        await write(db, call.events, source="talent", trace="")


async def ring(desk: Desk, kind: str) -> None:
    """Does what is due before its time, as the worker would."""
    row = (await waiting(desk))[kind]
    handler: Any = service.deadlines[kind]
    async with unit(desk) as call:
        await handler(call, Deadline(row["deadline_id"], kind, row["key"], row["due_at"], row["payload"], 0))


async def told(desk: Desk) -> list[tuple[str, str, bool]]:
    return [(one.employee_id, one.task, one.reminder) for one in await desk.facts("PlacementTaskDue")]


async def test_everybody_asked_is_told_and_whoever_has_not_answered_is_reminded(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    asked = [(who, "opinion", False) for who in (company.quality, company.engineering, company.adviser)]
    assert sorted(await told(desk)) == sorted(asked)
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    zone = ZoneInfo(desk.gate.house.time_zone)
    due = (await waiting(desk))[opinions.REMINDER]["due_at"].astimezone(zone)
    assert (due.date(), due.hour) == (desk.today + timedelta(days=4), 9)
    await ring(desk, opinions.REMINDER)
    again = [(who, "opinion", True) for who in (company.engineering, company.adviser)]
    assert sorted((await told(desk))[3:]) == sorted(again)
    steps = [step for step in (await company.now(case)).steps if step.step == "reminded"]
    assert {step.employee_id for step in steps} == {company.engineering, company.adviser}
    assert {step.actor_id for step in steps} == {""}


async def test_as_days_go_by_people_are_reminded_and_the_decider_is_asked(company: Company, desk: Desk) -> None:
    await company.in_opinions()

    def opened(**_: str) -> Any:
        return unit(desk)

    worker = DeadlineWorker(desk.database, desk.clock, service.deadlines, opened, service="talent")
    await worker.start()
    try:
        for days, count in ((5, 3 + 3), (2, 3 + 3 + 1)):
            desk.clock.move(timedelta(days=days))
            async with asyncio.timeout(20):
                while len(await told(desk)) < count:  # noqa: ASYNC110 - asks the database
                    await asyncio.sleep(0.02)
    finally:
        await worker.stop()
    assert [reminder for _, _, reminder in await told(desk)] == [False] * 3 + [True] * 4
    assert await waiting(desk) == {}


async def test_the_decider_is_asked_when_all_have_answered(company: Company, desk: Desk) -> None:
    await company.answered()
    assert (await told(desk))[-1] == (company.executive, "decision", False)
    before = len(await told(desk))
    await ring(desk, opinions.OVERDUE)
    assert len(await told(desk)) == before


async def test_of_opinions_given_at_once_the_last_one_asks_for_the_decision(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    asked = (company.quality, company.engineering, company.adviser)
    await asyncio.gather(*(company.give(case, who, pb.STANCE_SUPPORT) for who in asked))
    assert [task for _, task, _ in await told(desk)].count("decision") == 1
    assert len((await company.now(case)).opinions) == 3


async def test_the_decider_is_asked_once_the_day_is_over(company: Company, desk: Desk) -> None:
    await company.in_opinions()
    over = (await waiting(desk))[opinions.OVERDUE]["due_at"].astimezone(ZoneInfo(desk.gate.house.time_zone))
    assert (over.date(), over.hour) == (desk.today + timedelta(days=6), 0)
    await ring(desk, opinions.OVERDUE)
    assert (await told(desk))[-1] == (company.executive, "decision", True)
    desk.clock.move(timedelta(days=7))
    assert await company.tasks(company.executive) == [("decision", True)]
    assert await company.tasks(company.adviser) == [("opinion", True)]


async def test_nobody_is_reminded_of_a_day_that_has_begun_or_a_case_that_went_on(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    case = await company.ask_for_opinions(case, days=0)
    assert set(await waiting(desk)) == {opinions.OVERDUE}
    await company.decide(case, without_all_opinions=True)
    assert await waiting(desk) == {}


async def test_another_day_is_told_to_whoever_has_not_answered(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    case = await company.give(case, company.quality, pb.STANCE_SUPPORT)
    case = await company.ask_for_opinions(await company.now(case), days=9)
    days = {one.employee_id: one.opinion_due_on for one in case.participants if one.opinion_due_on}
    assert days == {
        company.quality: desk.day(5),
        company.engineering: desk.day(9),
        company.adviser: desk.day(9),
    }
    assert {who for who, _, _ in (await told(desk))[3:]} == {company.engineering, company.adviser}


async def test_whoever_joins_while_opinions_are_asked_for_is_asked_too(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    newcomer = await desk.person(await desk.unit("HR"), company.other)
    case = await company.add(case, newcomer, pb.CASE_ROLE_ADVISER)
    assert (await told(desk))[-1] == (newcomer, "opinion", False)
    assert {one.opinion_due_on for one in case.participants if one.employee_id == newcomer} == {desk.day(5)}


async def test_another_decider_is_asked_when_all_have_answered_before(company: Company, desk: Desk) -> None:
    case = await company.answered()
    request = pb.RemoveParticipantRequest(case_id=case.case_id, employee_id=company.executive, version=case.version)
    case = await company.ask(company.hr, "RemoveParticipant", request)
    deputy = await desk.person(await desk.unit("GM"), company.other)
    case = await company.add(case, deputy, pb.CASE_ROLE_DECIDER)
    assert (await told(desk))[-1] == (deputy, "decision", False)
    with refused("CASE_NOT_FOUND"):
        await company.decide(case)


async def test_whoever_leaves_the_company_leaves_the_case_which_says_so(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    left = employees_events.EmployeeLeft(employee_id=company.adviser, last_day=desk.day(10))
    await desk.tell(people.follow_leaving, left)
    due = (await waiting(desk))[people.LEAVES]["due_at"].astimezone(ZoneInfo(desk.gate.house.time_zone))
    assert (due.date(), due.hour) == (desk.today + timedelta(days=11), 0)
    # Hired again meanwhile: nothing happens.
    await ring(desk, people.LEAVES)
    assert company.adviser in {one.employee_id for one in (await company.now(case)).participants}
    async with desk.database.transaction() as db:
        await db.run(
            update(directory_people)
            .where(directory_people.c.employee_id == UUID(company.adviser))
            .values(employed=False)
        )
    await ring(desk, people.LEAVES)
    case = await company.now(case)
    assert company.adviser not in {one.employee_id for one in case.participants}
    step = case.steps[-1]
    assert (step.step, step.employee_id, step.note) == ("participant_removed", company.adviser, "已离职，退出个案")


async def test_whoever_the_directory_still_has_here_on_their_day_leaves_when_it_hears_of_it(
    company: Company, desk: Desk
) -> None:
    case = await company.in_opinions()
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    await company.give(case, company.engineering, pb.STANCE_SUPPORT)
    left = employees_events.EmployeeLeft(employee_id=company.adviser, last_day=desk.day(-1))
    await desk.tell(people.follow_leaving, left)
    # The day has begun here, and employees has not yet told of it.
    await ring(desk, people.LEAVES)
    before = len(await told(desk))
    gone = employees_events.PersonPlaced(employee_id=company.adviser, number="E0007", employed=False)
    async with desk.database.transaction() as db:
        await directory.place_person(db, gone)
    async with unit(desk) as call:
        await placed.follow(call, gone)
    case = await company.now(case)
    assert company.adviser not in {one.employee_id for one in case.participants}
    assert case.steps[-1].note == "已离职，退出个案"
    # Nobody is waited for any more.
    assert (await told(desk))[before:] == [(company.executive, "decision", False)]


async def test_a_last_day_long_past_is_seen_to_at_once(desk: Desk, company: Company) -> None:
    left = employees_events.EmployeeLeft(employee_id=company.adviser, last_day="2020-01-01")
    await desk.tell(people.follow_leaving, left)
    due = (await waiting(desk))[people.LEAVES]["due_at"]
    assert due > datetime.now(UTC) - timedelta(minutes=1)
