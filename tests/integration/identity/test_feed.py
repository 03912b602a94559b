"""The heartbeat: what it proves, and that it stops when it would prove nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import text

from libs.kit import outbox
from libs.kit.bus import BusUnavailable, Following, Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from libs.kit.database import Database
from libs.kit.dates import instant
from mainstay.identity.v1 import events_pb2
from services.identity import feed
from tests.integration.identity.company import Company
from tests.support.bus import FailingBus
from tests.support.postgres import Databases


@pytest.fixture
async def bus(local_bus: LocalBus) -> LocalBus:
    await local_bus.ensure_topics({feed.TOPIC: True})
    return local_bus


async def heard(bus: LocalBus) -> list[Message]:
    return [message async for message in bus.read(feed.TOPIC)]


async def record_revocation(company: Company, age: str) -> None:
    async with company.house.database.transaction() as session:
        event = events_pb2.EpochRaised(account_id="a", epoch=7)
        await outbox.write(session, [event], source="identity", trace="")
        await session.run(text(f"UPDATE outbox SET recorded_at = clock_timestamp() - interval '{age}'"))  # noqa: S608


async def all_published(company: Company) -> None:
    async with company.house.database.transaction() as session:
        await session.run(text("UPDATE outbox SET published_at = now() WHERE published_at IS NULL"))


async def beat(company: Company, bus: Any) -> bool:
    async with company.house.database.reading() as session:
        return await feed.beat(session, bus, company.clock)


async def test_a_heartbeat_says_when_it_was_sent(company: Company, bus: LocalBus) -> None:
    await all_published(company)
    before = company.clock.now()
    assert await beat(company, bus)
    (message,) = await heard(bus)
    assert (message.topic, message.key) == ("identity.revocations", "heartbeat")
    sent = events_pb2.FeedHeartbeat.FromString(message.value)
    assert sent.source == "heartbeat"
    assert before <= instant(sent.sent_at) <= company.clock.now()


async def test_no_heartbeat_while_a_revocation_is_stuck(company: Company, bus: LocalBus) -> None:
    await all_published(company)
    await record_revocation(company, "2 seconds")
    assert not await beat(company, bus)
    assert await heard(bus) == []
    await all_published(company)
    assert await beat(company, bus)


async def test_a_revocation_on_its_way_does_not_stop_it(company: Company, bus: LocalBus) -> None:
    await all_published(company)
    await record_revocation(company, "0.2 seconds")
    assert await beat(company, bus)


async def test_no_heartbeat_without_the_bus(company: Company, bus: LocalBus) -> None:
    await all_published(company)
    with pytest.raises(BusUnavailable):
        await beat(company, FailingBus(bus, lambda _messages: "before"))
    assert await heard(bus) == []


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - what is waited for happens in another task and says nothing
        await asyncio.sleep(0.02)


async def _first(messages: Following) -> AsyncIterator[Message]:
    async for message in messages:
        yield message
        return


class _Runtime:
    def __init__(self, database: Database, bus: Any) -> None:
        self.database, self.bus, self.clock = database, bus, MovableClock()


async def test_one_replica_beats_and_another_takes_over(
    company: Company, bus: LocalBus, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "EVERY_SECONDS", 0.05)
    await all_published(company)
    beats: list[str] = []

    def counted(name: str) -> Any:
        return FailingBus(bus, lambda _messages: beats.append(name) or "")  # type: ignore[func-returns-value]

    runtimes = {name: _Runtime(company.house.database, counted(name)) for name in ("one", "two")}
    tasks = {name: asyncio.create_task(feed.keep_beating(runtime)) for name, runtime in runtimes.items()}  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        await until(lambda: len(beats) >= 5)
        assert len(set(beats)) == 1
        first = beats[0]
        tasks[first].cancel()
        await asyncio.gather(tasks[first], return_exceptions=True)
        await until(lambda: beats[-1] != first)
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def test_beating_goes_on_after_the_bus_was_away(
    company: Company, bus: LocalBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "EVERY_SECONDS", 0.05)
    await all_published(company)
    away = True
    runtime = _Runtime(company.house.database, FailingBus(bus, lambda _messages: "before" if away else ""))
    task = asyncio.create_task(feed.keep_beating(runtime))  # type: ignore[arg-type]
    await asyncio.sleep(0.3)
    assert await heard(bus) == []
    away = False
    async with asyncio.timeout(10), bus.follow([feed.TOPIC]) as messages:
        assert [message async for message in _first(messages)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
