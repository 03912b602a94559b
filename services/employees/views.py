"""A person as they are shown: one row of the record on a day, put together and opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Uuid, bindparam, text

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of
from mainstay.employees.v1 import people_pb2
from services.employees.career import DOTTED, PRIMARY, Employment, status
from services.employees.days import DAY
from services.employees.errors import EmployeeNotFound
from services.employees.placing import start_of
from services.employees.sealing import key_of, open_person, opened

# One row per assignment in force on the day, one row without assignment where there is none.
_ON_DAY = prepared(
    text("""
SELECT p.employee_id, p.number, p.name, p.name_en, p.work_mail, p.mobile, p.national_id, p.birth_date, p.home_address,
       p.time_zone, p.version, p.erased_at IS NOT NULL AS erased, d.day, d.today, k.ring_key, k.wrapped,
       e.employment_id, e.hired_on, e.last_day, e.probation_ends_on, e.confirmed_on,
       (SELECT count(*) FROM assignments r WHERE r.manager_id = p.employee_id AND r.kind = 1
           AND r.starts_on <= d.day AND (r.ends_on IS NULL OR r.ends_on >= d.day)) AS reports,
       a.assignment_id, a.kind, a.unit_id, a.post_id, a.manager_id, a.starts_on, a.ends_on,
       s.name AS unit_name, s.name_en AS unit_name_en, o.title, o.title_en,
       m.name AS manager_name, mk.ring_key AS manager_ring_key, mk.wrapped AS manager_wrapped
FROM people p
CROSS JOIN LATERAL (
    SELECT z.today, coalesce(:day, z.today) AS day FROM (SELECT CAST(:now AT TIME ZONE p.time_zone AS date) AS today) z
) d
LEFT JOIN vault_keys k ON k.subject_id = p.employee_id
LEFT JOIN LATERAL (
    SELECT * FROM employments WHERE employee_id = p.employee_id
    ORDER BY hired_on > d.day, abs(hired_on - d.day) LIMIT 1
) e ON true
LEFT JOIN assignments a
    ON a.employee_id = p.employee_id AND a.starts_on <= d.day AND (a.ends_on IS NULL OR a.ends_on >= d.day)
LEFT JOIN unit_states s
    ON s.unit_id = a.unit_id AND s.starts_on <= d.day AND (s.ends_on IS NULL OR s.ends_on >= d.day)
LEFT JOIN posts o ON o.post_id = a.post_id
LEFT JOIN people m ON m.employee_id = a.manager_id
LEFT JOIN vault_keys mk ON mk.subject_id = a.manager_id
WHERE p.employee_id = :employee_id
ORDER BY a.kind, a.starts_on
""").bindparams(
        bindparam("employee_id", type_=Uuid),
        bindparam("day", type_=Date),
        bindparam("now", type_=DateTime(timezone=True)),
    )
)
# The fields as they were when the day ended: the first version that was replaced later.
_AS_RECORDED = prepared(
    text("""
SELECT name, name_en, work_mail, mobile, national_id, birth_date, home_address, number, time_zone FROM people_history
WHERE employee_id = :employee_id AND replaced_at >= :after ORDER BY version LIMIT 1
""").bindparams(bindparam("employee_id", type_=Uuid), bindparam("after", type_=DateTime(timezone=True)))
)


async def employee(call: Call, employee_id: UUID, day: date | None = None) -> people_pb2.Employee:
    """A person as of a day, today in their zone when None; fields that are masked on the way out are in clear.

    Raises EmployeeNotFound.
    """
    rows = await call.db.rows(_ON_DAY, employee_id=employee_id, day=day, now=call.now)
    if not rows:
        raise EmployeeNotFound(employee_id=employee_id)
    row = rows[0]
    recorded = row if row["day"] >= row["today"] else await _recorded(call, row)
    key = key_of(call, row["employee_id"], row["ring_key"], row["wrapped"])
    places = [assignment(call, one) for one in rows if one["assignment_id"]]
    return people_pb2.Employee(
        employee_id=str(employee_id),
        number=recorded["number"],
        **open_person(key, row["employee_id"], recorded),
        status=status(_employment(row), row["day"]),  # type: ignore[arg-type]
        hired_on=text_of(row["hired_on"]),
        last_day=text_of(row["last_day"]),
        primary=next((place for place in places if place.kind == PRIMARY), None),
        dotted=[place for place in places if place.kind == DOTTED],
        time_zone=recorded["time_zone"],
        version=row["version"],
        erased=row["erased"],
        direct_reports=row["reports"],
    )


def assignment(call: Call, row: Any) -> people_pb2.Assignment:
    """An assignment from a row joined with its unit, post and manager."""
    manager_id = row["manager_id"]
    key = key_of(call, manager_id, row["manager_ring_key"], row["manager_wrapped"]) if manager_id else None
    return people_pb2.Assignment(
        assignment_id=str(row["assignment_id"]),
        kind=row["kind"],
        unit_id=str(row["unit_id"] or ""),
        unit_name=row["unit_name"] or "",
        unit_name_en=row["unit_name_en"] or "",
        post_id=str(row["post_id"] or ""),
        post_title=row["title"] or "",
        post_title_en=row["title_en"] or "",
        manager_id=str(manager_id or ""),
        manager_name=opened(key, "people", "name", manager_id, row["manager_name"]) if manager_id else "",
        starts_on=row["starts_on"].isoformat(),
        ends_on=text_of(row["ends_on"]),
    )


async def _recorded(call: Call, row: Any) -> Any:
    after: datetime = start_of(row["day"] + DAY, row["time_zone"])
    return await call.db.row(_AS_RECORDED, employee_id=row["employee_id"], after=after) or row


def _employment(row: Any) -> Employment | None:
    if row["employment_id"] is None:
        return None
    return Employment(
        row["employment_id"],
        row["employee_id"],
        row["hired_on"],
        row["last_day"],
        row["probation_ends_on"],
        row["confirmed_on"],
    )


def ids(texts: Sequence[str]) -> list[UUID]:
    return [UUID(one) for one in texts]
