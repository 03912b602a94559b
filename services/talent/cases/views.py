"""A case as somebody sees it: the parts their roles show, `hidden` naming the others. See `rules.SEES`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from libs.kit.call import Call
from libs.kit.contract import data_class
from libs.kit.database import prepared
from libs.kit.dates import text_of, timestamp
from libs.kit.ids import text_of_id
from libs.kit.words import say
from mainstay.contract.v1.data_pb2 import PERSONAL, PERSONAL_SENSITIVE
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import matching_pb2, profiles_pb2
from services.talent import sealing
from services.talent.cases import access, freezing, kept, ledger, rules
from services.talent.cases.ledger import Case
from services.talent.tables import case_explanations, case_opinions, case_steps

# Said by the system, in the reader's language.
LEFT = "@left"
_OF = bindparam("case_id", type_=Uuid)
_OPINIONS = prepared(
    select(case_opinions).where(case_opinions.c.case_id == _OF).order_by(case_opinions.c.opinion_id.desc())
)
_STEPS = prepared(select(case_steps).where(case_steps.c.case_id == _OF).order_by(case_steps.c.step_id))
_EXPLANATIONS = prepared(
    select(case_explanations)
    .where(case_explanations.c.case_id == _OF)
    .order_by(case_explanations.c.explanation_id.desc())
)
_ENTRY: Any = profiles_pb2.Entry.DESCRIPTOR
# Whatever the contract calls personal in an entry, also what it will add.
_PRIVATE = [field.name for field in _ENTRY.fields if data_class(field) in (PERSONAL, PERSONAL_SENSITIVE)]
# Who is shown to those who do not see everybody.
_FACES = (rules.OWNER, rules.DECIDER, rules.CANDIDATE)


async def answer(call: Call, case_id: UUID) -> pb.Case:
    """The case after a change, as its maker sees it."""
    case = await ledger.load(call, case_id)
    return await whole(call, case, await access.roles_in(call, case))


async def whole(call: Call, case: Case, roles: Collection[rules.Role]) -> pb.Case:
    parts = rules.seen(roles)
    given = [opinion(case, row) for row in await opinions_of(call, case)]
    message = brief(call, case, roles)
    if message.decision.intact:
        message.decision.intact = freezing.unchanged(case, given, _report(case), _alternatives(case))
    if rules.REPORT in parts and case.reported:
        _add_reports(message, case, plain=rules.EVIDENCE not in parts)
    message.opinions.extend(
        one for one in given if rules.ALL_OPINIONS in parts or one.employee_id == str(call.actor or "")
    )
    if rules.EXPLANATIONS in parts:
        rows = await call.db.rows(_EXPLANATIONS, case_id=case.case_id)
        message.explanations.extend(_explanation(case, row) for row in rows)
    for row in await call.db.rows(_STEPS, case_id=case.case_id):
        mine = call.actor is not None and call.actor in (row["actor_id"], row["employee_id"])
        if rules.step_shown(row["step"], mine=mine, parts=parts):
            message.steps.append(_step(call, case, row, with_note=rules.note_shown(row["step"], parts)))
    return message


def brief(call: Call, case: Case, roles: Collection[rules.Role]) -> pb.Case:
    """Without reports, opinions, explanations and steps; whether a decision is intact looks at its row alone."""
    row, parts = case.row, rules.seen(roles)
    message = pb.Case(
        case_id=str(case.case_id),
        number=row["number"],
        employee_id=str(case.candidate),
        post_id=str(row["post_id"]),
        title=row["title"] or "",
        title_en=row["title_en"] or "",
        state=case.state,
        participants=_participants(call, case.people, everybody=rules.EVERYBODY in parts),
        my_roles=sorted(roles),
        may=rules.may(case.state, roles, case.facts),
        hidden=rules.hidden(parts),
        version=row["version"],
        opened_at=timestamp(row["opened_at"]),
    )
    if rules.RELATION in parts:
        message.reason = case.shown("reason")
        message.related_employee_id = text_of_id(row["related_employee_id"])
        message.relation = case.shown("relation")
    if rules.REPORT in parts:
        message.outdated = case.outdated and case.reported
    if row["decision"]:
        message.decision.CopyFrom(_decision(case, grounds=rules.GROUNDS in parts))
    if rules.EVIDENCE in parts:
        message.last_day = text_of(row["last_day_now"])
        if message.decision.intact:
            message.decision.last_day = freezing.last_day_in(case)
    return message


async def opinions_of(call: Call, case: Case) -> Sequence[Any]:
    """Newest first."""
    return await call.db.rows(_OPINIONS, case_id=case.case_id)


def opinion(case: Case, row: Any, *, read: Callable[..., str] = sealing.shown) -> pb.Opinion:
    """`read`: `sealing.opened` for one that a decision rests on."""
    return pb.Opinion(
        employee_id=str(row["employee_id"]),
        role=row["role"],
        stance=row["stance"],
        reason=read(case.key, "case_opinions", "reason", row["opinion_id"], row["reason"]),
        given_at=timestamp(row["given_at"]),
        replaced=row["replaced_at"] is not None,
    )


def report_of(case: Case) -> matching_pb2.MatchReport | None:
    """The report kept in the case; None before it is made, and of an erased candidate. Raises SealBroken."""
    return kept.report_in(case.words("report"))


def alternatives_of(case: Case) -> list[matching_pb2.MatchReport]:
    """Raises SealBroken."""
    return kept.alternatives_in(case.words("alternatives"))


def participant(row: Any) -> pb.Participant:
    return pb.Participant(
        employee_id=str(row["employee_id"]),
        role=row["role"],
        opinion_due_on=text_of(row["opinion_due_on"]),
        answered=row["answered_at"] is not None,
    )


def _participants(call: Call, people: Iterable[Any], *, everybody: bool) -> list[pb.Participant]:
    shown = []
    for row in people:
        if everybody or row["employee_id"] == call.actor:
            shown.append(participant(row))
        elif row["role"] in _FACES:
            shown.append(pb.Participant(employee_id=str(row["employee_id"]), role=row["role"]))
    return shown


def _add_reports(message: pb.Case, case: Case, *, plain: bool) -> None:
    report = _report(case)
    if report is not None:
        message.report.CopyFrom(report)
    message.alternatives.extend(_alternatives(case))
    if plain:
        for one in (message.report, *message.alternatives) if report is not None else message.alternatives:
            _without_evidence(one)


def _report(case: Case) -> matching_pb2.MatchReport | None:
    return kept.report_in(case.shown("report"))


def _alternatives(case: Case) -> list[matching_pb2.MatchReport]:
    return kept.alternatives_in(case.shown("alternatives"))


def _without_evidence(report: matching_pb2.MatchReport) -> None:
    """Takes out what people wrote in their own words about the candidate, and their last day."""
    report.ClearField("last_day")
    for requirement in report.requirements:
        if requirement.HasField("evidence"):
            for name in _PRIVATE:
                requirement.evidence.ClearField(name)


def _decision(case: Case, *, grounds: bool) -> pb.Decision:
    row = case.row
    message = pb.Decision(
        kind=row["decision"],
        post_id=str(row["decision_post_id"]),
        starts_on=text_of(row["starts_on"]),
        ends_on=text_of(row["ends_on"]),
        decided_by=text_of_id(row["decided_by"]),
        decided_at=timestamp(row["decided_at"]),
    )
    if grounds:
        message.reason = case.shown("decision_reason")
        message.focus_skill_ids.extend(str(skill_id) for skill_id in row["focus"])
        message.evidence_hash = row["evidence_hash"]
        message.intact = freezing.intact(case)
    return message


def _explanation(case: Case, row: Any) -> pb.Explanation:
    explanation_id = row["explanation_id"]
    return pb.Explanation(
        explanation_id=str(explanation_id),
        question=_opened(case, "case_explanations", "question", explanation_id, row["question"]),
        asked_at=timestamp(row["asked_at"]),
        answer=_opened(case, "case_explanations", "answer", explanation_id, row["answer"]),
        answered_by=text_of_id(row["answered_by"]),
        answered_at=timestamp(row["answered_at"]),
    )


def _step(call: Call, case: Case, row: Any, *, with_note: bool) -> pb.CaseStep:
    note = _opened(case, "case_steps", "note", row["step_id"], row["note"]) if with_note else ""
    return pb.CaseStep(
        step=row["step"],
        actor_id=text_of_id(row["actor_id"]),
        employee_id=text_of_id(row["employee_id"]),
        milestone=row["milestone"],
        note=say(call.language, "talent", "cases.left") if note == LEFT else note,
        at=timestamp(row["at"]),
    )


def _opened(case: Case, table: str, column: str, row_id: UUID, content: bytes | None) -> str:
    return sealing.shown(case.key, table, column, row_id, content)
