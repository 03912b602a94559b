"""One real Keycloak with the project's realm for the whole test run, and what tests do at its administration."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.kit.postgres import PostgresServer
from tests.support.keycloak_pages import Credentials
from tests.support.lacking import need_parts
from tests.support.ports import free_port
from tools.stack.keycloak import (
    ADMIN_PASSWORD,
    CLIENT_SECRETS,
    REALM,
    REALM_FILE,
    KeycloakServer,
    built_digest,
    make_secrets,
)

# Long enough for the realm's policy.
PASSWORD = "mainstay-demo-2026"
_ADMINISTRATOR = "of-test-runs-alone"
_UNSAFE_BUT_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_TIMEOUT_SECONDS = 20.0


class Realm:
    """The realm as tests use it, always as one of its own clients, never as the server's administrator."""

    def __init__(self, server: KeycloakServer) -> None:
        self.server = server
        self.issuer = server.issuer

    def secret(self, client_id: str) -> str:
        return self.server.secrets[CLIENT_SECRETS[client_id]]

    async def token(self, client_id: str) -> str:
        """A client's own access token, by client credentials."""
        async with _client() as http:
            answer = await http.post(
                f"{self.issuer}/protocol/openid-connect/token",
                data={"grant_type": "client_credentials"},
                auth=(client_id, self.secret(client_id)),
            )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    async def manage(self, verb: str, path: str, body: object = None) -> httpx.Response:
        """One request to the realm's administration (`path` below `/admin/realms/mainstay`) as identity's client."""
        token = await self.token("mainstay-identity")
        async with _client() as http:
            return await http.request(
                verb,
                f"{self.server.address}/admin/realms/{REALM}{path}",
                json=body,
                headers={"authorization": f"Bearer {token}"},
            )

    async def add_person(
        self,
        username: str,
        *,
        employee_number: str = "",
        password: str = PASSWORD,
        temporary: bool = False,
        actions: Sequence[str] = (),
    ) -> Credentials:
        """Somebody who can sign in. `employee_number` is the user name in capitals unless given."""
        answer = await self.manage(
            "POST",
            "/users",
            {
                "username": username,
                "enabled": True,
                "attributes": {"employee_number": [employee_number or username.upper()]},
                "requiredActions": list(actions),
                "credentials": [{"type": "password", "value": password, "temporary": temporary}],
            },
        )
        answer.raise_for_status()
        return Credentials(username, password)

    async def person(self, username: str) -> dict[str, Any]:
        """A user as the administration shows them."""
        answer = await self.manage("GET", f"/users?exact=true&username={username}")
        answer.raise_for_status()
        (found,) = answer.json()
        return dict(found)

    async def counted(self, username: str, failures: int) -> None:
        """Returns when Keycloak has counted so many failed sign-ins: it does so a moment after its answer, and refuses
        whoever comes in that moment without counting them.
        """
        path = f"/attack-detection/brute-force/users/{(await self.person(username))['id']}"
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            while (await self.manage("GET", path)).raise_for_status().json()["numFailures"] < failures:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False)


def prepared_postgres(folder: Path, distribution: Path) -> PostgresServer:
    """A running PostgreSQL with a database `keycloak` that has Keycloak's tables and the administrator, but no realm.

    Making the tables takes Keycloak most of its first start, so that they are kept from one test run to the next.
    """
    kept = distribution.with_name(f"keycloak-tables-{built_digest(distribution)}")
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix="keycloak-tables-making-") as made:
            _make_tables(Path(made), distribution)
            if not kept.exists():
                (Path(made) / "postgres").rename(kept)
    # With owners and modes, which PostgreSQL checks.
    subprocess.run(["cp", "-a", str(kept), str(folder)], check=True)
    postgres = _postgres(folder)
    postgres.start()
    return postgres


def _make_tables(folder: Path, distribution: Path) -> None:
    postgres = _postgres(folder / "postgres")
    postgres.start()
    try:
        postgres.ensure_databases(["keycloak"])
        server = _server(folder / "keycloak", distribution, postgres, realm_file=None)
        server.start()
        server.stop()
    finally:
        postgres.stop()


def _postgres(folder: Path) -> PostgresServer:
    return PostgresServer(folder, port=free_port(), settings=_UNSAFE_BUT_QUICK, dies_with_parent=True)


def _server(
    folder: Path, distribution: Path, postgres: PostgresServer, *, realm_file: Path | None = REALM_FILE
) -> KeycloakServer:
    return KeycloakServer(
        folder,
        distribution,
        port=free_port(),
        management_port=free_port(),
        database_url=postgres.tcp_url("keycloak"),
        # The administrator's stays the same: it is in the tables that are kept.
        secrets={**make_secrets(), ADMIN_PASSWORD: _ADMINISTRATOR},
        realm_file=realm_file,
        public_url=f"http://localhost:{free_port()}",
        dies_with_parent=True,
    )


@pytest.fixture(scope="session")
def keycloak_server() -> Iterator[KeycloakServer]:
    distribution = need_parts().keycloak
    with tempfile.TemporaryDirectory(prefix="mainstay-keycloak-", ignore_cleanup_errors=True) as folder:
        postgres = prepared_postgres(Path(folder) / "postgres", distribution)
        server = _server(Path(folder) / "keycloak", distribution, postgres)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            postgres.stop()


@pytest.fixture(scope="session")
def keycloak(keycloak_server: KeycloakServer) -> Realm:
    """The realm on the test run's server. Its portal is expected at `keycloak.server.public_url`."""
    return Realm(keycloak_server)
