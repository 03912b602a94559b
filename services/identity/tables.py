"""Identity's own tables: accounts, secrets of systems, grants, requests, the keys that sign passports.

Each column names its class of data as the contract's fields do. Nothing here describes a person beyond their work:
names are not kept, and the free texts are about access.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from mainstay.contract.v1 import data_pb2

IDENTITY = MetaData()
_INTERNAL = {"data": data_pb2.INTERNAL}
_PUBLIC = {"data": data_pb2.PUBLIC}
_SECRET = {"data": data_pb2.PERSONAL_SENSITIVE}


def _column(name: str, *rest: Any, info: Mapping[str, int] = _INTERNAL, nullable: bool = False, **options: Any) -> Any:
    return Column(name, *rest, info=dict(info), nullable=nullable, **options)


def _at(name: str, *, nullable: bool = False) -> Any:
    return _column(name, DateTime(timezone=True), nullable=nullable)


# Whoever can sign in. `epoch` counts changes of rights, `version` counts changes of the account itself.
accounts = Table(
    "accounts",
    IDENTITY,
    _column("account_id", Uuid, primary_key=True),
    _column("kind", String),
    _column("username", String),
    _column("employee_id", Uuid, nullable=True),
    _column("description", String, server_default=""),
    _column("state", String),
    _at("state_since"),
    _column("state_reason", String, server_default=""),
    # Empty until the person chose one.
    _column("language", String, server_default=""),
    _column("epoch", BigInteger, server_default=text("1")),
    _column("version", Integer, server_default=text("1")),
    _at("opened_at"),
    # The managers, solid and dotted, for whom this person was last counted as a report.
    _column("counted_for", ARRAY(Uuid), server_default=text("'{}'")),
    # The person was erased: the account stays closed for good.
    _column("erased", Boolean, server_default=text("false")),
    Index("accounts_username", "username", "kind", unique=True),
    Index("accounts_employee", "employee_id", unique=True),
)

# What a system proves itself with: a slow salted hash, never the secret.
client_secrets = Table(
    "client_secrets",
    IDENTITY,
    _column("account_id", Uuid, ForeignKey("accounts.account_id"), primary_key=True),
    _column("salt", LargeBinary, info=_SECRET),
    _column("hash", LargeBinary, info=_SECRET),
    _at("made_at"),
)

# What the sign-in issuer is to hold for an account, as a queue: behind while `behind_since` is set. `wanted` counts the
# changes asked for, `done` says which of them the issuer has. Absent where the issuer is managed elsewhere.
issuer_accounts = Table(
    "issuer_accounts",
    IDENTITY,
    _column("account_id", Uuid, ForeignKey("accounts.account_id"), primary_key=True),
    _column("wanted", BigInteger, server_default=text("1")),
    _column("done", BigInteger, server_default=text("0")),
    # Lower goes first; see `issuer_queue`.
    _column("rank", SmallInteger),
    _at("behind_since", nullable=True),
    # Not taken before: when it may be tried again, or when the lease of whoever is at work ends.
    _at("due_at"),
    _column("lease", Uuid, nullable=True),
    _column("tries", Integer, server_default=text("0")),
    # Class of the last failure.
    _column("error", String, server_default=""),
    # The issuer's own id of the person or system, and whether it was last told to let them in.
    _column("entry_id", String, nullable=True),
    _column("let_in", Boolean, server_default=text("false")),
    # Whether sessions there are to end: those that began until the instant, all where there is none.
    _column("end_sessions", Boolean, server_default=text("false")),
    _at("sessions_until", nullable=True),
    # A system's new secret, sealed by the vault until the issuer has it, and what its tokens are good for.
    _column("secret", LargeBinary, nullable=True, info=_SECRET),
    _column("scopes", ARRAY(String), server_default=text("'{}'")),
    Index("issuer_accounts_behind", "rank", "due_at", postgresql_where=text("behind_since IS NOT NULL")),
    Index("issuer_accounts_entry", "entry_id", unique=True, postgresql_where=text("entry_id IS NOT NULL")),
)

# How far the issuer's own changes have been read. One row for each way of looking, taken by one replica at a time.
issuer_watches = Table(
    "issuer_watches",
    IDENTITY,
    _column("watch", String, primary_key=True),
    _column("position", String, server_default=""),
    _at("due_at"),
    _column("error", String, server_default=""),
)

# Roles given to accounts. A grant is never deleted; `revoked_at` ends it early.
grants = Table(
    "grants",
    IDENTITY,
    _column("grant_id", Uuid, primary_key=True),
    _column("account_id", Uuid, ForeignKey("accounts.account_id"), index=True),
    _column("role", String),
    _column("scope_kind", String),
    _column("unit_id", Uuid, nullable=True),
    _at("starts_at"),
    _at("ends_at", nullable=True),
    _at("revoked_at", nullable=True),
    _column("reason", String),
    _column("revoke_reason", String, server_default=""),
    _column("source", String),
    # Employee ids; empty when the system itself did it.
    _column("given_by", Uuid, nullable=True),
    _column("revoked_by", Uuid, nullable=True),
    Index("grants_role", "role", postgresql_where=text("revoked_at IS NULL")),
    Index("grants_unit", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
    # What follows from a person's place is given once, whatever order the events come in.
    Index(
        "grants_automatic",
        "account_id",
        "role",
        unique=True,
        postgresql_where=text("revoked_at IS NULL AND source IN ('employment', 'reports')"),
    ),
)

# Rights asked for. One open request per account, role and scope.
access_requests = Table(
    "access_requests",
    IDENTITY,
    _column("request_id", Uuid, primary_key=True),
    _column("account_id", Uuid, ForeignKey("accounts.account_id"), index=True),
    _column("role", String),
    _column("scope_kind", String),
    _column("unit_id", Uuid, nullable=True),
    _column("days", Integer),
    _column("reason", String),
    _column("state", String),
    _at("requested_at"),
    _at("lapses_at"),
    _at("decided_at", nullable=True),
    _column("decided_by", Uuid, nullable=True),
    _column("decision_note", String, server_default=""),
    _column("grant_id", Uuid, nullable=True),
    Index(
        "access_requests_open",
        "account_id",
        "role",
        "scope_kind",
        "unit_id",
        unique=True,
        postgresql_where=text("state = 'open'"),
        postgresql_nulls_not_distinct=True,
    ),
    Index("access_requests_waiting", "role", "unit_id", postgresql_where=text("state = 'open'")),
)

# Key pairs that sign passports. The private half is sealed by the vault; each signs from an instant on, so that
# everybody knows its public half by then.
passport_keys = Table(
    "passport_keys",
    IDENTITY,
    _column("key_id", String, primary_key=True, info=_PUBLIC),
    _column("public", String, info=_PUBLIC),
    _column("sealed", LargeBinary, info=_SECRET),
    _at("made_at"),
    _at("signs_from"),
)

# What each role gave when it was last looked at: a release that changes a role raises its holders' epochs.
role_sets = Table(
    "role_sets",
    IDENTITY,
    _column("role", String, primary_key=True),
    _column("digest", String),
)
