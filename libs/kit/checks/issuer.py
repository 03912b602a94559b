"""The issuer: reached, itself, with keys; and where it is Keycloak, a realm as Mainstay needs it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from libs.kit.checks.findings import Finding
from libs.kit.checks.settings import CheckSettings

PORTAL, IDENTITY = "mainstay-portal", "mainstay-identity"
# What identity does at Keycloak, and by which of its roles.
NEEDED = {"users": "manage-users, view-users and query-users", "clients": "manage-clients and view-clients"}
_SECONDS = 8.0
_REALM = "apply charts/mainstay/files/realm.json, or set keycloak.realm.apply"


async def issuer(settings: CheckSettings) -> list[Finding]:
    trust: ssl.SSLContext | bool = True
    if settings.keycloak_authority and settings.keycloak_authority.is_file():
        try:
            trust = ssl.create_default_context(cafile=str(settings.keycloak_authority))
        except ssl.SSLError:
            said = "the authority of keycloak.authority is no PEM certificate"
            return [Finding("issuer", said, "put the authority's PEM file under that key of that Secret")]
    async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False, verify=trust) as http:
        return await Issuer(settings, http).findings()


def _unbelieved(error: BaseException | None) -> str:
    """Why a certificate was refused, in OpenSSL's words, where that is below an error; else empty."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""


class Issuer:
    def __init__(self, settings: CheckSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def findings(self) -> list[Finding]:
        address = (self._settings.issuer_address or self._settings.issuer).rstrip("/")
        try:
            return await self._all(address)
        except httpx.HTTPError as error:
            if refused := _unbelieved(error):
                cure = "name the authority that vouches for it in keycloak.authority; the host as its certificate does"
                return [Finding("issuer", f"{address} shows a certificate that is not believed ({refused})", cure)]
            cure = "correct keycloak.issuer (or issuerAddress, url); see networkPolicy.outside.keycloak"
            return [Finding("issuer", f"{address} does not answer ({type(error).__name__})", cure)]
        except (ValueError, KeyError, TypeError) as error:
            said = f"{address} answers in a way that is not understood ({type(error).__name__})"
            return [
                Finding("issuer", said, "is it an OpenID Connect issuer, and the client's rights those of the realm?")
            ]

    async def _all(self, address: str) -> list[Finding]:
        answer = await self._http.get(f"{address}/.well-known/openid-configuration")
        if answer.status_code != httpx.codes.OK:
            said = f"{address} answers with {answer.status_code}"
            return [Finding("issuer", said, f"correct keycloak.issuer; no such realm yet: {_REALM}")]
        published = answer.json()
        found = await self._published(published)
        found.append(await self._portal_secret(published))
        if self._settings.keycloak_url:
            found += await self._realm(published)
        return found

    async def _published(self, published: Mapping[str, Any]) -> list[Finding]:
        wanted = self._settings.issuer
        if published["issuer"] != wanted:
            cure = f"set keycloak.issuer to {published['issuer']}, or Keycloak's hostname so that it says {wanted}"
            return [Finding("issuer", f"calls itself {published['issuer']} instead of {wanted}", cure)]
        keys = (await self._http.get(published["jwks_uri"])).json().get("keys", [])
        if not keys:
            return [Finding("issuer", f"no keys at {published['jwks_uri']}", "see the realm's keys in Keycloak")]
        found = [Finding("issuer", f"{wanted}, {len(keys)} keys")]
        levels = published.get("acr_values_supported")
        missing = {self._settings.first_acr, self._settings.step_up_acr} - {"", *(levels or [])}
        if levels is not None and missing:
            said = f"levels {', '.join(sorted(missing))} are unknown to it"
            found.append(
                Finding("issuer", said, f"{_REALM}: attribute acr.loa.map; or set keycloak.firstAcr, stepUpAcr")
            )
        return found

    async def _portal_secret(self, published: Mapping[str, Any]) -> Finding:
        """A code nobody was given: an issuer that refuses the code, and not the client, knows the client's secret."""
        about = f"client {PORTAL}"
        answer = await self._http.post(
            published["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": "none",
                "redirect_uri": f"{self._settings.public_url}/auth/callback",
            },
            auth=(PORTAL, self._settings.oidc_client_secret.get_secret_value()),
        )
        said = answer.json().get("error", "")
        if said in {"invalid_client", "unauthorized_client"}:
            cure = f"give the secret that the issuer has for {PORTAL}; no such client yet: {_REALM}"
            return Finding(about, f"the issuer refuses its secret ({said})", cure)
        return Finding(about, "the issuer knows its secret")

    # -- Keycloak's realm, as identity's client sees it

    async def _realm(self, published: Mapping[str, Any]) -> list[Finding]:
        about = f"client {IDENTITY}"
        answer = await self._http.post(
            published["token_endpoint"],
            data={"grant_type": "client_credentials"},
            auth=(IDENTITY, self._settings.keycloak_client_secret.get_secret_value()),
        )
        if answer.status_code != httpx.codes.OK:
            cure = f"give the secret that Keycloak has for {IDENTITY}, with its service account on; or: {_REALM}"
            return [Finding(about, f"Keycloak refuses it ({answer.json().get('error', answer.status_code)})", cure)]
        self._token = str(answer.json()["access_token"])
        for what, roles in NEEDED.items():
            told = await self._administration(f"/{what}?max=1")
            if told.status_code != httpx.codes.OK:
                cure = f"give its service account realm-management's roles {roles}; or: {_REALM}"
                return [Finding(about, f"it may not see {what} ({told.status_code})", cure)]
        return [Finding(about, "it may keep accounts"), *await self._portal()]

    async def _portal(self) -> list[Finding]:
        clients = (await self._administration(f"/clients?clientId={PORTAL}")).json()
        if not clients:
            return [Finding(f"client {PORTAL}", "the realm has none", _REALM)]
        portal = clients[0]
        found = [*_client(portal, self._settings.public_url)]
        claim = self._settings.username_claim
        if claim not in await self._claims(portal):
            cure = f"give it a mapper of the user's attribute into {claim}; or: {_REALM}"
            found.append(
                Finding(f"client {PORTAL}", f"its ID tokens have no claim {claim}: nobody could sign in", cure)
            )
        return found or [Finding(f"client {PORTAL}", "as it is to be")]

    async def _claims(self, portal: Mapping[str, Any]) -> set[str]:
        """Claims of the ID token by the client's own mappers and those of its scopes; `profile` is asked for."""
        mappers = list(portal.get("protocolMappers", []))
        for kind in ("default-client-scopes", "optional-client-scopes"):
            for scope in (await self._administration(f"/clients/{portal['id']}/{kind}")).json():
                if kind.startswith("default") or scope["name"] in {"openid", "profile"}:
                    answer = await self._administration(f"/client-scopes/{scope['id']}/protocol-mappers/models")
                    mappers += answer.json()
        inside = [one["config"] for one in mappers if one["config"].get("id.token.claim") != "false"]
        return {"preferred_username" if "claim.name" not in one else str(one["claim.name"]) for one in inside}

    async def _administration(self, path: str) -> httpx.Response:
        base = f"{self._settings.keycloak_url.rstrip('/')}/admin/realms/{self._settings.keycloak_realm}"
        return await self._http.get(base + path, headers={"authorization": f"Bearer {self._token}"})


def _client(portal: Mapping[str, Any], public_url: str) -> list[Finding]:
    about = f"client {PORTAL}"
    back = f"{public_url}/auth/callback"
    attributes = portal.get("attributes", {})
    wrong = [
        (not portal.get("enabled"), "it is disabled", "enable it"),
        (portal.get("publicClient"), "it has no secret", "turn client authentication on"),
        (not portal.get("standardFlowEnabled"), "the code flow is off", "turn the standard flow on"),
        (portal.get("directAccessGrantsEnabled"), "it takes passwords past the pages", "turn direct access off"),
        (back not in portal.get("redirectUris", []), f"{back} is no redirect URI of it", f"add exactly {back}"),
        (
            any("*" in one for one in portal.get("redirectUris", [])),
            "a redirect URI has a wildcard",
            f"leave {back} alone there",
        ),
        (attributes.get("pkce.code.challenge.method") != "S256", "PKCE is not asked for", "set it to S256"),
        (
            not attributes.get("backchannel.logout.url"),
            "it has no back-channel logout: a sign-out at Keycloak would end no session here",
            "set it to …/auth/back-channel-logout of the front door, as Keycloak reaches it",
        ),
    ]
    return [Finding(about, said, f"{cure}; or: {_REALM}") for is_so, said, cure in wrong if is_so]
