"""Signing out: by the person, and by the issuer over the back channel."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.development_issuer.keys import SigningKey
from tests.unit.gateway.conftest import ISSUER, PORTAL, House
from tests.unit.gateway.signing_in import cookies


async def test_signing_out_ends_the_session_here_and_at_the_issuer(house: House) -> None:
    browser = house.browser()
    await browser.sign_in()
    await browser.http.get("/v1/employees/e1")
    cookie = browser.http.cookies["mainstay"]
    assert (await browser.http.post("/auth/sign-out")).json()["reason"] == "CSRF_HEADER_MISSING"
    answer = await browser.post("/auth/sign-out")
    target = answer.json()["redirectTo"]
    assert target.startswith(f"{ISSUER}/end-session?")
    assert cookies(answer)["mainstay"].endswith("Max-Age=0")
    for path in ("/auth/session", "/v1/employees/e1"):
        stale = await house.browser().http.get(path, headers={"cookie": f"mainstay={cookie}"})
        assert stale.status_code == 401
    back = await browser.http.get(target)
    assert back.headers["location"] == f"{PORTAL}/"
    page = await browser.begin()
    assert page.status_code == 200, "the issuer's own session is gone too"


async def test_signing_out_twice_does_no_harm(house: House) -> None:
    assert (await house.browser().post("/auth/sign-out")).json() == {"redirectTo": "/"}


def logout_token(house: House, **changed: Any) -> str:
    now = int(house.clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": "mainstay-portal",
        "sub": "subject-hr.admin",
        "jti": f"j{now}",
        "iat": now,
        "exp": now + 120,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        **changed,
    }
    key: SigningKey = house.issuer._key
    return key.sign(claims, "logout+jwt")


async def test_the_issuer_ends_all_sessions_of_a_person(house: House) -> None:
    one, two, other = house.browser(), house.browser(), house.browser()
    await one.sign_in("hr.admin")
    await two.sign_in("hr.admin")
    await other.sign_in("manager.quality")
    for browser in (one, two, other):
        await browser.http.get("/v1/employees/e1")
    form = {"logout_token": logout_token(house)}
    answer = await house.browser().http.post("/auth/back-channel-logout", data=form)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    statuses = [(await browser.http.get("/v1/employees/e1")).status_code for browser in (one, two, other)]
    assert statuses == [401, 401, 200]
    again = await house.browser().http.post("/auth/back-channel-logout", data=form)
    assert again.status_code == 200, "the issuer tries again when an answer was lost"
    await one.sign_in("hr.admin")
    await house.browser().http.post("/auth/back-channel-logout", data=form)
    assert (await one.http.get("/auth/session")).status_code == 200, "heard twice, it ends no later session"


async def test_the_issuer_ends_one_session_of_its_own(house: House) -> None:
    one, two = house.browser(), house.browser()
    await one.sign_in("hr.admin")
    await two.sign_in("hr.admin")
    sid = next(iter(house.issuer._memory.sessions.values())).session_id
    form = {"logout_token": logout_token(house, sid=sid)}
    await house.browser().http.post("/auth/back-channel-logout", data=form)
    assert [(await browser.http.get("/auth/session")).status_code for browser in (one, two)] == [401, 200]


@pytest.mark.parametrize("body", ["", "logout_token=", "logout_token=a&logout_token=b", "x=1", "logout_token=a.b.c"])
async def test_a_logout_that_is_none_changes_nothing(house: House, body: str) -> None:
    browser = house.browser()
    await browser.sign_in()
    answer = await house.browser().http.post("/auth/back-channel-logout", content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert (await browser.http.get("/auth/session")).status_code == 200
