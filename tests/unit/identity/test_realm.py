"""The realm as code against one that is there: what is put right, what is left, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from services.identity.realm import Realm

CALLBACK, HOME = "https://hr.example.com/auth/callback", "https://hr.example.com/"
SIGNED_OUT = "post.logout.redirect.uris"
WANTED: dict[str, Any] = {
    "realm": "mainstay",
    "browserFlow": "password, then more",
    "clients": [
        {
            "clientId": "mainstay-portal",
            "redirectUris": [CALLBACK],
            "webOrigins": [],
            "attributes": {SIGNED_OUT: HOME, "use.refresh.tokens": "false"},
        }
    ],
    "clientScopes": [],
    "users": [],
}


class Keycloak:
    """A realm with one client, as Keycloak's administration shows it."""

    def __init__(self, *, flow: str, addresses: Sequence[str]) -> None:
        self.realm = {"realm": "mainstay", "browserFlow": flow}
        self.client: dict[str, Any] = {"id": "p", **WANTED["clients"][0], "redirectUris": list(addresses)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/admin/realms/mainstay")
        if request.method == "PUT":
            assert path == "/clients/p"
            self.client = json.loads(request.content)
            return httpx.Response(204)
        return httpx.Response(200, json={"": self.realm, "/clients": [self.client], "/client-scopes": []}[path])


async def run(keycloak: Keycloak, *, alter: bool) -> Realm:
    async with httpx.AsyncClient(transport=httpx.MockTransport(keycloak.answer)) as http:
        realm = Realm(http, "https://sso.example.com", WANTED, alter=alter)
        await realm.apply()
    return realm


@pytest.mark.parametrize("flow", ["password, then more", "browser"])
async def test_another_browser_flow_fails_a_check_and_is_warned_of_by_an_upgrade(flow: str) -> None:
    """It may ask for no second factor, so nobody may read that all is well; but no upgrade hangs on it."""
    keycloak = Keycloak(flow=flow, addresses=[CALLBACK])
    good = flow == WANTED["browserFlow"]
    checked, applied = await run(keycloak, alter=False), await run(keycloak, alter=True)
    assert (checked.whole, applied.whole) == (good, True)
    for realm in (checked, applied):
        assert realm.warned is not good
        assert [one.startswith("WARNING browser flow: browser instead of") for one in realm.said] == [True] * (not good)


async def test_pods_of_the_release_before_still_sign_people_in() -> None:
    """They come back to the address they know until the last of them has gone."""
    before = "https://hr.old.example.com/auth/callback"
    keycloak = Keycloak(flow=WANTED["browserFlow"], addresses=[before])
    assert (await run(keycloak, alter=True)).said == ["client mainstay-portal: redirectUris: corrected"]
    assert keycloak.client["redirectUris"] == [CALLBACK, before]
    assert (await run(keycloak, alter=True)).said == []


@pytest.mark.parametrize(
    ("held", "kept"),
    [
        ("https://hr.old.example.com/", f"{HOME}##https://hr.old.example.com/"),
        (f"{HOME}##https://hr.old.example.com/", f"{HOME}##https://hr.old.example.com/"),
        ("https://hr.example.com/*##+", f"{HOME}##+"),
        ("-", HOME),
        ("", HOME),
    ],
)
async def test_pods_of_the_release_before_still_sign_people_out(held: str, kept: str) -> None:
    """They name the address they know, and Keycloak shows an error for one that it does not."""
    keycloak = Keycloak(flow=WANTED["browserFlow"], addresses=[CALLBACK])
    keycloak.client["attributes"] = {SIGNED_OUT: held, "use.refresh.tokens": "false", "of.others": "stays"}
    right = held == kept
    assert (await run(keycloak, alter=False)).whole == right
    assert (await run(keycloak, alter=True)).said == ["client mainstay-portal: attributes: corrected"] * (not right)
    assert keycloak.client["attributes"] == {SIGNED_OUT: kept, "use.refresh.tokens": "false", "of.others": "stays"}
    assert (await run(keycloak, alter=True)).said == []


async def test_an_address_that_fits_anything_does_not_stay() -> None:
    keycloak = Keycloak(flow=WANTED["browserFlow"], addresses=[CALLBACK, "https://hr.example.com/*"])
    assert not (await run(keycloak, alter=False)).whole
    await run(keycloak, alter=True)
    assert keycloak.client["redirectUris"] == [CALLBACK]


async def test_a_list_that_is_to_be_empty_is_emptied() -> None:
    keycloak = Keycloak(flow=WANTED["browserFlow"], addresses=[CALLBACK])
    keycloak.client["webOrigins"] = ["https://evil.example"]
    await run(keycloak, alter=True)
    assert keycloak.client["webOrigins"] == []
