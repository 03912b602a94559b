"""The roles cover the contract, name nothing it does not have, and making one giver of another makes no power."""

from __future__ import annotations

import pytest

from libs.kit import words
from libs.kit.access.scopes import ALL, REPORTS, SELF, UNIT
from services.identity import catalogue
from services.identity.roles import GRANTING, ROLES, Role, giving

ROLE = pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
OPEN = {
    "employees.lifecycle",
    "employees.organization",
    "employees.people",
    "employees.posts",
    "employees.units",
    "talent.jobs",
    "talent.placements",
}
PEOPLE_DATA = {
    "employees.person.read",
    "employees.person.reveal",
    "employees.contract.read",
    "employees.contract.reveal",
}


@ROLE
def test_every_right_of_a_role_is_in_the_contract(role: Role) -> None:
    assert role.permissions <= catalogue.permissions().keys()


def test_every_right_of_the_contract_is_in_a_role_unless_signing_in_is_enough() -> None:
    given = {permission for role in ROLES.values() for permission in role.permissions}
    assert {name for name in catalogue.permissions() if not catalogue.needs_no_grant(name)} == given


@ROLE
def test_whoever_may_give_a_role_holds_every_right_of_it(role: Role) -> None:
    for giver in role.granted_by:
        assert role.permissions <= ROLES[giver].permissions
        assert GRANTING in ROLES[giver].permissions


@ROLE
def test_a_giver_can_reach_the_scopes_it_gives(role: Role) -> None:
    """A role given over everything has a giver over everything; otherwise nobody could ever give it."""
    widest = ALL if ALL in role.scopes else UNIT
    assert role.automatic or any(
        widest in ROLES[giver].scopes or ALL in ROLES[giver].scopes for giver in role.granted_by
    )


def test_only_automatic_roles_have_no_giver() -> None:
    assert {role.name for role in ROLES.values() if not role.granted_by} == {"employee"}
    assert all(role.automatic == (SELF in role.scopes) and REPORTS not in role.scopes for role in ROLES.values())


@pytest.mark.parametrize("name", ["it_admin", "auditor"])
def test_whoever_runs_or_audits_access_sees_no_people(name: str) -> None:
    assert not PEOPLE_DATA & ROLES[name].permissions


def test_nobody_who_opens_systems_decides_what_they_read() -> None:
    opening = {role.name for role in ROLES.values() if "identity.service_account.manage" in role.permissions}
    givers = {giver for role in ROLES.values() if role.for_systems for giver in role.granted_by}
    assert givers
    assert opening.isdisjoint(givers)


def test_each_open_topic_has_one_role_that_reads_it_and_nothing_else() -> None:
    """Topics of Mainstay's own working have none: nobody could ever be given the right to read them."""
    of_topics = {role.name: role for role in ROLES.values() if role.for_systems and role.name != "integration"}
    assert {role.permissions for role in of_topics.values()} == {frozenset({f"{topic}.subscribe"}) for topic in OPEN}
    assert set(of_topics) == {f"subscriber.{topic}" for topic in OPEN}
    assert all(role.scopes == (ALL,) for role in of_topics.values())


def test_reading_a_topic_always_needs_a_grant() -> None:
    assert not any(catalogue.needs_no_grant(f"{topic}.subscribe") for topic in OPEN)


def test_what_a_forbidden_page_offers_first_gives_least() -> None:
    offered = giving("employees.person.read")
    assert offered[0].name == "people_viewer"
    assert all(role.granted_by and not role.for_systems for role in offered)
    assert offered[0].max_days == 180


@pytest.mark.parametrize("language", words.LANGUAGES)
@ROLE
def test_every_role_is_explained(role: Role, language: str) -> None:
    for part in ("label", "description"):
        assert words.find(language, "identity", f"roles.{role.name}.{part}")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("permission", catalogue.permissions())
def test_every_right_has_words(permission: str, language: str) -> None:
    assert words.find(language, "identity", f"permissions.{permission}")
