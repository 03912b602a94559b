"""A local bus on a database of its own, and a way to make a bus fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager

import pytest

from libs.kit.bus import Bus, BusUnavailable, Consumption, Following, Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import SystemClock
from tests.support.postgres import Databases


@pytest.fixture
async def local_bus(databases: Databases) -> AsyncIterator[LocalBus]:
    url = await databases.empty()
    bus = LocalBus(url, SystemClock())
    await bus.open()
    yield bus
    await bus.close()
    await databases.drop(url)


class FailingBus:
    """Another bus, whose `publish` asks `fails(messages)` first and raises when told so, before or after the deed."""

    def __init__(self, bus: Bus, fails: Callable[[Sequence[Message]], str]) -> None:
        self._bus = bus
        self._fails = fails
        self.shared = bus.shared

    async def ensure_topics(self, topics: Mapping[str, bool]) -> None:
        await self._bus.ensure_topics(topics)

    async def publish(self, messages: Sequence[Message]) -> None:
        when = self._fails(messages)
        if when != "before":
            await self._bus.publish(messages)
        if when:
            raise BusUnavailable(when)

    def consume(
        self, topics: Sequence[str], group: str, *, batch: int = 200
    ) -> AbstractAsyncContextManager[Consumption]:
        return self._bus.consume(topics, group, batch=batch)

    def follow(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Following]:
        return self._bus.follow(topics)

    async def heard(self, topics: Sequence[str], wait: float) -> bool:
        return await self._bus.heard(topics, wait)

    async def set_readers(self, readers: Mapping[str, AbstractSet[str]]) -> None:
        await self._bus.set_readers(readers)

    def read(self, topic: str) -> AsyncIterator[Message]:
        return self._bus.read(topic)
