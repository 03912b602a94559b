"""Who belongs to a pool by its rule: whoever fulfils all of it, and nobody by what is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.talent.v1 import pools_pb2, profiles_pb2
from services.talent.entry_rules import Statement
from services.talent.pools.rules import Facts, Rule, belongs, facts_of, next_review, rule_in, shown, stored

TALKS, AUDITS, ROOF, SHOP = (UUID(int=number) for number in range(1, 5))
GOOD = Facts({TALKS: 3, AUDITS: 4}, Fraction(94), 4, 3, frozenset({SHOP, ROOF}))
RULE = Rule({TALKS: 3, AUDITS: 4}, review_percent=94, growth=4, learns_fast=True, unit_id=ROOF)


def said(kind: int, **more: Any) -> Statement:
    given_: dict[str, Any] = {
        "entry_id": UUID(int=9),
        "employee_id": UUID(int=8),
        "kind": kind,
        "source": profiles_pb2.ENTRY_SOURCE_REVIEW,
        "observed_on": date(2026, 1, 1),
    }
    return Statement(**(given_ | more))


def reviewed(year: int, value: str, scale: str = "5") -> Statement:
    return said(
        profiles_pb2.ENTRY_KIND_REVIEW,
        title=str(year),
        value=Decimal(value),
        scale=scale,
        observed_on=date(year, 12, 31),
    )


def test_whoever_fulfils_all_of_it_belongs() -> None:
    assert belongs(RULE, GOOD)


@pytest.mark.parametrize(
    "less",
    [
        Facts({TALKS: 2, AUDITS: 4}, Fraction(94), 4, 3, frozenset({ROOF})),
        Facts({AUDITS: 4}, Fraction(94), 4, 3, frozenset({ROOF})),
        Facts({TALKS: 3, AUDITS: 4}, Fraction(939, 10), 4, 3, frozenset({ROOF})),
        Facts({TALKS: 3, AUDITS: 4}, None, 4, 3, frozenset({ROOF})),
        Facts({TALKS: 3, AUDITS: 4}, Fraction(94), 3, 3, frozenset({ROOF})),
        Facts({TALKS: 3, AUDITS: 4}, Fraction(94), 4, 2, frozenset({ROOF})),
        Facts({TALKS: 3, AUDITS: 4}, Fraction(94), 4, 3, frozenset({SHOP})),
    ],
)
def test_whoever_misses_one_thing_does_not(less: Facts) -> None:
    assert not belongs(RULE, less)


def test_nobody_belongs_to_a_pool_that_asks_nothing() -> None:
    assert not belongs(Rule(), GOOD)
    assert rule_in(stored(pools_pb2.PoolRule())).empty


@given(
    st.builds(
        Rule,
        st.dictionaries(st.sampled_from([TALKS, AUDITS]), st.integers(1, 5)),
        st.integers(0, 100),
        st.integers(0, 5),
        st.booleans(),
        st.sampled_from([None, SHOP, ROOF]),
    ),
    st.integers(0, 5),
    st.integers(0, 100),
)
def test_more_is_never_less(rule: Rule, level: int, review: int) -> None:
    before = Facts({TALKS: level, AUDITS: 5}, Fraction(review), 5, 3, frozenset({SHOP, ROOF}))
    after = Facts({TALKS: min(level + 1, 5), AUDITS: 5}, Fraction(review + 1), 5, 3, frozenset({SHOP, ROOF}))
    assert belongs(rule, after) or not belongs(rule, before)


def test_the_last_two_reviews_count() -> None:
    # 4.8 and 4.6 of 5 are 96 and 92 of a hundred; 2 of 5, years before, is over.
    facts = facts_of([reviewed(2025, "4.6"), reviewed(2021, "2"), reviewed(2024, "4.8")], frozenset())
    assert facts.review == 94
    assert facts_of([reviewed(2025, "90", "100")], frozenset()).review == 90
    assert facts_of([], frozenset()).review is None


@pytest.mark.parametrize("scale", ["", "A-E", "0", "NaN", "-5", "Infinity"])
def test_a_review_on_no_scale_says_nothing(scale: str) -> None:
    assert facts_of([reviewed(2025, "4.6", scale)], frozenset()).review is None


def test_facts_are_what_counts_of_a_person() -> None:
    potential = profiles_pb2.ENTRY_KIND_POTENTIAL
    facts = facts_of(
        [
            said(profiles_pb2.ENTRY_KIND_SKILL, skill_id=TALKS, level=3),
            said(potential, potential=profiles_pb2.POTENTIAL_KIND_GROWTH, level=4),
            said(potential, potential=profiles_pb2.POTENTIAL_KIND_LEARNING, level=2),
            said(profiles_pb2.ENTRY_KIND_AWARD, title="操作能手"),
        ],
        frozenset({SHOP}),
    )
    assert facts == Facts({TALKS: 3}, None, 4, 2, frozenset({SHOP}))


def test_a_rule_is_kept_and_shown_as_it_was_said() -> None:
    rule = pools_pb2.PoolRule(
        skills=[pools_pb2.SkillAtLeast(skill_id=str(TALKS), level=3)],
        review_percent=90,
        growth=3,
        learns_fast=True,
        unit_id=str(ROOF),
    )
    assert shown(stored(rule)) == rule
    assert rule_in(stored(rule)) == Rule({TALKS: 3}, 90, 3, learns_fast=True, unit_id=ROOF)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 5, 5), 0, None),
    ],
)
def test_reviews_come_after_whole_months(day: date, months: int, expected: date | None) -> None:
    assert next_review(day, months) == expected
