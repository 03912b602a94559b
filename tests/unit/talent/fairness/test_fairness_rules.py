"""Rates, ratios and their intervals, against figures worked out by hand and by others."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.talent.fairness_rules import Decided, band, compare, interval


def people(group: str, selected: int, rejected: int, score: int | None = None) -> list[Decided]:
    return [Decided(group, selected=True, score=score)] * selected + [
        Decided(group, selected=False, score=score)
    ] * rejected


def test_the_ratio_is_to_the_highest_rate() -> None:
    # 48 of 80 and 12 of 40: 60 % and 30 %, one half.
    office, shop = compare([*people("office", 48, 32, 8000), *people("shop", 12, 28, 7500)])
    assert (office.name, office.rate, office.ratio) == ("office", Fraction(3, 5), Fraction(1))
    assert (office.low, office.high) == (1.0, 1.0)
    assert (shop.rate, shop.ratio, shop.mean_score) == (Fraction(3, 10), Fraction(1, 2), Fraction(7500))
    assert (shop.concerning, office.concerning) == (True, False)


def test_chance_is_ruled_out_where_the_whole_interval_is_below_four_fifths() -> None:
    # The same rates: 0.5 x exp(0.506061) = 0.829 with few, and with four times as many 0.5 x exp(0.253031) = 0.644.
    for times, clearly in ((1, False), (4, True)):
        _, shop = compare([*people("office", 48 * times, 32 * times), *people("shop", 12 * times, 28 * times)])
        assert shop.clearly is clearly


def test_the_interval_is_the_one_of_katz() -> None:
    # By hand: ln 0.5 = -0.693147; 1/12 - 1/40 + 1/48 - 1/80 = 0.0666667, root 0.258199, x 1.959964 = 0.506061;
    # exp(-1.199208) = 0.301433, exp(-0.187086) = 0.829372.
    assert interval(12, 40, 48, 80) == pytest.approx((0.301433, 0.829372), abs=1e-5)


def test_half_a_candidate_is_added_where_nobody_was_selected() -> None:
    # 0 of 10 and 5 of 10 become 0.5 of 11 and 5.5 of 11: ratio 1/11; 2 - 1/11 + 1/5.5 - 1/11 = 2, root 1.414214,
    # x 1.959964 = 2.771808; 0.0909091 x exp(-+2.771808) = 0.005686, 1.453410.
    assert interval(0, 10, 5, 10) == pytest.approx((0.005686, 1.453410), abs=1e-5)


def test_where_everybody_was_selected_the_interval_still_has_a_width() -> None:
    low, high = interval(3, 3, 4, 4)
    assert low < 1 < high


def test_nobody_selected_anywhere_is_alike() -> None:
    assert [one.ratio for one in compare([*people("a", 0, 9), *people("b", 0, 5)])] == [1, 1]


def test_a_group_of_fewer_than_five_is_flagged_and_shown() -> None:
    groups = {one.name: one for one in compare([*people("many", 5, 5), *people("few", 0, 4), *people("five", 0, 5)])}
    assert (groups["few"].small, groups["few"].concerning) == (True, False)
    assert (groups["five"].small, groups["five"].concerning) == (False, True)
    # Ten against five, none of the five: chance is not ruled out.
    assert not groups["five"].clearly


def test_a_small_group_is_never_the_one_compared_with() -> None:
    # Two of two selected would leave 60 % of ten at three fifths, and below four fifths for nothing.
    groups = {one.name: one for one in compare([*people("two", 2, 0), *people("ten", 6, 4), *people("five", 2, 3)])}
    assert (groups["ten"].ratio, groups["ten"].low, groups["ten"].high) == (Fraction(1), 1.0, 1.0)
    assert (groups["two"].ratio, groups["two"].small) == (Fraction(5, 3), True)
    assert (groups["five"].ratio, groups["five"].concerning) == (Fraction(2, 3), True)


def test_where_all_are_small_the_highest_of_them_is_compared_with() -> None:
    groups = {one.name: one for one in compare([*people("two", 2, 0), *people("four", 1, 3)])}
    assert (groups["two"].ratio, groups["four"].ratio) == (Fraction(1), Fraction(1, 4))


def test_against_a_group_of_which_nobody_was_selected_no_ratio_is_held() -> None:
    assert [one.ratio for one in compare([*people("many", 0, 9), *people("one", 1, 0)])] == [1, 1]


def test_groups_come_largest_first_then_by_name() -> None:
    decided = [*people("b", 1, 1), *people("a", 1, 1), *people("c", 3, 0)]
    assert [one.name for one in compare(decided)] == ["c", "a", "b"]


def test_without_decisions_there_is_no_group() -> None:
    assert compare([]) == []


def test_of_scores_only_those_known_are_averaged() -> None:
    (group,) = compare([*people("a", 1, 0, 9000), *people("a", 0, 1, 8000), *people("a", 1, 0)])
    assert group.mean_score == 8500


@pytest.mark.parametrize(
    ("first", "on", "expected"),
    [
        (date(2025, 6, 1), date(2026, 5, 31), 0),
        (date(2025, 6, 1), date(2026, 6, 1), 1),
        (date(2023, 6, 1), date(2026, 6, 1), 2),
        (date(2016, 6, 2), date(2026, 6, 1), 2),
        (date(2016, 6, 1), date(2026, 6, 1), 3),
        (date(2024, 2, 29), date(2025, 2, 28), 0),
        (date(2024, 2, 29), date(2025, 3, 1), 1),
        (None, date(2026, 6, 1), None),
    ],
)
def test_bands_begin_on_anniversaries(first: date | None, on: date, expected: int | None) -> None:
    assert band(first, on) == expected


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()).map(lambda pair: Decided(pair[0], pair[1])), min_size=1)
)
def test_the_interval_holds_the_ratio_and_nobody_is_lost(decided: list[Decided]) -> None:
    groups = compare(decided)
    assert sum(one.candidates for one in groups) == len(decided)
    compared = [one for one in groups if not one.small] or groups
    assert max(one.ratio for one in compared) == 1
    assert all(0 <= one.ratio <= 1 for one in compared)
    for one in groups if any(one.selected for one in compared) else ():
        if one.selected:
            assert one.low <= float(one.ratio) * 1.0000001
            # Half a candidate added moves the middle, where it is added.
            assert one.high >= float(one.ratio) * 0.9999999 or one.rate == 1
