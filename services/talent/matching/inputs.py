"""Pure: what matching is given: a post's requirements, what is known of a person, what the catalogue knows of skills.

These types are closed. Nothing but keys of the catalogue with a level or a number can come in about a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import NamedTuple, Self
from uuid import UUID

from services.talent.matching.model import HIGHEST_LEVEL, TRAINING_MONTHS, Key, Pace, Source


class Name(NamedTuple):
    zh: str
    en: str


class Direction(IntEnum):
    AT_LEAST = 1
    AT_MOST = 2
    EXACTLY = 3


@dataclass(frozen=True, slots=True)
class SkillRequirement:
    """`weight` is relative: only its share of the sum counts. `level` 1 to 5."""

    key: Key
    name: Name
    weight: int
    must: bool
    level: int

    def __post_init__(self) -> None:
        if self.weight < 1 or not 1 <= self.level <= HIGHEST_LEVEL:
            raise ValueError(f"weight {self.weight}, level {self.level} of {self.key}")


@dataclass(frozen=True, slots=True)
class IndicatorRequirement:
    """`target` and `tolerance` in the indicator's own unit; `rests_on` is the skill whose training moves it, if one
    does.
    """

    key: Key
    name: Name
    weight: int
    must: bool
    direction: Direction
    target: Decimal
    tolerance: Decimal
    rests_on: Key | None = None

    def __post_init__(self) -> None:
        if self.weight < 1 or not self.tolerance >= 0 or not self.target.is_finite():
            raise ValueError(f"weight {self.weight}, target {self.target}, tolerance {self.tolerance} of {self.key}")


Requirement = SkillRequirement | IndicatorRequirement


@dataclass(frozen=True, slots=True)
class Post:
    """A job profile as matching sees it. `limit`: months within which a gap must be closed to be trainable."""

    post_id: UUID
    requirements: Sequence[Requirement]
    limit: int = TRAINING_MONTHS

    def __post_init__(self) -> None:
        keys = [one.key for one in self.requirements]
        if not keys or len(set(keys)) < len(keys):
            raise ValueError(f"post {self.post_id} has no requirement, or one twice")


class Verdict(IntEnum):
    UNKNOWN = 0
    PASSED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """A knock-out condition of the post and how this person stands to it; whoever calls has found that out."""

    key: Key
    name: Name
    verdict: Verdict


# Tuples: a page of reports reads hundreds of them out of columns.
class _Level(NamedTuple):
    level: int
    source: Source
    observed_on: date


class HeldLevel(_Level):
    """0: assessed, and not there. Never assessed is no entry at all. ValueError outside the levels there are."""

    __slots__ = ()

    def __new__(cls, level: int, source: Source, observed_on: date) -> Self:
        if not 0 <= level <= HIGHEST_LEVEL:
            raise ValueError(f"level {level}")
        return super().__new__(cls, level, source, observed_on)


class _Value(NamedTuple):
    value: Decimal
    source: Source
    observed_on: date


class HeldValue(_Value):
    """ValueError when the value is not a finite number."""

    __slots__ = ()

    def __new__(cls, value: Decimal, source: Source, observed_on: date) -> Self:
        if not value.is_finite():
            raise ValueError(f"value {value}")
        return super().__new__(cls, value, source, observed_on)


@dataclass(frozen=True, slots=True)
class Person:
    """`levels` by skill, `values` by indicator: one current entry per key."""

    person_id: UUID
    levels: Mapping[Key, HeldLevel] = field(default_factory=dict)
    values: Mapping[Key, HeldValue] = field(default_factory=dict)
    pace: Pace = Pace.UNRATED


@dataclass(frozen=True, slots=True)
class Skill:
    """`taught_by` names what teaches it (courses, mentors); empty: nothing does."""

    key: Key
    months_per_level: Decimal
    taught_by: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        if not self.months_per_level > 0:
            raise ValueError(f"{self.months_per_level} months per level of {self.key}")


class RelationKind(Enum):
    BROADER = "broader"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Relation:
    """BROADER: holding `held` counts for `counts_for` at its level. CLOSE: at level x `tenths` / 10, this way only."""

    held: Key
    counts_for: Key
    kind: RelationKind
    tenths: int = 10

    def __post_init__(self) -> None:
        allowed = range(10, 11) if self.kind is RelationKind.BROADER else range(1, 10)
        if self.tenths not in allowed or self.held == self.counts_for:
            raise ValueError(f"{self.held} counts {self.tenths}/10 for {self.counts_for}")


@dataclass(frozen=True, slots=True)
class Related:
    """A skill that counts for another one, and how much of its level, in tenths."""

    key: Key
    tenths: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.tenths, 10)


class Catalogue:
    """The skills' learnability and relations."""

    def __init__(self, skills: Sequence[Skill] = (), relations: Sequence[Relation] = ()) -> None:
        self.skills: Mapping[Key, Skill] = {skill.key: skill for skill in skills}
        self._narrower: dict[Key, set[Key]] = {}
        self._close: dict[Key, dict[Key, int]] = {}
        for relation in relations:
            if relation.kind is RelationKind.BROADER:
                self._narrower.setdefault(relation.counts_for, set()).add(relation.held)
            else:
                near = self._close.setdefault(relation.counts_for, {})
                near[relation.held] = max(near.get(relation.held, 0), relation.tenths)
        self._related: dict[Key, tuple[Related, ...]] = {}

    def related(self, key: Key) -> tuple[Related, ...]:
        """What counts for `key` beside itself, in the order of keys: narrower skills through any steps, then close
        ones.
        """
        if key not in self._related:
            found = dict(self._close.get(key, {}))
            waiting, seen = [key], {key}
            while waiting:
                for narrower in self._narrower.get(waiting.pop(), ()):
                    if narrower not in seen:
                        seen.add(narrower)
                        waiting.append(narrower)
                        found[narrower] = 10
            self._related[key] = tuple(Related(one, found[one]) for one in sorted(found, key=str))
        return self._related[key]
