"""Checks of the issuer, on one whose every answer a test can change: what is wrong is said, with what to do."""

from __future__ import annotations

import asyncio
import json
import ssl
from base64 import b64decode
from collections.abc import Callable
from contextlib import AsyncExitStack
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from libs.kit.checks.findings import Finding
from libs.kit.checks.issuer import Issuer, issuer
from libs.kit.checks.settings import CheckSettings
from libs.kit.settings import read
from tools.stack.certificates import Certificates

ISSUER = "https://sso.example/realms/mainstay"
BASE = "/realms/mainstay"
ADMINISTRATION = "/admin/realms/mainstay"


class Keycloak:
    """Answers as Keycloak does with the realm as code."""

    def __init__(self) -> None:
        self.issuer = ISSUER
        self.keys: list[Any] = [{"kid": "k1"}]
        self.levels = ["password", "mfa"]
        self.secrets = {"mainstay-portal": "portal-secret-0000", "mainstay-identity": "identity-secret"}
        self.seen_by_identity = {"users", "clients"}
        self.portal: dict[str, Any] = {
            "id": "p",
            "enabled": True,
            "publicClient": False,
            "standardFlowEnabled": True,
            "directAccessGrantsEnabled": False,
            "redirectUris": ["https://hr.example/auth/callback"],
            "attributes": {"pkce.code.challenge.method": "S256", "backchannel.logout.url": "https://hr.example/x"},
        }
        self.mappers: list[Any] = [{"config": {"claim.name": "employee_number", "id.token.claim": "true"}}]

        self.realm_status = 200
        self.page = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == f"{BASE}/.well-known/openid-configuration":
            return httpx.Response(self.realm_status, text=self.page or json.dumps(self._published()))
        if path == "/keys":
            return httpx.Response(200, json={"keys": self.keys})
        if path == "/token":
            return self._token(request)
        return self._administration(path.removeprefix(ADMINISTRATION))

    def _published(self) -> dict[str, Any]:
        root = "https://sso.example"
        addresses = {"jwks_uri": f"{root}/keys", "token_endpoint": f"{root}/token"}
        return {"issuer": self.issuer, "acr_values_supported": self.levels, **addresses}

    def _token(self, request: httpx.Request) -> httpx.Response:
        given = parse_qs(request.content.decode())
        kind, _, shown = request.headers["authorization"].partition(" ")
        name, _, secret = b64decode(shown).decode().partition(":")
        if kind != "Basic" or self.secrets.get(name) != secret:
            return httpx.Response(401, json={"error": "invalid_client"})
        if given["grant_type"] == ["authorization_code"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"access_token": "t"})

    def _administration(self, path: str) -> httpx.Response:
        kind = path.strip("/").partition("/")[0]
        if kind in {"users", "clients"} and kind not in self.seen_by_identity:
            return httpx.Response(403, json={"error": "HTTP 403 Forbidden"})
        answers: dict[str, Any] = {
            "/users": [],
            "/clients": [self.portal] if self.portal else [],
            "/clients/p/default-client-scopes": [{"id": "s1", "name": "profile"}],
            "/clients/p/optional-client-scopes": [{"id": "s2", "name": "address"}],
            "/client-scopes/s1/protocol-mappers/models": self.mappers,
        }
        return httpx.Response(200, json=answers[path])


async def found(keycloak: Keycloak, **changed: Any) -> list[Finding]:
    settings = {
        "issuer": ISSUER,
        "public_url": "https://hr.example",
        "oidc_client_secret": "portal-secret-0000",
        "keycloak_client_secret": "identity-secret",
        "keycloak_url": "https://sso.example",
        "username_claim": "employee_number",
        "first_acr": "password",
        "step_up_acr": "mfa",
        **changed,
    }
    async with httpx.AsyncClient(transport=httpx.MockTransport(keycloak.answer)) as http:
        return await Issuer(read(CheckSettings, **settings), http).findings()


async def test_the_realm_as_code_is_good() -> None:
    assert [one.about for one in await found(Keycloak()) if not one.good] == []
    assert len(await found(Keycloak())) == 4


def _no_number(keycloak: Keycloak) -> None:
    keycloak.mappers = [{"config": {"claim.name": "employee_number", "id.token.claim": "false"}}]


def _elsewhere(keycloak: Keycloak) -> None:
    keycloak.portal["redirectUris"] = ["https://other.example/auth/callback"]


def _anywhere(keycloak: Keycloak) -> None:
    keycloak.portal["redirectUris"].append("https://hr.example/*")


def _no_sign_out(keycloak: Keycloak) -> None:
    keycloak.portal["attributes"].pop("backchannel.logout.url")


SPOILT: dict[str, tuple[Callable[[Keycloak], object], str, str]] = {
    "another name": (lambda it: setattr(it, "issuer", ISSUER + "2"), "issuer", "calls itself"),
    "no keys": (lambda it: it.keys.clear(), "issuer", "no keys"),
    "a level missing": (lambda it: it.levels.remove("mfa"), "issuer", "levels mfa are unknown"),
    "another secret of the portal": (
        lambda it: it.secrets.update({"mainstay-portal": "x"}),
        "client mainstay-portal",
        "refuses its secret (invalid_client)",
    ),
    "another secret of identity": (
        lambda it: it.secrets.update({"mainstay-identity": "x"}),
        "client mainstay-identity",
        "refuses it (invalid_client)",
    ),
    "no right to see users": (
        lambda it: it.seen_by_identity.remove("users"),
        "client mainstay-identity",
        "users (403)",
    ),
    "no right to see clients": (
        lambda it: it.seen_by_identity.remove("clients"),
        "client mainstay-identity",
        "clients (403)",
    ),
    "no such realm": (lambda it: setattr(it, "realm_status", 404), "issuer", "answers with 404"),
    "another page": (lambda it: setattr(it, "page", "<html>"), "issuer", "answers in a way that is not understood"),
    "a client that is off": (lambda it: it.portal.update(enabled=False), "client mainstay-portal", "disabled"),
    "a client without a secret": (
        lambda it: it.portal.update(publicClient=True),
        "client mainstay-portal",
        "it has no secret",
    ),
    "no code flow": (
        lambda it: it.portal.update(standardFlowEnabled=False),
        "client mainstay-portal",
        "the code flow is off",
    ),
    "passwords past the pages": (
        lambda it: it.portal.update(directAccessGrantsEnabled=True),
        "client mainstay-portal",
        "it takes passwords past the pages",
    ),
    "no PKCE": (
        lambda it: it.portal["attributes"].pop("pkce.code.challenge.method"),
        "client mainstay-portal",
        "PKCE is not asked for",
    ),
    "no such client": (lambda it: it.portal.clear(), "client mainstay-portal", "the realm has none"),
    "leads elsewhere": (_elsewhere, "client mainstay-portal", "is no redirect URI of it"),
    "leads anywhere": (_anywhere, "client mainstay-portal", "a redirect URI has a wildcard"),
    "no back-channel logout": (_no_sign_out, "client mainstay-portal", "no back-channel logout"),
    "nobody's number": (_no_number, "client mainstay-portal", "no claim employee_number"),
}


@pytest.mark.parametrize(("spoil", "about", "said"), SPOILT.values(), ids=SPOILT.keys())
async def test_what_is_wrong_is_said(spoil: Callable[[Keycloak], object], about: str, said: str) -> None:
    keycloak = deepcopy(Keycloak())
    spoil(keycloak)
    wrong = [one for one in await found(keycloak) if not one.good]
    assert [one.about for one in wrong] == [about]
    assert said in wrong[0].said
    assert wrong[0].cure


async def test_an_issuer_that_does_not_answer_is_one_finding() -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        settings = read(CheckSettings, issuer="http://127.0.0.1:1/realms/mainstay")
        (finding,) = await Issuer(settings, http).findings()
    assert "does not answer (ConnectError)" in finding.said


class Https:
    """An issuer by TLS, with a certificate of an authority that not everybody knows."""

    def __init__(self, folder: Path) -> None:
        tls = Certificates.in_folder(folder / "authority").of("localhost")
        self.authority = tls.authority
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(tls.certificate, tls.key)

    async def settings(self, running: AsyncExitStack, **given: Any) -> CheckSettings:
        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=self._context)
        await running.enter_async_context(server)
        port = server.sockets[0].getsockname()[1]
        return read(CheckSettings, issuer=f"https://localhost:{port}/realms/mainstay", **given)


async def test_an_issuer_whose_certificate_nobody_vouches_for_is_not_taken_for_one_that_is_away(tmp_path: Path) -> None:
    https = Https(tmp_path)
    another = Certificates.in_folder(tmp_path / "another").authority
    async with AsyncExitStack() as running:
        for given in ({}, {"keycloak_authority": another}):
            (finding,) = await issuer(await https.settings(running, **given))
            assert "shows a certificate that is not believed (" in finding.said
            assert "keycloak.authority" in finding.cure
        (finding,) = await issuer(await https.settings(running, keycloak_authority=https.authority))
    assert "does not answer (RemoteProtocolError)" in finding.said


async def test_an_authority_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("a password, by mistake")
    (finding,) = await issuer(read(CheckSettings, issuer=ISSUER, keycloak_authority=tmp_path / "ca.crt"))
    assert finding.said == "the authority of keycloak.authority is no PEM certificate"
    assert finding.cure


async def test_elsewhere_managed_accounts_need_no_realm() -> None:
    assert [one.about for one in await found(Keycloak(), keycloak_url="")] == ["issuer", "client mainstay-portal"]
