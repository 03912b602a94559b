"""A job profile as it is shown: its skills named, its other versions, and what the caller may do with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import Call
from libs.kit.database import Session, prepared
from libs.kit.dates import text_of, timestamp
from mainstay.talent.v1 import jobs_pb2
from services.talent.job_rights import APPROVE, EDIT, units_of
from services.talent.job_versions import DRAFT
from services.talent.tables import job_profiles, skills

_NEWEST = 2**32
Names = Mapping[UUID, tuple[str, str]]
_NAMES = prepared(
    select(skills.c.skill_id, skills.c.name, skills.c.name_en).where(
        skills.c.skill_id == any_(bindparam("ids", type_=ARRAY(Uuid))), skills.c.is_group.is_(False)
    )
)
_VERSIONS = prepared(
    select(job_profiles.c.number, job_profiles.c.starts_on, job_profiles.c.ends_on)
    .where(job_profiles.c.post_id == bindparam("post_id"))
    .order_by(job_profiles.c.number.desc())
)


async def shown(call: Call, post: Any, row: Any) -> jobs_pb2.JobProfile:
    """A row of `job_profiles`. Of the other versions a draft is told only to who may edit or approve it."""
    mine = [bool(await units_of(call, [post["unit_id"]], right)) for right in (EDIT, APPROVE)]
    others = [
        _version(one)
        for one in await call.db.rows(_VERSIONS, post_id=row["post_id"])
        if one["number"] != row["number"] and (one["number"] != DRAFT or any(mine))
    ]
    # A draft, whose number is 0, is the newest.
    others.sort(key=lambda one: one.number or _NEWEST, reverse=True)
    return jobs_pb2.JobProfile(
        post_id=str(post["post_id"]),
        post_code=post["code"],
        title=post["title"],
        title_en=post["title_en"],
        unit_id=str(post["unit_id"]),
        number=row["number"],
        state=_state(row["number"]),
        starts_on=text_of(row["starts_on"]),
        ends_on=text_of(row["ends_on"]),
        demands=demands_message(row, await names_of(call.db, skills_in(row["requirements"]))),
        edited_by=_id(row["edited_by"]),
        approved_by=_id(row["approved_by"]),
        approved_at=timestamp(row["approved_at"]),
        version=row["version"],
        may_edit=mine[0],
        may_approve=mine[1],
        versions=others,
    )


def _version(row: Any) -> jobs_pb2.JobProfileVersion:
    return jobs_pb2.JobProfileVersion(
        number=row["number"],
        state=_state(row["number"]),
        starts_on=text_of(row["starts_on"]),
        ends_on=text_of(row["ends_on"]),
    )


def demands_message(row: Any, names: Names) -> jobs_pb2.JobDemands:
    return jobs_pb2.JobDemands(
        purpose=row["purpose"],
        requirements=[requirement_message(one, names) for one in row["requirements"]],
        conditions=[
            jobs_pb2.Condition(condition_id=one["condition_id"], certificate=one["certificate"], reason=one["reason"])
            for one in row["conditions"]
        ],
        shift=row["shift"],
        place=row["place"],
        family=row["family"],
        training_months=row["training_months"],
    )


def requirement_message(one: Mapping[str, Any], names: Names) -> jobs_pb2.Requirement:
    """A requirement as stored in `job_profiles`, named after its indicator or its skill."""
    said = one["indicator"]
    indicator = jobs_pb2.Indicator(**said) if said else None
    named = (said["name"], said["name_en"]) if said else names.get(UUID(one["skill_id"]), ("", ""))
    return jobs_pb2.Requirement(
        requirement_id=one["requirement_id"],
        skill_id=one["skill_id"] or "",
        level=one["level"],
        indicator=indicator,
        must=one["must"],
        weight=one["weight"],
        reason=one["reason"],
        name=named[0] or named[1],
        name_en=named[1] or named[0],
    )


def skills_in(requirements: Sequence[Mapping[str, Any]]) -> set[UUID]:
    return {UUID(one["skill_id"]) for one in requirements if one["skill_id"]}


async def names_of(db: Session, skill_ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Chinese and English names of those that are skills of the catalogue, and no groups."""
    ids = list(skill_ids)
    rows = await db.rows(_NAMES, ids=ids) if ids else []
    return {row["skill_id"]: (row["name"], row["name_en"]) for row in rows}


def _state(number: int) -> jobs_pb2.JobProfileState:
    return jobs_pb2.JOB_PROFILE_STATE_APPROVED if number != DRAFT else jobs_pb2.JOB_PROFILE_STATE_DRAFT


def _id(one: UUID | None) -> str:
    return str(one) if one else ""
