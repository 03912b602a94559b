"""Members by rule follow what changes: a profile, a place, a rule, a day.

A change of a profile is followed by talent's own event and not within the change, which then neither waits for pools
nor fails with them. Who handles a change of a person holds the pools' rules still (FOR SHARE); who changes a rule holds
the pool (FOR UPDATE) and looks at everybody after that: whichever comes second sees what the first has done. Once a
day all rules are applied anew, for skills whose validity ended and units that moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, any_, bindparam, delete, exists, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import deadlines, directory
from libs.kit.app import Runtime
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.deadlines import Deadline
from libs.kit.tables import deadlines as planned
from libs.kit.tables import directory_people, directory_units
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import events_pb2, profiles_pb2
from services.talent import evidence
from services.talent.pools import ledger, rules
from services.talent.pools.rules import Rule
from services.talent.tables import entries, pool_members, pools

DAILY = "talent.pools_daily"
# People whose evidence is read at a time.
PAGE = 500

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_RULED = prepared(
    select(pools)
    .where(pools.c.closed_at.is_(None), pools.c.rule.is_not(None))
    # Always in this order: two who hold several never wait in a ring.
    .order_by(pools.c.pool_id)
    .with_for_update(read=True)
)
_RULED_IDS = prepared(
    select(pools.c.pool_id).where(pools.c.closed_at.is_(None), pools.c.rule.is_not(None)).order_by(pools.c.pool_id)
)
_OF_PERSON = prepared(
    select(pool_members).where(
        pool_members.c.employee_id == bindparam("employee_id"),
        (pool_members.c.until.is_(None)) | pool_members.c.kept_out,
    )
)
_OF_POOL = prepared(
    select(pool_members).where(
        pool_members.c.pool_id == bindparam("pool_id"),
        (pool_members.c.until.is_(None)) | pool_members.c.kept_out,
    )
)
_PLACE = prepared(
    select(directory_people.c.employed, directory_units.c.path)
    .select_from(directory_people.outerjoin(directory_units, directory_units.c.unit_id == directory_people.c.unit_id))
    .where(directory_people.c.employee_id == bindparam("employee_id"))
)
_PATHS = prepared(
    select(directory_people.c.employee_id, directory_units.c.path)
    .select_from(directory_people.outerjoin(directory_units, directory_units.c.unit_id == directory_people.c.unit_id))
    .where(directory_people.c.employee_id == any_(_IDS))
)
_FORGET = prepared(delete(pool_members).where(pool_members.c.employee_id == bindparam("employee_id")))
_GONE = prepared(
    select(pool_members)
    .join(directory_people, directory_people.c.employee_id == pool_members.c.employee_id)
    .where(pool_members.c.until.is_(None), ~directory_people.c.employed)
)
_SCHEDULED = prepared(
    select(planned.c.deadline_id).where(
        planned.c.kind == DAILY, planned.c.done_at.is_(None), planned.c.failed_at.is_(None)
    )
)


async def follow_profile(call: Call, event: events_pb2.ProfileChanged) -> None:
    await _follow(call, UUID(event.employee_id))


async def follow_person(call: Call, event: employees_events.PersonPlaced) -> None:
    """After the directory has taken the event over. Who left leaves all pools; the erased are forgotten."""
    employee_id = UUID(event.employee_id)
    if event.erased:
        await call.db.run(_FORGET, employee_id=employee_id)
        return
    await _follow(call, employee_id)


async def apply(call: Call, kept: Mapping[str, Any]) -> None:
    """Brings a pool's members by rule in line with its rule. The pool is locked."""
    rule = rules.rule_in(kept["rule"])
    rows = await call.db.rows(_OF_POOL, pool_id=kept["pool_id"])
    present = {row["employee_id"]: row for row in rows if row["until"] is None}
    out = {row["employee_id"] for row in rows if row["kept_out"]}
    belonging = set() if rule.empty else await _belonging(call, rule)
    for employee_id, row in present.items():
        if row["by_rule"] and employee_id not in belonging:
            await ledger.end(call, row)
    for employee_id in sorted(belonging - present.keys() - out):
        await ledger.join(call, kept, employee_id)


async def prepare(runtime: Runtime) -> None:
    """Sees to it that the rules are applied daily."""
    async with runtime.unit() as call:
        # One that is overdue since the service stood still is kept.
        if await call.db.value(_SCHEDULED) is None:
            await _schedule(call)


async def turn_day(call: Call, _deadline: Deadline) -> None:
    for row in await call.db.rows(_RULED_IDS):
        await apply(call, await ledger.lock(call, row["pool_id"]))
    # Somebody may have put them in while they left.
    for row in await call.db.rows(_GONE):
        await ledger.end(call, row)
    await _schedule(call)


async def _schedule(call: Call) -> None:
    tomorrow = datetime.combine(call.house.today() + timedelta(days=1), time(), ZoneInfo(call.house.time_zone))
    await deadlines.schedule(call.db, DAILY, "all", tomorrow)


async def _follow(call: Call, employee_id: UUID) -> None:
    ruled = await call.db.rows(_RULED)
    rows = await call.db.rows(_OF_PERSON, employee_id=employee_id)
    present = {row["pool_id"]: row for row in rows if row["until"] is None}
    place = await call.db.row(_PLACE, employee_id=employee_id)
    if place is None or not place["employed"]:
        for row in present.values():
            await ledger.end(call, row)
        return
    if not ruled:
        return
    out = {row["pool_id"] for row in rows if row["kept_out"]}
    held = await evidence.held_of(call.db, [employee_id], call.house.today())
    facts = rules.facts_of(held.get(employee_id, ()), frozenset(place["path"] or ()))
    for kept in ruled:
        pool_id = kept["pool_id"]
        belongs, membership = rules.belongs(rules.rule_in(kept["rule"]), facts), present.get(pool_id)
        if belongs and membership is None and pool_id not in out:
            await ledger.join(call, kept, employee_id)
        elif not belongs and membership is not None and membership["by_rule"]:
            await ledger.end(call, membership)


async def _belonging(call: Call, rule: Rule) -> set[UUID]:
    found: set[UUID] = set()
    likely = await _likely(call, rule)
    for page in (likely[at : at + PAGE] for at in range(0, len(likely), PAGE)):
        held = await evidence.held_of(call.db, page, call.house.today())
        paths = {row["employee_id"]: row["path"] for row in await call.db.rows(_PATHS, ids=page)}
        for one in page:
            facts = rules.facts_of(held.get(one, ()), frozenset(paths.get(one) or ()))
            if rules.belongs(rule, facts):
                found.add(one)
    return found


async def _likely(call: Call, rule: Rule) -> Sequence[UUID]:
    """Those of whom something is recorded that the rule asks for: a few of many, whom it is then applied to."""
    statement = select(directory_people.c.employee_id).where(directory_people.c.employed)
    values: dict[str, Any] = {}
    for condition in _recorded(rule):
        mine = entries.c.employee_id == directory_people.c.employee_id
        statement = statement.where(exists().where(mine, entries.c.ended_at.is_(None), *condition))
    if rule.unit_id is not None:
        statement = statement.where(directory.below_unit("unit_id"))
        values["unit_id"] = rule.unit_id
    return [row["employee_id"] for row in await call.db.rows(statement, **values)]


def _recorded(rule: Rule) -> Iterable[tuple[Any, ...]]:
    skill = entries.c.kind == profiles_pb2.ENTRY_KIND_SKILL
    for skill_id, level in rule.skills.items():
        yield skill, entries.c.skill_id == skill_id, entries.c.level >= level
    if rule.review_percent:
        yield (entries.c.kind == profiles_pb2.ENTRY_KIND_REVIEW,)
    potential = entries.c.kind == profiles_pb2.ENTRY_KIND_POTENTIAL
    if rule.growth:
        yield potential, entries.c.potential == profiles_pb2.POTENTIAL_KIND_GROWTH, entries.c.level >= rule.growth
    if rule.learns_fast:
        yield potential, entries.c.potential == profiles_pb2.POTENTIAL_KIND_LEARNING
