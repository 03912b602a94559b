"""How long a session lives, and how soon its end is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from gateway import sessions as module
from gateway.sessions import Sessions
from gateway.tables import sessions, sign_ins
from tests.unit.gateway.conftest import Browser, House


async def signed_in(house: House) -> tuple[Browser, bytes]:
    browser = house.browser()
    await browser.sign_in()
    return browser, browser.http.cookies["mainstay"].encode()


def replica(house: House) -> Sessions:
    ours = house.gateway.settings
    return Sessions(house.gateway.database, house.clock, idle=ours.idle, absolute=ours.absolute)


async def status(browser: Browser) -> int:
    return (await browser.http.get("/v1/employees/e1")).status_code


async def test_a_session_unused_for_half_an_hour_ends(house: House) -> None:
    browser, _ = await signed_in(house)
    for _ in range(3):
        house.clock.move(timedelta(minutes=29))
        assert await status(browser) == 200
    house.clock.move(timedelta(minutes=31))
    assert await status(browser) == 401


async def test_use_prolongs_it_to_ten_hours_and_no_longer(house: House) -> None:
    browser, _ = await signed_in(house)
    for _ in range(29):
        house.clock.move(timedelta(minutes=20))
        assert await status(browser) == 200
    house.clock.move(timedelta(minutes=20))
    assert await status(browser) == 401


async def test_use_counts_before_it_is_written_whatever_is_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's rights change while the database is slow to take what was used."""
    _, cookie = await signed_in(house)
    ours, database = house.gateway.sessions, house.gateway.database
    transaction, go = database.transaction, asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[Any]:
        await go.wait()
        async with transaction() as session:
            yield session

    monkeypatch.setattr(database, "transaction", slow)
    try:
        for _ in range(3):
            house.clock.move(timedelta(minutes=20))
            found = await ours.find(cookie)
            assert found
            ours.forget_account(found.account_id)
    finally:
        go.set()
        await ours.settled()
    house.clock.move(timedelta(minutes=20))
    assert await ours.find(cookie), "the last one was written"


async def test_asking_who_is_signed_in_is_no_use(house: House) -> None:
    browser, _ = await signed_in(house)
    for _ in range(4):
        house.clock.move(timedelta(minutes=8))
        await browser.http.get("/auth/session")
    assert await status(browser) == 401


async def test_use_is_written_once_a_minute(house: House) -> None:
    browser, _ = await signed_in(house)

    async def written() -> str:
        await house.gateway.sessions.settled()
        async with house.gateway.database.reading() as session:
            return str(await session.value(select(sessions.c.last_seen_at)))

    first = await written()
    house.clock.move(timedelta(seconds=30))
    await status(browser)
    assert await written() == first
    house.clock.move(timedelta(seconds=31))
    await status(browser)
    assert await written() > first


async def test_the_hot_path_asks_no_database(house: House) -> None:
    browser, _ = await signed_in(house)
    assert await status(browser) == 200
    keep(house.gateway.sessions, 60)
    pool, house.gateway.database.pool = house.gateway.database.pool, None
    try:
        assert await status(browser) == 200
    finally:
        house.gateway.database.pool = pool


async def test_an_end_elsewhere_is_known_within_a_second(house: House) -> None:
    browser, cookie = await signed_in(house)
    other = replica(house)
    assert await other.find(cookie)
    keep(other, 60)
    await browser.post("/auth/sign-out")
    assert other.remembered(cookie), "for a second"
    assert module.REMEMBERED <= 1
    keep(other, -60 - module.REMEMBERED)
    assert await other.find(cookie) is None


async def test_a_look_up_under_way_does_not_bring_an_ended_session_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cookie = await signed_in(house)
    ours, database = house.gateway.sessions, house.gateway.database
    reading, looked, go = database.reading, asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[Any]:
        async with reading() as session:
            yield session
        looked.set()
        await go.wait()

    monkeypatch.setattr(database, "reading", slow)
    looking = asyncio.create_task(ours.find(cookie))
    await looked.wait()
    found = next(iter(await sessions_there(house)))
    await ours.end(found, "signed_out")
    go.set()
    await looking
    assert ours.remembered(cookie) is None
    assert await ours.find(cookie) is None


async def test_a_look_up_before_the_commit_does_not_outlive_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cookie = await signed_in(house)
    ours, database = house.gateway.sessions, house.gateway.database
    transaction = database.transaction

    @asynccontextmanager
    async def watched() -> AsyncIterator[Any]:
        async with transaction() as session:
            yield session
            assert await ours.find(cookie), "not committed yet"

    found = next(iter(await sessions_there(house)))
    monkeypatch.setattr(database, "transaction", watched)
    await ours.end(found, "signed_out")
    assert ours.remembered(cookie) is None


async def sessions_there(house: House) -> list[UUID]:
    async with house.gateway.database.transaction() as session:
        return [row["session_id"] for row in await session.rows(select(sessions.c.session_id))]


def keep(where: Sessions, seconds: float) -> None:
    """What is remembered there is remembered so much longer."""
    for known in where._known.values():
        known.until += seconds


async def test_use_seen_by_two_replicas_adds_up(house: House) -> None:
    _, cookie = await signed_in(house)
    one, two = house.gateway.sessions, replica(house)
    for turn in (one, two, one, two):
        house.clock.move(timedelta(minutes=20))
        for known in turn._known.values():
            known.until -= module.REMEMBERED
        assert await turn.find(cookie)
        await turn.settled()


async def test_changed_rights_make_the_next_call_look_again(house: House) -> None:
    browser, cookie = await signed_in(house)
    await status(browser)
    assert house.gateway.sessions.remembered(cookie)
    house.gateway.passports.drop_account(house.identity.account("hr.admin"))
    assert house.gateway.sessions.remembered(cookie) is None
    assert await status(browser) == 200


async def test_what_has_ended_is_deleted(house: House) -> None:
    browser, _ = await signed_in(house)
    await browser.begin("/auth/step-up")
    house.clock.move(timedelta(minutes=31))
    await house.gateway.sessions.tidy()
    await house.gateway.sign_ins.tidy()
    async with house.gateway.database.reading() as session:
        for table in (sessions, sign_ins):
            assert await session.value(select(func.count()).select_from(table)) == 0


async def test_nobody_ends_everybodys_sessions_by_naming_nobody(house: House) -> None:
    browser, _ = await signed_in(house)
    async with house.gateway.database.transaction() as unit:
        assert await house.gateway.sessions.end_of(unit) == []
    assert await status(browser) == 200
    assert await house.gateway.sessions.get(UUID(int=1)) is None
