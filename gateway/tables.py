"""The front door's own tables: sign-in sessions, and sign-ins on their way through the issuer."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, LargeBinary, MetaData, String, Table, Uuid

from libs.kit.database import Sealed

GATEWAY = MetaData()


def _at(name: str, **options: object) -> Column[object]:
    return Column(name, DateTime(timezone=True), **options)  # type: ignore[arg-type]


# A person signed in. The cookie holds a random value, this row its hash: whoever reads the table cannot use it.
sessions = Table(
    "sessions",
    GATEWAY,
    Column("session_id", Uuid, primary_key=True),
    Column("cookie_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", Uuid, nullable=False, index=True),
    Column("employee_id", Uuid),
    Column("username", String, nullable=False),
    # The issuer's name for the person and for its own session: how a back-channel logout finds ours.
    Column("subject", String, nullable=False, index=True),
    Column("issuer_session", String, nullable=False, index=True),
    # The ID token, sealed: the issuer asks for it when the person signs out.
    Column("id_token", Sealed, nullable=False),
    _at("signed_in_at", nullable=False),
    # When they last proved themselves at the level a step-up asks for; NULL: never in this session.
    _at("full_sign_in_at"),
    # Written at most once a minute.
    _at("last_seen_at", nullable=False),
    _at("expires_at", nullable=False, index=True),
)

# A sign-in that left for the issuer. Taken out by the callback, so that none is used twice.
sign_ins = Table(
    "sign_ins",
    GATEWAY,
    Column("state_hash", LargeBinary, primary_key=True),
    # Hash of the browser's own short-lived cookie: nobody else can finish this sign-in.
    Column("browser_hash", LargeBinary, nullable=False),
    Column("nonce", String, nullable=False),
    Column("verifier", Sealed, nullable=False),
    Column("return_to", String, nullable=False),
    # The session it began in, if any: a plain sign-in ends it, a step-up renews it for the same person.
    Column("session_id", Uuid),
    Column("step_up", Boolean, nullable=False),
    # Everything is asked again, because the issuer let the person pass without asking. NULL as written by a release
    # that did not know it: no.
    Column("forced", Boolean),
    _at("begun_at", nullable=False),
    _at("expires_at", nullable=False, index=True),
)

# Logout tokens taken, until they end: none is taken twice.
logout_tokens = Table(
    "logout_tokens",
    GATEWAY,
    Column("jti_hash", LargeBinary, primary_key=True),
    _at("expires_at", nullable=False, index=True),
)
