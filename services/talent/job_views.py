"""A job profile as it is shown: its skills named, its other versions, and what the caller may do with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of, timestamp
from libs.kit.ids import text_of_id
from mainstay.talent.v1 import jobs_pb2
from services.talent import skill_store
from services.talent.job_demands import demands_message, skills_in
from services.talent.job_rights import APPROVE, EDIT, units_of
from services.talent.job_versions import DRAFT
from services.talent.tables import job_profiles

_NEWEST = 2**32
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
        demands=demands_message(row, await skill_store.names_of(call.db, skills_in(row["requirements"]))),
        edited_by=text_of_id(row["edited_by"]),
        approved_by=text_of_id(row["approved_by"]),
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


def _state(number: int) -> jobs_pb2.JobProfileState:
    return jobs_pb2.JOB_PROFILE_STATE_APPROVED if number != DRAFT else jobs_pb2.JOB_PROFILE_STATE_DRAFT
