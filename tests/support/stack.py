"""The real stack with the demo company, signed in to through Keycloak's own pages."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page

from libs.kit import contract
from libs.kit.bus import Following
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from tests.support.browser_session import Session
from tests.support.company import Company, eventually
from tests.support.keycloak_pages import Credentials, like_a_browser, pass_keycloak, pass_keycloak_in_browser
from tools.stack.settings import EDGE, StackSettings
from tools.stack.stack import Stack

# The front door's port and those that follow it, of two replicas.
_PORTS = 160
NEW_PASSWORD = "a-password-of-their-own-2026"


def free_block() -> int:
    """A first port such that it and all that follow it are free. Below the range that systems hand out themselves."""
    for first in range(20_000 + os.getpid() % 50 * 200, 32_000, 200):
        if all(_free(first + offset) for offset in range(_PORTS)):
            return first
    raise OSError("no block of free ports")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class StackCompany(Company):
    """Signs people in through Keycloak's pages, with a second factor: they enrol it at their first sign-in."""

    short = timedelta(seconds=4)

    def __init__(self, stack: Stack, credentials: dict[str, Credentials], sessions: AsyncExitStack) -> None:
        self.stack = stack
        self.address = stack.address
        self.edge = f"localhost:{stack.settings.port + EDGE}"
        self.token_url = f"{stack.settings.issuer}/protocol/openid-connect/token"
        self.erp_secret = stack.secrets.erp_client
        self._credentials = credentials
        self._sessions = sessions

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def pass_time(self, span: timedelta) -> None:
        await asyncio.sleep(span.total_seconds())

    def credentials(self, name: str) -> Credentials:
        number = self.number(name)
        return self._credentials.setdefault(number, Credentials(number, self.stack.settings.demo_password))

    async def sign_in(self, name: str, language: str = "zh-CN") -> Session:
        session = await self._sessions.enter_async_context(Session(self.address, language))
        like_a_browser(session.client)
        for door in ("/auth/sign-in", "/auth/step-up"):
            await self._through(session.client, f"{door}?return_to=/", self.credentials(name))
        return session

    async def sign_in_by_password(self, name: str) -> Session:
        session = await self._sessions.enter_async_context(Session(self.address))
        like_a_browser(session.client)
        await self._through(session.client, "/auth/sign-in?return_to=/", self.credentials(name))
        return session

    async def sign_in_once_known(self, number: str) -> Session:
        """HR gives them a first password as soon as their account is there; they choose one of their own."""
        hr = await self.sign_in("hr.admin")

        async def account() -> str:
            found = (await hr.get("/v1/accounts", query=number)).get("accounts", [])
            return next((one["accountId"] for one in found if one["username"] == number), "")

        async def password() -> str:
            answer = await hr.client.post(
                f"/v1/accounts/{account_id}:issueFirstPassword", json={}, headers={"X-Mainstay": "portal"}
            )
            return answer.json()["password"] if answer.is_success else ""

        account_id = await eventually(account)
        self._credentials[number] = Credentials(number, await eventually(password), NEW_PASSWORD)
        return await self.sign_in(number)

    async def _through(self, client: httpx.AsyncClient, door: str, credentials: Credentials) -> None:
        async def arrived() -> bool:
            begun = await client.get(door)
            if begun.status_code == 503:
                # The page that asks to wait tries again by itself, as a browser shows it.
                return False
            answer = await pass_keycloak(client, begun, credentials)
            assert answer.status_code in {200, 503}, (answer.status_code, answer.text[:500])
            return answer.status_code == 200

        await eventually(arrived, seconds=60)

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[Following]:
        tls = self.stack.certificates.of("admin")
        async with open_bus(self.stack.kafka.url, SystemClock(), client="test", tls=tls) as bus:
            await bus.ensure_topics(contract.topics())
            async with bus.follow(topics) as following:
                yield following

    async def choose_account(self, page: Page, name: str) -> None:
        await pass_keycloak_in_browser(page, self.credentials(name))

    async def prove_fully(self, page: Page, name: str) -> None:
        await page.goto("/auth/step-up?return_to=/")
        await pass_keycloak_in_browser(page, self.credentials(name))


@asynccontextmanager
async def running_stack(**settings: Any) -> AsyncIterator[Stack]:
    """A stack of its own on free ports and an empty folder; MAINSTAY_TELL shows how it comes up."""
    with tempfile.TemporaryDirectory(prefix="mainstay-stack-", ignore_cleanup_errors=True) as folder:
        given = StackSettings(port=free_block(), data=Path(folder), **settings)
        traced = {"MAINSTAY_TRACE_FILE": str(Path(folder) / "spans.jsonl")}
        stack = Stack(given, tell=bool(os.environ.get("MAINSTAY_TELL")), environment=traced)
        await stack.start()
        try:
            yield stack
        finally:
            await stack.stop()
