"""The demo company behind its front door, whatever shape Mainstay runs in: stories are told once, for all shapes."""

from __future__ import annotations

import asyncio
import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from playwright.async_api import Page

from libs.kit.bus import Following
from services.employees.demo import SIGN_INS
from tests.support.browser_session import Session

_PART = 1024 * 1024


class Company(ABC):
    """`short` is a stretch of time that a story can afford to `pass_time` in this shape."""

    address: str
    short: timedelta
    # The gRPC edge, the issuer's token endpoint and what the demo's ERP proves itself with there.
    edge: str
    token_url: str
    erp_secret: str

    def number(self, name: str) -> str:
        """The employee number behind a sign-in of the demo company, `hr.admin`; any other name is one itself."""
        return next((one.number for one in SIGN_INS if one.name == name), name)

    @abstractmethod
    def now(self) -> datetime: ...

    @abstractmethod
    async def pass_time(self, span: timedelta) -> None: ...

    @abstractmethod
    async def sign_in(self, name: str, language: str = "zh-CN") -> Session:
        """Signs in one of the demo's people, by sign-in name or by employee number."""

    @abstractmethod
    async def sign_in_by_password(self, name: str) -> Session:
        """Without the second factor that sensitive calls need, where there is one."""

    @abstractmethod
    async def sign_in_once_known(self, number: str) -> Session:
        """Signs in somebody who was hired a moment ago, as soon as they can."""

    @abstractmethod
    def follow(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Following]:
        """Everything published to some topics, as the bus's own subscribers get it."""

    @abstractmethod
    async def choose_account(self, page: Page, name: str) -> None:
        """On the issuer's page in a browser, wherever one came from."""

    @abstractmethod
    async def prove_fully(self, page: Page, name: str) -> None:
        """What sensitive calls ask for beyond the sign-in, before they ask."""


async def find_person(session: Session, number: str) -> dict[str, Any]:
    """The list's row of a person by employee number."""
    found = (await session.get("/v1/employees", query=number)).get("employees", [])
    return next(row for row in found if row["number"] == number)


async def upload(session: Session, kind: str, name: str, content: bytes) -> dict[str, Any]:
    """Uploads a file the way the wizard does and returns the import once its columns are read."""
    made = await session.post("/v1/imports", kind=kind, fileName=name, fileSize=str(len(content)))
    for part in range(0, len(content), _PART):
        body = base64.b64encode(content[part : part + _PART]).decode()
        made = await session.post(f"/v1/imports/{made['importId']}/parts", part=part // _PART, content=body)
    result: dict[str, Any] = made
    return result


async def eventually(found: Callable[[], Any], seconds: float = 15) -> Any:
    """The first answer of an asynchronous question that is not empty. Fails when there is none in time."""
    async with asyncio.timeout(seconds):
        # What is waited for happens in other processes, which tell nobody here.
        while not (answer := await found()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return answer
