"""Pure: how one person stands to one requirement. The search in columns fills its tables from the same functions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from services.talent.matching.inputs import Catalogue, Direction, IndicatorRequirement, Requirement, Skill
from services.talent.matching.model import HALF, ONE, PACES, ZERO, Key, Pace, Standing

_DECIDES_UPWARD = (Standing.MET, Standing.NEAR, Standing.TRAINABLE_GAP)


class Judgement(NamedTuple):
    """`fit` counts in the score; `least` and `most` are what it could be. `short`: levels, or the indicator's unit."""

    standing: Standing
    fit: Fraction
    least: Fraction
    most: Fraction
    short: Fraction | None = None
    months: Fraction | None = None


_MET = Judgement(Standing.MET, ONE, ONE, ONE)
_NOTHING_KNOWN = Judgement(Standing.UNKNOWN, HALF, ZERO, ONE)


class Learning(NamedTuple):
    """Whether and how fast this person can close a gap of one requirement: what teaches, and within which limit."""

    skill: Skill | None
    pace: Pace
    limit: int

    def months(self, levels: Fraction) -> Fraction | None:
        """None when nothing teaches it."""
        if self.skill is None or not self.skill.taught_by:
            return None
        return levels * _months_a_level(self.skill.months_per_level, self.pace)

    def of_gap(self, levels: Fraction) -> tuple[Standing, Fraction | None]:
        months = self.months(levels)
        trainable = months is not None and months <= self.limit
        return (Standing.TRAINABLE_GAP if trainable else Standing.BLOCKING_GAP), months


@lru_cache(maxsize=1024)
def _months_a_level(usual: Decimal, pace: Pace) -> Fraction:
    return Fraction(usual) / PACES[pace]


def teaching(requirement: Requirement, catalogue: Catalogue) -> Skill | None:
    """The skill whose training closes a gap of the requirement."""
    key: Key | None = requirement.rests_on if isinstance(requirement, IndicatorRequirement) else requirement.key
    return None if key is None else catalogue.skills.get(key)


def judge_level(required: int, own: int | None, related: Fraction | None, learning: Learning) -> Judgement:
    """`related` is the best level that related skills stand for, None if none is held."""
    if own is not None:
        if related is not None and related > own:
            return _judge_known(required, related, learning)
        return _judge_known(required, own, learning)
    if related is None:
        return _NOTHING_KNOWN
    floor = _judge_known(required, related, learning)
    if floor.fit >= HALF and floor.standing in _DECIDES_UPWARD:
        return floor
    return Judgement(Standing.UNKNOWN, max(HALF, floor.fit), floor.fit, ONE)


def _judge_known(required: int, held: int | Fraction, learning: Learning) -> Judgement:
    if held >= required:
        return _MET
    short, fit = _short_and_fit(required, held)
    if short <= HALF:
        return Judgement(Standing.NEAR, fit, fit, fit, short, learning.months(short))
    standing, months = learning.of_gap(short)
    return Judgement(standing, fit, fit, fit, short, months)


# Levels are few, and exact fractions dear: a page of reports asks for the same ones hundreds of times.
@lru_cache(maxsize=4096)
def _short_and_fit(required: int, held: int | Fraction) -> tuple[Fraction, Fraction]:
    return required - Fraction(held), Fraction(held) / required


def judge_value(requirement: IndicatorRequirement, value: Decimal | None, learning: Learning) -> Judgement:
    if value is None:
        return _NOTHING_KNOWN
    short = shortfall(requirement, Fraction(value))
    if short == 0:
        return _MET
    tolerance = Fraction(requirement.tolerance)
    fit = max(ZERO, ONE - short / (2 * tolerance)) if tolerance else ZERO
    if short <= tolerance:
        return Judgement(Standing.NEAR, fit, fit, fit, short, learning.months(ONE))
    standing, months = learning.of_gap(ONE)
    return Judgement(standing, fit, fit, fit, short, months)


def shortfall(requirement: IndicatorRequirement, value: Fraction) -> Fraction:
    """How far the value is on the wrong side of the target; 0 when it is not."""
    over = value - Fraction(requirement.target)
    if requirement.direction is Direction.EXACTLY:
        return abs(over)
    return max(ZERO, over if requirement.direction is Direction.AT_MOST else -over)
