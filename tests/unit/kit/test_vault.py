"""What is sealed opens in its place and nowhere else, and not at all once the person is erased."""

from __future__ import annotations

import asyncio
import base64
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from libs.kit.clock import MovableClock, SystemClock
from libs.kit.database import Database
from libs.kit.errors import PersonErased
from libs.kit.ids import uuid7
from libs.kit.tables import vault_keys
from libs.kit.vault import KEY_COLUMNS, Keyring, SealBroken, Vault

AT = datetime(2026, 5, 1, tzinfo=UTC)
ROW, OTHER_ROW, PERSON, OTHER_PERSON = (uuid7() for _ in range(4))
OLD, NEW = os.urandom(32), os.urandom(32)


def ring(**keys: bytes) -> Keyring:
    return Keyring.parse(",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items()))


@pytest.fixture
def vault() -> Vault:
    return Vault(ring(k1=OLD), SystemClock())


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    key, _ = Vault(ring(k1=OLD), SystemClock()).new_key(PERSON)
    assert key.open("people", "name", ROW, key.seal("people", "name", ROW, text)) == text


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [("posts", "name", ROW), ("people", "phone", ROW), ("people", "name", OTHER_ROW), ("people.name", "", ROW)],
)
def test_a_value_moved_elsewhere_does_not_open(vault: Vault, table: str, column: str, row: UUID) -> None:
    key, _ = vault.new_key(PERSON)
    sealed = key.seal("people", "name", ROW, "王小明")
    with pytest.raises(SealBroken):
        key.open(table, column, row, sealed)


def test_a_value_does_not_open_as_somebody_elses(vault: Vault) -> None:
    key, (_, ring_key, wrapped) = vault.new_key(PERSON)
    sealed = key.seal("people", "name", ROW, "王小明")
    other, _ = vault.new_key(OTHER_PERSON)
    with pytest.raises(SealBroken):
        other.open("people", "name", ROW, sealed)
    with pytest.raises(SealBroken):
        vault.unwrap(OTHER_PERSON, ring_key, wrapped)
    vault.unwrap(PERSON, ring_key, wrapped)
    with pytest.raises(SealBroken):
        vault.unwrap(OTHER_PERSON, ring_key, wrapped)


def test_no_byte_can_be_changed(vault: Vault) -> None:
    key, (_, ring_key, wrapped) = vault.new_key(PERSON)
    sealed = key.seal("people", "name", ROW, "王小明")
    for place in range(len(sealed)):
        broken = bytes(byte ^ 1 if at == place else byte for at, byte in enumerate(sealed))
        with pytest.raises(SealBroken):
            key.open("people", "name", ROW, broken)
    for place in range(1, len(wrapped)):
        broken = bytes(byte ^ 1 if at == place else byte for at, byte in enumerate(wrapped))
        with pytest.raises(SealBroken):
            vault.unwrap(PERSON, ring_key, broken)
    for short in (b"", sealed[:5], sealed[:13]):
        with pytest.raises(SealBroken):
            key.open("people", "name", ROW, short)


def test_the_same_text_never_looks_the_same_and_is_never_seen(vault: Vault) -> None:
    key, (_, _, wrapped) = vault.new_key(PERSON)
    canary = "CANARY-310101199001011234"
    sealed = {key.seal("people", "national_id", ROW, canary) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(canary.encode() in one for one in sealed)
    assert OLD not in wrapped
    assert canary.encode() not in vault.seal_own("smtp", canary)


@pytest.mark.parametrize(
    "text",
    ["", "k1", "k1:short", "k1:" + "!" * 44, "index:" + base64.b64encode(OLD).decode(), "a b:" + "A" * 43 + "="],
)
def test_a_wrong_keyring_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        Keyring.parse(text)
    assert text == "" or text.partition(":")[2] == "" or text.partition(":")[2] not in str(refused.value)


def test_a_keyring_does_not_name_one_key_twice() -> None:
    one = base64.b64encode(OLD).decode()
    with pytest.raises(ValueError, match="entry 2"):
        Keyring.parse(f"k1:{one},k1:{one}")


def test_a_blind_index_finds_the_same_text_whatever_happens_to_the_ring() -> None:
    first = Vault(ring(k1=OLD), SystemClock())
    number = first.blind("people.phone", "13800000000")
    assert -(2**63) <= number < 2**63
    assert number == Vault(ring(k2=NEW, k1=OLD), SystemClock()).blind("people.phone", "13800000000")
    assert number == Vault(ring(k2=NEW, index=OLD), SystemClock()).blind("people.phone", "13800000000")
    assert number != first.blind("people.email", "13800000000")
    assert number != first.blind("people.phone", "13800000001")
    assert number != Vault(ring(k1=NEW), SystemClock()).blind("people.phone", "13800000000")


def test_a_secret_of_the_house_is_bound_to_its_purpose_and_outlives_rotation() -> None:
    sealed = Vault(ring(k1=OLD), SystemClock()).seal_own("webhook", "s3cret")
    rotated = Vault(ring(k2=NEW, k1=OLD), SystemClock())
    assert rotated.open_own("webhook", sealed) == "s3cret"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal_own("webhook", "s3cret"))
    with pytest.raises(SealBroken):
        rotated.open_own("smtp", sealed)
    with pytest.raises(SealBroken):
        Vault(ring(k2=NEW), SystemClock()).open_own("webhook", sealed)
    with pytest.raises(SealBroken):
        rotated.open_own("webhook", sealed[:-1] + b"x")


async def test_a_person_has_one_key_however_many_writers_ask_at_once(kit_database: Database, vault: Vault) -> None:
    async def write() -> bytes:
        async with kit_database.transaction() as session:
            key = await vault.key_for_writing(session, PERSON)
            return key.seal("people", "name", ROW, "王小明")

    sealed = await asyncio.gather(*(write() for _ in range(8)))
    async with kit_database.reading() as session:
        (row,) = await session.rows(select(vault_keys))
    fresh = Vault(ring(k1=OLD), SystemClock()).unwrap(PERSON, row["ring_key"], row["wrapped"])
    assert {fresh.open("people", "name", ROW, one) for one in sealed} == {"王小明"}


async def test_the_erased_stay_erased(kit_database: Database, vault: Vault) -> None:
    async with kit_database.transaction() as session:
        key = await vault.key_for_writing(session, PERSON)
        sealed = key.seal("people", "name", ROW, "王小明")
    async with kit_database.transaction() as session:
        await vault.erase(session, PERSON, AT)
        await vault.erase(session, OTHER_PERSON, AT)
        await vault.erase(session, PERSON, AT.replace(year=2030))
    async with kit_database.reading() as session:
        rows = await session.rows(select(vault_keys))
    assert all(row["wrapped"] is None and row["destroyed_at"] == AT for row in rows)
    for person in (PERSON, OTHER_PERSON):
        with pytest.raises(PersonErased):
            vault.unwrap(person, "k1", None)
        with pytest.raises(PersonErased):
            async with kit_database.transaction() as session:
                await vault.key_for_writing(session, person)
        with pytest.raises(asyncpg.UniqueViolationError):
            async with kit_database.transaction() as session:
                await session.copy(vault_keys, KEY_COLUMNS, [vault.new_key(person)[1]])
    assert sealed


async def test_an_erasure_waits_for_the_writer_and_stops_the_next_one(kit_database: Database, vault: Vault) -> None:
    order: list[str] = []
    holding, go_on = asyncio.Event(), asyncio.Event()

    async def writer() -> None:
        async with kit_database.transaction() as session:
            await vault.key_for_writing(session, PERSON)
            holding.set()
            await go_on.wait()
            order.append("written")

    async def eraser() -> None:
        async with kit_database.transaction() as session:
            await vault.erase(session, PERSON, AT)
            order.append("erased")

    writing = asyncio.create_task(writer())
    await holding.wait()
    erasing = asyncio.create_task(eraser())
    await asyncio.sleep(0.1)
    assert order == []
    go_on.set()
    await asyncio.gather(writing, erasing)
    assert order == ["written", "erased"]
    with pytest.raises(PersonErased):
        async with kit_database.transaction() as session:
            await vault.key_for_writing(session, PERSON)


async def test_racing_writers_and_erasers_never_leave_a_key(kit_database: Database, vault: Vault) -> None:
    persons = [uuid7() for _ in range(40)]

    async def write(person: UUID) -> None:
        try:
            async with kit_database.transaction() as session:
                await vault.key_for_writing(session, person)
        except PersonErased:
            pass

    async def erase(person: UUID) -> None:
        async with kit_database.transaction() as session:
            await vault.erase(session, person, AT)

    await asyncio.gather(*(act(person) for person in persons for act in (write, erase, write)))
    async with kit_database.reading() as session:
        rows = await session.rows(select(vault_keys))
    assert len(rows) == len(persons)
    assert all(row["wrapped"] is None for row in rows)


async def test_rotation_rewraps_everything_while_calls_read_and_write(kit_database: Database) -> None:
    before, after = Vault(ring(k1=OLD), SystemClock()), Vault(ring(k2=NEW, k1=OLD), SystemClock())
    persons = [uuid7() for _ in range(300)]
    keys = [before.new_key(person) for person in persons]
    sealed = {key.subject_id: key.seal("people", "name", ROW, "王小明") for key, _ in keys}
    async with kit_database.transaction() as session:
        await session.copy(vault_keys, KEY_COLUMNS, [record for _, record in keys])
        await before.erase(session, persons[0], AT)

    async def read_and_write() -> None:
        for person in persons[1:60]:
            async with kit_database.transaction() as session:
                key = await after.key_for_writing(session, person)
                assert key.open("people", "name", ROW, sealed[person]) == "王小明"

    done, _ = await asyncio.gather(after.rotate(kit_database, batch=7), read_and_write())
    assert done == 299
    assert await after.rotate(kit_database) == 0
    only_new = Vault(ring(k2=NEW), SystemClock())
    async with kit_database.reading() as session:
        rows = await session.rows(select(vault_keys).where(vault_keys.c.wrapped.is_not(None)))
    for row in rows:
        key = only_new.unwrap(row["subject_id"], row["ring_key"], row["wrapped"])
        assert key.open("people", "name", ROW, sealed[row["subject_id"]]) == "王小明"


async def test_rotation_says_when_a_ring_key_is_missing(kit_database: Database) -> None:
    async with kit_database.transaction() as session:
        await session.copy(vault_keys, KEY_COLUMNS, [Vault(ring(k1=OLD), SystemClock()).new_key(PERSON)[1]])
    with pytest.raises(SealBroken, match="1 keys"):
        await Vault(ring(k2=NEW), SystemClock()).rotate(kit_database)


def test_unwrapped_keys_are_kept_for_a_while_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.kit.vault._CACHED_KEYS", 2)
    clock = MovableClock()
    vault = Vault(ring(k1=OLD), clock)
    records = [vault.new_key(uuid7())[1] for _ in range(3)]
    first = vault.unwrap(*records[0])
    assert vault.unwrap(*records[0]) is first
    vault.unwrap(*records[1])
    vault.unwrap(*records[2])
    assert vault.unwrap(*records[0]) is not first
    again = vault.unwrap(*records[0])
    clock.move(timedelta(minutes=5, seconds=1))
    assert vault.unwrap(*records[0]) is not again


def test_what_nobody_asked_for_lately_leaves_memory_without_being_asked_for() -> None:
    clock = MovableClock()
    vault = Vault(ring(k1=OLD), clock)
    idle, asked = vault.new_key(PERSON)[1], vault.new_key(OTHER_PERSON)[1]
    vault.unwrap(*idle)
    clock.move(timedelta(minutes=5, seconds=1))
    vault.unwrap(*asked)
    assert [key.subject_id for _, key in vault._unwrapped.values()] == [OTHER_PERSON]
