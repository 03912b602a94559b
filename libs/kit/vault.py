"""Encrypts personal values at rest: AES-256-GCM under one data key per person, wrapped by a key of the ring.

A value is bound to its table, column, row and person: moved anywhere else it does not open. Erasing a person destroys
their data key and leaves a tombstone, so that what was sealed stays sealed for good and no new key is ever made.
Sealing and opening take about 1.5 µs and ask nobody: the data keys come with the rows (`vault_keys` joined).

The ring is `id:base64,id:base64`, newest first. The first wraps new data keys, the others open what they wrapped;
`rotate` re-wraps online. Blind indexes and nothing else hang on the **last** entry, which therefore stays in the ring;
to retire it from wrapping, rename it to `index`: an entry of that name is the root of the indexes wherever it stands
and never wraps.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from asyncio import sleep
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import String, Uuid, and_, any_, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, insert

from libs.kit.clock import Clock
from libs.kit.database import Database, Session, prepared
from libs.kit.errors import PersonErased
from libs.kit.tables import vault_keys

KEY_COLUMNS = ("subject_id", "ring_key", "wrapped")
KeyRecord = tuple[UUID, str, bytes]

_INDEX = "index"
_KEY_BYTES = 32
_NONCE_BYTES = 12
# First byte of everything sealed: how the rest is to be read.
_VALUE = b"\x01"
_OWN = b"\x02"
_VALUE_START = len(_VALUE) + _NONCE_BYTES
_CACHED_KEYS = 50_000
_OPENED_PER_KEY = 32
_CACHED_FOR = timedelta(minutes=5)


class SealBroken(Exception):
    """What is stored does not open here: it was altered, moved from another place, or its ring key is gone.

    A defect or an attack, never a caller's mistake, so it is not one of the contract's errors.
    """


class Keyring:
    """The keys that wrap keys. Its text form never appears in messages."""

    __slots__ = ("_keys", "_root", "newest")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` by id, newest first, 32 bytes each. Raises ValueError when there is none that wraps."""
        wrapping = {name: key for name, key in keys.items() if name != _INDEX}
        if not wrapping or any(len(key) != _KEY_BYTES for key in keys.values()):
            raise ValueError("a keyring needs at least one key beside `index`, each of 32 bytes")
        self.newest = next(iter(wrapping))
        self._keys = {name: AESGCM(_derived(key, "wrap")) for name, key in wrapping.items()}
        self._root = keys.get(_INDEX) or list(keys.values())[-1]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Reads `id:base64,id:base64`. Raises ValueError, naming the entry's place and not its content."""
        keys: dict[str, bytes] = {}
        for place, entry in enumerate(text.split(","), start=1):
            name, _, encoded = entry.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not name.isidentifier() or len(name) > 40 or name in keys or len(key) != _KEY_BYTES:
                raise ValueError(f"entry {place} of the keyring is not a new `id:base64 of 32 bytes`") from None
            keys[name] = key
        return cls(keys)

    @property
    def names(self) -> list[str]:
        return list(self._keys)

    def wrapper(self, name: str) -> AESGCM:
        """Raises SealBroken for a key that is not in the ring."""
        try:
            return self._keys[name]
        except KeyError:
            raise SealBroken(f"the keyring has no key {name}") from None

    def index_key(self, purpose: str) -> bytes:
        return _derived(self._root, f"index|{purpose}")


class SubjectKey:
    """A person's data key, with what it opened lately. The vault keeps it for minutes; a caller for its call only."""

    __slots__ = ("_aead", "_opened", "_subject", "subject_id")

    def __init__(self, subject_id: UUID, key: bytes) -> None:
        self.subject_id = subject_id
        # What was opened lately, kept as long as the key itself: opening it again was a quarter of a list's cost.
        self._opened: dict[bytes, tuple[str, str, UUID, str]] = {}
        self._subject = b"|" + subject_id.bytes
        self._aead = AESGCM(key)

    def seal(self, table: str, column: str, row_id: UUID, text: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        place = f"{table}.{column}|".encode() + row_id.bytes + self._subject
        return _VALUE + nonce + self._aead.encrypt(nonce, text.encode(), place)

    def seal_row(self, table: str, columns: Sequence[str], row_id: UUID, texts: Sequence[str]) -> list[bytes | None]:
        """The same for columns of one row, at half the cost for loads; an empty text becomes None."""
        nonces, encrypt = os.urandom(_NONCE_BYTES * len(columns)), self._aead.encrypt
        places, rest = _places(table, tuple(columns)), row_id.bytes + self._subject
        sealed: list[bytes | None] = []
        for at, text in enumerate(texts):
            nonce = nonces[_NONCE_BYTES * at : _NONCE_BYTES * (at + 1)]
            sealed.append(_VALUE + nonce + encrypt(nonce, text.encode(), places[at] + rest) if text else None)
        return sealed

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> str:
        """Raises SealBroken unless these very bytes were sealed for this very place."""
        known = self._opened.get(sealed)
        if known is not None and known[1] == column and known[2] == row_id and known[0] == table:
            return known[3]
        place = f"{table}.{column}|".encode() + row_id.bytes + self._subject
        try:
            if sealed[:1] != _VALUE:
                raise InvalidTag
            text = self._aead.decrypt(sealed[1:_VALUE_START], sealed[_VALUE_START:], place).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(f"{table}.{column} of {row_id} does not open") from None
        if len(self._opened) >= _OPENED_PER_KEY:
            self._opened.clear()
        self._opened[sealed] = (table, column, row_id, text)
        return text


@cache
def _places(table: str, columns: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(f"{table}.{column}|".encode() for column in columns)


_FIND = prepared(
    select(vault_keys.c.ring_key, vault_keys.c.wrapped)
    .where(vault_keys.c.subject_id == bindparam("subject_id"))
    # Held until the writer commits: an erasure waits for it, and a writer after the erasure sees the tombstone.
    .with_for_update(read=True)
)
_ADD = prepared(
    insert(vault_keys)
    .values(subject_id=bindparam("subject_id"), ring_key=bindparam("ring_key"), wrapped=bindparam("wrapped"))
    .on_conflict_do_nothing()
)
_LOCK = prepared(
    select(vault_keys.c.wrapped).where(vault_keys.c.subject_id == bindparam("subject_id")).with_for_update()
)
_BURY_INSERT = insert(vault_keys).values(
    subject_id=bindparam("subject_id"), ring_key="", wrapped=None, destroyed_at=bindparam("at")
)
_BURY = prepared(
    _BURY_INSERT.on_conflict_do_update(
        index_elements=[vault_keys.c.subject_id],
        set_={
            "wrapped": None,
            "destroyed_at": func.coalesce(vault_keys.c.destroyed_at, _BURY_INSERT.excluded.destroyed_at),
        },
    )
)
_OPENED_BY_OLD = and_(
    vault_keys.c.ring_key == any_(bindparam("old", type_=ARRAY(String))), vault_keys.c.wrapped.is_not(None)
)
_COUNT_OLD = prepared(select(func.count()).select_from(vault_keys).where(_OPENED_BY_OLD))
_COUNT_LEFT = prepared(
    select(func.count())
    .select_from(vault_keys)
    .where(vault_keys.c.ring_key != bindparam("newest"), vault_keys.c.wrapped.is_not(None))
)
_NEXT_OLD = prepared(
    select(vault_keys.c.subject_id, vault_keys.c.ring_key, vault_keys.c.wrapped)
    .where(_OPENED_BY_OLD)
    .limit(bindparam("batch"))
    .with_for_update(skip_locked=True)
)
_REWRAPPED = (
    func.unnest(bindparam("subjects", type_=ARRAY(Uuid)), bindparam("wraps", type_=ARRAY(BYTEA)))
    .table_valued(column("subject_id", Uuid), column("wrapped", BYTEA))
    .render_derived(name="rewrapped")
)
_REWRAP = prepared(
    update(vault_keys)
    .where(vault_keys.c.subject_id == _REWRAPPED.c.subject_id)
    .values(ring_key=bindparam("newest"), wrapped=_REWRAPPED.c.wrapped)
)


class Vault:
    """Gives persons' keys. One per process; safe to share between calls."""

    def __init__(self, ring: Keyring, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock
        self._unwrapped: OrderedDict[bytes, tuple[datetime, SubjectKey]] = OrderedDict()
        self._hashers: dict[str, Any] = {}

    def new_key(self, subject_id: UUID) -> tuple[SubjectKey, KeyRecord]:
        """A key for a person who has none, with the row (`KEY_COLUMNS`) to COPY into `vault_keys`.

        The row's unique key refuses a person who has a key or a tombstone.
        """
        key = os.urandom(_KEY_BYTES)
        newest = self._ring.newest
        return SubjectKey(subject_id, key), (subject_id, newest, self._wrap(subject_id, newest, key))

    async def key_for_writing(self, session: Session, subject_id: UUID) -> SubjectKey:
        """The person's key, made when there is none. Within a transaction: an erasure waits until it ends.

        Raises PersonErased when there is a tombstone.
        """
        row = await session.row(_FIND, subject_id=subject_id)
        if row is None:
            _, (_, ring_key, wrapped) = self.new_key(subject_id)
            await session.run(_ADD, subject_id=subject_id, ring_key=ring_key, wrapped=wrapped)
            row = await session.row(_FIND, subject_id=subject_id)
        if row is None:
            raise SealBroken(f"the key of {subject_id} was deleted, which nothing does")
        return self.unwrap(subject_id, row["ring_key"], row["wrapped"])

    def unwrap(self, subject_id: UUID, ring_key: str, wrapped: bytes | None) -> SubjectKey:
        """The key from its `vault_keys` row. Raises PersonErased for a tombstone (`wrapped` is None)."""
        if wrapped is None:
            raise PersonErased(employee_id=str(subject_id))
        found = self._unwrapped.get(wrapped)
        now = self._clock.now()
        if found is not None and found[0] > now and found[1].subject_id == subject_id:
            self._unwrapped.move_to_end(wrapped)
            return found[1]
        key = SubjectKey(subject_id, self._unwrap(subject_id, ring_key, wrapped))
        self._unwrapped[wrapped] = (now + _CACHED_FOR, key)
        self._unwrapped.move_to_end(wrapped)
        # Used longest ago stands first: what is too many goes, and idle keys with what they opened.
        while len(self._unwrapped) > _CACHED_KEYS or next(iter(self._unwrapped.values()))[0] <= now:
            self._unwrapped.popitem(last=False)
        return key

    async def erase(self, session: Session, subject_id: UUID, at: datetime) -> None:
        """Destroys the person's key once the transaction commits, and leaves the tombstone, also where no key was.

        Waits for writers that hold the key. A second erasure keeps the first one's instant. The wrapped key lives on
        in the database's backups and old log segments until they age out.
        """
        wrapped = await session.value(_LOCK, subject_id=subject_id)
        await session.run(_BURY, subject_id=subject_id, at=at)
        self._unwrapped.pop(wrapped or b"", None)

    async def rotate(self, database: Database, batch: int = 500) -> int:
        """Re-wraps every key with the ring's newest, while calls go on reading and writing. Returns how many it did.

        Each batch commits on its own: after an interruption call again. Raises SealBroken at the end when keys are
        left that no key of the ring opens.
        """
        newest = self._ring.newest
        old = [name for name in self._ring.names if name != newest]
        done = 0
        while True:
            async with database.transaction() as session:
                rows = await session.rows(_NEXT_OLD, old=old, batch=batch)
                if rows:
                    await self._rewrap(session, rows)
            done += len(rows)
            if not rows:
                async with database.reading() as session:
                    if not await session.value(_COUNT_OLD, old=old):
                        break
                # Calls in progress hold the rest.
                await sleep(0.05)
        async with database.reading() as session:
            left = await session.value(_COUNT_LEFT, newest=newest)
        if left:
            raise SealBroken(f"{left} keys are wrapped by ring keys that are not in the ring")
        return done

    def blind(self, purpose: str, text: str) -> int:
        """A number for equality search over sealed values: the same text under the same purpose gives the same number.

        Signed 64 bit, keyed BLAKE2b. Two texts may share a number, so the reader compares the opened values. Bring
        texts to one form (case, spaces, width) first. It stays the same across ring rotations.
        """
        hasher = self._hashers.get(purpose)
        if hasher is None:
            hasher = self._hashers[purpose] = hashlib.blake2b(digest_size=8, key=self._ring.index_key(purpose))
        hasher = hasher.copy()
        hasher.update(text.encode())
        return int.from_bytes(hasher.digest(), "big", signed=True)

    def seal_own(self, purpose: str, text: str) -> bytes:
        """Seals a secret that belongs to no person, under the ring's newest key, bound to its purpose."""
        return self.seal_bytes(purpose, text.encode())

    def open_own(self, purpose: str, sealed: bytes) -> str:
        """Raises SealBroken when it was sealed for another purpose, was altered, or its ring key is gone."""
        return self.open_bytes(purpose, sealed).decode()

    def seal_bytes(self, purpose: str, secret: bytes) -> bytes:
        """`seal_own` for bytes: answers kept for idempotency, parts of files."""
        name = self._ring.newest
        nonce = os.urandom(_NONCE_BYTES)
        head = _OWN + bytes([len(name)]) + name.encode() + nonce
        return head + self._ring.wrapper(name).encrypt(nonce, secret, b"own|" + purpose.encode())

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """Raises SealBroken like `open_own`."""
        name = _own_name(sealed)
        body = sealed[2 + len(name) :]
        try:
            return self._ring.wrapper(name).decrypt(
                body[:_NONCE_BYTES], body[_NONCE_BYTES:], b"own|" + purpose.encode()
            )
        except (InvalidTag, ValueError):
            raise SealBroken(f"the secret for {purpose} does not open") from None

    def fingerprint(self, purpose: str, content: bytes) -> bytes:
        """HMAC-SHA256 under a key of its own: proves what content was without keeping or revealing it."""
        return hmac.digest(self._ring.index_key(f"fingerprint|{purpose}"), content, "sha256")

    def is_current(self, sealed: bytes) -> bool:
        """Whether `seal_own` used the ring's newest key. Seal again what is not before removing an old key."""
        return _own_name(sealed) == self._ring.newest

    def _wrap(self, subject_id: UUID, ring_key: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VALUE + nonce + self._ring.wrapper(ring_key).encrypt(nonce, key, b"key|" + subject_id.bytes)

    def _unwrap(self, subject_id: UUID, ring_key: str, wrapped: bytes) -> bytes:
        wrapper = self._ring.wrapper(ring_key)
        try:
            return wrapper.decrypt(wrapped[1:_VALUE_START], wrapped[_VALUE_START:], b"key|" + subject_id.bytes)
        except (InvalidTag, ValueError):
            raise SealBroken(f"the key of {subject_id} does not open") from None

    async def _rewrap(self, session: Session, rows: list[Any]) -> None:
        newest = self._ring.newest
        wraps = [
            self._wrap(row["subject_id"], newest, self._unwrap(row["subject_id"], row["ring_key"], row["wrapped"]))
            for row in rows
        ]
        await session.run(_REWRAP, subjects=[row["subject_id"] for row in rows], wraps=wraps, newest=newest)


def _own_name(sealed: bytes) -> str:
    if len(sealed) < 2 or sealed[:1] != _OWN:
        raise SealBroken("these bytes were not sealed by seal_own")
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace")


def _derived(key: bytes, purpose: str) -> bytes:
    """An independent key for one purpose, so that no key is used in two ways."""
    return hashlib.blake2b(purpose.encode(), key=key, digest_size=_KEY_BYTES, person=b"mainstay vault").digest()
