"""Keeps what is so today in step with what was planned: the directory, the days shown in lists, and PersonPlaced.

Who is hired for a later day stands in their first place already, as not employed; who left keeps the unit and post
they left, so that those who answer for the unit still see them, and reports to nobody. A person's day turns at
midnight in their own zone: a deadline for the next day on which anything changes does then what a command does now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, bindparam, or_, select, update

from libs.kit import clock, deadlines, directory
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of
from libs.kit.deadlines import Deadline
from libs.kit.ids import text_of_id
from libs.kit.tables import directory_people
from mainstay.employees.v1 import events_pb2
from services.employees import facts, records
from services.employees.career import PRIMARY, Career
from services.employees.days import DAY
from services.employees.records import Record
from services.employees.tables import people

DUE = "employees.person_day"
UNSAID = "employees.unsaid_last_days"

_STANDING = prepared(
    select(
        directory_people.c.number,
        directory_people.c.unit_id,
        directory_people.c.post_id,
        directory_people.c.manager_id,
        directory_people.c.dotted,
        directory_people.c.employed,
        directory_people.c.erased,
        directory_people.c.last_day,
    ).where(directory_people.c.employee_id == bindparam("employee_id"))
)
_SHOWN = ("hired_on", "last_day", "probation_ends_on", "confirmed_on")
_SHOW = prepared(
    update(people)
    .where(
        people.c.employee_id == bindparam("id"),
        or_(*(people.c[name].is_distinct_from(bindparam(name, type_=people.c[name].type)) for name in _SHOWN)),
    )
    .values({name: bindparam(name, type_=people.c[name].type) for name in _SHOWN})
)
# What lists show; days are of each person's zone, which lies less than a day from any other's.
_LEAVING = prepared(select(people.c.employee_id).where(people.c.last_day >= bindparam("yesterday", type_=Date)))


def place_on(career: Career, day: date, *, erased: bool = False) -> events_pb2.PersonPlaced:
    """Where a person stands on a day, as every service's directory keeps it."""
    here = career.primary_on(day)
    employed = here is not None
    if here is None:
        primaries = career.of_kind(PRIMARY)
        here = next((a for a in primaries if a.starts_on > day), primaries[-1] if primaries else None)
    leads = employed or (here is not None and here.starts_on > day)
    return events_pb2.PersonPlaced(
        employee_id=str(career.employee_id),
        number=career.number,
        unit_id=text_of_id(here.unit_id) if here else "",
        post_id=text_of_id(here.post_id) if here else "",
        manager_id=text_of_id(here.manager_id) if here and leads else "",
        dotted_manager_ids=sorted({text_of_id(a.manager_id) for a in career.dotted_on(day)}) if employed else [],
        employed=employed,
        erased=erased,
        held=() if erased else facts.held(career.of_kind(PRIMARY), day),
        last_day="" if erased else text_of(_last_day(career, day)),
    )


def _last_day(career: Career, day: date) -> date | None:
    """The last day of work that lists show, unless it is over."""
    employment = career.latest_on(day)
    last = employment.last_day if employment else None
    return last if last is not None and last >= day else None


def next_turn(career: Career, day: date) -> date | None:
    """The next day after `day` on which anything about the person changes by itself."""
    turns: set[date] = set()
    stretches = [a.days for a in career.assignments] + [e.days for e in career.employments]
    for first, last in stretches:
        if last is not None and last < first:
            continue
        turns.add(first)
        if last is not None:
            turns.add(last + DAY)
    return min((turn for turn in turns if turn > day), default=None)


def start_of(day: date, zone: str) -> datetime:
    """The instant a day begins in a zone."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def today_of(call: Call, zone: str) -> date:
    """Today for somebody in a zone."""
    return clock.today(call.house.clock, zone)


async def settle(call: Call, ids: Iterable[UUID]) -> None:
    """Makes today what the people's careers say, says so where that changed, and sets the clock for the next change."""
    for record in (await records.of(call.db, ids)).values():
        today = today_of(call, record.time_zone)
        await _show(call, record, today)
        placed = place_on(record.career, today, erased=record.erased)
        standing = await call.db.row(_STANDING, employee_id=record.employee_id)
        if standing is None or _differs(dict(standing), placed):
            await directory.place_person(call.db, placed)
            call.record(placed)
        turn = next_turn(record.career, today)
        if turn is not None and not record.erased:
            due = start_of(turn, record.time_zone)
            await deadlines.schedule(call.db, DUE, str(record.employee_id), due)


async def turn_day(call: Call, deadline: Deadline) -> None:
    """A person's day has come on which something planned begins or ends."""
    employee_id = UUID(deadline.key)
    await records.lock_lines(call.db)
    await records.of(call.db, [employee_id], lock=True)
    await settle(call, [employee_id])


async def say_last_days(call: Call, _deadline: Deadline) -> None:
    """Looks at everybody who has given notice. A release that did not tell the last day may have recorded it: step
    0003 of the migrations makes this due an hour later, when none of its replicas is left, here or among those who
    listen and would pass the day over.
    """
    for row in await call.db.rows(_LEAVING, yesterday=call.house.today() - DAY):
        await deadlines.schedule(call.db, DUE, str(row["employee_id"]), call.now)


async def _show(call: Call, record: Record, today: date) -> None:
    employment = record.career.latest_on(today)
    if employment is not None:
        values = {name: getattr(employment, name) for name in _SHOWN}
        await call.db.run(_SHOW, id=record.employee_id, **values)


def _differs(standing: dict[str, object], placed: events_pb2.PersonPlaced) -> bool:
    now = directory.person_row(placed)
    dotted = standing.pop("dotted")
    return set(dotted) != set(now["dotted"]) or any(  # type: ignore[call-overload]
        standing[name] != now[name] for name in standing
    )
