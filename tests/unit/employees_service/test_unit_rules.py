"""The tree over time: one state on each day, nothing below itself, nothing rewritten."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.errors import Fault
from services.employees import unit_rules
from services.employees.errors import NothingChanges, OverlapsHistory, UnitCycle
from services.employees.unit_rules import State, applied, check_tree, plan_change, plan_close, plan_vacancy, state_on

START = date(2026, 1, 1)
DAYS = [START + timedelta(days=n) for n in range(40)]
UNIT = uuid4()


def opened(name: str = "生产部") -> list[State]:
    return [State(uuid4(), UNIT, START, None, name, "", None, None)]


@given(st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from("ABC"), st.sampled_from(DAYS)), max_size=12))
def test_every_day_has_exactly_one_state_and_the_past_stays(changes: list[tuple[date, str, date]]) -> None:
    states = opened()
    for on, name, today in changes:
        before = [state_on(states, day) for day in DAYS if day < on]
        try:
            states = applied(states, plan_change(states, on=on, today=today, name=name))
        except Fault:
            continue
        names = [state.name for state in before if state]
        assert [state.name for day in DAYS if day < on and (state := state_on(states, day))] == names
    for day in DAYS:
        assert len([s for s in states if s.starts_on <= day and (s.ends_on is None or s.ends_on >= day)]) == 1


def test_a_change_that_changes_nothing_or_comes_too_early_is_refused() -> None:
    states = opened()
    with pytest.raises(NothingChanges):
        plan_change(states, on=DAYS[3], today=DAYS[3], name="生产部")
    with pytest.raises(OverlapsHistory):
        plan_change(states, on=START, today=DAYS[3], name="制造部")
    states = applied(states, plan_change(states, on=DAYS[5], today=DAYS[5], name="制造部"))
    with pytest.raises(OverlapsHistory):
        plan_change(states, on=DAYS[3], today=DAYS[6], name="装配部")


def test_closing_calls_off_what_was_planned_beyond() -> None:
    states = opened()
    states = applied(states, plan_change(states, on=DAYS[20], today=START, name="制造部"))
    closed = applied(states, plan_close(states, last_day=DAYS[10], today=START))
    assert state_on(closed, DAYS[10])
    assert state_on(closed, DAYS[11]) is None
    assert state_on(closed, DAYS[25]) is None


def test_a_unit_below_itself_names_the_codes_on_the_way() -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    parents = {one: three, two: one, three: two}
    tree = {unit: [State(uuid4(), unit, START, None, "", "", parent, None)] for unit, parent in parents.items()}
    codes = {one: "A", two: "B", three: "C"}
    with pytest.raises(UnitCycle) as refused:
        check_tree(one, (START, None), lambda unit: tree.get(unit, []), codes)
    assert refused.value.chain == "A → C → B → A"


def test_a_head_who_leaves_leaves_the_post_vacant_from_the_day_after() -> None:
    head = uuid4()
    states = [State(uuid4(), UNIT, START, None, "生产部", "", None, head)]
    vacant = applied(states, plan_vacancy(states, head, since=DAYS[7], today=DAYS[2]))
    assert state_on(vacant, DAYS[6]).head_id == head  # type: ignore[union-attr]
    assert state_on(vacant, DAYS[7]).head_id is None  # type: ignore[union-attr]
    assert unit_rules.state_on(vacant, DAYS[30]).name == "生产部"  # type: ignore[union-attr]
