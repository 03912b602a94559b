"""Imports organisation units and posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import String, any_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import directory
from libs.kit.database import prepared
from libs.kit.dates import text_of
from libs.kit.ids import text_of_id, uuid7
from mainstay.employees.v1 import events_pb2, organization_pb2
from services.employees import bulk, facts
from services.employees.applying.context import Context, Refusal
from services.employees.applying.writing import Writer
from services.employees.days import DAY
from services.employees.errors import PostFull
from services.employees.importing.checking import Checker
from services.employees.importing.existing import KnownUnit
from services.employees.importing.rows import PostRow, UnitRow
from services.employees.importing.structure import PlannedUnit
from services.employees.tables import posts, unit_states, units
from services.employees.unit_rules import State, state_on

_STATES = prepared(
    select(*(unit_states.c[name] for name in bulk.STATE[:-1])).where(unit_states.c.unit_id == bindparam("unit_id"))
)
_CLOSE = prepared(
    update(unit_states).where(unit_states.c.state_id == bindparam("id")).values(ends_on=bindparam("last"))
)
_TOUCH = prepared(update(units).where(units.c.unit_id == bindparam("id")).values(version=units.c.version + 1))
_POSTS = prepared(
    select(
        *posts.c,
        text("(SELECT count(*) FROM directory_people d WHERE d.post_id = posts.post_id AND d.employed) AS filled"),
    ).where(posts.c.code == any_(bindparam("codes", type_=ARRAY(String))))
)
_FIELDS = ("title", "title_en", "family", "level", "criticality", "headcount")
_CHANGE = prepared(
    update(posts)
    .where(posts.c.post_id == bindparam("id"))
    .values({name: bindparam(name) for name in _FIELDS} | {"version": posts.c.version + 1})
)


@dataclass(frozen=True)
class _Planned:
    unit_id: UUID
    code: str
    name: str
    name_en: str
    parent_id: UUID | None
    head_id: UUID | None
    known: KnownUnit | None


class UnitImport:
    """Units are compared as they are today and change from today on."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._planned: list[_Planned] = []
        self._ids: dict[str, UUID] = {}

    async def take(self, rows: Sequence[UnitRow]) -> None:
        """Parents may follow: everything is looked at when all rows are there."""

    async def conclude(self, checker: Checker) -> None:
        context = self._context
        known = {unit.code: unit for unit in context.present.existing.units}
        for one in checker.units:
            code = one.unit.code
            present = known.get(code)
            self._ids[code] = present.unit_id if present else uuid7()
            plan = self._plan(one, present)
            if present is None:
                context.new += 1
            elif self._differs(plan, present):
                context.changed += 1
            else:
                context.same += 1
                continue
            self._planned.append(plan)

    def _plan(self, one: PlannedUnit, known: KnownUnit | None) -> _Planned:
        context, row = self._context, one.unit
        parent = self._ids[one.parent] if isinstance(one.parent, str) else context.opening.unit(one.parent)
        if known is not None and "parent" not in context.mapping.fields:
            parent = known.parent_id
        head = context.present.existing.people[row.head_number].employee_id if row.head_number else None
        if head is None and known is not None:
            head = context.present.heads.get(known.unit_id)
        name_en = row.name_en or (known.name_en if known else "")
        return _Planned(self._ids[row.code], row.code, row.name, name_en, parent, head, known)

    def _differs(self, plan: _Planned, known: KnownUnit) -> bool:
        head = self._context.present.heads.get(known.unit_id)
        now = (known.name, known.name_en, known.parent_id, head)
        return (plan.name, plan.name_en, plan.parent_id, plan.head_id) != now

    async def finish(self) -> None:
        context = self._context
        writer = Writer(context.db, context.vault, context.clock, "employees")
        told = await context.opening.write(context.db, context.now)
        for plan in self._planned:
            told += await self._write(plan)
        await writer.publish(told)

    async def close(self) -> None:
        pass

    async def _write(self, plan: _Planned) -> list[Message]:
        context, today = self._context, self._context.today
        fresh = State(uuid7(), plan.unit_id, today, None, plan.name, plan.name_en, plan.parent_id, plan.head_id)
        if plan.known is None:
            await context.db.copy(units, ("unit_id", "code", "opened_on"), [(plan.unit_id, plan.code, today)])
        else:
            states = [State(*row) for row in await context.db.rows(_STATES, unit_id=plan.unit_id)]
            here = state_on(states, today)
            if here is not None:
                fresh = replace(fresh, ends_on=here.ends_on)
                await context.db.run(_CLOSE, id=here.state_id, last=today - DAY)
            await context.db.run(_TOUCH, id=plan.unit_id)
        await context.db.copy(unit_states, bulk.STATE, [bulk.state_row(fresh, context.now)])
        placed = events_pb2.UnitPlaced(
            unit_id=str(plan.unit_id),
            parent_id=text_of_id(plan.parent_id),
            open=True,
            code=plan.code,
            name=plan.name,
            name_en=plan.name_en,
        )
        await directory.place_unit(context.db, placed)
        changed = events_pb2.UnitChanged(
            unit_id=str(plan.unit_id),
            code=plan.code,
            name=plan.name,
            name_en=plan.name_en,
            parent_id=text_of_id(plan.parent_id),
            head_id=text_of_id(plan.head_id),
            effective_on=text_of(today),
        )
        return [changed, placed]


class PostImport:
    """A post that is there stays in its unit; what the file says of it otherwise holds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._new: list[tuple[Any, ...]] = []
        self._changed: list[dict[str, Any]] = []
        self._told: list[Message] = []

    async def take(self, rows: Sequence[PostRow]) -> None:
        context = self._context
        known = {row["code"]: row for row in await context.db.rows(_POSTS, codes=[one.code for one in rows])}
        for row in rows:
            present = known.get(row.code)
            if present is None:
                self._add(row)
            else:
                self._compare(row, present)

    async def conclude(self, checker: Checker) -> None:
        """Nothing is left to compare."""

    async def finish(self) -> None:
        context = self._context
        writer = Writer(context.db, context.vault, context.clock, "employees")
        told = await context.opening.write(context.db, context.now)
        columns = ("post_id", "code", "unit_id", "opened_on", *_FIELDS)
        await context.db.copy(posts, columns, self._new)
        if self._changed:
            await context.db.run_many(_CHANGE, self._changed)
        await writer.publish([*told, *self._told])

    async def close(self) -> None:
        pass

    def _add(self, row: PostRow) -> None:
        context = self._context
        unit_id = context.opening.unit(row.unit) or context.opening.root
        if unit_id is None:
            context.refusals.append(Refusal(row.row, "unit", "UNIT_UNSAID"))
            return
        context.new += 1
        post_id, fields = uuid7(), _fields(row)
        self._new.append((post_id, row.code, unit_id, context.today, *fields.values()))
        self._tell(post_id, row.code, unit_id, context.today, fields)

    def _compare(self, row: PostRow, present: Any) -> None:
        context, said = self._context, _fields(row)
        mapped = context.mapping.fields
        now = {
            name: value if name in mapped and value != _UNSAID[name] else present[name] for name, value in said.items()
        }
        if all(now[name] == present[name] for name in _FIELDS):
            context.same += 1
            return
        if now["headcount"] < present["filled"]:
            fault = PostFull(post_id=present["post_id"], headcount=now["headcount"], filled=present["filled"])
            context.refusals.append(Refusal.of(row.row, fault))
            return
        context.changed += 1
        self._changed.append({"id": present["post_id"], **now})
        self._tell(present["post_id"], row.code, present["unit_id"], present["opened_on"], now)

    def _tell(self, post_id: UUID, code: str, unit_id: UUID, opened_on: date, fields: dict[str, Any]) -> None:
        shown = {name: value for name, value in fields.items() if name != "criticality"}
        changed = events_pb2.PostChanged(post_id=str(post_id), code=code, unit_id=str(unit_id), **shown)
        self._told += facts.post(changed, opened_on)


_UNSAID: dict[str, Any] = {"title": "", "title_en": "", "family": "", "level": 0, "criticality": 0, "headcount": 0}


def _fields(row: PostRow) -> dict[str, Any]:
    criticality = f"CRITICALITY_{row.criticality or 'UNSPECIFIED'}"
    return {
        "title": row.title,
        "title_en": row.title_en,
        "family": row.family,
        "level": row.level,
        "criticality": int(organization_pb2.Criticality.Value(criticality)),
        "headcount": row.headcount,
    }
