"""Hands the rights to read topics on to the bus: what systems hold as grants, Kafka enforces at each fetch.

One replica does it. It hears every change of grants and accounts on the bus, looks then at what holds at that moment,
and tells the bus the whole of it when it is not what it told last; every minute anyway, should somebody have changed
Kafka's lists or restored an older state of them. What cannot be done is tried again until it is; how long it has been
due is a metric.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Gauge
from sqlalchemy import select

from libs.kit import contract
from libs.kit.access.scopes import ALL, Scope
from libs.kit.app import Runtime
from libs.kit.bus import Bus, Following
from libs.kit.clock import Clock
from libs.kit.database import Session, prepared
from libs.kit.turns import turn
from services.identity import register, rules, shapes
from services.identity.tables import accounts, grants

# Every change of a grant or an account is told there.
TOPIC = "identity.access"
ANYWAY_SECONDS = 60.0
_RETRY_SECONDS = 1.0
# A company's people brought in by one file are thousands of changes, none of them of a system.
_APART_SECONDS = 0.2
_SYSTEMS = prepared(
    select(
        accounts.c.username,
        accounts.c.state,
        grants.c.grant_id,
        grants.c.role,
        grants.c.scope_kind,
        grants.c.unit_id,
        grants.c.starts_at,
        grants.c.ends_at,
        grants.c.revoked_at,
    )
    .select_from(accounts.outerjoin(grants))
    .where(accounts.c.kind == register.SYSTEM)
)
_BEHIND = Gauge(
    "mainstay_subscribers_behind_seconds",
    "How long Kafka's lists of who may read which topic have not been known to be right",
)
log = structlog.get_logger()


class Lag:
    """Since when the bus may not know who may read what; nothing for a replica whose task it is not."""

    def __init__(self) -> None:
        self._since: float | None = None
        _BEHIND.set_function(self.seconds)

    def seconds(self) -> float:
        return 0.0 if self._since is None else time.monotonic() - self._since

    def begin(self) -> None:
        self._since = self._since or time.monotonic()

    def end(self) -> None:
        self._since = None


def readers(rows: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, frozenset[str]]:
    """Which topics each system may read now, by the system's name: none for one that is stopped or holds no right.

    A topic tells of everybody, so only a right over everything counts.
    """
    held: dict[str, list[rules.Grant]] = {}
    for row in rows:
        of_system = held.setdefault(row["username"], [])
        if row["state"] == register.OPEN and row["grant_id"] is not None:
            of_system.append(shapes.grant_of(row))
    return {name: _topics(rules.rights_at(of_system, now)) for name, of_system in held.items()}


def _topics(rights: Mapping[str, Sequence[Scope]]) -> frozenset[str]:
    return frozenset(
        topic for topic in contract.open_topics() if Scope(ALL) in rights.get(contract.subscribing(topic), ())
    )


async def may_read(session: Session, clock: Clock) -> dict[str, frozenset[str]]:
    """`readers` by what the database holds now."""
    return readers(await session.rows(_SYSTEMS), clock.now())


class Telling:
    """What the bus was told last, by this replica in this turn, and when."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._told: Mapping[str, AbstractSet[str]] | None = None
        self._told_at = float("-inf")

    def due_in(self) -> float:
        """Seconds until the bus is told anyway."""
        return max(self._told_at + ANYWAY_SECONDS - time.monotonic(), 0.0)

    async def tell(self, found: Mapping[str, AbstractSet[str]]) -> None:
        """Without effect for what was told less than a minute ago. Raises when the bus does not answer."""
        # A hire changes an account too and no system's rights; Kafka's lists cost a connection of their own.
        if found == self._told and self.due_in():
            return
        self._told = None
        await self._bus.set_readers(found)
        self._told, self._told_at = found, time.monotonic()


async def keep_told(runtime: Runtime) -> None:
    """Background: whichever replica has the turn does it; the others try to get it each second."""
    lag = Lag()
    while True:
        try:
            async with turn(runtime.database, "identity.subscribers") as session:
                if session is not None:
                    lag.begin()
                    await _follow(runtime, session, lag)
            lag.end()
        except Exception as error:  # noqa: BLE001 - whatever fails, the metric says since when and it is tried again
            lag.begin()
            log.warning("readers of topics not told", error=type(error).__name__, why=str(error))
        await asyncio.sleep(_RETRY_SECONDS)


async def _follow(runtime: Runtime, session: Session, lag: Lag) -> None:
    """Tells at every change and every minute. Raises when the database or the bus is lost; ends in no other way."""
    changed = asyncio.Event()
    telling = Telling(runtime.bus)
    # Listens first and looks then: no change falls between.
    async with runtime.bus.follow([TOPIC]) as following:
        listening = asyncio.create_task(_listen(following, changed, lag))
        try:
            while not listening.done():
                changed.clear()
                await telling.tell(await may_read(session, runtime.clock))
                if not changed.is_set():
                    lag.end()
                await asyncio.sleep(_APART_SECONDS)
                await _any(changed, telling.due_in())
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        await listening


async def _listen(following: Following, changed: asyncio.Event, lag: Lag) -> None:
    try:
        async for _ in following:
            lag.begin()
            changed.set()
    finally:
        changed.set()


async def _any(changed: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()
