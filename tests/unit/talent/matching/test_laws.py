"""What matching promises whatever the post and the person are, and that each promise can be seen broken."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from services.talent.matching import judging, model, report
from services.talent.matching.inputs import (
    Catalogue,
    Condition,
    Direction,
    HeldLevel,
    HeldValue,
    IndicatorRequirement,
    Person,
    Post,
    SkillRequirement,
    Verdict,
)
from services.talent.matching.judging import Judgement, Learning
from services.talent.matching.model import ENOUGH, HALF, ONE, ZERO, Key, Outcome, Pace, Source, Standing
from services.talent.matching.report import Evidence, Finding, Report
from tests.unit.talent.matching.cases import (
    INDICATORS,
    SKILLS,
    TODAY,
    Case,
    cases,
    held_levels,
    skill_required,
    with_level,
    with_value,
)

MANY = settings(max_examples=150, deadline=None)
_DRAW = (Phase.generate,)


def better_held(held: HeldLevel | HeldValue, choice: random.Random) -> HeldLevel | HeldValue:
    """The same, fresher or better vouched for."""
    if choice.random() < 0.5:
        return held._replace(observed_on=held.observed_on + timedelta(days=choice.randint(0, 900)))
    return held._replace(source=Source(choice.randint(held.source, max(Source))))


def improvements(case: Case, choice: random.Random) -> Iterator[Person]:
    """The person with one piece of evidence better, or one more that is at least what is asked."""
    person = case.person
    for key, level in person.levels.items():
        assert isinstance(key, str)
        yield with_level(person, key, better_held(level, choice))  # type: ignore[arg-type]
        yield with_level(person, key, level._replace(level=choice.randint(level.level, 5)))
    for key, value in person.values.items():
        assert isinstance(key, str)
        yield with_value(person, key, better_held(value, choice))  # type: ignore[arg-type]
        if isinstance(asked := case.requirement(key), IndicatorRequirement):
            yield with_value(person, key, value._replace(value=nearer(asked, value, choice)))
    for key in set(SKILLS) - person.levels.keys():
        asked_level = asked.level if isinstance(asked := case.requirement(key), SkillRequirement) else 0
        held = HeldLevel(choice.randint(asked_level, 5), Source.SELF, TODAY - timedelta(days=choice.randint(0, 3000)))
        yield with_level(person, key, held)
    for key in set(INDICATORS) - person.values.keys():
        if isinstance(asked := case.requirement(key), IndicatorRequirement):
            yield with_value(person, key, HeldValue(asked.target, Source.SELF, TODAY))
    if person.pace is not Pace.UNRATED:
        yield replace(person, pace=Pace(choice.randint(person.pace, Pace.FAST)))


def nearer(asked: IndicatorRequirement, held: HeldValue, choice: random.Random) -> Decimal:
    step = (asked.target - held.value) * choice.choice([0, 1, 2, 10]) / 10
    if asked.direction is Direction.EXACTLY:
        return held.value + step
    return held.value + abs(step) * (1 if asked.direction is Direction.AT_LEAST else -1)


def worse_for_being_better(case: Case) -> list[Person]:
    """Who improved and stands worse for it: in the outcome, the score, or, both alike, the confidence."""
    before = case.report()
    found = []
    for person in improvements(case, random.Random(repr(case))):
        after = case.report(person)
        if after.outcome > before.outcome or after.score < before.score or after.order[:4] > before.order[:4]:
            found.append(person)
    return found


@MANY
@given(cases)
def test_better_evidence_never_lowers_outcome_score_or_place(case: Case) -> None:
    assert worse_for_being_better(case) == []


def surplus_hides_a_must(case: Case) -> bool:
    """Everything else at its best, and still a must that is not there is told: `case` lacks one on purpose."""
    missing = next((one for one in case.post.requirements if one.must), None)
    if missing is None:
        return False
    held = {key: HeldLevel(5, Source.VERIFIED, TODAY) for key in SKILLS}
    lacking = {missing.key, *(one.key for one in case.catalogue.related(missing.key))}
    person = Person(
        case.person.person_id,
        {key: HeldLevel(0, Source.VERIFIED, TODAY) if key in lacking else one for key, one in held.items()},
        {
            one.key: HeldValue(one.target, Source.VERIFIED, TODAY)
            for one in case.post.requirements
            if isinstance(one, IndicatorRequirement) and one is not missing
        },
        Pace.FAST,
    )
    found = replace(case, conditions=()).report(person)
    return found.outcome is Outcome.SUITABLE


@MANY
@given(cases)
def test_a_surplus_never_hides_a_missing_must(case: Case) -> None:
    assert not surplus_hides_a_must(case)


@MANY
@given(cases)
def test_the_outcome_is_the_first_that_holds_of_the_musts_the_conditions_and_what_is_assessed(case: Case) -> None:
    found = case.report()
    musts = [one.standing for one in found.findings if one.requirement.must]
    verdicts = [one.verdict for one in case.conditions]
    if Standing.BLOCKING_GAP in musts or Verdict.FAILED in verdicts:
        assert found.outcome is Outcome.NOT_NOW
    elif Standing.UNKNOWN in musts or Verdict.UNKNOWN in verdicts or 5 * assessed(found) < 2:
        assert found.outcome is Outcome.ASSESS_FIRST
    else:
        assert found.outcome is (Outcome.PROBATION if Standing.TRAINABLE_GAP in musts else Outcome.SUITABLE)


def assessed(found: Report) -> Fraction:
    return sum((one.share for one in found.findings if one.standing is not Standing.UNKNOWN), ZERO)


@MANY
@given(cases)
def test_what_is_to_be_assessed_first_is_unknown_and_no_more_than_makes_it_enough(case: Case) -> None:
    found = case.report()
    first = found.to_assess
    assert {one.standing for one in first} <= {Standing.UNKNOWN}
    more = [one for one in first if not one.requirement.must]
    assert {one.requirement.key for one in first if one.requirement.must} == {
        one.requirement.key for one in found.findings if one.requirement.must and one.standing is Standing.UNKNOWN
    }
    if found.outcome is not Outcome.ASSESS_FIRST:
        assert more == []
        return
    known = assessed(found) + sum((one.share for one in first), ZERO)
    assert known >= ENOUGH
    assert not more or known - more[-1].share < ENOUGH
    rest = [one.share for one in found.findings if one.standing is Standing.UNKNOWN and one not in first]
    assert not more or more[-1].share >= max(rest, default=ZERO)


def test_two_fifths_are_enough_and_any_less_is_not() -> None:
    requirements = [skill_required(SKILLS[0], weight=40, must=True), skill_required(SKILLS[1], weight=60)]
    person = Person(UUID(int=1), {SKILLS[0]: HeldLevel(3, Source.SELF, TODAY)})
    enough = Case(person, Post(UUID(int=7), requirements), Catalogue())
    assert enough.report().outcome is Outcome.SUITABLE
    less = replace(enough, post=Post(UUID(int=7), [requirements[0], replace(requirements[1], weight=61)]))
    assert less.report().outcome is Outcome.ASSESS_FIRST
    # Known gaps forbid it, however little else is known.
    gap = Person(UUID(int=1), {SKILLS[0]: HeldLevel(1, Source.SELF, TODAY)})
    assert less.report(gap).outcome is Outcome.NOT_NOW


def without(person: Person, key: str) -> Person:
    return replace(
        person,
        levels={one: held for one, held in person.levels.items() if one != key},
        values={one: held for one, held in person.values.items() if one != key},
    )


def missing_is_taken_wrongly(case: Case) -> bool:
    """Nothing known at all is neutral with the whole range, and no confidence."""
    found = case.report(Person(case.person.person_id))
    return (found.score, found.least, found.most, found.confidence) != (HALF, ZERO, ONE, ZERO)


@MANY
@given(cases)
def test_missing_is_not_zero_and_has_no_confidence(case: Case) -> None:
    assert not missing_is_taken_wrongly(case)


@MANY
@given(cases, st.sampled_from([*SKILLS, *INDICATORS]))
def test_taking_evidence_away_lowers_confidence_and_changes_nothing_that_does_not_rest_on_it(
    case: Case, key: str
) -> None:
    before, after = case.report(), case.report(without(case.person, key))
    for one, other in zip(before.findings, after.findings, strict=True):
        rests_on = {one.requirement.key, *(related.key for related in case.catalogue.related(one.requirement.key))}
        if key not in rests_on:
            assert one == other
        elif one.evidence is not None and one.evidence.key == key and other.evidence is None:
            assert other.standing is Standing.UNKNOWN
            assert other.confidence == 0
            assert one.confidence > 0 or one.standing is Standing.UNKNOWN


@MANY
@given(cases)
def test_the_score_lies_in_its_range_and_is_the_sum_of_the_contributions(case: Case) -> None:
    found = case.report()
    assert 0 <= found.least <= found.score <= found.most <= 1
    assert 0 <= found.confidence <= 1
    assert sum(one.contribution for one in found.findings) == found.score
    assert sum(one.share for one in found.findings) == 1


@MANY
@given(cases, st.integers(2, 50))
def test_weights_scaled_alike_change_nothing(case: Case, factor: int) -> None:
    post = replace(case.post, requirements=[replace(one, weight=one.weight * factor) for one in case.post.requirements])
    before, after = case.report(), replace(case, post=post).report()
    assert (after.outcome, after.score, after.least, after.most, after.confidence) == (
        before.outcome,
        before.score,
        before.least,
        before.most,
        before.confidence,
    )
    for one, other in zip(before.findings, after.findings, strict=True):
        assert (one.share, one.contribution) == (other.share, other.contribution)
        assert one._replace(requirement=other.requirement, whole=other.whole) == other


@MANY
@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_changes_nothing(case: Case, choice: random.Random) -> None:
    requirements = list(case.post.requirements)
    choice.shuffle(requirements)
    levels, values = list(case.person.levels.items()), list(case.person.values.items())
    choice.shuffle(levels)
    choice.shuffle(values)
    shuffled = Case(
        replace(case.person, levels=dict(levels), values=dict(values)),
        replace(case.post, requirements=requirements),
        case.catalogue,
        case.conditions[::-1],
    )
    before, after = case.report(), shuffled.report()
    assert after.order == before.order
    assert {one.requirement.key: one for one in after.findings} == {one.requirement.key: one for one in before.findings}


@MANY
@given(cases, st.dictionaries(st.sampled_from(["sex", "age", "skill-99"]), held_levels))
def test_what_the_post_does_not_ask_for_changes_nothing(case: Case, other: dict[Key, HeldLevel]) -> None:
    assert case.report(replace(case.person, levels={**case.person.levels, **other})) == case.report()


@MANY
@given(st.lists(cases, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_people_is_total_and_stable(drawn: list[Case], choice: random.Random) -> None:
    first = drawn[0]
    people = {one.person.person_id: one.person for one in drawn}
    reports = [first.report(person) for person in people.values()]
    shuffled = reports[:]
    choice.shuffle(shuffled)
    assert sorted(reports, key=lambda one: one.order) == sorted(shuffled, key=lambda one: one.order)
    assert len({one.order for one in reports}) == len(reports)


def test_nothing_about_a_person_can_come_in_but_an_id_a_pace_and_what_is_held_by_key() -> None:
    assert {each.name: each.type for each in fields(Person)} == {
        "person_id": "UUID",
        "levels": "Mapping[Key, HeldLevel]",
        "values": "Mapping[Key, HeldValue]",
        "pace": "Pace",
    }
    assert HeldLevel._fields == ("level", "source", "observed_on")
    assert HeldValue._fields == ("value", "source", "observed_on")
    assert {each.name for each in fields(Condition)} == {"key", "name", "verdict"}
    for one in (Person, HeldLevel, HeldValue, Condition, Post):
        assert not hasattr(one, "__dict__") or "__slots__" in vars(one)


# ── a mistake in the model is seen by the law that forbids it ──


def related_counts_as_an_assessment(required: int, own: int | None, floor: Fraction | None, how: Learning) -> Judgement:
    if own is None and floor is not None:
        return judging._judge_known(required, floor, how)
    return judging.judge_level(required, own, floor, how)


def missing_counts_nothing(required: int, own: int | None, floor: Fraction | None, how: Learning) -> Judgement:
    if own is None and floor is None:
        return Judgement(Standing.UNKNOWN, ZERO, ZERO, ONE)
    return judging.judge_level(required, own, floor, how)


def surplus_counts(evidence: Evidence, required: int) -> tuple[Fraction, Fraction]:
    """The highest level counts, however badly known, even beyond what is asked."""
    return (evidence.level or 0) * evidence.share, evidence.confidence


def outcome_by_the_sum(findings: tuple[Finding, ...], *_: object) -> Outcome:
    score = sum(one.contribution for one in findings)
    return Outcome.SUITABLE if score >= Fraction(1, 2) else Outcome.NOT_NOW


def older_is_better(source: Source, days: int) -> Fraction:
    return model.TRUST[source] * Fraction(max(0, days), model.FRESH_DAYS + max(0, days))


MISTAKES: dict[str, tuple[str, Callable[..., object], Callable[[Case], object]]] = {
    "a related skill pushes down": ("judge_level", related_counts_as_an_assessment, worse_for_being_better),
    "a surplus takes the place of better evidence": ("_worth", surplus_counts, worse_for_being_better),
    "older evidence is trusted more": ("confidence_in", older_is_better, worse_for_being_better),
    "what is missing is nothing": ("judge_level", missing_counts_nothing, missing_is_taken_wrongly),
    "a sum decides": ("_outcome", outcome_by_the_sum, surplus_hides_a_must),
}


@pytest.mark.parametrize(("place", "mistake", "broken"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_planted_mistake_is_found(
    place: str, mistake: Callable[..., object], broken: Callable[[Case], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, place, mistake)
    try:
        find(cases, lambda case: bool(broken(case)), settings=settings(max_examples=3000, deadline=None, phases=_DRAW))
    except NoSuchExample:
        pytest.fail("nothing the law looks at shows the mistake")
