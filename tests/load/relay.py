"""What the relay carries from outbox to bus: how late facts are at a steady rate, and the highest rate it holds.

    python -m tests.load.relay [seconds]

Facts are committed by tens on a real PostgreSQL, at their moments whether the relay keeps up or not; a follower of the
bus notes how long after its recording each is heard. Writer, relay and follower share one process, on both buses.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from libs.kit import contract, outbox
from libs.kit.bus import Bus
from libs.kit.clock import SystemClock
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.migrate import migrate
from libs.kit.postgres import PostgresServer
from libs.kit.relay import Relay
from mainstay.employees.v1.events_pb2 import EmployeeHired
from tests.load.bus import embedded, kafka
from tools.stack import parts

_RATES = (1_000, 2_000, 4_000, 6_000, 8_000)
_TOGETHER = 10
_KEYS = [str(uuid7()) for _ in range(2_000)]
# A rate is held when what was recorded in its last moment is heard within this.
_HELD_SECONDS = 1.0
_LAST_SECONDS = 30.0
_TOPIC = contract.events()[EmployeeHired.DESCRIPTOR.full_name].topic


async def record(database: Database, relay: Relay, rate: int, seconds: float) -> int:
    """Commits so many facts a second, and says how many it were."""
    began, sent = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < seconds:
        while sent + _TOGETHER <= now * rate:
            events = [EmployeeHired(employee_id=_KEYS[(sent + one) % len(_KEYS)]) for one in range(_TOGETHER)]
            async with database.transaction() as session:
                await outbox.write(session, events, source="employees", trace="")
            relay.nudge()
            sent += _TOGETHER
            if time.perf_counter() - began > seconds:
                break
        await asyncio.sleep(_TOGETHER / rate)
    return sent


async def at_rate(database: Database, bus: Bus, relay: Relay, rate: int, seconds: float) -> bool:
    """Whether the rate was held."""
    late: list[float] = []
    listening = asyncio.Event()

    async def follow() -> None:
        async with bus.follow([_TOPIC]) as following:
            listening.set()
            async for one in following:
                late.append((datetime.now(UTC) - one.time).total_seconds())  # noqa: PERF401 - one by one, as they come

    following = asyncio.create_task(follow())
    await listening.wait()
    sent = await record(database, relay, rate, seconds)
    ended = time.perf_counter()
    while len(late) < sent and time.perf_counter() < ended + _LAST_SECONDS:  # noqa: ASYNC110 - another task hears
        await asyncio.sleep(0.01)
    after = time.perf_counter() - ended
    following.cancel()
    await asyncio.wait([following])
    ranked = sorted(late)
    p50, p99 = (ranked[len(ranked) * share // 100] * 1000 for share in (50, 99))
    held = after < _HELD_SECONDS and sent >= rate * seconds * 0.98
    told = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, the last {after:.2f} s after the end, {sent - len(late)} missing"
    print(f"  {sent / seconds:6,.0f} facts/s recorded: heard after {told}{'' if held else ': not held'}")
    return held


async def measure(folder: Path, bus: Bus, seconds: float) -> None:
    server = PostgresServer(folder / "outbox", dies_with_parent=True)
    await asyncio.to_thread(server.start)
    server.ensure_databases(["relay"])
    await migrate(None, server.url("relay"))
    database = Database(server.url("relay"), pool_size=6)
    await database.open()
    await bus.ensure_topics(contract.topics())
    relay = Relay(database, bus, SystemClock(), service="load")
    await relay.start()
    for rate in _RATES:
        if not await at_rate(database, bus, relay, rate, seconds):
            break
    await relay.stop()
    await database.close()
    await asyncio.to_thread(server.stop)


async def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    for name, opened in (("embedded bus", embedded), ("Kafka, mutual TLS", kafka)):
        if opened is kafka and (why := parts.missing()):
            print(f"{name}: left out, {why}")
            continue
        with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
            async with opened(Path(folder)) as bus:
                print(f"{name}:")
                await measure(Path(folder), bus, seconds)


if __name__ == "__main__":
    asyncio.run(main())
