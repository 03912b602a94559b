"""Everybody in a case sees the part their role gives them, field by field, and to strangers there is no case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message

from libs.kit.access.scopes import Scope
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent import reports
from services.talent.cases import rules
from tests.integration.talent import placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused
from tests.integration.talent.placing import Company

ROLES = {
    "hr": rules.OWNER,
    "executive": rules.DECIDER,
    "quality": rules.POST_MANAGER,
    "engineering": rules.CONCERNED,
    "candidate": rules.CANDIDATE,
    "adviser": rules.ADVISER,
}
EVERYBODY = frozenset(ROLES)
RUNNING = frozenset({"hr", "executive"})
APPROVERS = RUNNING | {"quality"}
# Who finds something in each field of a decided case. Whoever adds a field decides here who sees it.
SEEN_BY: dict[str, frozenset[str]] = {
    "case_id": EVERYBODY,
    "number": EVERYBODY,
    "employee_id": EVERYBODY,
    "post_id": EVERYBODY,
    "title": EVERYBODY,
    "title_en": EVERYBODY,
    "state": EVERYBODY,
    "reason": APPROVERS,
    "related_employee_id": APPROVERS,
    "relation": APPROVERS,
    "participants": EVERYBODY,
    "my_roles": EVERYBODY,
    "report": APPROVERS | {"candidate", "adviser"},
    "alternatives": APPROVERS | {"candidate", "adviser"},
    # Their own at least.
    "opinions": APPROVERS | {"engineering", "adviser"},
    "decision": EVERYBODY,
    "explanations": RUNNING | {"candidate"},
    "steps": EVERYBODY,
    # Whoever runs it and the candidate have something to do now.
    "may": frozenset({"hr", "candidate"}),
    "hidden": EVERYBODY - RUNNING,
    "version": EVERYBODY,
    "opened_at": EVERYBODY,
    # Never of a decided case; see below.
    "outdated": frozenset(),
    "last_day": APPROVERS | {"candidate"},
}
DECISION_SEEN_BY: dict[str, frozenset[str]] = {
    "kind": EVERYBODY,
    "post_id": EVERYBODY,
    "starts_on": EVERYBODY,
    "ends_on": EVERYBODY,
    "decided_by": EVERYBODY,
    "decided_at": EVERYBODY,
    "reason": EVERYBODY - {"engineering"},
    "focus_skill_ids": EVERYBODY - {"engineering"},
    "evidence_hash": EVERYBODY - {"engineering"},
    "intact": EVERYBODY - {"engineering"},
    "last_day": APPROVERS | {"candidate"},
}
HIDDEN = {
    "hr": [],
    "executive": [],
    "quality": ["explanations"],
    "engineering": ["report", "evidence", "opinions", "relation", "explanations"],
    "candidate": ["opinions", "relation"],
    "adviser": ["evidence", "opinions", "relation", "explanations"],
}


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


@pytest.fixture
async def decided(company: Company) -> pb.Case:
    """A decided case of somebody who has given notice, with a question of the candidate's and a step of progress."""
    await company.desk.gives_notice(company.candidate, 60)
    case = await company.decided()
    asked = pb.AskForExplanationRequest(case_id=case.case_id, question="为什么是三个月?")
    await company.ask(company.candidate, "AskForExplanation", asked)
    case = await company.now(case)
    progress = pb.RecordProgressRequest(
        case_id=case.case_id, version=case.version, milestone=pb.MILESTONE_TRAINING_ARRANGED, note="沟通课程已排"
    )
    await company.ask(company.hr, "RecordProgress", progress)
    return await company.now(case)


def filled(message: Message) -> set[str]:
    return {field.name for field, _ in message.ListFields()}


def words_in(message: Any) -> str:
    return str(message.SerializeToString().decode("utf-8", "replace"))


@pytest.mark.parametrize("who", ROLES)
async def test_each_role_finds_its_own_fields_and_no_others(company: Company, decided: pb.Case, who: str) -> None:
    case = await company.get(decided, getattr(company, who))
    assert case.my_roles == [ROLES[who]]
    assert filled(case) == {field for field, roles in SEEN_BY.items() if who in roles}
    assert filled(case.decision) == {field for field, roles in DECISION_SEEN_BY.items() if who in roles}
    assert list(case.hidden) == HIDDEN[who]


def test_every_field_of_a_case_is_assigned_to_roles() -> None:
    assert set(SEEN_BY) == {field.name for field in pb.Case.DESCRIPTOR.fields}
    assert set(DECISION_SEEN_BY) == {field.name for field in pb.Decision.DESCRIPTOR.fields}
    assert set(ROLES.values()) == set(rules.ROLES)


@pytest.mark.parametrize("who", ROLES)
async def test_private_words_reach_whom_they_may(company: Company, decided: pb.Case, who: str) -> None:
    words = words_in(await company.get(decided, getattr(company, who)))
    assert (placing.WORDS in words) == (who in APPROVERS | {"candidate"})
    assert ("标准不能降低" in words) == (who in APPROVERS)
    assert ("配偶" in words) == (placing.REASON in words) == (company.partner in words) == (who in APPROVERS)
    assert ("沟通课程已排" in words) is True
    assert ("差距可以培养" in words) == (who != "engineering")
    assert (company.desk.day(60) in words) == (who in APPROVERS | {"candidate"})


@pytest.mark.parametrize(("who", "reason"), [("engineering", "有利于团队稳定"), ("adviser", "供应商沟通经验不足")])
async def test_whoever_does_not_see_others_opinions_sees_their_own(
    company: Company, decided: pb.Case, who: str, reason: str
) -> None:
    case = await company.get(decided, getattr(company, who))
    assert [one.reason for one in case.opinions] == [reason]


async def test_the_manager_concerned_follows_the_progress_and_nothing_of_the_others(
    company: Company, decided: pb.Case
) -> None:
    case = await company.get(decided, company.engineering)
    me = company.engineering
    assert [step.step for step in case.steps] == [
        "opened",
        "participant_added",
        "matched",
        "opinions_asked",
        "opinion_given",
        "decided",
        "progress",
    ]
    assert {step.employee_id or me for step in case.steps} == {me}
    by_role = {one.role: one for one in case.participants}
    assert set(by_role) == {rules.OWNER, rules.DECIDER, rules.CANDIDATE, rules.CONCERNED}
    assert by_role[rules.CONCERNED].answered
    assert company.quality not in words_in(case)


async def test_the_adviser_sees_on_which_evidence_it_rests_without_its_words(
    company: Company, decided: pb.Case
) -> None:
    case = await company.get(decided, company.adviser)
    evidence = [one.evidence for one in case.report.requirements if one.HasField("evidence")]
    assert evidence
    assert all(one.observed_on and one.source and not one.evidence for one in evidence)


@pytest.mark.parametrize("who", ["partner", "stranger"])
async def test_to_strangers_and_the_related_person_there_is_no_case(
    company: Company, decided: pb.Case, desk: Desk, who: str
) -> None:
    stranger = await desk.person(await desk.unit("MA"), company.other) if who == "stranger" else company.partner
    requests = {
        "GetCase": pb.GetCaseRequest(case_id=decided.case_id),
        "GetDossier": pb.GetDossierRequest(case_id=decided.case_id),
        "AskForExplanation": pb.AskForExplanationRequest(case_id=decided.case_id, question="为什么这样?"),
        "GiveOpinion": pb.GiveOpinionRequest(case_id=decided.case_id, stance=pb.STANCE_OBJECT, reason="我不同意"),
    }
    for method, request in requests.items():
        with refused("CASE_NOT_FOUND"):
            await company.ask(stranger, method, request)
    assert (await company.listed(stranger, ended_too=True)).cases == []
    assert await company.tasks(stranger) == []


async def test_the_related_person_sees_nothing_even_when_they_run_cases_elsewhere(
    company: Company, decided: pb.Case, desk: Desk
) -> None:
    request = pb.GetCaseRequest(case_id=decided.case_id)
    with refused("CASE_NOT_FOUND"):
        await desk.ask("PlacementService.GetCase", request, placing.HR, company.partner)
    found = await desk.ask("PlacementService.ListCases", pb.ListCasesRequest(), placing.HR, company.partner)
    assert found.cases == []


@pytest.mark.parametrize(
    ("who", "reason"),
    # Nobody is told of a case in their own interest, also not by being refused.
    [("partner", "CASE_NOT_FOUND"), ("candidate", "NOT_YOURS_TO_SAY"), ("executive", "NOT_YOURS_TO_SAY")],
)
async def test_the_right_to_run_cases_ends_at_ones_own_and_at_the_one_decides(
    company: Company, desk: Desk, who: str, reason: str
) -> None:
    case = await company.match(await company.open())
    request = pb.MatchCaseRequest(case_id=case.case_id, version=case.version)
    with refused(reason):
        await desk.ask("PlacementService.MatchCase", request, placing.HR, getattr(company, who))


async def test_running_a_case_reaches_as_far_as_the_right_does(company: Company, desk: Desk) -> None:
    case = await company.open()
    elsewhere = Scope("unit", UUID(await desk.unit("ELSEWHERE")))
    held = {**placing.EVERYBODY, "talent.case.manage": (elsewhere,)}
    request = pb.WithdrawCaseRequest(case_id=case.case_id, version=case.version, reason="撤回试试")
    with refused("CASE_NOT_FOUND"):
        await desk.ask("PlacementService.WithdrawCase", request, held, company.adviser)
    # Whoever takes part knows of it, and hears why not.
    with refused("OUT_OF_SCOPE"):
        await desk.ask("PlacementService.WithdrawCase", request, held, company.executive)
    with refused("PERMISSION_MISSING"):
        await company.ask(company.quality, "WithdrawCase", request)
    read = pb.GetCaseRequest(case_id=case.case_id)
    with refused("CASE_NOT_FOUND"):
        await desk.ask("PlacementService.GetCase", read, held, company.adviser)
    # Somebody else of HR, who has no role in it, runs it too.
    other = await desk.ask("PlacementService.GetCase", read, placing.HR, company.adviser)
    assert (other.my_roles, other.reason) == ([rules.OWNER], placing.REASON)
    listed = await desk.ask("PlacementService.ListCases", pb.ListCasesRequest(), placing.HR, company.adviser)
    assert [one.case_id for one in listed.cases] == [case.case_id]


async def test_an_owner_whose_right_to_run_cases_was_taken_back_is_a_stranger(
    company: Company, decided: pb.Case, desk: Desk
) -> None:
    """Also to their list and their tasks: the candidate asks for something that they would answer."""
    for method, request in (
        ("GetCase", pb.GetCaseRequest(case_id=decided.case_id)),
        ("GetDossier", pb.GetDossierRequest(case_id=decided.case_id)),
    ):
        with refused("CASE_NOT_FOUND"):
            await desk.ask(f"PlacementService.{method}", request, placing.EVERYBODY, company.hr)
    everything = pb.ListCasesRequest(ended_too=True)
    listed = await desk.ask("PlacementService.ListCases", everything, placing.EVERYBODY, company.hr)
    asked = await desk.ask("PlacementService.ListCaseTasks", pb.ListCaseTasksRequest(), placing.EVERYBODY, company.hr)
    assert (len(listed.cases), len(asked.tasks)) == (0, 0)
    # The right comes back, and with it the case.
    assert await company.tasks(company.hr) == [("explanation", False)]
    assert len((await company.listed(company.hr)).cases) == 1


async def test_whoever_ran_a_case_without_being_named_for_it_never_decides_it(company: Company, desk: Desk) -> None:
    case = await company.open()
    match = pb.MatchCaseRequest(case_id=case.case_id, version=case.version)
    case = await desk.ask("PlacementService.MatchCase", match, placing.HR, company.adviser)
    removal = pb.RemoveParticipantRequest(case_id=case.case_id, employee_id=company.executive, version=case.version)
    case = await company.ask(company.hr, "RemoveParticipant", removal)
    with refused("DECIDER_CONFLICTED"):
        await company.add(case, company.adviser, rules.DECIDER)
    assert company.quality in {
        one.employee_id for one in (await company.add(case, company.quality, rules.DECIDER)).participants
    }


async def test_whoever_has_given_an_opinion_never_weighs_it(company: Company) -> None:
    case = await company.in_opinions()
    await company.give(case, company.adviser, pb.STANCE_SUPPORT)
    for who in (company.adviser, company.executive, company.quality):
        removal = pb.RemoveParticipantRequest(
            case_id=case.case_id, employee_id=who, version=(await company.now(case)).version
        )
        await company.ask(company.hr, "RemoveParticipant", removal)
    case = await company.now(case)
    with refused("DECIDER_CONFLICTED"):
        await company.add(case, company.adviser, rules.DECIDER)
    # Back to give another, and the quality manager, who has not spoken, may decide.
    case = await company.add(case, company.adviser, rules.ADVISER)
    await company.add(case, company.quality, rules.DECIDER)


async def test_lists_show_no_more_than_the_case_itself(company: Company, decided: pb.Case) -> None:
    for who in ROLES:
        whole = await company.get(decided, getattr(company, who))
        (listed,) = (await company.listed(getattr(company, who))).cases
        for field in ("report", "alternatives", "opinions", "explanations", "steps"):
            whole.ClearField(field)
        assert listed == whole


async def test_a_match_is_given_ids_and_nothing_of_the_relation(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Any, ...]] = []
    real = {name: getattr(reports, name) for name in ("report_for", "posts_for")}

    def spy(name: str) -> Any:
        async def watched(call: Any, *args: Any, **more: Any) -> Any:
            given.append((*map(str, args), *map(str, more.values())))
            return await real[name](call, *args, **more)

        return watched

    for name in real:
        monkeypatch.setattr(reports, name, spy(name))
    with_relation = await company.match(await company.open())
    request = pb.WithdrawCaseRequest(case_id=with_relation.case_id, version=with_relation.version, reason="重新立案")
    await company.ask(company.hr, "WithdrawCase", request)
    without = await company.match(await company.open(related_employee_id="", relation=""))
    assert given == [(company.candidate, company.post, "case"), (company.candidate, "6", "case")] * 2
    for case in (with_relation, without):
        case.report.ClearField("made_at")
        for one in case.alternatives:
            one.ClearField("made_at")
    assert with_relation.report == without.report
    assert list(with_relation.alternatives) == list(without.alternatives)
