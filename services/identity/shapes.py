"""Rows as the rules and the contract see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from libs.kit.access.scopes import ALL, REPORTS, SELF, UNIT, Scope
from libs.kit.dates import timestamp
from libs.kit.words import say
from mainstay.identity.v1 import access_pb2, grants_pb2
from services.identity import roles, rules

HAND, REQUEST, SETUP = "hand", "request", "setup"
EMPLOYMENT, OF_REPORTS = "employment", "reports"
AUTOMATIC = (EMPLOYMENT, OF_REPORTS)
SOURCES: Mapping[str, grants_pb2.GrantSource] = {
    EMPLOYMENT: grants_pb2.GRANT_SOURCE_EMPLOYMENT,
    OF_REPORTS: grants_pb2.GRANT_SOURCE_REPORTS,
    HAND: grants_pb2.GRANT_SOURCE_HAND,
    REQUEST: grants_pb2.GRANT_SOURCE_REQUEST,
    SETUP: grants_pb2.GRANT_SOURCE_SETUP,
}
STATES: Mapping[str, grants_pb2.GrantState] = {
    rules.PLANNED: grants_pb2.GRANT_STATE_PLANNED,
    rules.ACTIVE: grants_pb2.GRANT_STATE_ACTIVE,
    rules.EXPIRED: grants_pb2.GRANT_STATE_EXPIRED,
    rules.REVOKED: grants_pb2.GRANT_STATE_REVOKED,
}
SCOPE_KINDS: Mapping[str, access_pb2.ScopeKind] = {
    SELF: access_pb2.SCOPE_KIND_SELF,
    REPORTS: access_pb2.SCOPE_KIND_REPORTS,
    UNIT: access_pb2.SCOPE_KIND_UNIT,
    ALL: access_pb2.SCOPE_KIND_ALL,
}


def scope_of(row: Any) -> Scope:
    return Scope(row["scope_kind"], row["unit_id"])


def grant_of(row: Any) -> rules.Grant:
    return rules.Grant(row["grant_id"], row["role"], scope_of(row), row["starts_at"], row["ends_at"], row["revoked_at"])


def scope_message(scope: Scope) -> access_pb2.Scope:
    return access_pb2.Scope(kind=SCOPE_KINDS[scope.kind], unit_id=str(scope.unit_id or ""))


def words(language: str, text: str) -> str:
    """A reason as people read it: their own words as they are, the system's (`@left`) in the caller's language."""
    return say(language, "identity", f"why.{text[1:]}") if text.startswith("@") else text


def label(language: str, role: str) -> str:
    return say(language, "identity", f"roles.{role}.label")


def grant_message(row: Any, language: str, now: datetime) -> grants_pb2.Grant:
    return grants_pb2.Grant(
        grant_id=str(row["grant_id"]),
        account_id=str(row["account_id"]),
        employee_id=str(row["employee_id"] or ""),
        username=row["username"],
        role=row["role"],
        role_label=label(language, row["role"]),
        scope=scope_message(scope_of(row)),
        scope_unit_name=row["name"] or "",
        scope_unit_name_en=row["name_en"] or "",
        starts_at=timestamp(row["starts_at"]),
        ends_at=timestamp(row["ends_at"]),
        revoked_at=timestamp(row["revoked_at"]),
        state=STATES[rules.state_at(grant_of(row), now)],
        reason=words(language, row["reason"]),
        revoke_reason=words(language, row["revoke_reason"]),
        source=SOURCES[row["source"]],
        given_by=str(row["given_by"] or ""),
        revoked_by=str(row["revoked_by"] or ""),
    )


def rights_message(
    language: str, grants_in_force: Iterable[rules.Grant], *, widest_only: bool = False
) -> list[access_pb2.HeldRight]:
    """The rights these grants give, by name and start; each scope of a right once when only the widest count."""
    known = sorted(grants_in_force, key=lambda grant: (grant.starts_at, grant.grant_id))
    found = []
    for permission in sorted({name for grant in known for name in roles.permissions_of(grant.role)}):
        giving = [grant for grant in known if permission in roles.permissions_of(grant.role)]
        if widest_only:
            giving = _widest(giving)
        found += [
            access_pb2.HeldRight(
                permission=permission,
                label=say(language, "identity", f"permissions.{permission}"),
                scope=scope_message(grant.scope),
                grant_id=str(grant.grant_id),
                role=grant.role,
                since=timestamp(grant.starts_at),
                until=timestamp(grant.ends_at),
            )
            for grant in giving
        ]
    return found


def _widest(giving: list[rules.Grant]) -> list[rules.Grant]:
    """One grant per scope, the one that lasts longest; over everything, nothing else counts."""
    by_scope: dict[Scope, rules.Grant] = {}
    for grant in giving:
        other = by_scope.get(grant.scope)
        if other is None or (other.ends_at is not None and (grant.ends_at is None or grant.ends_at > other.ends_at)):
            by_scope[grant.scope] = grant
    whole = by_scope.get(Scope(ALL))
    return [whole] if whole else list(by_scope.values())
