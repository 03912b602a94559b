"""Tokens are read strictly: each test changes one thing about a good token, and it is refused."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from gateway import issuer_line
from gateway.issuer import KEYS_TRUSTED_SECONDS, Going, Issuer, NameMissing, TokenRefused
from gateway.settings import GatewaySettings
from libs.kit.clock import MovableClock
from libs.kit.errors import TemporarilyUnavailable
from tests.unit.gateway.conftest import SETTINGS

ADDRESS = "https://issuer.example/realms/company"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
LATER = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
Claims = dict[str, Any]
GONE = object()


@dataclass(frozen=True)
class In:
    """So many seconds from now."""

    seconds: int


class Forge:
    """An issuer whose every answer a test can change."""

    def __init__(self, **settings_: Any) -> None:
        self.clock = MovableClock()
        self.away: Exception | httpx.Response | None = None
        self.metadata: Claims = {
            "issuer": ADDRESS,
            "authorization_endpoint": f"{ADDRESS}/auth",
            "token_endpoint": f"{ADDRESS}/token",
            "jwks_uri": f"{ADDRESS}/jwks",
            "end_session_endpoint": f"{ADDRESS}/logout",
        }
        self.keys = [KEY]
        self.asked: list[httpx.Request] = []
        self.token_answer = httpx.Response(200, json={})
        ours = {"issuer": ADDRESS, "oidc_client_secret": "top / secret + x", **settings_}
        settings = GatewaySettings(**{**SETTINGS, **ours})
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.issuer = Issuer(settings, self.clock, http)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self.away, Exception):
            raise self.away
        if self.away is not None:
            return self.away
        path = str(request.url).removeprefix(ADDRESS)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.metadata)
        if path == "/jwks":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})
        return self.token_answer

    def token(self, claims: Claims, key: Any = KEY, *, alg: str = "RS256", typ: str = "JWT", **header: Any) -> str:
        kept = {
            name: self.now + value.seconds if isinstance(value, In) else value
            for name, value in claims.items()
            if value is not GONE
        }
        fields = {"alg": alg, "kid": "k1", "typ": typ, **header}
        return jwt.encode({k: v for k, v in fields.items() if v is not GONE}, kept, key, algorithms=[alg])

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def person(self, **changed: Any) -> Claims:
        return {
            "iss": ADDRESS,
            "aud": "mainstay-portal",
            "azp": "mainstay-portal",
            "sub": "s1",
            "preferred_username": "hr.admin",
            "nonce": "n1",
            "sid": "session-1",
            "iat": self.now,
            "exp": self.now + 300,
            "auth_time": self.now - 5,
            **changed,
        }

    def system(self, **changed: Any) -> Claims:
        claims = {"iss": ADDRESS, "aud": "mainstay", "azp": "erp", "sub": "erp", "jti": "t1", "typ": "Bearer"}
        return {**claims, "iat": self.now, "exp": self.now + 300, **changed}

    def logout(self, **changed: Any) -> Claims:
        claims = {"iss": ADDRESS, "aud": "mainstay-portal", "sub": "s1", "sid": "session-1", "jti": "l1"}
        return {**claims, "iat": self.now, "exp": self.now + 120, "events": {LOGOUT: {}}, **changed}


def going(*, step_up: bool = False, forced: bool = False, language: str = "") -> Going:
    return Going(state="s", nonce="n", challenge="c", step_up=step_up, forced=forced, language=language)


@pytest.fixture
def forge() -> Forge:
    return Forge()


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


async def test_the_code_goes_out_with_the_verifier_under_our_own_secret(forge: Forge) -> None:
    forge.token_answer = httpx.Response(200, json={"id_token": "x", "access_token": "y"})
    assert await forge.issuer.redeem("c1", "v1") == "x"
    sent = forge.asked[-1]
    assert b"code_verifier=v1" in sent.content
    basic = base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")).decode()
    assert basic == "mainstay-portal:top%20%2F%20secret%20%2B%20x"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), TokenRefused),
        (httpx.Response(401, json={"error": "invalid_client"}), TokenRefused),
        (httpx.Response(200, json={"access_token": "y"}), TokenRefused),
        (httpx.Response(200, text="<html>"), TemporarilyUnavailable),
        (httpx.Response(500, text="boom"), TemporarilyUnavailable),
        (httpx.Response(302, headers={"location": "https://evil.example"}), TemporarilyUnavailable),
    ],
)
async def test_a_code_the_issuer_does_not_take(forge: Forge, answer: httpx.Response, error: type[Exception]) -> None:
    forge.token_answer = answer
    with pytest.raises(error):
        await forge.issuer.redeem("c1", "v1")


async def test_a_document_of_another_issuer_is_not_believed(forge: Forge) -> None:
    forge.metadata["issuer"] = "https://evil.example"
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.metadata()
    assert await forge.issuer.ready() == "not answering"


async def test_the_way_there_asks_for_a_code_with_proof(forge: Forge) -> None:
    address = await forge.issuer.authorization_url(going())
    query = httpx.URL(address).params
    assert dict(query) == {
        "response_type": "code",
        "client_id": "mainstay-portal",
        "redirect_uri": "http://localhost:8080/auth/callback",
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": "c",
        "code_challenge_method": "S256",
        "max_age": "36000",
    }
    again = httpx.URL(await forge.issuer.authorization_url(going(step_up=True, language="en"))).params
    assert (again["prompt"], again["max_age"], again["ui_locales"]) == ("login", "0", "en")
    assert "acr_values" not in again


async def test_a_step_up_to_a_level_asks_for_that_level_and_for_nothing_given_already() -> None:
    forge = Forge(step_up_acr="mfa", first_acr="password")
    first = httpx.URL(await forge.issuer.authorization_url(going())).params
    assert first["acr_values"] == "password"
    assert "claims" not in first
    asked = httpx.URL(await forge.issuer.authorization_url(going(step_up=True))).params
    assert asked["acr_values"] == "mfa"
    assert json.loads(asked["claims"]) == {"id_token": {"acr": {"essential": True, "values": ["mfa"]}}}
    assert "prompt" not in asked, "the password would be asked again too"
    assert asked["max_age"] == "600", "a password from this morning says nothing of who sits there now"
    forced = httpx.URL(await forge.issuer.authorization_url(going(step_up=True, forced=True))).params
    assert (forced["acr_values"], forced["prompt"], forced["max_age"]) == ("mfa", "login", "0")


async def test_signing_out_at_the_issuer_needs_its_address(forge: Forge) -> None:
    assert httpx.URL(await forge.issuer.logout_url("tok")).params["id_token_hint"] == "tok"
    del forge.metadata["end_session_endpoint"]
    forge.issuer._metadata._at -= 301
    assert await forge.issuer.logout_url("tok") == ""


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


def older(forge: Forge, seconds: float) -> None:
    """As if everything had been fetched, and every failure had been met, so long ago."""
    for copy in (forge.issuer._metadata, forge.issuer._keys):
        copy._at -= seconds
    forge.issuer._line._rests_until -= seconds


AWAY = {
    "refuses": httpx.ConnectError("refused"),
    "says nothing": httpx.ReadTimeout("silent"),
    "is starting": httpx.Response(503, text="starting"),
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY.keys())
async def test_an_issuer_that_is_away_stops_no_system_with_a_token(forge: Forge, away: Any) -> None:
    token = forge.token(forge.system(exp=forge.now + 100_000))
    await forge.issuer.access(token)
    forge.away = away
    older(forge, KEYS_TRUSTED_SECONDS - 60)
    assert (await forge.issuer.access(token)).client_id == "erp"
    assert await forge.issuer.ready() == "not answering"
    older(forge, 120)
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.access(token)


async def test_a_key_nobody_can_vouch_for_is_no_refusal_but_a_later(forge: Forge) -> None:
    await forge.issuer.access(forge.token(forge.system()))
    forge.away = httpx.ConnectError("refused")
    older(forge, 60)
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.access(forge.token(forge.system(), LATER, kid="k2"))


async def test_an_issuer_that_is_away_is_left_alone_and_found_again(forge: Forge) -> None:
    forge.away = httpx.ConnectError("refused")
    for _ in range(50):
        with pytest.raises(TemporarilyUnavailable) as away:
            await forge.issuer.metadata()
        assert away.value.retry_after_seconds >= 1
    assert len(forge.asked) == 1, "one asks, the others learn from it"
    older(forge, 6)
    forge.away = None
    assert await forge.issuer.metadata()
    assert await forge.issuer.ready() == "ok"


async def test_many_who_need_the_keys_at_once_ask_for_them_once(forge: Forge) -> None:
    tokens = [forge.token(forge.system(jti=f"t{n}")) for n in range(30)]
    await asyncio.gather(*(forge.issuer.access(token) for token in tokens))
    assert len(forge.asked) == 2, "discovery and keys"


async def test_a_half_open_line_is_given_up_in_time(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_line, "_TIMEOUT_SECONDS", 0.3)
    token = forge.token(forge.system())
    await forge.issuer.access(token)

    async def silent(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)

    forge.issuer._line.http.request = silent  # type: ignore[method-assign]  # the network is what is replaced
    older(forge, 301)
    began = time.monotonic()
    await asyncio.gather(*(forge.issuer.access(token) for _ in range(20)))
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.redeem("c", "v")
    assert time.monotonic() - began < 1.5
    began = time.monotonic()
    with pytest.raises(TemporarilyUnavailable):
        await forge.issuer.redeem("c", "v")
    assert time.monotonic() - began < 0.75, "known to be away"


async def test_time_moves_for_tokens_too(forge: Forge) -> None:
    token = forge.token(forge.person())
    forge.clock.move(timedelta(minutes=6))
    with pytest.raises(TokenRefused, match="expired"):
        await forge.issuer.identify(token, "n1")
