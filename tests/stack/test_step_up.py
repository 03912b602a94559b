"""A step-up at a real Keycloak, asked for as the front door asks: the second factor again, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.issuer import Going, Identified, Issuer
from tests.stack.test_realm import front_door
from tests.support.keycloak import Realm
from tests.support.keycloak_pages import Credentials, KeycloakRefused, answer_keycloak
from tests.support.keycloak_sign_in import Window

Open = Callable[[], Window]


@pytest.fixture
async def issuer(keycloak: Realm) -> AsyncIterator[Issuer]:
    made = front_door(keycloak, first_acr="password", step_up_acr="mfa")
    yield made
    await made.close()


@pytest.fixture
async def person(keycloak: Realm) -> Credentials:
    return await keycloak.add_person(f"e{secrets.token_hex(4)}")


async def go(
    issuer: Issuer, window: Window, credentials: Credentials, *, step_up: bool = False, forced: bool = False
) -> Identified:
    """To Keycloak and back. Raises KeycloakRefused."""
    verifier, nonce = secrets.token_urlsafe(40), secrets.token_urlsafe(16)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    going = Going(state="s", nonce=nonce, challenge=challenge, step_up=step_up, forced=forced, language="en")
    address = await issuer.authorization_url(going)
    back = await answer_keycloak(window.http, address, credentials, home=window.home)
    code = parse_qs(urlsplit(back).query)["code"][0]
    return await issuer.identify(await issuer.redeem(code, verifier), nonce)


async def test_a_step_up_asks_for_the_second_factor_alone(issuer: Issuer, window: Open, person: Credentials) -> None:
    browser = window()
    first = await go(issuer, browser, person)
    assert (first.username, first.acr) == (person.username.upper(), "password")
    # Enrols on the way.
    assert (await go(issuer, browser, person, step_up=True)).acr == "mfa"
    other = window()
    await go(issuer, other, person)
    began = time.time()
    nothing_but_the_code = replace(person, password="is not asked for")
    confirmed = await go(issuer, other, nothing_but_the_code, step_up=True)
    assert confirmed.acr == "mfa"
    assert confirmed.signed_in_at.timestamp() >= began - 1, "when the code was given, not the password"


async def test_forced_it_asks_for_everything(issuer: Issuer, window: Open, person: Credentials) -> None:
    browser = window()
    await go(issuer, browser, person, step_up=True)
    with pytest.raises(KeycloakRefused):
        await go(issuer, browser, replace(person, password="is asked for"), step_up=True, forced=True)
    assert (await go(issuer, browser, person, step_up=True, forced=True)).acr == "mfa"


async def test_what_is_answered_from_memory_is_told_apart_by_its_time(
    issuer: Issuer, window: Open, person: Credentials
) -> None:
    """Keycloak may go on naming the level for a while; when the person proved it does not move."""
    browser = window()
    confirmed = await go(issuer, browser, person, step_up=True)
    await asyncio.sleep(1.1)
    assert (await go(issuer, browser, replace(person, password="is not asked for"))).signed_in_at == (
        confirmed.signed_in_at
    )
