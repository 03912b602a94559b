"""The laws of people's time here, on companies that live through random commands; and each refusal by example."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.kit.errors import Fault
from mainstay.employees.v1 import people_pb2
from services.employees import rules
from services.employees.career import PRIMARY, Career, Employment, status
from services.employees.errors import (
    AlreadyEmployed,
    BeforeHire,
    HasReports,
    NotEmployed,
    NothingChanges,
    OverlapsHistory,
    OwnManager,
    PostClosed,
    PostFull,
    ReportingCycle,
    UnitClosed,
)
from tests.unit.employees_service.company import DAY, DAYS, START, Company, loop_on

_PERSON = st.integers(0, 7)
_DAY = st.sampled_from(DAYS)
_COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("hire"), st.none() | _PERSON, _DAY),
        st.tuples(st.just("rehire"), _PERSON, _PERSON, _DAY),
        st.tuples(st.just("transfer"), _PERSON, st.none() | _PERSON, _DAY),
        st.tuples(st.just("manager"), _PERSON, _PERSON, _DAY),
        st.tuples(st.just("dotted"), _PERSON, _PERSON, _DAY, st.none() | _DAY),
        st.tuples(st.just("leave"), _PERSON, st.none() | _PERSON, _DAY),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    min_size=5,
    max_size=30,
)


def _obey(company: Company, command: tuple[Any, ...]) -> Any:
    """Runs a command; returns the last day it may not have touched, None when nothing may change."""
    people = list(company.careers)

    def one(index: int | None) -> Any:
        return None if index is None or not people else people[index % len(people)]

    name = command[0]
    given_: Any = command[1:]
    if name == "wait":
        company.today += timedelta(days=given_[0])
        return None
    if name == "hire":
        company.hire(one(given_[0]), given_[1])
        return given_[1] - DAY
    if not people:
        return None
    if name == "rehire":
        company.hire(one(given_[1]), given_[2], who=one(given_[0]))
        return given_[2] - DAY
    if name == "transfer":
        company.transfer(one(given_[0]), one(given_[1]), given_[2])
        return given_[2] - DAY
    if name == "manager":
        company.change_manager(one(given_[0]), one(given_[1]), given_[2])
        return given_[2] - DAY
    if name == "dotted":
        if given_[3] is None or given_[3] >= given_[2]:
            company.add_dotted(one(given_[0]), one(given_[1]), given_[2], given_[3])
        return DAYS[-1]
    former = company.careers[one(given_[0])].employments[-1].last_day
    company.leave(one(given_[0]), one(given_[1]), given_[2])
    return min(given_[2], former) if former else given_[2]


@settings(max_examples=300, deadline=None)
@given(_COMMANDS)
def test_the_laws_hold_on_every_day_whatever_is_ordered(commands: list[tuple[Any, ...]]) -> None:
    company = Company()
    for command in commands:
        before = {who: company.places(who, DAYS[-1]) for who in company.careers}
        try:
            untouched = _obey(company, command)
        except Fault:
            assert {who: company.places(who, DAYS[-1]) for who in company.careers} == before
            continue
        if untouched is not None:
            days = (untouched - START).days + 1
            for who, places in before.items():
                assert company.places(who, untouched) == places[: max(days, 0)]
    for day in DAYS:
        assert not loop_on(company, day)
        for career in company.careers.values():
            primaries = [a for a in career.of_kind(PRIMARY) if a.starts_on <= day and (a.ends_on or day) >= day]
            assert len(primaries) == (1 if career.employment_on(day) else 0)
            for line in [*primaries, *career.dotted_on(day)]:
                if line.manager_id:
                    assert company.careers[line.manager_id].employment_on(day)


def _pair() -> tuple[Company, Any, Any]:
    company = Company()
    boss = company.hire(None, START)
    return company, boss, company.hire(boss, START)


def test_reports_of_a_leaver_follow_the_successor_from_the_day_after() -> None:
    company, boss, report = _pair()
    other = company.hire(boss, START)
    third = company.hire(report, START)
    company.leave(report, other, DAYS[10])
    moved = company.careers[third]
    assert moved.primary_on(DAYS[10]).manager_id == report  # type: ignore[union-attr]
    assert moved.primary_on(DAYS[11]).manager_id == other  # type: ignore[union-attr]


def test_a_successor_from_among_the_reports_takes_the_leavers_own_manager() -> None:
    company, boss, lead = _pair()
    heir, other = company.hire(lead, START), company.hire(lead, START)
    company.leave(lead, heir, DAYS[10])
    assert company.careers[heir].primary_on(DAYS[11]).manager_id == boss  # type: ignore[union-attr]
    assert company.careers[other].primary_on(DAYS[11]).manager_id == heir  # type: ignore[union-attr]


def test_a_leaver_with_reports_needs_a_successor() -> None:
    company, boss, _ = _pair()
    with pytest.raises(HasReports) as refused:
        company.leave(boss, None, DAYS[5])
    assert refused.value.reports == 1


def test_a_plan_beyond_the_last_day_is_called_off() -> None:
    company, _, person = _pair()
    company.transfer(person, None, DAYS[20])
    company.leave(person, None, DAYS[10])
    assert company.careers[person].primary_on(DAYS[20]) is None
    assert any(line.called_off for line in company.careers[person].assignments)


def test_a_last_day_can_move_while_it_lies_ahead() -> None:
    company, _, person = _pair()
    company.leave(person, None, DAYS[10])
    company.leave(person, None, DAYS[15])
    assert company.careers[person].primary_on(DAYS[15])
    company.leave(person, None, DAYS[5])
    assert company.careers[person].primary_on(DAYS[6]) is None
    company.today = DAYS[6]
    with pytest.raises(NotEmployed):
        company.leave(person, None, DAYS[20])


def test_a_cycle_names_the_numbers_on_the_way() -> None:
    company, boss, report = _pair()
    third = company.hire(report, START)
    with pytest.raises(ReportingCycle) as refused:
        company.change_manager(boss, third, DAYS[3])
    assert refused.value.chain == "E00 → E02 → E01 → E00"


def test_a_cycle_that_only_a_plan_ahead_would_close_is_refused_too() -> None:
    company, boss, report = _pair()
    second = company.hire(None, START)
    company.change_manager(report, second, DAYS[20])
    with pytest.raises(ReportingCycle):
        company.change_manager(second, report, DAYS[5])
    assert boss


def test_nobody_is_their_own_manager() -> None:
    company, boss, _ = _pair()
    with pytest.raises(OwnManager):
        company.change_manager(boss, boss, DAYS[3])


def test_a_manager_who_will_have_left_is_refused() -> None:
    company, boss, report = _pair()
    other = company.hire(boss, START)
    company.leave(other, None, DAYS[9])
    with pytest.raises(NotEmployed) as refused:
        company.change_manager(report, other, DAYS[3])
    assert refused.value.last_day == DAYS[9]


def test_history_is_not_rewritten() -> None:
    company, boss, report = _pair()
    company.today = DAYS[20]
    company.transfer(report, boss, DAYS[10])
    with pytest.raises(OverlapsHistory) as refused:
        company.transfer(report, boss, DAYS[5])
    assert refused.value.since == DAYS[10]
    with pytest.raises(OverlapsHistory):
        company.transfer(report, boss, DAYS[10])
    with pytest.raises(BeforeHire):
        company.transfer(report, boss, START - DAY)


def test_a_change_of_manager_reaches_into_plans_that_kept_the_former_one() -> None:
    company, boss, person = _pair()
    other = company.hire(boss, START)
    company.transfer(person, boss, DAYS[20])
    company.change_manager(person, other, DAYS[5])
    assert company.careers[person].primary_on(DAYS[25]).manager_id == other  # type: ignore[union-attr]


def test_who_works_here_is_not_hired_again_before_the_end() -> None:
    company, boss, person = _pair()
    with pytest.raises(AlreadyEmployed):
        company.hire(boss, DAYS[9], who=person)
    company.leave(person, None, DAYS[9])
    with pytest.raises(OverlapsHistory):
        company.hire(boss, DAYS[9], who=person)
    company.hire(boss, DAYS[10], who=person)
    assert len(company.careers[person].employments) == 2


def test_nothing_changes_is_said() -> None:
    company, boss, person = _pair()
    with pytest.raises(NothingChanges):
        company.change_manager(person, boss, DAYS[3])
    company.add_dotted(person, company.hire(boss, START), DAYS[3], None)
    with pytest.raises(NothingChanges):
        company.add_dotted(person, boss, DAYS[3], None)


def test_confirmation_ends_probation_once() -> None:
    person = uuid4()
    employment = Employment(uuid4(), person, START, probation_ends_on=DAYS[30])
    career = Career(person, "E01", (employment,))
    confirmed = rules.plan_confirm(career, on=DAYS[20])
    assert status(employment, DAYS[20]) == people_pb2.EMPLOYEE_STATUS_PROBATION
    assert status(confirmed, DAYS[20]) == people_pb2.EMPLOYEE_STATUS_ACTIVE
    assert status(confirmed, DAYS[19]) == people_pb2.EMPLOYEE_STATUS_PROBATION
    with pytest.raises(NothingChanges):
        rules.plan_confirm(Career(person, "E01", (confirmed,)), on=DAYS[25])


def test_a_place_must_be_open_and_free_on_every_day() -> None:
    unit, post = uuid4(), uuid4()
    window = (DAYS[5], None)
    fine = rules.UnitDays(unit, START)
    rules.check_place(fine, rules.PostDays(post, START, None, 1, [(START, DAYS[4])]), window)
    with pytest.raises(PostFull) as full:
        rules.check_place(fine, rules.PostDays(post, START, None, 1, [(DAYS[40], None)]), window)
    assert (full.value.headcount, full.value.filled) == (1, 1)
    with pytest.raises(UnitClosed):
        rules.check_place(rules.UnitDays(unit, START, DAYS[30]), rules.PostDays(post, START, None, 1), window)
    with pytest.raises(PostClosed):
        rules.check_place(fine, rules.PostDays(post, START, DAYS[30], 1), window)
