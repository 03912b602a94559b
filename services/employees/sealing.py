"""Opens and seals the personal columns of rows. A person who was erased has no key: their columns read as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from libs.kit.call import Call
from libs.kit.vault import SubjectKey, Vault
from services.employees import names
from services.employees.tables import PERSONAL_FIELDS

NAME_TOKENS = "people.tokens"
NATIONAL_IDS = "people.national_id"


def key_of(call: Call, subject_id: UUID, ring_key: str | None, wrapped: bytes | None) -> SubjectKey | None:
    """The key from a joined `vault_keys` row; None for an erased person, and where there is no row."""
    return None if wrapped is None else call.house.vault.unwrap(subject_id, ring_key or "", wrapped)


def opened(key: SubjectKey | None, table: str, column: str, row_id: UUID, sealed: bytes | None) -> str:
    return "" if key is None or sealed is None else key.open(table, column, row_id, sealed)


def open_person(key: SubjectKey | None, employee_id: UUID, row: Mapping[str, Any]) -> dict[str, str]:
    """All personal fields of a row of `people` or `people_history`."""
    return {field: opened(key, "people", field, employee_id, row[field]) for field in PERSONAL_FIELDS}


def seal_person(key: SubjectKey, employee_id: UUID, values: Mapping[str, str]) -> dict[str, bytes | None]:
    """The given personal fields sealed; empty ones become null."""
    return {field: key.seal("people", field, employee_id, value) if value else None for field, value in values.items()}


def blind_tokens(vault: Vault, name: str, name_en: str, number: str) -> list[int]:
    """What a person is found by: a number for each word that `names` stores for them."""
    return [vault.blind(NAME_TOKENS, token) for token in names.tokens_to_store(name, name_en, number)]


def blind_national_id(vault: Vault, national_id: str) -> int | None:
    """Finds a person by their identity number, written with or without spaces and in either case."""
    plain = "".join(national_id.split()).upper()
    return vault.blind(NATIONAL_IDS, plain) if plain else None
