"""What the realm promises, on a real Keycloak, read with the front door's own eyes."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.issuer import Issuer, TokenRefused
from gateway.settings import GatewaySettings
from libs.kit.clock import SystemClock
from tests.support.keycloak import PASSWORD, Realm
from tests.support.keycloak_pages import Credentials, KeycloakPage, KeycloakRefused, answer_keycloak
from tests.support.keycloak_sign_in import Window, claims_of, front_door_stub

Open = Callable[[], Window]

_SYSTEM_CLAIMS = {"exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp", "scope", "client_id"}
_NAMES = {"name", "given_name", "family_name", "preferred_username", "email", "email_verified", "locale"}


def front_door(keycloak: Realm, **changed: str) -> Issuer:
    """The issuer as the gateway reads it on the stack."""
    given = {
        "database_url": "postgresql://unused",
        "bus_url": "postgresql://unused",
        "keyring": f"k1:{base64.b64encode(bytes(32)).decode()}",
        "workload_secret": "w" * 32,
        "public_url": keycloak.server.public_url,
        "issuer": keycloak.issuer,
        "oidc_client_secret": keycloak.secret("mainstay-portal"),
        "username_claim": "employee_number",
        **changed,
    }
    return Issuer(GatewaySettings.model_validate(given), SystemClock())


@pytest.fixture
async def issuer(keycloak: Realm) -> AsyncIterator[Issuer]:
    made = front_door(keycloak)
    yield made
    await made.close()


@pytest.fixture
async def events_issuer(keycloak: Realm) -> AsyncIterator[Issuer]:
    """Reads tokens as the event topics' listener does."""
    made = front_door(keycloak, access_audience="mainstay-events")
    yield made
    await made.close()


@pytest.fixture
async def person(keycloak: Realm) -> Credentials:
    """Somebody new with a password and nothing else."""
    return await keycloak.add_person(f"e{secrets.token_hex(4)}")


# -- systems


async def test_an_integrations_token_opens_what_it_is_for(
    keycloak: Realm, issuer: Issuer, events_issuer: Issuer
) -> None:
    erp, warehouse = await keycloak.token("erp"), await keycloak.token("warehouse")
    assert (await issuer.access(erp)).client_id == "erp"
    assert (await events_issuer.access(warehouse)).client_id == "warehouse"
    with pytest.raises(TokenRefused, match="not for us"):
        await issuer.access(warehouse)
    with pytest.raises(TokenRefused, match="not for us"):
        await events_issuer.access(erp)
    with pytest.raises(TokenRefused, match="not for us"):
        await issuer.access(await keycloak.token("mainstay-identity"))


@pytest.mark.parametrize("client_id", ["erp", "warehouse"])
async def test_an_integrations_token_carries_no_role_and_lives_five_minutes(keycloak: Realm, client_id: str) -> None:
    claims = claims_of(await keycloak.token(client_id))
    assert set(claims) == _SYSTEM_CLAIMS
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize("client_id", ["mainstay-portal", "admin-cli"])
async def test_no_client_takes_a_password_without_the_pages(
    keycloak: Realm, person: Credentials, client_id: str
) -> None:
    known = {"client_secret": keycloak.secret(client_id)} if client_id == "mainstay-portal" else {}
    asked = {"grant_type": "password", "client_id": client_id, "username": person.username, "password": PASSWORD}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{keycloak.issuer}/protocol/openid-connect/token", data=asked | known)
    assert answer.status_code in {400, 401}
    assert "access_token" not in answer.json()


# -- a person signs in


async def test_a_person_comes_back_with_their_number_and_no_more(
    window: Open, issuer: Issuer, person: Credentials
) -> None:
    came = await window().sign_in(person)
    found = await issuer.identify(came.id_token, came.nonce)
    assert (found.username, found.acr) == (person.username.upper(), "password")
    assert found.issuer_session
    assert abs(found.signed_in_at.timestamp() - time.time()) < 30
    assert not _NAMES & set(came.claims)
    assert "refresh_token" not in came.answer
    with pytest.raises(TokenRefused):
        await issuer.access(came.answer["access_token"])


@pytest.mark.parametrize(
    "changed", [{"code_challenge": "", "code_challenge_method": ""}, {"code_challenge_method": "plain"}]
)
async def test_a_sign_in_without_proof_key_is_refused(window: Open, changed: dict[str, str]) -> None:
    opened = window()
    leaving = opened.leave(**changed)
    address = await answer_keycloak(opened.http, leaving.address, Credentials("", ""), home=opened.home)
    assert parse_qs(urlsplit(address).query)["error"] == ["invalid_request"]


async def test_a_code_is_worth_nothing_without_its_proof_key(window: Open, person: Credentials) -> None:
    opened = window()
    code = await opened.code(opened.leave(), person)
    assert (await opened.redeem(code, "x" * 43))["error"] == "invalid_grant"


@pytest.mark.parametrize("path", ["/auth/callback/", "/auth/callback?x=1", "/auth/callbackx", "/"])
async def test_nobody_is_sent_anywhere_but_to_the_callback(window: Open, path: str) -> None:
    opened = window()
    for target in (f"{opened.home}{path}", f"http://evil.example{path}"):
        answer = await opened.http.get(opened.leave(redirect_uri=target).address)
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_five_wrong_passwords_lock_one_account_and_no_other(
    keycloak: Realm, window: Open, person: Credentials
) -> None:
    for tried in range(1, 6):
        with pytest.raises(KeycloakRefused, match="用户名或密码不对"):
            await window().sign_in(Credentials(person.username, "not-the-password"))
        await keycloak.counted(person.username, tried)
    with pytest.raises(KeycloakRefused, match="用户名或密码不对"):
        await window().sign_in(person)
    other = await keycloak.add_person(f"e{secrets.token_hex(4)}")
    assert (await window().sign_in(other)).id_token


@pytest.mark.parametrize(("wanted", "told"), [("too-short", "至少 12 个字符"), ("{username}", "不能与用户名相同")])
async def test_a_first_password_is_changed_for_a_good_one(
    keycloak: Realm, window: Open, wanted: str, told: str
) -> None:
    person = await keycloak.add_person(f"long-name-{secrets.token_hex(4)}", temporary=True)
    with pytest.raises(KeycloakRefused, match=told):
        await window().sign_in(
            Credentials(person.username, PASSWORD, new_password=wanted.format(username=person.username))
        )
    person.new_password = "a-good-long-one-2026"
    assert (await window().sign_in(person)).id_token
    assert person.password == "a-good-long-one-2026"


# -- levels


async def test_whoever_has_no_second_factor_enrols_one_when_it_is_asked_for(
    window: Open, issuer: Issuer, person: Credentials
) -> None:
    opened = window()
    first = await opened.sign_in(person)
    stepped = await opened.sign_in(person, acr_values="mfa", max_age="0", prompt="login")
    assert person.totp_secret
    found = await issuer.identify(stepped.id_token, stepped.nonce)
    assert (found.acr, found.issuer_session) == ("mfa", first.claims["sid"])


async def test_a_password_alone_is_never_taken_for_more(window: Open, person: Credentials) -> None:
    assert (await window().sign_in(person, acr_values="mfa")).acr == "mfa"
    assert (await window().sign_in(person)).acr == "password"
    thief = window()
    only_password = Credentials(person.username, person.password)
    for asked in (
        {"acr_values": "mfa"},
        {"acr_values": "2"},
        {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": ["mfa"]}}})},
        # Another device, of the thief's own.
        {"kc_action": "CONFIGURE_TOTP"},
        {"kc_action": "webauthn-register"},
    ):
        with pytest.raises(KeycloakRefused, match="asks for a code"):
            await thief.sign_in(only_password, **asked)
    with pytest.raises(KeycloakRefused, match="验证码不对"):
        await thief.sign_in(Credentials(person.username, person.password, totp_secret="A" * 32), acr_values="mfa")
    assert (await thief.sign_in(only_password)).acr == "password"


async def test_an_enrolment_left_halfway_counts_for_nothing(window: Open, person: Credentials) -> None:
    opened = window()
    page = KeycloakPage.read((await opened.http.get(opened.leave(acr_values="mfa").address)).text)
    assert page.form is not None
    given = page.form.hidden | {"username": person.username, "password": person.password}
    answer = await opened.http.post(page.form.action, data=given, follow_redirects=True)
    assert "totpSecret" in answer.text
    assert (await opened.sign_in(person)).acr == "password"


async def test_a_step_up_asks_again_and_says_when(window: Open, person: Credentials) -> None:
    opened = window()
    first = await opened.sign_in(person, acr_values="mfa")
    await asyncio.sleep(1.1)
    with pytest.raises(KeycloakRefused, match="asks for a code"):
        await opened.sign_in(Credentials(person.username, "never asked for"), acr_values="mfa")
    again = await opened.sign_in(replace(person, password="never asked for"), acr_values="mfa")
    assert again.claims["auth_time"] > first.claims["auth_time"]
    assert again.acr == "mfa"


# -- what a person may change, and who manages them


async def test_nobody_writes_their_own_number(keycloak: Realm, window: Open, person: Credentials) -> None:
    token = await window().account_token(person)
    account = f"{keycloak.issuer}/account/"
    async with httpx.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {token}"}) as http:
        own = (await http.get(account, headers={"accept": "application/json"})).json()
        assert own["username"] == person.username
        assert "employee_number" not in own.get("attributes", {})
        for name in ("employee_number", "account_id"):
            await http.post(account, json=own | {"attributes": {name: ["E0001"]}, "firstName": "Other"})
    found = await keycloak.person(person.username)
    assert found["attributes"] == {"employee_number": [person.username.upper()]}
    assert "firstName" not in found


async def test_identity_manages_people_and_integrations(keycloak: Realm, person: Credentials) -> None:
    found = await keycloak.person(person.username)
    user = found["id"]
    # The whole person: of half a person Keycloak sometimes says that the user name is missing.
    changed = found | {"enabled": False, "attributes": {"employee_number": ["E0002"]}}
    client = f"crm-{secrets.token_hex(3)}"
    made = {"clientId": client, "serviceAccountsEnabled": True, "defaultClientScopes": ["service_account"]}
    wanted = [
        ("PUT", f"/users/{user}", changed),
        ("POST", f"/users/{user}/logout", None),
        ("DELETE", f"/users/{user}", None),
        ("POST", "/clients", made),
    ]
    for verb, path, body in wanted:
        answer = await keycloak.manage(verb, path, body)
        assert answer.is_success, (verb, path, answer.text)
    (crm,) = (await keycloak.manage("GET", f"/clients?clientId={client}")).json()
    assert (await keycloak.manage("GET", f"/clients/{crm['id']}/client-secret")).json()["value"]
    heard = (await keycloak.manage("GET", f"/admin-events?resourcePath=users/{user}")).json()
    assert "DELETE" in {event["operationType"] for event in heard}


async def test_identity_can_change_nothing_of_the_realm(keycloak: Realm) -> None:
    service_account = (await keycloak.person("service-account-mainstay-identity"))["id"]
    (management,) = (await keycloak.manage("GET", "/clients?clientId=realm-management")).json()
    roles = (await keycloak.manage("GET", f"/clients/{management['id']}/roles")).json()
    more = [role for role in roles if role["name"] in {"manage-realm", "realm-admin"}]
    assert more
    unwanted = [
        ("PUT", "", {"bruteForceProtected": False}),
        ("DELETE", "", None),
        ("GET", "/components", None),
        ("POST", "/authentication/flows", {"alias": "x", "providerId": "basic-flow", "topLevel": True}),
        ("POST", f"/users/{service_account}/role-mappings/clients/{management['id']}", more),
        ("POST", f"/users/{service_account}/impersonation", None),
    ]
    refused = {(verb, path): (await keycloak.manage(verb, path, body)).status_code for verb, path, body in unwanted}
    assert set(refused.values()) <= {403, 404, 501}, refused


async def test_the_end_of_a_session_is_told_to_the_front_door(
    keycloak: Realm, window: Open, issuer: Issuer, person: Credentials
) -> None:
    came = await window().sign_in(person)
    signed_in = await issuer.identify(came.id_token, came.nonce)
    async with front_door_stub(keycloak.server.public_url) as heard:
        user = (await keycloak.person(person.username))["id"]
        assert (await keycloak.manage("POST", f"/users/{user}/logout")).is_success
        head, body = await asyncio.wait_for(heard.get(), 10)
    assert head.startswith("POST /auth/back-channel-logout ")
    ended = await issuer.logout(parse_qs(body)["logout_token"][0])
    assert (ended.subject, ended.issuer_session) == (signed_in.subject, signed_in.issuer_session)


# -- the pages


@pytest.mark.parametrize(
    ("asked", "language", "said"), [({}, "zh-CN", "登录"), ({"ui_locales": "en"}, "en", "Sign in")]
)
async def test_the_pages_speak_chinese_and_english_on_demand(
    window: Open, asked: dict[str, str], language: str, said: str
) -> None:
    opened = window()
    html = (await opened.http.get(opened.leave(**asked).address)).text
    page = KeycloakPage.read(html)
    assert page.language == language
    assert said in page.told
    assert "/login/mainstay/css/mainstay.css" in html
