"""What is left of cases when somebody in them is erased.

Of a candidate: that a case of this number was decided, by whom, when and how, with the hash of what it rested on.
Their key is gone, and with it every word; what is plain about them goes here. A case under way ends.

Of the person in whose interest a case was opened: nothing, as long as it is not decided. A decision keeps its grounds
as they are, sealed, until the candidate is erased.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, delete, null, select, update

from libs.kit.call import Call
from libs.kit.database import prepared
from services.talent.cases import ending, ledger, rules
from services.talent.tables import case_explanations, case_opinions, case_steps, cases

_SEALED = ("reason", "relation", "report", "alternatives", "decision_reason", "evidence")
_PLAIN = ("related_employee_id", "profile_version", "job_number", "last_day", "score_hundredths")
_OF = prepared(
    # Always in this order: two who take several never wait in a ring.
    select(cases.c.case_id).where(cases.c.employee_id == bindparam("candidate")).order_by(cases.c.case_id)
)
_CLEAR = prepared(
    update(cases)
    .where(cases.c.case_id == bindparam("in_case"))
    .values({name: null() for name in (*_SEALED, *_PLAIN)} | {"outcome": 0, "focus": []})
)
_FORGET = [
    prepared(delete(table).where(table.c.case_id == bindparam("in_case")))
    for table in (case_opinions, case_explanations)
]
_FORGET_NOTES = prepared(update(case_steps).where(case_steps.c.case_id == bindparam("in_case")).values(note=null()))
_FORGET_RELATED = prepared(
    update(cases)
    .where(cases.c.related_employee_id == bindparam("related"), cases.c.decision == 0)
    .values(related_employee_id=null(), relation=null(), version=cases.c.version + 1)
)


async def forget(call: Call, employee_id: UUID) -> None:
    for row in await call.db.rows(_OF, candidate=employee_id):
        case = await ledger.load(call, row["case_id"], lock=True)
        if case.state in rules.UNENDED:
            await ending.end(call, case, withdrawn=case.state in rules.UNDECIDED)
        for statement in (_CLEAR, *_FORGET, _FORGET_NOTES):
            await call.db.run(statement, in_case=case.case_id)
    await call.db.run(_FORGET_RELATED, related=employee_id)
