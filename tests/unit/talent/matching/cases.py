"""Posts, people and catalogues as hypothesis draws them: small, so that everything meets everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

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
from services.talent.matching.model import Pace, Source
from services.talent.matching.report import Report, match

TODAY = date(2026, 11, 23)
SKILLS = [f"skill-{number}" for number in range(5)]
INDICATORS = [f"indicator-{number}" for number in range(3)]
COURSE = Name("课程", "a course")

days = st.integers(0, 4000).map(lambda age: TODAY - timedelta(days=age))
sources = st.sampled_from(Source)
paces = st.sampled_from(Pace)
quantities = st.integers(0, 40).map(lambda tenths: Decimal(tenths) / 10)
held_levels = st.builds(HeldLevel, st.integers(0, 5), sources, days)
held_values = st.builds(HeldValue, quantities, sources, days)
person_ids = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))
people = st.builds(
    Person,
    person_ids,
    st.dictionaries(st.sampled_from(SKILLS), held_levels),
    st.dictionaries(st.sampled_from(INDICATORS), held_values),
    paces,
)


def name(key: str) -> Name:
    return Name(f"「{key}」", key)


def skill_required(key: str, level: int = 3, *, weight: int = 10, must: bool = False) -> SkillRequirement:
    return SkillRequirement(key, name(key), weight, must, level)


skill_requirements = st.builds(
    skill_required, st.sampled_from(SKILLS), st.integers(1, 5), weight=st.integers(1, 100), must=st.booleans()
)
indicator_requirements = st.builds(
    lambda key, weight, must, direction, target, tolerance, rests_on: IndicatorRequirement(
        key, name(key), weight, must, direction, target, tolerance, rests_on
    ),
    st.sampled_from(INDICATORS),
    st.integers(1, 100),
    st.booleans(),
    st.sampled_from(Direction),
    quantities,
    quantities,
    st.none() | st.sampled_from(SKILLS),
)
posts = st.builds(
    Post,
    st.just(UUID(int=7)),
    st.lists(skill_requirements | indicator_requirements, min_size=1, max_size=6, unique_by=lambda one: one.key),
    st.integers(1, 12),
)
_skills = st.builds(
    lambda key, quarters, taught: Skill(key, Decimal(quarters) / 4, (COURSE,) if taught else ()),
    st.sampled_from(SKILLS),
    st.integers(1, 24),
    st.booleans(),
)
_relations = st.builds(
    lambda pair, tenths: Relation(
        pair[0], pair[1], RelationKind.BROADER if tenths == 10 else RelationKind.CLOSE, tenths
    ),
    st.lists(st.sampled_from(SKILLS), min_size=2, max_size=2, unique=True),
    st.integers(1, 10),
)
catalogues = st.builds(Catalogue, st.lists(_skills, unique_by=lambda one: one.key), st.lists(_relations, max_size=4))
conditions = st.builds(
    lambda key, verdict: Condition(key, name(key), verdict),
    st.sampled_from(["shift", "certificate"]),
    st.sampled_from(Verdict),
)


@dataclass(frozen=True)
class Case:
    person: Person
    post: Post
    catalogue: Catalogue
    conditions: tuple[Condition, ...] = ()

    def report(self, person: Person | None = None) -> Report:
        return match(person or self.person, self.post, self.catalogue, on=TODAY, conditions=self.conditions)

    def requirement(self, key: str) -> Requirement | None:
        return next((one for one in self.post.requirements if one.key == key), None)

    def __repr__(self) -> str:
        related = {key: self.catalogue.related(key) for key in SKILLS if self.catalogue.related(key)}
        return f"Case({self.person}, {self.post}, {self.catalogue.skills}, {related}, {self.conditions})"


cases = st.builds(
    Case, people, posts, catalogues, st.lists(conditions, max_size=2, unique_by=lambda one: one.key).map(tuple)
)


def with_level(person: Person, key: str, held: HeldLevel) -> Person:
    return replace(person, levels={**person.levels, key: held})


def with_value(person: Person, key: str, held: HeldValue) -> Person:
    return replace(person, values={**person.values, key: held})
