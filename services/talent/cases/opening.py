"""Opens a placement case: a candidate for a post, why, in whose interest, and who will decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.ids import id_in, uuid7
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import events_pb2
from services.talent import fields, sealing, staff
from services.talent.cases import ledger, rules, views
from services.talent.copies import open_post
from services.talent.errors import CaseExists, DeciderConflicted, JobProfileNotFound
from services.talent.job_versions import demands_in_force
from services.talent.tables import case_numbers, cases

# The year's row is locked until the case is there or its call has failed: no number is left out.
_NUMBER = insert(case_numbers).values(year=bindparam("year"), last=1)
_NEXT_NUMBER = prepared(
    _NUMBER.on_conflict_do_update(index_elements=["year"], set_={"last": case_numbers.c.last + 1}).returning(
        case_numbers.c.last
    )
)
_GIVEN = (
    "case_id",
    "number",
    "employee_id",
    "post_id",
    "state",
    "reason",
    "related_employee_id",
    "relation",
    "opened_at",
    "opened_by",
)
_ADD = prepared(
    insert(cases)
    .values({name: bindparam(name, type_=cases.c[name].type) for name in _GIVEN})
    .on_conflict_do_nothing(
        index_elements=["employee_id", "post_id"],
        # In so many words: with a parameter a generic plan does not find the index.
        index_where=text("ended_at IS NULL"),
    )
    .returning(cases.c.case_id)
)
_OPEN = prepared(
    select(cases.c.case_id, cases.c.number).where(
        cases.c.employee_id == bindparam("employee_id"),
        cases.c.post_id == bindparam("post_id"),
        cases.c.ended_at.is_(None),
    )
)


async def open_case(call: Call, request: pb.OpenCaseRequest) -> pb.Case:
    candidate, post_id, decider = UUID(request.employee_id), UUID(request.post_id), UUID(request.decider_id)
    related = id_in(request.related_employee_id)
    parties = rules.Parties(candidate, related)
    await _check_people(call, parties, decider)
    await open_post(call.db, post_id, call.house.today())
    if await demands_in_force(call.db, post_id, call.house.today()) is None:
        raise JobProfileNotFound(post_id=post_id)
    case_id = await _add(call, request, parties, post_id)
    for employee_id, role in ((call.actor, rules.OWNER), (decider, rules.DECIDER), (candidate, rules.CANDIDATE)):
        if employee_id is not None:
            await ledger.add_person(call, case_id, employee_id, role)
    await ledger.add_step(call, await ledger.load(call, case_id), "opened")
    call.record(events_pb2.PlacementOpened(case_id=str(case_id), employee_id=str(candidate), post_id=request.post_id))
    return await views.answer(call, case_id)


async def _check_people(call: Call, parties: rules.Parties, decider: UUID) -> None:
    if parties.related == parties.candidate:
        fields.refuse(call, "related_employee_id", "case_rules.related_is_candidate")
    await staff.require(call.db, parties.candidate)
    if parties.related is not None:
        await staff.require(call.db, parties.related)
        # Whoever a case is for does not run it.
        if parties.related == call.actor:
            raise DeciderConflicted(employee_id=parties.related)
    held = (rules.OWNER,) if decider == call.actor else ()
    if rules.conflicted(parties, rules.DECIDER, decider, held):
        raise DeciderConflicted(employee_id=decider)
    await staff.require(call.db, decider)


async def _add(call: Call, request: pb.OpenCaseRequest, parties: rules.Parties, post_id: UUID) -> UUID:
    """Raises CaseExists."""
    case_id = uuid7()
    key = await sealing.writing_key(call, parties.candidate)
    year = call.house.today().year
    last: int = await call.db.value(_NEXT_NUMBER, year=year)
    added = await call.db.value(
        _ADD,
        case_id=case_id,
        number=f"P-{year}-{last:04}",
        employee_id=parties.candidate,
        post_id=post_id,
        state=rules.OPEN,
        reason=sealing.sealed(key, "cases", "reason", case_id, request.reason),
        related_employee_id=parties.related,
        relation=sealing.sealed(key, "cases", "relation", case_id, request.relation),
        opened_at=call.now,
        opened_by=call.actor,
    )
    if added is None:
        there: Any = await call.db.row(_OPEN, employee_id=parties.candidate, post_id=post_id)
        raise CaseExists(case_id=there["case_id"], number=there["number"])
    return case_id
