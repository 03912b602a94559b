"""Puts people into pools and takes them out by hand, and records that a membership was looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import optional_date
from mainstay.talent.v1 import pools_pb2
from services.talent import fields, sealing, staff
from services.talent.errors import MemberAlready, NotAMember
from services.talent.pools import ledger, rules
from services.talent.tables import pool_members

_MEMBERSHIP = prepared(
    select(pool_members).where(
        pool_members.c.pool_id == bindparam("pool_id"),
        pool_members.c.employee_id == bindparam("employee_id"),
        pool_members.c.until.is_(None),
    )
)
# Who is put in by hand may come back by rule too.
_LET_IN = prepared(
    update(pool_members)
    .where(
        pool_members.c.pool_id == bindparam("pool"),
        pool_members.c.employee_id == bindparam("person"),
        pool_members.c.kept_out,
    )
    .values(kept_out=False)
)
_REVIEWED = prepared(
    update(pool_members)
    .where(pool_members.c.membership_id == bindparam("id"))
    .values(review_note=bindparam("note"), review_on=bindparam("next_on"))
)


async def add(call: Call, request: pools_pb2.AddMemberRequest) -> pools_pb2.Member:
    kept = await ledger.lock(call, UUID(request.pool_id))
    employee_id = UUID(request.employee_id)
    await staff.require(call.db, employee_id)
    membership_id = await ledger.join(call, kept, employee_id, by_hand=True, reason=request.reason)
    if membership_id is None:
        raise MemberAlready(employee_id=employee_id)
    await call.db.run(_LET_IN, pool=kept["pool_id"], person=employee_id)
    return await ledger.member(call, membership_id)


async def remove(call: Call, request: pools_pb2.RemoveMemberRequest) -> pools_pb2.Member:
    _, found = await _present(call, request)
    await ledger.end(call, found, by=call.actor, reason=request.reason, kept_out=True)
    return await ledger.member(call, found["membership_id"])


async def review(call: Call, request: pools_pb2.ReviewMemberRequest) -> pools_pb2.Member:
    next_on = optional_date(request.next_on, "next_on", call.language)
    kept, found = await _present(call, request)
    if next_on is not None and next_on < call.house.today():
        fields.refuse(call, "next_on", "pools.day_is_over")
    key = await sealing.writing_key(call, found["employee_id"])
    await call.db.run(
        _REVIEWED,
        id=found["membership_id"],
        note=sealing.sealed(key, "pool_members", "review_note", found["membership_id"], request.note),
        next_on=next_on or rules.next_review(call.house.today(), kept["review_months"]),
    )
    return await ledger.member(call, found["membership_id"])


async def _present(
    call: Call, request: pools_pb2.RemoveMemberRequest | pools_pb2.ReviewMemberRequest
) -> tuple[Any, Any]:
    """The pool, locked, and the membership. Raises PoolNotFound, NotAMember."""
    kept = await ledger.lock(call, UUID(request.pool_id))
    employee_id = UUID(request.employee_id)
    found = await call.db.row(_MEMBERSHIP, pool_id=kept["pool_id"], employee_id=employee_id)
    if found is None:
        raise NotAMember(employee_id=employee_id)
    return kept, found
