"""The stack and the embedded run side by side: starts, memory, people through the front door, facts to their effect:

    python -m tests.load.stack [people] [seconds]

The same requests on the same company in both shapes, one after the other, 8 connections. Lag and effect are read from
the processes' own histograms while 100 people are hired at each of a few rates, while 200 are hired one after another
as fast as they are answered, and while the people are imported.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from libs.kit.dates import text_of
from services.employees.demo import SIGN_INS
from tests.load.front_door import CONNECTIONS
from tests.load.http_client import Connection, measure
from tests.load.platform_process import PlatformProcess
from tests.support.browser_session import Session
from tests.support.company import find_person
from tests.support.crowd import import_crowd
from tests.support.stack import StackCompany, free_block
from tools.stack.settings import ADMIN, StackSettings
from tools.stack.stack import PROGRAMS, Stack

_HIRES = 200
# Hires a second, each on its own moment whether the one before is answered or not, and how many.
_RATES = (2, 10)
_PACED = 100
# Nothing new for so long: all of it has arrived.
_QUIET_SECONDS = 4.0
_UNLIMITED = {"MAINSTAY_SESSION_RATE": "1000000", "MAINSTAY_SERVICE_RATE": "1000000"}
_BUCKET = re.compile(r'^(\w+)_bucket\{([^}]*)le="([^"]+)"[^}]*\} ([0-9.e+]+)$', re.MULTILINE)


async def front_door(address: str, session: Session, seconds: float) -> None:
    """Rates and latencies of one person and of a page of 50."""
    port = int(address.rpartition(":")[2])
    cookie = "; ".join(f"{one.name}={one.value}" for one in session.client.cookies.jar if one.name == "mainstay")
    wires = [Connection("localhost", port, {"Cookie": cookie, "Accept-Language": "zh-CN"}) for _ in range(CONNECTIONS)]
    for wire in wires:
        await wire.open()
    rows = (await session.get("/v1/employees", pageSize=200))["employees"]
    details = [f"/v1/employees/{row['employeeId']}" for row in rows]
    await measure(wires, details, 2)
    print((await measure(wires, details, seconds)).line("  detail through the front door"))
    print((await measure(wires, ["/v1/employees?pageSize=50"], seconds)).line("  list of 50 through the front door"))
    for wire in wires:
        await wire.close()


async def hiring(session: Session, number: str) -> Callable[[], Coroutine[Any, Any, None]]:
    """What hires one more person under the manager of that number: a fact that opens an account in identity."""
    manager = await find_person(session, number)
    opening = {"unitId": manager["unitId"], "headcount": _HIRES + len(_RATES) * _PACED, "opensOn": "2026-01-01"}
    post = await session.post("/v1/posts", code="LOAD-1", title="检验员", **opening)
    joined = text_of(datetime.now(UTC).date() - timedelta(days=1))
    counting = itertools.count()

    async def hire() -> None:
        await session.post(
            "/v1/employees",
            number=f"L{next(counting):05d}",
            name="周新民",
            hiredOn=joined,
            unitId=post["unitId"],
            postId=post["postId"],
            managerId=manager["employeeId"],
        )

    return hire


async def one_after_another(hire: Callable[[], Coroutine[Any, Any, None]]) -> None:
    for _ in range(_HIRES):
        await hire()


async def paced(hire: Callable[[], Coroutine[Any, Any, None]], rate: int) -> None:
    """So many a second, each at its moment."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for count in range(_PACED):
            await asyncio.sleep(began + count / rate - time.monotonic())
            group.create_task(hire())


async def histogram(admin_port: int, name: str) -> dict[float, float]:
    """Counts by upper bound, summed over labels."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        told = (await client.get(f"http://127.0.0.1:{admin_port}/metrics")).text
    found: dict[float, float] = {}
    for metric, _, bound, count in _BUCKET.findall(told):
        if metric == name:
            found[float(bound)] = found.get(float(bound), 0) + float(count)
    return found


def quantile(before: Mapping[float, float], after: Mapping[float, float], share: float) -> str:
    """The bucket that holds the quantile of what came between, as `≤ 25 ms`."""
    grown = {bound: after[bound] - before.get(bound, 0) for bound in sorted(after)}
    total = grown.get(float("inf"), 0)
    bound = next((bound for bound, count in grown.items() if count >= total * share), float("inf"))
    return f"≤ {bound * 1000:.0f} ms (of {total:.0f})"


async def lag(told: str, stack: Stack, work: Any) -> None:
    """What the relay of employees and the consumer of identity say of a piece of work."""
    first = stack.settings.port + ADMIN
    employees, identity = first + PROGRAMS.index("employees"), first + PROGRAMS.index("identity")
    asked = {
        "commit to bus": (employees, "mainstay_outbox_publish_seconds"),
        "commit to effect in identity": (identity, "mainstay_consumer_effect_seconds"),
    }
    before = {name: await histogram(*where) for name, where in asked.items()}
    began = time.monotonic()
    await work
    print(f"  {told}: {time.monotonic() - began:.1f} s")
    after: dict[str, dict[float, float]] = {}
    # What is still on its way belongs to it.
    while after != (after := {name: await histogram(*where) for name, where in asked.items()}):  # noqa: ASYNC110
        await asyncio.sleep(_QUIET_SECONDS)
    for name in asked:
        p50, p99, all_ = (quantile(before[name], after[name], share) for share in (0.5, 0.99, 1))
        print(f"    {name:30} p50 {p50}, p99 {p99}, all {all_}")


async def on_the_stack(folder: Path, people: int, seconds: float) -> None:
    settings = StackSettings(port=free_block(), data=folder)
    stack = Stack(settings, tell=False, environment=_UNLIMITED)
    began = time.monotonic()
    await stack.start()
    print(f"stack, first start: {time.monotonic() - began:.1f} s {_told(stack.seconds)}")
    await stack.stop()
    stack = Stack(settings, tell=False, environment=_UNLIMITED)
    began = time.monotonic()
    await stack.start()
    print(f"stack, warm start: {time.monotonic() - began:.1f} s {_told(stack.seconds)}")
    try:
        async with AsyncExitStack() as sessions:
            company = StackCompany(stack, {}, sessions)
            hr = await company.sign_in("hr.admin")
            await front_door(stack.address, hr, seconds)
            hire = await hiring(hr, company.number("manager.quality"))
            for rate in _RATES:
                await lag(f"{_PACED} people hired, {rate} a second", stack, paced(hire, rate))
            await lag(f"{_HIRES} people hired one after another", stack, one_after_another(hire))
            if people:
                await lag(f"{people} people imported", stack, import_crowd(hr, people))
        memory = {name: f"{size / 2**20:.0f}" for name, size in stack.memory().items()}
        print(f"  resident MiB: {memory}")
    finally:
        await stack.stop()


async def embedded(seconds: float) -> None:
    async with PlatformProcess() as platform:
        print(f"embedded, first start: {platform.seconds:.1f} s")
        hr = await platform.sign_in("hr.admin")
        await front_door(platform.address, hr, seconds)
        hire = await hiring(hr, next(one.number for one in SIGN_INS if one.name == "manager.quality"))
        began = time.monotonic()
        await one_after_another(hire)
        print(f"  {_HIRES} people hired: {time.monotonic() - began:.1f} s")
        await hr.client.aclose()


def _told(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {took:.1f}" for name, took in seconds.items())


async def main(people: int, seconds: float) -> None:
    await embedded(seconds)
    with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
        await on_the_stack(Path(folder), people, seconds)


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(main(int(given[0]) if given else 5_000, float(given[1]) if len(given) > 1 else 10))
