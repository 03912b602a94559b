"""Units and posts as commands ask for them: when they exist, and who holds a post."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, or_, select

from libs.kit import directory
from libs.kit.call import Call
from libs.kit.database import prepared
from services.employees.career import PRIMARY
from services.employees.days import Window
from services.employees.errors import PostNotFound, UnitNotFound
from services.employees.rules import PostDays, UnitDays, check_place
from services.employees.tables import assignments, posts, units

_UNIT = prepared(
    select(units.c.unit_id, units.c.opened_on, units.c.closed_on).where(units.c.unit_id == bindparam("unit_id"))
)
_POST = prepared(
    select(posts.c.post_id, posts.c.unit_id, posts.c.opened_on, posts.c.closed_on, posts.c.headcount).where(
        posts.c.post_id == bindparam("post_id")
    )
)
_HELD = prepared(
    select(assignments.c.starts_on, assignments.c.ends_on).where(
        assignments.c.post_id == bindparam("post_id"),
        assignments.c.kind == PRIMARY,
        assignments.c.employee_id.is_distinct_from(bindparam("but", type_=Uuid)),
        or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= bindparam("first", type_=Date)),
    )
)


async def require(call: Call, unit_id: UUID, post_id: UUID, window: Window, *, holder: UUID | None) -> None:
    """Raises unless the post, of this unit or one above it, has room for `holder` on every day of the window.

    UnitNotFound, PostNotFound, UnitClosed, PostClosed or PostFull.
    """
    unit = await call.db.row(_UNIT, unit_id=unit_id)
    if unit is None:
        raise UnitNotFound(unit_id=unit_id)
    post = await call.db.row(_POST, post_id=post_id)
    if post is None:
        raise PostNotFound(post_id=post_id)
    if post["unit_id"] != unit_id and post["unit_id"] not in await directory.unit_path(call.db, unit_id):
        raise PostNotFound(post_id=post_id)
    held = await call.db.rows(_HELD, post_id=post_id, but=holder, first=window[0])
    check_place(
        UnitDays(unit_id, unit["opened_on"], unit["closed_on"]),
        PostDays(post_id, post["opened_on"], post["closed_on"], post["headcount"], [tuple(row) for row in held]),
        window,
    )
