"""What lies on disk: every byte counts, and the keyring decides who reads it."""

from __future__ import annotations

import base64
import os
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.kit.backup.checking import Backup, check
from libs.kit.backup.manifest import BackupRefused, Signet
from libs.kit.backup.sealing import FileDamaged
from libs.kit.backup.taking import take
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from libs.kit.tables import vault_keys
from libs.kit.vault import KEY_COLUMNS, Keyring, Vault
from tests.integration.kit.backup.conftest import CANARY, NEW, OLD, OTHER, RING, Small

TRIALS = 60


def files_of(backup: Backup) -> list[Path]:
    return sorted(path for folder in (backup.data_folder, backup.keys_folder) for path in folder.iterdir())


async def test_one_flipped_byte_anywhere_is_refused_and_the_file_named(small: Small) -> None:
    chance = random.Random(7)
    taken = await small.take()
    files = files_of(small.checked(taken))
    assert {path.name for path in files} == {
        "manifest.json", "manifest.mac", "identity.dump", "employees.dump",
        "identity.keys", "employees.keys", "keycloak.dump",
    }  # fmt: skip
    for trial in range(TRIALS):
        path = files[trial % len(files)]
        content = path.read_bytes()
        at, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        path.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])
        with pytest.raises(FileDamaged) as caught:
            small.checked(taken)
        assert path.parent == caught.value.path.parent
        assert path.stem == caught.value.path.stem
        path.write_bytes(content)
    small.checked(taken)


async def test_a_file_cut_short_missing_or_from_another_backup_is_refused(small: Small) -> None:
    taken, other = await small.take(), await small.take()
    theirs = small.checked(other)
    for path in files_of(small.checked(taken)):
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(FileDamaged, match=path.stem):
            small.checked(taken)
        path.unlink()
        with pytest.raises(FileDamaged, match=path.stem):
            small.checked(taken)
        stranger = (theirs.data_folder if path.parent.parent.name == "data" else theirs.keys_folder) / path.name
        shutil.copy(stranger, path)
        with pytest.raises(FileDamaged, match=path.stem):
            small.checked(taken)
        path.write_bytes(content)


async def test_nobody_without_the_ring_can_read_or_forge_one(small: Small) -> None:
    taken = await small.take()
    assert not [path for path in files_of(small.checked(taken)) if CANARY.encode() in path.read_bytes()]
    with pytest.raises(FileDamaged, match="another keyring"):
        small.checked(taken, OTHER)
    with pytest.raises(BackupRefused, match="no key new"):
        small.checked(taken, OLD)


async def test_a_ring_without_a_key_that_persons_need_is_named(small: Small) -> None:
    """The last key is the root; between newest and root stands one that still wraps."""
    middle = f"middle:{base64.b64encode(os.urandom(32)).decode()}"
    settings = small.settings(ring=f"{NEW},{middle},{OLD}")
    vault = Vault(Keyring.parse(f"{middle},{OLD}"), SystemClock())
    connection: Any = await asyncpg.connect(small.urls["identity"])
    await connection.copy_records_to_table(vault_keys.name, columns=KEY_COLUMNS, records=[vault.new_key(uuid7())[1]])
    await connection.close()
    taken = await take(settings, small.shelf, lambda _: None)
    with pytest.raises(BackupRefused, match="lacks middle"):
        small.checked(taken)
    imposter = f"middle:{base64.b64encode(os.urandom(32)).decode()}"
    with pytest.raises(BackupRefused, match="middle is not the key of that name"):
        small.checked(taken, f"{NEW},{imposter},{OLD}")


async def test_older_keys_and_newer_schemas_are_refused(small: Small) -> None:
    earlier, taken = await small.take(only_keys=True), await small.take()
    ring = Keyring.parse(RING)
    folder = small.shelf.data / taken.keys.backup_id
    with pytest.raises(BackupRefused, match="is older than"):
        check(ring, folder, small.shelf.keys / earlier.keys.backup_id)
    assert taken.data is not None
    part = replace(taken.data.parts["identity"], heads=("identity_9999",))
    newer = replace(taken.data, parts={**taken.data.parts, "identity": part})
    for name in ("manifest.json", "manifest.mac"):
        (folder / name).unlink()
    Signet(ring).write(folder, newer)
    with pytest.raises(BackupRefused, match=r"newer release.*identity_9999"):
        small.checked(taken)
