"""Copies of what employees tells: posts as they are today, and the posts each person has held."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import Session, prepared
from libs.kit.ids import id_in
from mainstay.employees.v1 import events_pb2
from services.talent import erasure
from services.talent.errors import PostUnknown
from services.talent.tables import posts, posts_held

_GIVEN: dict[str, BindParameter[Any]] = {column.name: bindparam(column.name) for column in posts.c}
_PLACE_POST = prepared(
    insert(posts)
    .values(_GIVEN)
    .on_conflict_do_update(
        index_elements=["post_id"], set_={name: value for name, value in _GIVEN.items() if name != "post_id"}
    )
)
_FORGET_HELD = prepared(delete(posts_held).where(posts_held.c.employee_id == bindparam("employee_id")))
_ADD_HELD = prepared(insert(posts_held).values({column.name: bindparam(column.name) for column in posts_held.c}))
_POST = prepared(select(posts).where(posts.c.post_id == bindparam("post_id")))


async def follow_post(call: Call, event: events_pb2.PostPlaced) -> None:
    await call.db.run(
        _PLACE_POST,
        post_id=UUID(event.post_id),
        code=event.code,
        title=event.title,
        title_en=event.title_en,
        unit_id=UUID(event.unit_id),
        family=event.family,
        level=event.level,
        headcount=event.headcount,
        opened_on=date.fromisoformat(event.opened_on),
        closed_on=_day(event.closed_on),
    )


async def follow_person(call: Call, event: events_pb2.PersonPlaced) -> None:
    """The event tells all posts a person has held: what was known is replaced. Of an erased person nothing stays."""
    employee_id = UUID(event.employee_id)
    if event.erased:
        await erasure.forget_profile(call, employee_id)
        return
    await call.db.run(_FORGET_HELD, employee_id=employee_id)
    await call.db.run_many(
        _ADD_HELD,
        (
            {
                "employee_id": employee_id,
                "position": position,
                "post_id": id_in(held.post_id),
                "unit_id": id_in(held.unit_id),
                "starts_on": date.fromisoformat(held.starts_on),
                "ends_on": _day(held.ends_on),
            }
            for position, held in enumerate(event.held)
        ),
    )


async def post_of(db: Session, post_id: UUID) -> Any:
    """The row of a post. Raises PostUnknown."""
    row = await db.row(_POST, post_id=post_id)
    if row is None:
        raise PostUnknown(post_id=post_id)
    return row


async def open_post(db: Session, post_id: UUID, day: date) -> Any:
    """The row of a post whose last day is not over on a day. Raises PostUnknown."""
    row = await post_of(db, post_id)
    if row["closed_on"] is not None and row["closed_on"] < day:
        raise PostUnknown(post_id=post_id)
    return row


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
