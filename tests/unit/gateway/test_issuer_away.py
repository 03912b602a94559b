"""The issuer or identity does not answer: whoever is signed in goes on, whoever is not is told plainly and led back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from libs.kit.errors import TemporarilyUnavailable
from tests.unit.gateway.conftest import ISSUER, House
from tests.unit.gateway.signing_in import refresh_of


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
