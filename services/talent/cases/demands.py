"""What a post asks for, as its decisions need it: the version of its job profile, indicators, skills."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import Call
from libs.kit.database import prepared
from mainstay.talent.v1 import jobs_pb2
from services.talent.errors import JobProfileNotFound
from services.talent.job_versions import demands_in_force
from services.talent.tables import job_profiles, skills

_VERSION = prepared(
    select(job_profiles).where(
        job_profiles.c.post_id == bindparam("post_id"), job_profiles.c.number == bindparam("number")
    )
)
_NAMES = prepared(
    select(skills.c.skill_id, skills.c.name, skills.c.name_en).where(
        skills.c.skill_id == any_(bindparam("skill_ids", type_=ARRAY(Uuid)))
    )
)


async def present(call: Call, post_id: UUID) -> Any:
    """The row of the version in force today; None without."""
    return await demands_in_force(call.db, post_id, call.house.today())


async def in_force(call: Call, post_id: UUID) -> Any:
    """The same. Raises JobProfileNotFound."""
    row = await present(call, post_id)
    if row is None:
        raise JobProfileNotFound(post_id=post_id)
    return row


async def version(call: Call, post_id: UUID, number: int) -> Any:
    """The row of an approved version, in force or not; None without."""
    return await call.db.row(_VERSION, post_id=post_id, number=number)


async def names_of(call: Call, skill_ids: Collection[UUID]) -> Mapping[UUID, Any]:
    """Rows with `name` and `name_en`."""
    return {row["skill_id"]: row for row in await call.db.rows(_NAMES, skill_ids=list(skill_ids))}


def indicators_in(job: Any) -> list[jobs_pb2.Requirement]:
    """What is measured in the post, in the order of its job profile."""
    return [_requirement(one) for one in job["requirements"] if one.get("indicator")]


def _requirement(stored: Mapping[str, Any]) -> jobs_pb2.Requirement:
    indicator = stored["indicator"]
    named = {name: indicator.get(name) or "" for name in ("code", "name", "name_en", "unit")}
    return jobs_pb2.Requirement(
        requirement_id=stored.get("requirement_id") or "",
        skill_id=stored.get("skill_id") or "",
        indicator=jobs_pb2.Indicator(
            direction=indicator["direction"],
            target=str(indicator["target"]),
            tolerance=str(indicator.get("tolerance") or "0"),
            **named,
        ),
        must=bool(stored.get("must")),
        weight=stored["weight"],
        reason=stored.get("reason") or "",
        name=named["name"],
        name_en=named["name_en"],
    )
