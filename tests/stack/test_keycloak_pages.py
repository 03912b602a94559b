"""Keycloak's pages at a real browser: whole ways through them, readable by everybody, nothing from elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Page, Request, async_playwright, expect

from tests.support.keycloak import Realm
from tests.support.keycloak_pages import Credentials, KeycloakRefused, pass_keycloak_in_browser
from tests.support.keycloak_sign_in import Leaving, Window, claims_of, front_door_stub
from tests.support.visitor import DESK, PHONE, start_chromium

Open = Callable[[], Window]
AXE = Path(__file__).parents[2] / "gateway/portal/node_modules/axe-core/axe.min.js"
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 160))}`)"""
TOO_WIDE = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await start_chromium(playwright)
        yield chromium
        await chromium.close()


@dataclass
class Critic:
    """Looks at each page somebody comes through and notes what is wrong with it."""

    own: str
    seen: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def look(self, page: Page) -> None:
        name = str(await page.locator("body").get_attribute("data-page-id"))
        self.seen.append(name)
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        self.wrong += [f"{name} {finding}" for finding in await page.evaluate(RUN_AXE)]
        if await page.evaluate(TOO_WIDE):
            self.wrong.append(f"{name} is wider than the window")

    def hear(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in {urlsplit(self.own).hostname, None}:
            self.wrong.append(f"loads {request.url}")


@asynccontextmanager
async def opened(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    width, height = desk.size
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=desk.scheme)
    page = await context.new_page()
    yield page
    await context.close()


async def level_reached(window: Window, leaving: Leaving, page: Page) -> str:
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    return str(claims_of((await window.redeem(code, leaving.verifier))["id_token"])["acr"])


@dataclass(frozen=True)
class Desk:
    """Where somebody sits: language, size of the window, light or dark."""

    language: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"]


@pytest.mark.parametrize("desk", [Desk("zh-CN", DESK, "light"), Desk("en", PHONE, "dark")], ids=["desk", "phone"])
async def test_a_first_day_from_password_to_second_factor(
    keycloak: Realm, window: Open, browser: Browser, desk: Desk
) -> None:
    person = await keycloak.add_person(f"e{secrets.token_hex(4)}", temporary=True)
    person.new_password = "a-good-long-one-2026"
    critic, door = Critic(keycloak.server.address), window()
    async with front_door_stub(door.home), opened(browser, desk) as page:
        page.on("request", critic.hear)
        leaving = door.leave(acr_values="mfa", ui_locales=desk.language)
        await page.goto(leaving.address)
        await pass_keycloak_in_browser(page, person, look=critic.look)
        assert await level_reached(door, leaving, page) == "mfa"
        await page.goto(door.leave(acr_values="mfa", max_age="0", prompt="login", ui_locales=desk.language).address)
        await pass_keycloak_in_browser(page, person, look=critic.look)
        await page.goto(door.leave(redirect_uri="http://localhost:1/", ui_locales=desk.language).address)
        await critic.look(page)
    assert not critic.wrong, "\n".join(critic.wrong)
    assert [name.removeprefix("login-") for name in critic.seen] == [
        "login",
        "login-update-password",
        "login-config-totp",
        "login",
        "login-otp",
        "error",
    ]


async def test_a_security_key_is_registered_and_then_asked_for(keycloak: Realm, window: Open, browser: Browser) -> None:
    person = await keycloak.add_person(f"e{secrets.token_hex(4)}")
    door = window()
    async with front_door_stub(door.home), opened(browser, Desk("zh-CN", DESK, "light")) as page:
        await plug_in_key(page.context, page)
        await page.goto(door.leave(kc_action="webauthn-register").address)
        await type_password(page, person)
        await page.locator("#registerWebAuthn").click()
        await page.wait_for_url(f"{door.home}/**")
        with pytest.raises(KeycloakRefused, match="安全密钥"):
            await window().sign_in(Credentials(person.username, person.password), acr_values="mfa")
        with pytest.raises(KeycloakRefused, match="安全密钥"):
            await window().sign_in(Credentials(person.username, person.password), kc_action="CONFIGURE_TOTP")
        leaving = door.leave(acr_values="mfa", prompt="login")
        await page.goto(leaving.address)
        await type_password(page, person)
        await page.locator("#authenticateWebAuthnButton").click()
        await page.wait_for_url(f"{door.home}/**")
        assert await level_reached(door, leaving, page) == "mfa"


async def plug_in_key(context: BrowserContext, page: Page) -> None:
    """A security key that says yes to everything, in the browser's own simulation."""
    console = await context.new_cdp_session(page)
    await console.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True}
    always = {"isUserVerified": True, "automaticPresenceSimulation": True}
    await console.send("WebAuthn.addVirtualAuthenticator", {"options": key | always})

    async def name_it(dialog: Dialog) -> None:
        await dialog.accept("my key")

    page.on("dialog", name_it)


async def type_password(page: Page, person: Credentials) -> None:
    name = page.locator("input[name=username]")
    await expect(page.locator("#kc-form-login")).to_be_visible()
    if await name.is_visible():
        await name.fill(person.username)
    await page.locator("input[name=password]").fill(person.password)
    # The next page's button does nothing before its script is there.
    async with page.expect_navigation(wait_until="load"):
        await page.locator("#kc-login").click()
