"""How long a session lives, and how soon its end is known."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

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
    pool, house.gateway.database.pool = house.gateway.database.pool, None
    try:
        assert await status(browser) == 200
    finally:
        house.gateway.database.pool = pool


async def test_an_end_elsewhere_is_known_within_a_second(house: House) -> None:
    browser, cookie = await signed_in(house)
    other = replica(house)
    assert await other.find(cookie)
    await browser.post("/auth/sign-out")
    assert other.remembered(cookie), "for a second"
    assert module.REMEMBERED <= 1
    for known in other._known.values():
        known.until -= module.REMEMBERED
    assert await other.find(cookie) is None


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
