"""The arrays and the reports say the same of everybody, through every change, scope and condition."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from services.talent.matching import columns as columns_module
from services.talent.matching import lookup
from services.talent.matching.block import Gate
from services.talent.matching.columns import CHUNK, Columns, Entries, day_number
from services.talent.matching.inputs import (
    Catalogue,
    Condition,
    HeldLevel,
    HeldValue,
    Person,
    Post,
    Skill,
    Verdict,
)
from services.talent.matching.judging import Judgement
from services.talent.matching.model import ZERO, Outcome, Pace, Source
from services.talent.matching.report import match
from services.talent.matching.search import rank
from tests.unit.talent.matching.cases import (
    COURSE,
    INDICATORS,
    SKILLS,
    TODAY,
    Case,
    catalogues,
    name,
    people,
    posts,
    skill_required,
)

crowds = st.lists(people, min_size=1, max_size=25, unique_by=lambda one: one.person_id)
verdicts = st.lists(st.sampled_from(Verdict), max_size=25)


def filled(crowd: Sequence[Person]) -> Columns:
    columns = Columns()
    for person in crowd:
        columns.put(person)
    return columns


def disagreement(
    crowd: Sequence[Person], post: Post, catalogue: Catalogue, given_verdicts: Sequence[Verdict], top: int
) -> str:
    """What the arrays say otherwise than reports of everybody one by one; empty when nothing."""
    gate = Gate("shift", name("shift"), np.array(given_verdicts, np.uint8))
    padded = [*given_verdicts, *[Verdict.UNKNOWN] * len(crowd)]
    by_hand = sorted(
        (
            match(person, post, catalogue, on=TODAY, conditions=[Condition("shift", name("shift"), verdict)])
            for person, verdict in zip(crowd, padded, strict=False)
        ),
        key=lambda one: one.order,
    )[:top]
    page = rank(filled(crowd), post, catalogue, on=TODAY, top=top, gates=[gate])
    if [one.report for one in page.best] != by_hand:
        return f"{[one.report.person_id for one in page.best]} instead of {[one.person_id for one in by_hand]}"
    for one in page.best:
        exact = one.report
        near = abs(one.score - exact.score) < 1e-9 and abs(one.confidence - exact.confidence) < 1e-9
        if one.outcome is not exact.outcome or not near:
            return f"{one.outcome, one.score, one.confidence} instead of {exact.outcome, exact.score, exact.confidence}"
    return ""


@settings(max_examples=300, deadline=None)
@given(crowds, posts, catalogues, verdicts, st.integers(1, 30))
def test_arrays_and_reports_agree_on_everybody_and_their_order(
    crowd: list[Person], post: Post, catalogue: Catalogue, given_verdicts: list[Verdict], top: int
) -> None:
    assert disagreement(crowd, post, catalogue, given_verdicts, top) == ""


def no_floors(monkeypatch: pytest.MonkeyPatch) -> None:
    right = lookup._judgements.__wrapped__
    monkeypatch.setattr(lookup, "_judgements", lambda level, _shares, *rest: right(level, (), *rest))


def one_pace_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    right = lookup._judgements.__wrapped__

    def wrong(*asked: Any) -> list[tuple[Pace, int, Judgement]]:
        usual = {code: judged for pace, code, judged in right(*asked) if pace is Pace.USUAL}
        return [(pace, code, usual[code]) for pace in Pace for code in usual]

    monkeypatch.setattr(lookup, "_judgements", wrong)


def every_gap_is_trainable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_FLAGS", dict.fromkeys(lookup._FLAGS, lookup.TRAINABLE))


def any_fact_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "ENOUGH", ZERO)


MISTAKES = [no_floors, one_pace_for_all, every_gap_is_trainable, any_fact_is_enough]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.__name__)
def test_a_planted_mistake_in_the_tables_is_found(
    mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    try:
        find(
            st.tuples(crowds, posts, catalogues, verdicts, st.integers(1, 30)),
            lambda drawn: disagreement(*drawn) != "",
            settings=settings(max_examples=2000, deadline=None, phases=(Phase.generate,)),
        )
    except NoSuchExample:
        pytest.fail("the arrays agree with the reports all the same")


@settings(max_examples=100, deadline=None)
@given(crowds, posts, catalogues, st.randoms(use_true_random=False))
def test_after_any_changes_the_columns_hold_what_a_fresh_start_would(
    crowd: list[Person], post: Post, catalogue: Catalogue, choice: random.Random
) -> None:
    columns = filled(crowd)
    now = {person.person_id: person for person in crowd}
    for _ in range(10):
        person = choice.choice(crowd)
        what = choice.randrange(5)
        key = choice.choice(SKILLS)
        if what == 0:
            columns.remove(person.person_id)
            now.pop(person.person_id, None)
        elif what == 1:
            columns.put(person)
            now[person.person_id] = person
        elif person.person_id in now:
            kept = now[person.person_id]
            levels = {one: level for one, level in kept.levels.items() if one != key}
            if what != 2:
                levels[key] = HeldLevel(choice.randint(0, 5), Source.REVIEW, TODAY)
            now[person.person_id] = replace(kept, levels=levels)
            columns.put(now[person.person_id])
    page = rank(columns, post, catalogue, on=TODAY, top=50)
    alone = {report.person_id: report for report in (Case(one, post, catalogue).report() for one in now.values())}
    assert {one.report.person_id: one.report for one in page.best} == alone
    assert page.considered == len(now)
    assert all((one in columns) == (one in now) for one in (person.person_id for person in crowd))


def crowd_of(many: int, levels: Sequence[int]) -> Columns:
    """Person n holds skill 0 at `levels[n]`, -1 being unknown."""
    columns = Columns()
    entries = Entries(
        np.full(many, Source.REVIEW, np.uint8), np.full(many, day_number(TODAY), np.uint16), np.array(levels, np.int8)
    )
    ids = [UUID(int=number + 1) for number in range(many)]
    columns.load(ids, {SKILLS[0]: entries}, {}, np.zeros(many, np.uint8))
    return columns


ASKED = Post(UUID(int=7), [skill_required(SKILLS[0], 3, must=True)])


def numbers(columns: Columns, top: int = 5, **how: object) -> list[int]:
    page = rank(columns, ASKED, Catalogue(), on=TODAY, top=top, **how)  # type: ignore[arg-type]
    return [one.report.person_id.int for one in page.best]


def test_the_scope_comes_before_the_ranking() -> None:
    many = CHUNK + 100
    levels = [1] * many
    for best in (3, CHUNK - 1, CHUNK, CHUNK + 50):
        levels[best] = 5
    columns = crowd_of(many, levels)
    assert numbers(columns) == [4, CHUNK, CHUNK + 1, CHUNK + 51, 1]
    dense = np.ones(many, np.bool_)
    dense[[3, CHUNK]] = False
    assert numbers(columns, scope=dense) == [CHUNK, CHUNK + 51, 1, 2, 3]
    assert numbers(columns, scope=np.array([0, CHUNK - 1, CHUNK + 50])) == [CHUNK, CHUNK + 51, 1]
    short = np.ones(10, np.bool_)
    assert numbers(columns, scope=short) == [4, 1, 2, 3, 5]
    assert numbers(columns, scope=columns.rows([UUID(int=CHUNK + 1), UUID(int=2), UUID(int=10**9)])) == [CHUNK + 1, 2]
    assert numbers(columns, scope=np.zeros(many, np.bool_)) == []


def test_a_condition_that_fails_puts_the_best_behind_and_an_unknown_one_before_those() -> None:
    columns = crowd_of(4, [5, 4, 3, 3])
    gate = Gate("shift", name("shift"), np.array([Verdict.FAILED, Verdict.UNKNOWN, Verdict.PASSED], np.uint8))
    page = rank(columns, ASKED, Catalogue(), on=TODAY, top=4, gates=[gate])
    assert [(one.report.person_id.int, one.outcome) for one in page.best] == [
        (3, Outcome.SUITABLE),
        (2, Outcome.ASSESS_FIRST),
        (4, Outcome.ASSESS_FIRST),
        (1, Outcome.NOT_NOW),
    ]


def test_whoever_too_little_is_known_of_comes_after_the_better_known_and_before_those_who_cannot() -> None:
    must, learnt, close = (
        skill_required(SKILLS[0], 3, weight=20, must=True),
        skill_required(SKILLS[1], 4, weight=40),
        skill_required(SKILLS[2], 4, weight=40),
    )
    post = Post(UUID(int=7), [must, learnt, close])

    def knows(number: int, *levels: int) -> Person:
        known = [(key, level) for key, level in zip(SKILLS, levels, strict=False) if level >= 0]
        return Person(UUID(int=number), {key: HeldLevel(level, Source.SELF, TODAY) for key, level in known})

    newcomer, modest, unsure, unfit = knows(1, 5), knows(2, 3, 1), knows(3, -1, 1, 1), knows(4, 0, 5, 5)
    page = rank(filled([newcomer, modest, unsure, unfit]), post, Catalogue(), on=TODAY, top=4)
    assert [(one.report.person_id.int, one.outcome) for one in page.best] == [
        (2, Outcome.SUITABLE),
        (3, Outcome.ASSESS_FIRST),
        (1, Outcome.ASSESS_FIRST),
        (4, Outcome.NOT_NOW),
    ]
    scores = {one.report.person_id.int: one.score for one in page.best}
    assert scores[1] > max(scores[2], scores[3])


def test_of_a_crowd_of_equals_the_best_known_come_and_then_the_lowest_ids() -> None:
    many = 3 * CHUNK
    columns = crowd_of(many, [3] * many)
    for number in (2 * CHUNK, 5):
        columns.put(Person(UUID(int=number), {SKILLS[0]: HeldLevel(3, Source.VERIFIED, TODAY)}))
    assert numbers(columns) == [5, 2 * CHUNK, 1, 2, 3]


def test_whoever_was_removed_is_found_no_more_and_comes_back_as_somebody_new() -> None:
    columns = crowd_of(3, [5, 4, 3])
    columns.remove(UUID(int=1))
    columns.remove(UUID(int=1))
    assert numbers(columns) == [2, 3]
    columns.put(Person(UUID(int=1)))
    assert (len(columns), columns.person_at(0), columns.person_at(3)) == (4, None, UUID(int=1))
    assert numbers(columns) == [2, 3, 1]


def test_who_is_read_again_is_never_found_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Person(UUID(int=1), {key: HeldLevel(3, Source.SELF, TODAY) for key in SKILLS[:3]}, pace=Pace.FAST)
    columns = filled([before])
    seen: list[Person | None] = []
    write, clear = columns_module.Column.write, columns_module.Column.clear

    def after(change: Callable[..., None]) -> Callable[..., None]:
        def changed(*args: Any) -> None:
            change(*args)
            seen.extend(columns.person(row, SKILLS, INDICATORS) for row in range(len(columns)))

        return changed

    monkeypatch.setattr(columns_module.Column, "write", after(write))
    monkeypatch.setattr(columns_module.Column, "clear", after(clear))
    # The third is known no more.
    columns.put(replace(before, levels={key: HeldLevel(4, Source.SELF, TODAY) for key in SKILLS[:2]}))
    assert len(seen) >= 3
    for one in seen:
        assert one is not None
        assert {one.levels[key].level for key in SKILLS[:2]} <= {3, 4}
    assert columns.person(0, SKILLS, INDICATORS) == replace(
        before, levels={key: HeldLevel(4, Source.SELF, TODAY) for key in SKILLS[:2]}
    )
    seen.clear()
    columns.put(Person(UUID(int=2), {SKILLS[0]: HeldLevel(5, Source.SELF, TODAY)}))
    # Somebody new is there with all that is known of them, or not yet.
    assert {one.person_id.int for one in seen if one is not None} == {1}
    assert len(columns) == 2


def test_growth_moves_nothing_that_is_there() -> None:
    columns = Columns()
    columns.put(Person(UUID(int=1), {SKILLS[0]: HeldLevel(5, Source.SELF, TODAY)}))
    before = columns.skill(SKILLS[0]).chunk(0).code
    for number in range(2, CHUNK + 10):
        columns.put(Person(UUID(int=number), {SKILLS[0]: HeldLevel(1, Source.SELF, TODAY)}))
    assert columns.skill(SKILLS[0]).chunk(0).code is before
    assert columns.skill(SKILLS[1]).chunk(1) is columns.skill(SKILLS[1]).chunk(0)


def test_more_values_than_two_bytes_tell_apart_are_kept_apart() -> None:
    columns = Columns()
    many = 1 << 16
    values = [Decimal(number) / 1000 for number in range(many)]
    entries = Entries(np.full(many, Source.REVIEW, np.uint8), np.full(many, 27000, np.uint16), values)
    columns.load([UUID(int=number + 1) for number in range(many)], {}, {"rate": entries}, np.zeros(many, np.uint8))
    columns.put(Person(UUID(int=1), values={"rate": HeldValue(Decimal("99999.5"), Source.SELF, TODAY)}))
    for row, value in ((0, Decimal("99999.5")), (70, values[70]), (many - 1, values[-1])):
        person = columns.person(row, [], ["rate"])
        assert person is not None
        assert person.values["rate"].value == value


def test_nobody_is_loaded_twice_and_no_day_is_bent() -> None:
    columns = crowd_of(2, [1, 2])
    with pytest.raises(ValueError):
        columns.load([UUID(int=2)], {}, {}, np.zeros(1, np.uint8))
    with pytest.raises(ValueError):
        columns.put(Person(UUID(int=1), {SKILLS[0]: HeldLevel(1, Source.SELF, date(1949, 12, 31))}))


def test_the_pace_decides_between_a_probation_and_none() -> None:
    catalogue = Catalogue([Skill(SKILLS[0], Decimal(4), (COURSE,))])
    columns = Columns()
    for number, pace in enumerate(Pace):
        columns.put(Person(UUID(int=number + 1), {SKILLS[0]: HeldLevel(1, Source.SELF, TODAY)}, pace=pace))
    page = rank(columns, ASKED, catalogue, on=TODAY, top=4)
    # Two levels of four months: 8 at the usual pace, 5 1/3 at a fast one.
    assert (page.best[0].report.person_id.int, page.best[0].outcome) == (Pace.FAST + 1, Outcome.PROBATION)
    assert {one.outcome for one in page.best[1:]} == {Outcome.NOT_NOW}


def test_the_shared_empty_chunk_stays_empty() -> None:
    columns = crowd_of(CHUNK, [-1] * CHUNK)
    level, value = HeldLevel(2, Source.SELF, TODAY), HeldValue(Decimal(1), Source.SELF, TODAY)
    # Columns that have a second chunk and no first: there somebody is cleared, and then written.
    columns.put(Person(UUID(int=CHUNK + 1), {SKILLS[1]: level}, {INDICATORS[0]: value}))
    columns.put(Person(UUID(int=1)))
    columns.put(Person(UUID(int=2), {SKILLS[1]: level}, {INDICATORS[0]: value}))
    assert not any(one.code.any() or one.source.any() for one in columns_module.Column._EMPTY)
