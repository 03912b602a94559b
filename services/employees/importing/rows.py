"""Rows of a file once they are read: typed, complete, still naming other rows by number or code."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that a row names and that is not there; equal ones are the same unit."""

    name: str
    code: str
    """The row's own code for it, with prefix; empty when the row gives a name only."""
    parent: "UnitRef | None"


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post that a row names and that is not there; equal ones are the same post."""

    title: str
    code: str
    """The row's own code for it, with prefix; empty when the row gives a title only."""
    unit: "UnitRef | None"
    """None: in whatever unit the person is on those days."""


UnitRef = UUID | NewUnit
PostRef = UUID | NewPost


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with their present place."""

    row: int
    number: str
    name: str
    name_en: str
    work_mail: str
    mobile: str
    national_id: str
    birth_date: date | None
    home_address: str
    hired_on: date
    last_day: date | None
    probation_ends_on: date | None
    """The day before `confirmed_on` when only that was given."""
    confirmed_on: date | None
    unit: UnitRef | None
    """None when no column says: the person has no place yet."""
    post: PostRef | None
    manager_number: str
    """With prefix; somebody in the file or already there. Empty at the top."""
    time_zone: str
    contract_kind: str
    """Name of a `ContractKind` without prefix, `FIXED_TERM`; empty when no contract is given."""
    contract_starts_on: date | None
    contract_ends_on: date | None


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A stretch of days a person spent in a place; before `hired_on` it lies in an earlier employment.

    What no column or an empty cell says is None (the manager ''): it stays as it is on those days.
    """

    row: int
    number: str
    unit: UnitRef | None
    post: PostRef | None
    starts_on: date
    ends_on: date | None
    """Last day as in the file, None when open. Where the next row of the person begins on this very day, the
    stretch ends the day before: see `checking.Checker.last_days`."""
    manager_number: str


@dataclass(frozen=True, slots=True)
class PayRow:
    """Pay agreed from a day on. Agreed before the first day and lasting into it, it counts from the first day."""

    row: int
    number: str
    amount: Decimal
    currency: str
    starts_on: date
    ends_on: date | None
    pay_period: str
    """`hour`, `month` or `year`."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """An organisation unit. `parent` is as in the file until the whole file is read: see `Checker.units`."""

    row: int
    code: str
    name: str
    name_en: str
    parent: str
    head_number: str


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post."""

    row: int
    code: str
    title: str
    title_en: str
    unit: UnitRef | None
    """None: at the root unit, or at the only root there is."""
    family: str
    level: int
    """0 when not given."""
    criticality: str
    """`LOW`, `MEDIUM`, `HIGH`, or empty."""
    headcount: int
    """1 when not given."""


Typed = PersonRow | AssignmentRow | PayRow | UnitRow | PostRow
