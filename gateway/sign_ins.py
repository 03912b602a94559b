"""Sign-ins on their way through the issuer: begun here, finished once, by the browser that began them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from gateway.issuer import Logout
from gateway.sessions import hashed, secret
from gateway.tables import logout_tokens, sign_ins
from libs.kit.clock import Clock
from libs.kit.database import Database, Session, prepared
from libs.kit.vault import SealBroken, Vault

LIFETIME = timedelta(minutes=10)
_SEAL = "gateway.sign_ins.verifier"
_C = sign_ins.c
_ADD = prepared(insert(sign_ins))
_TAKE = prepared(delete(sign_ins).where(_C.state_hash == bindparam("state")).returning(*_C))
_FORGET = prepared(delete(sign_ins).where(_C.expires_at <= bindparam("now")))
_HEARD = prepared(insert(logout_tokens).on_conflict_do_nothing())
_FORGET_HEARD = prepared(delete(logout_tokens).where(logout_tokens.c.expires_at <= bindparam("now")))


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser takes along: `state` and the rest in the address, `browser` in its cookie."""

    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """`session_id`: the one it began in, if any; `step_up`: the same person must come back; `forced`: asked anew."""

    nonce: str
    verifier: str
    return_to: str
    session_id: UUID | None
    step_up: bool
    forced: bool
    begun_at: datetime


class SignIns:
    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault

    async def begin(
        self, browser: str, return_to: str, session_id: UUID | None, *, step_up: bool, forced: bool = False
    ) -> Begun:
        state, nonce, verifier = secret(), secret(), secret()
        now = self._clock.now()
        async with self._database.transaction() as session:
            await session.run(
                _ADD,
                state_hash=hashed(state.encode()),
                browser_hash=hashed(browser.encode()),
                nonce=nonce,
                verifier=self._vault.seal_own(_SEAL, verifier),
                return_to=return_to,
                session_id=session_id,
                step_up=step_up,
                forced=forced,
                begun_at=now,
                expires_at=now + LIFETIME,
            )
        digest = hashlib.sha256(verifier.encode()).digest()
        return Begun(state, nonce, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())

    async def take(self, state: str, browser: bytes) -> SignIn | None:
        """The sign-in a callback belongs to; None when there is none, it is too old, or another browser began it.

        Taken once: whatever comes of it, the same callback finds nothing a second time.
        """
        async with self._database.transaction() as session:
            row = await session.row(_TAKE, state=hashed(state.encode()))
        if row is None or row["expires_at"] <= self._clock.now():
            return None
        if not hmac.compare_digest(row["browser_hash"], hashed(browser)):
            return None
        try:
            verifier = self._vault.open_own(_SEAL, row["verifier"])
        except SealBroken:
            return None
        return SignIn(
            nonce=row["nonce"],
            verifier=verifier,
            return_to=row["return_to"],
            session_id=row["session_id"],
            step_up=row["step_up"],
            forced=bool(row["forced"]),
            begun_at=row["begun_at"],
        )

    async def heard(self, unit: Session, logout: Logout) -> bool:
        """Whether this logout token is new. Remembers it until it ends, if the transaction is committed."""
        return bool(await unit.run(_HEARD, jti_hash=hashed(logout.token_id.encode()), expires_at=logout.ends))

    async def tidy(self) -> None:
        now = self._clock.now()
        async with self._database.transaction() as session:
            await session.run(_FORGET, now=now)
            await session.run(_FORGET_HEARD, now=now)
