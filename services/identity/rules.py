"""Pure: what grants give, from when to when, and who may give them.

A grant gives its role's rights over its scope from `starts_at` (included) until its end (excluded): `ends_at` or
`revoked_at`, whichever comes first. What an account may do at an instant is the union of its grants in force then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.kit.access.scopes import ALL, UNIT, Lost, Rights, Scope, widest
from services.identity import roles
from services.identity.errors import GrantPeriodInvalid
from services.identity.roles import Role

PLANNED, ACTIVE, EXPIRED, REVOKED = "planned", "active", "expired", "revoked"
LOST_FOR = timedelta(days=30)
# A passport travels with every call: what is named in it stays small.
LOST_AT_MOST = 20
REQUEST_LAPSES_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as the rules see it."""

    grant_id: UUID
    role: str
    scope: Scope
    starts_at: datetime
    ends_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """When it stops giving anything; None while nothing ends it."""
        ends = [at for at in (self.ends_at, self.revoked_at) if at is not None]
        return min(ends) if ends else None


def state_at(grant: Grant, at: datetime) -> str:
    """`revoked` and `expired` are final; a grant revoked before it started is revoked."""
    if grant.revoked_at is not None and grant.revoked_at <= at:
        return REVOKED
    if grant.ends_at is not None and grant.ends_at <= at:
        return EXPIRED
    return ACTIVE if grant.starts_at <= at else PLANNED


def in_force(grants: Iterable[Grant], at: datetime) -> list[Grant]:
    return [grant for grant in grants if state_at(grant, at) == ACTIVE]


def rights_at(grants: Iterable[Grant], at: datetime) -> Rights:
    """The union of the grants in force, each right with its widest scopes."""
    found: dict[str, list[Scope]] = {}
    for grant in in_force(grants, at):
        for permission in roles.permissions_of(grant.role):
            found.setdefault(permission, []).append(grant.scope)
    return {permission: widest(scopes) for permission, scopes in sorted(found.items())}


def next_change(grants: Iterable[Grant], at: datetime) -> datetime | None:
    """The first instant after `at` at which a grant starts or ends; between the two the rights stay as they are."""
    instants = []
    for grant in grants:
        if grant.end is None or grant.end > grant.starts_at:
            instants += [instant for instant in (grant.starts_at, grant.end) if instant is not None and instant > at]
    return min(instants, default=None)


def lost_rights(grants: Iterable[Grant], at: datetime) -> tuple[Lost, ...]:
    """Rights that ended in the last 30 days and are not held over the same scope now, latest first, 20 at most."""
    known = list(grants)
    held = rights_at(known, at)
    ended = [
        (end, grant) for grant in known if (end := grant.end) and grant.starts_at < end and at - LOST_FOR < end <= at
    ]
    told: set[tuple[str, Scope]] = set()
    found = []
    for end, grant in sorted(ended, key=lambda one: (one[0], str(one[1].grant_id)), reverse=True):
        still = {name for name, scopes in held.items() if grant.scope in scopes or Scope(ALL) in scopes}
        gone = {name for name in roles.permissions_of(grant.role) - still if (name, grant.scope) not in told}
        told |= {(name, grant.scope) for name in gone}
        if gone:
            found.append(Lost(frozenset(gone), grant.scope, moment(end)))
    return tuple(found[:LOST_AT_MOST])


def moment(at: datetime) -> str:
    """An instant as refusals quote it: `2026-03-31T10:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reaches(outer: Scope, inner: Scope, above: Sequence[UUID]) -> bool:
    """Whether `outer` contains `inner`. `above` is the inner scope's unit and all units above it."""
    if outer.kind == ALL or outer == inner:
        return True
    return outer.kind == UNIT and inner.kind == UNIT and outer.unit_id in above


def may_give(giver: Iterable[Grant], role: Role, scope: Scope, above: Sequence[UUID], at: datetime) -> bool:
    """Whether the holder of these grants may give, or take, a role over a scope.

    They need a role that may give it, in force, over a scope that contains the new one. Such a role holds every right
    of the one it may give (`roles`), so nobody hands out more than they have, nor further.
    """
    return any(grant.role in role.granted_by and reaches(grant.scope, scope, above) for grant in in_force(giver, at))


def conflicting(role: Role, held: Iterable[Grant], at: datetime) -> str | None:
    """A role held, or planned, whose duty must not be in one hand with this role's; None when there is none."""
    for grant in held:
        other = roles.ROLES.get(grant.role)
        if other and role.duty and other.duty and other.duty != role.duty and state_at(grant, at) in {PLANNED, ACTIVE}:
            return other.name
    return None


def period(
    role: Role, starts_at: datetime | None, ends_at: datetime | None, now: datetime
) -> tuple[datetime, datetime | None]:
    """From when to when a grant runs. Nothing is given for the past: an earlier start means now.

    Raises GrantPeriodInvalid when it would end before it starts, or last longer than the role allows.
    """
    start = max(starts_at or now, now)
    too_long = role.max_days and (ends_at is None or ends_at - start > longest(role))
    if too_long or (ends_at is not None and ends_at <= start):
        raise GrantPeriodInvalid(role=role.name, max_days=role.max_days or None)
    return start, ends_at


def longest(role: Role) -> timedelta:
    """The longest time of a role that has one."""
    return timedelta(days=role.max_days)


def overlapping(
    grants: Iterable[Grant], role: str, scope: Scope, start: datetime, end: datetime | None
) -> Grant | None:
    """A grant of the role over just this scope that is in force somewhere in the period."""
    for grant in grants:
        if grant.role != role or grant.scope != scope or (grant.end and grant.end <= grant.starts_at):
            continue
        if (end is None or grant.starts_at < end) and (grant.end is None or grant.end > start):
            return grant
    return None
