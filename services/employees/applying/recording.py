"""Seals people's records, for large files in a process of its own: reading, sealing and writing then go on at once.

`python -m services.employees.applying.recording` takes frames on its input and answers on its output; it ends with its
input, which only the process of the step holds. (A pool of `multiprocessing` outlived a step that was killed.)
"""

from __future__ import annotations

import asyncio
import gc
import marshal
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, Protocol
from uuid import UUID

from libs.kit.clock import SystemClock
from libs.kit.vault import Keyring, SubjectKey, Vault
from libs.kit.words import ROOT
from services.employees import names
from services.employees.applying import encoding as pg
from services.employees.applying.newcomers import Entry
from services.employees.sealing import NAME_TOKENS, blind_national_id
from services.employees.tables import PERSONAL_FIELDS

PEOPLE_COLUMNS = (
    "employee_id", "number", *PERSONAL_FIELDS, "tokens", "national_id_index", "time_zone", "hired_on", "last_day",
    "probation_ends_on", "confirmed_on",
)  # fmt: skip
Recorded = tuple[bytes, bytes]
"""Encoded rows of `people` and of `vault_keys`."""
_MOST_KNOWN = 200_000
_LENGTH = struct.Struct(">I")
# About a chunk's answer: read in few pieces.
_PIPE_BYTES = 4 * 1024 * 1024


class Recording(Protocol):
    """Who seals. Answers come in the order of the questions."""

    async def record(self, entries: Sequence[Entry]) -> Recorded: ...

    async def close(self) -> None: ...


class Recorder:
    """Turns entries into rows. Words that names share are hashed once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[str, bytes] = {}

    def record(self, entries: Sequence[Entry]) -> Recorded:
        people, keys = [], []
        for at, number, *values, tail in entries:
            name, name_en, _, _, national_id, _, _ = values
            employee_id = UUID(bytes=at)
            key, (_, ring_key, wrapped) = self._vault.new_key(employee_id)
            keys.append(pg.row(pg.uuid(at), pg.text(ring_key), pg.blob(wrapped)))
            tokens = [self._token(word) for word in names.tokens_to_store(name, name_en, number)]
            people.append(
                b"".join(
                    (
                        b"\0\x10",
                        pg.uuid(at),
                        pg.text(number),
                        _sealed(key, employee_id, values),
                        pg.bigs(tokens),
                        pg.big(blind_national_id(self._vault, national_id)),
                        tail,
                    )
                )
            )
        return b"".join(people), b"".join(keys)

    def _token(self, word: str) -> bytes:
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[word] = pg.big(self._vault.blind(NAME_TOKENS, word))
        return found


def _sealed(key: SubjectKey, employee_id: UUID, values: Sequence[str]) -> bytes:
    """The columns of PERSONAL_FIELDS, in their order."""
    sealed = key.seal_row("people", PERSONAL_FIELDS, employee_id, values)
    return b"".join([pg.blob(value) for value in sealed])


class Nearby:
    """A thread of this process: for files that are sealed before another process has begun."""

    def __init__(self, vault: Vault) -> None:
        self._recorder = Recorder(vault)

    async def record(self, entries: Sequence[Entry]) -> Recorded:
        return await asyncio.to_thread(self._recorder.record, entries)

    async def close(self) -> None:
        pass


class Elsewhere:
    """Another process, begun with the first question."""

    def __init__(self, keyring: str) -> None:
        self._keyring = keyring
        self._process: asyncio.subprocess.Process | None = None
        # A question is put while the one before is worked on; both locks are passed in the order of coming.
        self._asking, self._answering = asyncio.Lock(), asyncio.Lock()

    async def record(self, entries: Sequence[Entry]) -> Recorded:
        async with self._asking:
            process = self._process or await self._begin()
            if process.stdin is None or process.stdout is None:
                raise BrokenPipeError
            process.stdin.write(_frame(marshal.dumps(list(entries))))
            await process.stdin.drain()
        async with self._answering:
            people = await _read_frame(process.stdout)
            return people, await _read_frame(process.stdout)

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _begin(self) -> asyncio.subprocess.Process:
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_PIPE_BYTES,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "gen")))},
        )
        if process.stdin is not None:
            process.stdin.write(_frame(self._keyring.encode()))
        return process


def _frame(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


async def _read_frame(stream: asyncio.StreamReader) -> bytes:
    length: int = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))[0]
    return await stream.readexactly(length)


def _take(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return stream.read(_LENGTH.unpack(head)[0])


def main() -> None:
    gc.disable()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    keyring = _take(questions)
    if keyring is None:
        return
    recorder = Recorder(Vault(Keyring.parse(keyring.decode()), SystemClock()))
    while (question := _take(questions)) is not None:
        # From the process that began this one, and nobody else.
        for answer in recorder.record(marshal.loads(question)):  # noqa: S302
            answers.write(_frame(answer))
        answers.flush()


if __name__ == "__main__":
    main()
