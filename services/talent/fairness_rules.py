"""Pure: whether decisions treated groups alike, with the uncertainty that small numbers bring.

- **Selection rate** of a group: selected / candidates.
- **Ratio**: its rate divided by the highest among the groups that are not small: two of two selected would make
  everybody else look worse off. Where all are small, among all of them. Below 4/5 is what the Uniform Guidelines on
  Employee Selection Procedures (29 CFR 1607.4 D) call evidence of adverse impact.
- **Interval** of the ratio, 95 %: the log method of Katz, Baptista, Azen and Pike (Biometrics 34, 1978, p. 469):
      ln R ± 1.959964 sqrt(1/a - 1/n + 1/b - 1/m)
  for a of n selected in the group and b of m in the one compared with. Where nobody of one of the two was selected, or
  everybody of both, it has no value; then half a selected and half a rejected candidate are added to each group first.
- The group compared with is 1, without an interval; a small one may lie above it. Of groups with the same highest rate
  the largest is the one compared with: its rate is known best.
- Where nobody was selected in the group compared with, no ratio can be formed and none is held against anybody: it
  is 1.
- A group of fewer than five candidates is `small`: shown, and nothing to conclude from.

The groups are tenure, unit and shift, which talent knows. It stores neither sex nor age nor marital state; to compare
by those takes a lawful basis and a source of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import exp, log, sqrt

SMALL_BELOW = 5
FOUR_FIFTHS = Fraction(4, 5)
# The 97.5th percentile of the normal distribution.
_NORMAL = 1.959964
# Years with the company, from which on a band begins.
BANDS = (0, 1, 3, 10)


@dataclass(frozen=True, slots=True)
class Decided:
    """One candidate decided on. `score`: hundredths of a point of 100; None when no report was made."""

    group: str
    selected: bool
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """`low` and `high`: the interval of the ratio. `mean_score` in hundredths; None when no score is known."""

    name: str
    candidates: int
    selected: int
    mean_score: Fraction | None
    ratio: Fraction
    low: float
    high: float

    @property
    def rate(self) -> Fraction:
        return Fraction(self.selected, self.candidates)

    @property
    def small(self) -> bool:
        return self.candidates < SMALL_BELOW

    @property
    def concerning(self) -> bool:
        """Below four fifths, and not too small to say so."""
        return not self.small and self.ratio < FOUR_FIFTHS

    @property
    def clearly(self) -> bool:
        """Even the upper end of the interval is below four fifths."""
        return self.concerning and self.high < FOUR_FIFTHS


def compare(decided: Iterable[Decided]) -> list[Group]:
    """The groups, largest first, then by name."""
    by_group: dict[str, list[Decided]] = defaultdict(list)
    for one in decided:
        by_group[one.group].append(one)
    if not by_group:
        return []
    sure = [many for many in by_group.values() if len(many) >= SMALL_BELOW]
    highest = max(sure or by_group.values(), key=lambda many: (_rate(many), len(many), many[0].group))
    groups = [_group(name, many, highest) for name, many in by_group.items()]
    return sorted(groups, key=lambda one: (-one.candidates, one.name))


def interval(selected: int, of: int, compared_selected: int, compared_of: int) -> tuple[float, float]:
    """Where the ratio of two rates lies with 95 in 100; see above."""
    a, n, b, m = float(selected), float(of), float(compared_selected), float(compared_of)
    if not a or not b or (selected == of and compared_selected == compared_of):
        a, n, b, m = a + 0.5, n + 1, b + 0.5, m + 1
    middle = log(a / n) - log(b / m)
    width = _NORMAL * sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    return exp(middle - width), exp(middle + width)


def band(first_day: date | None, on: date) -> int | None:
    """The band of somebody who began on a day, by the years they had on another; None when no first day is known.

    A year is over on its anniversary; who began on 29 February has theirs on 1 March.
    """
    if first_day is None:
        return None
    years = on.year - first_day.year - ((on.month, on.day) < (first_day.month, first_day.day))
    return max((index for index, least in enumerate(BANDS) if years >= least), default=0)


def _group(name: str, many: Sequence[Decided], highest: Sequence[Decided]) -> Group:
    selected, compared = _selected(many), _selected(highest)
    scores = [one.score for one in many if one.score is not None]
    itself = many is highest
    low, high = (1.0, 1.0) if itself else interval(selected, len(many), compared, len(highest))
    return Group(
        name=name,
        candidates=len(many),
        selected=selected,
        mean_score=Fraction(sum(scores), len(scores)) if scores else None,
        ratio=_rate(many) / _rate(highest) if compared else Fraction(1),
        low=low,
        high=high,
    )


def _selected(many: Sequence[Decided]) -> int:
    return sum(one.selected for one in many)


def _rate(many: Sequence[Decided]) -> Fraction:
    return Fraction(_selected(many), len(many))
