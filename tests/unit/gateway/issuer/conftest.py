"""An issuer whose every answer and token a test can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.issuer import Going, Issuer
from gateway.settings import GatewaySettings
from libs.kit.clock import MovableClock
from tests.unit.gateway.conftest import SETTINGS

ADDRESS = "https://issuer.example/realms/company"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
LATER = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
Claims = dict[str, Any]
GONE = object()


@dataclass(frozen=True)
class In:
    """So many seconds from now."""

    seconds: int


class Forge:
    """An issuer whose every answer a test can change."""

    def __init__(self, **settings_: Any) -> None:
        self.clock = MovableClock()
        self.away: Exception | httpx.Response | None = None
        self.metadata: Claims = {
            "issuer": ADDRESS,
            "authorization_endpoint": f"{ADDRESS}/auth",
            "token_endpoint": f"{ADDRESS}/token",
            "jwks_uri": f"{ADDRESS}/jwks",
            "end_session_endpoint": f"{ADDRESS}/logout",
        }
        self.keys = [KEY]
        self.asked: list[httpx.Request] = []
        self.token_answer = httpx.Response(200, json={})
        ours = {"issuer": ADDRESS, "oidc_client_secret": "top / secret + x", **settings_}
        settings = GatewaySettings(**{**SETTINGS, **ours})
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.issuer = Issuer(settings, self.clock, http)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self.away, Exception):
            raise self.away
        if self.away is not None:
            return self.away
        path = str(request.url).removeprefix(ADDRESS)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.metadata)
        if path == "/jwks":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})
        return self.token_answer

    def token(self, claims: Claims, key: Any = KEY, *, alg: str = "RS256", typ: str = "JWT", **header: Any) -> str:
        kept = {
            name: self.now + value.seconds if isinstance(value, In) else value
            for name, value in claims.items()
            if value is not GONE
        }
        fields = {"alg": alg, "kid": "k1", "typ": typ, **header}
        return jwt.encode({k: v for k, v in fields.items() if v is not GONE}, kept, key, algorithms=[alg])

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def person(self, **changed: Any) -> Claims:
        return {
            "iss": ADDRESS,
            "aud": "mainstay-portal",
            "azp": "mainstay-portal",
            "sub": "s1",
            "preferred_username": "hr.admin",
            "nonce": "n1",
            "sid": "session-1",
            "iat": self.now,
            "exp": self.now + 300,
            "auth_time": self.now - 5,
            **changed,
        }

    def system(self, **changed: Any) -> Claims:
        claims = {"iss": ADDRESS, "aud": "mainstay", "azp": "erp", "sub": "erp", "jti": "t1", "typ": "Bearer"}
        return {**claims, "iat": self.now, "exp": self.now + 300, **changed}

    def logout(self, **changed: Any) -> Claims:
        claims = {"iss": ADDRESS, "aud": "mainstay-portal", "sub": "s1", "sid": "session-1", "jti": "l1"}
        return {**claims, "iat": self.now, "exp": self.now + 120, "events": {LOGOUT: {}}, **changed}


def going(*, step_up: bool = False, forced: bool = False, language: str = "") -> Going:
    return Going(state="s", nonce="n", challenge="c", step_up=step_up, forced=forced, language=language)


@pytest.fixture
def forge() -> Forge:
    return Forge()
