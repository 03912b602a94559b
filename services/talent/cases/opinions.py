"""Opinions on a case: asked for until a day, reminded of, given on the record, followed by later ones, never erased."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, any_, bindparam, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit import deadlines
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import date_of
from libs.kit.deadlines import Deadline
from libs.kit.ids import uuid7
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent import fields, sealing
from services.talent.cases import access, ledger, rules, telling, views
from services.talent.cases.ledger import Case
from services.talent.errors import CaseNotFound, NobodyToAsk, NotYoursToSay
from services.talent.tables import case_opinions, case_participants

REMINDER = "talent.case_reminder"
OVERDUE = "talent.case_overdue"
# When people read their messages in the morning.
_REMINDED_AT = time(9)

_IN_CASE = case_participants.c.case_id == bindparam("in_case")
_FORGET_ASKED = prepared(update(case_participants).where(_IN_CASE).values(opinion_due_on=None, answered_at=None))
_ASK = prepared(
    update(case_participants)
    .where(
        _IN_CASE,
        case_participants.c.employee_id == any_(bindparam("who", type_=ARRAY(Uuid))),
        case_participants.c.role == bindparam("as_role"),
        case_participants.c.removed_at.is_(None),
    )
    .values(opinion_due_on=bindparam("due_on"))
)
_ANSWERED = prepared(
    update(case_participants)
    .where(
        _IN_CASE,
        case_participants.c.employee_id == bindparam("who"),
        case_participants.c.opinion_due_on.is_not(None),
        case_participants.c.removed_at.is_(None),
    )
    .values(answered_at=bindparam("at"))
)
_REPLACE = prepared(
    update(case_opinions)
    .where(
        case_opinions.c.case_id == bindparam("in_case"),
        case_opinions.c.employee_id == bindparam("who"),
        case_opinions.c.replaced_at.is_(None),
    )
    .values(replaced_at=bindparam("at"))
)
_ADD = prepared(
    insert(case_opinions).values(
        {column.name: bindparam(column.name) for column in case_opinions.c if column.name != "replaced_at"}
    )
)


async def ask(call: Call, request: pb.AskForOpinionsRequest) -> pb.Case:
    """Asks everybody anew when a report was made since; otherwise only moves the day for who has not answered."""
    due_on = date_of(request.due_on, "due_on", call.language)
    case = await access.managing(call, UUID(request.case_id), rules.ASK, request.version)
    if due_on < call.house.today():
        fields.refuse(call, "due_on", "case_rules.day_is_over")
    again = case.state == rules.OPINIONS
    asked = await _ask_again(call, case, due_on) if again else await _ask_all(call, case, due_on)
    await ledger.change(call, case, state=rules.OPINIONS, opinions_due_on=due_on)
    await ledger.add_step(call, case, "opinions_asked")
    await _schedule(call, case, due_on)
    for employee_id in asked:
        telling.task(call, case, employee_id, "opinion", due_on)
    return await views.answer(call, case.case_id)


async def give(call: Call, request: pb.GiveOpinionRequest) -> pb.Case:
    case, roles = await access.acting(call, UUID(request.case_id), rules.OPINE)
    role = rules.speaks_as(roles)
    if role is None or call.actor is None:
        raise NotYoursToSay(case_id=case.case_id)
    opinion_id = uuid7()
    key = await sealing.writing_key(call, case.candidate)
    await call.db.run(_REPLACE, in_case=case.case_id, who=call.actor, at=call.now)
    await call.db.run(
        _ADD,
        opinion_id=opinion_id,
        case_id=case.case_id,
        employee_id=call.actor,
        role=role,
        stance=request.stance,
        reason=sealing.sealed(key, "case_opinions", "reason", opinion_id, request.reason),
        given_at=call.now,
    )
    await call.db.run(_ANSWERED, in_case=case.case_id, who=call.actor, at=call.now)
    await ledger.add_step(call, case, "opinion_given")
    await ledger.change(call, case)
    if case.unanswered:
        await telling.decision_when_all_answered(call, case.case_id)
    return await views.answer(call, case.case_id)


async def remind(call: Call, deadline: Deadline) -> None:
    """The day before: whoever has not answered is told again."""
    case = await _waiting(call, deadline)
    if case is None:
        return
    for one in case.unanswered:
        telling.task(call, case, one["employee_id"], "opinion", one["opinion_due_on"], reminder=True)
        await ledger.add_step(call, case, "reminded", about=one["employee_id"])


async def pass_on(call: Call, deadline: Deadline) -> None:
    """The day is over and opinions are missing: whoever decides may go on without them."""
    case = await _waiting(call, deadline)
    if case is None or not case.unanswered:
        return
    telling.decision(call, case, reminder=True)
    for employee_id in case.holders(rules.DECIDER):
        await ledger.add_step(call, case, "reminded", about=employee_id)


async def stop_asking(call: Call, case: Case) -> None:
    """Takes back what is due on the opinions' day."""
    for kind in (REMINDER, OVERDUE):
        await deadlines.cancel(call.db, kind, str(case.case_id))


async def _ask_all(call: Call, case: Case, due_on: date) -> list[UUID]:
    """One role for each who gives opinions. Raises NobodyToAsk."""
    asked = {
        one["employee_id"]: role
        for one in case.people
        if (role := rules.speaks_as(case.roles_of(one["employee_id"]))) in rules.ASKED
    }
    if not asked:
        raise NobodyToAsk(case_id=case.case_id)
    await call.db.run(_FORGET_ASKED, in_case=case.case_id)
    for employee_id, role in asked.items():
        await call.db.run(_ASK, in_case=case.case_id, who=[employee_id], as_role=role, due_on=due_on)
    return list(asked)


async def _ask_again(call: Call, case: Case, due_on: date) -> list[UUID]:
    for one in case.unanswered:
        await call.db.run(_ASK, in_case=case.case_id, who=[one["employee_id"]], as_role=one["role"], due_on=due_on)
    return [one["employee_id"] for one in case.unanswered]


async def _schedule(call: Call, case: Case, due_on: date) -> None:
    zone, key = ZoneInfo(call.house.time_zone), str(case.case_id)
    over = datetime.combine(due_on + timedelta(days=1), time(), zone)
    await deadlines.schedule(call.db, OVERDUE, key, over)
    before = datetime.combine(due_on - timedelta(days=1), _REMINDED_AT, zone)
    if before > call.now:
        await deadlines.schedule(call.db, REMINDER, key, before)
    else:
        await deadlines.cancel(call.db, REMINDER, key)


async def _waiting(call: Call, deadline: Deadline) -> Any:
    """The case while opinions are asked for in it; None when it went on or is gone."""
    try:
        case = await ledger.load(call, UUID(deadline.key), lock=True)
    except CaseNotFound:
        return None
    return case if case.state == rules.OPINIONS else None
