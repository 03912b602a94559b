"""The embedded platform with the demo company, on free ports and a movable clock."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Page

from libs.kit.bus import Following
from libs.kit.clock import MovableClock
from services.__main__ import EmbeddedSettings, Platform
from services.employees.demo import SIGN_INS
from services.identity import ledger, register
from tests.support.browser_session import Session
from tests.support.company import Company, eventually
from tests.support.ports import free_port


class EmbeddedCompany(Company):
    """In this process: `platform` gives a test what no shape else could."""

    short = timedelta(minutes=2)

    def __init__(self, platform: Platform, sessions: AsyncExitStack) -> None:
        self.platform = platform
        self.clock: MovableClock = platform.clock  # type: ignore[assignment]
        self.address = platform.address
        self.edge = f"localhost:{platform.settings.edge_port}"
        self.token_url = f"{platform.issuer}/token"
        self.erp_secret = platform.secrets.erp_client_secret
        self._sessions = sessions

    def now(self) -> datetime:
        return self.clock.now()

    async def pass_time(self, span: timedelta) -> None:
        self.clock.move(span)

    async def sign_in(self, name: str, language: str = "zh-CN") -> Session:
        session = await self._sessions.enter_async_context(Session(self.address, language))
        return await session.sign_in(name)

    async def sign_in_by_password(self, name: str) -> Session:
        return await self.sign_in(name)

    async def sign_in_once_known(self, number: str) -> Session:
        identity = self.platform.runtimes["identity"]

        async def known() -> bool:
            async with identity.database.reading() as session:
                found = await register.by_name(session, number)
                return bool(found and await ledger.of(session, found[0]["account_id"]))

        await eventually(known)
        return await self.sign_in(number)

    def follow(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Following]:
        return self.platform.bus.follow(topics)

    async def choose_account(self, page: Page, name: str) -> None:
        """By a click on the card, or by the form for somebody who has none."""
        number = next((one.number for one in SIGN_INS if one.name == name), "")
        if number:
            await page.get_by_test_id(f"card-{number}").click()
            return
        await page.locator("input[name=username]").fill(name)
        await page.locator("input[name=password]").fill(self.platform.settings.demo_password)
        await page.locator(".form button").click()

    async def prove_fully(self, page: Page, name: str) -> None:
        """The development issuer asks for everything at once."""


@asynccontextmanager
async def embedded_platform() -> AsyncIterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="mainstay-scenario-", ignore_cleanup_errors=True) as folder:
        settings = EmbeddedSettings(
            port=free_port(), edge_port=free_port(), issuer_port=free_port(), admin_port=free_port(), data=Path(folder)
        )
        platform = Platform(settings, clock=MovableClock(), tell=False)
        await platform.start()
        try:
            yield platform
        finally:
            await platform.stop()
