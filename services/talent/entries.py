"""Entries of a profile: recorded by oneself or by who keeps records, rated by managers, confirmed by HR, ended.

The source follows from who speaks and is nobody's to choose.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select, update

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.ids import uuid7
from mainstay.talent.v1 import profiles_pb2
from services.talent import entry_rules, fields, profile_records, profile_views, sealing
from services.talent.entry_rules import MOST_LEARNING, Statement
from services.talent.errors import EntryEnded, EntryOfOthers, SkillNotFound
from services.talent.profile_records import whose
from services.talent.profile_words import observed, title_of, valid_to
from services.talent.tables import entries, skills

# A group only orders others: nobody has it at a level.
_SKILL = prepared(
    select(skills.c.skill_id).where(skills.c.skill_id == bindparam("skill_id"), skills.c.is_group.is_(False))
)
_VERIFY = prepared(
    update(entries)
    .where(entries.c.entry_id == bindparam("id"))
    .values(verified_by=bindparam("by"), verified_at=bindparam("at"))
)
_OF_RECORDS = (profiles_pb2.ENTRY_SOURCE_RECORDS, profiles_pb2.ENTRY_SOURCE_IMPORT)


async def record_entry(call: Call, request: profiles_pb2.RecordEntryRequest) -> profiles_pb2.Profile:
    employee_id = whose(call, request.employee_id)
    own = employee_id == call.actor
    is_skill = request.kind == profiles_pb2.ENTRY_KIND_SKILL
    day = observed(call, request.observed_on)
    new = Statement(
        entry_id=uuid7(),
        employee_id=employee_id,
        kind=request.kind,
        source=profiles_pb2.ENTRY_SOURCE_SELF if own else profiles_pb2.ENTRY_SOURCE_RECORDS,
        observed_on=day,
        skill_id=await _skill(call, request.skill_id) if is_skill else None,
        level=request.level if is_skill else 0,
        title="" if is_skill else title_of(call, request.title),
        title_en="" if is_skill else " ".join(request.title_en.split()),
        valid_to=valid_to(call, request.valid_to, day),
        evidence=request.evidence.strip(),
    )
    return await _keep(call, new)


async def rate_skill(call: Call, request: profiles_pb2.RateSkillRequest) -> profiles_pb2.Profile:
    new = Statement(
        entry_id=uuid7(),
        employee_id=UUID(request.employee_id),
        kind=profiles_pb2.ENTRY_KIND_SKILL,
        source=profiles_pb2.ENTRY_SOURCE_MANAGER,
        observed_on=observed(call, request.observed_on),
        skill_id=await _skill(call, request.skill_id),
        level=request.level,
        evidence=request.evidence.strip(),
    )
    return await _keep(call, new)


async def rate_potential(call: Call, request: profiles_pb2.RatePotentialRequest) -> profiles_pb2.Profile:
    if request.kind == profiles_pb2.POTENTIAL_KIND_LEARNING and request.level > MOST_LEARNING:
        fields.refuse(call, "level", "profiles.learning_scale")
    new = Statement(
        entry_id=uuid7(),
        employee_id=UUID(request.employee_id),
        kind=profiles_pb2.ENTRY_KIND_POTENTIAL,
        source=profiles_pb2.ENTRY_SOURCE_MANAGER,
        observed_on=observed(call, request.observed_on),
        potential=request.kind,
        level=request.level,
        evidence=request.evidence.strip(),
    )
    return await _keep(call, new)


async def end_entry(call: Call, request: profiles_pb2.EndEntryRequest) -> profiles_pb2.Profile:
    """Oneself: what oneself has said. Who keeps records: what came by records or files, and what they recorded."""
    employee_id = whose(call, request.employee_id)
    _, key = await profile_records.lock(call, employee_id)
    row = await profile_records.entry(call, employee_id, UUID(request.entry_id))
    if row["ended_at"] is not None:
        raise EntryEnded(entry_id=row["entry_id"])
    if employee_id == call.actor:
        mine = row["source"] == profiles_pb2.ENTRY_SOURCE_SELF
    else:
        mine = row["source"] in _OF_RECORDS or (call.actor is not None and row["recorded_by"] == call.actor)
    if not mine:
        raise EntryOfOthers(entry_id=row["entry_id"])
    reason = sealing.sealed(key, "entries", "end_reason", row["entry_id"], request.reason.strip())
    await profile_records.end(call, [row["entry_id"]], reason)
    await profile_records.changed(call, employee_id, [row["skill_id"]])
    return await profile_views.shown(call, employee_id)


async def verify_entry(call: Call, request: profiles_pb2.VerifyEntryRequest) -> profiles_pb2.Profile:
    """Who confirmed first stays named."""
    employee_id = UUID(request.employee_id)
    await profile_records.lock(call, employee_id)
    row = await profile_records.entry(call, employee_id, UUID(request.entry_id))
    if row["ended_at"] is not None:
        raise EntryEnded(entry_id=row["entry_id"])
    if row["verified_at"] is None:
        await call.db.run(_VERIFY, id=row["entry_id"], by=call.actor, at=call.now)
        await profile_records.changed(call, employee_id, [row["skill_id"]])
    return await profile_views.shown(call, employee_id)


async def _keep(call: Call, new: Statement) -> profiles_pb2.Profile:
    """Takes a statement in. Saying again what stands there word for word changes nothing."""
    _, key = await profile_records.lock(call, new.employee_id)
    stands = await profile_records.standing(call, new.employee_id, key)
    if not any(one.says_the_same(new) for one in stands):
        await profile_records.apply(call, key, entry_rules.follow(stands, new))
        await profile_records.changed(call, new.employee_id, [new.skill_id])
    return await profile_views.shown(call, new.employee_id)


async def _skill(call: Call, text: str) -> UUID:
    """A skill of the catalogue. Raises FieldsInvalid when none is named, SkillNotFound."""
    if not text:
        fields.refuse(call, "skill_id", "profiles.skill_needed")
    skill_id = UUID(text)
    if await call.db.value(_SKILL, skill_id=skill_id) is None:
        raise SkillNotFound(skill_id=skill_id)
    return skill_id
