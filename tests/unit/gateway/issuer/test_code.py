"""The way to the issuer and back: what is asked for there, and which code it takes."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from gateway.issuer import TokenRefused
from libs.kit.errors import TemporarilyUnavailable
from tests.unit.gateway.issuer.conftest import Forge, going


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
