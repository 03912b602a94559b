"""Of an erased candidate no more is left than that their case was decided; of who was related to them, nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from sqlalchemy import Table, select

from libs.kit import directory
from libs.kit.call import Call
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import events_pb2
from services.talent import placed
from services.talent.tables import case_explanations, case_opinions, case_steps, cases
from tests.integration.talent import placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.placing import Company


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


async def erase(desk: Desk, person: str) -> list[Message]:
    """Returns what was said about cases because of it."""
    event = employees_events.PersonPlaced(employee_id=person, number="E9999", erased=True)
    async with desk.database.transaction() as db:
        await desk.gate.house.vault.erase(db, UUID(person), desk.clock.now())
        await directory.place_person(db, event)
        call = Call(db=db, house=desk.gate.house, request_id="test")
        await placed.follow(call, event)
    return [one for one in call.events if isinstance(one, events_pb2.PlacementEnded)]


async def rows(desk: Desk, table: Table, case: pb.Case) -> list[Any]:
    async with desk.database.reading() as db:
        return await db.rows(select(table).where(table.c.case_id == UUID(case.case_id)))


async def test_of_an_erased_candidates_decided_case_the_decision_stays_and_no_grounds(
    company: Company, desk: Desk
) -> None:
    await desk.gives_notice(company.candidate, 60)
    case = await company.decided()
    assert case.decision.last_day
    await company.ask(
        company.candidate,
        "AskForExplanation",
        pb.AskForExplanationRequest(case_id=case.case_id, question="为什么要试用?"),
    )
    (ended,) = await erase(desk, company.candidate)
    (row,) = await rows(desk, cases, case)
    gone = ("reason", "relation", "related_employee_id", "report", "alternatives", "decision_reason", "evidence")
    assert {name: row[name] for name in (*gone, "last_day")} == dict.fromkeys((*gone, "last_day"))
    assert (row["score_hundredths"], row["profile_version"], row["outcome"], list(row["focus"])) == (None, None, 0, [])
    assert (row["decision"], str(row["decided_by"])) == (pb.DECISION_KIND_PROBATION, company.executive)
    assert row["evidence_hash"] == case.decision.evidence_hash
    assert await rows(desk, case_opinions, case) == await rows(desk, case_explanations, case) == []
    steps = await rows(desk, case_steps, case)
    assert steps
    assert all(one["note"] is None for one in steps)
    assert row["state"] == pb.CASE_STATE_CLOSED
    assert ended == events_pb2.PlacementEnded(case_id=case.case_id, employee_id=company.candidate, withdrawn=False)
    seen = await company.now(case)
    assert (seen.state, seen.decision.intact, seen.decision.last_day) == (pb.CASE_STATE_CLOSED, False, "")


async def test_a_case_under_way_ends_with_its_candidate_and_asks_nobody_any_more(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    assert ("opinion", False) in await company.tasks(company.quality)
    assert len(await erase(desk, company.candidate)) == 1
    assert (await company.now(case)).state == pb.CASE_STATE_WITHDRAWN
    assert await company.tasks(company.quality) == []
    # Told again, nothing more happens.
    assert await erase(desk, company.candidate) == []


async def test_an_erased_related_person_is_forgotten_while_nothing_is_decided(company: Company, desk: Desk) -> None:
    case = await company.answered()
    assert (case.related_employee_id, case.relation) == (company.partner, "配偶")
    await erase(desk, company.partner)
    seen = await company.now(case)
    assert (seen.related_employee_id, seen.relation, seen.state) == ("", "", pb.CASE_STATE_OPINIONS)


async def test_a_decision_keeps_whose_interest_it_was_taken_in(company: Company, desk: Desk) -> None:
    case = await company.decided()
    await erase(desk, company.partner)
    seen = await company.now(case)
    assert (seen.related_employee_id, seen.decision.intact) == (company.partner, True)
