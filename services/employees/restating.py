"""Says again where everybody and every unit stands, and finishes the erasures that an older backup does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Uuid, any_, bindparam, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of
from libs.kit.ids import NIL, text_of_id
from libs.kit.restate import Restatement
from libs.kit.tables import directory_people, directory_units, vault_keys
from mainstay.employees.v1 import events_pb2
from services.employees import erasure, facts, heads, records
from services.employees.career import PRIMARY, Assignment
from services.employees.days import DAY
from services.employees.tables import assignments, employments, people, posts

_PEOPLE = prepared(
    select(directory_people)
    .where(directory_people.c.employee_id > bindparam("after"))
    .order_by(directory_people.c.employee_id)
    .limit(bindparam("many"))
)
_UNITS = prepared(
    select(directory_units)
    .where(directory_units.c.unit_id > bindparam("after"))
    .order_by(directory_units.c.unit_id)
    .limit(bindparam("many"))
)
_POSTS = prepared(
    select(posts).where(posts.c.post_id > bindparam("after")).order_by(posts.c.post_id).limit(bindparam("many"))
)
_PRIMARIES = prepared(
    select(*(assignments.c[field.name] for field in fields(Assignment)))
    .where(assignments.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))), assignments.c.kind == PRIMARY)
    .order_by(assignments.c.starts_on)
)
_ERASED_SINCE = prepared(
    select(people.c.employee_id, people.c.time_zone, vault_keys.c.destroyed_at)
    .select_from(people.join(vault_keys, vault_keys.c.subject_id == people.c.employee_id))
    .where(vault_keys.c.destroyed_at.is_not(None), people.c.erased_at.is_(None))
    .order_by(people.c.employee_id)
)
_LAST = bindparam("last", type_=Date)
_END_EMPLOYMENTS = prepared(
    update(employments)
    .where(
        employments.c.employee_id == bindparam("id"),
        or_(employments.c.last_day.is_(None), employments.c.last_day > _LAST),
    )
    .values(last_day=func.greatest(_LAST, employments.c.hired_on))
)
_END_ASSIGNMENTS = prepared(
    update(assignments)
    .where(
        assignments.c.employee_id == bindparam("id"),
        or_(assignments.c.ends_on.is_(None), assignments.c.ends_on > _LAST),
    )
    # A stretch that was to begin later covers no day.
    .values(ends_on=func.greatest(_LAST, cast(assignments.c.starts_on - 1, Date)))
)


async def people_page(call: Call, after: str, many: int) -> Sequence[events_pb2.PersonPlaced]:
    """What was said last of each person, which the service's own directory keeps."""
    await records.lock_lines(call.db)
    rows = await call.db.rows(_PEOPLE, after=UUID(after) if after else NIL, many=many)
    careers = await _stretches(call, [row["employee_id"] for row in rows])
    return [
        events_pb2.PersonPlaced(
            employee_id=str(row["employee_id"]),
            number=row["number"],
            unit_id=text_of_id(row["unit_id"]),
            post_id=text_of_id(row["post_id"]),
            manager_id=text_of_id(row["manager_id"]),
            dotted_manager_ids=[str(one) for one in row["dotted"]],
            employed=row["employed"],
            erased=row["erased"],
            held=() if row["erased"] else facts.held(careers[row["employee_id"]], call.house.today()),
            last_day=text_of(row["last_day"]),
        )
        for row in rows
    ]


async def _stretches(call: Call, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Assignment]]:
    """Primary assignments by person, oldest first."""
    found: dict[UUID, list[Assignment]] = {one: [] for one in ids}
    for row in await call.db.rows(_PRIMARIES, ids=list(ids)):
        one = Assignment(**dict(row))
        if not one.called_off:
            found[one.employee_id].append(one)
    return found


async def posts_page(call: Call, after: str, many: int) -> Sequence[events_pb2.PostPlaced]:
    """Each post as it is."""
    await records.lock_lines(call.db)
    rows = await call.db.rows(_POSTS, after=UUID(after) if after else NIL, many=many)
    return [
        events_pb2.PostPlaced(
            post_id=str(row["post_id"]),
            code=row["code"],
            title=row["title"],
            title_en=row["title_en"],
            unit_id=str(row["unit_id"]),
            family=row["family"],
            level=row["level"],
            headcount=row["headcount"],
            opened_on=text_of(row["opened_on"]),
            closed_on=text_of(row["closed_on"]),
        )
        for row in rows
    ]


async def units_page(call: Call, after: str, many: int) -> Sequence[events_pb2.UnitPlaced]:
    """What was said last of each unit."""
    await records.lock_lines(call.db)
    rows = await call.db.rows(_UNITS, after=UUID(after) if after else NIL, many=many)
    return [
        events_pb2.UnitPlaced(
            unit_id=str(row["unit_id"]),
            parent_id=text_of_id(row["parent_id"]),
            open=row["open"],
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
        )
        for row in rows
    ]


async def after_restore(call: Call, _taken_at: datetime) -> None:
    """Erases again whoever was erased after the backup was taken: their key is gone, the rest of the record is not.

    They had left by then; a record that does not know it ends on the day before.
    """
    await records.lock_lines(call.db)
    for row in await call.db.rows(_ERASED_SINCE):
        erased_on: date = row["destroyed_at"].astimezone(ZoneInfo(row["time_zone"])).date()
        employee_id: UUID = row["employee_id"]
        await call.db.run(_END_EMPLOYMENTS, id=employee_id, last=erased_on - DAY)
        await call.db.run(_END_ASSIGNMENTS, id=employee_id, last=erased_on - DAY)
        await heads.vacate(call, employee_id, erased_on)
        await erasure.destroy(call, employee_id, row["destroyed_at"])


# Units first: posts and people stand in them.
RESTATES = (
    Restatement(events_pb2.UnitPlaced, units_page),
    Restatement(events_pb2.PostPlaced, posts_page),
    Restatement(events_pb2.PersonPlaced, people_page),
)
