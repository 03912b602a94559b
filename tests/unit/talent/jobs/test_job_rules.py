"""What a job profile may say, and when a version may begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.talent import job_rules as rules
from services.talent.job_rules import Condition, Indicator, Requirement

SKILL = Requirement(None, UUID(int=1), 3, None, must=False, weight=50, reason="why")
RATE = Indicator("error-rate", "差错率", "Error rate", 2, Decimal(1), Decimal("0.5"), "%")
MEASURED = replace(SKILL, level=0, indicator=RATE)
LICENCE = Condition(None, "叉车证", "")
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("requirement", "field", "rule"),
    [
        (replace(SKILL, level=0), "level", "level_needed"),
        (replace(SKILL, skill_id=None), "skill_id", "skill_or_indicator"),
        (replace(MEASURED, level=3), "level", "level_of_indicator"),
        (replace(MEASURED, indicator=replace(RATE, name="")), "indicator.name", "indicator_name_needed"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(requirement: Requirement, field: str, rule: str) -> None:
    assert list(rules.wrong_in([SKILL, requirement], [])) == [rules.Wrong(f"requirements[1].{field}", rule)]


def test_an_indicator_may_rest_on_a_skill_or_on_none() -> None:
    assert list(rules.wrong_in([MEASURED, replace(MEASURED, skill_id=None)], [LICENCE])) == []


@pytest.mark.parametrize("nothing", ["", "\u200b", "\u3164"])
def test_a_condition_names_its_certificate(nothing: str) -> None:
    found = list(rules.wrong_in([], [LICENCE, Condition(None, nothing, "law")]))
    assert found == [rules.Wrong("conditions[1].certificate", "certificate_needed")]


@pytest.mark.parametrize(
    ("requirements", "conditions", "twice"),
    [
        ([SKILL, replace(SKILL, level=5)], [], UUID(int=1)),
        ([MEASURED, replace(MEASURED, skill_id=None)], [], "差错率"),
        ([], [LICENCE, LICENCE], "叉车证"),
        ([], [LICENCE, replace(LICENCE, certificate="叉 车证")], "叉 车证"),
        ([SKILL, MEASURED, replace(SKILL, skill_id=UUID(int=2))], [LICENCE], None),
    ],
)
def test_nothing_is_asked_for_twice_but_a_skill_may_carry_an_indicator(
    requirements: list[Requirement], conditions: list[Condition], twice: object
) -> None:
    assert rules.twice_in(requirements, conditions) == twice


@given(st.lists(st.integers(1, 100), max_size=8))
def test_weights_are_whole_when_they_sum_to_a_hundred(weights: list[int]) -> None:
    stored = [{"weight": weight} for weight in weights]
    assert rules.weights_whole(stored) == (sum(weights) == 100)


@given(st.lists(st.none() | st.integers(1, 6).map(lambda n: UUID(int=n)), max_size=8), st.sets(st.integers(1, 6)))
def test_an_id_is_kept_once_and_only_where_the_draft_has_it(given_: list[UUID | None], known: set[int]) -> None:
    ids = {UUID(int=n) for n in known}
    kept = rules.ids_kept(given_, ids)
    assert len(kept) == len(given_)
    present = [one for one in kept if one is not None]
    assert len(present) == len(set(present))
    assert set(present) == ids & set(given_)


@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=12))
def test_versions_never_overlap_and_leave_no_day_between(starts: list[tuple[date, bool]]) -> None:
    spans: list[tuple[date, date | None]] = []
    for start, _ in starts:
        if rules.may_follow(start, spans[-1][0] if spans else None):
            if spans:
                spans[-1] = (spans[-1][0], rules.last_day_before(start))
            spans.append((start, None))
    for (first, last), (following, _) in pairwise(spans):
        assert last is not None
        assert first <= last
        assert last + timedelta(days=1) == following


@pytest.mark.parametrize(("number", "text"), [("100", "100"), ("0", "0"), ("0.50", "0.5"), ("-3.000", "-3")])
def test_numbers_are_kept_as_people_write_them(number: str, text: str) -> None:
    assert replace(RATE, target=Decimal(number)).stored()["target"] == text
