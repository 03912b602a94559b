"""Which version of a job profile is in force on a day, one per post, since each ends the day before the next; and which
posts have a free place.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Uuid, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import array

from libs.kit.database import Session, prepared
from libs.kit.tables import directory_people, directory_units
from services.talent.tables import job_profiles, posts

DRAFT = 0
DAY = bindparam("day", type_=Date)
# How many work in a row of `posts`.
FILLED = (
    select(func.count())
    .where(directory_people.c.post_id == posts.c.post_id, directory_people.c.employed)
    .scalar_subquery()
)
# A row of `posts` is in the unit of the parameter `unit_id` or below it.
BELOW_UNIT = posts.c.unit_id.in_(
    select(directory_units.c.unit_id).where(
        directory_units.c.path.contains(array([bindparam("unit_id", type_=Uuid)], type_=Uuid))
    )
)


def in_force(day: ColumnElement[date] = DAY) -> ColumnElement[bool]:
    """The condition on `job_profiles`: the version is in force on a day, a parameter's or a column's."""
    return (
        (job_profiles.c.number > DRAFT)
        & (job_profiles.c.starts_on <= day)
        & or_(job_profiles.c.ends_on.is_(None), job_profiles.c.ends_on >= day)
    )


_OF_POST = prepared(select(job_profiles).where(job_profiles.c.post_id == bindparam("post_id"), in_force()))
_VERSION = prepared(
    select(job_profiles).where(
        job_profiles.c.post_id == bindparam("post_id"), job_profiles.c.number == bindparam("number")
    )
)
_OPENINGS = (
    select(job_profiles, posts.c.title, posts.c.title_en, posts.c.family.label("post_family"))
    .join(posts, posts.c.post_id == job_profiles.c.post_id)
    .where(in_force(), posts.c.opened_on <= DAY, or_(posts.c.closed_on.is_(None), posts.c.closed_on >= DAY))
)
# By (only with free places, only of a unit).
_OPEN_POSTS = {
    (False, False): prepared(_OPENINGS),
    (True, False): prepared(_OPENINGS.where(posts.c.headcount > FILLED)),
    (False, True): prepared(_OPENINGS.where(BELOW_UNIT)),
    (True, True): prepared(_OPENINGS.where(posts.c.headcount > FILLED, BELOW_UNIT)),
}


async def demands_in_force(db: Session, post_id: UUID, day: date) -> Any | None:
    """The row of `job_profiles`; None when no version is in force."""
    return await db.row(_OF_POST, post_id=post_id, day=day)


async def version_of(db: Session, post_id: UUID, number: int) -> Any | None:
    """The row of `job_profiles` of that number, in force or not; `DRAFT` is the draft's. None when there is none."""
    return await db.row(_VERSION, post_id=post_id, number=number)


async def openings(db: Session, day: date, *, only_free: bool, unit_id: UUID | None = None) -> list[Any]:
    """The versions in force of all posts open on the day, with their post's title, title_en and post_family; of the
    unit and all below it when one is given.
    """
    values: dict[str, Any] = {"day": day} | ({"unit_id": unit_id} if unit_id else {})
    return await db.rows(_OPEN_POSTS[only_free, unit_id is not None], **values)
