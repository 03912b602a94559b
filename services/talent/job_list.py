"""Posts with the state of their job profiles: what is in force, what is being written, how many places are free."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select

from libs.kit import pages
from libs.kit.call import Call
from libs.kit.database import Query, like_literal, prepared
from mainstay.talent.v1 import jobs_pb2
from services.talent.job_rights import APPROVE, EDIT, units_of
from services.talent.job_versions import BELOW_UNIT, DAY, DRAFT, FILLED, in_force
from services.talent.tables import job_profiles, posts

# A post that opens later has no place yet.
_FREE = case((posts.c.opened_on > DAY, 0), else_=func.greatest(posts.c.headcount - FILLED, 0))
_DRAFTS = job_profiles.alias("drafts")
_DRAFTED = select(_DRAFTS.c.post_id).where(_DRAFTS.c.post_id == posts.c.post_id, _DRAFTS.c.number == DRAFT).exists()


async def list_profiles(call: Call, request: jobs_pb2.ListJobProfilesRequest) -> jobs_pb2.ListJobProfilesResponse:
    """Posts whose last day is over are left out. That there is a draft only those hear who may edit or approve it."""
    size, after = pages.size_of(request), pages.key_in(request)
    query = request.query.strip()
    values: dict[str, Any] = {"day": call.house.today(), "size": size + 1}
    if request.unit_id:
        values["unit_id"] = UUID(request.unit_id)
    if query:
        values |= {"part": f"%{like_literal(query)}%", "start": f"{like_literal(query)}%"}
    if after:
        values["after"] = after[0]
    shape = (bool(request.unit_id), bool(query), request.only_open, request.only_approved, after is not None)
    rows = await call.db.rows(_list(*shape), **values)
    more = pages.token_after(request, rows[size - 1]["code"]) if len(rows) > size else ""
    mine = await units_of(call, {row["unit_id"] for row in rows}, EDIT, APPROVE)
    return jobs_pb2.ListJobProfilesResponse(
        posts=[_message(row, row["unit_id"] in mine) for row in rows[:size]], next_page_token=more
    )


@cache
def _list(in_unit: bool, searched: bool, only_open: bool, only_approved: bool, continued: bool) -> Query:
    statement = (
        select(
            posts,
            _FREE.label("free"),
            _DRAFTED.label("drafted"),
            job_profiles.c.number,
            func.coalesce(job_profiles.c.shift, 0).label("shift"),
            job_profiles.c.family.label("job_family"),
        )
        .select_from(posts.outerjoin(job_profiles, (job_profiles.c.post_id == posts.c.post_id) & in_force()))
        .where(or_(posts.c.closed_on.is_(None), posts.c.closed_on >= DAY))
    )
    if in_unit:
        statement = statement.where(BELOW_UNIT)
    if searched:
        part: ColumnElement[Any] = bindparam("part")
        found = (posts.c.title.ilike(part), posts.c.title_en.ilike(part), posts.c.code.ilike(bindparam("start")))
        statement = statement.where(or_(*found))
    if only_open:
        statement = statement.where(_FREE > 0)
    if only_approved:
        statement = statement.where(job_profiles.c.number.is_not(None))
    if continued:
        statement = statement.where(posts.c.code > bindparam("after"))
    return prepared(statement.order_by(posts.c.code).limit(bindparam("size")))


def _message(row: Any, responsible: bool) -> jobs_pb2.JobProfileRow:
    return jobs_pb2.JobProfileRow(
        post_id=str(row["post_id"]),
        post_code=row["code"],
        title=row["title"],
        title_en=row["title_en"],
        unit_id=str(row["unit_id"]),
        family=row["job_family"] or row["family"],
        vacancies=row["free"],
        in_force=row["number"] or 0,
        drafted=responsible and row["drafted"],
        shift=row["shift"],
    )
