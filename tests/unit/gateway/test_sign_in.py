"""Signing in: what a person's browser gets, and everything that must not get in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.sign_in import safe_path
from gateway.tables import sessions
from libs.kit.errors import ReasonNames, SignInRequired, Unauthenticated
from mainstay.identity.v1 import errors_pb2
from tests.unit.gateway.conftest import PORTAL, House
from tests.unit.gateway.signing_in import cookies, counted, refresh_of, refused, session_of

IDENTITY = ReasonNames(errors_pb2)


class AccountUnknown(Unauthenticated, reason=IDENTITY.ACCOUNT_UNKNOWN):
    pass


async def test_a_person_signs_in_and_comes_back_where_they_wanted_to_go(house: House) -> None:
    browser = house.browser()
    landed = await browser.sign_in("hr.admin", "/people?unit=1")
    assert landed.status_code == 200
    assert "url=/people?unit=1" in landed.text
    session = await session_of(browser)
    assert session["username"] == "hr.admin"
    assert session["accountId"] == str(house.identity.account("hr.admin"))
    assert session["employeeId"]
    signed_in, idle, absolute = (
        datetime.fromisoformat(session[name]) for name in ("signedInAt", "idleExpiresAt", "absoluteExpiresAt")
    )
    assert timedelta(0) <= house.clock.now() - signed_in < timedelta(seconds=30)
    assert timedelta(minutes=29) < idle - house.clock.now() <= timedelta(minutes=30)
    assert timedelta(hours=9, minutes=59) < absolute - house.clock.now() <= timedelta(hours=10)


async def test_the_cookie_is_for_this_host_and_no_script(house: House) -> None:
    landed = await house.browser().sign_in()
    # The other is the language, for the page that comes next.
    assert cookies(landed) == {
        "mainstay": "Path=/; HttpOnly; SameSite=Strict",
        "mainstay-sign-in-language": "Path=/; SameSite=Lax; Max-Age=60",
    }


class TestOverHttps:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"public_url": "https://hr.example.com"}

    async def test_the_cookie_is_a_host_cookie(self, house: House) -> None:
        transport = httpx.ASGITransport(app=house.gateway.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="https://hr.example.com") as https:
            left = await https.get("/auth/sign-in")
        assert cookies(left) == {
            "__Host-mainstay-sign-in": "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600",
        }
        assert left.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_the_page_between_needs_no_script(house: House) -> None:
    landed = await house.browser().sign_in(return_to='/people?"><script>alert(1)</script>')
    assert "<script" not in landed.text
    assert "script-src" not in landed.headers["content-security-policy"]
    assert landed.headers["content-security-policy"].startswith("default-src 'none'")


async def test_no_token_reaches_the_browser(house: House) -> None:
    browser = house.browser()
    answers = [await browser.begin()]
    answers.append(await browser.http.get(await browser.confirm(answers[0], "hr.admin")))
    answers.append(await browser.http.get("/auth/session"))
    answers.append(await browser.http.get("/v1/employees/e1"))
    for answer in answers:
        sent = answer.text + str(answer.headers)
        assert not re.search(r"eyJ[A-Za-z0-9_-]{10,}\.", sent)


async def test_the_database_holds_neither_cookie_nor_token(house: House) -> None:
    browser = house.browser()
    await browser.sign_in()
    value = browser.http.cookies["mainstay"]
    async with house.gateway.database.reading() as session:
        kept = str([dict(row) for row in await session.rows(select(sessions))])
    assert value not in kept
    assert "eyJhbGciOi" not in kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/people?unit=1#x", "/people?unit=1#x"),
        ("/", "/"),
        ("", "/"),
        ("people", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%5Cevil", "/%5Cevil"),
        ("/\tevil", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("javascript:alert(1)", "/"),
        ("/auth/sign-out", "/"),
        ("/" + "x" * 3000, "/"),
    ],
)
def test_only_paths_of_our_own_are_returned_to(given: str, kept: str) -> None:
    assert safe_path(given) == kept


@given(st.text(max_size=40))
def test_a_path_to_return_to_never_leads_elsewhere(text: str) -> None:
    joined = httpx.URL(PORTAL).join(safe_path(text))
    assert (joined.scheme, joined.host, joined.port) == ("http", "localhost", 8080)


async def test_whom_identity_does_not_know_is_told_so(house: House) -> None:
    house.identity.refusal = AccountUnknown()
    browser = house.browser()
    callback = await browser.confirm(await browser.begin(), "hr.admin")
    house.clock.move(timedelta(seconds=31))
    await refused(await browser.http.get(callback), browser, 403)


async def test_a_user_of_the_issuer_who_is_not_the_accounts_does_not_get_in(house: House) -> None:
    house.identity.refusal = SignInRequired()
    browser, before = house.browser(), counted("other_account")
    page = await browser.sign_in("hr.admin")
    await refused(page, browser, 403)
    assert "not the one Mainstay made" in page.text
    assert "refresh" not in page.text, "waiting does not help"
    assert counted("other_account") == before + 1


async def test_identity_is_told_whom_the_issuer_signed_in_and_only_then(house: House) -> None:
    browser = house.browser()
    await browser.sign_in("hr.admin")
    subject = await _subject_of(house)
    assert subject
    assert [one.issuer_subject for one in house.identity.issued] == [subject]
    house.clock.move(timedelta(seconds=58))
    await browser.http.get("/v1/employees")
    assert [one.issuer_subject for one in house.identity.issued] == [subject, ""]
    await browser.sign_in("hr.admin")
    assert house.identity.issued[-1].issuer_subject == subject


async def _subject_of(house: House) -> str:
    async with house.gateway.database.reading() as unit:
        (row,) = await unit.rows(select(sessions.c.subject))
    return str(row["subject"])


async def test_whoever_was_hired_a_moment_ago_gets_in_without_doing_anything(house: House) -> None:
    house.identity.refusal = AccountUnknown()
    browser = house.browser()
    waits = await browser.sign_in("hr.admin", "/people")
    assert (waits.status_code, waits.headers["retry-after"]) == (503, "2")
    assert "being prepared" in waits.text
    house.identity.refusal = None
    left = await browser.http.get(refresh_of(waits))
    back = await browser.http.get(left.headers["location"])
    landed = await browser.http.get(back.headers["location"])
    assert "url=/people" in landed.text
    assert (await session_of(browser))["username"] == "hr.admin"


async def test_another_host_name_is_led_to_the_right_one(house: House) -> None:
    answer = await house.browser().http.get(
        "/auth/sign-in", params={"return_to": "/people"}, headers={"host": "127.0.0.1:8080"}
    )
    assert answer.headers["location"] == f"{PORTAL}/auth/sign-in?return_to=/people"


async def test_signing_in_again_ends_the_session_before(house: House) -> None:
    browser = house.browser()
    await browser.sign_in("hr.admin")
    before = browser.http.cookies["mainstay"]
    browser.http.cookies.delete("development-issuer")
    await browser.sign_in("manager.quality")
    assert (await session_of(browser))["username"] == "manager.quality"
    stale = await house.browser().http.get("/auth/session", headers={"cookie": f"mainstay={before}"})
    assert stale.status_code == 401


class TestByEmployeeNumber:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"username_claim": "employee_number"}

    async def test_an_account_without_one_is_sent_to_hr(self, house: House) -> None:
        before = counted("no_name")
        browser = house.browser()
        page = await browser.sign_in()
        await refused(page, browser, 403)
        assert "tell HR" in page.text
        assert counted("no_name") == before + 1
