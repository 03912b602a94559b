"""Keycloak's realm as code, for one that runs already: python -m services.identity.realm apply | check

apply   make the realm when there is none; else bring what Mainstay needs of it up to the file, and touch nothing more
check   only say what `apply` would do

People, other clients, other scopes and whatever else the realm holds stay as they are; nothing is ever deleted but
addresses with a wildcard that people would be sent back to. What the file calls `${MAINSTAY_…}` comes from the
environment. Signs in as an administrator of the master realm. Ends with 0 when all is as it should be, 1 when something
is not (and was only to be checked, or cannot be corrected), 2 for wrong settings, 3 when Keycloak cannot be had.
Another browser flow than the file's is for a person to change: `check` ends with 1 for it, `apply` warns and goes on,
so that no upgrade hangs on it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.kit.settings import load

# Demonstrations, not needed to run: without a secret for it, such a client is left out.
_OPTIONAL = frozenset({"erp", "warehouse"})
_PLACEHOLDER = re.compile(r"\$\{(MAINSTAY_[A-Z_]+)\}")
# Parts of a realm with a way of their own; flows and users cannot be altered as a whole without harm.
_APART = frozenset(
    {"clients", "clientScopes", "roles", "users", "authenticationFlows", "authenticatorConfig", "clientScopeMappings"}
    | {"defaultRole", "defaultDefaultClientScopes", "defaultOptionalClientScopes", "components", "requiredActions"}
)
# Lists that keep what else they hold: a company's own, and addresses that pods of the release before still come from.
_GROWING = frozenset({"redirectUris", "supportedLocales", "eventsListeners", "enabledEventTypes"})
# The same for a list that Keycloak keeps as text: where people come back to after they signed out.
_GROWING_TEXT = frozenset({"post.logout.redirect.uris"})
_BETWEEN = "##"
_SECONDS = 30.0
Entry = Mapping[str, Any]


class RealmSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    keycloak_url: str = Field(description="Keycloak's address")
    keycloak_realm: str = Field("mainstay", description="The realm's name")
    keycloak_authority: Path | None = Field(None, description="PEM file of the authority that vouches for Keycloak")
    keycloak_admin_username: str = Field(description="An administrator of the master realm")
    keycloak_admin_password: SecretStr = Field(description="Their password")
    realm_file: Path = Field(description="The realm as code")


class RealmUnfit(Exception):
    """The file cannot be used as it is; says why."""


def wanted(text: str, realm: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The realm that a file describes, with values for its placeholders. Raises RealmUnfit, naming missing ones."""
    described: dict[str, Any] = json.loads(text)
    described["clients"] = [
        one for one in described["clients"] if one["clientId"] not in _OPTIONAL or not _missing(one, given)
    ]
    missing = _missing(described, given)
    if missing:
        raise RealmUnfit(f"no value for {', '.join(missing)}")
    filled: dict[str, Any] = _filled(described, given)
    return {**filled, "realm": realm}


def _missing(part: Any, given: Mapping[str, str]) -> list[str]:
    return sorted(name for name in set(_PLACEHOLDER.findall(json.dumps(part))) if not given.get(name))


def _filled(part: Any, given: Mapping[str, str]) -> Any:
    match part:
        case str():
            return _PLACEHOLDER.sub(lambda found: given[found[1]], part)
        case list():
            return [_filled(one, given) for one in part]
        case dict():
            return {name: _filled(one, given) for name, one in part.items()}
        case _:
            return part


def differing(want: Entry, held: Entry, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What of `want` is not so in `held`, as it is to be; of inner objects only what is wanted counts."""
    due = {name: _grown(name, value, held.get(name)) for name, value in want.items() if name not in without}
    return {name: value for name, value in due.items() if not _holds(held.get(name), value)}


def _grown(name: str, want: Any, held: Any) -> Any:
    if isinstance(want, dict):
        inside = held if isinstance(held, dict) else {}
        return {inner: _grown(inner, value, inside.get(inner)) for inner, value in want.items()}
    if want and name in _GROWING_TEXT:
        return _BETWEEN.join(_united(want.split(_BETWEEN), (held or "").split(_BETWEEN)))
    if want and name in _GROWING:
        return _united(want, held or [])
    return want


def _united(want: Sequence[str], held: Sequence[str]) -> list[str]:
    """Without what fits anything, which would send codes and people anywhere, and Keycloak's word for none (`-`)."""
    return [*want, *(one for one in held if one not in {*want, "", "-"} and "*" not in one)]


def _holds(held: Any, want: Any) -> bool:
    if isinstance(want, dict):
        return isinstance(held, dict) and all(_holds(held.get(name), value) for name, value in want.items())
    if isinstance(want, list):
        return isinstance(held, list) and sorted(map(str, held)) == sorted(map(str, want))
    # Keycloak leaves empty texts out.
    return bool(held == want or (want == "" and held is None))


class Realm:
    """One realm at one Keycloak. `said` has a line for everything that was not as wanted.

    `whole`: nothing is left that had to be corrected; `warned`: something is, but only a person can.
    """

    def __init__(self, http: httpx.AsyncClient, keycloak: str, want: Entry, *, alter: bool) -> None:
        self._http = http
        self._realms = f"{keycloak}/admin/realms"
        self._want = want
        self._alter = alter
        self.said: list[str] = []
        self.whole = True
        self.warned = False

    async def apply(self) -> None:
        """Raises httpx.HTTPError."""
        answer = await self._http.get(f"{self._realms}/{self._want['realm']}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            if self._alter:
                (await self._http.post(self._realms, json=self._want)).raise_for_status()
            self._tell("realm", "missing", done=self._alter)
            return
        held = answer.raise_for_status().json()
        await self._settings(held)
        await self._scopes()
        for client in self._want["clients"]:
            await self._client(client)
        await self._rights()
        self._flow(held.get("browserFlow"), self._want.get("browserFlow"))

    def _flow(self, held: str | None, want: str | None) -> None:
        """Flows hang together with what people have enrolled: a person decides."""
        if held != want:
            self.whole, self.warned = self.whole and self._alter, True
            self.said.append(f"WARNING browser flow: {held} instead of {want}: left, see Authentication > Flows > Bind")

    async def _settings(self, held: Entry) -> None:
        wrong = differing(self._want, held, without=_APART | {"browserFlow"})
        if wrong:
            told = {**wrong, "attributes": {**held.get("attributes", {}), **wrong.get("attributes", {})}}
            self._tell("realm", ", ".join(sorted(wrong)), done=await self._act("PUT", "", told))

    async def _scopes(self) -> None:
        there = {one["name"]: one for one in await self._get("/client-scopes")}
        for scope in self._want["clientScopes"]:
            if scope["name"] not in there:
                self._tell(f"scope {scope['name']}", "missing", done=await self._act("POST", "/client-scopes", scope))
                continue
            held = there[scope["name"]]
            path = f"/client-scopes/{held['id']}/protocol-mappers/models"
            await self._mappers(f"scope {scope['name']}", path, scope, held)

    async def _mappers(self, about: str, path: str, want: Entry, held: Entry) -> None:
        there = {one["name"]: one for one in held.get("protocolMappers", [])}
        for mapper in want.get("protocolMappers", []):
            what = f"mapper {mapper['name']}"
            found = there.get(mapper["name"])
            if found is None:
                self._tell(about, f"{what} missing", done=await self._act("POST", path, mapper))
            elif wrong := differing(mapper, found):
                done = await self._act("PUT", f"{path}/{found['id']}", {**found, **wrong})
                self._tell(about, what, done=done)

    async def _client(self, want: Entry) -> None:
        about = f"client {want['clientId']}"
        found = await self._get(f"/clients?clientId={want['clientId']}")
        if not found:
            self._tell(about, "missing", done=await self._act("POST", "/clients", want))
            return
        held = found[0]
        apart = frozenset({"defaultClientScopes", "optionalClientScopes", "protocolMappers"})
        wrong = differing(want, held, without=apart)
        if wrong:
            whole = {**held, **wrong, "attributes": {**held.get("attributes", {}), **wrong.get("attributes", {})}}
            done = await self._act("PUT", f"/clients/{held['id']}", whole)
            self._tell(about, ", ".join(sorted(wrong)), done=done)
        await self._mappers(about, f"/clients/{held['id']}/protocol-mappers/models", want, held)
        await self._client_scopes(about, want, held)

    async def _client_scopes(self, about: str, want: Entry, held: Entry) -> None:
        lacking = set(want.get("defaultClientScopes", [])) - set(held.get("defaultClientScopes", []))
        ids = {one["name"]: one["id"] for one in await self._get("/client-scopes")} if lacking else {}
        for name in sorted(lacking):
            done = name in ids and await self._act("PUT", f"/clients/{held['id']}/default-client-scopes/{ids[name]}")
            self._tell(about, f"scope {name} missing", done=done)

    async def _rights(self) -> None:
        """What the service accounts among the file's users may do at Keycloak."""
        for user in self._want["users"]:
            for target, roles in user.get("clientRoles", {}).items():
                await self._give(user["serviceAccountClientId"], target, roles)

    async def _give(self, client_id: str, target: str, roles: Sequence[str]) -> None:
        clients = await self._get(f"/clients?clientId={client_id}")
        targets = await self._get(f"/clients?clientId={target}")
        if not (clients and targets):
            return
        account = await self._get(f"/clients/{clients[0]['id']}/service-account-user")
        ways = (
            f"/users/{account['id']}/role-mappings/clients/{targets[0]['id']}",
            # A client without full scope gets into its tokens only what is mapped here.
            f"/clients/{clients[0]['id']}/scope-mappings/clients/{targets[0]['id']}",
        )
        for path in ways:
            there = {one["name"] for one in await self._get(path)}
            lacking = [one for one in roles if one not in there]
            if lacking:
                found = [await self._get(f"/clients/{targets[0]['id']}/roles/{one}") for one in lacking]
                done = await self._act("POST", path, found)
                self._tell(f"client {client_id}", f"roles {', '.join(lacking)} missing", done=done)

    async def _get(self, path: str) -> Any:
        return (await self._http.get(f"{self._realms}/{self._want['realm']}{path}")).raise_for_status().json()

    async def _act(self, verb: str, path: str, body: Any = None) -> bool:
        if self._alter:
            address = f"{self._realms}/{self._want['realm']}{path}"
            (await self._http.request(verb, address, json=body)).raise_for_status()
        return self._alter

    def _tell(self, about: str, what: str, *, done: bool) -> None:
        self.whole &= done
        self.said.append(f"{about}: {what}: {'corrected' if done else 'left'}")


async def _run(command: str, settings: RealmSettings) -> int:
    want = wanted(settings.realm_file.read_text(encoding="utf-8"), settings.keycloak_realm, os.environ)
    base = settings.keycloak_url.rstrip("/")
    trust: ssl.SSLContext | bool = True
    if settings.keycloak_authority:
        trust = ssl.create_default_context(cafile=str(settings.keycloak_authority))
    async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False, verify=trust) as http:
        signed_in = await http.post(
            f"{base}/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": settings.keycloak_admin_username,
                "password": settings.keycloak_admin_password.get_secret_value(),
            },
        )
        token = signed_in.raise_for_status().json()["access_token"]
        http.headers["authorization"] = f"Bearer {token}"
        realm = Realm(http, base, want, alter=command == "apply")
        await realm.apply()
    state = "as wanted" if realm.whole and not realm.warned else "not all as wanted"
    print("\n".join([*realm.said, f"realm {settings.keycloak_realm}: {state}"]))  # noqa: T201 - what it is for
    return 0 if realm.whole else 1


def _told(line: str, status: int) -> int:
    print(line, file=sys.stderr)  # noqa: T201 - as above
    return status


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m services.identity.realm", description="Keycloak's realm as code")
    parser.add_argument("command", choices=["apply", "check"])
    command = parser.parse_args().command
    settings = load(RealmSettings)
    try:
        return asyncio.run(_run(command, settings))
    except (RealmUnfit, ValueError, OSError) as error:
        return _told(f"{settings.realm_file}: {error}", 2)
    except httpx.HTTPStatusError as error:
        path = error.request.url.path
        return _told(f"Keycloak refuses {error.request.method} {path}: {error.response.status_code}", 3)
    except httpx.HTTPError as error:
        return _told(f"Keycloak at {settings.keycloak_url} cannot be had: {type(error).__name__}", 3)


if __name__ == "__main__":
    sys.exit(main())
