"""Looks at a backup before anything is touched: every byte of it, the keyring it needs, the release that made it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from alembic.script import ScriptDirectory

from libs.kit.backup.manifest import DATA, KEYS, BackupRefused, Manifest, Signet, check_files
from libs.kit.backup.sealing import opened
from libs.kit.migrate import configuration, services
from libs.kit.vault import Keyring, SealBroken

_NULL = b"\\N"


@dataclass(frozen=True)
class Backup:
    """A pair of folders found good, with the keys of their files."""

    data: Manifest
    keys: Manifest
    data_folder: Path
    keys_folder: Path
    data_key: bytes
    keys_key: bytes


def check(ring: Keyring, data_folder: Path, keys_folder: Path) -> Backup:
    """Reads every byte. Raises FileDamaged naming the file, or BackupRefused saying what does not fit."""
    signet = Signet(ring)
    data, keys = signet.read(data_folder), signet.read(keys_folder)
    for folder, manifest, kind in ((data_folder, data, DATA), (keys_folder, keys, KEYS)):
        if manifest.kind != kind:
            raise BackupRefused(f"{folder} holds {manifest.kind} where {kind} are expected")
        check_files(folder, manifest)
    if keys.taken_at < data.taken_at:
        raise BackupRefused(f"{keys_folder} is older than {data_folder}: it lacks keys, and knows less of erasures")
    if lacking := data.parts.keys() - keys.parts.keys():
        raise BackupRefused(f"{keys_folder} has no keys of {', '.join(sorted(lacking))}")
    backup = Backup(data, keys, data_folder, keys_folder, signet.key_of(data), signet.key_of(keys))
    _check_releases(data)
    _check_ring(signet, backup)
    return backup


def _check_releases(data: Manifest) -> None:
    """A schema that this code does not know was made by a newer one."""
    for name, part in data.parts.items():
        script = ScriptDirectory.from_config(configuration(name if name in services() else None))
        known = {revision.revision for revision in script.walk_revisions()}
        if unknown := set(part.heads) - known:
            raise BackupRefused(
                f"{name} was backed up by a newer release: this one does not know {', '.join(sorted(unknown))}"
            )


def _check_ring(signet: Signet, backup: Backup) -> None:
    """Opens one wrapped key under each key of the ring that any needs."""
    if missing := set(backup.keys.ring_keys) - signet.names:
        raise BackupRefused(f"the keyring lacks {', '.join(sorted(missing))}, under which keys of persons are wrapped")
    untried = set(backup.keys.ring_keys)
    for part in backup.keys.parts.values():
        if not part.file.endswith(".keys"):
            continue
        rest = b""
        for piece in opened(backup.keys_folder / part.file, backup.keys_key):
            *rows, rest = (rest + piece).split(b"\n")
            for row in rows:
                _try(signet, row, untried)


def _try(signet: Signet, row: bytes, untried: set[str]) -> None:
    subject, ring_key, wrapped, *_ = row.split(b"\t")
    name = ring_key.decode()
    if wrapped == _NULL or name not in untried:
        return
    untried.discard(name)
    try:
        # COPY's text form of bytes is \\x and hexadecimal digits.
        signet.vault.unwrap(UUID(subject.decode()), name, bytes.fromhex(wrapped[3:].decode()))
    except SealBroken:
        raise BackupRefused(f"the keyring's {name} is not the key of that name that wrapped persons' keys") from None
