"""What lies on disk: every byte counts, the keyring decides, and a restore takes place wholly or not at all."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.kit.backup.__main__ import main
from libs.kit.backup.checking import Backup, check
from libs.kit.backup.manifest import BackupRefused, Signet
from libs.kit.backup.programs import ProgramFailed, Programs, listening, settle
from libs.kit.backup.restoring import _Restoring, restore
from libs.kit.backup.sealing import PIECE, FileDamaged
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf
from libs.kit.backup.taking import Taken, take
from libs.kit.bus import BusUnavailable
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from libs.kit.settings import SettingsWrong, read
from libs.kit.tables import vault_keys
from libs.kit.vault import KEY_COLUMNS, Keyring, Vault
from tests.contract.bus_conformance import message
from tests.support.backups import ask, rows
from tests.support.postgres import Databases

OLD, NEW, OTHER = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("old", "new", "old"))
RING = f"{NEW},{OLD}"
CANARY = "kanarienvogel"
TRIALS = 60
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@dataclass
class Small:
    """Three databases with little in them, one of them not ours, and a backup of each state."""

    urls: dict[str, str]
    shelf: Shelf
    databases: Databases

    def settings(self, urls: dict[str, str] | None = None, ring: str = RING) -> BackupSettings:
        return read(
            BackupSettings,
            backup_databases=",".join(f"{name}={url}" for name, url in (urls or self.urls).items()),
            keyring=ring,
        )

    async def take(self, **how: Any) -> Taken:
        return await take(self.settings(), self.shelf, lambda _: None, **how)

    def checked(self, taken: Taken, ring: str = RING) -> Backup:
        name = taken.keys.backup_id
        return check(Keyring.parse(ring), self.shelf.data / name, self.shelf.keys / name)

    async def empty(self) -> dict[str, str]:
        return {name: await self.databases.empty() for name in self.urls}

    async def restore(self, backup: Backup, urls: dict[str, str], **how: Any) -> list[str]:
        said: list[str] = []
        await restore(backup, urls, Programs(self.settings().bin), said.append, **how)
        return said


@pytest.fixture
async def small(databases: Databases, tmp_path: Path) -> AsyncIterator[Small]:
    urls = {name: await databases.fresh(name) for name in ("identity", "employees")}
    urls["keycloak"] = await databases.empty()
    for ring, count in ((OLD, 20), (RING, 30)):
        vault = Vault(Keyring.parse(ring), SystemClock())
        records = [vault.new_key(uuid7())[1] for _ in range(count)]
        connection: Any = await asyncpg.connect(urls["employees"])
        await connection.copy_records_to_table(vault_keys.name, columns=KEY_COLUMNS, records=records)
        await connection.close()
    # Longer than two pieces, and nothing that compresses.
    filler = base64.b64encode(os.urandom(2 * PIECE + PIECE // 2)).decode()
    connection = await asyncpg.connect(urls["keycloak"])
    await connection.execute("CREATE TABLE user_entity (username text)")
    await connection.execute("INSERT INTO user_entity VALUES ($1)", CANARY + filler)
    await connection.close()
    yield Small(urls, Shelf.at(tmp_path / "backups", None), databases)
    for url in urls.values():
        await databases.drop(url)


def files_of(backup: Backup) -> list[Path]:
    return sorted(path for folder in (backup.data_folder, backup.keys_folder) for path in folder.iterdir())


async def test_one_flipped_byte_anywhere_is_refused_and_the_file_named(small: Small) -> None:
    chance = random.Random(7)
    taken = await small.take()
    files = files_of(small.checked(taken))
    assert {path.name for path in files} == {
        "manifest.json", "manifest.mac", "identity.dump", "employees.dump",
        "identity.keys", "employees.keys", "keycloak.dump",
    }  # fmt: skip
    for trial in range(TRIALS):
        path = files[trial % len(files)]
        content = path.read_bytes()
        at, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        path.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])
        with pytest.raises(FileDamaged) as caught:
            small.checked(taken)
        assert path.parent == caught.value.path.parent
        assert path.stem == caught.value.path.stem
        path.write_bytes(content)
    small.checked(taken)


async def test_a_file_cut_short_missing_or_from_another_backup_is_refused(small: Small) -> None:
    taken, other = await small.take(), await small.take()
    theirs = small.checked(other)
    for path in files_of(small.checked(taken)):
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(FileDamaged, match=path.stem):
            small.checked(taken)
        path.unlink()
        with pytest.raises(FileDamaged, match=path.stem):
            small.checked(taken)
        stranger = (theirs.data_folder if path.parent.parent.name == "data" else theirs.keys_folder) / path.name
        shutil.copy(stranger, path)
        with pytest.raises(FileDamaged, match=path.stem):
            small.checked(taken)
        path.write_bytes(content)


async def test_nobody_without_the_ring_can_read_or_forge_one(small: Small) -> None:
    taken = await small.take()
    assert not [path for path in files_of(small.checked(taken)) if CANARY.encode() in path.read_bytes()]
    with pytest.raises(FileDamaged, match="another keyring"):
        small.checked(taken, OTHER)
    with pytest.raises(BackupRefused, match="no key new"):
        small.checked(taken, OLD)


async def test_a_ring_without_a_key_that_persons_need_is_named(small: Small) -> None:
    """The last key is the root; between newest and root stands one that still wraps."""
    middle = f"middle:{base64.b64encode(os.urandom(32)).decode()}"
    settings = small.settings(ring=f"{NEW},{middle},{OLD}")
    vault = Vault(Keyring.parse(f"{middle},{OLD}"), SystemClock())
    connection: Any = await asyncpg.connect(small.urls["identity"])
    await connection.copy_records_to_table(vault_keys.name, columns=KEY_COLUMNS, records=[vault.new_key(uuid7())[1]])
    await connection.close()
    taken = await take(settings, small.shelf, lambda _: None)
    with pytest.raises(BackupRefused, match="lacks middle"):
        small.checked(taken)
    imposter = f"middle:{base64.b64encode(os.urandom(32)).decode()}"
    with pytest.raises(BackupRefused, match="middle is not the key of that name"):
        small.checked(taken, f"{NEW},{imposter},{OLD}")


async def test_older_keys_and_newer_schemas_are_refused(small: Small) -> None:
    earlier, taken = await small.take(only_keys=True), await small.take()
    ring = Keyring.parse(RING)
    folder = small.shelf.data / taken.keys.backup_id
    with pytest.raises(BackupRefused, match="is older than"):
        check(ring, folder, small.shelf.keys / earlier.keys.backup_id)
    assert taken.data is not None
    part = replace(taken.data.parts["identity"], heads=("identity_9999",))
    newer = replace(taken.data, parts={**taken.data.parts, "identity": part})
    for name in ("manifest.json", "manifest.mac"):
        (folder / name).unlink()
    Signet(ring).write(folder, newer)
    with pytest.raises(BackupRefused, match=r"newer release.*identity_9999"):
        small.checked(taken)


async def test_everything_is_restored_keycloak_too(small: Small) -> None:
    backup, urls = small.checked(await small.take()), await small.empty()
    said = await small.restore(backup, urls)
    assert "keycloak: restored, counted and up to date" in said
    assert (await ask(urls["keycloak"], "SELECT username FROM user_entity")).startswith(CANARY)
    keys = "SELECT * FROM vault_keys ORDER BY subject_id"
    assert await rows(urls["employees"], keys) == await rows(small.urls["employees"], keys)
    assert await ask(urls["employees"], "SELECT count(*) FROM vault_keys") == 50


async def test_a_database_with_something_in_it_or_in_use_is_left_alone(small: Small) -> None:
    backup, urls = small.checked(await small.take()), await small.empty()
    user: Any = await asyncpg.connect(urls["keycloak"], server_settings={"application_name": "a-service"})
    with pytest.raises(BackupRefused, match="keycloak is in use by a-service"):
        await small.restore(backup, urls)
    await user.execute("CREATE TABLE precious (id int)")
    await user.close()
    with pytest.raises(BackupRefused, match="keycloak is not empty"):
        await small.restore(backup, urls)
    for name in ("identity", "employees"):
        assert not await ask(urls[name], "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await small.restore(backup, urls, replace=True)
    assert await ask(urls["keycloak"], "SELECT to_regclass('precious')") is None


async def test_what_another_role_uses_is_in_use_too(small: Small) -> None:
    """PostgreSQL tells a role little about sessions of roles that it does not belong to."""
    backup, urls = small.checked(await small.take()), await small.empty()
    name = await ask(urls["keycloak"], "SELECT current_database()")
    for statement in (
        "DROP ROLE IF EXISTS restorer",
        "CREATE ROLE restorer LOGIN",
        f"ALTER DATABASE {name} OWNER TO restorer",
    ):
        await ask(urls["keycloak"], statement)
    given = {**urls, "keycloak": urls["keycloak"].replace("//postgres@", "//restorer@")}
    user: Any = await asyncpg.connect(urls["keycloak"], server_settings={"application_name": "a-service"})
    with pytest.raises(BackupRefused, match="keycloak is in use by a-service"):
        await small.restore(backup, given)
    await user.close()
    said = await small.restore(backup, given)
    assert "keycloak: restored, counted and up to date" in said
    await small.databases.drop(urls["keycloak"])
    await ask(urls["identity"], "DROP ROLE restorer")


async def test_a_restore_said_again_leaves_alone_what_is_restored_and_in_use(small: Small) -> None:
    """Keycloak is up again, and another database is still missing."""
    backup, urls = small.checked(await small.take()), await small.empty()
    await small.restore(backup, urls)
    again = {**urls, "identity": await small.databases.empty()}
    user: Any = await asyncpg.connect(urls["keycloak"], server_settings={"application_name": "keycloak"})
    said = await small.restore(backup, again)
    await user.close()
    assert "keycloak: restored from this backup before, left alone" in said
    assert "identity: restored, counted and up to date" in said


FULL = {"employees.people": 1200, "identity.accounts": 3, "identity.grants": 2, "identity.grants.dead": 1}


async def test_a_bus_with_records_of_another_time_is_refused_before_anything_is_touched(small: Small) -> None:
    backup, urls = small.checked(await small.take()), await small.empty()

    async def full() -> dict[str, int]:
        return FULL

    async def away() -> dict[str, int]:
        raise BusUnavailable("TimeoutError")

    with pytest.raises(
        BackupRefused, match=r"not empty: .* 1,200 in employees.people, 3 in .* and 1 topics more.*--keep-topics"
    ):
        await small.restore(backup, urls, held=full)
    with pytest.raises(BackupRefused, match=r"cannot be looked at \(TimeoutError\): correct its address, or "):
        await small.restore(backup, urls, held=away)
    assert [await ask(url, TABLES) for url in urls.values()] == [0] * 3
    await small.restore(backup, urls)
    assert await small.restore(backup, urls, held=full) == [
        f"{name}: restored from this backup before, left alone" for name in ("employees", "identity", "keycloak")
    ], "the services that are up since then have told the bus"


async def test_the_command_looks_at_the_bus_unless_it_is_told_not_to(
    small: Small, empty_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await small.take()
    async with open_bus(empty_url, SystemClock(), client="test") as bus:
        await bus.ensure_topics({"employees.people": True})
        await bus.publish([message("employees.people", "k")])
    urls = await small.empty()
    monkeypatch.setenv("MAINSTAY_BACKUP_DATABASES", ",".join(f"{name}={url}" for name, url in urls.items()))
    monkeypatch.setenv("MAINSTAY_KEYRING", RING)
    monkeypatch.setenv("MAINSTAY_BUS_URL", empty_url)
    folder = str(small.shelf.data.parent)
    assert await in_thread("restore", folder) == 1
    assert "refused: the bus is not empty: records of another time, 1 in employees.people," in capsys.readouterr().err
    assert await in_thread("restore", folder, "--keep-topics") == 0
    assert await ask(urls["employees"], "SELECT count(*) FROM vault_keys") == 50


async def test_keys_that_vanished_do_not_push_out_the_good_ones(small: Small) -> None:
    """A database made anew and migrated, or the address of another: refused before anything is pruned."""
    taken = await small.take(only_keys=True)
    emptied = {**small.urls, "employees": await small.databases.fresh("employees")}
    with pytest.raises(BackupRefused, match=r"employees: its database has keys of 0 persons, and .* of 50"):
        await take(small.settings(emptied), small.shelf, lambda _: None, only_keys=True)
    swapped = {**small.urls, "keycloak": await small.databases.fresh()}
    with pytest.raises(BackupRefused, match="keycloak: was a database of somebody else's"):
        await take(small.settings(swapped), small.shelf, lambda _: None, only_keys=True)
    assert [path.name for path in small.shelf.all("keys")] == [taken.keys.backup_id]


async def test_a_service_without_its_tables_is_not_taken_for_keycloak(small: Small, tmp_path: Path) -> None:
    never = {**small.urls, "employees": await small.databases.empty()}
    with pytest.raises(BackupRefused, match="employees: its database has no vault_keys"):
        await take(small.settings(never), Shelf.at(tmp_path / "new", None), lambda _: None, only_keys=True)


async def test_who_is_erased_stays_counted(small: Small) -> None:
    """A tombstone takes the place of the key, so the next archive has no less."""
    await small.take(only_keys=True)
    await ask(
        small.urls["employees"],
        "UPDATE vault_keys SET wrapped = NULL, ring_key = '', destroyed_at = now()"
        " WHERE subject_id = (SELECT min(subject_id::text)::uuid FROM vault_keys)",
    )
    taken = await small.take(only_keys=True)
    assert taken.keys.parts["employees"].tables["vault_keys"] == 50


async def test_a_failed_restore_leaves_that_database_empty_and_goes_on_from_there(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, urls = small.checked(await small.take()), await small.empty()
    rest = _Restoring._rest

    def failing(self: _Restoring, name: str) -> Any:
        yield from rest(self, name)
        if name == "identity":
            yield b"SELECT 1 / 0;\n"

    with monkeypatch.context() as patch:
        patch.setattr(_Restoring, "_rest", failing)
        with pytest.raises(ProgramFailed, match="division by zero"):
            await small.restore(backup, urls)
    assert not await ask(urls["identity"], "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    said = await small.restore(backup, urls)
    assert "employees: restored from this backup before, left alone" in said
    assert "identity: restored, counted and up to date" in said


# Rows that the database they come from takes and no other does. The second check's very first line quotes the row.
@pytest.mark.parametrize(
    ("check", "code"),
    [
        ("current_database() = '{here}'", "23514"),
        ("CASE current_database() WHEN '{here}' THEN true ELSE username::int > 0 END", "22P02"),
    ],
)
async def test_a_failed_restore_tells_the_code_and_no_row(small: Small, check: str, code: str) -> None:
    here = await ask(small.urls["keycloak"], "SELECT current_database()")
    await ask(small.urls["keycloak"], f"ALTER TABLE user_entity ADD CHECK ({check.format(here=here)})")
    backup, urls = small.checked(await small.take()), await small.empty()
    with pytest.raises(ProgramFailed, match=code) as failed:
        await small.restore(backup, urls)
    assert CANARY not in str(failed.value)
    assert not await ask(urls["keycloak"], "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")


async def test_what_quotes_a_row_is_not_passed_on(tmp_path: Path) -> None:
    program = tmp_path / "psql"
    program.write_text(
        f"#!/bin/sh\nprintf 'ERROR:  duplicate key\\nDETAIL:  Key ({CANARY}\\n{CANARY})\\n' >&2\nexit 3\n"
    )
    program.chmod(0o700)
    async with Programs(tmp_path).running("psql", []) as process:
        with pytest.raises(ProgramFailed, match="duplicate key") as failed:
            await settle("psql", process, listening(process))
    assert CANARY not in str(failed.value)


async def test_a_table_that_lacks_rows_is_not_restored(small: Small) -> None:
    taken = await small.take()
    backup, urls = small.checked(taken), await small.empty()
    assert taken.data is not None
    part = taken.data.parts["identity"]
    wrong = replace(part, tables={**part.tables, "accounts": part.tables["accounts"] + 1})
    data = replace(taken.data, parts={**taken.data.parts, "identity": wrong})
    with pytest.raises(ProgramFailed, match="table accounts has not the rows"):
        await small.restore(replace(backup, data=data), urls)


async def test_the_commands_say_what_they_do(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAINSTAY_BACKUP_DATABASES", ",".join(f"{name}={url}" for name, url in small.urls.items()))
    monkeypatch.setenv("MAINSTAY_KEYRING", RING)
    folder = str(tmp_path / "shelf")
    commands = [["take", "--to", folder]] * 3 + [["check", folder], ["list", folder]]
    assert [await in_thread(*command) for command in commands] == [0] * 5
    assert [await in_thread("prune", folder, "--keep", "2", "--keep-keys", "1")] == [0]
    shelf = Shelf.at(Path(folder), None)
    assert [len(shelf.all("data")), len(shelf.all("keys"))] == [2, 1]
    assert shelf.data.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o177 for path in shelf.newest("keys").iterdir()} == {0}
    metrics = (Path(folder) / "backup.prom").read_text()
    assert 'mainstay_backup_last_success_timestamp_seconds{kind="keys"}' in metrics
    (shelf.newest("data") / "identity.dump").write_bytes(b"")
    assert await in_thread("restore", folder) == 1
    assert "refused: " in capsys.readouterr().err


async def in_thread(*arguments: str) -> int:
    return await asyncio.to_thread(main, list(arguments))


@pytest.mark.parametrize("text", ["", "identity", "identity=mysql://x", "a=postgresql://x,a=postgresql://y"])
def test_addresses_that_cannot_be_read_are_refused_at_start(text: str) -> None:
    with pytest.raises(SettingsWrong, match="BACKUP_DATABASES"):
        read(BackupSettings, backup_databases=text, keyring=RING)


def test_an_address_with_several_hosts_stays_one() -> None:
    given = "identity=postgresql://u:p@a:1,b:2/identity,employees=postgresql://u@c/employees"
    found = read(BackupSettings, backup_databases=given, keyring=RING).databases
    assert found == {"identity": "postgresql://u:p@a:1,b:2/identity", "employees": "postgresql://u@c/employees"}


async def test_what_a_restore_changes_so_that_an_empty_bus_is_enough(small: Small) -> None:
    """A backup of three months ago: its inbox must not be tidied before the facts published again have met it."""
    long_ago = SystemClock().now() - timedelta(days=100)
    url, erased, other = small.urls["employees"], uuid7(), uuid7()
    connection: Any = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO outbox (event_id, topic, key, shard, type, source, value, published_at)"
        " VALUES ($1, 'employees.people', 'k', 0, 't', 'employees', '', now())", uuid7(),
    )  # fmt: skip
    handled = "INSERT INTO inbox (consumer, source, event_id, handled_at) VALUES ($1, 'x', gen_random_uuid(), $2)"
    await connection.execute(handled, "recent", long_ago - timedelta(days=7))
    await connection.execute(handled, "older", long_ago - timedelta(days=30))
    await connection.execute(handled, "employees.dead", long_ago)
    await connection.execute("INSERT INTO parked_keys VALUES ('employees', 't', 'k', 5, 'E')")
    await connection.execute(
        "INSERT INTO vault_keys (subject_id, ring_key, destroyed_at) VALUES ($1, '', now())", erased
    )
    for number, person in enumerate((erased, other)):
        await connection.execute(
            "INSERT INTO idempotency_keys (account_id, method, key, request_hash, answer, subjects)"
            " VALUES ($1, 'm', $2, '', '', ARRAY[$3::uuid])", uuid7(), str(number), person,
        )  # fmt: skip
    await connection.close()
    backup, urls = small.checked(await small.take()), await small.empty()
    await small.restore(replace(backup, data=replace(backup.data, taken_at=long_ago)), urls)

    async def found(query: str) -> Any:
        return await ask(urls["employees"], query)

    assert await found("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 1
    ages = await rows(urls["employees"], "SELECT consumer, now() - handled_at AS age FROM inbox ORDER BY consumer")
    assert [row["consumer"] for row in ages] == ["older", "recent"]
    assert ages[0]["age"] > timedelta(days=90) > timedelta(hours=1) > ages[1]["age"]
    assert await found("SELECT events FROM parked_keys") == 0
    assert await found("SELECT subjects[1] FROM idempotency_keys") == other
    assert await found("SELECT key FROM deadlines WHERE kind = 'kit.restored' AND due_at < now()") == (
        backup.data.backup_id
    )
