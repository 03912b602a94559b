"""What the demo company is made of: units, posts, people, and what happened, in the order it happened."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """An organisation unit, parents before children."""

    code: str
    name: str
    name_en: str
    parent: str
    """Code of the unit above; empty at the root."""
    opened_on: date


@dataclass(frozen=True, slots=True)
class DemoPost:
    """A post of one unit."""

    code: str
    title: str
    title_en: str
    unit: str
    family: str
    level: int
    criticality: str
    """`LOW`, `MEDIUM` or `HIGH`."""
    headcount: int
    opened_on: date


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who works or worked here. Nothing of it belongs to a real person; see `people`."""

    number: str
    name: str
    name_en: str
    work_mail: str
    mobile: str
    national_id: str
    birth_date: date
    home_address: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Hired:
    """入. `manager` is empty at the top only."""

    on: date
    number: str
    unit: str
    post: str
    manager: str
    probation_ends_on: date | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """转."""

    on: date
    number: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """调."""

    on: date
    number: str
    unit: str
    post: str
    manager: str
    reason: str


@dataclass(frozen=True, slots=True)
class ManagerChanged:
    """Another manager; unit and post stay."""

    on: date
    number: str
    manager: str
    reason: str


@dataclass(frozen=True, slots=True)
class DottedLineAdded:
    """A second line of reporting; `ends_on` is set for those that ended."""

    on: date
    number: str
    manager: str
    ends_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Left:
    """离. `on` is the last day; reports go to `new_manager` the day after."""

    on: date
    number: str
    kind: str
    """Name of a `LeaveKind` without prefix."""
    new_manager: str
    """Empty when nobody reports to them."""
    reason: str


@dataclass(frozen=True, slots=True)
class ContractSigned:
    """A labour contract, signed on its first day or before."""

    on: date
    number: str
    kind: str
    """Name of a `ContractKind` without prefix."""
    starts_on: date
    ends_on: date | None
    pay: Decimal
    """Gross, CNY a month."""


@dataclass(frozen=True, slots=True)
class HeadNamed:
    """A unit has another head from a day on, or none."""

    on: date
    unit: str
    number: str
    """Empty for a vacancy."""


Event = Hired | Confirmed | Transferred | ManagerChanged | DottedLineAdded | Left | ContractSigned | HeadNamed


@dataclass(frozen=True, slots=True)
class Company:
    """The demo company on a day."""

    today: date
    units: tuple[DemoUnit, ...]
    posts: tuple[DemoPost, ...]
    people: tuple[DemoPerson, ...]
    """By number."""
    events: tuple[Event, ...]
    """In the order they happened: whatever an event needs is there when it comes."""
