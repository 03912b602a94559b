"""What is taken: no good keys are pushed out by an emptied database or a wrong address."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.kit.backup.manifest import BackupRefused
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf
from libs.kit.backup.taking import take
from libs.kit.settings import SettingsWrong, read
from tests.integration.kit.backup.conftest import RING, Small
from tests.support.backups import ask


async def test_keys_that_vanished_do_not_push_out_the_good_ones(small: Small) -> None:
    """A database made anew and migrated, or the address of another: refused before anything is pruned."""
    taken = await small.take(only_keys=True)
    emptied = {**small.urls, "employees": await small.databases.fresh("employees")}
    with pytest.raises(BackupRefused, match=r"employees: its database has keys of 0 persons, and .* of 50"):
        await take(small.settings(emptied), small.shelf, lambda _: None, only_keys=True)
    swapped = {**small.urls, "keycloak": await small.databases.fresh()}
    with pytest.raises(BackupRefused, match="keycloak: was a database of somebody else's"):
        await take(small.settings(swapped), small.shelf, lambda _: None, only_keys=True)
    assert [path.name for path in small.shelf.all("keys")] == [taken.keys.backup_id]


async def test_a_service_without_its_tables_is_not_taken_for_keycloak(small: Small, tmp_path: Path) -> None:
    never = {**small.urls, "employees": await small.databases.empty()}
    with pytest.raises(BackupRefused, match="employees: its database has no vault_keys"):
        await take(small.settings(never), Shelf.at(tmp_path / "new", None), lambda _: None, only_keys=True)


async def test_who_is_erased_stays_counted(small: Small) -> None:
    """A tombstone takes the place of the key, so the next archive has no less."""
    await small.take(only_keys=True)
    await ask(
        small.urls["employees"],
        "UPDATE vault_keys SET wrapped = NULL, ring_key = '', destroyed_at = now()"
        " WHERE subject_id = (SELECT min(subject_id::text)::uuid FROM vault_keys)",
    )
    taken = await small.take(only_keys=True)
    assert taken.keys.parts["employees"].tables["vault_keys"] == 50


@pytest.mark.parametrize("text", ["", "identity", "identity=mysql://x", "a=postgresql://x,a=postgresql://y"])
def test_addresses_that_cannot_be_read_are_refused_at_start(text: str) -> None:
    with pytest.raises(SettingsWrong, match="BACKUP_DATABASES"):
        read(BackupSettings, backup_databases=text, keyring=RING)


def test_an_address_with_several_hosts_stays_one() -> None:
    given = "identity=postgresql://u:p@a:1,b:2/identity,employees=postgresql://u@c/employees"
    found = read(BackupSettings, backup_databases=given, keyring=RING).databases
    assert found == {"identity": "postgresql://u:p@a:1,b:2/identity", "employees": "postgresql://u@c/employees"}
