"""Signing in and out: what a person's browser gets, and everything that must not get in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import select

from gateway.development_issuer.keys import SigningKey
from gateway.sign_in import safe_path
from gateway.tables import sessions
from libs.kit.errors import ReasonNames, SignInRequired, TemporarilyUnavailable, Unauthenticated
from mainstay.identity.v1 import errors_pb2
from tests.unit.gateway.conftest import ISSUER, PORTAL, Browser, House

IDENTITY = ReasonNames(errors_pb2)


class AccountUnknown(Unauthenticated, reason=IDENTITY.ACCOUNT_UNKNOWN):
    pass


def cookies(answer: httpx.Response) -> dict[str, str]:
    """Cookies set, by name, with their attributes."""
    found = {}
    for header in answer.headers.get_list("set-cookie"):
        name, _, rest = header.partition("=")
        found[name] = rest.partition(";")[2].strip()
    return found


async def session_of(browser: Browser) -> Any:
    return (await browser.http.get("/auth/session")).json()


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


async def refused(answer: httpx.Response, browser: Browser, status: int = 400) -> None:
    assert answer.status_code == status, answer.text
    assert "/auth/sign-in" in answer.text
    assert "mainstay" not in cookies(answer)
    assert (await browser.http.get("/auth/session")).status_code == 401


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


def refresh_of(answer: httpx.Response) -> str:
    """Where a page that waits goes by itself."""
    found = re.search(r'http-equiv="refresh" content="\d+;url=([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


async def down(*_: Any, **__: Any) -> Any:
    raise httpx.ConnectError("refused")


def take_issuer_away(house: House) -> Callable[[], None]:
    """From now on the issuer does not answer. Returns how to bring it back."""
    line = house.gateway.issuer._line
    asked, line.http.request = line.http.request, down  # type: ignore[method-assign]  # the network is what is replaced

    def back() -> None:
        line.http.request = asked  # type: ignore[method-assign]
        line._rests_until = float("-inf")

    return back


async def test_an_issuer_that_does_not_answer_is_said_plainly_and_tried_again(house: House) -> None:
    back = take_issuer_away(house)
    browser = house.browser()
    page = await browser.http.get("/auth/sign-in?return_to=/people")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert 5 <= int(page.headers["retry-after"]) < 10
    assert "can go on working" in page.text
    chinese = await browser.http.get("/auth/sign-in", headers={"accept-language": "zh"})
    assert "已登录的同事可以照常工作" in chinese.text
    assert (await house.gateway.ready())["issuer"] == "not answering"
    # Nobody beats on this feed: the gateway is told that it has heard it.
    assert not await house.gateway.serves()
    house.gateway.revocations.heard.set()
    assert await house.gateway.serves()
    back()
    assert (await browser.http.get(refresh_of(page))).headers["location"].startswith(ISSUER)


async def test_whoever_is_signed_in_does_not_notice(house: House) -> None:
    browser = house.browser()
    await browser.sign_in()
    take_issuer_away(house)
    for copy in (house.gateway.issuer._metadata, house.gateway.issuer._keys):
        copy._at -= 1000
    for path in ("/v1/employees/e1", "/auth/session", "/openapi.json"):
        assert (await browser.http.get(path)).status_code == 200
    target = (await browser.post("/auth/sign-out")).json()["redirectTo"]
    assert target.startswith(f"{ISSUER}/end-session?"), "as the issuer said last"


async def test_an_issuer_lost_on_the_way_back_is_tried_again_from_the_beginning(house: House) -> None:
    browser = house.browser()
    callback = await browser.confirm(await browser.begin(return_to="/people"), "hr.admin")
    back = take_issuer_away(house)
    page = await browser.http.get(callback)
    assert page.status_code == 503
    back()
    left = await browser.http.get(refresh_of(page))
    landed = await browser.http.get((await browser.http.get(left.headers["location"])).headers["location"])
    assert "url=/people" in landed.text


async def test_identity_away_is_no_refusal(house: House) -> None:
    house.identity.refusal = TemporarilyUnavailable(part="network")
    page = await house.browser().sign_in()
    assert (page.status_code, "is not answering" in page.text) == (503, True)
    assert refresh_of(page).startswith("/auth/sign-in")


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


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("mainstay_sign_ins_total", {"outcome": outcome}) or 0.0


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
