"""The way back from the issuer: a callback works once, in its own browser, for the sign-in it was made for."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.unit.gateway.conftest import House
from tests.unit.gateway.signing_in import refused


async def test_a_callback_works_once(house: House) -> None:
    browser = house.browser()
    callback = await browser.confirm(await browser.begin(), "hr.admin")
    assert (await browser.http.get(callback)).status_code == 200
    value = browser.http.cookies["mainstay"]
    again = await browser.http.get(callback)
    assert again.status_code == 400
    assert browser.http.cookies["mainstay"] == value


async def test_a_callback_belongs_to_the_browser_that_began(house: House) -> None:
    attacker, victim = house.browser(), house.browser()
    callback = await attacker.confirm(await attacker.begin(), "hr.admin")
    await refused(await victim.http.get(callback), victim)
    other = await attacker.confirm(await attacker.begin(), "hr.admin")
    await victim.begin()
    await refused(await victim.http.get(other), victim)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "something else"},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"code": "guessed"},
        {"code": None},
        {"code": None, "error": "access_denied"},
    ],
)
async def test_a_callback_with_one_thing_wrong_is_refused(house: House, change: dict[str, str | None]) -> None:
    browser = house.browser()
    callback = httpx.URL(await browser.confirm(await browser.begin(), "hr.admin"))
    params = {**dict(callback.params), **change}
    answer = await browser.http.get(
        "/auth/callback", params={name: value for name, value in params.items() if value is not None}
    )
    await refused(answer, browser)


async def test_a_sign_in_left_lying_is_too_old(house: House) -> None:
    browser = house.browser()
    callback = await browser.confirm(await browser.begin(), "hr.admin")
    house.clock.move(timedelta(minutes=11))
    await refused(await browser.http.get(callback), browser)


async def test_a_code_of_another_sign_in_does_not_fit(house: House) -> None:
    """The nonce and the proof key tie a code to the sign-in it was made for."""
    browser = house.browser()
    first = httpx.URL(await browser.confirm(await browser.begin(), "hr.admin"))
    second = httpx.URL(await browser.confirm(await browser.begin("/auth/sign-in"), "hr.admin"))
    mixed = {**dict(second.params), "code": first.params["code"]}
    await refused(await browser.http.get("/auth/callback", params=mixed), browser)


async def test_two_tabs_may_sign_in_at_once(house: House) -> None:
    browser = house.browser()
    one = await browser.begin(return_to="/one")
    two = await browser.begin(return_to="/two")
    assert "url=/one" in (await browser.http.get(await browser.confirm(one, "hr.admin"))).text
    landed = await browser.http.get(await browser.confirm(two, "hr.admin"))
    assert "url=/two" in landed.text
    assert (await browser.http.get("/auth/session")).status_code == 200
