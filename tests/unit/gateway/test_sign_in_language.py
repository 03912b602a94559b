"""One language from the page that leads to the sign-in to the first page after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.gateway.conftest import House
from tests.unit.gateway.signing_in import cookies


async def test_the_language_chosen_in_the_portal_goes_along(house: House) -> None:
    browser = house.browser()
    browser.http.cookies.set("mainstay-language", "zh-CN", domain="localhost.local")
    page = await browser.begin()
    assert "登录中坚" in page.text, "at the issuer, whatever the browser itself prefers"
    landed = await browser.http.get(await browser.confirm(page, "hr.admin"))
    assert "正在进入" in landed.text


class TestLanguage:
    """One language from the page that leads to the sign-in, over the issuer's, to the first page after it."""

    @pytest.fixture
    def nobody_chose(self, house: House) -> House:
        house.identity.language = ""
        return house

    async def told(self, house: House, address: str, *, locale: str = "", accepts: str = "") -> tuple[str, str]:
        """Signs in from an address: the language of the issuer's page, and what the portal is told after it."""
        browser = house.browser()
        browser.http.headers["accept-language"] = accepts
        left = await browser.http.get(address)
        asked = parse_qs(urlsplit(left.headers["location"]).query).get("ui_locales", [""])[0]
        page = await browser.http.get(left.headers["location"])
        callback = await browser.confirm(page, "hr.admin")
        if locale:
            claim_locale(house, locale)
        landed = await browser.http.get(callback)
        assert landed.status_code == 200
        return asked, landed.cookies.get("mainstay-sign-in-language") or ""

    async def test_the_sign_in_pages_own_language_is_asked_for_and_carried_on(self, nobody_chose: House) -> None:
        address = "/auth/sign-in?return_to=/&language=en"
        assert await self.told(nobody_chose, address, accepts="zh-CN") == ("en", "en")

    async def test_the_browsers_is_where_no_page_says_one(self, nobody_chose: House) -> None:
        assert await self.told(nobody_chose, "/auth/sign-in", accepts="fr, en;q=0.8") == ("en", "en")
        assert await self.told(nobody_chose, "/auth/sign-in", accepts="fr") == ("", "")

    async def test_what_is_chosen_on_the_issuers_page_holds_over_what_it_was_asked_for(
        self, nobody_chose: House
    ) -> None:
        address = "/auth/sign-in?language=en"
        assert await self.told(nobody_chose, address, locale="zh-CN") == ("en", "zh-CN")
        # A language we do not speak was chosen in vain.
        assert await self.told(nobody_chose, address, locale="ja") == ("en", "en")

    async def test_what_somebody_chose_for_their_account_holds_over_all(self, house: House) -> None:
        house.identity.language = "zh-CN"
        assert await self.told(house, "/auth/sign-in?language=en", locale="en") == ("en", "zh-CN")

    async def test_no_address_puts_anything_else_into_a_cookie(self, nobody_chose: House) -> None:
        for language in ("de", "en;%20Domain=evil", "en%0d%0aset-cookie:%20a=b", ""):
            browser = nobody_chose.browser()
            browser.http.headers["accept-language"] = "fr"
            left = await browser.http.get(f"/auth/sign-in?language={language}")
            assert left.status_code == 303
            assert "mainstay-sign-in-language" not in cookies(left)


def claim_locale(house: House, locale: str) -> None:
    """Has the issuer's tokens say what was chosen on its page, as Keycloak's do."""
    sign = house.issuer._key.sign

    def with_locale(claims: Mapping[str, Any], kind: str = "JWT") -> str:
        return sign({"locale": locale, **claims}, kind)

    house.issuer._key.sign = with_locale  # type: ignore[method-assign]
