"""What happened to a person here, read from the rows that keep it: assignments, employments, contracts, corrections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, bindparam, select, text

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of, timestamp
from libs.kit.tables import vault_keys
from libs.kit.vault import SubjectKey
from mainstay.employees.v1 import people_pb2
from services.employees.career import PRIMARY
from services.employees.days import DAY
from services.employees.errors import EmployeeNotFound
from services.employees.people import whose
from services.employees.sealing import key_of, opened
from services.employees.tables import contracts, employments, people, people_history
from services.employees.views import assignment

_WHO = bindparam("employee_id", type_=Uuid)
_PERSON = prepared(
    select(people.c.time_zone, vault_keys.c.ring_key, vault_keys.c.wrapped)
    .select_from(people.outerjoin(vault_keys, vault_keys.c.subject_id == people.c.employee_id))
    .where(people.c.employee_id == _WHO)
)
# Names of units are those of the assignment's first day.
_ASSIGNMENTS = prepared(
    text("""
SELECT a.assignment_id, a.kind, a.unit_id, a.post_id, a.manager_id, a.starts_on, a.ends_on, a.reason, a.recorded_at,
       a.recorded_by, s.name AS unit_name, s.name_en AS unit_name_en, o.title, o.title_en,
       m.name AS manager_name, k.ring_key AS manager_ring_key, k.wrapped AS manager_wrapped
FROM assignments a
LEFT JOIN unit_states s
    ON s.unit_id = a.unit_id AND s.starts_on <= a.starts_on AND (s.ends_on IS NULL OR s.ends_on >= a.starts_on)
LEFT JOIN posts o ON o.post_id = a.post_id
LEFT JOIN people m ON m.employee_id = a.manager_id
LEFT JOIN vault_keys k ON k.subject_id = a.manager_id
WHERE a.employee_id = :employee_id AND (a.ends_on IS NULL OR a.ends_on >= a.starts_on)
ORDER BY a.starts_on, a.assignment_id
""").bindparams(_WHO)
)
_EMPLOYMENTS = prepared(select(employments).where(employments.c.employee_id == _WHO).order_by(employments.c.hired_on))
_CONTRACTS = prepared(
    select(contracts.c.starts_on, contracts.c.recorded_at, contracts.c.recorded_by).where(
        contracts.c.employee_id == _WHO
    )
)
_CORRECTIONS = prepared(
    select(people_history.c.fields, people_history.c.replaced_at, people_history.c.replaced_by).where(
        people_history.c.employee_id == _WHO
    )
)
Entry = tuple[date, datetime, people_pb2.TimelineEntry]


async def get(call: Call, request: people_pb2.GetTimelineRequest) -> people_pb2.GetTimelineResponse:
    """By day of effect, then by when it was recorded, newest first. Plans that were called off are left out."""
    employee_id = whose(call, request.employee_id)
    person = await call.db.row(_PERSON, employee_id=employee_id)
    if person is None:
        raise EmployeeNotFound(employee_id=employee_id)
    key = key_of(call, employee_id, person["ring_key"], person["wrapped"])
    employed = await call.db.rows(_EMPLOYMENTS, employee_id=employee_id)
    placed = await call.db.rows(_ASSIGNMENTS, employee_id=employee_id)
    signed = await call.db.rows(_CONTRACTS, employee_id=employee_id)
    corrected = await call.db.rows(_CORRECTIONS, employee_id=employee_id)
    hired = {row["hired_on"] for row in employed}
    entries: list[Entry] = [
        *_lines(call, key, [row for row in placed if row["kind"] == PRIMARY], hired),
        *_dotted(call, key, [row for row in placed if row["kind"] != PRIMARY]),
        *(entry for row in employed for entry in _employment(key, row)),
        *(
            _entry(people_pb2.TIMELINE_KIND_CONTRACT_SIGNED, row["starts_on"], row["recorded_at"], row["recorded_by"])
            for row in signed
        ),
        *(_correction(row, person["time_zone"]) for row in corrected),
    ]
    entries.sort(key=itemgetter(0, 1), reverse=True)
    return people_pb2.GetTimelineResponse(entries=[entry for _, _, entry in entries])


def _entry(kind: int, on: date, at: datetime, by: UUID | None, reason: str = "", **more: Any) -> Entry:
    return (
        on,
        at,
        people_pb2.TimelineEntry(
            kind=kind,  # type: ignore[arg-type]
            effective_on=text_of(on),
            recorded_at=timestamp(at),
            recorded_by=str(by) if by else "",
            reason=reason,
            **more,
        ),
    )


def _lines(call: Call, key: SubjectKey | None, rows: list[Any], hired: set[date]) -> Iterator[Entry]:
    """Hires, transfers and changes of manager: what the primary assignments say one after the other."""
    former = None
    for row in rows:
        if row["starts_on"] in hired or former is None:
            kind, former = people_pb2.TIMELINE_KIND_HIRED, None
        elif (row["unit_id"], row["post_id"]) != (former["unit_id"], former["post_id"]):
            kind = people_pb2.TIMELINE_KIND_TRANSFERRED
        else:
            kind = people_pb2.TIMELINE_KIND_MANAGER_CHANGED
        yield _entry(
            kind,
            row["starts_on"],
            row["recorded_at"],
            row["recorded_by"],
            opened(key, "assignments", "reason", row["assignment_id"], row["reason"]),
            assignment=assignment(call, row),
            former=assignment(call, former) if former else None,
        )
        former = row


def _dotted(call: Call, key: SubjectKey | None, rows: list[Any]) -> Iterator[Entry]:
    for row in rows:
        line = assignment(call, row)
        reason = opened(key, "assignments", "reason", row["assignment_id"], row["reason"])
        at, by = row["recorded_at"], row["recorded_by"]
        yield _entry(people_pb2.TIMELINE_KIND_DOTTED_LINE_ADDED, row["starts_on"], at, by, reason, assignment=line)
        if row["ends_on"]:
            ended = people_pb2.TIMELINE_KIND_DOTTED_LINE_ENDED
            yield _entry(ended, row["ends_on"] + DAY, at, by, former=line)


def _employment(key: SubjectKey | None, row: Any) -> Iterator[Entry]:
    employment_id = row["employment_id"]
    if row["confirmed_on"]:
        yield _entry(
            people_pb2.TIMELINE_KIND_CONFIRMED,
            row["confirmed_on"],
            row["confirmed_at"] or row["recorded_at"],
            row["confirmed_by"],
            opened(key, "employments", "confirm_reason", employment_id, row["confirm_reason"]),
        )
    if row["last_day"]:
        yield _entry(
            people_pb2.TIMELINE_KIND_LEFT,
            row["last_day"],
            row["left_at"] or row["recorded_at"],
            row["left_by"],
            opened(key, "employments", "leave_reason", employment_id, row["leave_reason"]),
        )


def _correction(row: Any, zone: str) -> Entry:
    on = row["replaced_at"].astimezone(ZoneInfo(zone)).date()
    kind = people_pb2.TIMELINE_KIND_CORRECTED
    return _entry(kind, on, row["replaced_at"], row["replaced_by"], fields=row["fields"])
