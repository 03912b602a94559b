"""Laying one timeline over another, day by day."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.employees.importing.overlay import Stretch, overlay

START = date(2020, 1, 1)
Line = list[Stretch[str]]


@st.composite
def timelines(draw: st.DrawFn) -> Line:
    """Up to five stretches without overlap, the last one perhaps open."""
    cuts = sorted(draw(st.sets(st.integers(0, 40), max_size=10)))
    line = [
        Stretch(START + timedelta(days=first), START + timedelta(days=last - 1), draw(VALUES))
        for first, last in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    if len(cuts) % 2:
        line.append(Stretch(START + timedelta(days=cuts[-1]), None, draw(VALUES)))
    return line


VALUES = st.tuples(st.sampled_from(["QA", "PD", None]), st.sampled_from(["工程师", "班长", None]))


def said(line: Line, day: date) -> tuple[str | None, ...] | None:
    found = [each.values for each in line if each.starts_on <= day and (each.ends_on is None or day <= each.ends_on)]
    assert len(found) <= 1
    return found[0] if found else None


@given(timelines(), timelines())
def test_each_day_says_what_is_above_and_else_what_is_below(below: Line, above: Line) -> None:
    laid = overlay(below, above)
    for at in range(45):
        day = START + timedelta(days=at)
        lower, upper = said(below, day), said(above, day)
        if lower is None or upper is None:
            expected = upper or lower
        else:
            expected = tuple(high if high is not None else low for low, high in zip(lower, upper, strict=True))
        assert said(laid, day) == expected


@given(timelines(), timelines())
def test_laying_the_same_over_twice_changes_nothing(below: Line, above: Line) -> None:
    once = overlay(below, above)
    assert overlay(once, above) == once
    for before, after in pairwise(once):
        touching = before.ends_on is not None and before.ends_on + timedelta(days=1) == after.starts_on
        assert not (touching and before.values == after.values)


def test_units_from_one_file_and_titles_from_another_make_one_history() -> None:
    present: Line = [Stretch(date(2010, 1, 1), None, ("Root", None))]
    units: Line = [
        Stretch(date(2010, 1, 1), date(2014, 12, 31), ("QA", None)),
        Stretch(date(2015, 1, 1), None, ("PD", None)),
    ]
    titles: Line = [Stretch(date(2012, 1, 1), None, (None, "Senior"))]
    assert overlay(overlay(present, units), titles) == [
        Stretch(date(2010, 1, 1), date(2011, 12, 31), ("QA", None)),
        Stretch(date(2012, 1, 1), date(2014, 12, 31), ("QA", "Senior")),
        Stretch(date(2015, 1, 1), None, ("PD", "Senior")),
    ]
