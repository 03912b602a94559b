"""The table of states: every way through it, and who may go it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from mainstay.talent.v1 import cases_pb2 as pb
from services.talent.cases import rules
from services.talent.cases.term import MOST_MONTHS, last_day

facts = st.builds(rules.Facts, outdated=st.booleans(), refused=st.booleans(), asks=st.booleans())
states = st.sampled_from(rules.STATES)
roles = st.frozensets(st.sampled_from(rules.ROLES), min_size=1)
milestones = st.sampled_from([value for value in pb.Milestone.values() if value])


@given(st.lists(st.tuples(st.sampled_from(rules.ACTIONS), facts, milestones, st.booleans())))
def test_no_sequence_of_actions_leaves_the_table(
    actions: list[tuple[str, rules.Facts, pb.Milestone, bool]],
) -> None:
    state: rules.State = rules.OPEN
    ended = False
    for action, known, milestone, placed in actions:
        reached = rules.after(state, action, known)
        if reached is not None and action == rules.PROGRESS:
            reached = rules.after_milestone(state, milestone, placed=placed)
        if reached is None:
            continue
        assert reached in rules.STATES
        # What has ended stays as it ended, and what was decided is never undecided again.
        assert not ended or reached == state
        assert state in rules.UNDECIDED or reached not in rules.UNDECIDED
        state = reached
        ended = ended or state not in rules.UNENDED


def test_every_state_can_be_reached_and_every_pair_of_state_and_action_is_answered() -> None:
    reached = {rules.OPEN, *(after for ways in rules.NEXT.values() for after in ways.values())}
    # The probation is reached by a milestone.
    assert reached | {rules.PROBATION} == set(rules.STATES) == set(rules.NEXT)
    assert rules.after_milestone(rules.DECIDED, pb.MILESTONE_PROBATION_STARTED, placed=True) == rules.PROBATION
    assert {action for ways in rules.NEXT.values() for action in ways} == set(rules.ACTIONS)
    assert {state for state in pb.CaseState.values() if state} == set(rules.STATES)


def test_every_role_of_the_contract_has_its_rights_and_its_sight() -> None:
    assert {role for role in pb.CaseRole.values() if role} == set(rules.ROLES) == set(rules.MAY) == set(rules.SEES)
    assert {action for actions in rules.MAY.values() for action in actions} == set(rules.ACTIONS)
    assert {part for parts in rules.SEES.values() for part in parts} == set(rules.PARTS)


@given(states, roles, facts)
def test_whoever_may_do_something_has_the_say_and_the_state_allows_it(
    state: rules.State, held: frozenset[rules.Role], known: rules.Facts
) -> None:
    for action in rules.may(state, held, known):
        assert rules.has_say(held, action)
        assert rules.after(state, action, known) is not None


@given(states, facts)
def test_who_runs_a_case_never_decides_it_and_who_decides_does_nothing_else(
    state: rules.State, known: rules.Facts
) -> None:
    assert rules.DECIDE not in rules.may(state, [rules.OWNER], known)
    assert set(rules.may(state, [rules.DECIDER], known)) <= {rules.DECIDE}
    assert set(rules.may(state, [rules.CANDIDATE], known)) == {rules.EXPLAIN}


@given(st.sampled_from(rules.ROLES), roles)
def test_whom_a_case_is_about_or_for_gets_no_role(role: rules.Role, held: frozenset[rules.Role]) -> None:
    parties = rules.Parties(uuid4(), uuid4())
    assert rules.conflicted(parties, role, parties.candidate, held)
    assert rules.conflicted(parties, role, parties.related, held)
    other = rules.conflicted(parties, role, uuid4(), held)
    assert other == (rules.DECIDER in held | {role} and held | {role} != {rules.DECIDER})


@given(roles, roles, facts, states)
def test_no_role_given_beside_the_deciders_lets_anybody_weigh_their_own_opinion(
    held: frozenset[rules.Role], wanted: frozenset[rules.Role], known: rules.Facts, state: rules.State
) -> None:
    parties, somebody, given_roles = rules.Parties(uuid4()), uuid4(), set[rules.Role]()
    for role in (*held, *wanted):
        if not rules.conflicted(parties, role, somebody, given_roles):
            given_roles.add(role)
    assert not {rules.DECIDE, rules.OPINE} <= set(rules.may(state, given_roles, known))


def test_nobody_is_no_party() -> None:
    assert None not in rules.Parties(uuid4(), None)


def test_a_match_is_made_again_after_opinions_were_asked_for_only_when_it_is_outdated() -> None:
    assert rules.after(rules.OPINIONS, rules.MATCH, rules.Facts()) is None
    assert rules.after(rules.OPINIONS, rules.MATCH, rules.Facts(outdated=True)) == rules.MATCHED


def test_opinions_are_asked_for_without_a_report_only_about_somebody_who_refused_one() -> None:
    assert rules.after(rules.OPEN, rules.ASK, rules.Facts()) is None
    assert rules.after(rules.OPEN, rules.ASK, rules.Facts(refused=True)) == rules.OPINIONS


def test_a_probation_starts_once_and_ends_after_it_started() -> None:
    started, ended = pb.MILESTONE_PROBATION_STARTED, pb.MILESTONE_PROBATION_ENDED
    assert rules.after_milestone(rules.DECIDED, started, placed=False) is None
    assert rules.after_milestone(rules.PROBATION, started, placed=True) is None
    assert rules.after_milestone(rules.DECIDED, ended, placed=True) is None
    assert rules.after_milestone(rules.PROBATION, ended, placed=True) == rules.PROBATION
    assert rules.after_milestone(rules.DECIDED, pb.MILESTONE_TRAINING_ARRANGED, placed=False) == rules.DECIDED


@given(roles, roles)
def test_another_role_never_hides_anything(held: frozenset[rules.Role], more: frozenset[rules.Role]) -> None:
    assert rules.seen(held) <= rules.seen(held | more)
    assert set(rules.hidden(rules.seen(held | more))) <= set(rules.hidden(rules.seen(held)))


def test_of_several_roles_the_post_managers_word_counts_first() -> None:
    assert rules.speaks_as({rules.OWNER, rules.CONCERNED, rules.POST_MANAGER}) == rules.POST_MANAGER
    assert rules.speaks_as({rules.OWNER}) == rules.OWNER
    assert rules.speaks_as({rules.DECIDER, rules.CANDIDATE}) is None


def test_a_decision_is_asked_for_when_all_have_spoken_or_the_day_is_over() -> None:
    today = date(2026, 11, 23)
    tomorrow, yesterday = today + timedelta(days=1), today - timedelta(days=1)

    def decider(asked: rules.Asked) -> list[rules.Task]:
        return rules.tasks(rules.OPINIONS, [rules.DECIDER], rules.Facts(), asked, today)

    assert decider(rules.Asked(tomorrow, 1, mine=False)) == []
    assert decider(rules.Asked(tomorrow, 0, mine=False)) == [rules.Task("decision")]
    late = decider(rules.Asked(yesterday, 1, mine=False))
    assert [(task.name, task.overdue(today)) for task in late] == [("decision", True)]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, MOST_MONTHS))
def test_a_probation_of_months_never_lasts_longer_than_the_calendar_says(starts_on: date, months: int) -> None:
    ends_on = last_day(starts_on, months)
    assert 28 * months - 1 <= (ends_on - starts_on).days <= 31 * months
    assert (ends_on.year * 12 + ends_on.month) - (starts_on.year * 12 + starts_on.month) in {months, months - 1}


def test_months_end_the_day_before_or_with_the_month_that_is_too_short() -> None:
    assert last_day(date(2026, 12, 1), 3) == date(2027, 2, 28)
    assert last_day(date(2026, 11, 16), 3) == date(2027, 2, 15)
    assert last_day(date(2026, 8, 31), 6) == date(2027, 2, 28)
