"""Files of a backup on disk: AES-256-GCM in pieces of a mebibyte, each bound to its place, its file and its backup.

A piece that is altered, missing, doubled or moved, and a file cut short, do not open. The key is the backup's own,
derived once more for each file's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE = 1024 * 1024
_TAG = 16
KEY_BYTES = 32


class FileDamaged(Exception):
    """A file of a backup is not what was written. Says which, and in what way."""

    def __init__(self, path: Path, how: str) -> None:
        super().__init__(f"{path} {how}")
        self.path = path


class Sealer:
    """Writes a file, counting and hashing what reaches the disk."""

    def __init__(self, file: BinaryIO, key: bytes, name: str) -> None:
        self._file = file
        self._aead, self._name = _aead(key, name), name.encode()
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._pieces = 0
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, content: bytes) -> None:
        self._waiting += content
        # The last piece is known as such only when there is no more: one is always kept back.
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def finish(self) -> None:
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._pieces, last=last), piece, self._name)
        self._pieces += 1
        self._file.write(sealed)
        self._digest.update(sealed)
        self.size += len(sealed)


def opened(path: Path, key: bytes) -> Iterator[bytes]:
    """The content, piece by piece. Raises FileDamaged at the first piece that is not what was written."""
    aead, name = _aead(key, path.name), path.name.encode()
    try:
        with path.open("rb") as file:
            for number, (piece, last) in enumerate(_with_last(iter(lambda: file.read(PIECE + _TAG), b""))):
                yield aead.decrypt(_nonce(number, last=last), piece, name)
    except FileNotFoundError:
        raise FileDamaged(path, "is missing") from None
    except (InvalidTag, ValueError):
        raise FileDamaged(path, "was altered or cut short, or belongs to another backup") from None


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size. Raises FileDamaged when the file is missing."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except FileNotFoundError:
        raise FileDamaged(path, "is missing") from None
    return digest.hexdigest(), size


def _aead(key: bytes, name: str) -> AESGCM:
    return AESGCM(hashlib.blake2b(name.encode(), key=key, digest_size=KEY_BYTES, person=b"mainstay backup").digest())


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last; one empty last piece where there is none."""
    before: bytes | None = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    yield before or b"", True
