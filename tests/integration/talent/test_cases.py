"""A placement case goes from its opening to its end, and says at each step what may follow."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import select

from libs.kit.rpc.status import Failed
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import matching_pb2
from services.talent.tables import case_numbers
from tests.integration.talent import placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused
from tests.integration.talent.placing import Company


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


async def test_a_case_is_opened_matched_discussed_decided_and_closed(company: Company, desk: Desk) -> None:
    case = await company.open()
    assert (case.number, case.state) == (f"P-{desk.today.year}-0001", pb.CASE_STATE_OPEN)
    assert (case.title, case.title_en, case.reason, case.relation) == (
        "供应商质量保证",
        "Supplier quality",
        placing.REASON,
        "配偶",
    )
    case = await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    case = await company.match(case)
    assert (case.state, case.report.outcome) == (pb.CASE_STATE_MATCHED, matching_pb2.OUTCOME_PROBATION)
    assert [report.title for report in case.alternatives] == ["行政助理"]
    case = await company.ask_for_opinions(case)
    await company.give(case, company.quality, pb.STANCE_CONDITIONAL)
    case = await company.decide(await company.now(case))
    assert case.state == pb.CASE_STATE_DECIDED
    case = await company.now(case)
    for milestone in (pb.MILESTONE_PROBATION_STARTED, pb.MILESTONE_PLAN_AGREED):
        request = pb.RecordProgressRequest(
            case_id=case.case_id, version=case.version, milestone=milestone, note="按计划进行"
        )
        case = await company.ask(company.hr, "RecordProgress", request)
    assert case.state == pb.CASE_STATE_PROBATION
    case = await company.ask(
        company.hr, "CloseCase", pb.CloseCaseRequest(case_id=case.case_id, version=case.version, note="按期转正")
    )
    assert case.state == pb.CASE_STATE_CLOSED
    assert [step.step for step in case.steps] == [
        "opened",
        "participant_added",
        "matched",
        "opinions_asked",
        "opinion_given",
        "decided",
        "progress",
        "progress",
        "closed",
    ]
    assert [fact.withdrawn for fact in await desk.facts("PlacementEnded")] == [False]
    assert [fact.milestone for fact in await desk.facts("PlacementProgressed")] == [
        pb.MILESTONE_PROBATION_STARTED,
        pb.MILESTONE_PLAN_AGREED,
    ]


async def test_what_cannot_be_done_now_is_refused_with_the_state_in_the_callers_language(company: Company) -> None:
    case = await company.open()
    request = pb.CloseCaseRequest(case_id=case.case_id, version=case.version, note="提前结案")
    with pytest.raises(Failed) as failed:
        await company.ask(company.hr, "CloseCase", request)
    assert (failed.value.reason, "已立案" in str(failed.value)) == ("CASE_WRONG_STATE", True)
    with pytest.raises(Failed) as failed:
        await company.ask(company.hr, "CloseCase", request, **{"accept-language": "en"})
    assert "“opened”" in str(failed.value)
    assert "CloseCase" not in case.may
    assert case.may == ["AddParticipant", "RemoveParticipant", "MatchCase", "WithdrawCase"]


async def test_whoever_read_an_older_version_is_refused(company: Company) -> None:
    case = await company.open()
    await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    with refused("VERSION_CONFLICT"):
        await company.match(case)


async def test_a_person_has_one_open_case_for_a_post(company: Company) -> None:
    case = await company.open()
    with refused("CASE_EXISTS"):
        await company.open()
    withdrawn = pb.WithdrawCaseRequest(case_id=case.case_id, version=case.version, reason="本人放弃")
    await company.ask(company.hr, "WithdrawCase", withdrawn)
    # A refused opening takes no number.
    assert (await company.open()).number.endswith("-0002")


async def test_of_many_opened_at_once_for_the_same_one_is_opened(company: Company, desk: Desk) -> None:
    found = await asyncio.gather(*(company.open() for _ in range(6)), return_exceptions=True)
    opened = [one for one in found if isinstance(one, pb.Case)]
    assert [one.number for one in opened] == [f"P-{desk.today.year}-0001"]
    assert {one.reason for one in found if isinstance(one, Failed)} == {"CASE_EXISTS"}


async def test_numbers_have_no_gaps_and_none_is_given_twice(company: Company, desk: Desk) -> None:
    candidates = (company.candidate, company.quality, company.engineering, company.adviser)
    found = await asyncio.gather(
        *(company.open(employee_id=candidate) for candidate in candidates),
        company.open(employee_id=str(uuid4())),
        return_exceptions=True,
    )
    numbers = sorted(one.number for one in found if isinstance(one, pb.Case))
    assert numbers == [f"P-{desk.today.year}-{number:04}" for number in range(1, 5)]
    async with desk.database.reading() as db:
        assert await db.value(select(case_numbers.c.last)) == 4


@pytest.mark.parametrize("who", ["candidate", "partner", "hr"])
async def test_whom_it_is_about_or_for_or_who_opens_it_never_decides(company: Company, who: str) -> None:
    with refused("DECIDER_CONFLICTED"):
        await company.open(decider_id=getattr(company, who))


async def test_nobody_opens_their_own_case_or_one_in_their_own_interest(company: Company) -> None:
    with refused("OWN_RECORD"):
        await company.open(employee_id=company.hr)
    with refused("DECIDER_CONFLICTED"):
        await company.open(related_employee_id=company.hr)


async def test_a_case_needs_people_a_post_and_a_job_profile_that_are_there(company: Company, desk: Desk) -> None:
    nobody = str(uuid4())
    for field in ("employee_id", "related_employee_id", "decider_id"):
        with refused("PERSON_NOT_FOUND"):
            await company.open(**{field: nobody})
    with refused("POST_UNKNOWN"):
        await company.open(post_id=nobody)
    with refused("JOB_PROFILE_NOT_FOUND"):
        await company.open(post_id=await desk.post(await desk.unit("MA"), "MA-XX"))
    with refused("FIELDS_INVALID"):
        await company.open(related_employee_id=company.candidate)


async def test_participants_come_and_go_and_one_person_holds_what_one_can_hold(company: Company) -> None:
    case = await company.open()
    case = await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    for who, role in ((company.quality, pb.CASE_ROLE_POST_MANAGER), (company.adviser, pb.CASE_ROLE_DECIDER)):
        with refused("ROLE_TAKEN"):
            await company.add(case, who, role)
    for who in (company.candidate, company.partner):
        for role in (pb.CASE_ROLE_ADVISER, pb.CASE_ROLE_CONCERNED, pb.CASE_ROLE_OWNER):
            with refused("DECIDER_CONFLICTED"):
                await company.add(case, who, role)
    for role in (pb.CASE_ROLE_OWNER, pb.CASE_ROLE_POST_MANAGER, pb.CASE_ROLE_ADVISER, pb.CASE_ROLE_CONCERNED):
        with refused("DECIDER_CONFLICTED"):
            await company.add(case, company.executive, role)
    case = await company.ask(
        company.hr,
        "RemoveParticipant",
        pb.RemoveParticipantRequest(case_id=case.case_id, employee_id=company.quality, version=case.version),
    )
    with refused("CASE_NOT_FOUND"):
        await company.get(case, company.quality)
    # Once more, as if new.
    case = await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    assert (await company.get(case, company.quality)).my_roles == [pb.CASE_ROLE_POST_MANAGER]


@pytest.mark.parametrize("who", ["candidate", "hr", "adviser"])
async def test_the_candidate_the_last_owner_and_strangers_cannot_be_taken_out(company: Company, who: str) -> None:
    case = await company.open()
    request = pb.RemoveParticipantRequest(case_id=case.case_id, employee_id=getattr(company, who), version=case.version)
    with refused("NOT_A_PARTICIPANT"):
        await company.ask(company.hr, "RemoveParticipant", request)


async def test_opinions_need_somebody_to_give_them_and_a_day_to_come(company: Company) -> None:
    case = await company.match(await company.open())
    with refused("NOBODY_TO_ASK"):
        await company.ask_for_opinions(case)
    case = await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    with refused("FIELDS_INVALID"):
        await company.ask_for_opinions(case, days=-1)


async def test_a_later_opinion_follows_the_earlier_and_both_stay(company: Company) -> None:
    case = await company.in_opinions()
    await company.give(case, company.quality, pb.STANCE_OBJECT, "沟通能力不足")
    await company.give(case, company.quality, pb.STANCE_CONDITIONAL, "可以先试用")
    found = (await company.now(case)).opinions
    assert [(one.stance, one.reason, one.replaced) for one in found] == [
        (pb.STANCE_CONDITIONAL, "可以先试用", False),
        (pb.STANCE_OBJECT, "沟通能力不足", True),
    ]
    assert {one.role for one in found} == {pb.CASE_ROLE_POST_MANAGER}


async def test_hr_may_give_an_opinion_unasked_and_the_decider_none(company: Company) -> None:
    case = await company.in_opinions()
    assert (await company.give(case, company.hr, pb.STANCE_SUPPORT)).opinions[0].role == pb.CASE_ROLE_OWNER
    with refused("NOT_YOURS_TO_SAY"):
        await company.give(case, company.executive, pb.STANCE_SUPPORT)
    with refused("NOT_YOURS_TO_SAY"):
        await company.give(case, company.candidate, pb.STANCE_SUPPORT)


async def test_tasks_follow_the_case(company: Company) -> None:
    case = await company.open()
    case = await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    assert await company.tasks(company.hr) == [("match", False)]
    case = await company.match(case)
    assert await company.tasks(company.hr) == [("ask_for_opinions", False)]
    case = await company.ask_for_opinions(case)
    assert (await company.tasks(company.quality), await company.tasks(company.executive)) == ([("opinion", False)], [])
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    assert (await company.tasks(company.quality), await company.tasks(company.executive)) == ([], [("decision", False)])
    await company.decide(await company.now(case))
    assert (await company.tasks(company.executive), await company.tasks(company.hr)) == ([], [])
    question = pb.AskForExplanationRequest(case_id=case.case_id, question="为什么要试用三个月?")
    asked = await company.ask(company.candidate, "AskForExplanation", question)
    assert await company.tasks(company.hr) == [("explanation", False)]
    answer = pb.AnswerExplanationRequest(
        case_id=case.case_id, explanation_id=asked.explanations[0].explanation_id, answer="沟通能力需要三个月培养"
    )
    answered = await company.ask(company.hr, "AnswerExplanation", answer)
    assert (answered.explanations[0].answer, await company.tasks(company.hr)) == ("沟通能力需要三个月培养", [])
    with refused("EXPLANATION_NOT_FOUND"):
        await company.ask(company.hr, "AnswerExplanation", answer)


async def test_whoever_goes_on_asking_for_explanations_keeps_nobody_from_deciding(company: Company) -> None:
    case = await company.answered()
    question = pb.AskForExplanationRequest(case_id=case.case_id, question="为什么要试用三个月?")
    asked = await company.ask(company.candidate, "AskForExplanation", question)
    answer = pb.AnswerExplanationRequest(
        case_id=case.case_id, explanation_id=asked.explanations[0].explanation_id, answer="沟通能力需要三个月培养"
    )
    await company.ask(company.hr, "AnswerExplanation", answer)
    assert (await company.decide(case)).state == pb.CASE_STATE_DECIDED


async def test_lists_show_what_needs_the_caller_first_then_the_newest_page_by_page(company: Company) -> None:
    first = await company.match(await company.open())
    for candidate in (company.quality, company.engineering, company.adviser):
        last = await company.match(await company.open(employee_id=candidate))
        last = await company.add(last, company.candidate, pb.CASE_ROLE_ADVISER)
    assert [one.number[-1] for one in (await company.listed(company.hr)).cases] == ["4", "3", "2", "1"]
    # Only the first needs something from HR once the others were decided to be withdrawn.
    case = await company.add(first, company.adviser, pb.CASE_ROLE_POST_MANAGER)
    await company.ask_for_opinions(case)
    pages, token = [], ""
    while True:
        page = await company.listed(company.hr, page_size=1, page_token=token)
        pages.append(page.cases[0].number[-1])
        token = page.next_page_token
        if not token:
            break
    assert pages == ["4", "3", "2", "1"]
    assert [one.number[-1] for one in (await company.listed(company.adviser)).cases] == ["1", "4"]
    assert [one.number[-1] for one in (await company.listed(company.hr, state=pb.CASE_STATE_OPINIONS)).cases] == ["1"]
    assert (await company.listed(company.partner)).cases == []


async def test_ended_cases_are_listed_when_asked_for(company: Company) -> None:
    case = await company.open()
    request = pb.WithdrawCaseRequest(case_id=case.case_id, version=case.version, reason="本人放弃")
    await company.ask(company.hr, "WithdrawCase", request)
    assert (await company.listed(company.hr)).cases == []
    assert [one.state for one in (await company.listed(company.hr, ended_too=True)).cases] == [pb.CASE_STATE_WITHDRAWN]
