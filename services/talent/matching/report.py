"""Pure: the match report of one person for one post: per requirement and as a whole, in exact fractions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple
from uuid import UUID

from services.talent.matching.inputs import (
    Catalogue,
    Condition,
    HeldLevel,
    HeldValue,
    IndicatorRequirement,
    Name,
    Person,
    Post,
    Requirement,
    SkillRequirement,
    Verdict,
)
from services.talent.matching.judging import Judgement, Learning, judge_level, judge_value, teaching
from services.talent.matching.model import (
    ENOUGH,
    ONE,
    VERSION,
    ZERO,
    Key,
    Outcome,
    Pace,
    Source,
    Standing,
    confidence_in,
)


class Evidence(NamedTuple):
    """What was known and counted. `key` differs from the requirement's where a related skill stood for it, with
    `share` of its `level`; `age` in days; `confidence` = trust x freshness x share.
    """

    key: Key
    level: int | None
    value: Decimal | None
    source: Source
    observed_on: date
    age: int
    share: Fraction
    confidence: Fraction


class Finding(NamedTuple):
    """One requirement. `contribution` to the score is `share`, its weight of the `whole` of weights, x `fit`. Under
    UNKNOWN an `evidence` only sets the range's lower end.
    """

    requirement: Requirement
    standing: Standing
    whole: int
    fit: Fraction
    least: Fraction
    most: Fraction
    confidence: Fraction
    evidence: Evidence | None
    short: Fraction | None
    months: Fraction | None
    taught_by: tuple[Name, ...]

    @property
    def share(self) -> Fraction:
        return Fraction(self.requirement.weight, self.whole)

    @property
    def contribution(self) -> Fraction:
        return self.share * self.fit


@dataclass(frozen=True, slots=True)
class Report:
    """`score`, its range `least` to `most`, `confidence`, and `assessed`, of the whole weight that of the requirements
    whose class is known, all between 0 and 1. `limit` and `months` are months.
    """

    post_id: UUID
    person_id: UUID
    as_of: date
    outcome: Outcome
    score: Fraction
    confidence: Fraction
    assessed: Fraction
    findings: tuple[Finding, ...]
    conditions: tuple[Condition, ...]
    pace: Pace
    limit: int
    version: str = VERSION

    @property
    def least(self) -> Fraction:
        return _mean(self._weights, [one.least for one in self.findings])

    @property
    def most(self) -> Fraction:
        return _mean(self._weights, [one.most for one in self.findings])

    @property
    def too_little_known(self) -> bool:
        return self.assessed < ENOUGH

    @property
    def to_assess(self) -> tuple[Finding, ...]:
        """What has to be assessed first: the unknown musts; and where nothing but too little being known stands in the
        way of saying more, those of most weight that make it enough.
        """
        unknown = [one for one in self.findings if one.standing is Standing.UNKNOWN]
        first = [one for one in unknown if one.requirement.must]
        if self.outcome is not Outcome.ASSESS_FIRST:
            return tuple(first)
        assessed = self.assessed + sum((one.share for one in first), ZERO)
        others = [one for one in unknown if not one.requirement.must]
        for one in sorted(others, key=lambda one: (-one.share, str(one.requirement.key))):
            if assessed >= ENOUGH:
                break
            first.append(one)
            assessed += one.share
        return tuple(first)

    @property
    def _weights(self) -> list[int]:
        return [one.requirement.weight for one in self.findings]

    @property
    def focus(self) -> tuple[Finding, ...]:
        """The musts with a trainable gap, the widest first."""
        gaps = [one for one in self.findings if one.requirement.must and one.standing is Standing.TRAINABLE_GAP]
        return tuple(sorted(gaps, key=lambda one: (-(one.months or ZERO), str(one.requirement.key))))

    @property
    def unassessed(self) -> tuple[Finding, ...]:
        """On which nothing is known, where the outcome stands without them: what is not a must, and whatever is known
        of it later changes the score alone.
        """
        if self.outcome not in {Outcome.SUITABLE, Outcome.PROBATION}:
            return ()
        return tuple(one for one in self.findings if one.standing is Standing.UNKNOWN)

    @property
    def months(self) -> Fraction:
        """What the focus takes when learnt one after another."""
        return sum((one.months or ZERO for one in self.focus), ZERO)

    @property
    def order(self) -> tuple[int, bool, Fraction, Fraction, int]:
        """Sorts reports of one post, the best first."""
        return self.outcome, self.too_little_known, -self.score, -self.confidence, self.person_id.int


def match(
    person: Person, post: Post, catalogue: Catalogue, *, on: date, conditions: Sequence[Condition] = ()
) -> Report:
    """The report as of the day `on`, from which the evidence's age is reckoned."""
    weights = [one.weight for one in post.requirements]
    whole = sum(weights)
    known = _Known(person, catalogue, post.limit, on)
    findings = tuple(_finding(one, whole, known) for one in post.requirements)
    assessed = Fraction(sum(one.requirement.weight for one in findings if one.standing is not Standing.UNKNOWN), whole)
    return Report(
        post_id=post.post_id,
        person_id=person.person_id,
        as_of=on,
        outcome=_outcome(findings, conditions, assessed),
        score=_mean(weights, [one.fit for one in findings]),
        confidence=_mean(weights, [one.confidence for one in findings]),
        assessed=assessed,
        findings=findings,
        conditions=tuple(conditions),
        pace=person.pace,
        limit=post.limit,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What every requirement is judged by."""

    person: Person
    catalogue: Catalogue
    limit: int
    on: date

    def judge_skill(self, required: SkillRequirement, learning: Learning) -> tuple[Judgement, Evidence | None]:
        own = self.person.levels.get(required.key)
        found = [] if own is None else [self.evidence(required.key, own)]
        best: Fraction | None = None
        for related in self.catalogue.related(required.key):
            held = self.person.levels.get(related.key)
            # A related skill at nothing says nothing of this one.
            if held is not None and held.level:
                found.append(self.evidence(related.key, held, related.share))
                best = max(best or ZERO, held.level * related.share)
        # The first of the best counts, and the skill's own entry comes first.
        counted = max(found, key=lambda one: _worth(one, required.level)) if len(found) > 1 else next(iter(found), None)
        return judge_level(required.level, None if own is None else own.level, best, learning), counted

    def judge_indicator(self, required: IndicatorRequirement, learning: Learning) -> tuple[Judgement, Evidence | None]:
        held = self.person.values.get(required.key)
        if held is None:
            return judge_value(required, None, learning), None
        return judge_value(required, held.value, learning), self.evidence(required.key, held)

    def evidence(self, key: Key, held: HeldLevel | HeldValue, share: Fraction = ONE) -> Evidence:
        age = (self.on - held.observed_on).days
        known = confidence_in(held.source, age)
        level, value = (held.level, None) if isinstance(held, HeldLevel) else (None, held.value)
        worth = known if share is ONE else known * share
        return Evidence(key, level, value, held.source, held.observed_on, age, share, worth)


def _worth(evidence: Evidence, required: int) -> tuple[Fraction, Fraction]:
    return min(Fraction(required), (evidence.level or 0) * evidence.share), evidence.confidence


def _finding(requirement: Requirement, whole: int, known: _Known) -> Finding:
    skill = teaching(requirement, known.catalogue)
    learning = Learning(skill, known.person.pace, known.limit)
    if isinstance(requirement, SkillRequirement):
        judged, evidence = known.judge_skill(requirement, learning)
    else:
        judged, evidence = known.judge_indicator(requirement, learning)
    decided = evidence is not None and judged.standing is not Standing.UNKNOWN
    return Finding(
        requirement=requirement,
        standing=judged.standing,
        whole=whole,
        fit=judged.fit,
        least=judged.least,
        most=judged.most,
        confidence=evidence.confidence if evidence is not None and decided else ZERO,
        evidence=evidence,
        short=judged.short,
        months=judged.months,
        taught_by=skill.taught_by if skill is not None else (),
    )


def _mean(weights: Sequence[int], values: Sequence[Fraction]) -> Fraction:
    """sum(w f) / sum(w), over one denominator: adding fractions two by two took a third of a page of reports."""
    parts = [one.as_integer_ratio() for one in values]
    whole = lcm(*[below for _, below in parts])
    total = sum([weight * above * (whole // below) for weight, (above, below) in zip(weights, parts, strict=True)])
    return Fraction(total, whole * sum(weights))


def _outcome(findings: Sequence[Finding], conditions: Sequence[Condition], assessed: Fraction) -> Outcome:
    musts = {one.standing for one in findings if one.requirement.must}
    verdicts = {one.verdict for one in conditions}
    if Verdict.FAILED in verdicts or Standing.BLOCKING_GAP in musts:
        return Outcome.NOT_NOW
    if Verdict.UNKNOWN in verdicts or Standing.UNKNOWN in musts or assessed < ENOUGH:
        return Outcome.ASSESS_FIRST
    if Standing.TRAINABLE_GAP in musts:
        return Outcome.PROBATION
    return Outcome.SUITABLE
