"""A step-up renews the same session, for the same person, at the level that was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.gateway.conftest import House
from tests.unit.gateway.signing_in import refresh_of, refused, session_of


async def test_step_up_renews_the_same_session(house: House) -> None:
    browser = house.browser()
    await browser.sign_in("hr.admin")
    before, cookie = await session_of(browser), browser.http.cookies["mainstay"]
    await browser.http.get("/v1/employees/e1")
    house.clock.move(timedelta(minutes=5))
    page = await browser.begin("/auth/step-up", "/people/e1")
    assert page.status_code == 200, "the issuer asks although its own session is fresh"
    landed = await browser.http.get(await browser.confirm(page, "hr.admin"))
    assert "url=/people/e1" in landed.text
    after = await session_of(browser)
    assert after["absoluteExpiresAt"] == before["absoluteExpiresAt"]
    assert datetime.fromisoformat(after["signedInAt"]) > datetime.fromisoformat(before["signedInAt"])
    assert browser.http.cookies["mainstay"] != cookie
    assert (
        await house.browser().http.get("/auth/session", headers={"cookie": f"mainstay={cookie}"})
    ).status_code == 401
    await browser.http.get("/v1/employees/e1")
    last = house.identity.issued[-1]
    assert last.session_id == house.identity.issued[0].session_id
    assert last.signed_in_at.ToDatetime(UTC) == datetime.fromisoformat(after["signedInAt"])


async def test_nobody_steps_up_for_somebody_else(house: House) -> None:
    browser = house.browser()
    await browser.sign_in("hr.admin")
    cookie = browser.http.cookies["mainstay"]
    landed = await browser.http.get(await browser.confirm(await browser.begin("/auth/step-up"), "manager.quality"))
    assert landed.status_code == 400
    assert "somebody else" in landed.text
    assert browser.http.cookies["mainstay"] == cookie
    assert (await session_of(browser))["username"] == "hr.admin"


async def test_step_up_without_a_session_is_a_plain_sign_in(house: House) -> None:
    browser = house.browser()
    left = await browser.http.get("/auth/step-up")
    assert "prompt" not in parse_qs(urlsplit(left.headers["location"]).query)


class TestWithLevels:
    """As on the stack: a password is one level, a second factor the next."""

    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"first_acr": "password", "step_up_acr": "mfa"}

    async def test_a_password_alone_never_is_a_full_sign_in(self, house: House) -> None:
        browser = house.browser()
        await browser.sign_in()
        await browser.http.get("/v1/employees/e1")
        assert not house.identity.issued[-1].HasField("signed_in_at")

    async def test_a_step_up_is_one_and_asks_for_nothing_more(self, house: House) -> None:
        browser = house.browser()
        await browser.sign_in()
        house.clock.move(timedelta(minutes=5))
        page = await browser.begin("/auth/step-up", "/people")
        assert page.status_code == 200, "the issuer asks for what is missing"
        assert "url=/people" in (await browser.http.get(await browser.confirm(page, "hr.admin"))).text
        await browser.http.get("/v1/employees/e1")
        at = house.identity.issued[-1].signed_in_at.ToDatetime(UTC)
        assert timedelta(0) <= house.clock.now() - at < timedelta(seconds=30)

    async def test_a_password_after_a_step_up_does_not_make_it_younger(self, house: House) -> None:
        browser = house.browser()
        await browser.sign_in()
        await browser.http.get(await browser.confirm(await browser.begin("/auth/step-up"), "hr.admin"))
        browser.http.cookies.delete("development-issuer")
        house.clock.move(timedelta(hours=1))
        await browser.sign_in()
        await browser.http.get("/v1/employees/e1")
        assert not house.identity.issued[-1].HasField("signed_in_at")

    async def test_coming_back_with_less_is_refused(self, house: House) -> None:
        browser = house.browser()
        await browser.sign_in()
        cookie = browser.http.cookies["mainstay"]
        callback = await browser.confirm(await browser.begin("/auth/step-up"), "hr.admin")
        for code in house.issuer._memory.codes.values():
            code.session.acr = "password"
        page = await browser.http.get(callback)
        assert (page.status_code, "authenticator" in page.text) == (403, True)
        assert browser.http.cookies["mainstay"] == cookie
        assert (await session_of(browser))["username"] == "hr.admin"

    async def test_an_issuer_that_answers_from_memory_is_made_to_ask_once(self, house: House) -> None:
        browser = house.browser()
        await browser.sign_in()
        await browser.http.get(await browser.confirm(await browser.begin("/auth/step-up"), "hr.admin"))
        house.clock.move(timedelta(minutes=5))
        remembered = await browser.begin("/auth/step-up", "/people")
        assert remembered.status_code == 303, "nobody was asked"
        again = await browser.http.get(remembered.headers["location"])
        assert "/auth/step-up?return_to=/people&forced=1" in refresh_of(again)
        left = await browser.http.get(refresh_of(again))
        page = await browser.http.get(left.headers["location"])
        assert page.status_code == 200, "now somebody is"
        assert "url=/people" in (await browser.http.get(await browser.confirm(page, "hr.admin"))).text
        await browser.http.get("/v1/employees/e1")
        at = house.identity.issued[-1].signed_in_at.ToDatetime(UTC)
        assert house.clock.now() - at < timedelta(seconds=30)

    async def test_a_first_sign_in_below_the_first_level_is_refused(self, house: House) -> None:
        browser = house.browser()
        callback = await browser.confirm(await browser.begin(), "hr.admin")
        for code in house.issuer._memory.codes.values():
            code.session.acr = "0"
        await refused(await browser.http.get(callback), browser, 403)
