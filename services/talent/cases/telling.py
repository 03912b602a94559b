"""Tells people what a case asks of them: facts that whoever notifies follows."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from libs.kit.call import Call
from libs.kit.dates import text_of
from mainstay.talent.v1 import events_pb2
from services.talent.cases import ledger, rules
from services.talent.cases.ledger import Case


def task(
    call: Call,
    case: Case,
    employee_id: UUID,
    name: rules.TaskName,
    due_on: date | None = None,
    *,
    reminder: bool = False,
) -> None:
    call.record(
        events_pb2.PlacementTaskDue(
            case_id=str(case.case_id),
            employee_id=str(employee_id),
            task=name,
            due_on=text_of(due_on),
            reminder=reminder,
        )
    )


def decision(call: Call, case: Case, *, reminder: bool = False) -> None:
    """Asks whoever decides."""
    for employee_id in case.holders(rules.DECIDER):
        task(call, case, employee_id, "decision", reminder=reminder)


async def decision_when_all_answered(call: Call, case_id: UUID) -> None:
    """Asks for the decision when nobody's opinion is missing any more."""
    case = await ledger.load(call, case_id)
    if case.state == rules.OPINIONS and not case.unanswered:
        decision(call, case)
