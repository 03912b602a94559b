"""The development issuer: strict like a real one, and never anywhere but on this computer."""

from __future__ import annotations

import base64
import hashlib
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.development_issuer import Card, DevelopmentIssuer, DevelopmentIssuerSettings, NotLoopback, Person
from gateway.development_issuer.keys import SigningKey
from libs.kit.clock import MovableClock

ISSUER = "http://localhost:8082"
BACK = "http://localhost:8080/auth/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASK = {
    "response_type": "code",
    "client_id": "portal",
    "redirect_uri": BACK,
    "scope": "openid profile",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def settings(tmp_path: Path, **changed: Any) -> DevelopmentIssuerSettings:
    fields: dict[str, Any] = {
        "address": ISSUER,
        "listen": "127.0.0.1:0",
        "key_file": tmp_path / "keys" / "issuer.json",
        "client_id": "portal",
        "client_secret": "portal's secret",
        "redirect_uris": (BACK,),
        "after_sign_out": ("http://localhost:8080/",),
        "password": "demo",
    }
    return DevelopmentIssuerSettings(**{**fields, **changed})


async def find_user(username: str) -> Person | None:
    return Person(f"s-{username}", username, "林静") if username in {"hr", "boss"} else None


async def check_client(client_id: str, secret: str) -> bool:
    return (client_id, secret) == ("erp", "erp's secret")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def issuer(tmp_path: Path, clock: MovableClock) -> DevelopmentIssuer:
    cards = [Card("hr", "林静", "Lin Jing", "人事", "HR")]
    return DevelopmentIssuer(settings(tmp_path), clock, find_user=find_user, check_client=check_client, cards=cards)


@pytest.fixture
def client(issuer: DevelopmentIssuer) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer.asgi), base_url=ISSUER)


async def sign_in(client: httpx.AsyncClient, form: dict[str, str] | None = None) -> httpx.Response:
    page = await client.get("/authorize", params={**ASK, "prompt": "login"})
    request = page.text.partition('name="request" value="')[2].partition('"')[0]
    return await client.post("/sign-in", data={"request": request, **(form or {"card": "hr"})})


def code_in(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def redeem(client: httpx.AsyncClient, code: str, **changed: Any) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return await client.post("/token", data={**form, **changed}, auth=("portal", "portal%27s%20secret"))


@pytest.mark.parametrize(
    "changed",
    [
        {"listen": "0.0.0.0:8082"},
        {"listen": "[::]:8082"},
        {"listen": "192.168.1.5:8082"},
        {"listen": ":8082"},
        {"listen": "localhost.example.com:8082"},
        {"listen": "localhost:8082"},
        {"address": "http://hr.example.com:8082"},
        {"address": "https://issuer.example"},
    ],
)
def test_it_refuses_to_be_anywhere_but_on_loopback(
    tmp_path: Path, clock: MovableClock, changed: dict[str, str]
) -> None:
    with pytest.raises(NotLoopback):
        DevelopmentIssuer(settings(tmp_path, **changed), clock, find_user=find_user, check_client=check_client)
    assert not (tmp_path / "keys").exists()


async def test_it_listens_and_ends(tmp_path: Path, clock: MovableClock) -> None:
    made = DevelopmentIssuer(settings(tmp_path), clock, find_user=find_user, check_client=check_client)
    await made.start()
    assert made.port
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{made.port}/jwks", headers={"host": "localhost:8082"})
        assert answer.json()["keys"]
        assert "server" not in answer.headers
    await made.stop()


async def test_another_name_for_this_computer_gets_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/authorize", params=ASK, headers={"host": "attacker.example:8082"})
    assert answer.status_code == 421


def test_the_key_stays_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "a" / "key.json"
    first, second = SigningKey(file), SigningKey(file)
    assert first.jwks() == second.jwks()
    assert "d" not in first.jwks()["keys"][0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_click_on_a_card_signs_in(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (back["state"], back["iss"]) == (["s"], [ISSUER])
    tokens = (await redeem(client, back["code"][0])).json()
    assert tokens["id_token"].count(".") == 2
    info = await client.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert info.json() == {"sub": "s-hr", "preferred_username": "hr", "name": "林静"}
    assert (await client.get("/userinfo", headers={"authorization": "Bearer x"})).status_code == 401


async def test_the_page_speaks_both_languages_and_runs_nothing(client: httpx.AsyncClient) -> None:
    for language, name in (("zh-CN", "林静"), ("en", "Lin Jing")):
        page = await client.get("/authorize", params=ASK, headers={"accept-language": language})
        assert name in page.text
        assert "<script" not in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self' http://localhost:8080" in policy


@pytest.mark.parametrize(
    ("form", "good"),
    [
        ({"username": "boss", "password": "demo"}, True),
        ({"username": "boss", "password": "wrong"}, False),
        ({"username": "boss", "password": ""}, False),
        ({"username": "nobody", "password": "demo"}, False),
        ({"card": "boss"}, False),
        ({"card": "boss", "username": "hr"}, False),
        ({"username": ""}, False),
    ],
)
async def test_other_accounts_need_the_demo_password(
    client: httpx.AsyncClient, form: dict[str, str], good: bool
) -> None:
    answer = await sign_in(client, form)
    assert answer.status_code == (303 if good else 401)
    assert ("development-issuer" in answer.headers.get("set-cookie", "")) == good


@pytest.mark.parametrize(
    "changed",
    [{"redirect_uri": "http://localhost:8080/elsewhere"}, {"redirect_uri": None}, {"client_id": "another"}],
)
async def test_it_never_redirects_to_an_address_not_agreed_on(
    client: httpx.AsyncClient, changed: dict[str, Any]
) -> None:
    params = {name: value for name, value in {**ASK, **changed}.items() if value is not None}
    answer = await client.get("/authorize", params=params)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
        {"scope": "profile"},
    ],
)
async def test_a_request_without_proof_key_is_refused(client: httpx.AsyncClient, changed: dict[str, str]) -> None:
    answer = await client.get("/authorize", params={**ASK, **changed})
    assert "error=invalid_request" in answer.headers["location"]


async def test_a_code_is_good_once_for_whoever_can_prove_it(client: httpx.AsyncClient, clock: MovableClock) -> None:
    code = code_in(await sign_in(client))
    assert (await redeem(client, code)).status_code == 200
    assert (await redeem(client, code)).json() == {"error": "invalid_grant"}
    for changed in ({"code_verifier": "w" * 50}, {"redirect_uri": "http://localhost:8080/"}, {"code_verifier": ""}):
        assert (await redeem(client, code_in(await sign_in(client)), **changed)).json() == {"error": "invalid_grant"}
    late = code_in(await sign_in(client))
    clock.move(timedelta(seconds=61))
    assert (await redeem(client, late)).json() == {"error": "invalid_grant"}
    unproven = code_in(await sign_in(client))
    form = {"grant_type": "authorization_code", "code": unproven, "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert (await client.post("/token", data=form, auth=("portal", "wrong"))).status_code == 401
    assert (await client.post("/token", data=form, auth=("erp", "erp's secret"))).status_code == 401


async def test_who_is_signed_in_is_not_asked_again_unless_somebody_wants_it(
    client: httpx.AsyncClient, clock: MovableClock
) -> None:
    assert (
        "error=login_required" in (await client.get("/authorize", params={**ASK, "prompt": "none"})).headers["location"]
    )
    await sign_in(client)
    assert "code=" in (await client.get("/authorize", params=ASK)).headers["location"]
    assert (await client.get("/authorize", params={**ASK, "prompt": "login"})).status_code == 200
    clock.move(timedelta(seconds=100))
    assert (await client.get("/authorize", params={**ASK, "max_age": "60"})).status_code == 200
    assert "code=" in (await client.get("/authorize", params={**ASK, "max_age": "600"})).headers["location"]


async def test_a_system_gets_a_token_for_its_secret(client: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    good = await client.post("/token", data={**form, "client_id": "erp", "client_secret": "erp's secret"})
    assert good.json()["token_type"] == "Bearer"
    assert good.headers["cache-control"] == "no-store"
    for auth in (("erp", "wrong"), ("nobody", "erp's secret"), ("portal", "portal's secret"), ("", "")):
        assert (await client.post("/token", data=form, auth=auth)).json() == {"error": "invalid_client"}
    other = await client.post("/token", data={"grant_type": "password"}, auth=("erp", "erp's secret"))
    assert other.json() == {"error": "unsupported_grant_type"}
    assert (await client.post("/token", content=b"x" * 20_000)).status_code == 400


async def test_signing_out_leads_back_only_where_agreed(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    away = await client.get("/end-session", params={"post_logout_redirect_uri": "https://evil.example/"})
    assert away.status_code == 200
    assert "evil" not in away.text
    back = await client.get("/end-session", params={"post_logout_redirect_uri": "http://localhost:8080/"})
    assert back.headers["location"] == "http://localhost:8080/"
    assert (await client.get("/authorize", params=ASK)).status_code == 200
