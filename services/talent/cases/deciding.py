"""The decision of a case, by the person named for it, with the evidence frozen into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.kit.call import Call
from libs.kit.dates import date_of, text_of
from libs.kit.ids import text_of_id
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import events_pb2, matching_pb2
from services.talent import fields, sealing, skill_store, staff
from services.talent.cases import access, freezing, ledger, opinions, rules, views
from services.talent.cases.ledger import Case
from services.talent.cases.term import MOST_MONTHS, Term, last_day
from services.talent.copies import open_post
from services.talent.errors import NotYoursToSay, OpinionsOpen, PostUnknown, ReportOutdated
from services.talent.job_demands import indicators_in
from services.talent.job_versions import demands_in_force, version_of


@dataclass(frozen=True, slots=True)
class Ground:
    """The reports a decision rests on: of the candidate and the post, of other posts, and of the post decided on. None
    of them when the candidate refused automatic ranking.
    """

    report: matching_pb2.MatchReport | None
    alternatives: Sequence[matching_pb2.MatchReport]
    post_id: UUID
    decided_on: matching_pb2.MatchReport | None


async def decide(call: Call, request: pb.DecideCaseRequest) -> pb.Case:
    term = _term(call, request)
    case, _ = await access.acting(call, UUID(request.case_id), rules.DECIDE, request.version)
    if call.actor in case.parties or rules.OWNER in case.roles_of(call.actor):
        raise NotYoursToSay(case_id=case.case_id)
    if case.lacks_opinions and not request.without_all_opinions:
        raise OpinionsOpen(given=len(case.heard), open=len(case.unanswered))
    if case.outdated and not case.row["refused"]:
        raise ReportOutdated(case_id=case.case_id)
    ground = _ground(call, case, request)
    if request.kind != pb.DECISION_KIND_NOT_NOW:
        await staff.require(call.db, case.candidate)
        await open_post(call.db, ground.post_id, call.house.today())
    focus = await _focus(call, request.kind, ground.decided_on)
    key = await sealing.writing_key(call, case.candidate)
    decided = {
        "decision": request.kind,
        "decision_post_id": ground.post_id,
        "focus": [UUID(one.skill_id) for one in focus],
        "starts_on": term.starts_on,
        "ends_on": term.ends_on,
        "decided_by": call.actor,
        "decided_at": call.now,
    }
    evidence = freezing.canonical(await _evidence(call, case, request, ground, decided))
    evidence_hash = freezing.digest(evidence)
    # A report that the candidate refused meanwhile is none that counts, here or on the fairness page.
    without = {"outcome": 0, "score_hundredths": None} if case.row["refused"] else {}
    await ledger.change(
        call,
        case,
        state=rules.DECIDED,
        decision_reason=sealing.sealed(key, "cases", "decision_reason", case.case_id, request.reason),
        evidence=sealing.sealed(key, "cases", "evidence", case.case_id, evidence),
        evidence_hash=evidence_hash,
        **decided,
        **without,
    )
    await ledger.add_step(call, case, "decided")
    await opinions.stop_asking(call, case)
    await _record(call, case, ground, decided, focus, evidence_hash=evidence_hash)
    return await views.answer(call, case.case_id)


def _term(call: Call, request: pb.DecideCaseRequest) -> Term:
    """Raises FieldsInvalid."""
    if request.kind != pb.DECISION_KIND_PROBATION:
        return Term()
    if not request.starts_on:
        fields.refuse(call, "starts_on", "case_rules.starts_on_needed")
    if not request.months:
        fields.refuse(call, "months", "case_rules.months_needed", most=MOST_MONTHS)
    starts_on = date_of(request.starts_on, "starts_on", call.language)
    if starts_on < call.house.today():
        fields.refuse(call, "starts_on", "case_rules.day_is_over")
    return Term(starts_on, last_day(starts_on, request.months))


def _ground(call: Call, case: Case, request: pb.DecideCaseRequest) -> Ground:
    """Raises FieldsInvalid, PostUnknown."""
    post_id: UUID = case.row["post_id"]
    refused = case.row["refused"]
    report = None if refused else views.report_of(case)
    others = [] if refused else views.alternatives_of(case)
    if request.kind != pb.DECISION_KIND_OTHER_POST:
        return Ground(report, others, post_id, report)
    if not request.post_id:
        fields.refuse(call, "post_id", "case_rules.other_post_needed")
    chosen = next((one for one in others if one.post_id == request.post_id), None)
    other_id = UUID(request.post_id)
    if (chosen is None and report is not None) or other_id == post_id:
        raise PostUnknown(post_id=other_id)
    return Ground(report, others, other_id, chosen)


async def _focus(
    call: Call, kind: pb.DecisionKind, report: matching_pb2.MatchReport | None
) -> list[events_pb2.FocusSkill]:
    """The must-haves with a gap that training closes, in the order of the job profile; of an indicator the skill it
    rests on. Nothing when the person stays where they are.
    """
    if report is None or kind == pb.DECISION_KIND_NOT_NOW:
        return []
    gaps = {
        UUID(one.requirement.skill_id): one
        for one in report.requirements
        if one.requirement.must and one.requirement.skill_id and one.fit == matching_pb2.FIT_TRAINABLE_GAP
    }
    names = await skill_store.names_of(call.db, gaps)
    return [
        events_pb2.FocusSkill(
            skill_id=str(skill_id),
            name=names[skill_id][0] if skill_id in names else one.requirement.name,
            name_en=names[skill_id][1] if skill_id in names else one.requirement.name_en,
            held_hundredths=one.held_hundredths,
            level=one.requirement.level,
            tenth_months=one.tenth_months,
        )
        for skill_id, one in gaps.items()
    ]


async def _evidence(
    call: Call, case: Case, request: pb.DecideCaseRequest, ground: Ground, decided: dict[str, Any]
) -> dict[str, Any]:
    """All that the decision rests on; see `freezing`."""
    given = [views.opinion(case, one, read=sealing.opened) for one in await views.opinions_of(call, case)]
    return {
        **freezing.case_of(case),
        "participants": freezing.all_frozen(views.participant(one) for one in case.people),
        "opinions": freezing.all_frozen(given),
        "without_all_opinions": case.lacks_opinions,
        "automated_use_refused": case.row["refused"],
        # Beside the report: whoever refuses to be ranked has none, and may have given notice all the same.
        "last_day": text_of(case.row["last_day_now"]),
        "report": freezing.frozen(ground.report),
        "alternatives": freezing.all_frozen(ground.alternatives),
        "decision": freezing.decision_of(decided, request.reason),
    }


async def _record(
    call: Call,
    case: Case,
    ground: Ground,
    decided: dict[str, Any],
    focus: Sequence[events_pb2.FocusSkill],
    *,
    evidence_hash: str,
) -> None:
    """Tells of the version of the job profile that the report compared with, though another was approved meanwhile."""
    report, post_id = ground.decided_on, ground.post_id
    number = report.profile_number if report is not None else 0
    today = call.house.today()
    job = await (version_of(call.db, post_id, number) if number else demands_in_force(call.db, post_id, today))
    call.record(
        events_pb2.PlacementDecided(
            case_id=str(case.case_id),
            employee_id=str(case.candidate),
            post_id=str(post_id),
            kind=decided["decision"],
            starts_on=text_of(decided["starts_on"]),
            ends_on=text_of(decided["ends_on"]),
            focus=focus,
            indicators=indicators_in(job["requirements"]) if job else (),
            profile_number=job["number"] if job else 0,
            decided_by=text_of_id(decided["decided_by"]),
            evidence_hash=evidence_hash,
        )
    )
