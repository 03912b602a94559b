"""Pure: what matching reckons with, as formulas, and why each is as it is. Everything here can be redone with a
pencil.

**Fit** of one requirement, f between 0 and 1.

* Skill at level r (1 to 5), held at level h (0: assessed, and not there):  f = min(1, h / r).
  A surplus counts nothing: what one requirement has too much cannot pay for what another lacks.
* Indicator with target T and tolerance t, the value being short by d (AT_LEAST: T - v, AT_MOST: v - T, EXACTLY: |v -
  T|, never below 0):  f = max(0, 1 - d / 2t);  t = 0: 1 if d = 0, else 0.
  At the edge of the tolerance f is 1/2, at twice the tolerance 0: one straight line, no step where people game a
  limit.
* Nothing known:  f = 1/2. Neither a pass nor a fail; the score's range says how much hangs on it.

**Related skills.** A held narrower skill stands for the broader one at its level (through any number of steps), a
close one at level x closeness (one step, in tenths: nobody can defend a finer number). With own level h and the best
related level b the level is max(h, b). A related skill alone is a floor and not an assessment: it may lift a person
out of the unknown and never push down. So with no own level it decides only where f(b) >= 1/2 and the class is met,
near or trainable; otherwise the requirement stays unknown with f = max(1/2, f(b)) and f(b) as the range's lower end.
Were it otherwise, a person would stand worse for being known to speak German where English is asked.

**Score** = sum(w f) / sum(w), with w the requirement's weight; **range**: the same with everything unknown at its
lower end and at 1.

**Confidence** = sum(w c) / sum(w), c = trust(source) x freshness(age) x closeness of what counted, 0 if nothing did.
It stands beside the score and is never inside it: poorly documented is not unsuitable.
  trust: see `TRUST`; freshness = 1095 / (1095 + days since it was observed): 1 today, 1/2 after three years, never 0.
  Where two pieces of evidence give the same fit (both capped at the requirement), the one of more confidence counts.

**Assessed** = sum(w of what is not UNKNOWN) / sum(w), the classes being those below. Where it is less than `ENOUGH`,
two fifths, too little is known to say: more than three fifths of the score are then the 1/2 that stands for nothing
known. Not more than two fifths, because what is measured in a post nobody has who never held it: the delivered job
profiles give up to 30 of 100 to that, and two fifths are more than half of what is left. It goes by weight and not by
confidence, because what is to be done about it is to assess requirements, not to find better witnesses.

**Months** to close a gap = levels short x months per level of the skill / pace of the person (`PACES`, from the
rating of potential; not rated: the usual pace, which the report says). An indicator has no levels: its gap is
reckoned as one level of the skill that it rests on, whatever the person holds of that skill.

**Class** per requirement
  MET            f = 1
  NEAR           short by at most half a level, or within the tolerance
  TRAINABLE_GAP  something teaches it, and months <= the post's limit
  BLOCKING_GAP   any other gap; it blocks only where the requirement is a must
  UNKNOWN        nothing known that decides

**Outcome**, the first that holds
  NOT_NOW        a knock-out condition failed, or a must has a blocking gap
  ASSESS_FIRST   a must or a condition is unknown, or too little is assessed
  PROBATION      a must has a trainable gap: a probation that focuses on those
  SUITABLE       every must is met or near
The outcome looks at each must alone, so that no sum can hide one; what a known must forbids it forbids however little
else is known. **Order**: outcome (suitable, probation, assess first, not now), then those of whom enough is assessed,
then score, then confidence, then the person's id so that it is total.

The months of several trainable musts are each held against the limit; the report adds them up and the advice says so
when they are longer together: whether they can be learnt side by side is for people to judge.

Sex, age, marital state, relationships and referrers have no place in the types that come in: `Person` has an id, a
pace and what is held, per key of the catalogue.
"""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

# Written into every report: a change of a formula or a number above or below is a new version.
VERSION = "2"

Key = str | UUID

HALF, ONE, ZERO = Fraction(1, 2), Fraction(1), Fraction(0)
HIGHEST_LEVEL = 5
# Of the requirements' weight, what has to be assessed before anything is said of the whole.
ENOUGH = Fraction(2, 5)
# Half of its worth after three years, the usual validity of a trade's certificate.
FRESH_DAYS = 1095
# Months that a post gives somebody to grow into it, unless its job profile says others: the house's own number, as long
# as the longest probation of a first contract (劳动合同法 art. 19).
TRAINING_MONTHS = 6


class Source(IntEnum):
    """Where a level or a value was learnt."""

    SELF = 1
    IMPORT = 2
    MANAGER = 3
    REVIEW = 4
    CERTIFICATE = 5
    VERIFIED = 6


# Own ratings of ability agree with tests at about .3 (Mabe and West 1982); two supervisors with each other at about .5
# (Viswesvaran, Ones and Schmidt 1996). The steps above those are the house's: several raters, an examiner, HR's own
# check.
TRUST: dict[Source, Fraction] = {
    Source.SELF: Fraction(3, 10),
    Source.IMPORT: Fraction(4, 10),
    Source.MANAGER: Fraction(5, 10),
    Source.REVIEW: Fraction(7, 10),
    Source.CERTIFICATE: Fraction(9, 10),
    Source.VERIFIED: ONE,
}


class Pace(IntEnum):
    """How fast a person learns, as rated; UNRATED reckons as USUAL and is said."""

    UNRATED = 0
    SLOW = 1
    USUAL = 2
    FAST = 3


PACES: dict[Pace, Fraction] = {
    Pace.UNRATED: ONE,
    Pace.SLOW: Fraction(3, 4),
    Pace.USUAL: ONE,
    Pace.FAST: Fraction(3, 2),
}


class Standing(IntEnum):
    """How a person stands to one requirement."""

    MET = 0
    NEAR = 1
    TRAINABLE_GAP = 2
    BLOCKING_GAP = 3
    UNKNOWN = 4


class Outcome(IntEnum):
    """What follows for the whole; the smaller, the earlier in a ranking."""

    SUITABLE = 0
    PROBATION = 1
    ASSESS_FIRST = 2
    NOT_NOW = 3


@lru_cache(maxsize=65_536)
def confidence_in(source: Source, days: int) -> Fraction:
    """trust(source) x 1095 / (1095 + days); what was observed after the day asked about is as fresh as today's."""
    return TRUST[source] * Fraction(FRESH_DAYS, FRESH_DAYS + max(0, days))
