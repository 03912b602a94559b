"""Pure: lays stretches of a file over a person's career. Days the file does not speak of stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.kit.ids import uuid7
from services.employees.career import PRIMARY, Assignment, Career, Change, Employment
from services.employees.days import DAY, Window, common, covers

Where = tuple[UUID | None, UUID | None, UUID | None]
"""Unit, post and manager."""
Resolve = Callable[[Where], Where]


@dataclass(frozen=True)
class Stretch:
    """Days spent in a place. `place` answers unit, post and manager for those the person had on a day."""

    row: int
    starts_on: date
    ends_on: date | None
    place: Resolve

    @property
    def days(self) -> Window:
        return self.starts_on, self.ends_on


@dataclass(frozen=True)
class Laid:
    """What a file's stretches do to a career. `told` rows say something new."""

    employments: tuple[Employment, ...]
    change: Change
    told: frozenset[int]


def lay(career: Career, stretches: Sequence[Stretch]) -> Laid:
    """Stretches must not overlap each other. What lies before the first day becomes employments of its own.

    A stretch that goes on after a last day ends with it.
    """
    earlier = _earlier(career, stretches)
    employments = sorted((*career.employments, *earlier), key=lambda e: e.hired_on)
    held = career.of_kind(PRIMARY)
    final: list[tuple[Window, Where]] = []
    told: set[int] = set()
    for employment in employments:
        final += _within(employment, held, stretches, told)
    return Laid(tuple(earlier), _change(career.employee_id, held, final), frozenset(told))


def _earlier(career: Career, stretches: Sequence[Stretch]) -> list[Employment]:
    """Employments for stretches that lie in none: those that follow each other without a gap are one."""
    first = career.employments[0].hired_on
    blocks: list[list[date]] = []
    for one in sorted(stretches, key=lambda s: s.starts_on):
        if one.ends_on is None or one.ends_on >= first:
            continue
        if any(common(one.days, e.days) for e in career.employments):
            continue
        if blocks and one.starts_on <= blocks[-1][1] + DAY:
            blocks[-1][1] = max(blocks[-1][1], one.ends_on)
        else:
            blocks.append([one.starts_on, one.ends_on])
    return [Employment(uuid7(), career.employee_id, starts, ends) for starts, ends in blocks]


def _within(
    employment: Employment, held: Sequence[Assignment], stretches: Sequence[Stretch], told: set[int]
) -> list[tuple[Window, Where]]:
    """The employment's days as stretches of equal place, in order."""
    inside = [one for one in stretches if common(one.days, employment.days)]
    found: list[tuple[Window, Where]] = []
    for window in _pieces(employment.days, [*(a.days for a in held), *(one.days for one in inside)]):
        base = next((a for a in held if covers(a.days, window[0])), None)
        before: Where = (base.unit_id, base.post_id, base.manager_id) if base else (None, None, None)
        over = next((one for one in inside if covers(one.days, window[0])), None)
        now = over.place(before) if over else before
        if over and (base is None or now != before):
            told.add(over.row)
        if found and found[-1][1] == now:
            found[-1] = ((found[-1][0][0], window[1]), now)
        else:
            found.append((window, now))
    return found


def _pieces(whole: Window, cuts: Sequence[Window]) -> list[Window]:
    """The window cut wherever one of `cuts` begins or has ended."""
    starts = {whole[0]}
    for cut in cuts:
        if common(cut, whole):
            starts.add(max(cut[0], whole[0]))
            if cut[1] is not None and (whole[1] is None or cut[1] < whole[1]):
                starts.add(cut[1] + DAY)
    ordered = sorted(starts)
    return [(first, ordered[at + 1] - DAY if at + 1 < len(ordered) else whole[1]) for at, first in enumerate(ordered)]


def _change(employee_id: UUID, held: Sequence[Assignment], final: Sequence[tuple[Window, Where]]) -> Change:
    """Keeps rows that are right, shortens those that only end earlier, calls off the rest and opens what is missing."""
    missing = dict(final)
    closed: list[tuple[UUID, date]] = []
    for line in held:
        where: Where = (line.unit_id, line.post_id, line.manager_id)
        if missing.get(line.days) == where:
            del missing[line.days]
            continue
        same = next((w for w, place in missing.items() if w[0] == line.starts_on and place == where), None)
        if same and same[1] is not None:
            closed.append((line.assignment_id, same[1]))
            del missing[same]
        else:
            closed.append((line.assignment_id, line.starts_on - DAY))
    blank = Assignment(uuid7(), employee_id, PRIMARY, None, None, None, date.min, None)
    opened = tuple(
        replace(
            blank, assignment_id=uuid7(), unit_id=unit_id, post_id=post_id, manager_id=manager_id,
            starts_on=window[0], ends_on=window[1],
        )
        for window, (unit_id, post_id, manager_id) in missing.items()
    )  # fmt: skip
    return Change(tuple(closed), opened)
