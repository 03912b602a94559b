"""The embedded run's data folder belongs to one process: two would stop each other's PostgreSQL."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self


class FolderTaken(Exception):
    """Another process runs on the folder."""

    def __init__(self, folder: Path, process: str) -> None:
        super().__init__(
            f"{folder} is in use by another Mainstay (process {process or 'unknown'}); stop that one first"
        )


class DataFolder:
    """Taken from `take` to `release`, or until the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self._file = -1

    def take(self) -> Self:
        """Makes the folder where it is missing. Raises FolderTaken, and OSError when it cannot be written."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = self.path / "lock"
        self._file = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise FolderTaken(self.path, lock.read_text().strip()) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())
        return self

    def release(self) -> None:
        os.close(self._file)
