"""Pure: the roles there are. A role is a named set of rights, with how far, how long and by whom it may be given.

Whoever may give a role holds every right in it (a test proves it), so that giving never makes power: an IT admin opens
the account of a system, but only HR, who hold people's data, let it read them, by calls or from a topic.
`duty` keeps apart what one person must not do together: keep people's records, run the accounts, audit either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from libs.kit import contract
from libs.kit.access.scopes import ALL, SELF, UNIT

EMPLOYEE, MANAGER, HR_ADMIN, IT_ADMIN = "employee", "manager", "hr_admin", "it_admin"
GRANTING = "identity.grant.manage"


@dataclass(frozen=True)
class Role:
    name: str
    permissions: frozenset[str]
    # Kinds of scope it may be given over.
    scopes: tuple[str, ...]
    # Roles whose holders may give it and take it, as far as their own scope for that role reaches.
    granted_by: tuple[str, ...] = ()
    # Longest time it may be given for; 0: without end.
    max_days: int = 0
    # Follows from a person's place and is never given by hand. A manager's reports do too, but a unit is given.
    automatic: bool = False
    # For other systems, and for nobody else.
    for_systems: bool = False
    # People may ask for it.
    requestable: bool = False
    duty: str = ""

    @property
    def digest(self) -> str:
        """Changes when the role gives other rights than before."""
        return hashlib.sha256(" ".join(sorted(self.permissions)).encode()).hexdigest()


def _named(context: str, *names: str) -> frozenset[str]:
    return frozenset(f"{context}.{name}" for name in names)


_OWN = (
    _named(
        "employees",
        "person.read",
        "person.reveal",
        "contract.read",
        "contract.reveal",
        "card.read",
        "organization.read",
    )
    | _named("identity", "account.read", "grant.read", "role.read")
    | _named(
        "talent",
        "skill.read",
        "job.read",
        "profile.read",
        "profile.complete",
        "match.read",
        "case.take_part",
    )
)
_VIEW = _named("employees", "person.read")
_LEAD = _named("employees", "person.read", "contract.read") | _named(
    "talent", "profile.read", "match.read", "match.search", "risk.read", "pool.read"
)
_MANAGE = _LEAD | _named("talent", "profile.rate", "risk.rate", "job.edit", "job.approve")
_BOARD = _LEAD | _named("talent", "fairness.read")
_SYSTEM = _named("employees", "person.read", "card.read", "organization.read") | _named(
    "talent", "skill.read", "job.read"
)
_AUDIT = _named("identity", "account.read", "grant.read", "role.read")
_DEVELOP = _named(
    "talent",
    "skill.read",
    "job.read",
    "job.edit",
    "profile.complete",
    "profile.verify",
    "pool.place",
    "case.take_part",
    "case.manage",
)
_PARTNER = (
    _MANAGE
    | _DEVELOP
    | _named("employees", "person.reveal", "lifecycle.confirm", "lifecycle.transfer")
    | _named("identity", "account.read", "grant.read", "grant.manage")
)
_RECORDS = (
    _LEAD
    | _DEVELOP
    | _named(
        "employees",
        "person.reveal",
        "person.correct",
        "contract.manage",
        "contract.reveal",
        "lifecycle.hire",
        "lifecycle.confirm",
        "lifecycle.transfer",
        "lifecycle.leave",
        "organization.manage",
    )
    | _named("identity", "account.read", "account.reset")
)
# What is on an open topic is told of everybody, so only who keeps everybody's records holds it and hands it on.
_TOPICS = frozenset(map(contract.subscribing, contract.open_topics()))
_ALL_HR = (
    _RECORDS
    | _PARTNER
    | _SYSTEM
    | _AUDIT
    | _TOPICS
    | _OWN
    | _BOARD
    | _named("employees", "import.run", "person.erase")
    | _named("talent", "skill.manage", "profile.import", "pool.manage")
    | frozenset({GRANTING})
)
_ACCOUNTS = _AUDIT | _named("identity", "account.manage", "service_account.manage", "grant.manage")

_BY_HR, _BY_HR_OR_PARTNER = (HR_ADMIN,), (HR_ADMIN, "hrbp")


def subscriber(topic: str) -> Role:
    """Lets another system read an open topic from Kafka."""
    rights = frozenset({contract.subscribing(topic)})
    return Role(f"subscriber.{topic}", rights, scopes=(ALL,), granted_by=_BY_HR, for_systems=True)


ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(EMPLOYEE, _OWN, scopes=(SELF,), automatic=True),
        Role(MANAGER, _MANAGE, scopes=(UNIT,), granted_by=_BY_HR_OR_PARTNER, requestable=True),
        Role(
            "people_viewer",
            _VIEW,
            scopes=(UNIT, ALL),
            granted_by=_BY_HR_OR_PARTNER,
            max_days=180,
            requestable=True,
        ),
        Role("hr_specialist", _RECORDS, scopes=(UNIT, ALL), granted_by=_BY_HR, requestable=True, duty="records"),
        Role("hrbp", _PARTNER, scopes=(UNIT,), granted_by=_BY_HR, requestable=True, duty="records"),
        Role(HR_ADMIN, _ALL_HR, scopes=(ALL,), granted_by=_BY_HR, duty="records"),
        Role("executive", _BOARD, scopes=(ALL,), granted_by=_BY_HR),
        Role(IT_ADMIN, _ACCOUNTS, scopes=(ALL,), granted_by=(IT_ADMIN,), duty="accounts"),
        Role("auditor", _AUDIT, scopes=(ALL,), granted_by=_BY_HR, duty="audit"),
        Role("integration", _SYSTEM, scopes=(UNIT, ALL), granted_by=_BY_HR, for_systems=True),
        *map(subscriber, contract.open_topics()),
    )
}


def permissions_of(role: str) -> frozenset[str]:
    """What a role gives; nothing for one that this release no longer has."""
    found = ROLES.get(role)
    return found.permissions if found else frozenset()


def giving(permission: str) -> list[Role]:
    """Roles that give a right and can be asked for, those that give least first."""
    found = [role for role in ROLES.values() if role.requestable and permission in role.permissions]
    return sorted(found, key=lambda role: (len(role.permissions), role.name))


def given_by(giver: str) -> list[str]:
    """Roles that a holder of `giver` may give."""
    return [role.name for role in ROLES.values() if giver in role.granted_by]


def granters(roles: Iterable[Role]) -> frozenset[str]:
    """Roles whose holders may give one of these."""
    return frozenset(giver for role in roles for giver in role.granted_by)
