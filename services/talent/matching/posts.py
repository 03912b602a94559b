"""Pure: the next-best posts for one person, with the person's wishes.

A firm wish that a post breaks puts it behind every post that keeps it, except those that are out of reach anyway:
bands in the order suitable, probation, assess first, against a firm wish, not now. It is not left out: people may
change their minds, and shall see what for. Within a band posts for which enough of the person is assessed come first;
then the score decides in whole per cent, because a reader takes two posts of 71 % for equal; a mere preference decides
between equals, then the exact score, the confidence, the post's id. A post that does not say its shift, place or
family breaks no wish; it is said that one has to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from fractions import Fraction

from services.talent.matching.inputs import Catalogue, Condition, Person, Post
from services.talent.matching.model import Outcome
from services.talent.matching.report import Report, match


class Aspect(Enum):
    SHIFT = "shift"
    PLACE = "place"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Wish:
    """Any one of `wanted` fulfils it. `firm`: the person would not take a post that breaks it."""

    aspect: Aspect
    wanted: frozenset[str]
    firm: bool


class Kept(IntEnum):
    KEPT = 0
    UNSAID = 1
    BROKEN = 2


@dataclass(frozen=True, slots=True)
class Opening:
    """A post to be had, with its verdicts for this person. Empty: the post does not say."""

    post: Post
    shift: str = ""
    place: str = ""
    family: str = ""
    conditions: Sequence[Condition] = ()

    def keeps(self, wish: Wish) -> Kept:
        said = {Aspect.SHIFT: self.shift, Aspect.PLACE: self.place, Aspect.FAMILY: self.family}[wish.aspect]
        if not said:
            return Kept.UNSAID
        return Kept.KEPT if said in wish.wanted else Kept.BROKEN


class Band(IntEnum):
    SUITABLE = 0
    PROBATION = 1
    ASSESS_FIRST = 2
    AGAINST_WISH = 3
    NOT_NOW = 4


_BANDS = {
    Outcome.SUITABLE: Band.SUITABLE,
    Outcome.PROBATION: Band.PROBATION,
    Outcome.ASSESS_FIRST: Band.ASSESS_FIRST,
    Outcome.NOT_NOW: Band.NOT_NOW,
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A post with its place in the order, its report, and what became of each wish."""

    opening: Opening
    band: Band
    report: Report
    wishes: tuple[tuple[Wish, Kept], ...]

    @property
    def order(self) -> tuple[int, bool, int, int, Fraction, Fraction, int]:
        per_cent = int(self.report.score * 100)
        broken = sum(kept for wish, kept in self.wishes if not wish.firm)
        report = self.report
        known = (self.band, report.too_little_known)
        return *known, -per_cent, broken, -report.score, -report.confidence, report.post_id.int


def rank_posts(
    person: Person, openings: Sequence[Opening], catalogue: Catalogue, *, on: date, wishes: Sequence[Wish] = ()
) -> list[Proposal]:
    """All of them, the best first."""
    return sorted((_propose(person, one, catalogue, on, wishes) for one in openings), key=lambda one: one.order)


def _propose(person: Person, opening: Opening, catalogue: Catalogue, on: date, wishes: Sequence[Wish]) -> Proposal:
    report = match(person, opening.post, catalogue, on=on, conditions=opening.conditions)
    kept = tuple((wish, opening.keeps(wish)) for wish in wishes)
    band = _BANDS[report.outcome]
    if band is not Band.NOT_NOW and any(wish.firm and how is Kept.BROKEN for wish, how in kept):
        band = Band.AGAINST_WISH
    return Proposal(opening, band, report, kept)
