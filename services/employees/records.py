"""Loads people's careers, under their row's lock for changes, and writes changes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Uuid, any_, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.call import Call
from libs.kit.database import Session, prepared
from libs.kit.errors import PersonErased, VersionConflict
from services.employees.career import Assignment, Career, Change, Employment
from services.employees.errors import EmployeeNotFound
from services.employees.tables import assignments, employments, people

# One number for all who change reporting lines or fill posts: two such commands together could make a loop that
# neither makes alone, or put two people in one place.
_LINES_LOCK = 0x4C696E65
_PATIENCE = prepared(text("SET LOCAL lock_timeout = '2s'"))
_LOCK_LINES = prepared(select(func.pg_advisory_xact_lock(_LINES_LOCK)))

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_PEOPLE = (
    select(people.c.employee_id, people.c.number, people.c.version, people.c.time_zone, people.c.erased_at)
    .add_columns(people.c.changed_by)
    .where(people.c.employee_id == any_(_IDS))
    .order_by(people.c.employee_id)
)
_READ_PEOPLE = prepared(_PEOPLE)
_LOCK_PEOPLE = prepared(_PEOPLE.with_for_update())
_EMPLOYMENTS = prepared(
    select(
        employments.c.employment_id,
        employments.c.employee_id,
        employments.c.hired_on,
        employments.c.last_day,
        employments.c.probation_ends_on,
        employments.c.confirmed_on,
    )
    .where(employments.c.employee_id == any_(_IDS))
    .order_by(employments.c.hired_on)
)
_ASSIGNMENT = (
    assignments.c.assignment_id,
    assignments.c.employee_id,
    assignments.c.kind,
    assignments.c.unit_id,
    assignments.c.post_id,
    assignments.c.manager_id,
    assignments.c.starts_on,
    assignments.c.ends_on,
)
_ASSIGNMENTS = prepared(
    select(*_ASSIGNMENT)
    .where(assignments.c.employee_id == any_(_IDS))
    .order_by(assignments.c.starts_on, assignments.c.assignment_id)
)
_ABOVE = prepared(
    text("""
WITH RECURSIVE above(employee_id) AS (
    SELECT unnest(:ids)
  UNION
    SELECT a.manager_id FROM assignments a JOIN above USING (employee_id)
    WHERE a.kind = 1 AND a.manager_id IS NOT NULL AND (a.ends_on IS NULL OR a.ends_on >= :first)
)
SELECT employee_id FROM above
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("first", type_=Date))
)
_LED = prepared(
    select(assignments.c.employee_id)
    .distinct()
    .where(
        assignments.c.manager_id == bindparam("manager_id"),
        or_(assignments.c.ends_on.is_(None), assignments.c.ends_on > bindparam("after")),
        or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= assignments.c.starts_on),
    )
)
_CLOSE = prepared(
    update(assignments).where(assignments.c.assignment_id == bindparam("id")).values(ends_on=bindparam("last"))
)
_OPEN = prepared(
    insert(assignments).values(
        {c.name: bindparam(c.name) for c in _ASSIGNMENT}
        | {name: bindparam(name) for name in ("reason", "recorded_at", "recorded_by")}
    )
)
_EMPLOY = prepared(
    insert(employments).values(
        {
            name: bindparam(name)
            for name in (
                "employment_id",
                "employee_id",
                "hired_on",
                "probation_ends_on",
                "recorded_at",
                "recorded_by",
            )
        }
    )
)
_TOUCH = prepared(
    update(people)
    .where(people.c.employee_id == any_(_IDS))
    .values(version=people.c.version + 1, changed_at=bindparam("at"), changed_by=bindparam("by", type_=Uuid))
)


@dataclass(frozen=True)
class Record:
    """A person's row, as far as commands ask, with their career."""

    career: Career
    version: int
    time_zone: str
    erased: bool
    changed_by: UUID | None

    @property
    def employee_id(self) -> UUID:
        return self.career.employee_id


async def lock_lines(db: Session) -> None:
    """Held until the transaction ends, by everything that changes who reports to whom. Taken before any row's lock.

    Whoever waits longer than two seconds, behind a large import, is told to try again: waiters hold connections that
    everybody else needs.
    """
    await db.run(_PATIENCE)
    await db.run(_LOCK_LINES)


async def of(db: Session, ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, Record]:
    """The records of those there are. Locks are taken in the order of ids, so that commands never wait in a circle."""
    wanted = list(ids)
    found = await db.rows(_LOCK_PEOPLE if lock else _READ_PEOPLE, ids=wanted)
    hired: dict[UUID, list[Employment]] = {}
    for row in await db.rows(_EMPLOYMENTS, ids=wanted):
        hired.setdefault(row["employee_id"], []).append(Employment(*row))
    placed: dict[UUID, list[Assignment]] = {}
    for row in await db.rows(_ASSIGNMENTS, ids=wanted):
        placed.setdefault(row["employee_id"], []).append(Assignment(*row))
    return {
        row["employee_id"]: Record(
            Career(
                row["employee_id"],
                row["number"],
                tuple(hired.get(row["employee_id"], ())),
                tuple(placed.get(row["employee_id"], ())),
            ),
            row["version"],
            row["time_zone"],
            row["erased_at"] is not None,
            row["changed_by"],
        )
        for row in found
    }


async def open_for_change(call: Call, employee_id: UUID, version: int | None = None) -> Record:
    """A person's record under its lock. Raises EmployeeNotFound, PersonErased and VersionConflict."""
    record = (await of(call.db, [employee_id], lock=True)).get(employee_id)
    if record is None:
        raise EmployeeNotFound(employee_id=employee_id)
    if record.erased:
        raise PersonErased(employee_id=str(employee_id))
    if version is not None and version != record.version:
        by = str(record.changed_by) if record.changed_by else None
        raise VersionConflict(current_version=record.version, changed_by=by)
    return record


async def above(db: Session, ids: Iterable[UUID], first: date) -> dict[UUID, Career]:
    """The careers of these people and of everybody above them on `first` or any day after it."""
    rows = await db.rows(_ABOVE, ids=list(ids), first=first)
    return {who: record.career for who, record in (await of(db, [row[0] for row in rows])).items()}


async def led_by(db: Session, manager_id: UUID, after: date) -> list[UUID]:
    """Who reports to a manager, by either kind of line, on any day after `after`."""
    return [row[0] for row in await db.rows(_LED, manager_id=manager_id, after=after)]


async def save(call: Call, changes: Mapping[UUID, Change], reason: str = "") -> None:
    """Writes changes of assignments and gives each person a new version. The reason is sealed for each of them."""
    closed = [{"id": row, "last": last} for change in changes.values() for row, last in change.closed]
    if closed:
        await call.db.run_many(_CLOSE, closed)
    for employee_id, change in changes.items():
        if not change.opened:
            continue
        key = await call.house.vault.key_for_writing(call.db, employee_id) if reason else None
        for row in change.opened:
            await open_assignment(
                call, row, key.seal("assignments", "reason", row.assignment_id, reason) if key else None
            )
    await touch(call, changes)


async def open_assignment(call: Call, row: Assignment, reason: bytes | None = None) -> None:
    await call.db.run(
        _OPEN,
        **{c.name: getattr(row, c.name) for c in _ASSIGNMENT},
        reason=reason,
        recorded_at=call.now,
        recorded_by=call.actor,
    )


async def touch(call: Call, ids: Iterable[UUID]) -> None:
    """Gives people a new version."""
    await call.db.run(_TOUCH, ids=list(ids), at=call.now, by=call.actor)


async def employ(call: Call, employment: Employment) -> None:
    await call.db.run(
        _EMPLOY,
        employment_id=employment.employment_id,
        employee_id=employment.employee_id,
        hired_on=employment.hired_on,
        probation_ends_on=employment.probation_ends_on,
        recorded_at=call.now,
        recorded_by=call.actor,
    )
