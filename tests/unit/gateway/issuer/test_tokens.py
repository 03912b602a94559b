"""Tokens are read strictly: each test changes one thing about a good token, and it is refused."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey

from gateway.issuer import NameMissing, TokenRefused
from tests.unit.gateway.issuer.conftest import ADDRESS, GONE, KEY, LATER, LOGOUT, OTHER, Claims, Forge, In


async def test_a_good_id_token_names_the_person(forge: Forge) -> None:
    person = await forge.issuer.identify(forge.token(forge.person()), "n1")
    assert (person.username, person.subject, person.issuer_session) == ("hr.admin", "s1", "session-1")
    assert int(person.signed_in_at.timestamp()) == forge.now - 5


async def test_an_issuer_reached_at_another_address_is_still_known_by_its_own_name() -> None:
    """Browsers and pods may need different addresses for the same issuer; what tokens say stays the same."""
    forge = Forge(issuer="https://sso.example/realms/company", issuer_address=ADDRESS)
    forge.metadata["issuer"] = "https://sso.example/realms/company"
    assert await forge.issuer.identify(forge.token(forge.person(iss="https://sso.example/realms/company")), "n1")
    assert {request.url.host for request in forge.asked} == {"issuer.example"}
    with pytest.raises(TokenRefused, match="another issuer"):
        await forge.issuer.identify(forge.token(forge.person(iss=ADDRESS)), "n1")


ID_TOKENS: dict[str, Claims] = {
    "another issuer": {"iss": "https://issuer.example/realms/other"},
    "no issuer": {"iss": GONE},
    "for somebody else": {"aud": "another-client"},
    "no audience": {"aud": GONE},
    "an empty audience": {"aud": []},
    "an audience of no text": {"aud": True},
    "an audience that only begins like ours": {"aud": "mainstay-portal-2"},
    "made for another client": {"azp": "another-client"},
    "another nonce": {"nonce": "n2"},
    "no nonce": {"nonce": GONE},
    "a nonce that is no text": {"nonce": 5},
    "over": {"exp": In(-31)},
    "without an end": {"exp": GONE},
    "an end that is no number": {"exp": True},
    "from the future": {"iat": In(60)},
    "without a beginning": {"iat": GONE},
    "not valid yet": {"nbf": In(60)},
    "without a time of sign-in": {"auth_time": GONE},
    "without a user name": {"preferred_username": GONE},
    "an empty user name": {"preferred_username": ""},
    "without a subject": {"sub": GONE},
    "an access token": {"typ": "Bearer"},
}


@pytest.mark.parametrize("change", ID_TOKENS.values(), ids=ID_TOKENS.keys())
async def test_an_id_token_with_one_thing_wrong_is_refused(forge: Forge, change: Claims) -> None:
    with pytest.raises(TokenRefused):
        await forge.issuer.identify(forge.token(forge.person(**change)), "n1")


async def test_a_clock_a_little_off_is_forgiven(forge: Forge) -> None:
    token = forge.token(forge.person(exp=forge.now - 20, iat=forge.now + 20, nbf=forge.now + 20))
    assert await forge.issuer.identify(token, "n1")


async def test_a_list_of_audiences_with_ours_is_taken(forge: Forge) -> None:
    assert await forge.issuer.identify(forge.token(forge.person(aud=["account", "mainstay-portal"])), "n1")


async def test_signatures_that_prove_nothing_are_refused(forge: Forge) -> None:
    claims = forge.person()
    good = forge.token(claims)
    head, body, seal = good.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1","typ":"JWT"}').rstrip(b"=").decode()
    confused = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    other_body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "s2"}).encode()).rstrip(b"=").decode()
    wrong = [
        forge.token(claims, OTHER),
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{seal}",
        f"{head}.{other_body}.{seal}",
        f"{head}.{body}.",
        f"{head}.{body}",
        forge.token(claims, confused, alg="HS256"),
        forge.token(claims, kid="unknown"),
        forge.token(claims, kid=GONE),
        forge.token(claims, typ="logout+jwt"),
        forge.token(claims, typ="at+jwt"),
        good + "x" * 40_000,
        "",
        "...",
        "e30.e30.e30",
        "W10.e30.e30",
    ]
    for token in wrong:
        with pytest.raises(TokenRefused):
            await forge.issuer.identify(token, "n1")


async def test_new_keys_are_found_and_unknown_ones_do_not_flood_the_issuer(forge: Forge) -> None:
    await forge.issuer.identify(forge.token(forge.person()), "n1")
    forge.keys = [KEY, LATER]
    asked = len(forge.asked)
    for _ in range(20):
        with pytest.raises(TokenRefused):
            await forge.issuer.identify(forge.token(forge.person(), LATER, kid="k2"), "n1")
    assert len(forge.asked) == asked
    forge.issuer._keys._at -= 11
    assert await forge.issuer.identify(forge.token(forge.person(), LATER, kid="k2"), "n1")


async def test_a_good_access_token_names_the_system(forge: Forge) -> None:
    access = await forge.issuer.access(forge.token(forge.system()))
    assert (access.client_id, access.token_id) == ("erp", "t1")
    assert (await forge.issuer.access(forge.token(forge.system(client_id="crm"), typ="at+jwt"))).client_id == "crm"


ACCESS_TOKENS: dict[str, Claims] = {
    "an ID token": {"typ": "ID"},
    "a refresh token": {"typ": "Refresh"},
    "for another API": {"aud": "account"},
    "no audience": {"aud": GONE},
    "another issuer": {"iss": "https://evil.example"},
    "over": {"exp": In(-31)},
    "a person's, by its session": {"sid": "session-1"},
    "a person's, by its sign-in": {"auth_time": 5},
    "of nobody": {"azp": GONE},
    "the front door's own": {"azp": "mainstay-portal"},
}


@pytest.mark.parametrize("change", ACCESS_TOKENS.values(), ids=ACCESS_TOKENS.keys())
async def test_an_access_token_with_one_thing_wrong_is_refused(forge: Forge, change: Claims) -> None:
    with pytest.raises(TokenRefused):
        await forge.issuer.access(forge.token(forge.system(**change)))


async def test_a_good_logout_token_says_what_to_end(forge: Forge) -> None:
    logout = await forge.issuer.logout(forge.token(forge.logout(), typ="logout+jwt"))
    assert (logout.subject, logout.issuer_session, logout.token_id) == ("s1", "session-1", "l1")


LOGOUT_TOKENS: dict[str, Claims] = {
    "no event": {"events": GONE},
    "another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is no object": {"events": {LOGOUT: True}},
    "a nonce": {"nonce": "n1"},
    "nobody": {"sub": GONE, "sid": GONE},
    "no id": {"jti": GONE},
    "for somebody else": {"aud": "another-client"},
    "no audience": {"aud": GONE},
    "over": {"exp": In(-31)},
    "hours long": {"exp": In(7200)},
}


@pytest.mark.parametrize("change", LOGOUT_TOKENS.values(), ids=LOGOUT_TOKENS.keys())
async def test_a_logout_token_with_one_thing_wrong_is_refused(forge: Forge, change: Claims) -> None:
    with pytest.raises(TokenRefused):
        await forge.issuer.logout(forge.token(forge.logout(**change), typ="logout+jwt"))


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", GONE])
async def test_a_logout_token_says_what_it_is(forge: Forge, typ: Any) -> None:
    with pytest.raises(TokenRefused):
        await forge.issuer.logout(forge.token(forge.logout(), typ=typ))


async def test_a_person_without_the_claim_that_names_them_is_told_apart() -> None:
    forge = Forge(username_claim="employee_number")
    with pytest.raises(NameMissing) as missing:
        await forge.issuer.identify(forge.token(forge.person()), "n1")
    assert "hr.admin" not in str(missing.value)
    for empty in ("", "  ", 7, None):
        with pytest.raises(NameMissing):
            await forge.issuer.identify(forge.token(forge.person(employee_number=empty)), "n1")
    known = await forge.issuer.identify(forge.token(forge.person(employee_number="E0107")), "n1")
    assert (known.username, known.acr) == ("E0107", "")
    spaced = await forge.issuer.identify(forge.token(forge.person(employee_number=" E0107 ")), "n1")
    assert spaced.username == " E0107 ", "a name is taken as it stands, so that it is nobody's"


async def test_time_moves_for_tokens_too(forge: Forge) -> None:
    token = forge.token(forge.person())
    forge.clock.move(timedelta(minutes=6))
    with pytest.raises(TokenRefused, match="expired"):
        await forge.issuer.identify(token, "n1")
