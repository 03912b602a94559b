"""Pure: what a job profile may say, and from which day a version may be in force.

A requirement is a skill at a level from 1 to 5, or a measured indicator, which may name the skill it rests on. No
skill is asked for twice as a level and no indicator twice: the match would count the same evidence two times. One
skill may stand both for itself and under indicators, since a level held and a result reached are different evidence.

An approved version has at least one requirement, weights that sum to 100, so that a weight can be read as a share
without reckoning, and a reason for each weight. It begins after the version before it and ends that the day before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.talent.catalogue.folding import fold

WHOLE = 100
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that breaks a rule: its path within the demands, and the rule's name among the messages `jobs`."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    name_en: str
    direction: int
    target: Decimal
    tolerance: Decimal
    unit: str

    def stored(self) -> dict[str, Any]:
        words = {"code": self.code, "name": self.name, "name_en": self.name_en, "unit": self.unit}
        return {**words, "direction": self.direction, "target": _text(self.target), "tolerance": _text(self.tolerance)}


@dataclass(frozen=True, slots=True)
class Requirement:
    """`level` 0 and an indicator, or a level and none; `requirement_id` None for a new one."""

    requirement_id: UUID | None
    skill_id: UUID | None
    level: int
    indicator: Indicator | None
    must: bool
    weight: int
    reason: str

    def stored(self, requirement_id: UUID) -> dict[str, Any]:
        return {
            "requirement_id": str(requirement_id),
            "skill_id": str(self.skill_id) if self.skill_id else None,
            "level": self.level,
            "indicator": self.indicator.stored() if self.indicator else None,
            "must": self.must,
            "weight": self.weight,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Condition:
    condition_id: UUID | None
    certificate: str
    reason: str

    def stored(self, condition_id: UUID) -> dict[str, Any]:
        return {"condition_id": str(condition_id), "certificate": self.certificate, "reason": self.reason}


def wrong_in(requirements: Sequence[Requirement], conditions: Sequence[Condition]) -> Iterator[Wrong]:
    """What has to be put right before a draft can be kept."""
    for index, one in enumerate(requirements):
        field = f"requirements[{index}]"
        if one.indicator is not None:
            if one.level:
                yield Wrong(f"{field}.level", "level_of_indicator")
            if not fold(one.indicator.name).units:
                yield Wrong(f"{field}.indicator.name", "indicator_name_needed")
        elif one.skill_id is None:
            yield Wrong(f"{field}.skill_id", "skill_or_indicator")
        elif not one.level:
            yield Wrong(f"{field}.level", "level_needed")
    for index, condition in enumerate(conditions):
        if not fold(condition.certificate).units:
            yield Wrong(f"conditions[{index}].certificate", "certificate_needed")


def twice_in(requirements: Sequence[Requirement], conditions: Sequence[Condition]) -> UUID | str | None:
    """The first skill asked for twice, or the name of an indicator or certificate; None when all are different."""
    keys: set[tuple[str, UUID | str]] = set()
    for kind, key, name in _keys(requirements, conditions):
        if (kind, key) in keys:
            return name
        keys.add((kind, key))
    return None


def ids_kept(given: Sequence[UUID | None], known: set[UUID]) -> list[UUID | None]:
    """The ids as given where the draft has them, each once; None where a new one is needed."""
    left = set(known)
    kept: list[UUID | None] = []
    for one in given:
        kept.append(one if one in left else None)
        left.discard(one) if one is not None else None
    return kept


def weights_whole(requirements: Sequence[Json]) -> bool:
    return bool(requirements) and weight_of(requirements) == WHOLE


def weight_of(requirements: Sequence[Json]) -> int:
    return sum(one["weight"] for one in requirements)


def unexplained(requirements: Sequence[Json]) -> list[Wrong]:
    """Requirements whose weight nobody has given a reason for."""
    return [
        Wrong(f"requirements[{index}].reason", "reason_needed")
        for index, one in enumerate(requirements)
        if not one["reason"]
    ]


def may_follow(starts_on: date, last_start: date | None) -> bool:
    """Whether a version may be in force from a day, after one that is from `last_start`."""
    return last_start is None or starts_on > last_start


def last_day_before(starts_on: date) -> date:
    """Of the version that a new one follows."""
    return starts_on - timedelta(days=1)


def _keys(
    requirements: Sequence[Requirement], conditions: Sequence[Condition]
) -> Iterator[tuple[str, UUID | str, UUID | str]]:
    for one in requirements:
        if one.indicator is not None:
            yield "indicator", one.indicator.code.casefold(), one.indicator.name
        elif one.skill_id is not None:
            yield "skill", one.skill_id, one.skill_id
    for condition in conditions:
        # As a match compares it with what people have.
        yield "condition", fold(condition.certificate).text, condition.certificate


def _text(number: Decimal) -> str:
    """`90`, `0.5`: no exponent, no zeros at the end."""
    return f"{number.normalize():f}" if number else "0"
