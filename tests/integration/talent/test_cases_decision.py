"""A decision is taken by the person named for it, on evidence that is frozen into it and stays as it was."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.rpc.error_details_pb2 import BadRequest
from sqlalchemy import select, text, update

from libs.kit.database import prepared
from libs.kit.rpc.status import Failed, detail
from libs.kit.vault import SubjectKey
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import jobs_pb2
from services.talent.tables import cases, job_profiles, refused_uses
from tests.integration.talent import matched, placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused
from tests.integration.talent.placing import Company


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


async def row_of(desk: Desk, case: pb.Case) -> Any:
    async with desk.database.reading() as db:
        return await db.row(select(cases).where(cases.c.case_id == UUID(case.case_id)))


async def alter(desk: Desk, case: pb.Case, **values: Any) -> None:
    async with desk.database.transaction() as db:
        await db.run(update(cases).where(cases.c.case_id == UUID(case.case_id)).values(**values))


async def key_of(desk: Desk, employee_id: str) -> SubjectKey:
    async with desk.database.transaction() as db:
        return await desk.gate.house.vault.key_for_writing(db, UUID(employee_id))


async def test_a_probation_says_from_when_to_when_and_on_which_gaps_it_concentrates(company: Company) -> None:
    decision = (await company.decided()).decision
    first = company.desk.today + timedelta(days=7)
    last = date.fromisoformat(decision.ends_on)
    assert (decision.kind, decision.post_id) == (pb.DECISION_KIND_PROBATION, company.post)
    assert decision.starts_on == first.isoformat()
    assert 88 <= (last - first).days <= 92
    assert decision.focus_skill_ids == [str(company.talks)]
    assert (decision.decided_by, decision.intact) == (company.executive, True)


async def test_what_was_decided_is_told_with_what_performance_needs(company: Company, desk: Desk) -> None:
    decision = (await company.decided()).decision
    (fact,) = await desk.facts("PlacementDecided")
    assert (fact.kind, fact.post_id, fact.profile_number) == (pb.DECISION_KIND_PROBATION, company.post, 1)
    assert (fact.starts_on, fact.ends_on) == (decision.starts_on, decision.ends_on)
    assert [(one.skill_id, one.name, one.held_hundredths, one.level) for one in fact.focus] == [
        (str(company.talks), "talks能力", 200, 3)
    ]
    (indicator,) = fact.indicators
    assert (indicator.indicator.code, indicator.indicator.target, indicator.weight) == ("audit-error-rate", "1", 10)
    assert (indicator.skill_id, indicator.reason) == (str(company.careful), "年度目标")
    assert (fact.evidence_hash, fact.decided_by) == (decision.evidence_hash, company.executive)


async def test_the_frozen_evidence_is_canonical_and_whole(company: Company, desk: Desk) -> None:
    case = await company.decided()
    row = await row_of(desk, case)
    text = (await key_of(desk, company.candidate)).open("cases", "evidence", row["case_id"], row["evidence"])
    assert hashlib.sha256(text.encode()).hexdigest() == case.decision.evidence_hash
    evidence = json.loads(text)
    assert text == json.dumps(evidence, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert evidence["conflict_of_interest"] == {"related_employee_id": company.partner, "relation": "配偶"}
    assert [one["reason"] for one in evidence["opinions"]] == [
        "供应商沟通经验不足",
        "有利于团队稳定",
        "标准不能降低,先试用",
    ]
    assert (evidence["report"]["post_id"], evidence["job_profile_number"]) == (company.post, 1)
    assert [one["post_id"] for one in evidence["alternatives"]] == [company.other]
    assert {one["role"] for one in evidence["participants"]} == {pb.CaseRole.Name(role) for role in range(1, 7)}
    assert evidence["decision"]["reason"] == "差距可以培养,试用观察"


@pytest.mark.parametrize(
    "values",
    [
        {"evidence_hash": "0" * 64},
        {"evidence": b"\x01" + b"0" * 60},
        {"evidence": None},
        {"decision": pb.DECISION_KIND_NOT_NOW},
        {"ends_on": date(2030, 1, 1)},
        {"decided_by": UUID(int=7)},
        {"focus": []},
        {"related_employee_id": None},
        {"job_number": 7},
    ],
    ids=lambda values: next(iter(values)),
)
async def test_whoever_alters_the_row_is_found_out(company: Company, desk: Desk, values: dict[str, Any]) -> None:
    case = await company.decided()
    await alter(desk, case, **values)
    assert not (await company.now(case)).decision.intact


async def test_another_text_in_the_place_of_the_evidence_is_found_out(company: Company, desk: Desk) -> None:
    case = await company.decided()
    key = await key_of(desk, company.candidate)
    await alter(desk, case, evidence=key.seal("cases", "evidence", UUID(case.case_id), '{"decision":{}}'))
    assert not (await company.now(case)).decision.intact


async def test_only_the_one_named_decides_and_only_when_all_have_spoken_or_they_say_why_not(company: Company) -> None:
    case = await company.in_opinions()
    request = pb.DecideCaseRequest(
        case_id=case.case_id, version=case.version, kind=pb.DECISION_KIND_NOT_NOW, reason="人手紧张"
    )
    for who in (company.hr, company.quality, company.engineering, company.candidate, company.adviser):
        with refused("NOT_YOURS_TO_SAY"):
            await company.ask(who, "DecideCase", request)
    with refused("OPINIONS_OPEN"):
        await company.decide(case)
    decided = await company.decide(case, without_all_opinions=True)
    assert decided.state == pb.CASE_STATE_DECIDED
    with refused("CASE_WRONG_STATE"):
        await company.decide(decided)
    with refused("CASE_WRONG_STATE"):
        await company.give(case, company.quality, pb.STANCE_OBJECT)


async def test_without_any_opinion_nothing_is_decided_unless_they_say_so(company: Company, desk: Desk) -> None:
    case = await company.in_opinions()
    for who in (company.quality, company.engineering, company.adviser):
        removal = pb.RemoveParticipantRequest(case_id=case.case_id, employee_id=who, version=case.version)
        case = await company.ask(company.hr, "RemoveParticipant", removal)
    with refused("OPINIONS_OPEN"):
        await company.decide(case)
    # Whoever runs the case has spoken, and is nobody who is asked.
    await company.give(case, company.hr, pb.STANCE_SUPPORT)
    case = await company.now(case)
    with refused("OPINIONS_OPEN"):
        await company.decide(case)
    decided = await company.decide(case, without_all_opinions=True, reason="参与评议的人都已离开,岗位急需")
    assert decided.state == pb.CASE_STATE_DECIDED
    key, row = await key_of(desk, company.candidate), await row_of(desk, case)
    evidence = json.loads(key.open("cases", "evidence", UUID(case.case_id), row["evidence"]))
    assert evidence["without_all_opinions"] is True


async def test_one_opinion_of_those_asked_is_enough_when_nobody_else_is(company: Company) -> None:
    case = await company.in_opinions()
    await company.give(case, company.quality, pb.STANCE_CONDITIONAL)
    case = await company.now(case)
    for who in (company.engineering, company.adviser):
        removal = pb.RemoveParticipantRequest(case_id=case.case_id, employee_id=who, version=case.version)
        case = await company.ask(company.hr, "RemoveParticipant", removal)
    assert (await company.decide(case)).state == pb.CASE_STATE_DECIDED


@pytest.mark.parametrize(
    "wrong", [{"starts_on": ""}, {"months": 0}, {"starts_on": "2020-01-01"}, {"starts_on": "2026-02-30"}]
)
async def test_a_probation_needs_a_first_day_and_its_months(company: Company, wrong: dict[str, Any]) -> None:
    case = await company.answered()
    with refused("FIELDS_INVALID"):
        await company.decide(case, **wrong)


async def test_another_post_is_one_of_the_cases_alternatives(company: Company, desk: Desk) -> None:
    case = await company.answered()
    kind = pb.DECISION_KIND_OTHER_POST
    with refused("FIELDS_INVALID"):
        await company.decide(case, kind)
    for post_id in (company.post, str(uuid4())):
        with refused("POST_UNKNOWN"):
            await company.decide(case, kind, post_id=post_id)
    decision = (await company.decide(case, kind, post_id=company.other)).decision
    assert (decision.post_id, decision.starts_on, list(decision.focus_skill_ids)) == (company.other, "", [])
    (fact,) = await desk.facts("PlacementDecided")
    assert (fact.post_id, list(fact.indicators)) == (company.other, [])


async def test_another_post_is_decided_on_by_what_it_asks_for_now_and_told_of_with_the_version_compared(
    company: Company, desk: Desk
) -> None:
    case = await company.answered()
    assert not case.outdated
    async with desk.database.transaction() as db:
        other = job_profiles.c.post_id == UUID(company.other)
        await db.run(update(job_profiles).where(other).values(ends_on=desk.today - timedelta(days=1)))
    errors = matched.measures("entry-errors", jobs_pb2.DIRECTION_AT_MOST, "1", "0.5", 100)
    await matched.job(desk, company.other, [errors], number=2, starts_on=desk.today)
    case = await company.now(case)
    assert case.outdated
    assert [one.outdated for one in (await company.listed(company.hr)).cases] == [True]
    assert ("match", False) in await company.tasks(company.hr)
    with refused("REPORT_OUTDATED"):
        await company.decide(case, pb.DECISION_KIND_OTHER_POST, post_id=company.other)
    case = await company.match(case)
    assert not case.outdated
    case = await company.ask_for_opinions(case)
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    decided = await company.decide(
        await company.now(case), pb.DECISION_KIND_OTHER_POST, post_id=company.other, without_all_opinions=True
    )
    (fact,) = await desk.facts("PlacementDecided")
    (report,) = [one for one in decided.alternatives if one.post_id == company.other]
    assert fact.profile_number == report.profile_number == 2
    assert [one.indicator.code for one in fact.indicators] == ["entry-errors"]


async def test_nothing_is_decided_on_evidence_that_changed_until_it_is_matched_and_asked_anew(
    company: Company,
) -> None:
    case = await company.answered()
    assert not case.outdated
    assert "MatchCase" not in case.may
    with refused("CASE_WRONG_STATE"):
        await company.match(case)
    await company.profile_changes()
    case = await company.now(case)
    assert case.outdated
    with refused("REPORT_OUTDATED"):
        await company.decide(case)
    case = await company.match(case)
    assert (case.state, case.outdated, len(case.opinions)) == (pb.CASE_STATE_MATCHED, False, 3)
    case = await company.ask_for_opinions(case)
    assert not any(one.answered for one in case.participants)
    with refused("OPINIONS_OPEN"):
        await company.decide(case)


async def test_days_alone_do_not_make_a_report_outdated_but_another_job_profile_does(
    company: Company, desk: Desk
) -> None:
    case = await company.answered()
    desk.clock.move(timedelta(days=40))
    assert not (await company.now(case)).outdated
    async with desk.database.transaction() as db:
        await db.run(update(job_profiles).values(ends_on=desk.today - timedelta(days=1)))
    await matched.job(
        desk, company.post, [matched.needs(company.talks, 4, 100, must=True)], number=2, starts_on=desk.today
    )
    assert (await company.now(case)).outdated


async def test_whoever_refused_automatic_ranking_is_decided_on_by_people_without_a_report(
    company: Company, desk: Desk
) -> None:
    await company.candidate_refuses()
    case = await company.open()
    assert "MatchCase" not in case.may
    assert "AskForOpinions" in case.may
    with refused("AUTOMATED_USE_REFUSED"):
        await company.match(case)
    async with desk.database.reading() as db:
        (use,) = await db.rows(select(refused_uses))
    assert (str(use["employee_id"]), use["use"], str(use["tried_by"])) == (company.candidate, "case", company.hr)
    case = await company.add(case, company.quality, pb.CASE_ROLE_POST_MANAGER)
    case = await company.ask_for_opinions(case)
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    decided = await company.decide(await company.now(case))
    assert (decided.state, decided.HasField("report"), decided.decision.intact) == (pb.CASE_STATE_DECIDED, False, True)


async def test_whoever_refuses_after_the_match_is_decided_on_without_it(company: Company, desk: Desk) -> None:
    case = await company.answered()
    await company.candidate_refuses()
    case = await company.now(case)
    # Nobody is shown any more what they decide without.
    assert (case.HasField("report"), list(case.alternatives), case.outdated) == (False, [], False)
    decided = await company.decide(case)
    assert (decided.HasField("report"), decided.decision.intact) == (False, True)
    row = await row_of(desk, decided)
    assert (row["outcome"], row["score_hundredths"]) == (0, None)
    text = (await key_of(desk, company.candidate)).open("cases", "evidence", row["case_id"], row["evidence"])
    evidence = json.loads(text)
    assert (evidence["report"], evidence["alternatives"], evidence["automated_use_refused"]) == (None, [], True)
    assert list(decided.decision.focus_skill_ids) == []


async def test_whoever_allows_automatic_ranking_again_is_matched_before_anything_is_decided(company: Company) -> None:
    await company.candidate_refuses()
    case = await company.add(await company.open(), company.quality, pb.CASE_ROLE_POST_MANAGER)
    await company.ask_for_opinions(case)
    await company.candidate_refuses(refused=False)
    case = await company.give(case, company.quality, pb.STANCE_SUPPORT)
    case = await company.now(case)
    with refused("REPORT_OUTDATED"):
        await company.decide(case)
    assert "MatchCase" in case.may
    matched_again = await company.match(case)
    assert (matched_again.state, matched_again.HasField("report")) == (pb.CASE_STATE_MATCHED, True)


async def test_an_erased_candidates_case_stays_without_words(company: Company, desk: Desk) -> None:
    case = await company.decided()
    async with desk.database.transaction() as db:
        await desk.gate.house.vault.erase(db, UUID(company.candidate), desk.clock.now())
    found = await company.now(case)
    assert (found.reason, found.relation, found.decision.reason, found.HasField("report")) == ("", "", "", False)
    assert (found.decision.evidence_hash, found.decision.intact) == (case.decision.evidence_hash, False)
    assert {one.reason for one in found.opinions} == {""}
    closing = pb.CloseCaseRequest(case_id=case.case_id, version=found.version, note="人员信息已删除")
    closed = await company.ask(company.hr, "CloseCase", closing)
    assert (closed.state, closed.steps[-1].note) == (pb.CASE_STATE_CLOSED, "")


@pytest.mark.parametrize("first", ["decide", "withdraw"])
async def test_of_a_decision_and_a_withdrawal_at_once_exactly_one_wins(
    company: Company, desk: Desk, first: str
) -> None:
    case = await company.answered()
    withdrawal = pb.WithdrawCaseRequest(case_id=case.case_id, version=case.version, reason="候选人改变了主意")
    calls: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
        "decide": lambda: company.decide(case),
        "withdraw": lambda: company.ask(company.hr, "WithdrawCase", withdrawal),
    }
    async with desk.database.transaction() as holder:
        await holder.run(update(cases).where(cases.c.case_id == UUID(case.case_id)).values(version=cases.c.version))
        racing = []
        # Both are in their transactions and wait for the row; the one that came first gets it.
        for waiting, name in enumerate((first, *(calls.keys() - {first})), start=1):
            racing.append(asyncio.create_task(calls[name]()))
            while await _waiting(desk) < waiting:  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)
    won, lost = await asyncio.gather(*racing, return_exceptions=True)
    assert isinstance(won, pb.Case)
    assert isinstance(lost, Failed)
    assert lost.reason == "CASE_WRONG_STATE"
    now = await company.now(case)
    ended, decided = await desk.facts("PlacementEnded"), await desk.facts("PlacementDecided")
    if first == "decide":
        assert (now.state, len(decided), ended) == (pb.CASE_STATE_DECIDED, 1, [])
        assert now.decision.intact
    else:
        assert (now.state, len(ended), decided) == (pb.CASE_STATE_WITHDRAWN, 1, [])
        assert not now.HasField("decision")
    assert {one.step for one in now.steps} & {"decided", "withdrawn"} == {
        "decided" if first == "decide" else "withdrawn"
    }


async def _waiting(desk: Desk) -> int:
    """How many transactions wait for a lock of another."""
    async with desk.database.reading() as db:
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
        found: int = await db.value(prepared(blocked))
        return found


async def test_a_probation_of_yesterday_is_told_to_begin_today_or_later(company: Company) -> None:
    case = await company.answered()
    for given, said in ((company.desk.day(-1), "须为今天或以后的日期。"), ("", "请填写试用开始日期。")):
        with pytest.raises(Failed) as wrong:
            await company.decide(case, starts_on=given)
        told = detail(wrong.value.status, BadRequest)
        assert told
        assert [(one.field, one.description) for one in told.field_violations] == [("starts_on", said)]
    assert (await company.decide(case, starts_on=company.desk.day())).decision.starts_on == company.desk.day()
