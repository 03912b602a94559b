"""Pure: a person's time here as rows of days, before and after a change. The rules that plan changes are in `rules`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from mainstay.employees.v1 import people_pb2
from services.employees.days import DAY, Window, covers, within
from services.employees.errors import BeforeHire, NotEmployed

PRIMARY = people_pb2.ASSIGNMENT_KIND_PRIMARY
DOTTED = people_pb2.ASSIGNMENT_KIND_DOTTED


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person's place, or a second line of reporting, over a stretch of days."""

    assignment_id: UUID
    employee_id: UUID
    kind: int
    unit_id: UUID | None
    post_id: UUID | None
    manager_id: UUID | None
    starts_on: date
    ends_on: date | None

    @property
    def days(self) -> Window:
        return self.starts_on, self.ends_on

    @property
    def called_off(self) -> bool:
        return self.ends_on is not None and self.ends_on < self.starts_on


@dataclass(frozen=True, slots=True)
class Employment:
    """One time somebody works here."""

    employment_id: UUID
    employee_id: UUID
    hired_on: date
    last_day: date | None = None
    probation_ends_on: date | None = None
    confirmed_on: date | None = None

    @property
    def days(self) -> Window:
        return self.hired_on, self.last_day


@dataclass(frozen=True)
class Career:
    """All of a person's employments and assignments, oldest first."""

    employee_id: UUID
    number: str
    employments: tuple[Employment, ...] = ()
    assignments: tuple[Assignment, ...] = ()

    def of_kind(self, kind: int) -> list[Assignment]:
        return [a for a in self.assignments if a.kind == kind and not a.called_off]

    def primary_on(self, day: date) -> Assignment | None:
        return next((a for a in self.of_kind(PRIMARY) if covers(a.days, day)), None)

    def dotted_on(self, day: date) -> list[Assignment]:
        return [a for a in self.of_kind(DOTTED) if covers(a.days, day)]

    def employment_on(self, day: date) -> Employment | None:
        return next((e for e in self.employments if covers(e.days, day)), None)

    def latest_on(self, day: date) -> Employment | None:
        """The employment on a day, or the last one before it, or the first one to come."""
        begun = [e for e in self.employments if e.hired_on <= day]
        return begun[-1] if begun else next(iter(self.employments), None)

    def require(self, day: date) -> Employment:
        """The employment on a day. Raises BeforeHire or NotEmployed."""
        found = self.employment_on(day)
        if found:
            return found
        if self.employments and day < self.employments[0].hired_on:
            raise BeforeHire(employee_id=self.employee_id, hired_on=self.employments[0].hired_on)
        raise self._absent(day)

    def _absent(self, day: date) -> NotEmployed:
        former = [e.last_day for e in self.employments if e.last_day and e.last_day < day]
        return NotEmployed(
            employee_id=self.employee_id, number=self.number, day=day, last_day=max(former) if former else None
        )

    def require_throughout(self, window: Window) -> None:
        """Raises NotEmployed unless the person works here on every day of the window, as a manager must."""
        if not any(within(window, e.days) for e in self.employments):
            present = self.employment_on(window[0])
            if present is None or present.last_day is None:
                raise self._absent(window[0])
            raise NotEmployed(
                employee_id=self.employee_id,
                number=self.number,
                day=present.last_day + DAY,
                last_day=present.last_day,
            )


@dataclass(frozen=True)
class Change:
    """What a command does to a person's assignments. `closed` gives rows another last day; `opened` are new rows."""

    closed: tuple[tuple[UUID, date], ...] = ()
    opened: tuple[Assignment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.closed or self.opened)


def applied(career: Career, change: Change) -> Career:
    """The career after a change."""
    ends = dict(change.closed)
    kept = [replace(a, ends_on=ends[a.assignment_id]) if a.assignment_id in ends else a for a in career.assignments]
    ordered = sorted([*kept, *change.opened], key=lambda a: (a.starts_on, a.assignment_id))
    return replace(career, assignments=tuple(ordered))


def status(employment: Employment | None, day: date) -> int:
    """Where in their time here somebody is on a day.

    Probation ends with the confirmation, or by law after its last day when nothing was said.
    """
    if employment is None or (employment.last_day is not None and employment.last_day < day):
        return people_pb2.EMPLOYEE_STATUS_LEFT
    if employment.hired_on > day:
        return people_pb2.EMPLOYEE_STATUS_JOINING
    if employment.last_day is not None:
        return people_pb2.EMPLOYEE_STATUS_LEAVING
    ends = employment.probation_ends_on
    confirmed = employment.confirmed_on
    if ends is not None and day <= ends and (confirmed is None or day < confirmed):
        return people_pb2.EMPLOYEE_STATUS_PROBATION
    return people_pb2.EMPLOYEE_STATUS_ACTIVE
