"""What changes behind a case's back: rows altered in the database, posts closed, people gone, another job profile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, update

from libs.kit import directory
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import matching_pb2
from services.talent import placed, reports
from services.talent.tables import case_explanations, case_opinions, case_steps, cases, job_profiles, posts
from tests.integration.talent import placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused
from tests.integration.talent.placing import Company

JUNK = b"\x00" * 80
SEALED = (
    (cases, "reason"),
    (cases, "relation"),
    (cases, "report"),
    (cases, "alternatives"),
    (cases, "evidence"),
    (cases, "decision_reason"),
    (case_opinions, "reason"),
)


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


async def alter(company: Company, table: Table, **values: Any) -> None:
    async with company.desk.database.transaction() as db:
        await db.run(update(table).values(**values))


async def closes(company: Company, post_id: str, days: int = -1) -> None:
    async with company.desk.database.transaction() as db:
        last = company.desk.today + timedelta(days=days)
        await db.run(update(posts).where(posts.c.post_id == UUID(post_id)).values(closed_on=last))


async def leaves(company: Company, employee_id: str) -> None:
    event = employees_events.PersonPlaced(employee_id=employee_id, number="E0999", employed=False)
    async with company.desk.database.transaction() as db:
        await directory.place_person(db, event)
    await company.desk.tell(placed.follow, event)


@pytest.mark.parametrize("content", [JUNK, None])
@pytest.mark.parametrize(("table", "column"), SEALED)
async def test_an_altered_seal_is_told_and_hides_nothing_else(
    company: Company, table: Table, column: str, content: bytes | None
) -> None:
    case = await company.decided()
    await alter(company, table, **{column: content})
    found = await company.now(case)
    assert not found.decision.intact
    assert (found.state, found.number) == (pb.CASE_STATE_DECIDED, case.number)
    assert [one.case_id for one in (await company.listed(company.hr)).cases] == [case.case_id]
    dossier = await company.ask(company.hr, "GetDossier", pb.GetDossierRequest(case_id=case.case_id))
    assert dossier.content.startswith(b"%PDF")


async def test_notes_and_questions_that_were_altered_hide_nothing_else(company: Company) -> None:
    case = await company.decided()
    question = pb.AskForExplanationRequest(case_id=case.case_id, question="为什么是试用?")
    await company.ask(company.candidate, "AskForExplanation", question)
    await alter(company, case_steps, note=JUNK)
    await alter(company, case_explanations, question=JUNK)
    found = await company.now(case)
    assert (found.decision.intact, found.explanations[0].question) == (True, "")


@pytest.mark.parametrize("values", [{"stance": pb.STANCE_SUPPORT}, {"role": pb.CASE_ROLE_OWNER}])
async def test_an_opinion_turned_round_after_the_decision_is_found_out(
    company: Company, values: dict[str, Any]
) -> None:
    case = await company.decided()
    await alter(company, case_opinions, **values)
    assert not (await company.now(case)).decision.intact


async def test_nothing_is_decided_on_an_altered_report(company: Company) -> None:
    case = await company.answered()
    await alter(company, cases, report=JUNK)
    with refused("INTERNAL_ERROR"):
        await company.decide(case)
    assert (await company.now(case)).state == pb.CASE_STATE_OPINIONS


async def test_whoever_refuses_automatic_ranking_afterwards_leaves_the_decision_intact(company: Company) -> None:
    case = await company.decided()
    await company.candidate_refuses()
    assert (await company.now(case)).decision.intact


async def test_no_case_is_opened_for_a_closed_post(company: Company) -> None:
    await closes(company, company.post)
    with refused("POST_UNKNOWN"):
        await company.open()
    await closes(company, company.post, 0)
    assert (await company.open()).state == pb.CASE_STATE_OPEN


@pytest.mark.parametrize("kind", [pb.DECISION_KIND_PROBATION, pb.DECISION_KIND_OTHER_POST])
async def test_nobody_is_placed_in_a_post_closed_meanwhile(company: Company, kind: pb.DecisionKind) -> None:
    case = await company.answered()
    other = kind == pb.DECISION_KIND_OTHER_POST
    await closes(company, company.other if other else company.post)
    with refused("POST_UNKNOWN"):
        await company.decide(case, kind, **({"post_id": company.other} if other else {}))
    assert (await company.decide(case, pb.DECISION_KIND_NOT_NOW)).decision.kind == pb.DECISION_KIND_NOT_NOW


async def test_nobody_is_placed_who_has_left_and_their_case_can_end(company: Company) -> None:
    case = await company.answered()
    await leaves(company, company.candidate)
    with refused("PERSON_NOT_FOUND"):
        await company.decide(case)
    withdrawal = pb.WithdrawCaseRequest(case_id=case.case_id, version=case.version, reason="候选人已离职")
    ended = await company.ask(company.hr, "WithdrawCase", withdrawal)
    assert ended.state == pb.CASE_STATE_WITHDRAWN


async def test_a_profile_approved_during_the_match_leaves_the_report_outdated(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = reports.report_for

    async def compared_late(*given: Any, **more: Any) -> matching_pb2.MatchReport:
        found = await compare(*given, **more)
        async with company.desk.database.transaction() as db:
            mine = job_profiles.c.post_id == UUID(company.post)
            number = await db.value(select(job_profiles.c.number).where(mine))
            await db.run(update(job_profiles).where(mine).values(number=number + 1))
        return found

    monkeypatch.setattr(reports, "report_for", compared_late)
    assert (await company.match(await company.open())).outdated
