"""Pure: how far a right reaches, and whether that covers a person or a unit.

A scope is written `all`, `self`, `reports` or `unit:<id>`. `reports` covers everybody below the holder by solid line
and the holder's own dotted lines; `unit:<id>` covers the unit and all units below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

ALL, SELF, REPORTS, UNIT = "all", "self", "reports", "unit"


@dataclass(frozen=True, slots=True)
class Scope:
    kind: str
    unit_id: UUID | None = None

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Raises ValueError when the text is no scope."""
        kind, _, unit = text.partition(":")
        if kind not in {ALL, SELF, REPORTS, UNIT} or (kind == UNIT) != bool(unit):
            msg = f"not a scope: {text}"
            raise ValueError(msg)
        return cls(kind, UUID(unit) if unit else None)

    def __str__(self) -> str:
        return f"{self.kind}:{self.unit_id}" if self.unit_id else self.kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands, as far as scopes ask: managers above, dotted managers, units from their own upwards."""

    employee_id: UUID
    chain: tuple[UUID, ...] = ()
    dotted: tuple[UUID, ...] = ()
    units: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """Rights that ended lately, so that a refusal can say since when."""

    permissions: frozenset[str]
    scope: Scope
    ended_at: str


def covers_person(scope: Scope, holder: UUID | None, place: Place) -> bool:
    if scope.kind == ALL:
        return True
    if scope.kind == UNIT:
        return scope.unit_id in place.units
    if holder is None:
        return False
    if scope.kind == SELF:
        return holder == place.employee_id
    return holder in place.chain or holder in place.dotted


def covers_unit(scope: Scope, units: Iterable[UUID]) -> bool:
    """Whether a scope covers a unit, given as the unit and all above it. Nothing but `all` covers the whole company."""
    return scope.kind == ALL or (scope.kind == UNIT and scope.unit_id in tuple(units))


def widest(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    """Leaves out what another scope contains anyway; `all` stands alone."""
    found = dict.fromkeys(scopes)
    whole = Scope(ALL)
    return (whole,) if whole in found else tuple(found)


Rights = Mapping[str, tuple[Scope, ...]]
