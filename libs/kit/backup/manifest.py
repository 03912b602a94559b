"""What a backup says of itself: `manifest.json`, and beside it `manifest.mac`, which only the keyring can make.

The key of the MAC hangs on the ring's root, which stays in the ring for good: a backup can be checked after any
rotation. The key of the files is sealed under the ring's newest key of the day: a backup can be opened for as long as
that one is in the ring.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from libs.kit.backup.sealing import KEY_BYTES, FileDamaged, digest_of
from libs.kit.clock import SystemClock
from libs.kit.vault import Keyring, SealBroken, Vault

FORMAT = 1
DATA, KEYS = "data", "keys"
_FILE, _MAC = "manifest.json", "manifest.mac"


class BackupRefused(Exception):
    """A backup cannot be used as asked; says why, and nothing was touched."""


@dataclass(frozen=True)
class Part:
    """What was kept of one database. `tables` counts the rows of each table whose rows are in the file."""

    file: str
    sha256: str
    size: int
    server: int
    heads: tuple[str, ...]
    tables: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """The two folders of one backup have the same id. `ring_keys` are the ring's keys that its wrapped keys need."""

    kind: str
    backup_id: str
    taken_at: datetime
    sealed_key: bytes
    parts: Mapping[str, Part]
    ring_root: str
    ring_keys: tuple[str, ...] = ()
    fence_seconds: float = 0
    warnings: tuple[str, ...] = ()
    format: int = field(default=FORMAT)

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(part.size for part in self.parts.values())


class Signet:
    """What the keyring does for backups."""

    def __init__(self, ring: Keyring) -> None:
        self._vault = Vault(ring, SystemClock())
        self._mac = ring.index_key("backup|manifest")
        self.root = ring.index_key("backup|root").hex()[:16]
        self.names = frozenset(ring.names)
        self.vault = self._vault

    def new_key(self, backup_id: str) -> tuple[bytes, bytes]:
        """A key for a backup's files, and how its manifest keeps it."""
        key = os.urandom(KEY_BYTES)
        return key, self._vault.seal_bytes(f"backup|{backup_id}", key)

    def key_of(self, manifest: Manifest) -> bytes:
        """Raises BackupRefused, naming the key of the ring that is missing."""
        try:
            return self._vault.open_bytes(f"backup|{manifest.backup_id}", manifest.sealed_key)
        except SealBroken as broken:
            raise BackupRefused(f"backup {manifest.backup_id} cannot be opened: {broken}") from None

    def write(self, folder: Path, manifest: Manifest) -> None:
        content = json.dumps(_plain(manifest), indent=1, sort_keys=True).encode() + b"\n"
        _write(folder / _FILE, content)
        _write(folder / _MAC, self._mac_of(content))

    def read(self, folder: Path) -> Manifest:
        """The manifest, if this ring made it. Raises FileDamaged or BackupRefused."""
        content, mac = _read(folder / _FILE), _read(folder / _MAC)
        if not hmac.compare_digest(mac, self._mac_of(content)):
            how = "does not agree with manifest.mac: one of them was altered"
            if _root_in(content) not in {"", self.root}:
                how += ", or the backup belongs to another keyring (another last key)"
            raise FileDamaged(folder / _FILE, how)
        found = json.loads(content)
        if found["format"] > FORMAT:
            raise BackupRefused(f"{folder} was made by a newer release (format {found['format']}, known is {FORMAT})")
        return _manifest(found)

    def _mac_of(self, content: bytes) -> bytes:
        return hmac.digest(self._mac, content, "sha256").hex().encode() + b"\n"


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raises FileDamaged for the first file that is not the one the manifest speaks of."""
    for part in manifest.parts.values():
        digest, size = digest_of(folder / part.file)
        if size != part.size:
            raise FileDamaged(folder / part.file, f"has {size} bytes instead of {part.size}")
        if digest != part.sha256:
            raise FileDamaged(folder / part.file, "was altered: its SHA-256 is not the manifest's")


def _plain(manifest: Manifest) -> dict[str, Any]:
    sealed = base64.b64encode(manifest.sealed_key).decode()
    return {**asdict(manifest), "taken_at": manifest.taken_at.isoformat(), "sealed_key": sealed}


def _manifest(found: dict[str, Any]) -> Manifest:
    parts = {
        name: Part(**{**part, "heads": tuple(part["heads"])}) for name, part in found["parts"].items()
    }  # fmt: skip
    return Manifest(
        **{
            **found,
            "taken_at": datetime.fromisoformat(found["taken_at"]),
            "sealed_key": base64.b64decode(found["sealed_key"]),
            "parts": parts,
            "ring_keys": tuple(found["ring_keys"]),
            "warnings": tuple(found["warnings"]),
        }
    )


def _root_in(content: bytes) -> str:
    """Which ring it says it was made with; only to explain a refusal."""
    try:
        return str(json.loads(content)["ring_root"])
    except (ValueError, LookupError, TypeError):
        return ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileDamaged(path, "is missing") from None


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
