"""Opens, changes and closes pools."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.errors import VersionConflict
from libs.kit.ids import id_in, uuid7
from mainstay.talent.v1 import pools_pb2
from services.talent import fields
from services.talent.catalogue.folding import fold, seen
from services.talent.copies import open_post
from services.talent.errors import PoolNameTaken, SkillNotFound
from services.talent.pools import following, ledger, rules
from services.talent.tables import pool_members, pools, skills

_RULE = bindparam("rule", type_=JSONB(none_as_null=True))
_FIELDS = ("name", "name_en", "review_months")
_OPEN = prepared(
    insert(pools)
    .values({name: bindparam(name) for name in ("pool_id", *_FIELDS, "kind", "post_id", "opened_at")} | {"rule": _RULE})
    .on_conflict_do_nothing(index_elements=["name"], index_where=pools.c.closed_at.is_(None))
)
_CHANGE = prepared(
    update(pools)
    .where(pools.c.pool_id == bindparam("id"))
    .values({name: bindparam(name) for name in _FIELDS} | {"rule": _RULE, "version": pools.c.version + 1})
)
_CLOSE = prepared(
    update(pools)
    .where(pools.c.pool_id == bindparam("id"))
    .values(closed_at=bindparam("at"), version=pools.c.version + 1)
)
_PRESENT = prepared(
    select(pool_members).where(pool_members.c.pool_id == bindparam("pool_id"), pool_members.c.until.is_(None))
)
_SKILLS = prepared(select(skills.c.skill_id).where(skills.c.skill_id == any_(bindparam("ids", type_=ARRAY(Uuid)))))


async def open_pool(call: Call, request: pools_pb2.OpenPoolRequest) -> pools_pb2.Pool:
    pool_id = uuid7()
    name = _name(call, request.name)
    post_id = id_in(request.post_id)
    if post_id is not None:
        await open_post(call.db, post_id, call.house.today())
    opened = await call.db.run(
        _OPEN,
        pool_id=pool_id,
        name=name,
        name_en=" ".join(request.name_en.split()),
        kind=request.kind,
        rule=await _rule(call, request),
        post_id=post_id,
        review_months=request.review_months,
        opened_at=call.now,
    )
    if not opened:
        raise PoolNameTaken(name=name)
    await following.apply(call, await ledger.lock(call, pool_id))
    return await ledger.first_page(call, pool_id)


async def change_pool(call: Call, request: pools_pb2.ChangePoolRequest) -> pools_pb2.Pool:
    kept = await _open_for_change(call, request.pool_id, request.version)
    rule, name = await _rule(call, request), _name(call, request.name)
    try:
        async with call.db.savepoint():
            await call.db.run(
                _CHANGE,
                id=kept["pool_id"],
                name=name,
                name_en=" ".join(request.name_en.split()),
                review_months=request.review_months,
                rule=rule,
            )
    except asyncpg.UniqueViolationError:
        raise PoolNameTaken(name=name) from None
    await following.apply(call, await ledger.pool(call, kept["pool_id"]))
    return await ledger.first_page(call, kept["pool_id"])


async def close_pool(call: Call, request: pools_pb2.ClosePoolRequest) -> pools_pb2.Pool:
    kept = await _open_for_change(call, request.pool_id, request.version)
    for row in await call.db.rows(_PRESENT, pool_id=kept["pool_id"]):
        await ledger.end(call, row, by=call.actor)
    await call.db.run(_CLOSE, id=kept["pool_id"], at=call.now)
    return await ledger.first_page(call, kept["pool_id"])


async def _open_for_change(call: Call, pool_id: str, version: int) -> Any:
    kept = await ledger.lock(call, UUID(pool_id))
    if kept["version"] != version:
        raise VersionConflict(current_version=kept["version"])
    return kept


def _name(call: Call, text: str) -> str:
    """On one line, without spaces around it or invisible marks: names that look alike are one.

    Raises FieldsInvalid when nothing shows.
    """
    name = " ".join(seen(text).split())
    if not fold(name).units:
        fields.refuse(call, "name", "pools.name_needed")
    return name


async def _rule(call: Call, request: pools_pb2.OpenPoolRequest | pools_pb2.ChangePoolRequest) -> Any:
    """None for a pool picked by hand, which one whose rule asks nothing is too. Raises SkillNotFound."""
    if not request.HasField("rule"):
        return None
    kept = rules.stored(request.rule)
    rule = rules.rule_in(kept)
    known = {row["skill_id"] for row in await call.db.rows(_SKILLS, ids=list(rule.skills))}
    for skill_id in rule.skills:
        if skill_id not in known:
            raise SkillNotFound(skill_id=skill_id)
    return None if rule.empty else kept
