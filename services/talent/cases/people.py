"""Who is in a placement case, as what: added, taken out, and gone when they leave the company."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from libs.kit import deadlines
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.deadlines import Deadline
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent import staff
from services.talent.cases import access, ledger, rules, telling, views
from services.talent.cases.ledger import Case
from services.talent.errors import DeciderConflicted, NotAParticipant, RoleTaken
from services.talent.tables import case_participants, cases

LEAVES = "talent.case_participant_leaves"

_CASES_OF = prepared(
    select(cases.c.case_id)
    .join(case_participants, case_participants.c.case_id == cases.c.case_id)
    .where(
        case_participants.c.employee_id == bindparam("employee_id"),
        case_participants.c.role != rules.CANDIDATE,
        case_participants.c.removed_at.is_(None),
        cases.c.ended_at.is_(None),
    )
    .distinct()
    # Always in this order: two who take several never wait in a ring.
    .order_by(cases.c.case_id)
)


async def add(call: Call, request: pb.AddParticipantRequest) -> pb.Case:
    case = await access.managing(call, UUID(request.case_id), rules.ADD, request.version)
    employee_id = UUID(request.employee_id)
    await staff.require(call.db, employee_id)
    await _check_role(call, case, employee_id, request.role)
    due_on = _due_on(case, employee_id, request.role)
    await ledger.add_person(call, case.case_id, employee_id, request.role, due_on)
    await ledger.add_step(call, case, "participant_added", about=employee_id)
    await ledger.change(call, case)
    if due_on is not None:
        telling.task(call, case, employee_id, "opinion", due_on)
    if request.role == rules.DECIDER:
        await telling.decision_when_all_answered(call, case.case_id)
    return await views.answer(call, case.case_id)


async def remove(call: Call, request: pb.RemoveParticipantRequest) -> pb.Case:
    case = await access.managing(call, UUID(request.case_id), rules.REMOVE, request.version)
    employee_id = UUID(request.employee_id)
    held = case.roles_of(employee_id) - {rules.CANDIDATE}
    # Somebody runs a case as long as it is there.
    if not held or (rules.OWNER in held and len(case.holders(rules.OWNER)) == 1):
        raise NotAParticipant(employee_id=employee_id)
    if rules.DECIDER in held and case.state not in rules.UNDECIDED:
        raise access.wrong_state(call, case.state)
    await _take_out(call, case, employee_id)
    return await views.answer(call, case.case_id)


async def follow_leaving(call: Call, event: employees_events.EmployeeLeft) -> None:
    """On the day after their last one they are no longer in any case."""
    gone_on = date.fromisoformat(event.last_day) + timedelta(days=1)
    at = datetime.combine(gone_on, time(), ZoneInfo(call.house.time_zone))
    await deadlines.schedule(call.db, LEAVES, event.employee_id, max(at, call.now))


async def leave(call: Call, deadline: Deadline) -> None:
    """Takes somebody who left out of all open cases; whoever was hired again meanwhile stays, and so does whoever the
    directory still has here: they go when it hears of it (`placed`).
    """
    employee_id = UUID(deadline.key)
    if not await staff.works_here(call.db, employee_id):
        await take_out_of_all(call, employee_id)


async def take_out_of_all(call: Call, employee_id: UUID) -> None:
    """Takes somebody who no longer works here out of all open cases."""
    for found in await call.db.rows(_CASES_OF, employee_id=employee_id):
        case = await ledger.load(call, found["case_id"], lock=True)
        await _take_out(call, case, employee_id, note=views.LEFT)


async def _check_role(call: Call, case: Case, employee_id: UUID, role: rules.Role) -> None:
    held = case.roles_of(employee_id) | await ledger.spoken_as(call, case, employee_id)
    # Whoever holds the right over the candidate runs a case without being named for it.
    if employee_id == call.actor or await ledger.has_run(call, case, employee_id):
        held |= {rules.OWNER}
    if rules.conflicted(case.parties, role, employee_id, held):
        raise DeciderConflicted(employee_id=employee_id)
    if role == rules.DECIDER and case.state not in rules.UNDECIDED:
        raise access.wrong_state(call, case.state)
    if role in case.roles_of(employee_id) or (role in rules.SINGLE and case.holders(role)):
        raise RoleTaken(employee_id=employee_id)


def _due_on(case: Case, employee_id: UUID, role: rules.Role) -> date | None:
    """Until when somebody who joins is asked: like the others, unless they are or have been asked already."""
    if case.state != rules.OPINIONS or role not in rules.ASKED:
        return None
    asked = any(one["opinion_due_on"] for one in case.people if one["employee_id"] == employee_id)
    due_on: date | None = None if asked else case.row["opinions_due_on"]
    return due_on


async def _take_out(call: Call, case: Case, employee_id: UUID, note: str = "") -> None:
    was_open = bool(case.unanswered)
    await ledger.remove_person(call, case.case_id, employee_id)
    await ledger.add_step(call, case, "participant_removed", about=employee_id, note=note)
    await ledger.change(call, case)
    if was_open:
        await telling.decision_when_all_answered(call, case.case_id)
