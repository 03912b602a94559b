"""Job profiles: drafted, changed, approved and given up. A post has one draft at most, its version number 0.

An approved version is never changed again; its follower ends it. Drafts are seen by those alone who may edit or
approve them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import optional_date
from libs.kit.errors import FieldsInvalid, VersionConflict
from libs.kit.ids import id_in, uuid7
from mainstay.talent.v1 import events_pb2, jobs_pb2
from services.talent import fields, job_rules, job_templates, job_views, skill_store
from services.talent.copies import post_of
from services.talent.errors import (
    DraftExists,
    JobProfileNotFound,
    NoDraft,
    OverlapsVersion,
    RequirementTwice,
    SkillNotFound,
    TemplateNotFound,
    WeightsNotWhole,
)
from services.talent.job_rights import APPROVE, EDIT, over_post, units_of
from services.talent.job_rules import Condition, Indicator, Requirement, Wrong
from services.talent.job_versions import DRAFT, demands_in_force, version_of
from services.talent.tables import job_profiles

_LOCKED_DRAFT = prepared(
    select(job_profiles)
    .where(job_profiles.c.post_id == bindparam("post_id"), job_profiles.c.number == DRAFT)
    .with_for_update()
)
_NEWEST = prepared(
    select(job_profiles)
    .where(job_profiles.c.post_id == bindparam("post_id"), job_profiles.c.number > DRAFT)
    .order_by(job_profiles.c.number.desc())
    .limit(1)
)
_SAID = ("purpose", "requirements", "conditions", "shift", "place", "family", "training_months")
_EDITED = (*_SAID, "edited_by", "edited_at")
_ADD = prepared(
    insert(job_profiles)
    .values(
        {"post_id": bindparam("post_id"), "number": DRAFT}
        | {name: bindparam(name, type_=job_profiles.c[name].type) for name in _EDITED}
    )
    .on_conflict_do_nothing(index_elements=["post_id", "number"])
)
_OF_DRAFT = (job_profiles.c.post_id == bindparam("id"), job_profiles.c.number == DRAFT)
_CHANGE = prepared(
    update(job_profiles)
    .where(*_OF_DRAFT)
    .values(
        {name: bindparam(name, type_=job_profiles.c[name].type) for name in _EDITED}
        | {"version": job_profiles.c.version + 1}
    )
)
_APPROVE = prepared(
    update(job_profiles)
    .where(*_OF_DRAFT)
    .values(
        number=bindparam("next"),
        starts_on=bindparam("first_day"),
        approved_by=bindparam("by", type_=job_profiles.c.approved_by.type),
        approved_at=bindparam("at", type_=job_profiles.c.approved_at.type),
    )
)
_END = prepared(
    update(job_profiles)
    .where(job_profiles.c.post_id == bindparam("id"), job_profiles.c.number == bindparam("of"))
    .values(ends_on=bindparam("last_day"))
)
_DISCARD = prepared(delete(job_profiles).where(*_OF_DRAFT))
_MOST_VERSIONS = 2**31 - 1


async def get_profile(call: Call, request: jobs_pb2.GetJobProfileRequest) -> jobs_pb2.JobProfile:
    """Without a number, draft and version in force, the one approved for a later day is shown."""
    post = await post_of(call.db, UUID(request.post_id))
    row = None
    if request.number:
        if request.number <= _MOST_VERSIONS:
            row = await version_of(call.db, post["post_id"], request.number)
    elif await units_of(call, [post["unit_id"]], EDIT, APPROVE):
        row = await version_of(call.db, post["post_id"], DRAFT)
    if row is None and not request.number:
        row = await demands_in_force(call.db, post["post_id"], call.house.today()) or await _upcoming(call, post)
    if row is None:
        raise JobProfileNotFound(post_id=post["post_id"])
    return await job_views.shown(call, post, row)


async def list_templates(call: Call, _request: jobs_pb2.ListJobTemplatesRequest) -> jobs_pb2.ListJobTemplatesResponse:
    return jobs_pb2.ListJobTemplatesResponse(templates=job_templates.messages(call.language))


async def draft(call: Call, request: jobs_pb2.DraftJobProfileRequest) -> jobs_pb2.JobProfile:
    post = await _responsible(call, request.post_id)
    if request.template:
        template = job_templates.templates().get(request.template)
        if template is None:
            raise TemplateNotFound(template=request.template)
        said = template.stored(call.language)
    else:
        said = _again(await demands_in_force(call.db, post["post_id"], call.house.today()), post)
    edited = {"edited_by": call.actor, "edited_at": call.now}
    if not await call.db.run(_ADD, post_id=post["post_id"], **said, **edited):
        raise DraftExists(post_id=post["post_id"])
    return await _answer(call, post, DRAFT)


async def change(call: Call, request: jobs_pb2.ChangeJobProfileRequest) -> jobs_pb2.JobProfile:
    post = await _responsible(call, request.post_id)
    before = await _draft_of(call, post, request.version)
    demands = request.demands
    requirements = [_requirement(one) for one in demands.requirements]
    conditions = [
        Condition(id_in(one.condition_id), " ".join(one.certificate.split()), one.reason.strip())
        for one in demands.conditions
    ]
    await _check(call, requirements, conditions)
    values = {
        "purpose": demands.purpose.strip(),
        "requirements": _stored(requirements, before["requirements"], "requirement_id"),
        "conditions": _stored(conditions, before["conditions"], "condition_id"),
        "shift": demands.shift,
        "place": " ".join(demands.place.split()),
        "family": " ".join(demands.family.split()),
        "training_months": demands.training_months,
    }
    await call.db.run(_CHANGE, id=post["post_id"], edited_by=call.actor, edited_at=call.now, **values)
    return await _answer(call, post, DRAFT)


async def approve(call: Call, request: jobs_pb2.ApproveJobProfileRequest) -> jobs_pb2.JobProfile:
    """Its starting day may lie in the past, but after that of the version before it."""
    post = await _responsible(call, request.post_id)
    starts_on = optional_date(request.starts_on, "starts_on", call.language) or call.house.today()
    drafted = await _draft_of(call, post, request.version)
    if not job_rules.weights_whole(drafted["requirements"]):
        raise WeightsNotWhole(sum=job_rules.weight_of(drafted["requirements"]))
    _refuse(call, job_rules.unexplained(drafted["requirements"]))
    before = await call.db.row(_NEWEST, post_id=post["post_id"])
    number = 1
    if before is not None:
        if not job_rules.may_follow(starts_on, before["starts_on"]):
            raise OverlapsVersion(starts_on=before["starts_on"])
        number = before["number"] + 1
        last = job_rules.last_day_before(starts_on)
        await call.db.run(_END, id=post["post_id"], of=before["number"], last_day=last)
    await call.db.run(_APPROVE, id=post["post_id"], next=number, first_day=starts_on, by=call.actor, at=call.now)
    call.record(
        events_pb2.JobProfileApproved(
            post_id=request.post_id,
            number=number,
            starts_on=starts_on.isoformat(),
            approved_by=str(call.actor or ""),
        )
    )
    return await _answer(call, post, number)


async def discard(call: Call, request: jobs_pb2.DiscardDraftRequest) -> jobs_pb2.DiscardDraftResponse:
    post = await _responsible(call, request.post_id)
    await _draft_of(call, post, request.version)
    await call.db.run(_DISCARD, id=post["post_id"])
    return jobs_pb2.DiscardDraftResponse()


async def _responsible(call: Call, post_id: str) -> Any:
    """The post, the caller's right over its job profile checked. Raises PostUnknown."""
    post = await post_of(call.db, UUID(post_id))
    await over_post(call, post["unit_id"])
    return post


async def _draft_of(call: Call, post: Any, version: int) -> Any:
    """The draft under its lock, as the caller has read it. Raises NoDraft, VersionConflict."""
    row = await call.db.row(_LOCKED_DRAFT, post_id=post["post_id"])
    if row is None:
        raise NoDraft(post_id=post["post_id"])
    if row["version"] != version:
        raise VersionConflict(current_version=row["version"])
    return row


async def _upcoming(call: Call, post: Any) -> Any:
    newest = await call.db.row(_NEWEST, post_id=post["post_id"])
    return newest if newest is not None and newest["starts_on"] > call.house.today() else None


async def _answer(call: Call, post: Any, number: int) -> jobs_pb2.JobProfile:
    return await job_views.shown(call, post, await version_of(call.db, post["post_id"], number))


async def _check(call: Call, requirements: Sequence[Requirement], conditions: Sequence[Condition]) -> None:
    """Raises FieldsInvalid, SkillNotFound, RequirementTwice."""
    _refuse(call, job_rules.wrong_in(requirements, conditions))
    asked = {one.skill_id for one in requirements if one.skill_id is not None}
    names = await skill_store.names_of(call.db, asked)
    for skill_id in sorted(asked - names.keys()):
        raise SkillNotFound(skill_id=skill_id)
    twice = job_rules.twice_in(requirements, conditions)
    if twice is not None:
        raise RequirementTwice(name=" / ".join(filter(None, names[twice])) if isinstance(twice, UUID) else twice)


def _refuse(call: Call, wrong: Iterable[Wrong]) -> None:
    problems = tuple(fields.problem(call, f"demands.{one.field}", f"jobs.{one.rule}") for one in wrong)
    if problems:
        raise FieldsInvalid(problems=problems)


def _requirement(one: jobs_pb2.Requirement) -> Requirement:
    said = one.indicator
    indicator = (
        Indicator(
            code=said.code,
            name=" ".join(said.name.split()),
            name_en=" ".join(said.name_en.split()),
            direction=said.direction,
            target=Decimal(said.target),
            tolerance=Decimal(said.tolerance),
            unit=said.unit.strip(),
        )
        if one.HasField("indicator")
        else None
    )
    return Requirement(
        requirement_id=id_in(one.requirement_id),
        skill_id=id_in(one.skill_id),
        level=one.level,
        indicator=indicator,
        must=one.must,
        weight=one.weight,
        reason=one.reason.strip(),
    )


def _stored(many: Sequence[Requirement | Condition], before: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
    """Ids the draft has are kept; every other one is new."""
    kept = job_rules.ids_kept([getattr(one, key) for one in many], {UUID(one[key]) for one in before})
    return [one.stored(known or uuid7()) for one, known in zip(many, kept, strict=True)]


def _again(row: Any | None, post: Any) -> dict[str, Any]:
    """What the version in force says; without one nothing but the post's family."""
    if row is not None:
        return {name: row[name] for name in _SAID}
    nothing = {"purpose": "", "requirements": [], "conditions": [], "shift": 0, "place": "", "training_months": 0}
    return {**nothing, "family": post["family"]}
