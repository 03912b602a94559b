"""A whole front door on real PostgreSQL, a real bus and the development issuer; only the services are stubs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from google.protobuf.message import Message
from joserfc.jwk import RSAKey
from sqlalchemy import delete

from gateway.development_issuer import Card, DevelopmentIssuer, DevelopmentIssuerSettings, Person
from gateway.issuer import Issuer
from gateway.runtime import Gateway
from gateway.settings import GatewaySettings
from gateway.tables import GATEWAY
from libs.kit.access.passports import Passport, sign
from libs.kit.access.workload import Workload
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from libs.kit.contract import methods
from libs.kit.dates import timestamp
from libs.kit.errors import Fault
from libs.kit.ids import uuid7
from libs.kit.rpc.channels import Channel
from libs.kit.rpc.status import Failed, status_of
from mainstay.identity.v1 import passports_pb2
from tests.support.postgres import Databases

PORTAL = "http://localhost:8080"
ISSUER = "http://localhost:8082"
CLIENT_SECRET = "the front door's own secret"
WORKLOAD_SECRET = "a secret that only the tests' processes know"
KEYRING = "test:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
SETTINGS: dict[str, Any] = {
    "database_url": "x",
    "bus_url": "x",
    "keyring": KEYRING,
    "workload_secret": WORKLOAD_SECRET,
    "issuer": ISSUER,
    "oidc_client_secret": CLIENT_SECRET,
}
_KEY = RSAKey.generate_key(2048, {"kid": "identity"})

Answer = Message | Fault | Callable[[bytes, Mapping[str, str]], Message]


@dataclass
class Heard:
    """A call as a service received it."""

    name: str
    raw: bytes
    meta: dict[str, str]
    timeout: float


class StubServices:
    """A channel that answers by method name, `PeopleService/GetEmployee`; an empty message where it has no answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.heard: list[Heard] = []

    async def call(self, name: str, raw: bytes, meta: Mapping[str, str], timeout: float) -> bytes:  # noqa: ASYNC109 - a channel
        self.heard.append(Heard(name, raw, dict(meta), timeout))
        answer = self.answers.get(name.rpartition(".")[2])
        if callable(answer) and not isinstance(answer, Message):
            answer = answer(raw, meta)
        if isinstance(answer, Fault):
            raise Failed(status_of(answer, meta.get("accept-language", "zh-CN"), meta.get("mainstay-request-id", "")))
        message = answer if isinstance(answer, Message) else methods()[name].response()
        return message.SerializeToString()

    async def close(self) -> None:
        return None


class StubIdentity(StubServices):
    """Identity as far as the front door asks it: it makes passports and counts them."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__()
        self._clock = clock
        self._workload = Workload("identity", WORKLOAD_SECRET, clock)
        self.accounts: dict[str, UUID] = {}
        self.epochs: dict[str, int] = {}
        self.issued: list[passports_pb2.IssuePassportRequest] = []
        self.answers["PassportService/IssuePassport"] = self._issue
        self.refusal: Fault | None = None
        # What everybody chose; empty for nobody has.
        self.language = "en"

    def account(self, username: str) -> UUID:
        return self.accounts.setdefault(username, uuid7())

    def _issue(self, raw: bytes, meta: Mapping[str, str]) -> Message:
        self._workload.read(meta["mainstay-workload"])
        if self.refusal is not None:
            raise Failed(status_of(self.refusal, meta.get("accept-language") or "zh-CN", ""))
        request = passports_pb2.IssuePassportRequest.FromString(raw)
        self.issued.append(request)
        now = self._clock.now()
        person = request.use == passports_pb2.PASSPORT_USE_SESSION
        passport = Passport(
            account_id=self.account(request.username),
            employee_id=uuid7() if person else None,
            username=request.username,
            kind="person" if person else "system",
            session_id=request.session_id,
            epoch=self.epochs.get(request.username, 1),
            language=self.language,
            signed_in_at=request.signed_in_at.ToDatetime(now.tzinfo),
            issued_at=now,
            expires_at=now + timedelta(seconds=60),
            rights={},
        )
        return passports_pb2.Passport(
            token=sign(passport, _KEY).decode(),
            account_id=str(passport.account_id),
            epoch=passport.epoch,
            expires_at=timestamp(passport.expires_at),
            language=passport.language,
        )


@dataclass
class House:
    """The front door with everything around it. `browser` keeps cookies, `portal` calls as the web app does."""

    gateway: Gateway
    issuer: DevelopmentIssuer
    identity: StubIdentity
    employees: StubServices
    clock: MovableClock
    bus: LocalBus
    channels: dict[str, Channel]
    systems: dict[str, str] = field(default_factory=dict)
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> Browser:
        transport = httpx.ASGITransport(app=self.gateway.asgi, raise_app_exceptions=False)
        there = httpx.ASGITransport(app=self.issuer.asgi)
        client = httpx.AsyncClient(
            mounts={PORTAL: transport, ISSUER: there}, base_url=PORTAL, headers={"accept-language": "en"}
        )
        self.browsers.append(client)
        return Browser(client)

    async def token(self, client_id: str = "erp") -> str:
        self.systems.setdefault(client_id, "a system's secret")
        fields = {"grant_type": "client_credentials"}
        secret = self.systems[client_id]
        answer = await self.browser().http.post(f"{ISSUER}/token", data=fields, auth=(client_id, secret))
        return str(answer.json()["access_token"])


@dataclass
class Browser:
    http: httpx.AsyncClient

    async def begin(self, path: str = "/auth/sign-in", return_to: str = "/") -> httpx.Response:
        """Leaves for the issuer and stands before its page, or is sent straight back."""
        left = await self.http.get(path, params={"return_to": return_to})
        assert left.status_code == 303, left.text
        return await self.http.get(left.headers["location"])

    async def confirm(self, page: httpx.Response, username: str) -> str:
        """Clicks a card and returns the address of the callback; an issuer that knows the person has not asked."""
        if page.status_code == 303:
            return str(page.headers["location"])
        found = re.search(r'name="request" value="([^"]+)"', page.text)
        assert found, page.text
        form = {"request": unescape(found[1]), "card": username}
        clicked = await self.http.post(f"{ISSUER}/sign-in", data=form)
        assert clicked.status_code == 303, clicked.text
        return str(clicked.headers["location"])

    async def sign_in(self, username: str = "hr.admin", return_to: str = "/") -> httpx.Response:
        callback = await self.confirm(await self.begin(return_to=return_to), username)
        assert urlsplit(callback).path == "/auth/callback"
        return await self.http.get(callback)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {"x-mainstay": "portal", **options.pop("headers", {})}
        return await self.http.post(path, json={} if body is None else body, headers=headers, **options)


@pytest.fixture
def front_settings() -> dict[str, Any]:
    """What a test changes before its front door is made."""
    return {}


@dataclass(frozen=True)
class Ground:
    """What the front doors of all tests stand on in turn: making it anew costs seconds on a busy machine."""

    database: str
    bus: str
    issuer_key: Path


@pytest.fixture(scope="session")
async def ground(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    key = tmp_path_factory.mktemp("issuer") / "key.json"
    made = Ground(await databases.fresh("gateway"), await databases.empty(), key)
    yield made
    await databases.drop(made.database)
    await databases.drop(made.bus)


@pytest.fixture
async def house(ground: Ground, tmp_path: Path, front_settings: dict[str, Any]) -> AsyncIterator[House]:
    clock = MovableClock()
    urls = [ground.database, ground.bus]
    bus = LocalBus(urls[1], clock)
    await bus.open()
    identity, employees = StubIdentity(clock), StubServices()
    systems: dict[str, str] = {}
    settings = GatewaySettings(
        **{
            **SETTINGS,
            "database_url": urls[0],
            "bus_url": urls[1],
            "public_url": PORTAL,
            "listen": "127.0.0.1:0",
            "edge_listen": "127.0.0.1:0",
            "portal": tmp_path / "dist",
            **front_settings,
        }
    )
    issuer = DevelopmentIssuer(
        DevelopmentIssuerSettings(
            address=ISSUER,
            listen="127.0.0.1:8082",
            key_file=ground.issuer_key,
            client_id=settings.oidc_client_id,
            client_secret=CLIENT_SECRET,
            redirect_uris=(f"{PORTAL}/auth/callback",),
            after_sign_out=(f"{PORTAL}/",),
            password="a demo password",
        ),
        clock,
        find_user=_found,
        check_client=lambda name, secret: _checked(systems, name, secret),
        cards=[Card(name, name, name, "角色", "role") for name in ("hr.admin", "manager.quality")],
    )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer.asgi))
    channels: dict[str, Channel] = {"identity": identity, "employees": employees}
    gateway = Gateway(
        settings,
        clock=clock,
        bus=bus,
        channels=channels,
        issuer=Issuer(settings, clock, http),
    )
    await gateway.start()
    async with gateway.database.transaction() as session:
        for table in GATEWAY.sorted_tables:
            await session.run(delete(table))
    made = House(gateway, issuer, identity, employees, clock, bus, channels, systems)
    yield made
    for browser in made.browsers:
        await browser.aclose()
    await gateway.stop()
    await bus.close()


async def _found(username: str) -> Person | None:
    return Person(f"subject-{username}", username, username) if username != "nobody" else None


async def _checked(systems: Mapping[str, str], name: str, secret: str) -> bool:
    return systems.get(name) == secret
