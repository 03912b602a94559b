"""Who calls: a person's session, another system with a token, or nobody yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.issuer import Issuer, TokenRefused
from libs.kit.clock import Clock
from libs.kit.errors import SignInRequired
from mainstay.identity.v1 import passports_pb2

if TYPE_CHECKING:
    from gateway.sessions import Session, Sessions

SESSION = passports_pb2.PASSPORT_USE_SESSION
SERVICE = passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT
_MOST_TOKENS = 10_000
Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody a passport can be asked for. `key` tells two apart, and changes when their sign-in is renewed."""

    key: str
    username: str
    use: passports_pb2.PassportUse
    session_id: str
    # The last full sign-in; None: of that nothing is known, and it never was recent enough.
    signed_in_at: datetime | None
    # Whose calls are counted together.
    counted_as: str
    # The issuer's own id of somebody who signs in at this moment; a session that has begun needs the issuer no more.
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """`session` is None for another system, which comes with a token and not with a cookie."""

    principal: Principal
    session: Session | None = None


class AccessTokens:
    """Other systems' access tokens; verified once, then known by their bytes until they end."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._known: dict[str, tuple[Caller, float]] = {}

    def remembered(self, token: str) -> Caller | None:
        found = self._known.get(token)
        if found is None:
            return None
        if found[1] <= self._clock.now().timestamp():
            del self._known[token]
            return None
        return found[0]

    async def find(self, token: str) -> Caller:
        """Raises SignInRequired for a token that is not good."""
        caller = self.remembered(token)
        if caller is not None:
            return caller
        try:
            access = await self._issuer.access(token)
        except TokenRefused:
            raise SignInRequired from None
        if len(self._known) >= _MOST_TOKENS:
            self._known.clear()
        principal = Principal(
            key=f"client:{access.client_id}:{access.token_id}",
            username=access.client_id,
            use=SERVICE,
            session_id=access.token_id,
            signed_in_at=access.made_at,
            counted_as=f"client:{access.client_id}",
        )
        caller = Caller(principal)
        self._known[token] = caller, access.ends
        return caller


def cookie_of(headers: Headers, name: bytes) -> bytes:
    """A cookie's value, empty when it did not come."""
    sent = headers.get(b"cookie")
    if sent is None:
        return b""
    for pair in sent.split(b";"):
        found, _, value = pair.strip().partition(b"=")
        if found == name:
            return value
    return b""


class Callers:
    def __init__(self, sessions: Sessions, tokens: AccessTokens, cookie: str) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._cookie = cookie.encode()

    def remembered(self, headers: Headers, *, use: bool = True) -> Caller | None:
        """The caller, when known from a moment ago."""
        authorization = headers.get(b"authorization")
        if authorization is not None:
            return self._tokens.remembered(_bearer(authorization))
        session = self._sessions.remembered(cookie_of(headers, self._cookie), use=use)
        return Caller(session.principal, session) if session is not None else None

    def acquainted(self, headers: Headers) -> bool:
        """Whether the credential was found good before, so that looking again tells nothing to somebody who guesses."""
        authorization = headers.get(b"authorization")
        if authorization is not None:
            return self._tokens.remembered(_bearer(authorization)) is not None
        return self._sessions.acquainted(cookie_of(headers, self._cookie))

    async def find(self, headers: Headers, *, use: bool = True) -> Caller:
        """Raises SignInRequired. A token wins over a cookie; `use=False` does not prolong a session."""
        authorization = headers.get(b"authorization")
        if authorization is not None:
            return await self._tokens.find(_bearer(authorization))
        cookie = cookie_of(headers, self._cookie)
        session = await self._sessions.find(cookie, use=use) if cookie else None
        if session is None:
            raise SignInRequired
        return Caller(session.principal, session)


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""
