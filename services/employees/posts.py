"""Posts: the work people can be placed in, and how many places are filled."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import array, insert

from libs.kit import pages
from libs.kit.call import Call
from libs.kit.database import Query, like_literal, prepared
from libs.kit.dates import date_of, text_of
from libs.kit.errors import VersionConflict
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, directory_units
from mainstay.employees.v1 import events_pb2, organization_pb2
from services.employees import facts, records, unit_records
from services.employees.errors import CodeTaken, PostClosed, PostFull, PostNotEmpty, PostNotFound
from services.employees.tables import assignments, posts

_FILLED = (
    select(func.count())
    .where(directory_people.c.post_id == posts.c.post_id, directory_people.c.employed)
    .scalar_subquery()
)
_POSTS = select(*posts.c, _FILLED.label("filled"))
_ONE = prepared(_POSTS.where(posts.c.post_id == bindparam("post_id")))
_LOCK = prepared(select(posts).where(posts.c.post_id == bindparam("post_id")).with_for_update())
_GIVEN = ("code", "title", "title_en", "unit_id", "family", "level", "criticality", "headcount", "opened_on")
_ADD = prepared(
    insert(posts)
    .values({"post_id": bindparam("post_id")} | {name: bindparam(name) for name in _GIVEN})
    .on_conflict_do_nothing(index_elements=["code"])
)
_FIELDS = ("title", "title_en", "family", "level", "criticality", "headcount")
_CHANGE = prepared(
    update(posts)
    .where(posts.c.post_id == bindparam("id"))
    .values({name: bindparam(name) for name in _FIELDS} | {"version": posts.c.version + 1})
)
_CLOSE = prepared(
    update(posts)
    .where(posts.c.post_id == bindparam("id"))
    .values(closed_on=bindparam("last"), version=posts.c.version + 1)
)
_OPEN_IN = prepared(
    select(posts.c.post_id).where(
        posts.c.unit_id == bindparam("unit_id"),
        or_(posts.c.closed_on.is_(None), posts.c.closed_on > bindparam("last")),
    )
)
_HELD_AFTER = prepared(
    select(func.count(assignments.c.employee_id.distinct())).where(
        assignments.c.post_id == bindparam("post_id"),
        or_(
            assignments.c.ends_on.is_(None),
            and_(assignments.c.ends_on > bindparam("last"), assignments.c.ends_on >= assignments.c.starts_on),
        ),
    )
)


async def get_post(call: Call, request: organization_pb2.GetPostRequest) -> organization_pb2.Post:
    return await _shown(call, UUID(request.post_id))


async def list_posts(call: Call, request: organization_pb2.ListPostsRequest) -> organization_pb2.ListPostsResponse:
    """Posts whose last day is over are left out.

    Fifty thousand posts are looked through in 20 ms (measured). An index of trigrams would not help: Chinese words are
    mostly of two characters.
    """
    size, after = pages.size_of(request), pages.key_in(request)
    query = request.query.strip()
    values: dict[str, Any] = {"today": call.house.today(), "size": size + 1}
    if request.unit_id:
        values["unit_id"] = UUID(request.unit_id)
    if query:
        values |= {"part": f"%{like_literal(query)}%", "start": f"{like_literal(query)}%"}
    if after:
        values["after"] = after[0]
    unit = "" if not request.unit_id else "own" if request.own_only else "below"
    rows = await call.db.rows(_list(unit, bool(query), request.only_open, after is not None), **values)
    more = pages.token_after(request, rows[size - 1]["code"]) if len(rows) > size else ""
    return organization_pb2.ListPostsResponse(posts=[_message(row) for row in rows[:size]], next_page_token=more)


async def open_post(call: Call, request: organization_pb2.OpenPostRequest) -> organization_pb2.Post:
    opens_on = date_of(request.opens_on, "opens_on", call.language)
    unit_id = UUID(request.unit_id)
    await unit_records.require_open(call, unit_id, opens_on)
    post_id = uuid7()
    given = {name: getattr(request, name) for name in _GIVEN if name not in {"unit_id", "opened_on"}}
    if not await call.db.run(_ADD, post_id=post_id, unit_id=unit_id, opened_on=opens_on, **given):
        raise CodeTaken(taken_code=request.code)
    return await _told(call, post_id)


async def change_post(call: Call, request: organization_pb2.ChangePostRequest) -> organization_pb2.Post:
    post = await _open_for_change(call, request.post_id, request.version)
    values = {name: getattr(request, name) if request.HasField(name) else post[name] for name in _FIELDS}
    filled = (await _shown(call, post["post_id"])).filled
    if values["headcount"] < filled:
        raise PostFull(post_id=post["post_id"], headcount=values["headcount"], filled=filled)
    await call.db.run(_CHANGE, id=post["post_id"], **values)
    return await _told(call, post["post_id"])


async def close_post(call: Call, request: organization_pb2.ClosePostRequest) -> organization_pb2.Post:
    last_day = date_of(request.last_day, "last_day", call.language)
    post = await _open_for_change(call, request.post_id, request.version)
    held = await call.db.value(_HELD_AFTER, post_id=post["post_id"], last=last_day)
    if held:
        raise PostNotEmpty(people=held)
    await call.db.run(_CLOSE, id=post["post_id"], last=last_day)
    return await _told(call, post["post_id"])


async def close_all(call: Call, unit_id: UUID, last_day: date) -> None:
    """Closes a unit's posts with the unit; that nobody holds them the caller has made sure."""
    for row in await call.db.rows(_OPEN_IN, unit_id=unit_id, last=last_day):
        await call.db.run(_CLOSE, id=row[0], last=last_day)
        await _told(call, row[0])


async def _open_for_change(call: Call, post_id: str, version: int) -> Any:
    """A post under its lock, the caller's right over its unit checked."""
    await records.lock_lines(call.db)
    post = await call.db.row(_LOCK, post_id=UUID(post_id))
    if post is None:
        raise PostNotFound(post_id=UUID(post_id))
    await call.over_unit(post["unit_id"])
    if post["version"] != version:
        raise VersionConflict(current_version=post["version"])
    if post["closed_on"] is not None:
        raise PostClosed(post_id=post["post_id"], closed_on=post["closed_on"])
    return post


async def _shown(call: Call, post_id: UUID) -> organization_pb2.Post:
    row = await call.db.row(_ONE, post_id=post_id)
    if row is None:
        raise PostNotFound(post_id=post_id)
    return _message(row)


async def _told(call: Call, post_id: UUID) -> organization_pb2.Post:
    """The post as it is now, and the fact that it is so."""
    post = await _shown(call, post_id)
    changed = events_pb2.PostChanged(
        post_id=post.post_id,
        code=post.code,
        title=post.title,
        title_en=post.title_en,
        unit_id=post.unit_id,
        family=post.family,
        level=post.level,
        headcount=post.headcount,
        closed_on=post.closed_on,
    )
    for fact in facts.post(changed, date.fromisoformat(post.opened_on)):
        call.record(fact)
    return post


def _message(row: Any) -> organization_pb2.Post:
    return organization_pb2.Post(
        post_id=str(row["post_id"]),
        code=row["code"],
        title=row["title"],
        title_en=row["title_en"],
        unit_id=str(row["unit_id"]),
        family=row["family"],
        level=row["level"],
        criticality=row["criticality"],
        headcount=row["headcount"],
        filled=row["filled"],
        opened_on=row["opened_on"].isoformat(),
        closed_on=text_of(row["closed_on"]),
        version=row["version"],
    )


@cache
def _list(unit: str, searched: bool, only_open: bool, continued: bool) -> Query:
    """`unit`: `own` for the posts of one unit, `below` for those of units below it too, empty for the company's."""
    today = bindparam("today", type_=posts.c.opened_on.type)
    statement: Select[Any] = _POSTS.where(or_(posts.c.closed_on.is_(None), posts.c.closed_on >= today))
    if unit == "own":
        statement = statement.where(posts.c.unit_id == bindparam("unit_id"))
    elif unit:
        below = directory_units.c.path.contains(array([bindparam("unit_id", type_=Uuid)], type_=Uuid))
        statement = statement.where(posts.c.unit_id.in_(select(directory_units.c.unit_id).where(below)))
    if searched:
        part: ColumnElement[Any] = bindparam("part")
        found = (posts.c.title.ilike(part), posts.c.title_en.ilike(part), posts.c.code.ilike(bindparam("start")))
        statement = statement.where(or_(*found))
    if only_open:
        statement = statement.where(posts.c.opened_on <= today, posts.c.headcount > _FILLED)
    if continued:
        statement = statement.where(posts.c.code > bindparam("after"))
    return prepared(statement.order_by(posts.c.code).limit(bindparam("size")))
