"""Pools as a caller sees them: how many of their own people are in, and who was when."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, bindparam, func, or_, select

from libs.kit import directory, pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.errors import PageTokenInvalid
from libs.kit.tables import directory_people
from mainstay.talent.v1 import pools_pb2
from services.talent.pools import ledger
from services.talent.tables import pool_members, pools

_TODAY = bindparam("today", type_=Date)


async def list_pools(call: Call, request: pools_pb2.ListPoolsRequest) -> pools_pb2.ListPoolsResponse:
    reach = call.reach()
    rows = await call.db.rows(
        _pools(reach.shape), closed_too=request.closed_too, today=call.house.today(), **reach.values
    )
    return pools_pb2.ListPoolsResponse(pools=[ledger.pool_message(row, row["size"], row["due"]) for row in rows])


async def get_pool(call: Call, request: pools_pb2.GetPoolRequest) -> pools_pb2.Pool:
    return await ledger.shown(call, request)


async def list_memberships(call: Call, request: pools_pb2.ListMembershipsRequest) -> pools_pb2.ListMembershipsResponse:
    kept = await ledger.pool(call, UUID(request.pool_id))
    reach, size, after = call.reach(), pages.size_of(request), pages.key_in(request)
    # Ids are made in the order of joining.
    before = _id(after[0]) if after else UUID(int=(1 << 128) - 1)
    rows = await call.db.rows(
        _memberships(reach.shape), pool_id=kept["pool_id"], before=before, size=size + 1, **reach.values
    )
    more = pages.token_after(request, str(rows[size - 1]["membership_id"])) if len(rows) > size else ""
    found: list[Any] = rows[:size]
    return pools_pb2.ListMembershipsResponse(members=[ledger.message(call, row) for row in found], next_page_token=more)


def _id(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise PageTokenInvalid from None


@cache
def _pools(shape: str) -> Query:
    seen = (
        select(
            pool_members.c.pool_id,
            func.count().label("size"),
            func.count().filter(pool_members.c.review_on <= _TODAY).label("due"),
        )
        .join(directory_people, directory_people.c.employee_id == pool_members.c.employee_id)
        .where(pool_members.c.until.is_(None), directory.inside(shape))
        .group_by(pool_members.c.pool_id)
        .subquery()
    )
    return prepared(
        select(
            *pools.c,
            func.coalesce(seen.c.size, 0).label("size"),
            func.coalesce(seen.c.due, 0).label("due"),
        )
        .select_from(pools.outerjoin(seen, seen.c.pool_id == pools.c.pool_id))
        .where(or_(pools.c.closed_at.is_(None), bindparam("closed_too", type_=Boolean)))
        .order_by(pools.c.kind, pools.c.name, pools.c.pool_id)
    )


@cache
def _memberships(shape: str) -> Query:
    return prepared(
        select(*ledger.SHOWN)
        .select_from(ledger.JOINED)
        .where(
            pool_members.c.pool_id == bindparam("pool_id"),
            pool_members.c.membership_id < bindparam("before"),
            directory.inside(shape),
        )
        .order_by(pool_members.c.membership_id.desc())
        .limit(bindparam("size"))
    )
