"""The embedded platform with the demo company, started once for all scenarios, on free ports and a movable clock."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from libs.kit.clock import MovableClock
from services.__main__ import EmbeddedSettings, Platform
from services.employees.demo import SIGN_INS
from services.identity import ledger, register
from tests.support.browser_session import Session
from tests.support.ports import free_port

PART = 1024 * 1024


class Company:
    """The demo company behind its front door."""

    def __init__(self, platform: Platform, sessions: AsyncExitStack) -> None:
        self.platform = platform
        self.clock: MovableClock = platform.clock  # type: ignore[assignment]
        self._sessions = sessions

    @property
    def address(self) -> str:
        return self.platform.address

    def number(self, name: str) -> str:
        """The employee number behind a sign-in of the demo company, `hr.admin`."""
        return next(one.number for one in SIGN_INS if one.name == name)

    async def sign_in(self, name: str, language: str = "zh-CN") -> Session:
        """Signs in one of the demo's people, by sign-in name or by employee number."""
        session = await self._sessions.enter_async_context(Session(self.address, language))
        return await session.sign_in(name)

    async def sign_in_once_known(self, number: str) -> Session:
        """Signs in somebody who was hired a moment ago: identity opens the account when it hears of it."""
        identity = self.platform.runtimes["identity"]
        for _ in range(200):
            async with identity.database.reading() as session:
                found = await register.by_name(session, number)
                if found and await ledger.of(session, found[0]["account_id"]):
                    break
            await asyncio.sleep(0.05)
        return await self.sign_in(number)


async def find_person(session: Session, number: str) -> dict[str, Any]:
    """The list's row of a person by employee number."""
    found = (await session.get("/v1/employees", query=number)).get("employees", [])
    return next(row for row in found if row["number"] == number)


async def upload(session: Session, kind: str, name: str, content: bytes) -> dict[str, Any]:
    """Uploads a file the way the wizard does and returns the import once its columns are read."""
    made = await session.post("/v1/imports", kind=kind, fileName=name, fileSize=str(len(content)))
    for part in range(0, len(content), PART):
        body = base64.b64encode(content[part : part + PART]).decode()
        made = await session.post(f"/v1/imports/{made['importId']}/parts", part=part // PART, content=body)
    result: dict[str, Any] = made
    return result


@pytest.fixture(scope="session")
async def platform() -> AsyncIterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="mainstay-scenario-", ignore_cleanup_errors=True) as folder:
        settings = EmbeddedSettings(
            port=free_port(), edge_port=free_port(), issuer_port=free_port(), admin_port=free_port(), data=Path(folder)
        )
        platform = Platform(settings, clock=MovableClock(), tell=False)
        await platform.start()
        yield platform
        await platform.stop()


@pytest.fixture
async def company(platform: Platform) -> AsyncIterator[Company]:
    async with AsyncExitStack() as sessions:
        yield Company(platform, sessions)
