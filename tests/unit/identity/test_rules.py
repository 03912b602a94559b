"""The laws of grants: what they give and until when, and that nobody hands out more than they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.access.scopes import ALL, REPORTS, SELF, UNIT, Rights, Scope
from services.identity import roles, rules
from services.identity.errors import GrantPeriodInvalid
from services.identity.roles import ROLES

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# A company: production over two workshops, one of them with a line; sales beside it.
COMPANY, PRODUCTION, WORKSHOP_A, WORKSHOP_B, LINE, SALES = (UUID(int=number) for number in range(1, 7))
PARENTS: Mapping[UUID, UUID | None] = {
    COMPANY: None,
    PRODUCTION: COMPANY,
    WORKSHOP_A: PRODUCTION,
    WORKSHOP_B: PRODUCTION,
    LINE: WORKSHOP_A,
    SALES: COMPANY,
}


def above(unit: UUID | None) -> list[UUID]:
    """The unit and all units above it."""
    found = []
    while unit is not None:
        found.append(unit)
        unit = PARENTS[unit]
    return found


units = st.sampled_from(list(PARENTS))
scopes = st.one_of(
    st.just(Scope(ALL)), st.just(Scope(SELF)), st.just(Scope(REPORTS)), units.map(lambda unit: Scope(UNIT, unit))
)
role_names = st.sampled_from(sorted(ROLES))
# Minutes around now, few enough that grants touch and overlap.
instants = st.integers(-20, 20).map(lambda minutes: NOW + minutes * MINUTE)


@st.composite
def grants(draw: st.DrawFn) -> rules.Grant:
    start = draw(instants)
    end = draw(st.none() | instants.filter(lambda at: at > start))
    return rules.Grant(
        UUID(int=draw(st.integers(1, 10**6))),
        draw(role_names),
        draw(scopes),
        start,
        end,
        draw(st.none() | instants.filter(lambda at: end is None or at < end)),
    )


held = st.lists(grants(), max_size=8)


def test_states_follow_the_instant() -> None:
    grant = rules.Grant(UUID(int=1), "manager", Scope(UNIT, SALES), NOW, NOW + 10 * MINUTE)
    assert rules.state_at(grant, NOW - MINUTE) == rules.PLANNED
    assert rules.state_at(grant, NOW) == rules.ACTIVE
    assert rules.state_at(grant, NOW + 10 * MINUTE) == rules.EXPIRED
    taken = rules.Grant(UUID(int=1), "manager", Scope(UNIT, SALES), NOW, NOW + 10 * MINUTE, NOW + MINUTE)
    assert rules.state_at(taken, NOW + MINUTE - timedelta(microseconds=1)) == rules.ACTIVE
    assert rules.state_at(taken, NOW + MINUTE) == rules.REVOKED


@given(held, instants)
def test_rights_are_the_union_of_the_grants_in_force(many: list[rules.Grant], at: datetime) -> None:
    together = rules.rights_at(many, at)
    for grant in many:
        alone = rules.rights_at([grant], at)
        for permission, (scope,) in alone.items():
            assert scope in together[permission] or together[permission] == (Scope(ALL),)
    for permission, reached in together.items():
        for scope in reached:
            assert any(scope in rules.rights_at([grant], at).get(permission, ()) for grant in many)


@given(grants(), instants)
def test_there_is_never_a_right_before_the_start_or_after_the_end(grant: rules.Grant, at: datetime) -> None:
    outside = at < grant.starts_at or (grant.end is not None and at >= grant.end)
    assert bool(rules.rights_at([grant], at)) == (not outside)


@given(held, instants, st.integers(0, 60 * 40))
def test_rights_stay_as_they_are_until_the_next_change(many: list[rules.Grant], at: datetime, seconds: int) -> None:
    later = at + timedelta(seconds=seconds)
    change = rules.next_change(many, at)
    assert change is None or change > at
    if change is None or later < change:
        assert rules.rights_at(many, later) == rules.rights_at(many, at)


@given(held, instants)
def test_what_is_lost_is_not_held_and_was_held(many: list[rules.Grant], at: datetime) -> None:
    now_held = rules.rights_at(many, at)
    for lost in rules.lost_rights(many, at):
        ended = datetime.fromisoformat(lost.ended_at)
        assert at - rules.LOST_FOR < ended <= at
        before = rules.rights_at(many, ended - timedelta(microseconds=1))
        for permission in lost.permissions:
            assert lost.scope not in now_held.get(permission, ())
            assert lost.scope in before[permission] or before[permission] == (Scope(ALL),)


def test_lost_rights_are_few_and_latest_first() -> None:
    many = [
        rules.Grant(UUID(int=n), "people_viewer", Scope(UNIT, UUID(int=100 + n)), NOW - 60 * MINUTE, NOW - n * MINUTE)
        for n in range(30)
    ]
    lost = rules.lost_rights(many, NOW)
    assert len(lost) == rules.LOST_AT_MOST
    assert [one.ended_at for one in lost] == sorted((one.ended_at for one in lost), reverse=True)
    assert lost[0].ended_at == "2026-03-31T10:00:00Z"


def test_a_right_that_is_held_over_everything_is_not_lost_over_a_unit() -> None:
    ended = rules.Grant(UUID(int=1), "people_viewer", Scope(UNIT, SALES), NOW - 9 * MINUTE, NOW - MINUTE)
    whole = rules.Grant(UUID(int=2), "executive", Scope(ALL), NOW - 9 * MINUTE)
    assert rules.lost_rights([ended], NOW)
    assert not rules.lost_rights([ended, whole], NOW)


def test_a_loss_is_forgotten_after_thirty_days() -> None:
    ended = rules.Grant(UUID(int=1), "people_viewer", Scope(UNIT, SALES), NOW - 9 * MINUTE, NOW)
    assert rules.lost_rights([ended], NOW + timedelta(days=29))
    assert not rules.lost_rights([ended], NOW + timedelta(days=30))


def within(inner: Rights, outer: Rights) -> bool:
    """Whether every right of `inner` is held in `outer`, at least as far."""
    return all(
        any(rules.reaches(wide, scope, above(scope.unit_id)) for wide in outer.get(permission, ()))
        for permission, reached in inner.items()
        for scope in reached
    )


@given(held, role_names, scopes)
def test_nobody_gives_more_than_they_have(giver: list[rules.Grant], name: str, scope: Scope) -> None:
    role = ROLES[name]
    if rules.may_give(giver, role, scope, above(scope.unit_id), NOW):
        made = rules.Grant(UUID(int=1), name, scope, NOW)
        assert within(rules.rights_at([made], NOW), rules.rights_at(giver, NOW))


@given(held, st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), role_names, scopes), max_size=25))
def test_giving_on_and_on_makes_no_power(
    first: list[rules.Grant], wishes: Sequence[tuple[int, int, str, Scope]]
) -> None:
    """However grants are passed on among five accounts, together they never do more than the first one could."""
    start = rules.rights_at(first, NOW)
    accounts: list[list[rules.Grant]] = [first, [], [], [], []]
    for giver, receiver, name, scope in wishes:
        if giver != receiver and rules.may_give(accounts[giver], ROLES[name], scope, above(scope.unit_id), NOW):
            accounts[receiver].append(rules.Grant(UUID(int=1), name, scope, NOW))
    assert all(within(rules.rights_at(own, NOW), start) for own in accounts)


def hold(role: str, scope: Scope) -> list[rules.Grant]:
    return [rules.Grant(UUID(int=1), role, scope, NOW)]


@pytest.mark.parametrize(
    ("giver", "role", "scope", "may"),
    [
        (hold("hr_admin", Scope(ALL)), "people_viewer", Scope(ALL), True),
        (hold("hr_admin", Scope(ALL)), "hrbp", Scope(UNIT, SALES), True),
        (hold("hr_admin", Scope(ALL)), "it_admin", Scope(ALL), False),
        (hold("hr_admin", Scope(ALL)), "employee", Scope(SELF), False),
        (hold("it_admin", Scope(ALL)), "it_admin", Scope(ALL), True),
        (hold("it_admin", Scope(ALL)), "integration", Scope(ALL), False),
        (hold("it_admin", Scope(ALL)), "people_viewer", Scope(UNIT, SALES), False),
        (hold("hrbp", Scope(UNIT, PRODUCTION)), "people_viewer", Scope(UNIT, LINE), True),
        (hold("hrbp", Scope(UNIT, PRODUCTION)), "manager", Scope(UNIT, PRODUCTION), True),
        (hold("hrbp", Scope(UNIT, PRODUCTION)), "people_viewer", Scope(UNIT, SALES), False),
        (hold("hrbp", Scope(UNIT, PRODUCTION)), "people_viewer", Scope(UNIT, COMPANY), False),
        (hold("hrbp", Scope(UNIT, PRODUCTION)), "people_viewer", Scope(ALL), False),
        (hold("hrbp", Scope(UNIT, PRODUCTION)), "hrbp", Scope(UNIT, LINE), False),
        (hold("manager", Scope(REPORTS)), "people_viewer", Scope(UNIT, LINE), False),
        (hold("hr_specialist", Scope(ALL)), "people_viewer", Scope(UNIT, LINE), False),
    ],
)
def test_who_may_give_what(giver: list[rules.Grant], role: str, scope: Scope, may: bool) -> None:
    assert rules.may_give(giver, ROLES[role], scope, above(scope.unit_id), NOW) is may


def test_an_authority_that_ended_gives_nothing() -> None:
    ended = [rules.Grant(UUID(int=1), "hr_admin", Scope(ALL), NOW - 9 * MINUTE, None, NOW)]
    assert not rules.may_give(ended, ROLES["manager"], Scope(UNIT, SALES), above(SALES), NOW)


@pytest.mark.parametrize(
    ("held_role", "wanted", "kept_apart"),
    [
        ("hr_admin", "it_admin", True),
        ("it_admin", "hr_specialist", True),
        ("auditor", "hrbp", True),
        ("hr_admin", "auditor", True),
        ("hr_specialist", "hr_admin", False),
        ("manager", "it_admin", False),
        ("employee", "auditor", False),
    ],
)
def test_records_accounts_and_audit_are_kept_apart(held_role: str, wanted: str, kept_apart: bool) -> None:
    now = hold(held_role, Scope(ALL))
    assert (rules.conflicting(ROLES[wanted], now, NOW) is not None) is kept_apart
    planned = [rules.Grant(UUID(int=1), held_role, Scope(ALL), NOW + MINUTE)]
    assert (rules.conflicting(ROLES[wanted], planned, NOW) is not None) is kept_apart
    over = [rules.Grant(UUID(int=1), held_role, Scope(ALL), NOW - 9 * MINUTE, NOW)]
    assert rules.conflicting(ROLES[wanted], over, NOW) is None


@given(role_names, st.none() | instants, st.none() | instants)
def test_a_period_begins_now_or_later_and_ends_after_that(
    name: str, starts_at: datetime | None, ends_at: datetime | None
) -> None:
    role = ROLES[name]
    try:
        start, end = rules.period(role, starts_at, ends_at, NOW)
    except GrantPeriodInvalid:
        assert (ends_at is None and role.max_days) or (ends_at is not None and ends_at <= max(starts_at or NOW, NOW))
        return
    assert start >= NOW
    assert end is None or end > start
    assert not role.max_days or (end is not None and end - start <= timedelta(days=role.max_days))


def test_a_period_is_no_longer_than_the_role_allows() -> None:
    viewer = ROLES["people_viewer"]
    assert rules.period(viewer, None, NOW + timedelta(days=180), NOW) == (NOW, NOW + timedelta(days=180))
    for too_long in (NOW + timedelta(days=181), None):
        with pytest.raises(GrantPeriodInvalid):
            rules.period(viewer, None, too_long, NOW)
    assert rules.period(ROLES["hr_admin"], None, None, NOW) == (NOW, None)


@given(held, role_names, scopes, instants, st.none() | instants)
def test_an_overlap_is_an_instant_in_force_twice(
    many: list[rules.Grant], name: str, scope: Scope, start: datetime, end: datetime | None
) -> None:
    if end is not None and end <= start:
        return
    new = rules.Grant(UUID(int=1), name, scope, start, end)
    same = [grant for grant in many if (grant.role, grant.scope) == (name, scope)]
    # Starts are where an overlap would begin.
    twice = any(
        rules.in_force([grant], at) and rules.in_force([new], at) for grant in same for at in (start, grant.starts_at)
    )
    assert (rules.overlapping(many, name, scope, start, end) is not None) == twice


def test_a_role_that_no_longer_exists_gives_nothing() -> None:
    assert roles.permissions_of("astrologer") == frozenset()
    assert rules.rights_at(hold("astrologer", Scope(ALL)), NOW) == {}
