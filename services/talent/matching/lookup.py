"""Pure: a post's requirements as tables, so that one look tells for several columns at once what they come to.

A person's key for a post is one whole number, the smaller the better: the lowest `weight_bits` are the weight of what
is not assessed; above them, up to the 40th, is what is missing from a full score, in units of 1 / `whole`; above that
three counters of 8 bits say in how many tables a must has a trainable gap, is unknown, or blocks. Adding up the
tables' entries adds up all of it. The tables are filled by
`judging`, which also writes the reports, so the two cannot disagree; `whole` is a multiple of every denominator that
skills can give, so nothing is rounded there. Indicators are reckoned in floats, to about 1e-9 of the score, and
classed at exact edges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.talent.matching.inputs import (
    Catalogue,
    Direction,
    IndicatorRequirement,
    Post,
    Related,
    Skill,
    SkillRequirement,
)
from services.talent.matching.judging import Judgement, Learning, judge_level, teaching
from services.talent.matching.model import ENOUGH, HIGHEST_LEVEL, ONE, Key, Outcome, Pace, Standing

Keys = npt.NDArray[np.int64]

SCORE_BITS = 40
SCORE_MASK = (1 << SCORE_BITS) - 1
# In an order, above what is missing: too little is known.
_TOO_LITTLE = 1 << SCORE_BITS - 1
TRAINABLE, UNKNOWN, BLOCKING = 1 << SCORE_BITS, 1 << SCORE_BITS + 8, 1 << SCORE_BITS + 16
# Keys below this bound have the outcome at most.
BELOW = {
    Outcome.SUITABLE: TRAINABLE,
    Outcome.PROBATION: UNKNOWN,
    Outcome.ASSESS_FIRST: BLOCKING,
    Outcome.NOT_NOW: (1 << 63) - 1,
}
_FLAGS = {Standing.TRAINABLE_GAP: TRAINABLE, Standing.UNKNOWN: UNKNOWN, Standing.BLOCKING_GAP: BLOCKING}
OWN_BITS, FLOOR_BITS, PACE_BITS, VERDICT_BITS = 3, 6, 2, 2
# A table of 2^12 entries of 8 bytes stays in a core's first cache.
_TABLE_BITS = 12
# The topmost counter has 7 bits below the sign.
_COUNTABLE = 127


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One skill required, or one condition (the `gate`-th). `table` by pace and code; `paced`: the pace matters.

    A skill's code is its own level + 1 or 0, and where others count, below it the best floor that they give in
    tenths of a level; `decides` says by pace and code whether what is known settles the class.
    """

    bits: int
    table: Keys
    paced: bool
    gate: int = -1
    skill: SkillRequirement | None = None
    related: tuple[Related, ...] = ()
    decides: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Several parts' tables added up into one; the first part's code is the highest digit, below the pace if
    `paced`.
    """

    parts: tuple[Part, ...]
    paced: bool
    entries: Keys


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """An indicator. `entries` by place of the value in its column, 0 being unknown; a row for each pace if `paced`."""

    key: Key
    weight: int
    size: int
    entries: Keys
    paced: bool


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """`whole` units are a full score; `weights` is the sum of the weights."""

    tables: tuple[Table, ...]
    lines: tuple[Line, ...]
    whole: int
    weights: int

    def orders(self, keys: Keys) -> Keys:
        """What sorts as reports do but for confidence and id: the outcome above whether too little is known above what
        is missing. Counters of one and of two blocking musts come to the same.
        """
        bits = self.weights.bit_length()
        too_little = (keys & (1 << bits) - 1) > self._bearable
        outcomes = (keys >= TRAINABLE).astype(np.int64) + (keys >= UNKNOWN) + (keys >= BLOCKING)
        np.maximum(outcomes, too_little * np.int64(Outcome.ASSESS_FIRST), out=outcomes)
        return outcomes << SCORE_BITS | too_little * np.int64(_TOO_LITTLE) | (keys & SCORE_MASK) >> bits

    def limit(self, order: int) -> int:
        """The highest key that an order up to this one can come from; of a key alone one cannot tell that too little is
        known, so that some keys within the limit have a higher order.
        """
        outcome = Outcome(min(order >> SCORE_BITS, Outcome.NOT_NOW))
        if outcome is Outcome.SUITABLE:
            return (order + 1 << self.weights.bit_length()) - 1
        return BELOW[outcome] - 1

    def score(self, order: int) -> float:
        return 1 - (order & _TOO_LITTLE - 1) / self.whole

    @property
    def _bearable(self) -> int:
        """The highest weight that may be unassessed, so that ENOUGH is assessed."""
        return int(self.weights * (1 - ENOUGH))


class _Scale(NamedTuple):
    """Units of a weight of 1, the bits below them for the weight of what is not assessed, and the post's limit."""

    units: int
    weight_bits: int
    limit: int


def build(post: Post, catalogue: Catalogue, values: Callable[[Key], Sequence[Decimal]], conditions: int = 0) -> Lookup:
    """The tables for a post with that many conditions; `values` tells an indicator's column's distinct values."""
    units, weights = _units(post, catalogue), sum(one.weight for one in post.requirements)
    scale = _Scale(units, weights.bit_length(), post.limit)
    parts = [_condition(number) for number in range(conditions)]
    lines = []
    for one in post.requirements:
        skill = teaching(one, catalogue)
        if isinstance(one, SkillRequirement):
            parts.append(_skill(one, catalogue.related(one.key), skill, scale))
        else:
            lines.append(_line(one, values(one.key), skill, scale))
    tables = tuple(_tables(parts))
    if len(tables) + len(lines) > _COUNTABLE:
        raise ValueError(f"{len(post.requirements)} requirements are more than a key can count")
    return Lookup(tables, tuple(lines), weights * units, weights)


def _units(post: Post, catalogue: Catalogue) -> int:
    """Units of a weight of 1: as many as there is room for, and a multiple of all the skills' denominators if it can
    be.
    """
    weights = sum(one.weight for one in post.requirements)
    # The topmost bit of what is missing is free for `_TOO_LITTLE`, as weights take one bit at least.
    room = (SCORE_MASK >> weights.bit_length()) // weights
    exact = 2
    for one in post.requirements:
        if isinstance(one, SkillRequirement):
            shares = [related.share.denominator for related in catalogue.related(one.key)]
            exact = lcm(exact, *(one.level * share for share in (1, *shares)))
    return room // exact * exact if exact <= room else room


def _condition(number: int) -> Part:
    """Codes are verdicts: unknown, passed, failed."""
    row = np.array([UNKNOWN, 0, BLOCKING, BLOCKING], np.int64)
    return Part(VERDICT_BITS, np.tile(row, (len(Pace), 1)), paced=False, gate=number)


# The same post is ranked again and again, and its parts are never written to.
@lru_cache(maxsize=4096)
def _skill(requirement: SkillRequirement, related: tuple[Related, ...], skill: Skill | None, scale: _Scale) -> Part:
    bits = OWN_BITS + (FLOOR_BITS if related else 0)
    table = np.zeros((len(Pace), 1 << bits), np.int64)
    decides = np.zeros(table.shape, np.bool_)
    shares = tuple(sorted({one.tenths for one in related}))
    for pace, code, judged in _judgements(requirement.level, shares, skill, scale.limit):
        flag = _FLAGS.get(judged.standing, 0) if requirement.must else 0
        lost = judged.fit.denominator - judged.fit.numerator
        most = requirement.weight * scale.units
        missing = (most * lost + judged.fit.denominator // 2) // judged.fit.denominator
        decides[pace, code] = judged.standing is not Standing.UNKNOWN
        unassessed = 0 if decides[pace, code] else requirement.weight
        table[pace, code] = flag + (missing << scale.weight_bits) + unassessed
    paced = bool((table != table[0]).any())
    return Part(bits, table, paced, skill=requirement, related=related, decides=decides)


@lru_cache(maxsize=4096)
def _judgements(
    level: int, shares: tuple[int, ...], skill: Skill | None, limit: int
) -> tuple[tuple[Pace, int, Judgement], ...]:
    """Every code there can be: own level + 1 or 0, and below it the floor in tenths of a level where others count."""
    owns = (None, *range(HIGHEST_LEVEL + 1))
    floors = sorted({0, *(share * held for share in shares for held in range(HIGHEST_LEVEL + 1))})
    bits = FLOOR_BITS if shares else 0
    return tuple(
        (
            pace,
            digit << bits | floor,
            judge_level(level, own, Fraction(floor, 10) or None, Learning(skill, pace, limit)),
        )
        for pace in Pace
        for digit, own in enumerate(owns)
        for floor in floors
    )


def _line(requirement: IndicatorRequirement, values: Sequence[Decimal], skill: Skill | None, scale: _Scale) -> Line:
    """Reckons in floats, as a column may hold many values; the class is told at exact decimal edges.

    Edges and values are rounded once each, so that both fall the same way.
    """
    target, tolerance, most = requirement.target, requirement.tolerance, requirement.weight * scale.units
    value = np.array([float(one) for one in values])
    over = (value - float(target)) * (-1 if requirement.direction is Direction.AT_LEAST else 1)
    if requirement.direction is Direction.EXACTLY:
        over = np.abs(over)
    lost = np.clip(over / (2 * float(tolerance)), 0, 1) if tolerance else (over > 0).astype(np.float64)
    entries = np.concatenate(([most // 2], np.rint(lost * most))).astype(np.int64) << scale.weight_bits
    entries[0] += requirement.weight
    gaps = [Learning(skill, pace, scale.limit).of_gap(ONE)[0] for pace in Pace]
    paced = requirement.must and len(set(gaps)) > 1
    if requirement.must:
        beyond = np.zeros(len(value), np.bool_)
        if requirement.direction is not Direction.AT_MOST:
            beyond |= value < float(target - tolerance)
        if requirement.direction is not Direction.AT_LEAST:
            beyond |= value > float(target + tolerance)
        flags = np.array([_FLAGS[gap] for gap in (gaps if paced else gaps[:1])], np.int64)
        known = entries[1:] + flags[:, None] * beyond
        unknown = np.full((len(flags), 1), entries[0] + UNKNOWN)
        entries = np.concatenate((unknown, known), axis=1).reshape(-1)
    return Line(requirement.key, requirement.weight, len(value) + 1, entries, paced)


def _tables(parts: Sequence[Part]) -> list[Table]:
    """As few as fit, those that the pace matters to together."""
    found: list[Table] = []
    for paced in (True, False):
        room, waiting = 0, list[Part]()
        for part in (one for one in parts if one.paced is paced):
            if part.bits > room and waiting:
                found.append(_together(waiting, paced))
                waiting = []
            if not waiting:
                room = _TABLE_BITS - (PACE_BITS if paced else 0)
            waiting.append(part)
            room -= part.bits
        if waiting:
            found.append(_together(waiting, paced))
    return found


def _together(parts: Sequence[Part], paced: bool) -> Table:
    """Adds scores and joins flags: within one table a flag counts once."""
    paces = len(Pace) if paced else 1
    whole = parts[0].table[:paces]
    for part in parts[1:]:
        one, other = whole[:, :, None], part.table[:paces, None, :]
        score = (one & SCORE_MASK) + (other & SCORE_MASK)
        whole = (score | ((one | other) & ~SCORE_MASK)).reshape(paces, -1)
    return Table(tuple(parts), paced, np.ascontiguousarray(whole).reshape(-1))
