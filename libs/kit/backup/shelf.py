"""Where backups stand: `data/<id>` and `keys/<id>`, each complete or not there. An id begins with its instant."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from libs.kit.backup.manifest import DATA, KEYS, BackupRefused

_PARTIAL = ".partial"
# What is still being written after a day was given up.
_GIVEN_UP_SECONDS = 86_400


@dataclass(frozen=True)
class Shelf:
    """The two roots. They may lie on different volumes, with different rights and retention."""

    data: Path
    keys: Path

    @classmethod
    def at(cls, folder: Path, keys: Path | None) -> Shelf:
        return cls(folder / DATA, keys or folder / KEYS)

    def root(self, kind: str) -> Path:
        return self.keys if kind == KEYS else self.data

    def all(self, kind: str) -> list[Path]:
        """Newest first."""
        root = self.root(kind)
        found = [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
        return sorted((path for path in found if path.suffix != _PARTIAL), reverse=True)

    def newest(self, kind: str) -> Path:
        """Raises BackupRefused when there is none."""
        found = self.all(kind)
        if not found:
            raise BackupRefused(f"there is no backup in {self.root(kind)}")
        return found[0]

    def prune(self, keep: int, keep_keys: int) -> list[Path]:
        """Removes all but the newest, and what was never finished. Returns what went."""
        gone = [path for kind, count in ((DATA, keep), (KEYS, keep_keys)) for path in self.all(kind)[count:]]
        for root in (self.data, self.keys):
            left = time.time() - _GIVEN_UP_SECONDS
            gone += [path for path in root.glob(f"*{_PARTIAL}") if path.stat().st_mtime < left]
        for path in gone:
            shutil.rmtree(path)
        return gone


def shelf_of(folder: Path, keys: Path | None) -> tuple[Shelf, Path]:
    """The shelf a folder is (its newest backup is meant) or stands on, and the data folder meant."""
    if (folder / DATA).is_dir():
        shelf = Shelf.at(folder, keys)
        return shelf, shelf.newest(DATA)
    return Shelf(folder.parent, keys or folder.parent.parent / KEYS), folder


@contextmanager
def new_folder(root: Path, backup_id: str) -> Iterator[Path]:
    """A folder that appears under its name when the context ends well, and goes when it does not."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = root / f"{backup_id}{_PARTIAL}"
    partial.mkdir(mode=0o700)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    partial.rename(root / backup_id)
    _sync(root)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
