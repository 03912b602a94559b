"""The realm's Job on a real Keycloak: it makes a realm, puts right what was spoilt in it, and leaves the rest alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support.keycloak import Realm
from tools.stack.keycloak import ADMIN_PASSWORD, ADMIN_USERNAME, REALM_FILE

NAME = "applied"
Manage = Callable[..., Awaitable[Any]]


@pytest.fixture
def environment(keycloak: Realm) -> dict[str, str]:
    secrets = keycloak.server.secrets
    return {
        "PATH": "/usr/bin:/bin",
        **{name: value for name, value in secrets.items() if name.startswith("MAINSTAY_")},
        "MAINSTAY_PUBLIC_URL": "https://hr.example.com",
        "MAINSTAY_BACK_CHANNEL_URL": "https://hr.example.com",
        "MAINSTAY_KEYCLOAK_URL": keycloak.server.address,
        "MAINSTAY_KEYCLOAK_REALM": NAME,
        "MAINSTAY_KEYCLOAK_ADMIN_USERNAME": secrets[ADMIN_USERNAME],
        "MAINSTAY_KEYCLOAK_ADMIN_PASSWORD": secrets[ADMIN_PASSWORD],
        "MAINSTAY_REALM_FILE": str(REALM_FILE),
    }


@pytest.fixture
async def manage(keycloak: Realm) -> Manage:
    async def ask(verb: str, path: str, body: object = None) -> Any:
        secrets = keycloak.server.secrets
        async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
            token = await http.post(
                f"{keycloak.server.address}/realms/master/protocol/openid-connect/token",
                data={
                    "grant_type": "password",
                    "client_id": "admin-cli",
                    "username": secrets[ADMIN_USERNAME],
                    "password": secrets[ADMIN_PASSWORD],
                },
            )
            answer = await http.request(
                verb,
                f"{keycloak.server.address}/admin/realms/{NAME}{path}",
                json=body,
                headers={"authorization": f"Bearer {token.json()['access_token']}"},
            )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    return ask


def run(command: str, environment: dict[str, str]) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "services.identity.realm", command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


async def test_makes_a_realm_and_then_finds_nothing_to_do(environment: dict[str, str], manage: Manage) -> None:
    assert run("check", environment) == (1, ["realm: missing: left", f"realm {NAME}: not all as wanted"])
    assert run("apply", environment) == (0, ["realm: missing: corrected", f"realm {NAME}: as wanted"])
    assert run("apply", environment) == (0, [f"realm {NAME}: as wanted"])
    await _spoil(manage)
    before = run("check", environment)
    assert before[0] == 1
    assert {line.rpartition(":")[0] for line in before[1][:-1]} == {
        "realm: accessTokenLifespan",
        "scope profile: mapper employee number",
        "client mainstay-portal: attributes, redirectUris, secret",
        "client mainstay-identity: roles view-users missing",
    }
    status, lines = run("apply", environment)
    assert status == 0, lines
    assert run("check", environment) == (0, [f"realm {NAME}: as wanted"])
    people = await manage("GET", "/users?username=somebody")
    (portal,) = await manage("GET", "/clients?clientId=mainstay-portal")
    assert [one["username"] for one in people] == ["somebody"]
    assert portal["attributes"]["of.others"] == "stays"
    assert portal["attributes"]["post.logout.redirect.uris"] == "https://hr.example.com/##https://hr.old.example.com/"


async def _spoil(manage: Manage) -> None:
    """What an administrator does by hand on a bad day, beside what is their own business."""
    await manage("PUT", "", {"accessTokenLifespan": 3600})
    (portal,) = await manage("GET", "/clients?clientId=mainstay-portal")
    attributes = {**portal["attributes"], "pkce.code.challenge.method": "", "of.others": "stays"}
    attributes["post.logout.redirect.uris"] = "https://hr.old.example.com/##https://hr.example.com/*"
    spoilt = {"redirectUris": ["https://hr.example.com/*"], "secret": "another-secret-of-theirs"}
    await manage("PUT", f"/clients/{portal['id']}", {**portal, **spoilt, "attributes": attributes})
    profile = next(one for one in await manage("GET", "/client-scopes") if one["name"] == "profile")
    mapper = next(one for one in profile["protocolMappers"] if one["name"] == "employee number")
    wrong = {**mapper, "config": {**mapper["config"], "claim.name": "number"}}
    await manage("PUT", f"/client-scopes/{profile['id']}/protocol-mappers/models/{mapper['id']}", wrong)
    (identity,) = await manage("GET", "/clients?clientId=mainstay-identity")
    (rights,) = await manage("GET", "/clients?clientId=realm-management")
    account = await manage("GET", f"/clients/{identity['id']}/service-account-user")
    role = await manage("GET", f"/clients/{rights['id']}/roles/view-users")
    await manage("DELETE", f"/users/{account['id']}/role-mappings/clients/{rights['id']}", [role])
    await manage("POST", "/users", {"username": "somebody", "enabled": True})


def test_says_which_secret_is_missing_and_leaves_the_demonstrations_out(environment: dict[str, str]) -> None:
    del environment["MAINSTAY_PORTAL_SECRET"]
    del environment["MAINSTAY_ERP_SECRET"]
    done = subprocess.run(
        [sys.executable, "-m", "services.identity.realm", "check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no value for MAINSTAY_PORTAL_SECRET\n" in done.stderr
