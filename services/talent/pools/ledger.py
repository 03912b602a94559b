"""The rows of pools and memberships, and the messages made of them. Words about a member are sealed under their key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit import directory, pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.dates import text_of, timestamp
from libs.kit.errors import PageTokenInvalid
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, vault_keys
from libs.kit.vault import SubjectKey
from libs.kit.words import say
from mainstay.talent.v1 import events_pb2, pools_pb2
from services.talent import sealing
from services.talent.errors import PoolNotFound
from services.talent.pools import rules
from services.talent.tables import pool_members, pools

_POOL = prepared(select(pools).where(pools.c.pool_id == bindparam("pool_id")))
_LOCK = prepared(
    select(pools).where(pools.c.pool_id == bindparam("pool_id"), pools.c.closed_at.is_(None)).with_for_update()
)
_PRESENT = (
    pool_members.c.pool_id == bindparam("pool_id"),
    pool_members.c.until.is_(None),
)
_GIVEN = ("membership_id", "pool_id", "employee_id", "since", "by_rule", "reason", "review_on", "added_by")
_JOIN = prepared(
    insert(pool_members)
    .values({name: bindparam(name) for name in _GIVEN})
    .on_conflict_do_nothing(index_elements=["pool_id", "employee_id"], index_where=pool_members.c.until.is_(None))
)
_END = prepared(
    update(pool_members)
    .where(pool_members.c.membership_id == bindparam("id"), pool_members.c.until.is_(None))
    .values(
        until=bindparam("at"),
        removed_by=bindparam("by"),
        end_reason=bindparam("reason"),
        kept_out=bindparam("kept_out"),
    )
)
# Whoever is a member, with their key and their last day of work.
JOINED = pool_members.join(directory_people, directory_people.c.employee_id == pool_members.c.employee_id).outerjoin(
    vault_keys, vault_keys.c.subject_id == pool_members.c.employee_id
)
SHOWN = (*pool_members.c, directory_people.c.last_day, vault_keys.c.ring_key, vault_keys.c.wrapped)
_MEMBERSHIP = prepared(
    select(*SHOWN).select_from(JOINED).where(pool_members.c.membership_id == bindparam("membership_id"))
)
# Stands for a review that never comes, behind all that do.
_NEVER = date.max
_PLACE = tuple_(func.coalesce(pool_members.c.review_on, literal(_NEVER, Date)), pool_members.c.membership_id)


async def pool(call: Call, pool_id: UUID) -> Any:
    """The row, closed or not. Raises PoolNotFound."""
    row = await call.db.row(_POOL, pool_id=pool_id)
    if row is None:
        raise PoolNotFound(pool_id=pool_id)
    return row


async def lock(call: Call, pool_id: UUID) -> Any:
    """The row of an open pool, under its lock. Raises PoolNotFound."""
    row = await call.db.row(_LOCK, pool_id=pool_id)
    if row is None:
        raise PoolNotFound(pool_id=pool_id)
    return row


async def join(
    call: Call, kept: Mapping[str, Any], employee_id: UUID, *, by_hand: bool = False, reason: str = ""
) -> UUID | None:
    """Puts a person in, by rule or by hand, and says so. None when they are in already."""
    membership_id = uuid7()
    words = None
    if reason:
        key = await sealing.writing_key(call, employee_id)
        words = sealing.sealed(key, "pool_members", "reason", membership_id, reason)
    joined = await call.db.run(
        _JOIN,
        membership_id=membership_id,
        pool_id=kept["pool_id"],
        employee_id=employee_id,
        since=call.now,
        by_rule=not by_hand,
        reason=words,
        review_on=rules.next_review(call.house.today(), kept["review_months"]),
        added_by=call.actor if by_hand else None,
    )
    if not joined:
        return None
    tell(call, kept["pool_id"], employee_id, member=True)
    return membership_id


async def end(
    call: Call, member: Mapping[str, Any], *, by: UUID | None = None, reason: str = "", kept_out: bool = False
) -> None:
    """Ends a membership and says so."""
    words = None
    if reason:
        key = await sealing.writing_key(call, member["employee_id"])
        words = sealing.sealed(key, "pool_members", "end_reason", member["membership_id"], reason)
    ended = await call.db.run(_END, id=member["membership_id"], at=call.now, by=by, reason=words, kept_out=kept_out)
    if ended:
        tell(call, member["pool_id"], member["employee_id"], member=False)


def tell(call: Call, pool_id: UUID, employee_id: UUID, *, member: bool) -> None:
    call.record(events_pb2.PoolMembershipChanged(employee_id=str(employee_id), pool_id=str(pool_id), member=member))


async def member(call: Call, membership_id: UUID) -> pools_pb2.Member:
    (row,) = await call.db.rows(_MEMBERSHIP, membership_id=membership_id)
    return message(call, row)


async def shown(call: Call, request: pools_pb2.GetPoolRequest) -> pools_pb2.Pool:
    """The pool with a page of its members within the caller's scope, those to be looked at soonest first."""
    kept = await pool(call, UUID(request.pool_id))
    reach = call.reach("talent.pool.read")
    if not reach.shape:
        return pool_message(kept, 0, 0)
    whose = {"pool_id": kept["pool_id"], **reach.values}
    counted: Any = await call.db.row(_counts(reach.shape), today=call.house.today(), **whose)
    size, (day, membership_id) = pages.size_of(request), _after(pages.key_in(request, 2))
    rows = await call.db.rows(_members(reach.shape), after_on=day, after_id=membership_id, size=size + 1, **whose)
    found = pool_message(kept, counted["size"], counted["due"])
    found.members.extend(message(call, row) for row in rows[:size])
    if len(rows) > size:
        last = rows[size - 1]
        day = last["review_on"] or _NEVER
        found.next_page_token = pages.token_after(request, day.isoformat(), str(last["membership_id"]))
    return found


async def first_page(call: Call, pool_id: UUID) -> pools_pb2.Pool:
    """What a command that changed the pool answers."""
    return await shown(call, pools_pb2.GetPoolRequest(pool_id=str(pool_id)))


def _after(key: tuple[str, ...] | None) -> tuple[date, UUID]:
    """The place in the order after which a page begins. Raises PageTokenInvalid."""
    if key is None:
        return date.min, UUID(int=0)
    try:
        return date.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise PageTokenInvalid from None


def pool_message(kept: Mapping[str, Any], size: int, due: int) -> pools_pb2.Pool:
    return pools_pb2.Pool(
        pool_id=str(kept["pool_id"]),
        name=kept["name"],
        name_en=kept["name_en"],
        kind=kept["kind"],
        rule=rules.shown(kept["rule"]),
        post_id=str(kept["post_id"]) if kept["post_id"] else "",
        review_months=kept["review_months"],
        size=size,
        due=due,
        closed=kept["closed_at"] is not None,
        version=kept["version"],
    )


def message(call: Call, row: Mapping[str, Any]) -> pools_pb2.Member:
    """From a row of `SHOWN`."""
    key: SubjectKey | None = None
    if row["wrapped"] is not None:
        key = call.house.vault.unwrap(row["employee_id"], row["ring_key"], row["wrapped"])

    def words(column: str) -> str:
        return sealing.opened(key, "pool_members", column, row["membership_id"], row[column])

    ended = row["until"] is not None
    return pools_pb2.Member(
        pool_id=str(row["pool_id"]),
        employee_id=str(row["employee_id"]),
        since=timestamp(row["since"]),
        until=timestamp(row["until"]),
        by_rule=row["by_rule"],
        reason=say(call.language, "talent", "pools.by_rule") if row["by_rule"] else words("reason"),
        end_reason=words("end_reason") or (say(call.language, "talent", "pools.ended") if ended else ""),
        review_on="" if ended else text_of(row["review_on"]),
        added_by=str(row["added_by"]) if row["added_by"] else "",
        removed_by=str(row["removed_by"]) if row["removed_by"] else "",
        review_note=words("review_note"),
        last_day="" if ended else text_of(row["last_day"]),
    )


@cache
def _members(shape: str) -> Query:
    after = tuple_(bindparam("after_on", type_=Date), bindparam("after_id", type_=Uuid))
    return prepared(
        select(*SHOWN)
        .select_from(JOINED)
        .where(*_PRESENT, directory.inside(shape), after < _PLACE)
        .order_by(_PLACE)
        .limit(bindparam("size"))
    )


@cache
def _counts(shape: str) -> Query:
    due = pool_members.c.review_on <= bindparam("today", type_=Date)
    return prepared(
        select(func.count().label("size"), func.count().filter(due).label("due"))
        .select_from(pool_members.join(directory_people, directory_people.c.employee_id == pool_members.c.employee_id))
        .where(*_PRESENT, directory.inside(shape))
    )
