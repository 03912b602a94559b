"""The code flow with Keycloak as the front door goes it, without a front door: for tests of the realm itself."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.support.keycloak import Realm
from tests.support.keycloak_pages import Credentials, answer_keycloak, like_a_browser


@dataclass(frozen=True)
class Came:
    """Somebody came back: what the token endpoint gave for their code, and the nonce they left with."""

    answer: dict[str, Any]
    nonce: str

    @property
    def id_token(self) -> str:
        return str(self.answer["id_token"])

    @property
    def claims(self) -> dict[str, Any]:
        return claims_of(self.id_token)

    @property
    def acr(self) -> str:
        return str(self.claims["acr"])


@dataclass(frozen=True)
class Leaving:
    """One way to Keycloak: the address, and what proves later that it was ours."""

    address: str
    verifier: str
    nonce: str


class Window:
    """One browser, with its cookies. Goes to Keycloak and back as often as asked."""

    def __init__(self, keycloak: Realm, http: httpx.AsyncClient) -> None:
        self.http = http
        self.home = keycloak.server.public_url
        self._keycloak = keycloak
        self._endpoint = f"{keycloak.issuer}/protocol/openid-connect"
        like_a_browser(http)

    def leave(self, **asked: str) -> Leaving:
        """`asked` adds to the usual parameters or replaces them; what is empty is left out."""
        verifier, nonce = secrets.token_urlsafe(40), secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": "mainstay-portal",
            "redirect_uri": f"{self.home}/auth/callback",
            "scope": "openid profile",
            "state": "state",
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **asked,
        }
        address = f"{self._endpoint}/auth?{urlencode({name: value for name, value in query.items() if value})}"
        return Leaving(address, verifier, nonce)

    async def sign_in(self, credentials: Credentials, **asked: str) -> Came:
        """Through the pages and back with a code for tokens. Raises KeycloakRefused."""
        leaving = self.leave(**asked)
        return Came(await self.redeem(await self.code(leaving, credentials), leaving.verifier), leaving.nonce)

    async def code(self, leaving: Leaving, credentials: Credentials) -> str:
        address = await answer_keycloak(self.http, leaving.address, credentials, home=self.home)
        return parse_qs(urlsplit(address).query)["code"][0]

    async def redeem(self, code: str, verifier: str) -> dict[str, Any]:
        fields = {"redirect_uri": f"{self.home}/auth/callback", "code": code, "code_verifier": verifier}
        answer = await self.http.post(
            f"{self._endpoint}/token",
            data={"grant_type": "authorization_code", **fields},
            auth=("mainstay-portal", self._keycloak.secret("mainstay-portal")),
        )
        return dict(answer.json())

    async def account_token(self, credentials: Credentials) -> str:
        """A person's own access token for Keycloak's account console."""
        address, console = self._keycloak.server.address, f"{self._keycloak.issuer}/account/"
        leaving = self.leave(client_id="account-console", redirect_uri=console, scope="openid")
        back = await answer_keycloak(self.http, leaving.address, credentials, home=address)
        fields = {
            "grant_type": "authorization_code",
            "client_id": "account-console",
            "redirect_uri": console,
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "code_verifier": leaving.verifier,
        }
        return str((await self.http.post(f"{self._endpoint}/token", data=fields)).json()["access_token"])


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unchecked."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@asynccontextmanager
async def front_door_stub(address: str) -> AsyncIterator[asyncio.Queue[tuple[str, str]]]:
    """Stands where the front door would: answers everything, hands out each request's head and body."""
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [int(line[15:]) for line in head.splitlines() if line.lower().startswith("content-length:")]
        heard.put_nowait((head, (await reader.readexactly(sum(lengths))).decode()))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", urlsplit(address).port):
        yield heard


@pytest.fixture
async def window(keycloak: Realm) -> AsyncIterator[Callable[[], Window]]:
    """Opens a browser without cookies; each call another one."""
    async with AsyncExitStack() as opened:

        def open_window() -> Window:
            http = httpx.AsyncClient(trust_env=False, timeout=20)
            opened.push_async_callback(http.aclose)
            return Window(keycloak, http)

        yield open_window
