"""Backup and restore: taken while people work, restored into an empty stack with an empty bus, and all agrees again."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.kit.backup import restoring, sources
from libs.kit.backup.checking import Backup, check
from libs.kit.errors import PassportInvalid, PersonErased
from libs.kit.postgres import PostgresServer
from libs.kit.rpc.status import Failed
from mainstay.identity.v1.events_pb2 import EpochRaised
from services.__main__ import Platform
from tests.support.backups import (
    DIGEST,
    DIRECTORY,
    NAMES,
    Caller,
    Source,
    ask,
    empty_stack,
    platform_on,
    rows,
    settled,
    source_on,
)

UNITS = "SELECT * FROM directory_units ORDER BY unit_id"
ACCOUNTS = "SELECT employee_id, state FROM accounts WHERE kind = 'person'"
EPOCHS = "SELECT account_id, epoch FROM accounts"
KEY_AND_NAME = (
    "SELECT ring_key, wrapped, name FROM people JOIN vault_keys ON subject_id = employee_id WHERE employee_id = $1"
)
HANDLED = "SELECT event_id FROM inbox WHERE source = 'employees' AND consumer = 'identity' AND handled_at > $1"


def _folder() -> Iterator[Path]:
    # Not pytest's own, whose parent every run of pytest closes to PostgreSQL's user.
    with tempfile.TemporaryDirectory(prefix="mainstay-backup-", ignore_cleanup_errors=True) as name:
        yield Path(name)


folder = pytest.fixture(_folder)


@pytest.fixture(scope="module")
async def source() -> AsyncIterator[Source]:
    with contextmanager(_folder)() as folder:
        async with source_on(folder) as opened:
            yield opened


async def test_what_a_snapshot_shows_handled_its_producer_has(source: Source, folder: Path) -> None:
    """No database holds the effect of a fact that the backup does not hold."""
    began = source.platform.clock.now()
    async with source.at_work("A"):
        taken = await source.take()
    assert taken.data is not None
    assert taken.data.fence_seconds < 2
    with empty_stack(folder, source.folder) as server:
        await source.restored_into(server, source.checked(taken))
        assert await ghosts(server, began) == set()
        for name in NAMES:
            assert (
                await ask(server.url(name), "SELECT count(*) FROM vault_keys")
                == (taken.keys.parts[name].tables["vault_keys"])
            )


async def ghosts(server: PostgresServer, since: datetime) -> set[UUID]:
    """Facts of employees that identity has handled since an instant, and employees does not know."""
    known = {row["event_id"] for row in await rows(server.url("employees"), "SELECT event_id FROM outbox")}
    handled = {row["event_id"] for row in await rows(server.url("identity"), HANDLED, since)}
    assert len(handled) > 10
    return handled - known


async def test_without_the_fence_there_are_ghosts(
    source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seeded mistake: producers first, and nobody waits for anybody."""

    async def no_fence(found: list[sources.Source]) -> float:
        for one in sorted(found, key=lambda one: one.name):
            await one.freeze()
            await asyncio.sleep(1)
        return 0

    monkeypatch.setattr(sources, "_freeze", no_fence)
    began = source.platform.clock.now()
    async with source.at_work("B"):
        taken = await source.take()
    with empty_stack(folder, source.folder) as server:
        await source.restored_into(server, source.checked(taken))
        assert await ghosts(server, began)


@dataclass
class Story:
    """What was so in the source at the backup and after it, and the platform that came up from the backup."""

    platform: Platform
    directory: list[Any]
    digests: dict[str, str]
    restored_digests: dict[str, str]
    late_passport: str
    epochs: dict[UUID, int]
    accounts: dict[UUID, str]
    unheard: list[str]
    erased: str
    backup: Backup


@pytest.fixture(scope="module")
async def story(source: Source) -> AsyncIterator[Story]:
    """Hired but not yet heard of by identity → backup → rights change, somebody is erased → restore → start."""
    post = await source.open_post("S-P")
    leaver = await source.hire("S0000", post, name="龚待删", mobile="13577310001")
    await settled(source.platform, told=False)
    for name in ("identity", "employees"):
        # As after a week: the outbox has forgotten.
        await ask(source.platform.postgres.url(name), "DELETE FROM outbox WHERE published_at IS NOT NULL")
    consumer = source.platform.runtimes["identity"].consumer
    assert consumer is not None
    await consumer.stop()
    unheard = [(await source.hire(f"S1{number:03}", post)).employee_id for number in range(5)]
    await published(source.platform)
    taken = await source.take()
    directory = await rows(source.platform.postgres.url("employees"), DIRECTORY)
    digests = await digests_of(source.platform.postgres)
    await consumer.start()

    late = await rights_change(source)
    epochs = {row["account_id"]: row["epoch"] for row in await rows(source.platform.postgres.url("identity"), EPOCHS)}
    await erase(source, leaver.employee_id)
    url = source.platform.postgres.url("identity")
    accounts = {row["employee_id"]: row["state"] for row in await rows(url, ACCOUNTS)}
    keys = await source.take(only_keys=True)
    with contextmanager(_folder)() as folder:
        with empty_stack(folder, source.folder) as server:
            await source.restored_into(server, source.checked(taken, keys))
            restored_digests = await digests_of(server)
        async with platform_on(folder, demo=False) as platform:
            await settled(platform)
            yield Story(
                platform=platform,
                directory=directory,
                digests=digests,
                restored_digests=restored_digests,
                late_passport=late,
                epochs=epochs,
                accounts=accounts,
                unheard=unheard,
                erased=leaver.employee_id,
                backup=source.checked(taken, keys),
            )


async def published(platform: Platform) -> None:
    assert await platform.runtimes["employees"].relay.flush(10)


async def rights_change(source: Source) -> str:
    """Gives and takes back rights of the boss, and returns a passport of theirs from after it."""
    boss = await source.boss()
    for _ in range(3):
        grant = await source.hr.call(
            "GrantService.CreateGrant", employeeId=boss.employee_id, role="people_viewer",
            scope={"kind": "SCOPE_KIND_UNIT", "unitId": boss.unit_id}, reason="代班一周",
            endsAt=(source.platform.clock.now() + timedelta(days=7)).isoformat(),
        )  # fmt: skip
        await source.hr.call("GrantService.RevokeGrant", grantId=grant.grant_id, reason="代班结束")
    return await Caller(source.platform, "E0001").passport()


async def erase(source: Source, employee_id: str) -> None:
    person = await source.hr.call("PeopleService.GetEmployee", employeeId=employee_id)
    yesterday = (source.platform.clock.now() - timedelta(days=2)).date().isoformat()
    await source.hr.call(
        "LifecycleService.EndEmployment", employeeId=employee_id, version=person.version, lastDay=yesterday,
        kind="LEAVE_KIND_RESIGNATION", reason="离职",
    )  # fmt: skip
    await source.hr.call("PeopleService.EraseEmployee", employeeId=employee_id, reason="本人要求删除")
    await settled(source.platform, told=False)


async def digests_of(server: PostgresServer) -> dict[str, str]:
    """A digest of all rows of each table that a restore leaves as they were."""
    changed = {"outbox", "inbox", "deadlines", "parked_keys", "vault_keys", "idempotency_keys", "backups"}
    never = {"sessions", "sign_ins", "passport_keys"}
    found = {}
    for name in NAMES:
        url = server.url(name)
        for table in (row[0] for row in await rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")):
            if table not in changed | never:
                found[f"{name}.{table}"] = await ask(url, DIGEST.format(table=table))
    return found


def test_every_row_is_restored_as_it_was(story: Story) -> None:
    assert len(story.digests) > 20
    assert story.restored_digests == story.digests


async def test_nothing_is_missing_between_the_databases(story: Story) -> None:
    """What identity had not heard when the backup was taken, it hears after the restore."""
    url = story.platform.postgres.url
    ours, theirs = await rows(url("employees"), DIRECTORY), await rows(url("identity"), DIRECTORY)
    assert [dict(one) for one in ours] == [dict(one) for one in theirs]
    assert await rows(url("employees"), UNITS) == await rows(url("identity"), UNITS)
    assert [one for one in ours if str(one["employee_id"]) != story.erased] == [
        one for one in story.directory if str(one["employee_id"]) != story.erased
    ]
    known = {str(row["employee_id"]) for row in await rows(url("identity"), "SELECT employee_id FROM accounts")}
    assert set(story.unheard) <= known
    assert {row["employee_id"]: row["state"] for row in await rows(url("identity"), ACCOUNTS)} == story.accounts


async def test_no_passport_from_before_is_accepted(story: Story) -> None:
    runtime = story.platform.runtimes["employees"]
    with pytest.raises(PassportInvalid):
        runtime.passports.read(story.late_passport.encode())
    with pytest.raises(Failed):
        await Caller(story.platform, "E0001").call("AccountService.GetMe", token=story.late_passport)
    assert (await Caller(story.platform, "E0001").call("AccountService.GetMe")).account.username == "E0001"


async def test_epochs_only_ever_rise(story: Story) -> None:
    now = {row["account_id"]: row["epoch"] for row in await rows(story.platform.postgres.url("identity"), EPOCHS)}
    shared = now.keys() & story.epochs.keys()
    assert len(shared) > 100
    assert all(now[one] > story.epochs[one] for one in shared)
    fed: dict[UUID, int] = {}
    async for message in story.platform.bus.read("identity.revocations"):
        if message.type == EpochRaised.DESCRIPTOR.full_name:
            fed[UUID(message.key)] = EpochRaised.FromString(message.value).epoch
    # An account opened since has no passport of before to refuse.
    assert {one: now[one] for one in shared} == {one: fed[one] for one in shared}


async def test_the_state_topics_of_the_new_bus_hold_every_key(story: Story) -> None:
    assert await keys_on_the_bus(story.platform) == {str(one["employee_id"]) for one in story.directory}


async def keys_on_the_bus(platform: Platform) -> set[str]:
    return {message.key async for message in platform.bus.read("employees.people")}


async def test_an_older_backup_does_not_bring_an_erased_person_back(story: Story) -> None:
    url = story.platform.postgres.url
    person = await Caller(story.platform, "E0002").call("PeopleService.GetEmployee", employeeId=story.erased)
    assert person.erased
    assert not person.name
    row = (await rows(url("employees"), "SELECT * FROM people WHERE employee_id = $1", UUID(story.erased)))[0]
    assert [row["name"], row["mobile"], row["tokens"], row["national_id_index"]] == [None, None, [], None]
    for name in ("identity", "employees"):
        wrapped = "SELECT wrapped FROM vault_keys WHERE subject_id = $1"
        assert await ask(url(name), wrapped, UUID(story.erased)) is None
    account = (await rows(url("identity"), "SELECT * FROM accounts WHERE employee_id = $1", UUID(story.erased)))[0]
    assert [account["state"], account["erased"]] == ["closed", True]
    assert account["username"].startswith("erased-")


async def test_the_old_keys_would_have_opened_what_was_erased(source: Source, story: Story, folder: Path) -> None:
    """Why the keys lie apart and are kept for days: with those of the day of the backup, the person is readable."""
    vault = source.platform.runtimes["employees"].house.vault
    same_day = source.shelf.keys / story.backup.data.backup_id
    old = check(source.settings.ring, story.backup.data_folder, same_day)
    person = UUID(story.erased)
    for number, (backup, name) in enumerate(((old, "龚待删"), (story.backup, None))):
        with empty_stack(folder / str(number), source.folder) as server:
            await source.restored_into(server, backup)
            row = (await rows(server.url("employees"), KEY_AND_NAME, person))[0]
        if name is None:
            with pytest.raises(PersonErased):
                vault.unwrap(person, row["ring_key"], row["wrapped"])
        else:
            key = vault.unwrap(person, row["ring_key"], row["wrapped"])
            assert key.open("people", "name", person, row["name"]) == name


async def test_nothing_of_that_comes_by_itself(
    source: Source, story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seeded mistake: databases restored as they were dumped, and nobody told."""
    agree = restoring._AGREE
    for line in ("UPDATE outbox", "INSERT INTO deadlines"):
        assert line in agree
        agree = agree.replace(line, f"-- {line}")
    agree = agree.replace("    VALUES (gen_random_uuid()", "-- ")
    monkeypatch.setattr(restoring, "_AGREE", agree)
    with empty_stack(folder, source.folder) as server:
        await source.restored_into(server, story.backup)
    async with platform_on(folder, demo=False) as platform:
        await settled(platform, told=False)
        url = platform.postgres.url
        assert await rows(url("employees"), DIRECTORY) != await rows(url("identity"), DIRECTORY)
        known = {str(row["employee_id"]) for row in await rows(url("identity"), ACCOUNTS)}
        assert not known & set(story.unheard)
        assert not await keys_on_the_bus(platform) >= {str(one["employee_id"]) for one in story.directory}
        now = {row["account_id"]: row["epoch"] for row in await rows(url("identity"), EPOCHS)}
        assert any(now[one] < story.epochs[one] for one in now.keys() & story.epochs.keys())
        half = "SELECT erased_at FROM people WHERE employee_id = $1"
        assert await ask(url("employees"), half, UUID(story.erased)) is None
