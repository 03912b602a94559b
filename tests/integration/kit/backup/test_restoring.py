"""A restore takes place wholly or not at all, never over what is there or in use, and tells no row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.kit.backup.manifest import BackupRefused
from libs.kit.backup.programs import ProgramFailed, Programs, listening, settle
from libs.kit.backup.restoring import _Restoring
from libs.kit.bus import BusUnavailable
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from tests.integration.kit.backup.conftest import CANARY, TABLES, Small
from tests.support.backups import ask, rows


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
