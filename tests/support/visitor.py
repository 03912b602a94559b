"""Somebody at a real browser: signs in by a card, clicks, and notices whatever the browser complains about."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, expect

from tests.support.company import Company
from tools.check import CHROMIUM

DESK, LAPTOP, PHONE = (1440, 900), (1280, 800), (390, 844)
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_PATIENCE_MS = 15_000
# A violation that some script catches would otherwise pass unseen.
_TELL_VIOLATIONS = """
  document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile, lineNumber}) =>
    console.error(`content policy: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`));
"""
_TOO_WIDE = """() => {
  const page = document.scrollingElement;
  const found = page.scrollWidth > page.clientWidth ? [`the page by ${page.scrollWidth - page.clientWidth} px`] : [];
  for (const table of document.querySelectorAll("table")) {
    const over = table.getBoundingClientRect().right - table.parentElement.getBoundingClientRect().right;
    if (over > 1) found.push(`the table ${table.getAttribute("aria-label")} by ${Math.round(over)} px`);
  }
  return found;
}"""
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


async def start_chromium(playwright: Playwright) -> Browser:
    """Debian's Chromium, not one of Playwright's own downloads."""
    expect.set_options(timeout=_PATIENCE_MS)
    found = next(filter(None, map(shutil.which, CHROMIUM)))
    return await playwright.chromium.launch(executable_path=found, args=_FLAGS)


class Visitor:
    """One browser window of one person. `page` is Playwright's own."""

    def __init__(self, context: BrowserContext, page: Page, company: Company) -> None:
        self.context = context
        self.page = page
        self._company = company
        self._complaints: list[str] = []
        self._refusals: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(f"uncaught: {error}"))

    @classmethod
    async def enter(cls, browser: Browser, company: Company, *, language: str, size: tuple[int, int]) -> Self:
        width, height = size
        address = company.address
        phone = size == PHONE
        context = await browser.new_context(
            base_url=address,
            locale=language,
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            has_touch=phone,
            reduced_motion="reduce",
            # They chose their language at this desk before; else the account's own would hold.
            storage_state={
                "cookies": [],
                "origins": [
                    {"origin": address, "localStorage": [{"name": "mainstay.language", "value": language}]},
                ],
            },
        )
        context.set_default_timeout(_PATIENCE_MS)
        await context.add_init_script(_TELL_VIOLATIONS)
        return cls(context, await context.new_page(), company)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        refused = _REFUSED.match(message.text)
        where = urlsplit(message.location.get("url", "")).path
        if refused and (refused[1], where) == ("401", "/auth/session"):
            # Whoever is not signed in yet asks whether they are.
            return
        if refused and refused[1] == "403" and where.startswith("/v1/"):
            self._refusals.append(where)
        else:
            self._complaints.append(f"{message.text} ({where})")

    def refusals(self) -> list[str]:
        """Which paths were answered with 403 since this was last asked. A story has to ask when it means them."""
        heard, self._refusals = self._refusals, []
        return heard

    def complaints(self) -> list[str]:
        """Errors in the console, uncaught exceptions, breaches of the content policy, refusals nobody reckoned with."""
        return self._complaints + [f"403 {path}" for path in self._refusals]

    def at(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    async def open(self, path: str) -> None:
        await self.page.goto(path)

    async def sign_in(self, name: str) -> Self:
        """From the front page by a click on the card, or by the form for somebody who has none."""
        await self.open("/")
        await self.at("sign-in").click()
        await self.choose_account(name)
        await expect(self.at("person-menu")).to_be_visible()
        return self

    async def prove_fully(self, name: str) -> None:
        """What sensitive calls ask of somebody beyond the sign-in, before they ask. Leads home."""
        await self._company.prove_fully(self.page, name)
        await expect(self.at("person-menu")).to_be_visible()

    async def choose_account(self, name: str) -> None:
        """On the issuer's page, wherever one came from."""
        await self._company.choose_account(self.page, name)

    async def choose(self, field: str | Locator, text: str, *, search: str = "") -> None:
        """Picks from a list of choices, typing `search` first where there are many."""
        chooser = self.at(field) if isinstance(field, str) else field
        await chooser.click()
        if search:
            await chooser.locator("input").fill(search)
        listed = self.page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)")
        option = listed.locator(".ant-select-item-option, .ant-select-tree-treenode").filter(has_text=text)
        await option.first.click()

    async def too_wide(self) -> list[str]:
        """What does not fit: the page into the window, a table into its place."""
        found: list[str] = await self.page.evaluate(_TOO_WIDE)
        return found

    async def settled(self) -> None:
        """Waits until the page has its heading and nothing on it is still being read."""
        await expect(self.page.locator("main h1")).to_be_visible()
        await expect(self.page.locator("main").get_by_role("status")).to_have_count(0)

    async def shoot(self, file: Path) -> None:
        await self.page.screenshot(path=file, full_page=True)
