"""Which version of a job profile is in force on a day: one per post, since each ends the day before the next."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Date, bindparam, or_, select

from libs.kit.database import Session, prepared
from services.talent.tables import job_profiles, posts

DRAFT = 0
DAY = bindparam("day", type_=Date)


def in_force(day: BindParameter[date] = DAY) -> ColumnElement[bool]:
    """The condition on `job_profiles`: the version is in force on the day that the parameter holds."""
    return (
        (job_profiles.c.number > DRAFT)
        & (job_profiles.c.starts_on <= day)
        & or_(job_profiles.c.ends_on.is_(None), job_profiles.c.ends_on >= day)
    )


_OF_POST = prepared(select(job_profiles).where(job_profiles.c.post_id == bindparam("post_id"), in_force()))
_ALL = prepared(
    select(job_profiles, posts.c.title, posts.c.title_en, posts.c.headcount, posts.c.family.label("post_family"))
    .join(posts, posts.c.post_id == job_profiles.c.post_id)
    .where(in_force(), posts.c.opened_on <= DAY, or_(posts.c.closed_on.is_(None), posts.c.closed_on >= DAY))
)


async def demands_in_force(db: Session, post_id: UUID, day: date) -> Any | None:
    """The row of `job_profiles`; None when no version is in force."""
    return await db.row(_OF_POST, post_id=post_id, day=day)


async def jobs_in_force(db: Session, day: date) -> list[Any]:
    """The versions in force of all posts open on the day, with their post's title, title_en, headcount, post_family."""
    return await db.rows(_ALL, day=day)
