"""What is sealed in bulk opens like what is sealed one by one, and is found by the same words."""

from __future__ import annotations

from uuid import UUID

from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from libs.kit.vault import Keyring, Vault
from services.employees.applying import encoding as pg
from services.employees.applying.recording import Recorder
from services.employees.sealing import blind_tokens
from services.employees.tables import PERSONAL_FIELDS
from tests.support.passports import KEYRING

VALUES = ("王小明", "Leo Wang", "leo@example.com", "13812345678", "", "1990-05-17", "上海市")


def fields(row: bytes) -> list[bytes | None]:
    """A row's fields, from the binary format of COPY."""
    count, at, found = int.from_bytes(row[:2]), 2, []
    for _ in range(count):
        length = int.from_bytes(row[at : at + 4], signed=True)
        at += 4
        found.append(row[at : at + length] if length >= 0 else None)
        at += max(length, 0)
    assert at == len(row)
    return found


def test_a_recorded_person_opens_field_by_field_and_is_found_by_their_words() -> None:
    vault = Vault(Keyring.parse(KEYRING), SystemClock())
    employee_id = uuid7()
    tail = pg.text("Asia/Shanghai") + pg.NULL * 4
    people, keys = Recorder(vault).record([(employee_id.bytes, "E0107", *VALUES, tail)])
    subject, ring_key, wrapped = fields(keys)
    assert subject == employee_id.bytes
    assert ring_key
    key = vault.unwrap(UUID(bytes=subject), ring_key.decode(), wrapped)
    row = fields(people)
    assert row[1] == b"E0107"
    opened = [
        key.open("people", field, employee_id, sealed) if sealed else ""
        for field, sealed in zip(PERSONAL_FIELDS, row[2:9], strict=True)
    ]
    assert tuple(opened) == VALUES
    array = row[9] or b""
    tokens = [int.from_bytes(array[at + 4 : at + 12], signed=True) for at in range(20, len(array), 12)]
    assert tokens == blind_tokens(vault, VALUES[0], VALUES[1], "E0107")
    assert row[10] is None
