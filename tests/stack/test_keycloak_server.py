"""Keycloak is not started half told, and the realm's file tells nobody a secret."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from tools.stack.keycloak import (
    BACK_CHANNEL_URL,
    CLIENT_SECRETS,
    PUBLIC_URL,
    REALM_FILE,
    KeycloakFailed,
    KeycloakServer,
    make_secrets,
)

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def server(folder: Path, secrets: dict[str, str], *, port: int = 1, realm_file: Path = REALM_FILE) -> KeycloakServer:
    return KeycloakServer(
        folder / "run",
        folder / "no-distribution",
        port=port,
        management_port=port,
        database_url="postgresql://nobody:nothing@127.0.0.1:1/keycloak",
        secrets=secrets,
        realm_file=realm_file,
    )


@pytest.fixture(scope="module")
def realm() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(REALM_FILE.read_text(encoding="utf-8"))
    return found


def test_every_secret_of_the_realm_comes_from_outside(realm: dict[str, Any]) -> None:
    given = {client["clientId"]: client["secret"] for client in realm["clients"] if "secret" in client}
    assert given == {client: f"${{{name}}}" for client, name in CLIENT_SECRETS.items()}
    secret = [client["clientId"] for client in realm["clients"] if not client["publicClient"]]
    assert sorted(secret) == sorted(CLIENT_SECRETS)
    assert not any("credentials" in user for user in realm["users"])


def test_no_client_has_the_full_scope_or_takes_passwords(realm: dict[str, Any]) -> None:
    for client in realm["clients"]:
        assert not client["fullScopeAllowed"], client["clientId"]
        assert not client["directAccessGrantsEnabled"], client["clientId"]
        assert not client["implicitFlowEnabled"], client["clientId"]


@pytest.mark.parametrize("name", sorted(make_secrets()))
def test_a_missing_value_is_said_before_anything_starts(tmp_path: Path, name: str) -> None:
    secrets = make_secrets()
    del secrets[name]
    with pytest.raises(KeycloakFailed, match=f"no value for {name}"):
        server(tmp_path, secrets).start()
    assert not list(tmp_path.iterdir())


def test_a_value_that_would_break_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeycloakFailed, match="MAINSTAY_ERP_SECRET"):
        server(tmp_path, make_secrets() | {"MAINSTAY_ERP_SECRET": 'a"b'}).start()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(KeycloakFailed, match=f"port {port} is taken"):
            server(tmp_path, make_secrets(), port=port).start()


def test_only_the_environment_is_asked_for_values() -> None:
    """Names in capitals are ours; the rest are Keycloak's own words for its pages."""
    named = set(_PLACEHOLDER.findall(REALM_FILE.read_text(encoding="utf-8")))
    ours = {name for name in named if name.isupper()}
    assert ours == {PUBLIC_URL, BACK_CHANNEL_URL, *CLIENT_SECRETS.values()}
