"""Somebody at Keycloak's own console: the server's administrator, whom identity must notice."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from services.identity.register import PERSON
from tests.support.keycloak import Realm
from tools.stack.keycloak import ADMIN_PASSWORD, ADMIN_USERNAME, REALM

_FOLDERS = {PERSON: "users"}


class Console:
    def __init__(self, realm: Realm) -> None:
        self._server = realm.server
        self._http = httpx.AsyncClient(base_url=realm.server.address, timeout=20, trust_env=False)
        self._probe = f"probe-{uuid4().hex[:8]}"

    async def open(self) -> Console:
        """Makes a client through which people sign in with their password alone, so that a test need not use pages."""
        client = {"clientId": self._probe, "publicClient": True, "directAccessGrantsEnabled": True}
        await self._manage("POST", "clients", client)
        return self

    async def close(self) -> None:
        await self._http.aclose()

    async def shut(self, kind: str, entry_id: str, *, let_in: bool = False) -> None:
        held = await self._held(kind, entry_id)
        await self._manage("PUT", f"{_folder(kind)}/{entry_id}", {**held, "enabled": let_in})

    async def delete(self, kind: str, entry_id: str) -> None:
        await self._manage("DELETE", f"{_folder(kind)}/{entry_id}")

    async def add_person(self, username: str) -> str:
        """A user that no account is named in."""
        return await self._added("users", {"username": username, "enabled": True})

    async def add_client(self, name: str, *, integration: bool = False) -> tuple[str, str]:
        """A client that no account is named in, with the user it acts as: both ids."""
        attributes = {"mainstay.integration": "true"} if integration else {}
        made = {"clientId": name, "serviceAccountsEnabled": True, "attributes": attributes}
        client = await self._added("clients", made)
        user = (await self._manage("GET", f"clients/{client}/service-account-user")).json()
        return client, str(user["id"])

    async def identitys_client(self) -> str:
        (found,) = (await self._manage("GET", "clients?clientId=mainstay-identity")).json()
        return str(found["id"])

    async def whole(self, kind: str, entry_id: str) -> object:
        """All that is held, to be compared. Keycloak's lists of names are sets: it tells them in any order."""
        return _in_order(await self._held(kind, entry_id))

    async def renumber(self, entry_id: str, number: str) -> None:
        held = await self._held(PERSON, entry_id)
        held["attributes"]["employee_number"] = [number]
        await self._manage("PUT", f"users/{entry_id}", held)

    async def look(self, kind: str, entry_id: str) -> dict[str, Any]:
        held = await self._held(kind, entry_id)
        ours = {"mainstay-api", "mainstay-events"}
        return {
            "family_name": held.get("lastName", ""),
            "given_name": held.get("firstName", ""),
            "mail": held.get("email", ""),
            "secret": held.get("secret", ""),
            "scopes": ours & set(held.get("defaultClientScopes", ())),
            "not_before": held.get("notBefore", 0),
            "actions": held.get("requiredActions", ()),
        }

    async def people(self, username: str) -> list[dict[str, Any]]:
        """Users of just this name."""
        found: list[dict[str, Any]] = (await self._manage("GET", f"users?exact=true&username={username}")).json()
        return found

    async def sign_in(self, entry_id: str, password: str) -> str | None:
        """A refresh token; None when Keycloak does not let them in."""
        held = await self._held(PERSON, entry_id)
        return await self._token(grant_type="password", username=held["username"], password=password)

    async def goes_on(self, session: str) -> bool:
        return await self._token(grant_type="refresh_token", refresh_token=session) is not None

    async def _token(self, **form: str) -> str | None:
        address = f"/realms/{REALM}/protocol/openid-connect/token"
        answer = await self._http.post(address, data={"client_id": self._probe, **form})
        return str(answer.json()["refresh_token"]) if answer.is_success else None

    async def _added(self, folder: str, made: object) -> str:
        return (await self._manage("POST", folder, made)).headers["location"].rpartition("/")[2]

    async def _held(self, kind: str, entry_id: str) -> dict[str, Any]:
        held: dict[str, Any] = (await self._manage("GET", f"{_folder(kind)}/{entry_id}")).json()
        return held

    async def _manage(self, verb: str, path: str, body: object = None) -> httpx.Response:
        secrets = self._server.secrets
        form = {"username": secrets[ADMIN_USERNAME], "password": secrets[ADMIN_PASSWORD]}
        signed = await self._http.post(
            "/realms/master/protocol/openid-connect/token",
            data={"grant_type": "password", "client_id": "admin-cli", **form},
        )
        signed.raise_for_status()
        headers = {"authorization": f"Bearer {signed.json()['access_token']}"}
        answer = await self._http.request(verb, f"/admin/realms/{REALM}/{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer


def _folder(kind: str) -> str:
    return _FOLDERS.get(kind, "clients")


def _in_order(held: Any) -> Any:
    if isinstance(held, dict):
        return {key: _in_order(value) for key, value in held.items()}
    if isinstance(held, list) and all(isinstance(one, str) for one in held):
        return sorted(held)
    return [_in_order(one) for one in held] if isinstance(held, list) else held
