"""What is there already, as an import needs to know it. Filled from the database by the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit there is."""

    unit_id: UUID
    code: str
    name: str
    name_en: str = ""
    parent_id: UUID | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post there is."""

    post_id: UUID
    code: str
    title: str
    title_en: str
    unit_id: UUID
    free: int | None = None
    """Places nobody holds today; None when places are not counted."""
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person there is. Keep the numbers and ids only: with 300,000 of them every field costs megabytes."""

    employee_id: UUID
    hired_on: date
    last_day: date | None = None
    manager_number: str = ""
    """Present manager; empty at the top."""
    post_id: UUID | None = None
    """Present post: a person who stays in it takes no new place."""


@dataclass(frozen=True, slots=True)
class Existing:
    """What is there on the day of the import."""

    units: Sequence[KnownUnit] = ()
    posts: Sequence[KnownPost] = ()
    people: Mapping[str, KnownPerson] = field(default_factory=dict)
    """By employee number."""
