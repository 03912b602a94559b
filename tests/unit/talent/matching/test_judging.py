"""Single requirements at their edges, by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from services.talent.matching.inputs import (
    Catalogue,
    Direction,
    HeldLevel,
    IndicatorRequirement,
    Person,
    Post,
    Related,
    Relation,
    RelationKind,
    Skill,
)
from services.talent.matching.judging import Learning, judge_value
from services.talent.matching.model import Pace, Source, Standing
from services.talent.matching.report import Finding, match
from tests.unit.talent.matching.cases import COURSE, TODAY, name, skill_required

UNTAUGHT = Learning(None, Pace.USUAL, 6)


def indicator(direction: Direction, target: str, tolerance: str) -> IndicatorRequirement:
    return IndicatorRequirement("rate", name("rate"), 1, True, direction, Decimal(target), Decimal(tolerance))


@pytest.mark.parametrize(
    ("direction", "value", "fit", "standing"),
    [
        (Direction.AT_LEAST, "0.9", Fraction(1), Standing.MET),
        (Direction.AT_LEAST, "1", Fraction(1), Standing.MET),
        (Direction.AT_LEAST, "0.875", Fraction(3, 4), Standing.NEAR),
        (Direction.AT_LEAST, "0.85", Fraction(1, 2), Standing.NEAR),
        (Direction.AT_LEAST, "0.8499999", Fraction(4999990, 10**7), Standing.BLOCKING_GAP),
        (Direction.AT_LEAST, "0.8", Fraction(0), Standing.BLOCKING_GAP),
        (Direction.AT_LEAST, "0.1", Fraction(0), Standing.BLOCKING_GAP),
        (Direction.AT_MOST, "0.95", Fraction(1, 2), Standing.NEAR),
        (Direction.AT_MOST, "0.2", Fraction(1), Standing.MET),
        (Direction.EXACTLY, "0.9", Fraction(1), Standing.MET),
        (Direction.EXACTLY, "0.95", Fraction(1, 2), Standing.NEAR),
        (Direction.EXACTLY, "0.85", Fraction(1, 2), Standing.NEAR),
    ],
)
def test_an_indicator_falls_in_one_line_from_the_target_to_twice_the_tolerance(
    direction: Direction, value: str, fit: Fraction, standing: Standing
) -> None:
    found = judge_value(indicator(direction, "0.9", "0.05"), Decimal(value), UNTAUGHT)
    assert (found.fit, found.standing) == (fit, standing)


def test_without_a_tolerance_it_is_reached_or_not() -> None:
    asked = indicator(Direction.AT_LEAST, "100", "0")
    assert judge_value(asked, Decimal(100), UNTAUGHT).fit == 1
    assert judge_value(asked, Decimal("99.99"), UNTAUGHT)[:2] == (Standing.BLOCKING_GAP, Fraction(0))


def of_related(held: dict[str, int], relations: list[Relation], level: int = 4) -> Finding:
    """Asked for skill `a`, which something teaches at a month a level."""
    person = Person(UUID(int=1), {key: HeldLevel(level, Source.VERIFIED, TODAY) for key, level in held.items()})
    catalogue = Catalogue([Skill("a", Decimal(1), (COURSE,))], relations)
    return match(person, Post(UUID(int=2), [skill_required("a", level)]), catalogue, on=TODAY).findings[0]


def test_a_narrower_skill_counts_through_any_number_of_steps_and_is_named() -> None:
    steps = [Relation("b", "a", RelationKind.BROADER), Relation("c", "b", RelationKind.BROADER)]
    found = of_related({"c": 4}, steps)
    assert found.standing is Standing.MET
    assert found.evidence is not None
    assert found.evidence.key == "c"
    assert of_related({"a": 4}, [Relation("a", "b", RelationKind.BROADER)]).standing is Standing.MET


def test_a_broader_skill_does_not_count_for_a_narrower_one() -> None:
    assert of_related({"b": 5}, [Relation("a", "b", RelationKind.BROADER)]).standing is Standing.UNKNOWN


def test_a_close_skill_counts_for_a_part_and_is_known_for_a_part() -> None:
    found = of_related({"a": 1, "b": 5}, [Relation("b", "a", RelationKind.CLOSE, 7)])
    assert (found.fit, found.standing, found.short) == (Fraction(7, 8), Standing.NEAR, Fraction(1, 2))
    assert found.confidence == Fraction(7, 10)


def test_a_weak_close_skill_alone_leaves_the_question_open_with_a_floor() -> None:
    found = of_related({"b": 3}, [Relation("b", "a", RelationKind.CLOSE, 5)])
    assert (found.standing, found.fit, found.least, found.most) == (
        Standing.UNKNOWN,
        Fraction(1, 2),
        Fraction(3, 8),
        Fraction(1),
    )
    assert found.confidence == 0


def test_relations_in_a_circle_end() -> None:
    circle = [Relation("a", "b", RelationKind.BROADER), Relation("b", "a", RelationKind.BROADER)]
    assert Catalogue((), circle).related("a") == (Related("b", 10),)


def test_what_cannot_be_is_refused() -> None:
    for wrong in (
        lambda: skill_required("a", 6),
        lambda: skill_required("a", weight=0),
        lambda: HeldLevel(-1, Source.SELF, TODAY),
        lambda: indicator(Direction.EXACTLY, "1", "-1"),
        lambda: indicator(Direction.EXACTLY, "NaN", "1"),
        lambda: Post(UUID(int=1), []),
        lambda: Post(UUID(int=1), [skill_required("a"), skill_required("a")]),
        lambda: Relation("a", "a", RelationKind.BROADER),
        lambda: Relation("a", "b", RelationKind.CLOSE),
        lambda: Skill("a", Decimal(0)),
    ):
        with pytest.raises(ValueError):
            wrong()
