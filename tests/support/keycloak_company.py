"""The demo company behind Keycloak, wherever that runs: people sign in through Keycloak's own pages."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
from playwright.async_api import Page

from tests.support.browser_session import Session
from tests.support.company import Company, eventually
from tests.support.keycloak_pages import Credentials, like_a_browser, pass_keycloak, pass_keycloak_in_browser

NEW_PASSWORD = "a-password-of-their-own-2026"


class KeycloakCompany(Company):
    """Signs people in with a second factor: they enrol it at their first sign-in.

    `credentials` by employee number keeps what they chose; `password` is everybody's first.
    """

    short = timedelta(seconds=4)

    def __init__(self, credentials: dict[str, Credentials], sessions: AsyncExitStack, password: str) -> None:
        self._credentials = credentials
        self._sessions = sessions
        self._password = password

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def pass_time(self, span: timedelta) -> None:
        await asyncio.sleep(span.total_seconds())

    def credentials(self, name: str) -> Credentials:
        number = self.number(name)
        return self._credentials.setdefault(number, Credentials(number, self._password))

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

        # After a restart the whole company may be before them in the queue.
        account_id = await eventually(account, seconds=60)
        self._credentials[number] = Credentials(number, await eventually(password, seconds=60), NEW_PASSWORD)
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

    async def choose_account(self, page: Page, name: str) -> None:
        await pass_keycloak_in_browser(page, self.credentials(name))

    async def prove_fully(self, page: Page, name: str) -> None:
        await page.goto("/auth/step-up?return_to=/")
        await pass_keycloak_in_browser(page, self.credentials(name))
