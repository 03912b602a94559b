"""Seals people's records in a process of its own, so that reading, sealing and writing go on at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.kit.clock import SystemClock
from libs.kit.vault import Keyring, SubjectKey, Vault
from services.employees import names
from services.employees.applying import encoding as pg
from services.employees.applying.newcomers import Entry
from services.employees.sealing import NAME_TOKENS, blind_national_id
from services.employees.tables import PERSONAL_FIELDS

PEOPLE_COLUMNS = (
    "employee_id", "number", *PERSONAL_FIELDS, "tokens", "national_id_index", "time_zone", "hired_on", "last_day",
    "probation_ends_on", "confirmed_on",
)  # fmt: skip
_MOST_KNOWN = 200_000


class Recorder:
    """Turns entries into rows of `people` and `vault_keys`. Words that names share are hashed once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[str, bytes] = {}

    def record(self, entries: Sequence[Entry]) -> tuple[bytes, bytes]:
        people, keys = [], []
        for entry in entries:
            employee_id = UUID(bytes=entry.employee_id)
            key, (_, ring_key, wrapped) = self._vault.new_key(employee_id)
            keys.append(pg.row(pg.uuid(entry.employee_id), pg.text(ring_key), pg.blob(wrapped)))
            tokens = [self._token(word) for word in names.tokens_to_store(entry.name, entry.name_en, entry.number)]
            people.append(
                b"".join(
                    (
                        b"\0\x10",
                        pg.uuid(entry.employee_id),
                        pg.text(entry.number),
                        _sealed(key, employee_id, entry),
                        pg.bigs(tokens),
                        pg.big(blind_national_id(self._vault, entry.national_id)),
                        entry.tail,
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


def _sealed(key: SubjectKey, employee_id: UUID, entry: Entry) -> bytes:
    """The columns of PERSONAL_FIELDS, in their order."""
    values = entry[2:9]
    return b"".join(
        [
            pg.blob(key.seal("people", field, employee_id, value)) if value else pg.NULL
            for field, value in zip(PERSONAL_FIELDS, values, strict=True)
        ]
    )


_recorder: Recorder | None = None


def begin(keyring: str) -> None:
    """Prepares this process; called once in it."""
    global _recorder  # noqa: PLW0603 - a process pool has no other place for what its worker keeps
    _recorder = Recorder(Vault(Keyring.parse(keyring), SystemClock()))


def record(entries: Sequence[Entry]) -> tuple[bytes, bytes]:
    """The rows of entries, in a process that was begun."""
    if _recorder is None:
        raise RuntimeError("begin this process first")
    return _recorder.record(entries)
