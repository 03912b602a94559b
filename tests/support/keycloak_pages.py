"""Signing in through Keycloak's real pages: by HTTP as a script, and in a browser as a person."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Self
from urllib.parse import urljoin
from urllib.request import Request

import httpx
from playwright.async_api import Page, expect

_LOGIN, _OTP, _ENROL, _PASSWORD = "kc-form-login", "kc-otp-login-form", "kc-totp-settings-form", "kc-passwd-update-form"
_FORMS = (_LOGIN, _OTP, _ENROL, _PASSWORD)
# Password, new password, enrolment, and as many redirects between them.
_MOST_STEPS = 20
_PERIOD_SECONDS = 30
# Keycloak takes each code once, from one period ago to one ahead; from one ago only as long as this period lasts.
_NEARBY = (0, 1, -1)
_LATE_SECONDS = 20
# A name without a dot is kept with `.local`.
_LOOPBACK = frozenset({"localhost.local", "127.0.0.1"})
_spent: set[tuple[str, int]] = set()


@dataclass
class Credentials:
    """What a person types. `totp_secret` (base32) is written here when Keycloak has them enrol."""

    username: str
    password: str
    new_password: str = ""
    totp_secret: str = ""


class KeycloakRefused(Exception):
    """Keycloak did not let them through; the text is what its page said."""


def totp(secret: str, counter: int) -> str:
    """RFC 6238 with SHA-1 and six digits, as the realm's policy says. `secret` in base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, counter.to_bytes(8), hashlib.sha1)
    at = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


async def fresh_code(secret: str) -> str:
    """A code that was not given out before in this run; waits for the next period when there is none."""
    while True:
        now, late = int(time.time()) // _PERIOD_SECONDS, time.time() % _PERIOD_SECONDS > _LATE_SECONDS
        for counter in (now + offset for offset in _NEARBY):
            if (secret, counter) not in _spent and not (late and counter < now):
                _spent.add((secret, counter))
                return totp(secret, counter)
        await asyncio.sleep(_PERIOD_SECONDS - time.time() % _PERIOD_SECONDS)


class _LoopbackCookies(DefaultCookiePolicy):
    """Sends Secure cookies by plain HTTP too, as browsers do on loopback."""

    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        # Not `secure_protocols`: httpx copies its cookies into a jar with the default policy to send them.
        cookie.secure = cookie.secure and cookie.domain not in _LOOPBACK
        return bool(super().set_ok(cookie, request))


def like_a_browser(client: httpx.AsyncClient) -> None:
    """Lets the client keep and send Keycloak's cookies, which are Secure on loopback too."""
    client.cookies.jar.set_policy(_LoopbackCookies())


async def pass_keycloak(client: httpx.AsyncClient, answer: httpx.Response, credentials: Credentials) -> httpx.Response:
    """Goes on from a redirect of ours to Keycloak, until Keycloak sends us back; returns our own answer to that.

    Raises KeycloakRefused with the page's words when it does not.
    """
    home = _origin(answer.url)
    address = await answer_keycloak(client, answer.headers["location"], credentials, home=home)
    return await client.get(address, follow_redirects=False)


async def answer_keycloak(client: httpx.AsyncClient, address: str, credentials: Credentials, *, home: str) -> str:
    """The address at `home` (scheme, host, port) that Keycloak leads to from `address`, not yet fetched."""
    like_a_browser(client)
    answer = await client.get(address, follow_redirects=False)
    seen: set[str] = set()
    for _ in range(_MOST_STEPS):
        if answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if _origin(httpx.URL(target)) == home:
                return target
            answer = await client.get(target, follow_redirects=False)
            continue
        page = KeycloakPage.read(answer.text)
        if page.form is None or page.form.name in seen:
            raise KeycloakRefused(page.told)
        seen.add(page.form.name)
        fields = page.form.hidden | await _filled(page.form, credentials)
        answer = await client.post(urljoin(str(answer.url), page.form.action), data=fields, follow_redirects=False)
    raise KeycloakRefused("no end of pages")


async def _filled(form: Form, credentials: Credentials) -> dict[str, str]:
    match form.name:
        case "kc-form-login":
            # A person whom Keycloak knows already is asked for the password alone.
            named = {"username": credentials.username} if "username" in form.inputs else {}
            return named | {"password": credentials.password}
        case "kc-otp-login-form":
            if not credentials.totp_secret:
                raise KeycloakRefused("asks for a code, and no secret was given")
            return {"otp": await fresh_code(credentials.totp_secret)}
        case "kc-totp-settings-form":
            credentials.totp_secret = _base32(form.hidden["totpSecret"])
            return {"totp": await fresh_code(credentials.totp_secret), "userLabel": "test"}
        case _:
            _take_new_password(credentials)
            return {"password-new": credentials.password, "password-confirm": credentials.password}


def _take_new_password(credentials: Credentials) -> None:
    if not credentials.new_password:
        raise KeycloakRefused("asks for a new password, and none was given")
    credentials.password, credentials.new_password = credentials.new_password, ""


def _base32(secret: str) -> str:
    return base64.b32encode(secret.encode()).decode().rstrip("=")


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


@dataclass
class Form:
    name: str
    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)


class KeycloakPage(HTMLParser):
    """What matters of a page: the form we know, its language, and the words a person reads."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self.language = ""
        self._open: Form | None = None
        self._silent = 0
        self._main = False
        self._words: list[str] = []

    @classmethod
    def read(cls, html: str) -> Self:
        page = cls()
        page.feed(html)
        page.close()
        return page

    @property
    def told(self) -> str:
        return " ".join(self._words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "main":
            self._main = True
        elif tag in {"script", "style", "select"}:
            self._silent += 1
        elif tag == "form":
            self._open = Form(given.get("id", ""), given.get("action", ""))
            if self._open.name in _FORMS:
                self.form = self._open
        elif tag == "input" and self._open is not None and "name" in given:
            self._open.inputs.add(given["name"])
            if given.get("type") == "hidden":
                self._open.hidden[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "select"}:
            self._silent -= 1
        elif tag == "form":
            self._open = None
        elif tag == "main":
            self._main = False

    def handle_data(self, data: str) -> None:
        if self._main and not self._silent and data.strip():
            self._words.append(" ".join(data.split()))


# -- in a browser


async def pass_keycloak_in_browser(
    page: Page, credentials: Credentials, *, look: Callable[[Page], Awaitable[None]] | None = None
) -> None:
    """Fills in what Keycloak asks on a page that is on its way there; returns when the browser has left Keycloak.

    Raises KeycloakRefused with the page's words when a form comes again or the page has none. `look` sees every page
    before it is filled in.
    """
    await page.wait_for_url("**/realms/**")
    keycloak = _origin(httpx.URL(page.url))
    seen: set[str] = set()
    while _origin(httpx.URL(page.url)) == keycloak:
        name = await _form_in_browser(page)
        if look is not None:
            await look(page)
        if not name or name in seen:
            raise KeycloakRefused(" ".join((await page.locator("main").inner_text()).split()))
        seen.add(name)
        await _fill_in_browser(page, name, credentials)
        async with page.expect_navigation(wait_until="load"):
            await page.locator(f"#{name} [type=submit]").first.click()


async def _form_in_browser(page: Page) -> str:
    await expect(page.locator("main")).to_be_visible()
    for name in _FORMS:
        if await page.locator(f"#{name}").count():
            return name
    return ""


async def _fill_in_browser(page: Page, name: str, credentials: Credentials) -> None:
    form = page.locator(f"#{name}")
    hidden = {"totpSecret": await page.locator("#totpSecret").input_value()} if name == _ENROL else {}
    shown = {"username"} if await form.locator("input[name=username]:visible").count() else set()
    for field_name, value in (await _filled(Form(name, "", hidden, shown), credentials)).items():
        await form.locator(f"input[name={field_name}]").fill(value)
