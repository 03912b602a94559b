"""What is written to Keycloak is judged on what was read for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.identity.issuer import EntryShut, NameTaken, Told
from services.identity.keycloak_directory import KeycloakDirectory
from services.identity.register import PERSON, SYSTEM
from services.identity.settings import IdentitySettings
from tests.support.passports import KEYRING, SECRET


class Console:
    """Keycloak's own calls, for one user and one client; `enabled` is what somebody else says."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.written: list[dict[str, Any]] = []

    async def a_get_user(self, entry_id: str) -> dict[str, Any]:
        return {"id": entry_id, "username": "e1", "enabled": self.enabled}

    async def a_get_client(self, entry_id: str) -> dict[str, Any]:
        return {"id": entry_id, "clientId": "erp", "enabled": self.enabled}

    async def a_update_user(self, _entry_id: str, said: dict[str, Any]) -> None:
        self.written.append(said)

    a_update_client = a_update_user


def told(kind: str) -> Told:
    return Told(kind, "account", "E1" if kind == PERSON else "erp", let_in=True)


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> KeycloakDirectory:
    needed = {"database_url": "unused", "bus_url": "postgresql:///unused", "keyring": KEYRING}
    reached = {"keycloak_url": "http://localhost:1", "workload_secret": SECRET, "keycloak_client_secret": "unused"}
    made = KeycloakDirectory(IdentitySettings.model_validate({**needed, **reached}))

    async def nothing() -> None:
        return None

    monkeypatch.setattr(made, "_sign_in", nothing)
    return made


@pytest.mark.parametrize("kind", [PERSON, SYSTEM])
async def test_whom_somebody_shut_out_meanwhile_is_not_let_in(
    directory: KeycloakDirectory, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    console = Console(enabled=False)
    monkeypatch.setattr(directory, "_admin", console)
    with pytest.raises(EntryShut):
        await directory.change("1", told(kind), keep_shut=True)
    assert console.written == []
    await directory.change("1", told(kind))
    assert [one["enabled"] for one in console.written] == [True]
    await directory.change("1", replace(told(kind), let_in=False), keep_shut=True)


@pytest.mark.parametrize("kind", [PERSON, SYSTEM])
async def test_what_stays_is_not_said_so_that_a_shutting_at_this_moment_survives(
    directory: KeycloakDirectory, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    console = Console(enabled=True)
    monkeypatch.setattr(directory, "_admin", console)
    await directory.change("1", told(kind), keep_shut=True)
    assert len(console.written) == 1
    assert "enabled" not in console.written[0]


async def test_a_user_that_keycloak_says_is_a_clients_is_not_written_whatever_its_name(
    directory: KeycloakDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(enabled=True)
    user = {"id": "1", "username": "e1", "enabled": True, "serviceAccountClientId": "erp"}

    async def held(_entry_id: str) -> dict[str, Any]:
        return user

    monkeypatch.setattr(console, "a_get_user", held)
    monkeypatch.setattr(directory, "_admin", console)
    entry = await directory.entry(PERSON, "1")
    assert entry is not None
    assert not entry.free_to_take
    with pytest.raises(NameTaken):
        await directory.change("1", told(PERSON))
    assert console.written == []
