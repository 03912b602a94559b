"""Pure: what hiring, moving and leaving do to people's careers, and what they may not do.

The laws, on every day: whoever works here has exactly one primary assignment, and nobody else has any; nobody
reports, directly or not, to themselves; every manager works here. What has begun is never rewritten: an assignment
that another one follows keeps its first day, and a plan's last day only moves while it lies ahead. A plan that is
called off ends the day before it starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from libs.kit.ids import uuid7
from services.employees.career import DOTTED, PRIMARY, Assignment, Career, Change, Employment
from services.employees.days import DAY, Window, common, earlier, find_loop, most_at_once, within
from services.employees.errors import (
    AlreadyEmployed,
    AssignmentNotFound,
    BeforeHire,
    EmployeeNotFound,
    HasReports,
    NotEmployed,
    NothingChanges,
    OverlapsHistory,
    OwnManager,
    PostClosed,
    PostFull,
    PostNotFound,
    ReportingCycle,
    UnitClosed,
    UnitNotFound,
)


@dataclass(frozen=True)
class Place:
    """Where somebody goes."""

    unit_id: UUID | None
    post_id: UUID | None
    manager_id: UUID | None


@dataclass(frozen=True)
class UnitDays:
    """When a unit exists."""

    unit_id: UUID
    opened_on: date
    closed_on: date | None = None


@dataclass(frozen=True)
class PostDays:
    """When a post exists, and by whom it is held: the primary assignments of others."""

    post_id: UUID
    opened_on: date
    closed_on: date | None
    headcount: int
    held: Sequence[Window] = ()


@dataclass(frozen=True)
class Leave:
    """What a last day does: to the person's employment, and to the assignments of them and of those they lead."""

    employment: Employment
    changes: Mapping[UUID, Change] = field(default_factory=dict)


def check_place(unit: UnitDays, post: PostDays, window: Window) -> None:
    """Raises UnitNotFound, PostNotFound, UnitClosed, PostClosed or PostFull unless there is room on every day."""
    if unit.opened_on > window[0]:
        raise UnitNotFound(unit_id=unit.unit_id)
    if post.opened_on > window[0]:
        raise PostNotFound(post_id=post.post_id)
    if unit.closed_on and not within(window, (unit.opened_on, unit.closed_on)):
        raise UnitClosed(unit_id=unit.unit_id, closed_on=unit.closed_on)
    if post.closed_on and not within(window, (post.opened_on, post.closed_on)):
        raise PostClosed(post_id=post.post_id, closed_on=post.closed_on)
    filled = most_at_once(post.held, window)
    if filled >= post.headcount:
        raise PostFull(post_id=post.post_id, headcount=post.headcount, filled=filled)


def check_line(careers: Mapping[UUID, Career], line: Assignment) -> None:
    """Checks the manager of a new assignment against the careers of everybody above, the change already applied.

    Raises OwnManager, EmployeeNotFound, NotEmployed, or ReportingCycle with the numbers on the way.
    """
    manager_id = line.manager_id
    if manager_id is None:
        return
    if manager_id == line.employee_id:
        raise OwnManager(employee_id=manager_id)
    manager = careers.get(manager_id)
    if manager is None:
        raise EmployeeNotFound(employee_id=manager_id)
    manager.require_throughout(line.days)
    if line.kind != PRIMARY:
        return

    def above(employee_id: UUID) -> list[tuple[UUID, Window]]:
        career = careers.get(employee_id)
        return [(a.manager_id, a.days) for a in career.of_kind(PRIMARY) if a.manager_id] if career else []

    loop = find_loop(line.employee_id, above, line.days)
    if loop:
        raise ReportingCycle(chain=" → ".join(careers[one].number for one in loop))


def plan_hire(career: Career, place: Place, *, on: date, probation_ends_on: date | None) -> tuple[Employment, Change]:
    """A first or further employment and its first assignment.

    Raises AlreadyEmployed when an employment is open, OverlapsHistory when one ends on `on` or later.
    """
    if career.employments:
        latest = career.employments[-1]
        if latest.last_day is None:
            raise AlreadyEmployed(employee_id=career.employee_id)
        if latest.last_day >= on:
            raise OverlapsHistory(since=latest.hired_on)
    employment = Employment(uuid7(), career.employee_id, on, probation_ends_on=probation_ends_on)
    first = Assignment(uuid7(), career.employee_id, PRIMARY, place.unit_id, place.post_id, place.manager_id, on, None)
    return employment, Change(opened=(first,))


def plan_transfer(career: Career, place: Place, *, on: date, today: date) -> Change:
    """Closes the primary assignment the day before `on` and opens one in `place` for the rest of its days.

    The manager stays when `place` names none. Raises BeforeHire, NotEmployed, NothingChanges, and OverlapsHistory
    when `on` is not after the start of what it ends, or something else has begun since.
    """
    here = _primary(career, on)
    manager_id = place.manager_id or here.manager_id
    if (here.unit_id, here.post_id, here.manager_id) == (place.unit_id, place.post_id, manager_id):
        raise NothingChanges
    return _split(
        career,
        here,
        on,
        today,
        replace(here, unit_id=place.unit_id, post_id=place.post_id, manager_id=manager_id),
    )


def plan_manager_change(career: Career, manager_id: UUID, *, on: date, today: date) -> Change:
    """The same place under another manager, also in plans ahead that kept the former one.

    Raises like `plan_transfer`.
    """
    here = _primary(career, on)
    if here.manager_id == manager_id:
        raise NothingChanges
    if here.starts_on == on:
        raise OverlapsHistory(since=on)
    return hand_over(career, here.manager_id, manager_id, on=on, today=today)


def hand_over(career: Career, former: UUID | None, manager_id: UUID | None, *, on: date, today: date) -> Change:
    """Puts `manager_id` in the place of `former` wherever they lead the person from `on` on, plans included.

    Raises OverlapsHistory when an assignment began between `on` and today: that has happened.
    """
    closed: list[tuple[UUID, date]] = []
    opened: list[Assignment] = []
    for line in career.of_kind(PRIMARY):
        if line.manager_id != former or common(line.days, (on, None)) is None:
            continue
        if line.starts_on < on:
            change = _split(career, line, on, today, replace(line, manager_id=manager_id))
        else:
            _refuse_begun(career, on - DAY, today)
            change = Change(
                ((line.assignment_id, line.starts_on - DAY),),
                (replace(line, assignment_id=uuid7(), manager_id=manager_id),),
            )
        closed += change.closed
        opened += change.opened
    return Change(tuple(closed), tuple(opened))


def plan_dotted_line(career: Career, manager_id: UUID, *, starts_on: date, ends_on: date | None) -> Change:
    """A second line of reporting, not beyond the person's last day.

    Raises BeforeHire, NotEmployed, and NothingChanges when this is their manager on some of those days already.
    """
    employment = career.require(starts_on)
    line = Assignment(
        uuid7(), career.employee_id, DOTTED, None, None, manager_id, starts_on, earlier(ends_on, employment.last_day)
    )
    same = [a for a in career.of_kind(DOTTED) if a.manager_id == manager_id and common(a.days, line.days)]
    here = career.primary_on(starts_on)
    if same or (here and here.manager_id == manager_id):
        raise NothingChanges
    return Change(opened=(line,))


def plan_dotted_end(career: Career, assignment_id: UUID, *, ends_on: date, today: date) -> Change:
    """Ends a second line. Raises AssignmentNotFound, and OverlapsHistory when it is over or would not have begun."""
    line = next((a for a in career.of_kind(DOTTED) if a.assignment_id == assignment_id), None)
    if line is None:
        raise AssignmentNotFound(assignment_id=assignment_id)
    over = line.ends_on is not None and (line.ends_on < today or line.ends_on < ends_on)
    if over or ends_on < line.starts_on:
        raise OverlapsHistory(since=line.starts_on)
    return Change(closed=((line.assignment_id, ends_on),))


def plan_confirm(career: Career, *, on: date) -> Employment:
    """Ends probation. Raises BeforeHire, NotEmployed, and NothingChanges when there is no probation to end."""
    employment = career.require(on)
    if employment.probation_ends_on is None or employment.confirmed_on is not None:
        raise NothingChanges
    return replace(employment, confirmed_on=on)


def plan_leave(
    leaver: Career,
    led: Sequence[Career],
    successor_id: UUID | None,
    *,
    last_day: date,
    today: date,
) -> Leave:
    """Sets or moves the last day of work. `led` are all who report to the leaver after it, by either kind of line.

    Direct reports go to the successor the day after; a successor who is one of them takes the leaver's own manager.
    Second lines to and of the leaver end. Plans beyond the last day are called off. Raises NotEmployed, BeforeHire,
    HasReports, and OverlapsHistory when what the last day would end has been followed by something that began.
    """
    employment = _to_end(leaver, last_day, today)
    changes = {leaver.employee_id: _end_own(leaver, employment, last_day, today)}
    after: Window = (last_day + DAY, None)
    reports = [c for c in led if any(_led_by(a, leaver.employee_id, after) for a in c.of_kind(PRIMARY))]
    if reports and successor_id in {None, leaver.employee_id}:
        raise HasReports(reports=len(reports))
    here = leaver.primary_on(min(last_day, employment.last_day or last_day))
    for report in reports:
        manager_id = successor_id
        if report.employee_id == successor_id:
            manager_id = here.manager_id if here else None
        changes[report.employee_id] = hand_over(report, leaver.employee_id, manager_id, on=last_day + DAY, today=today)
    for career in led:
        ended = tuple(
            (a.assignment_id, max(last_day, a.starts_on - DAY))
            for a in career.of_kind(DOTTED)
            if _led_by(a, leaver.employee_id, after)
        )
        if ended:
            before = changes.get(career.employee_id, Change())
            changes[career.employee_id] = Change((*before.closed, *ended), before.opened)
    return Leave(replace(employment, last_day=last_day), {who: change for who, change in changes.items() if change})


def _to_end(leaver: Career, last_day: date, today: date) -> Employment:
    latest = leaver.employments[-1] if leaver.employments else None
    if latest is None or (latest.last_day is not None and latest.last_day < today):
        raise NotEmployed(
            employee_id=leaver.employee_id,
            number=leaver.number,
            day=last_day,
            last_day=latest.last_day if latest else None,
        )
    if last_day < latest.hired_on:
        raise BeforeHire(employee_id=leaver.employee_id, hired_on=latest.hired_on)
    return latest


def _end_own(leaver: Career, employment: Employment, last_day: date, today: date) -> Change:
    """Ends everything of the leaver's at the last day, and prolongs the primary assignment up to a later one."""
    _refuse_begun(leaver, last_day, today)
    closed: list[tuple[UUID, date]] = []
    for line in [*leaver.of_kind(PRIMARY), *leaver.of_kind(DOTTED)]:
        if line.starts_on < employment.hired_on:
            continue
        if line.starts_on > last_day:
            closed.append((line.assignment_id, line.starts_on - DAY))
            continue
        prolonged = line.kind == PRIMARY and line.ends_on == employment.last_day
        if line.ends_on is None or line.ends_on > last_day or (prolonged and line.ends_on < last_day):
            closed.append((line.assignment_id, last_day))
    return Change(tuple(closed))


def _led_by(line: Assignment, manager_id: UUID, window: Window) -> bool:
    return line.manager_id == manager_id and common(line.days, window) is not None


def _primary(career: Career, on: date) -> Assignment:
    career.require(on)
    here = career.primary_on(on)
    if here is None:
        raise LookupError(f"{career.employee_id} has no primary assignment on {on}")
    return here


def _refuse_begun(career: Career, after: date, today: date) -> None:
    """Raises OverlapsHistory when a primary assignment began after `after` and not later than today."""
    begun = [a.starts_on for a in career.of_kind(PRIMARY) if after < a.starts_on <= today]
    if begun:
        raise OverlapsHistory(since=max(begun))


def _split(career: Career, line: Assignment, on: date, today: date, rest: Assignment) -> Change:
    """`line` until the day before `on`, `rest` for the days it had from then on."""
    if line.starts_on >= on:
        raise OverlapsHistory(since=line.starts_on)
    _refuse_begun(career, on, today)
    return Change(
        ((line.assignment_id, on - DAY),), (replace(rest, assignment_id=uuid7(), starts_on=on, ends_on=line.ends_on),)
    )
