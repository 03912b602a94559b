"""Pure: which statement about a person stands, which of several counts, and what a new one does to them.

A **statement** is a row of `entries`. Its **topic** is what it is about: a skill, a certificate by its title, an award
by title and day, a review by its period, a kind of potential, an indicator by its code. Its **place** is topic and
source: at most one statement stands in a place, and whatever takes the place ends the one before, which stays in the
history. So what the person says and what the manager says stand side by side, and a weaker source can never push out
a stronger one by speaking last.

**What counts** of the statements that stand on one topic, those no longer valid left aside:

* Indicators and potential: the newest; of one day the most trusted. They measure what changes by the month.
* Everything else: the most trusted: confirmed by HR before unconfirmed, then by the order of `EntrySource`, then the
  newest. An assessment is overtaken where somebody other than the person and a file has assessed more than
  `OVERTAKEN_DAYS` later: three years of work are not judged by what was seen before them. The person's own word and a
  file's, unconfirmed, overtake nothing.

The choice looks at who spoke and when and never at the level. So a higher level in any statement never lowers the
level that counts, and the statement that counts goes on counting when it is confirmed, seen again later, or said by a
more trusted source: better evidence never lowers a score. It hangs on no day but the ends of validity, so that columns
in memory need refreshing only by changes and by `evidence.lapsed`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from mainstay.talent.v1.profiles_pb2 import (
    ENTRY_KIND_AWARD,
    ENTRY_KIND_INDICATOR,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_SKILL,
    ENTRY_SOURCE_IMPORT,
    ENTRY_SOURCE_RECORDS,
    ENTRY_SOURCE_SELF,
    POTENTIAL_KIND_LEARNING,
)
from services.talent.catalogue.folding import fold
from services.talent.matching.model import FRESH_DAYS, Source

# As long as a piece of evidence takes to be worth half.
OVERTAKEN_DAYS = FRESH_DAYS
EARLIEST = date(1950, 1, 1)
"""Nobody at work has evidence older than this, and the columns in memory count days from here."""
MOST_LEARNING, MOST_GROWTH = 3, 5

# The second part is of one type for each kind, so that topics sort.
Topic = tuple[int, UUID | str | int | None]
Place = tuple[Topic, int]
_LEARNING = (ENTRY_KIND_POTENTIAL, POTENTIAL_KIND_LEARNING)
_MEASURED = (ENTRY_KIND_POTENTIAL, ENTRY_KIND_INDICATOR)


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said of a person. `kind`, `source`, `potential` are numbers of the contract's enums.

    `value` is a review's score on `scale`, or an indicator's value in the unit `scale`; `valid_to` the last day it is
    valid. `evidence` is there only where somebody has opened its seal to compare it.
    """

    entry_id: UUID
    employee_id: UUID
    kind: int
    source: int
    observed_on: date
    skill_id: UUID | None = None
    code: str = ""
    title: str = ""
    title_en: str = ""
    level: int = 0
    value: Decimal | None = None
    scale: str = ""
    potential: int = 0
    valid_to: date | None = None
    verified: bool = False
    contested: bool = False
    evidence: str = ""

    @property
    def topic(self) -> Topic:
        if self.kind == ENTRY_KIND_SKILL:
            return self.kind, self.skill_id
        if self.kind == ENTRY_KIND_POTENTIAL:
            return self.kind, self.potential
        if self.kind == ENTRY_KIND_INDICATOR:
            return self.kind, self.code.casefold()
        named = fold(self.title).text
        return self.kind, f"{named}|{self.observed_on}" if self.kind == ENTRY_KIND_AWARD else named

    @property
    def place(self) -> Place:
        return self.topic, self.source

    @property
    def assessed(self) -> bool:
        """Somebody other than the person and a file stands for it."""
        return self.verified or self.source not in {ENTRY_SOURCE_SELF, ENTRY_SOURCE_IMPORT}

    @property
    def trust(self) -> Source:
        """What matching calls its source."""
        if self.verified:
            return Source.VERIFIED
        return Source.CERTIFICATE if self.source == ENTRY_SOURCE_RECORDS else Source(self.source)

    def says_the_same(self, other: Statement) -> bool:
        """Word for word, whoever recorded it and when."""
        return self._said() == other._said()

    def _said(self) -> tuple[object, ...]:
        about = (self.employee_id, self.place, self.title, self.title_en, self.scale)
        return (*about, self.level, self.value, self.observed_on, self.valid_to, self.evidence)


def counting(standing: Iterable[Statement], today: date) -> tuple[Statement, ...]:
    """Of one person's standing statements those that count, one per topic; in the order of topics."""
    by_topic: dict[Topic, list[Statement]] = defaultdict(list)
    for one in standing:
        if one.valid_to is None or one.valid_to >= today:
            by_topic[one.topic].append(one)
    return tuple(_chosen(by_topic[topic]) for topic in sorted(by_topic))


def learning(counted: Iterable[Statement]) -> int:
    """How fast the person learns, of what counts: 1 slow, 2 usual, 3 fast; 0 when nobody has rated it."""
    rated = (one.level for one in counted if (one.kind, one.potential) == _LEARNING)
    return next(rated, 0)


def _chosen(many: Sequence[Statement]) -> Statement:
    if len(many) == 1:
        return many[0]
    if many[0].kind in _MEASURED:
        return max(many, key=lambda one: (one.observed_on, *_rank(one)))
    newest = max((one.observed_on for one in many if one.assessed), default=EARLIEST)
    return max((one for one in many if (newest - one.observed_on).days <= OVERTAKEN_DAYS), key=_rank)


def _rank(one: Statement) -> tuple[bool, int, date, UUID]:
    return one.verified, one.source, one.observed_on, one.entry_id


@dataclass(frozen=True, slots=True)
class Plan:
    """What new statements do. `opened` stand; `passed` go into the history at once, a newer one being there; `closed`
    stood until now; `unchanged` of the new ones say what is known.
    """

    opened: tuple[Statement, ...] = ()
    passed: tuple[Statement, ...] = ()
    closed: tuple[Statement, ...] = ()
    unchanged: int = 0


def follow(standing: Iterable[Statement], new: Statement) -> Plan:
    """A statement made by hand takes its place, however old the day it speaks of: who corrects a day knows better."""
    before = tuple(one for one in standing if one.place == new.place)
    return Plan(opened=(new,), closed=before)


def merge(standing: Sequence[Statement], ended: Sequence[Statement], new: Sequence[Statement]) -> Plan:
    """Statements that come with a file, in any order: of each place the one of the newest day stands.

    What was said before word for word is unchanged, even where it was ended since: bringing the same file in again
    brings nothing back. Of one day the file's takes the place.
    """
    known = {one._said() for one in (*standing, *ended)}  # noqa: SLF001 - the same class
    fresh: list[Statement] = []
    for one in new:
        said = one._said()  # noqa: SLF001 - the same class
        if said not in known:
            known.add(said)
            fresh.append(one)
    stands = {one.place: one for one in standing}
    opened: dict[Place, Statement] = {}
    passed: list[Statement] = []
    closed: list[Statement] = []
    for one in sorted(fresh, key=lambda one: one.observed_on):
        before = opened.get(one.place) or stands.get(one.place)
        if before is not None and before.observed_on > one.observed_on:
            passed.append(one)
            continue
        if before is not None:
            (passed if one.place in opened else closed).append(before)
        opened[one.place] = one
    return Plan(tuple(opened.values()), tuple(passed), tuple(closed), len(new) - len(fresh))


def digits(value: Decimal) -> str:
    """Decimal digits without zeros at the end: `4.7`."""
    return f"{value.normalize():f}"
