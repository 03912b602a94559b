"""At most one statement stands in a place, nothing is lost, and better evidence never lowers what counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from libs.kit.ids import uuid7
from mainstay.talent.v1.profiles_pb2 import (
    ENTRY_KIND_AWARD,
    ENTRY_KIND_CERTIFICATE,
    ENTRY_KIND_INDICATOR,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_REVIEW,
    ENTRY_KIND_SKILL,
    ENTRY_SOURCE_IMPORT,
    ENTRY_SOURCE_MANAGER,
    ENTRY_SOURCE_RECORDS,
    ENTRY_SOURCE_REVIEW,
    ENTRY_SOURCE_SELF,
    POTENTIAL_KIND_GROWTH,
    POTENTIAL_KIND_LEARNING,
)
from services.talent.entry_rules import (
    OVERTAKEN_DAYS,
    Plan,
    Statement,
    counting,
    follow,
    learning,
    merge,
)
from services.talent.matching.model import Source

TODAY = date(2026, 11, 23)
PERSON = UUID(int=1)
SKILL = UUID(int=2)
SOURCES = (
    ENTRY_SOURCE_SELF,
    ENTRY_SOURCE_IMPORT,
    ENTRY_SOURCE_MANAGER,
    ENTRY_SOURCE_REVIEW,
    ENTRY_SOURCE_RECORDS,
)


def said(level: int, source: int, days_ago: int = 0, **more: object) -> Statement:
    """A skill at a level."""
    plain = Statement(
        uuid7(), PERSON, ENTRY_KIND_SKILL, source, TODAY - timedelta(days=days_ago), skill_id=SKILL, level=level
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def counted(*many: Statement) -> int:
    """The level that counts of statements on one skill."""
    (one,) = counting(many, TODAY)
    return one.level


def test_the_managers_word_counts_before_ones_own_however_late_that_comes() -> None:
    assert counted(said(2, ENTRY_SOURCE_MANAGER, days_ago=2000), said(5, ENTRY_SOURCE_SELF)) == 2


def test_what_hr_confirmed_counts_before_what_any_source_says() -> None:
    assert counted(said(3, ENTRY_SOURCE_SELF, 30, verified=True), said(5, ENTRY_SOURCE_RECORDS, 10)) == 3


def test_an_assessment_is_overtaken_by_one_of_three_years_later() -> None:
    old = said(2, ENTRY_SOURCE_RECORDS, OVERTAKEN_DAYS)
    assert counted(old, said(4, ENTRY_SOURCE_MANAGER)) == 2
    assert counted(replace(old, observed_on=old.observed_on - timedelta(days=1)), said(4, ENTRY_SOURCE_MANAGER)) == 4


def test_what_is_no_longer_valid_counts_no_more_from_the_day_after() -> None:
    welder = said(4, ENTRY_SOURCE_RECORDS, 10, valid_to=TODAY)
    assert counting([welder], TODAY) == (welder,)
    assert counting([welder], TODAY + timedelta(days=1)) == ()


def test_of_measurements_the_newest_counts() -> None:
    old = said(0, ENTRY_SOURCE_REVIEW, 40, kind=ENTRY_KIND_INDICATOR, skill_id=None, code="err", value=Decimal("0.4"))
    new = replace(old, entry_id=uuid7(), source=ENTRY_SOURCE_IMPORT, observed_on=TODAY, value=Decimal("1.9"))
    assert [one.value for one in counting([new, old], TODAY)] == [Decimal("1.9")]


def test_potential_counts_by_kind_and_the_pace_is_read_from_learning() -> None:
    slow = said(
        1, ENTRY_SOURCE_MANAGER, 400, kind=ENTRY_KIND_POTENTIAL, skill_id=None, potential=POTENTIAL_KIND_LEARNING
    )
    fast = replace(slow, entry_id=uuid7(), level=3, source=ENTRY_SOURCE_IMPORT, observed_on=TODAY)
    growth = replace(slow, entry_id=uuid7(), level=5, potential=POTENTIAL_KIND_GROWTH)
    found = counting([slow, growth, fast], TODAY)
    assert sorted(one.level for one in found) == [3, 5]
    assert learning(found) == 3
    assert learning([growth]) == 0


def test_reviews_of_periods_and_awards_of_days_stand_side_by_side() -> None:
    review = said(0, ENTRY_SOURCE_IMPORT, 300, kind=ENTRY_KIND_REVIEW, skill_id=None, title="2025 上半年")
    award = said(0, ENTRY_SOURCE_IMPORT, 300, kind=ENTRY_KIND_AWARD, skill_id=None, title="操作能手")
    found = merge(
        [review, award],
        [],
        [
            replace(review, entry_id=uuid7(), title="2025 下半年"),
            replace(award, entry_id=uuid7(), observed_on=TODAY),
        ],
    )
    assert (len(found.opened), found.closed) == (2, ())


def test_a_certificate_of_the_same_title_is_followed_however_it_is_spelled() -> None:
    first = said(0, ENTRY_SOURCE_SELF, 300, kind=ENTRY_KIND_CERTIFICATE, skill_id=None, title="ISO 9001 内审员")
    renewed = replace(first, entry_id=uuid7(), title="iso 9001内审员", observed_on=TODAY)
    assert follow([first], renewed).closed == (first,)


def test_ones_own_word_does_not_end_the_managers() -> None:
    manager = said(3, ENTRY_SOURCE_MANAGER)
    assert follow([manager], said(5, ENTRY_SOURCE_SELF)).closed == ()


def test_trust_is_what_matching_calls_it() -> None:
    assert [said(1, source).trust for source in SOURCES] == [
        Source.SELF,
        Source.IMPORT,
        Source.MANAGER,
        Source.REVIEW,
        Source.CERTIFICATE,
    ]
    assert said(1, ENTRY_SOURCE_SELF, verified=True).trust is Source.VERIFIED


# -- laws

DAYS = st.integers(0, 4000)
STATEMENTS = st.builds(
    lambda level, source, days, verified: said(level, source, days, verified=verified),
    st.integers(0, 5),
    st.sampled_from(SOURCES),
    DAYS,
    st.booleans(),
)
STANDING = st.lists(STATEMENTS, min_size=1, max_size=5, unique_by=lambda one: one.source)


@given(STANDING, st.data())
def test_a_higher_level_in_any_statement_never_lowers_what_counts(many: list[Statement], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(many) - 1))
    raised = [replace(one, level=min(5, one.level + 1)) if place == at else one for place, one in enumerate(many)]
    assert counted(*raised) >= counted(*many)


@given(STANDING, st.permutations(range(5)))
def test_the_order_of_statements_changes_nothing(many: list[Statement], order: list[int]) -> None:
    assert counting([many[at] for at in order if at < len(many)], TODAY) == counting(many, TODAY)


@given(STANDING, st.sampled_from(["confirmed", "seen later", "more trusted"]), st.integers(1, 4000))
def test_what_counts_goes_on_counting_when_its_evidence_gets_better(many: list[Statement], how: str, days: int) -> None:
    (best,) = counting(many, TODAY)
    better = {
        "confirmed": replace(best, verified=True),
        "seen later": replace(best, observed_on=best.observed_on + timedelta(days=days)),
        "more trusted": replace(best, source=ENTRY_SOURCE_RECORDS),
    }[how]
    others = [one for one in many if one is not best and one.source != better.source]
    assert counting([better, *others], TODAY) == (better,)


@given(STANDING, st.integers(0, 5), st.sampled_from([ENTRY_SOURCE_SELF, ENTRY_SOURCE_IMPORT]), DAYS)
def test_a_claim_never_pushes_out_an_assessment(many: list[Statement], level: int, source: int, days: int) -> None:
    assessed = [one for one in many if one.assessed and one.source != source]
    if assessed:
        assert counting([*assessed, said(level, source, days)], TODAY) == counting(assessed, TODAY)


@given(st.lists(STATEMENTS, max_size=12))
def test_by_hand_at_most_one_statement_stands_in_a_place_and_none_is_lost(many: list[Statement]) -> None:
    standing: list[Statement] = []
    history: list[Statement] = []
    for one in many:
        _apply(follow(standing, one), standing, history)
        assert one in standing
    _whole(standing, history, many)


@given(st.lists(STATEMENTS, max_size=12), st.integers(0, 12))
def test_by_file_the_newest_stands_and_none_is_lost(many: list[Statement], cut: int) -> None:
    standing: list[Statement] = []
    history: list[Statement] = []
    for part in (many[:cut], many[cut:]):
        _apply(merge(standing, history, part), standing, history)
    kept = {(one.place, one.level, one.observed_on): one for one in reversed(many)}
    _whole(standing, history, list(kept.values()))
    for one in standing:
        assert one.observed_on == max(other.observed_on for other in many if other.place == one.place)


@given(st.lists(STATEMENTS, max_size=12), st.lists(STATEMENTS, max_size=6))
def test_the_same_file_again_changes_nothing(before: list[Statement], file: list[Statement]) -> None:
    standing: list[Statement] = []
    history: list[Statement] = []
    _apply(merge([], [], before), standing, history)
    _apply(merge(standing, history, file), standing, history)
    again = [replace(one, entry_id=uuid7()) for one in file]
    assert merge(standing, history, again) == Plan(unchanged=len(file))


def _apply(plan: Plan, standing: list[Statement], history: list[Statement]) -> None:
    standing[:] = [one for one in standing if one not in plan.closed] + list(plan.opened)
    history += [*plan.closed, *plan.passed]


def _whole(standing: list[Statement], history: list[Statement], many: list[Statement]) -> None:
    assert max(Counter(one.place for one in standing).values(), default=1) == 1
    said_before = Counter((one.place, one.level, one.observed_on) for one in many)
    assert Counter((one.place, one.level, one.observed_on) for one in [*standing, *history]) == said_before
