"""Loads units with their states, under the lock on the tree for changes, writes changes back, and keeps today true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Uuid, any_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit import deadlines, directory
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of
from libs.kit.deadlines import Deadline
from libs.kit.errors import VersionConflict
from libs.kit.tables import directory_units
from mainstay.employees.v1 import events_pb2
from services.employees import records
from services.employees.days import DAY
from services.employees.errors import UnitClosed, UnitNotFound
from services.employees.placing import start_of
from services.employees.tables import unit_states, units
from services.employees.unit_rules import State, StateChange, applied, state_on

DUE = "employees.unit_day"

_STATE = (
    unit_states.c.state_id,
    unit_states.c.unit_id,
    unit_states.c.starts_on,
    unit_states.c.ends_on,
    unit_states.c.name,
    unit_states.c.name_en,
    unit_states.c.parent_id,
    unit_states.c.head_id,
)
_FIND = prepared(select(units).where(units.c.unit_id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
_STATES = prepared(
    select(*_STATE)
    .where(unit_states.c.unit_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(unit_states.c.starts_on, unit_states.c.state_id)
)
_CODES = prepared(select(units.c.unit_id, units.c.code))
_ALL_STATES = prepared(
    select(*_STATE).where(or_(unit_states.c.ends_on.is_(None), unit_states.c.ends_on >= bindparam("first")))
)
_HEADED = prepared(
    select(unit_states.c.unit_id)
    .distinct()
    .where(
        unit_states.c.head_id == bindparam("head_id"),
        or_(unit_states.c.ends_on.is_(None), unit_states.c.ends_on >= bindparam("since")),
    )
)
_CLOSE = prepared(
    update(unit_states).where(unit_states.c.state_id == bindparam("id")).values(ends_on=bindparam("last"))
)
_OPEN = prepared(
    insert(unit_states).values(
        {c.name: bindparam(c.name) for c in _STATE}
        | {"recorded_at": bindparam("at"), "recorded_by": bindparam("by", type_=Uuid)}
    )
)
_TOUCH = prepared(
    update(units)
    .where(units.c.unit_id == bindparam("id"))
    .values(version=units.c.version + 1, closed_on=func.coalesce(bindparam("closed", type_=Date), units.c.closed_on))
)
_STANDING = prepared(
    select(
        directory_units.c.parent_id, directory_units.c.open, directory_units.c.name, directory_units.c.name_en
    ).where(directory_units.c.unit_id == bindparam("unit_id"))
)


@dataclass(frozen=True)
class UnitRecord:
    """A unit with all its states, oldest first."""

    unit_id: UUID
    code: str
    opened_on: date
    closed_on: date | None
    version: int
    states: tuple[State, ...]


async def of(call: Call, ids: Iterable[UUID]) -> dict[UUID, UnitRecord]:
    wanted = list(ids)
    states: dict[UUID, list[State]] = {}
    for row in await call.db.rows(_STATES, ids=wanted):
        states.setdefault(row["unit_id"], []).append(State(*row))
    return {
        row["unit_id"]: UnitRecord(
            row["unit_id"],
            row["code"],
            row["opened_on"],
            row["closed_on"],
            row["version"],
            tuple(states.get(row["unit_id"], ())),
        )
        for row in await call.db.rows(_FIND, ids=wanted)
    }


async def one(call: Call, unit_id: UUID) -> UnitRecord:
    """Raises UnitNotFound."""
    found = (await of(call, [unit_id])).get(unit_id)
    if found is None:
        raise UnitNotFound(unit_id=unit_id)
    return found


async def open_for_change(call: Call, unit_id: UUID, version: int) -> UnitRecord:
    """A unit under the lock on the tree. Raises UnitNotFound, UnitClosed and VersionConflict."""
    await records.lock_lines(call.db)
    record = await one(call, unit_id)
    if record.version != version:
        raise VersionConflict(current_version=record.version)
    if record.closed_on is not None:
        raise UnitClosed(unit_id=unit_id, closed_on=record.closed_on)
    return record


async def require_open(call: Call, unit_id: UUID, first: date) -> UnitRecord:
    """A unit that is there from a day on. Raises UnitNotFound or UnitClosed."""
    record = await one(call, unit_id)
    if record.closed_on is not None:
        raise UnitClosed(unit_id=unit_id, closed_on=record.closed_on)
    if record.opened_on > first:
        raise UnitNotFound(unit_id=unit_id)
    return record


async def headed_by(call: Call, head_id: UUID, since: date) -> list[UUID]:
    return [row[0] for row in await call.db.rows(_HEADED, head_id=head_id, since=since)]


async def codes(call: Call) -> dict[UUID, str]:
    return {row[0]: row[1] for row in await call.db.rows(_CODES)}


async def tree_from(call: Call, first: date) -> dict[UUID, list[State]]:
    """All states on `first` or later, by unit."""
    found: dict[UUID, list[State]] = {}
    for row in await call.db.rows(_ALL_STATES, first=first):
        found.setdefault(row["unit_id"], []).append(State(*row))
    return found


async def save(call: Call, record: UnitRecord, change: StateChange, *, closed_on: date | None = None) -> UnitRecord:
    """Writes the change, gives the unit a new version, says so, and puts today right."""
    if change.closed:
        await call.db.run_many(_CLOSE, [{"id": row, "last": last} for row, last in change.closed])
    for state in change.opened:
        await open_state(call, state)
    await call.db.run(_TOUCH, id=record.unit_id, closed=closed_on)
    states = applied(record.states, change)
    saved = UnitRecord(
        record.unit_id, record.code, record.opened_on, closed_on or record.closed_on, record.version + 1, tuple(states)
    )
    said = change.opened[0] if change.opened else state_on(states, closed_on or record.opened_on)
    if said:
        tell(call, saved, said)
    await settle(call, [record.unit_id])
    return saved


async def open_state(call: Call, state: State) -> None:
    await call.db.run(_OPEN, **{c.name: getattr(state, c.name) for c in _STATE}, at=call.now, by=call.actor)


def tell(call: Call, record: UnitRecord, state: State) -> None:
    call.record(
        events_pb2.UnitChanged(
            unit_id=str(record.unit_id),
            code=record.code,
            name=state.name,
            name_en=state.name_en,
            parent_id=str(state.parent_id or ""),
            head_id=str(state.head_id or ""),
            effective_on=text_of(state.starts_on),
            closed_on=text_of(record.closed_on),
        )
    )


def place_on(record: UnitRecord, day: date) -> events_pb2.UnitPlaced | None:
    """Where a unit stands on a day; closed units in their last state, units to come in their first, as not open."""
    states = [state for state in record.states if not state.called_off]
    here = state_on(states, day)
    shown = here or next((s for s in states if s.starts_on > day), states[-1] if states else None)
    if shown is None:
        return None
    return events_pb2.UnitPlaced(
        unit_id=str(record.unit_id),
        parent_id=str(shown.parent_id or ""),
        open=here is not None,
        code=record.code,
        name=shown.name,
        name_en=shown.name_en,
    )


async def settle(call: Call, ids: Iterable[UUID]) -> None:
    """Like `placing.settle`, for units; their day is the company's."""
    today = call.house.today()
    for record in (await of(call, ids)).values():
        placed = place_on(record, today)
        if placed is None:
            continue
        standing = await call.db.row(_STANDING, unit_id=record.unit_id)
        now = (UUID(placed.parent_id) if placed.parent_id else None, placed.open, placed.name, placed.name_en)
        if standing is None or tuple(standing) != now:
            await directory.place_unit(call.db, placed)
            call.record(placed)
        turns = [s.starts_on for s in record.states if not s.called_off]
        turns += [s.ends_on + DAY for s in record.states if s.ends_on and not s.called_off]
        turn = min((turn for turn in turns if turn > today), default=None)
        if turn is not None:
            due = start_of(turn, call.house.time_zone)
            await deadlines.schedule(call.db, DUE, str(record.unit_id), due)


async def turn_day(call: Call, deadline: Deadline) -> None:
    """The day has come on which a unit opens, changes or closes."""
    await records.lock_lines(call.db)
    await settle(call, [UUID(deadline.key)])
