"""Pure: who belongs to a pool by its rule, and when a membership is looked at next.

Whoever fulfils all of a rule belongs; what is not known is not fulfilled. Reviews count in hundredths of their scale,
as the mean of the last two, or of the one there is. A skill counts at its own level, without what narrower or close
ones would give: a pool is a promise to its members, and a promise wants to be seen to be true.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from uuid import UUID

from mainstay.talent.v1 import pools_pb2, profiles_pb2
from services.talent.entry_rules import Statement
from services.talent.matching.model import Pace

_REVIEWS = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """`skills`: the least level of each. `review_percent`, `growth`: 0 asks nothing. `unit_id`: it or any below it."""

    skills: Mapping[UUID, int] = field(default_factory=dict)
    review_percent: int = 0
    growth: int = 0
    learns_fast: bool = False
    unit_id: UUID | None = None

    @property
    def empty(self) -> bool:
        """Asks nothing: then nobody belongs by it, and the pool is picked by hand."""
        return self == Rule()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule asks about a person. `review`: hundredths, None without reviews; `units`: their own and all above."""

    levels: Mapping[UUID, int] = field(default_factory=dict)
    review: Fraction | None = None
    growth: int = 0
    learning: int = 0
    units: AbstractSet[UUID] = frozenset()


def belongs(rule: Rule, facts: Facts) -> bool:
    if rule.empty:
        return False
    return (
        all(facts.levels.get(skill_id, 0) >= level for skill_id, level in rule.skills.items())
        and (not rule.review_percent or (facts.review is not None and facts.review >= rule.review_percent))
        and facts.growth >= rule.growth
        and (not rule.learns_fast or facts.learning >= Pace.FAST)
        and (rule.unit_id is None or rule.unit_id in facts.units)
    )


def facts_of(counted: Sequence[Statement], units: AbstractSet[UUID]) -> Facts:
    """From the statements that count of one person (`entry_rules.counting`) and where they stand."""
    levels: dict[UUID, int] = {}
    rated: dict[int, int] = {}
    reviews: list[tuple[date, Fraction]] = []
    for one in counted:
        if one.kind == profiles_pb2.ENTRY_KIND_SKILL and one.skill_id is not None:
            levels[one.skill_id] = one.level
        elif one.kind == profiles_pb2.ENTRY_KIND_POTENTIAL:
            rated[one.potential] = one.level
        elif one.kind == profiles_pb2.ENTRY_KIND_REVIEW and (percent := _percent(one)) is not None:
            reviews.append((one.observed_on, percent))
    last = [percent for _, percent in sorted(reviews)[-_REVIEWS:]]
    return Facts(
        levels=levels,
        review=sum(last, Fraction(0)) / len(last) if last else None,
        growth=rated.get(profiles_pb2.POTENTIAL_KIND_GROWTH, 0),
        learning=rated.get(profiles_pb2.POTENTIAL_KIND_LEARNING, 0),
        units=units,
    )


def next_review(day: date, months: int) -> date | None:
    """So many months later, on the month's last day where it has no such day; None for never."""
    if not months:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def stored(rule: pools_pb2.PoolRule) -> dict[str, Any]:
    """As the column `pools.rule` keeps it. Of a skill named twice the higher level is asked."""
    levels: dict[str, int] = {}
    for one in rule.skills:
        levels[one.skill_id] = max(one.level, levels.get(one.skill_id, 0))
    return {
        "skills": [{"skill_id": skill_id, "level": level} for skill_id, level in levels.items()],
        "review_percent": rule.review_percent,
        "growth": rule.growth,
        "learns_fast": rule.learns_fast,
        "unit_id": rule.unit_id or None,
    }


def rule_in(kept: Mapping[str, Any] | None) -> Rule:
    """From the column; a pool picked by hand has the empty rule."""
    if kept is None:
        return Rule()
    return Rule(
        skills={UUID(one["skill_id"]): one["level"] for one in kept["skills"]},
        review_percent=kept["review_percent"],
        growth=kept["growth"],
        learns_fast=kept["learns_fast"],
        unit_id=UUID(kept["unit_id"]) if kept["unit_id"] else None,
    )


def shown(kept: Mapping[str, Any] | None) -> pools_pb2.PoolRule | None:
    if kept is None:
        return None
    return pools_pb2.PoolRule(
        skills=[pools_pb2.SkillAtLeast(**one) for one in kept["skills"]],
        review_percent=kept["review_percent"],
        growth=kept["growth"],
        learns_fast=kept["learns_fast"],
        unit_id=kept["unit_id"] or "",
    )


def _percent(review: Statement) -> Fraction | None:
    """A score on a scale that is no number says nothing."""
    try:
        scale = Decimal(review.scale)
    except InvalidOperation:
        return None
    if review.value is None or not review.value.is_finite() or not scale.is_finite() or scale <= 0:
        return None
    return Fraction(review.value) * 100 / Fraction(scale)
