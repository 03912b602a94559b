"""What the bus carries: publishing, consuming, and from publishing to a follower. For both buses.

python -m tests.load.bus [messages]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from libs.kit.bus import Bus, Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from libs.kit.postgres import PostgresServer
from tests.support.kafka import kafka_place
from tools.stack import parts

_BATCH = 1000
_VALUE = b"x" * 400
_RATE = 1000
_RATE_SECONDS = 20


def message(topic: str, number: int, value: bytes = _VALUE) -> Message:
    kind = "mainstay.test.v1.Happened"
    return Message(topic, f"k{number % 500}", value, uuid7(), kind, "load", datetime.now(UTC))


async def throughput(bus: Bus, count: int) -> None:
    await bus.ensure_topics({"load.facts": False})
    batches = [[message("load.facts", at + one) for one in range(_BATCH)] for at in range(0, count, _BATCH)]
    began = time.perf_counter()
    for batch in batches:
        await bus.publish(batch)
    print(f"  publish, by {_BATCH}: {count / (time.perf_counter() - began):9,.0f} messages/s")
    began = time.perf_counter()
    for number in range(500):
        await bus.publish([message("load.facts", number)])
    print(f"  publish, one by one: {500 / (time.perf_counter() - began):7,.0f} messages/s")
    async with bus.consume(["load.facts"], "load", batch=_BATCH) as member:
        taken, began = 0, 0.0
        while taken < count:
            found = await member.take(10)
            # Joining the group is not what is measured.
            began = began or time.perf_counter()
            if found is not None:
                taken += len(found.messages)
                await found.commit()
    print(f"  consume, by {_BATCH}: {taken / (time.perf_counter() - began):9,.0f} messages/s")


async def latency(bus: Bus) -> None:
    await bus.ensure_topics({"load.state": True})
    took: list[float] = []

    async def follow(ready: asyncio.Event) -> None:
        async with bus.follow(["load.state"]) as following:
            ready.set()
            async for one in following:
                took.append(time.perf_counter() - float(one.value))  # noqa: PERF401 - one by one, as they come

    ready = asyncio.Event()
    following = asyncio.create_task(follow(ready))
    await ready.wait()
    began = time.perf_counter()
    # A relay that is nudged publishes what has gathered in about so long.
    tick, sent = 0.005, 0
    while (now := time.perf_counter()) < began + _RATE_SECONDS:
        due = int((now - began) * _RATE) - sent
        if due:
            await bus.publish([message("load.state", sent + one, str(now).encode()) for one in range(due)])
            sent += due
        await asyncio.sleep(tick)
    await asyncio.sleep(1)
    following.cancel()
    await asyncio.wait([following])
    took.sort()
    p50, p99 = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    print(
        f"  publish to follower at {sent / _RATE_SECONDS:,.0f}/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(took)} heard"
    )


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Bus]:
    server = PostgresServer(folder / "postgres", dies_with_parent=True)
    await asyncio.to_thread(server.start)
    server.ensure_databases(["bus"])
    bus = LocalBus(server.url("bus"), SystemClock())
    await bus.open()
    yield bus
    await bus.close()
    await asyncio.to_thread(server.stop)


@asynccontextmanager
async def kafka(folder: Path) -> AsyncIterator[Bus]:
    place = kafka_place(folder)
    await asyncio.to_thread(place.server.start)
    async with place.opened() as bus:
        yield bus
    await asyncio.to_thread(place.server.stop)


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for name, opened in (("embedded bus", embedded), ("Kafka, mutual TLS", kafka)):
        if opened is kafka and (why := parts.missing()):
            print(f"{name}: left out, {why}")
            continue
        with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
            async with opened(Path(folder)) as bus:
                print(f"{name}:")
                await throughput(bus, count)
                await latency(bus)


if __name__ == "__main__":
    asyncio.run(main())
