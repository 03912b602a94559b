"""The directory: a service's own copy of who reports to whom and of the tree of units, kept from employees' events.

It turns scopes into one SQL condition for lists (`inside`) and into one check for a single person (`place_of` with
`scopes.covers_person`); a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    false,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, array, insert

from libs.kit.access.scopes import ALL, REPORTS, SELF, UNIT, Place, Scope
from libs.kit.database import Session, prepared
from libs.kit.tables import directory_people as people
from libs.kit.tables import directory_units as units
from mainstay.employees.v1 import events_pb2

_PLACE = prepared(
    select(people.c.chain, people.c.dotted, units.c.path)
    .select_from(people.outerjoin(units, units.c.unit_id == people.c.unit_id))
    .where(people.c.employee_id == bindparam("employee_id"))
)
_UNIT_BY_CODE = prepared(select(units.c.unit_id).where(units.c.code == bindparam("code"), units.c.open))
_UNIT_PATH = prepared(select(units.c.path).where(units.c.unit_id == bindparam("unit_id")))


def _given(table: Table, *without: str) -> dict[str, BindParameter[Any]]:
    return {column.name: bindparam(column.name) for column in table.c if column.name not in without}


_PERSON = insert(people).values(_given(people, "chain"))
_UPSERT_PERSON = prepared(
    _PERSON.on_conflict_do_update(
        index_elements=["employee_id"],
        set_=_given(people, "chain", "employee_id"),
        # An erasure is final: what was said before it and comes after it is not taken over.
        where=or_(~people.c.erased, _PERSON.excluded.erased),
    )
)
_UPSERT_UNIT = prepared(
    insert(units)
    .values(_given(units, "path"))
    .on_conflict_do_update(index_elements=["unit_id"], set_=_given(units, "path", "unit_id"))
)
# Managers are followed by id and not by what their chains said: events of different people arrive in any order,
# and only this way does the last one to arrive put everything below it right. A loop that is there for a moment is cut.
_RECHAIN = prepared(
    text("""
WITH RECURSIVE above(step, manager_id, chain) AS (
    SELECT 1, p.manager_id, ARRAY[]::uuid[] FROM directory_people p WHERE p.employee_id = :employee_id
  UNION ALL
    SELECT a.step + 1, p.manager_id, a.chain || a.manager_id
    FROM above a LEFT JOIN directory_people p ON p.employee_id = a.manager_id
    WHERE a.manager_id IS NOT NULL AND a.manager_id <> :employee_id AND NOT a.manager_id = ANY (a.chain)
), below(employee_id, chain) AS (
    SELECT CAST(:employee_id AS uuid), (SELECT chain FROM above ORDER BY step DESC LIMIT 1)
  UNION ALL
    SELECT p.employee_id, b.employee_id || b.chain
    FROM directory_people p JOIN below b ON p.manager_id = b.employee_id
    WHERE p.employee_id <> :employee_id AND NOT p.employee_id = ANY (b.chain)
)
UPDATE directory_people d SET chain = b.chain FROM below b
WHERE d.employee_id = b.employee_id AND d.chain IS DISTINCT FROM b.chain
""").bindparams(bindparam("employee_id", type_=Uuid))
)
_REPATH = prepared(
    text("""
WITH RECURSIVE above(step, unit_id, path) AS (
    SELECT 1, u.parent_id, ARRAY[u.unit_id] FROM directory_units u WHERE u.unit_id = :unit_id
  UNION ALL
    SELECT a.step + 1, u.parent_id, a.path || a.unit_id
    FROM above a LEFT JOIN directory_units u ON u.unit_id = a.unit_id
    WHERE a.unit_id IS NOT NULL AND NOT a.unit_id = ANY (a.path)
), below(unit_id, path) AS (
    SELECT CAST(:unit_id AS uuid), (SELECT path FROM above ORDER BY step DESC LIMIT 1)
  UNION ALL
    SELECT u.unit_id, u.unit_id || b.path
    FROM directory_units u JOIN below b ON u.parent_id = b.unit_id
    WHERE NOT u.unit_id = ANY (b.path)
)
UPDATE directory_units d SET path = b.path FROM below b
WHERE d.unit_id = b.unit_id AND d.path IS DISTINCT FROM b.path
""").bindparams(bindparam("unit_id", type_=Uuid))
)
# For bulk loads: all chains from the top down at once. Whoever has no manager, or one who is unknown, is a top.
_RECHAIN_ALL = prepared(
    text("""
WITH RECURSIVE below(employee_id, chain) AS (
    SELECT p.employee_id, CASE WHEN p.manager_id IS NULL THEN ARRAY[]::uuid[] ELSE ARRAY[p.manager_id] END
    FROM directory_people p LEFT JOIN directory_people m ON m.employee_id = p.manager_id WHERE m.employee_id IS NULL
  UNION ALL
    SELECT p.employee_id, b.employee_id || b.chain
    FROM directory_people p JOIN below b ON p.manager_id = b.employee_id
)
UPDATE directory_people d SET chain = b.chain FROM below b
WHERE d.employee_id = b.employee_id AND d.chain IS DISTINCT FROM b.chain
""")
)


def _id(text_: str) -> UUID | None:
    return UUID(text_) if text_ else None


async def place_person(session: Session, placed: events_pb2.PersonPlaced) -> bool:
    """Takes over where a person stands now and puts right the chains of everybody below. False, and nothing happens,
    when the person was erased and the event is from before that.
    """
    employee_id = UUID(placed.employee_id)
    if not await session.run(_UPSERT_PERSON, **person_row(placed)):
        return False
    await session.run(_RECHAIN, employee_id=employee_id)
    return True


async def place_unit(session: Session, placed: events_pb2.UnitPlaced) -> None:
    """Takes over where a unit stands now and puts right the paths of all units below."""
    unit_id = UUID(placed.unit_id)
    await session.run(
        _UPSERT_UNIT,
        unit_id=unit_id,
        parent_id=_id(placed.parent_id),
        open=placed.open,
        code=placed.code,
        name=placed.name,
        name_en=placed.name_en,
    )
    await session.run(_REPATH, unit_id=unit_id)


def person_row(placed: events_pb2.PersonPlaced) -> dict[str, Any]:
    return {
        "employee_id": UUID(placed.employee_id),
        "number": placed.number,
        "unit_id": _id(placed.unit_id),
        "post_id": _id(placed.post_id),
        "manager_id": _id(placed.manager_id),
        "dotted": [UUID(manager) for manager in placed.dotted_manager_ids],
        "employed": placed.employed,
        "erased": placed.erased,
        "last_day": date.fromisoformat(placed.last_day) if placed.last_day else None,
    }


async def place_people(session: Session, many: Sequence[events_pb2.PersonPlaced]) -> None:
    """The same for many people at once: one pass over all chains instead of one per person."""
    await session.run_many(_UPSERT_PERSON, [person_row(placed) for placed in many])
    await rechain_all(session)


async def rechain_all(session: Session) -> None:
    await session.run(_RECHAIN_ALL)


async def place_of(session: Session, employee_id: UUID) -> Place | None:
    """Where a person stands; None for somebody the directory has not heard of."""
    row = await session.row(_PLACE, employee_id=employee_id)
    if row is None:
        return None
    return Place(employee_id, tuple(row["chain"]), tuple(row["dotted"]), tuple(row["path"] or ()))


async def unit_path(session: Session, unit_id: UUID) -> tuple[UUID, ...]:
    """The unit and all above it, nearest first; empty for an unknown one."""
    return tuple(await session.value(_UNIT_PATH, unit_id=unit_id) or ())


async def unit_by_code(session: Session, code: str) -> UUID | None:
    """The open unit with a code."""
    found: UUID | None = await session.value(_UNIT_BY_CODE, code=code)
    return found


@dataclass(frozen=True)
class Reach:
    """Scopes made ready for SQL. `shape` says which conditions there are, so that one statement serves all callers of
    a shape; `values` are that statement's parameters.
    """

    shape: str
    values: dict[str, Any] = field(compare=False)


def reach(scopes: Iterable[Scope], holder: UUID | None) -> Reach:
    kinds = set()
    unit_ids = []
    for scope in scopes:
        if scope.kind == ALL:
            return Reach(ALL, {})
        if scope.unit_id is not None:
            unit_ids.append(scope.unit_id)
        elif holder is not None:
            kinds.add(scope.kind)
    values: dict[str, Any] = {"scope_holder": holder} if kinds else {}
    if unit_ids:
        kinds.add(UNIT)
        values["scope_units"] = unit_ids
    return Reach("+".join(sorted(kinds)), values)


def inside(shape: str, *, at_once: bool = False) -> ColumnElement[bool]:
    """The condition on `directory_people` that holds exactly for the people a reach of this shape covers.

    `at_once`: for statements that read everybody covered. A plan made without knowing the units takes them for few and
    visits each by itself, five times slower for 100,000 people in 100 units; so they are collected first.
    """
    kinds = shape.split("+")
    if ALL in kinds:
        return true()
    holder = bindparam("scope_holder", type_=Uuid)
    conditions: list[ColumnElement[bool]] = []
    if SELF in kinds:
        conditions.append(people.c.employee_id == holder)
    if REPORTS in kinds:
        mine = array([holder], type_=Uuid)
        conditions.extend([people.c.chain.contains(mine), people.c.dotted.contains(mine)])
    if UNIT in kinds:
        covered = select(units.c.unit_id).where(units.c.path.overlap(bindparam("scope_units", type_=ARRAY(Uuid))))
        conditions.append(_one_of(covered) if at_once else people.c.unit_id.in_(covered))
    return or_(*conditions) if conditions else false()


def below_unit(parameter: str, *, at_once: bool = False) -> ColumnElement[bool]:
    """The condition on `directory_people` for the unit in a parameter and all below it; `at_once` as for `inside`."""
    unit = array([bindparam(parameter, type_=Uuid)], type_=Uuid)
    below = select(units.c.unit_id).where(units.c.path.contains(unit))
    return _one_of(below) if at_once else people.c.unit_id.in_(below)


def _one_of(unit_ids: Select[Any]) -> ColumnElement[bool]:
    return people.c.unit_id == any_(func.array(unit_ids.scalar_subquery(), type_=ARRAY(Uuid)))
