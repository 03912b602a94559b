"""Stories at a real browser: one company with the demo company, one Chromium, a window for each person of a story."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest
from playwright.async_api import Browser, Error, async_playwright

from tests.support.company import Company
from tests.support.visitor import DESK, Visitor, start_chromium

PORTAL = Path(__file__).parents[2] / "gateway/portal/dist"


class Enter(Protocol):
    """Opens a window. With a name, that person is signed in."""

    def __call__(self, name: str = "", *, language: str = ..., size: tuple[int, int] = ...) -> Awaitable[Visitor]: ...


@pytest.fixture(scope="session", autouse=True)
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The portal as it is built now; building it anew meanwhile changes nothing for the stories."""
    assert (PORTAL / "index.html").exists(), "the portal is not built: make portal"
    kept = tmp_path_factory.mktemp("portal") / "dist"
    shutil.copytree(PORTAL, kept)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MAINSTAY_PORTAL", str(kept))
        yield


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await start_chromium(playwright)
        yield chromium
        await chromium.close()


@pytest.fixture
async def enter(browser: Browser, company: Company, tmp_path: Path) -> AsyncIterator[Enter]:
    """Afterwards no window may have complained. What each one showed last lies in the test's own folder."""
    visitors: list[Visitor] = []

    async def open_window(name: str = "", *, language: str = "zh-CN", size: tuple[int, int] = DESK) -> Visitor:
        visitor = await Visitor.enter(browser, company, language=language, size=size)
        visitors.append(visitor)
        return await visitor.sign_in(name) if name else visitor

    yield open_window
    complaints = []
    for index, visitor in enumerate(visitors):
        with suppress(Error):
            await visitor.shoot(tmp_path / f"window-{index}.png")
        await visitor.context.close()
        complaints += visitor.complaints()
    assert not complaints, "\n".join(complaints)
