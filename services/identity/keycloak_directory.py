"""Keycloak behind the port `issuer.IssuerDirectory`, by python-keycloak. Every call has a time limit of its own.

An entry is read, altered and written back as a whole: what it holds beside what identity keeps stays as it is. Our own
changes are told from others' by the user that our client acts as.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from keycloak import KeycloakAdmin, KeycloakOpenIDConnection
from keycloak.exceptions import (
    KeycloakConnectionError,
    KeycloakDeleteError,
    KeycloakError,
    KeycloakGetError,
    raise_error_from_response,
)

from libs.kit.tls import trusting
from services.identity import names
from services.identity.issuer import (
    Changed,
    Changes,
    Entry,
    EntryMissing,
    EntryShut,
    IssuerClosed,
    IssuerFailed,
    IssuerRefused,
    IssuerUnreachable,
    MailTaken,
    NameTaken,
    PasswordRefused,
    Told,
)
from services.identity.register import PERSON, SYSTEM
from services.identity.settings import IdentitySettings

T = TypeVar("T")
_ACCOUNT, _NUMBER = "account_id", "employee_number"
# What the realm's code says of a client that an account may take over.
_INTEGRATION = "mainstay.integration"
_CHOOSE_PASSWORD = "UPDATE_PASSWORD"  # noqa: S105 - an action's name
# What a system's tokens can be good for; other scopes of its client are the realm's business.
SCOPES = ("mainstay-api", "mainstay-events")
_SYSTEM_SCOPES = ("service_account",)
_PAGE = 200
# Keycloak writes an event in the transaction of the change: one may appear after a later one.
_OVERLAP_MILLISECONDS = 5000
_KINDS = {"users": PERSON, "clients": SYSTEM}
_NOT_NOW = frozenset({408, 429, 502, 503, 504})
_CLIENT_ATTRIBUTES = {"client_credentials.use_refresh_token": "false", "access.token.lifespan": "300"}


def _trust(authority: Path | None) -> Any:
    """What the library hands to its client of HTTP as it is: a context too, which follows its file."""
    return trusting(authority) if authority else True


class KeycloakDirectory:
    def __init__(self, settings: IdentitySettings) -> None:
        self._limit = settings.keycloak_seconds
        self._client_id = settings.keycloak_client_id
        self._connection = KeycloakOpenIDConnection(
            server_url=settings.keycloak_url.rstrip("/") + "/",
            realm_name=settings.keycloak_realm,
            client_id=settings.keycloak_client_id,
            client_secret_key=settings.keycloak_client_secret.get_secret_value(),
            verify=_trust(settings.keycloak_authority),
            # The library's own limit is for its blocking half, which is not used.
            timeout=int(self._limit) + 1,
            pool_maxsize=settings.keycloak_at_once * 2,
        )
        self._admin: Any = KeycloakAdmin(connection=self._connection)
        self._signing_in = asyncio.Lock()
        self._self_id = ""
        self._scope_ids: Mapping[str, str] = {}

    async def entry(self, kind: str, entry_id: str) -> Entry | None:
        try:
            return self._entry(kind, await self._read(kind, entry_id))
        except EntryMissing:
            return None

    async def find(self, kind: str, account_id: str, username: str) -> Entry | None:
        if kind == SYSTEM:
            entry_id = await self._ask(self._admin.a_get_client_id, username)
            return await self.entry(kind, entry_id) if entry_id else None
        query = {"q": f"{_ACCOUNT}:{account_id}", "first": 0, "max": 2}
        found = await self._ask(self._admin.a_get_users, query) or await self._named(username)
        return self._entry(kind, found[0]) if found else None

    async def create(self, told: Told) -> str:
        if told.kind == SYSTEM:
            return str(await self._ask(self._admin.a_create_client, _new_client(told)))
        if names.belongs_to_a_client(told.username):
            raise NameTaken
        try:
            return str(await self._ask(self._admin.a_create_user, _new_user(told)))
        except IssuerRefused as refused:
            # Nor does it always know why its database refused the second.
            if refused.status < HTTPStatus.INTERNAL_SERVER_ERROR or not await self._named(told.username):
                raise
            raise NameTaken from None

    async def change(self, entry_id: str, told: Told, *, keep_shut: bool = False) -> None:
        held = await self._ours(told.kind, entry_id)
        if told.kind == PERSON and names.belongs_to_a_client(told.username):
            raise NameTaken
        if keep_shut and told.let_in and not held.get("enabled"):
            raise EntryShut
        if told.kind == SYSTEM:
            said = _with_client(held, told)
            if said != held:
                await self._ask(self._admin.a_update_client, entry_id, _without_same(said, held))
            if told.scopes:
                await self._scope(entry_id, held, told)
            return
        said = _with_user(held, told)
        if said != held:
            await self._ask(self._admin.a_update_user, entry_id, _without_same(said, held))

    async def end_sessions(self, kind: str, entry_id: str, until: datetime | None = None) -> None:
        held = await self._ours(kind, entry_id)
        if kind == SYSTEM:
            since = int(until.timestamp()) if until else int(time.time())
            await self._ask(self._admin.a_update_client, entry_id, {**held, "notBefore": since})
        elif until is None:
            # Sets the user's not-before too, so that refresh tokens of sessions it does not know are refused.
            await self._ask(self._admin.a_user_logout, entry_id)
        else:
            await self._end_earlier(entry_id, until)

    async def _end_earlier(self, entry_id: str, until: datetime) -> None:
        """One by one: Keycloak's own way ends also the session that is just beginning."""
        sessions: list[Any] = await self._ask(self._admin.a_get_sessions, entry_id)
        # In milliseconds, of whole seconds.
        for session in (one["id"] for one in sessions if one["start"] <= until.timestamp() * 1000):
            path = f"admin/realms/{self._connection.realm_name}/sessions/{session}"

            async def end(path: str = path) -> None:
                answer = await self._connection.a_raw_delete(path)
                # Not found: it ended by itself meanwhile.
                raise_error_from_response(answer, KeycloakDeleteError, expected_codes=[204, 404])

            await self._ask(end)

    async def disarm(self, entry_id: str) -> None:
        held = await self._ours(PERSON, entry_id)
        await self._drop_credentials(entry_id)
        actions = {*held.get("requiredActions", ()), _CHOOSE_PASSWORD}
        await self._ask(self._admin.a_update_user, entry_id, {**held, "requiredActions": sorted(actions)})
        # A session may have begun until the password was gone, and what was added in it goes too.
        await self._ask(self._admin.a_user_logout, entry_id)
        await self._drop_credentials(entry_id)

    async def remove(self, kind: str, entry_id: str) -> None:
        delete = self._admin.a_delete_user if kind == PERSON else self._admin.a_delete_client
        try:
            await self._ours(kind, entry_id)
            await self._ask(delete, entry_id)
        except EntryMissing:
            return

    async def set_password(self, entry_id: str, password: str, *, temporary: bool) -> None:
        # Whoever was locked out for guessing begins anew.
        await self._ask(self._admin.a_clear_bruteforce_attempts_for_user, entry_id)
        try:
            await self._ask(self._admin.a_set_user_password, entry_id, password, temporary=temporary)
        except IssuerRefused as refused:
            raise PasswordRefused if refused.status == HTTPStatus.BAD_REQUEST else refused from None

    async def remove_second_factors(self, entry_id: str) -> int:
        return await self._drop_credentials(entry_id, but="password")

    async def changes(self, position: str) -> Changes:
        if not position:
            newest = await self._events(direction="desc", max=1)
            return Changes((), str(newest[0]["time"] + 1) if newest else "0")
        since, _, read = position.partition("+")
        already = int(read or 0)
        events = await self._events(direction="asc", dateFrom=since, first=already, max=_PAGE)
        changed = [one for one in map(self._changed, events) if one is not None]
        if len(events) == _PAGE:
            return Changes(changed, f"{since}+{already + _PAGE}", more=True)
        until = max(int(since), events[-1]["time"] - _OVERLAP_MILLISECONDS) if events else int(since)
        return Changes(changed, str(until))

    async def close(self) -> None:
        await self._connection.aclose()
        await self._connection.keycloak_openid.connection.aclose()

    async def _drop_credentials(self, entry_id: str, but: str = "") -> int:
        held = await self._ask(self._admin.a_get_credentials, entry_id)
        dropped = [one["id"] for one in held if one["type"] != but]
        for credential in dropped:
            await self._ask(self._admin.a_delete_credential, entry_id, credential)
        return len(dropped)

    async def _named(self, username: str) -> list[Any]:
        query = {"username": username, "exact": "true", "first": 0, "max": 2}
        found: list[Any] = await self._ask(self._admin.a_get_users, query)
        return found

    async def _events(self, **query: Any) -> list[Any]:
        if not self._self_id:
            own = await self._ask(self._admin.a_get_client_id, self._client_id)
            self._self_id = (await self._ask(self._admin.a_get_client_service_account_user, own))["id"]
        path = f"admin/realms/{self._connection.realm_name}/admin-events"

        async def ask() -> Any:
            answer = await self._connection.a_raw_get(path, resourceTypes=["USER", "CLIENT"], **query)
            return raise_error_from_response(answer, KeycloakGetError)

        found: list[Any] = await self._ask(ask)
        return found

    def _changed(self, event: Mapping[str, Any]) -> Changed | None:
        folder, _, rest = str(event.get("resourcePath", "")).partition("/")
        entry_id, _, part = rest.partition("/")
        kind = _KINDS.get(folder)
        if kind is None or not entry_id or event.get("authDetails", {}).get("userId") == self._self_id:
            return None
        return Changed(kind, entry_id, deleted=event.get("operationType") == "DELETE" and not part)

    async def _read(self, kind: str, entry_id: str) -> dict[str, Any]:
        read = self._admin.a_get_user if kind == PERSON else self._admin.a_get_client
        held: dict[str, Any] = await self._ask(read, entry_id)
        return held

    async def _ours(self, kind: str, entry_id: str) -> dict[str, Any]:
        """Reads what is about to be written. Raises NameTaken for what never may be."""
        held = await self._read(kind, entry_id)
        if held["clientId"] == self._client_id if kind == SYSTEM else _is_service_user(held):
            raise NameTaken
        return held

    def _entry(self, kind: str, held: Mapping[str, Any]) -> Entry:
        attributes = held.get("attributes") or {}
        if kind == SYSTEM:
            free = _first(attributes, _INTEGRATION) == "true" and held["clientId"] != self._client_id
        else:
            free = not _is_service_user(held)
        return Entry(
            entry_id=held["id"],
            kind=kind,
            username=held["username" if kind == PERSON else "clientId"],
            let_in=bool(held.get("enabled")),
            account_id=_first(attributes, _ACCOUNT),
            employee_number=_first(attributes, _NUMBER),
            free_to_take=free,
        )

    async def _scope(self, entry_id: str, held: Mapping[str, Any], told: Told) -> None:
        """Gives a client the scopes it is told, and takes those of ours it is not."""
        if not self._scope_ids:
            known = await self._ask(self._admin.a_get_client_scopes)
            self._scope_ids = {one["name"]: one["id"] for one in known if one["name"] in SCOPES}
        given = set(held.get("defaultClientScopes", ()))
        for name, scope_id in self._scope_ids.items():
            if name in told.scopes and name not in given:
                await self._ask(self._admin.a_add_client_default_client_scope, entry_id, scope_id, {})
            elif name in given and name not in told.scopes:
                await self._ask(self._admin.a_delete_client_default_client_scope, entry_id, scope_id)

    async def _ask(self, call: Callable[..., Awaitable[T]], *arguments: Any, **named: Any) -> T:
        try:
            async with asyncio.timeout(self._limit):
                await self._sign_in()
                return await call(*arguments, **named)
        except (TimeoutError, KeycloakConnectionError):
            raise IssuerUnreachable from None
        except KeycloakError as error:
            raise _failure(error) from None

    async def _sign_in(self) -> None:
        """One new token for all who find the present one old: the library would fetch one for each of them."""
        async with self._signing_in:
            try:
                # The library's own name for it; what it does within a call stays as the second line.
                await self._connection.a__refresh_if_required()
            except KeycloakError as error:
                if isinstance(error, KeycloakConnectionError) or error.response_code in _NOT_NOW:
                    raise IssuerUnreachable from None
                raise IssuerClosed from None


def _failure(error: KeycloakError) -> IssuerFailed:
    code = error.response_code
    if code is None or code in _NOT_NOW:
        return IssuerUnreachable()
    if code == HTTPStatus.UNAUTHORIZED:
        return IssuerClosed()
    if code == HTTPStatus.NOT_FOUND:
        return EntryMissing()
    if code == HTTPStatus.CONFLICT:
        # Of two who create the same name at once, one is told "same username or email".
        return MailTaken() if b"same email" in bytes(error.response_body or b"").lower() else NameTaken()
    return IssuerRefused(code)


def _first(attributes: Mapping[str, Any], name: str) -> str:
    """A user's attribute is a list, a client's is a text."""
    held = attributes.get(name) or ""
    return str(held[0]) if isinstance(held, list) else str(held)


def _is_service_user(held: Mapping[str, Any]) -> bool:
    """Not every answer of Keycloak's says whose user it is; the name always does."""
    return bool(held.get("serviceAccountClientId")) or names.belongs_to_a_client(str(held.get("username", "")))


def _new_user(told: Told) -> dict[str, Any]:
    # Without a password nobody gets in; the first one, whoever sets it, is to be changed.
    return _with_user({"requiredActions": [_CHOOSE_PASSWORD]}, told)


def _with_user(held: Mapping[str, Any], told: Told) -> dict[str, Any]:
    said = dict(held)
    if str(held.get("username", "")).casefold() != told.username.casefold():
        said["username"] = told.username
    said["enabled"] = told.let_in
    said["attributes"] = {**(held.get("attributes") or {}), _ACCOUNT: [told.account_id], _NUMBER: [told.username]}
    if told.profile is not None:
        said["firstName"], said["lastName"] = told.profile.given_name, told.profile.family_name
        said = {name: value for name, value in said.items() if value or name not in {"firstName", "lastName"}}
        # HR knows the address, so nobody has to prove it; Keycloak keeps it in lower case.
        mail = told.profile.work_mail.lower()
        if mail:
            said |= {"email": mail, "emailVerified": True}
        elif held.get("email"):
            said |= {"email": "", "emailVerified": False}
    return said


def _without_same(said: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Keycloak leaves `enabled` as it is where it is not said: somebody may shut the entry at this very moment."""
    same = said["enabled"] == held.get("enabled")
    return {name: value for name, value in said.items() if name != "enabled" or not same}


def _new_client(told: Told) -> dict[str, Any]:
    fixed = {
        "clientId": told.username,
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": False,
        "attributes": _CLIENT_ATTRIBUTES,
        "defaultClientScopes": [*_SYSTEM_SCOPES, *told.scopes],
        "optionalClientScopes": [],
        "description": told.description,
    }
    return _with_client(fixed, told)


def _with_client(held: Mapping[str, Any], told: Told) -> dict[str, Any]:
    said = {**held, "clientId": told.username, "enabled": told.let_in}
    said["attributes"] = {**(held.get("attributes") or {}), _ACCOUNT: told.account_id}
    if told.secret:
        said["secret"] = told.secret
    return said
