"""Pure: how the tree of units changes over time.

The laws: on every day from its first to its last a unit has exactly one state, and no unit lies below itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.kit.ids import uuid7
from services.employees.days import DAY, Window, common, covers, find_loop
from services.employees.errors import NothingChanges, OverlapsHistory, UnitCycle, UnitNotFound


@dataclass(frozen=True, slots=True)
class State:
    """What a unit is called and where it stands over a stretch of days."""

    state_id: UUID
    unit_id: UUID
    starts_on: date
    ends_on: date | None
    name: str
    name_en: str
    parent_id: UUID | None
    head_id: UUID | None

    @property
    def days(self) -> Window:
        return self.starts_on, self.ends_on

    @property
    def called_off(self) -> bool:
        return self.ends_on is not None and self.ends_on < self.starts_on


@dataclass(frozen=True)
class StateChange:
    closed: tuple[tuple[UUID, date], ...] = ()
    opened: tuple[State, ...] = ()


def state_on(states: Sequence[State], day: date) -> State | None:
    return next((s for s in states if not s.called_off and covers(s.days, day)), None)


def plan_change(states: Sequence[State], *, on: date, today: date, **fields: Any) -> StateChange:
    """Closes the state of `on` the day before and opens one with other `fields` for the rest of its days.

    Raises UnitNotFound when there is no state on that day, NothingChanges, and OverlapsHistory when the state starts
    on `on` or another one has begun since.
    """
    here = state_on(states, on)
    if here is None:
        raise UnitNotFound(unit_id=states[0].unit_id)
    changed = replace(here, **fields)
    if changed == here:
        raise NothingChanges
    if here.starts_on == on:
        raise OverlapsHistory(since=on)
    _refuse_begun(states, on, today)
    return StateChange(((here.state_id, on - DAY),), (replace(changed, state_id=uuid7(), starts_on=on),))


def plan_close(states: Sequence[State], *, last_day: date, today: date) -> StateChange:
    """Ends the unit after its last day; states planned beyond it are called off. Raises OverlapsHistory."""
    first = min(s.starts_on for s in states)
    if last_day < first:
        raise OverlapsHistory(since=first)
    _refuse_begun(states, last_day, today)
    closed = []
    for state in states:
        if state.starts_on > last_day and not state.called_off:
            closed.append((state.state_id, state.starts_on - DAY))
        elif state.ends_on is None or state.ends_on > last_day:
            closed.append((state.state_id, last_day))
    return StateChange(tuple(closed))


def plan_vacancy(states: Sequence[State], head_id: UUID, *, since: date, today: date) -> StateChange:
    """Takes a head who leaves out of the unit's states from `since` on; where one began after that, from today on."""
    closed: list[tuple[UUID, date]] = []
    opened: list[State] = []
    for state in states:
        if state.head_id != head_id or common(state.days, (since, None)) is None:
            continue
        first = max(state.starts_on, since)
        if first == state.starts_on < today:
            first = today
        if common(state.days, (first, None)) is None:
            continue
        closed.append((state.state_id, first - DAY))
        opened.append(replace(state, state_id=uuid7(), starts_on=first, head_id=None))
    return StateChange(tuple(closed), tuple(opened))


def applied(states: Sequence[State], change: StateChange) -> list[State]:
    ends = dict(change.closed)
    kept = [replace(s, ends_on=ends[s.state_id]) if s.state_id in ends else s for s in states]
    return sorted([*kept, *change.opened], key=lambda s: (s.starts_on, s.state_id))


def check_tree(
    unit_id: UUID, window: Window, states: Callable[[UUID], Iterable[State]], codes: Mapping[UUID, str]
) -> None:
    """Raises UnitCycle when the unit lies below itself on some day of the window, the change already applied."""

    def above(one: UUID) -> list[tuple[UUID, Window]]:
        return [(s.parent_id, s.days) for s in states(one) if s.parent_id and not s.called_off]

    loop = find_loop(unit_id, above, window)
    if loop:
        raise UnitCycle(chain=" → ".join(codes[one] for one in loop))


def _refuse_begun(states: Sequence[State], after: date, today: date) -> None:
    begun = [s.starts_on for s in states if not s.called_off and after < s.starts_on <= today]
    if begun:
        raise OverlapsHistory(since=max(begun))
