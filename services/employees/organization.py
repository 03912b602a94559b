"""The tree of units: as it is or was on a day, and the commands that open, change and close units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, exists, select, text
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import date_of, optional_date, text_of
from libs.kit.ids import uuid7
from mainstay.employees.v1 import organization_pb2
from services.employees import posts, unit_records, unit_rules
from services.employees.errors import CodeTaken, EmployeeNotFound, UnitNotEmpty, UnitNotFound
from services.employees.fields import optional_id
from services.employees.tables import people, units
from services.employees.unit_records import UnitRecord
from services.employees.unit_rules import State

# Of units closed before the day the last state is shown.
_ON_DAY = """
SELECT u.unit_id, u.code, u.closed_on, u.version, s.name, s.name_en, s.parent_id, s.head_id, s.starts_on
FROM units u JOIN LATERAL (
    SELECT * FROM unit_states WHERE unit_id = u.unit_id AND starts_on <= :day
        AND (ends_on IS NULL OR ends_on >= starts_on)
    ORDER BY starts_on DESC LIMIT 1
) s ON true
"""
_DAY = bindparam("day", type_=Date)
_TREE = prepared(
    text(_ON_DAY + "WHERE :with_closed OR u.closed_on IS NULL OR u.closed_on >= :day ORDER BY u.code").bindparams(
        _DAY, with_closed=False
    )
)
_PEOPLE_TODAY = prepared(
    text("SELECT unit_id, count(*) FROM directory_people WHERE employed AND unit_id IS NOT NULL GROUP BY unit_id")
)
_PEOPLE_ON = prepared(
    text("""
SELECT unit_id, count(*) FROM assignments
WHERE kind = 1 AND unit_id IS NOT NULL AND starts_on <= :day AND (ends_on IS NULL OR ends_on >= :day) GROUP BY unit_id
""").bindparams(_DAY)
)
_HELD_AFTER = prepared(
    text("""
SELECT (SELECT count(DISTINCT employee_id) FROM assignments a WHERE (a.unit_id = :unit_id OR a.post_id IN
            (SELECT post_id FROM posts WHERE unit_id = :unit_id))
            AND a.kind = 1 AND (a.ends_on IS NULL OR (a.ends_on > :day AND a.ends_on >= a.starts_on))) AS people,
       (SELECT count(DISTINCT s.unit_id) FROM unit_states s WHERE s.parent_id = :unit_id
            AND (s.ends_on IS NULL OR (s.ends_on > :day AND s.ends_on >= s.starts_on))) AS units
""").bindparams(_DAY, bindparam("unit_id", type_=Uuid))
)
_ADD = prepared(
    insert(units)
    .values(unit_id=bindparam("id"), code=bindparam("code_"), opened_on=bindparam("day"))
    .on_conflict_do_nothing(index_elements=["code"])
)
_KNOWN = prepared(
    select(exists().where(people.c.employee_id == bindparam("employee_id"), people.c.erased_at.is_(None)))
)


async def list_units(call: Call, request: organization_pb2.ListUnitsRequest) -> organization_pb2.ListUnitsResponse:
    day = optional_date(request.as_of, "as_of", call.language)
    rows = await call.db.rows(_TREE, day=day or call.house.today(), with_closed=request.with_closed)
    found = await _messages(call, rows, day)
    return organization_pb2.ListUnitsResponse(units=_parents_first(found))


async def get_unit(call: Call, request: organization_pb2.GetUnitRequest) -> organization_pb2.Unit:
    return await _shown(call, UUID(request.unit_id), optional_date(request.as_of, "as_of", call.language))


async def open_unit(call: Call, request: organization_pb2.OpenUnitRequest) -> organization_pb2.Unit:
    opens_on = date_of(request.opens_on, "opens_on", call.language)
    parent_id, head_id = optional_id(request.parent_id), optional_id(request.head_id)
    if parent_id:
        await unit_records.require_open(call, parent_id, opens_on)
    await _require_person(call, head_id)
    unit_id = uuid7()
    if not await call.db.run(_ADD, id=unit_id, code_=request.code, day=opens_on):
        raise CodeTaken(taken_code=request.code)
    state = State(uuid7(), unit_id, opens_on, None, request.name, request.name_en, parent_id, head_id)
    await unit_records.open_state(call, state)
    unit_records.tell(call, UnitRecord(unit_id, request.code, opens_on, None, 1, (state,)), state)
    await unit_records.settle(call, [unit_id])
    return await _shown(call, unit_id, opens_on)


async def change_unit(call: Call, request: organization_pb2.ChangeUnitRequest) -> organization_pb2.Unit:
    on = date_of(request.effective_on, "effective_on", call.language)
    fields: dict[str, Any] = {name: getattr(request, name) for name in ("name", "name_en") if request.HasField(name)}
    if request.HasField("parent_id"):
        fields["parent_id"] = UUID(request.parent_id)
        await call.over_unit(fields["parent_id"])
    if request.HasField("head_id"):
        fields["head_id"] = optional_id(request.head_id)
        await _require_person(call, fields["head_id"])
    record = await unit_records.open_for_change(call, UUID(request.unit_id), request.version)
    change = unit_rules.plan_change(record.states, on=on, today=call.house.today(), **fields)
    if "parent_id" in fields:
        await unit_records.require_open(call, fields["parent_id"], on)
        await _check_tree(call, record, change)
    await unit_records.save(call, record, change)
    return await _shown(call, record.unit_id, on)


async def close_unit(call: Call, request: organization_pb2.CloseUnitRequest) -> organization_pb2.Unit:
    """The unit's posts close with it."""
    last_day = date_of(request.last_day, "last_day", call.language)
    record = await unit_records.open_for_change(call, UUID(request.unit_id), request.version)
    change = unit_rules.plan_close(record.states, last_day=last_day, today=call.house.today())
    held = await call.db.row(_HELD_AFTER, unit_id=record.unit_id, day=last_day)
    if held and (held["people"] or held["units"]):
        raise UnitNotEmpty(people=held["people"], units=held["units"])
    await posts.close_all(call, record.unit_id, last_day)
    await unit_records.save(call, record, change, closed_on=last_day)
    return await _shown(call, record.unit_id, last_day)


async def _check_tree(call: Call, record: UnitRecord, change: unit_rules.StateChange) -> None:
    opened = change.opened[0]
    tree = await unit_records.tree_from(call, opened.starts_on)
    tree[record.unit_id] = unit_rules.applied(record.states, change)
    codes = await unit_records.codes(call)
    unit_rules.check_tree(record.unit_id, opened.days, lambda one: tree.get(one, ()), codes)


async def _require_person(call: Call, employee_id: UUID | None) -> None:
    if employee_id and not await call.db.value(_KNOWN, employee_id=employee_id):
        raise EmployeeNotFound(employee_id=employee_id)


async def _shown(call: Call, unit_id: UUID, day: date | None) -> organization_pb2.Unit:
    rows = await call.db.rows(_TREE, day=day or call.house.today(), with_closed=True)
    unit = next((unit for unit in await _messages(call, rows, day) if unit.unit_id == str(unit_id)), None)
    if unit is None:
        raise UnitNotFound(unit_id=unit_id)
    return unit


async def _messages(call: Call, rows: Iterable[Any], day: date | None) -> list[organization_pb2.Unit]:
    today = day is None or day == call.house.today()
    counted = await (call.db.rows(_PEOPLE_TODAY) if today else call.db.rows(_PEOPLE_ON, day=day))
    people_in = {row[0]: row[1] for row in counted}
    parents = {row["unit_id"]: row["parent_id"] for row in rows}
    below = dict.fromkeys(parents, 0)
    for unit_id, count in people_in.items():
        at, seen = unit_id, set()
        while at in parents and at not in seen:
            seen.add(at)
            below[at] += count
            at = parents[at]
    return [
        organization_pb2.Unit(
            unit_id=str(row["unit_id"]),
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            parent_id=str(row["parent_id"] or ""),
            head_id=str(row["head_id"] or ""),
            since=text_of(row["starts_on"]),
            closed_on=text_of(row["closed_on"]),
            version=row["version"],
            people=people_in.get(row["unit_id"], 0),
            people_below=below[row["unit_id"]],
        )
        for row in rows
    ]


def _parents_first(found: list[organization_pb2.Unit]) -> list[organization_pb2.Unit]:
    """Depth first, siblings by code. A unit whose parent is not shown stands with the roots."""
    known = {unit.unit_id for unit in found}
    children: dict[str, list[organization_pb2.Unit]] = {}
    for unit in found:
        children.setdefault(unit.parent_id if unit.parent_id in known else "", []).append(unit)
    ordered: list[organization_pb2.Unit] = []
    waiting = list(reversed(children.get("", [])))
    while waiting:
        unit = waiting.pop()
        ordered.append(unit)
        waiting.extend(reversed(children.get(unit.unit_id, [])))
    return ordered
