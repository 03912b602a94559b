"""Pure: what is stored becomes what the matching model is given, and nothing else of a person can get in.

A person is the statements that count (`entry_rules`) of three kinds, skills, measured indicators and how fast they
learn, and their certificates. Names, numbers, units, managers, words, wishes, pools, risks and cases are not among what
these functions take.

- Closeness of skills is kept in per cent and counts in tenths, downwards: nobody is credited with more than was said.
- A skill of which nobody has said how long a level takes teaches nothing: no time can be promised.
- A certificate passes a condition of the same title while it is valid, fails it once expired; without one nothing is
  known. Those count that somebody other than the person stands for: recorded, brought in, or confirmed by HR. Titles
  are compared as the catalogue folds its labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from mainstay.talent.v1 import jobs_pb2, profiles_pb2, skills_pb2
from services.talent.catalogue.folding import fold
from services.talent.entry_rules import EARLIEST, Statement
from services.talent.evidence import Evidence, Wishes
from services.talent.job_demands import condition_message, requirement_message
from services.talent.matching.inputs import (
    Catalogue,
    Condition,
    Direction,
    HeldLevel,
    HeldValue,
    IndicatorRequirement,
    Name,
    Person,
    Post,
    Relation,
    RelationKind,
    Requirement,
    Skill,
    SkillRequirement,
    Verdict,
)
from services.talent.matching.model import TRAINING_MONTHS, Key, Pace
from services.talent.matching.posts import Aspect, Opening, Wish

Row = Mapping[str, Any]
Certificates = Mapping[str, date | None]
"""By folded title the last day of validity, None without end."""
_LEAST_PERCENT = 10


# ── the person ──


@dataclass(frozen=True, slots=True)
class Known:
    """What a match knows of a person: by key the statement that counts, the pace, their certificates."""

    employee_id: UUID
    levels: Mapping[Key, Statement] = field(default_factory=dict)
    values: Mapping[Key, Statement] = field(default_factory=dict)
    pace: Pace = Pace.UNRATED
    certificates: Certificates = field(default_factory=dict)

    def statement(self, key: Key) -> Statement | None:
        """What counted under a key."""
        return self.levels.get(key) or self.values.get(key)

    @property
    def person(self) -> Person:
        return Person(
            self.employee_id,
            {key: HeldLevel(one.level, one.trust, _day(one)) for key, one in self.levels.items()},
            {
                key: HeldValue(one.value, one.trust, _day(one))
                for key, one in self.values.items()
                if one.value is not None
            },
            self.pace,
        )


def known_of(evidence: Evidence, certificates: Certificates | None = None) -> Known:
    levels: dict[Key, Statement] = {}
    values: dict[Key, Statement] = {}
    for one in evidence.held:
        if one.kind == profiles_pb2.ENTRY_KIND_SKILL and one.skill_id is not None:
            levels[one.skill_id] = one
        elif one.kind == profiles_pb2.ENTRY_KIND_INDICATOR and one.value is not None and one.value.is_finite():
            values[one.code.casefold()] = one
    pace = Pace(min(evidence.learning, Pace.FAST))
    return Known(evidence.employee_id, levels, values, pace, certificates or {})


def certificates_in(rows: Iterable[Row]) -> dict[UUID, dict[str, date | None]]:
    """By person, from certificates that count (employee_id, title, valid_to): of one title the one valid longest."""
    found: dict[UUID, dict[str, date | None]] = {}
    for row in rows:
        mine, key, last = found.setdefault(row["employee_id"], {}), certificate_key(row["title"]), row["valid_to"]
        before = mine.get(key, date.min)
        mine[key] = None if last is None or before is None else max(last, before)
    return found


def certificate_key(title: str) -> str:
    return fold(title).text


def verdict(certificates: Certificates, title: str, today: date) -> Verdict:
    key = certificate_key(title)
    if key not in certificates:
        return Verdict.UNKNOWN
    return standing(certificates[key], today)


def standing(last: date | None, today: date) -> Verdict:
    """Of a certificate that is there, by its last day."""
    return Verdict.PASSED if last is None or last >= today else Verdict.FAILED


def _day(one: Statement) -> date:
    """Before 1950 counts as 1950, which is as far as the columns in memory reach."""
    return max(one.observed_on, EARLIEST)


# ── the catalogue ──


def catalogue_of(skills: Sequence[Row], relations: Iterable[Row]) -> Catalogue:
    """From rows of `skills` and `skill_relations`."""
    found = []
    for row in relations:
        if row["kind"] == skills_pb2.SKILL_RELATION_KIND_BROADER:
            found.append(Relation(row["skill_id"], row["other_id"], RelationKind.BROADER))
        elif row["kind"] == skills_pb2.SKILL_RELATION_KIND_CLOSE and row["closeness"] >= _LEAST_PERCENT:
            tenths = row["closeness"] // _LEAST_PERCENT
            found.append(Relation(row["skill_id"], row["other_id"], RelationKind.CLOSE, tenths))
            found.append(Relation(row["other_id"], row["skill_id"], RelationKind.CLOSE, tenths))
    return Catalogue([_skill(row) for row in skills if row["tenth_months_per_level"] > 0], found)


def taught_by(row: Row) -> tuple[Name, ...]:
    """In both languages; where one is not said, the other stands for it."""
    zh, en = row["taught_by"], row["taught_by_en"]
    many = max(len(zh), len(en))
    pairs = zip([*zh, *en[len(zh) : many]], [*en, *zh[len(en) : many]], strict=True)
    return tuple(Name(one, other) for one, other in pairs)


def name_of(row: Row) -> Name:
    """Of a skill; imported ones have no Chinese name until somebody gives them one."""
    return Name(row["name"] or row["name_en"], row["name_en"] or row["name"])


def _skill(row: Row) -> Skill:
    return Skill(row["skill_id"], Decimal(row["tenth_months_per_level"]) / 10, taught_by(row))


# ── the post ──


@dataclass(frozen=True, slots=True)
class Demand:
    """A version of a job profile: as the model takes it, and as a report shows it."""

    post: Post
    number: int
    title: Name
    requirements: tuple[jobs_pb2.Requirement, ...]
    conditions: tuple[jobs_pb2.Condition, ...]
    shift: str
    place: str
    family: str

    def judged(self, certificates: Certificates, today: date) -> tuple[Condition, ...]:
        """How a person stands to each condition."""
        return tuple(
            Condition(
                one.condition_id,
                Name(one.certificate, one.certificate),
                verdict(certificates, one.certificate, today),
            )
            for one in self.conditions
        )

    def opening(self, known: Known, today: date) -> Opening:
        return Opening(self.post, self.shift, self.place, self.family, self.judged(known.certificates, today))


def demand_of(profile: Row, names: Mapping[UUID, Name]) -> Demand:
    """From a row of `job_profiles` with its post's titles and family. ValueError when the version asks for nothing."""
    shown = tuple(requirement_message(one, names) for one in profile["requirements"])
    return Demand(
        post=Post(profile["post_id"], tuple(map(_required, shown)), profile["training_months"] or TRAINING_MONTHS),
        number=profile["number"],
        title=Name(profile["title"], profile["title_en"] or profile["title"]),
        requirements=shown,
        conditions=tuple(condition_message(one) for one in profile["conditions"]),
        shift=shift_name(profile["shift"]),
        place=_plain(profile["place"]),
        family=_plain(profile["family"] or profile["post_family"]),
    )


def shift_name(shift: int) -> str:
    """`SHIFT_OFFICE`; empty when not said."""
    return profiles_pb2.Shift.Name(shift) if shift else ""


def shift_number(name: str) -> int:
    return profiles_pb2.Shift.Value(name) if name else 0


def _required(one: jobs_pb2.Requirement) -> Requirement:
    name = Name(one.name, one.name_en)
    if not one.HasField("indicator"):
        return SkillRequirement(UUID(one.skill_id), name, one.weight, one.must, one.level)
    return IndicatorRequirement(
        key=one.indicator.code,
        name=name,
        weight=one.weight,
        must=one.must,
        direction=Direction(one.indicator.direction),
        target=Decimal(one.indicator.target),
        tolerance=Decimal(one.indicator.tolerance),
        rests_on=UUID(one.skill_id) if one.skill_id else None,
    )


# ── wishes: never part of the score ──


def wishes_of(wishes: Wishes) -> tuple[Wish, ...]:
    """Families are preferences: nobody is asked whether they are firm."""
    found = []
    if wishes.shift:
        found.append(Wish(Aspect.SHIFT, frozenset({shift_name(wishes.shift)}), wishes.shift_firm))
    if wishes.place:
        found.append(Wish(Aspect.PLACE, frozenset({_plain(wishes.place)}), wishes.place_firm))
    if wishes.families:
        found.append(Wish(Aspect.FAMILY, frozenset(map(_plain, wishes.families)), firm=False))
    return tuple(found)


def _plain(words: str) -> str:
    return words.strip()
