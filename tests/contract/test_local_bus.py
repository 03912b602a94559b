"""The in-process bus keeps every bus's promises, and those of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from tests.contract.bus_conformance import BusConformance, OpenProcess, message, numbers
from tests.support.postgres import Databases


@asynccontextmanager
async def opened(url: str, clock: MovableClock | None = None) -> AsyncIterator[LocalBus]:
    bus = LocalBus(url, clock or MovableClock())
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()


@pytest.fixture(scope="module")
async def bus(databases: Databases) -> AsyncIterator[LocalBus]:
    url = await databases.empty()
    async with opened(url) as bus:
        yield bus
    await databases.drop(url)


@pytest.fixture
def process(empty_url: str) -> OpenProcess:
    return lambda: opened(empty_url)


class TestLocalBus(BusConformance):
    pass


async def test_a_restart_loses_nothing(empty_url: str) -> None:
    async with opened(empty_url) as bus:
        await bus.ensure_topics({"facts": False, "state": True})
        await bus.publish([message("facts", f"k{number}", number) for number in range(100)])
        await bus.publish([message("state", "k", 1)])
        async with bus.consume(["facts"], "group", batch=40) as member:
            batch = await member.take(1)
            assert batch is not None
            handled = {one.event_id for one in batch.messages}
            await batch.commit()
    async with opened(empty_url) as bus:
        async with bus.consume(["facts"], "group", batch=200) as member:
            found: set[object] = set()
            while batch := await member.take(0.2):
                found |= {one.event_id for one in batch.messages}
        assert len(found) == 100 - len(handled)
        assert not found & handled
        await bus.publish([message("facts", "k1", 5), message("state", "k", 2)])
        assert numbers([one async for one in bus.read("state")]) == {"k": [1, 2]}


async def test_compaction_keeps_the_last_of_each_key(empty_url: str) -> None:
    async with opened(empty_url) as bus:
        await bus.ensure_topics({"state": True, "facts": False})
        await bus.publish([message("state", f"k{number % 5}", number) for number in range(50)])
        await bus.publish([message("facts", "k", number) for number in range(9)])
        assert await bus.compact() == 45
        await bus.publish([message("state", "k0", 99)])
        assert await bus.compact() == 1
        assert await bus.compact() == 0
        kept = numbers([one async for one in bus.read("state")])
        assert kept == {"k0": [99], "k1": [46], "k2": [47], "k3": [48], "k4": [49]}
        assert len([one async for one in bus.read("facts")]) == 9
        async with bus.consume(["state"], "group", batch=2) as member:
            found: list[Message] = []
            while batch := await member.take(0.1):
                found.extend(batch.messages)
            assert len(found) == 5
            assert member.lag() == 0


async def test_only_what_is_old_and_handled_by_all_groups_is_trimmed(empty_url: str) -> None:
    clock = MovableClock()
    async with opened(empty_url, clock) as bus:
        await bus.ensure_topics({"facts": False, "facts.dead": False, "state": True})
        for topic in ("facts", "facts.dead", "state"):
            await bus.publish([message(topic, "k", number) for number in range(20)])
        async with bus.consume(["facts"], "slow", batch=10) as slow, bus.consume(["facts"], "quick") as quick:
            for member in (slow, quick):
                batch = await member.take(1)
                assert batch is not None
                await batch.commit()
        assert await bus.trim() == 0
        clock.move(timedelta(days=8))
        await bus.publish([message("facts", "k", 20)])
        assert await bus.trim() == 10
        assert numbers([one async for one in bus.read("facts")]) == {"k": list(range(10, 21))}
        assert len([one async for one in bus.read("facts.dead")]) == 20
        assert len([one async for one in bus.read("state")]) == 20
        clock.move(timedelta(days=60))
        assert await bus.trim() == 31
        async with bus.consume(["facts"], "slow") as slow:
            await bus.publish([message("facts", "k", 21)])
            batch = await slow.take(1)
            assert batch is not None
            assert numbers(batch.messages) == {"k": [21]}


async def test_a_lost_connection_fails_the_publisher_and_leaves_nothing_half_done(empty_url: str) -> None:
    async with opened(empty_url) as bus:
        await bus.ensure_topics({"facts": False})
        await bus.publish([message("facts", "k", 0)])
        killing = asyncio.create_task(_kill_connections(empty_url))
        failed, sent = 0, 1
        while sent < 40 or not failed:
            batch = [message("facts", "k", sent)] * 500
            try:
                await bus.publish(batch)
            except BusUnavailable:
                failed += 1
            sent += 1
        await BusConformance.cancelled(killing)
        found = numbers([one async for one in bus.read("facts")])["k"]
        assert failed
        assert found == sorted(found)
        assert all(found.count(number) == 500 for number in set(found) if number)


async def _kill_connections(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        while True:
            await asyncio.sleep(0.03)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database() AND query LIKE 'COPY%'"
            )
    finally:
        await connection.close()


async def test_a_second_process_is_kept_out(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.kit.bus.log._LOCK_WAIT_SECONDS", 0.2)
    async with opened(empty_url):
        with pytest.raises(BusUnavailable, match="another process"):
            await LocalBus(empty_url, MovableClock()).open()


async def test_a_closed_bus_refuses_to_publish(empty_url: str) -> None:
    async with opened(empty_url) as bus:
        await bus.ensure_topics({"facts": False})
    with pytest.raises(BusUnavailable):
        await bus.publish([message("facts", "k")])


async def test_delivery_takes_milliseconds(empty_url: str) -> None:
    async with opened(empty_url) as bus:
        await bus.ensure_topics({"facts": False})
        async with bus.consume(["facts"], "group") as member:
            times = []
            for number in range(50):
                waiting = asyncio.create_task(member.take(5))
                await asyncio.sleep(0.002)
                began = time.perf_counter()
                await bus.publish([message("facts", "k", number)])
                await waiting
                times.append(time.perf_counter() - began)
        # A few, on a machine that is busy with other tests too; who looked by the clock would take half a second.
        assert sorted(times)[25] < 0.1
