from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from libs.kit.bus import kafka_readers
from libs.kit.bus.kafka_readers import Follower
from libs.kit.bus.kafka_wire import Cluster, Kept, Place

PLACE = Place("facts", 0)


class Silent:
    """A client for whom a topic's end moves on without a message, as it does when a transaction was given up."""

    def __init__(self) -> None:
        self.end = 5
        self.silent = asyncio.Event()
        self._client = self

    async def start(self) -> None:
        """Nothing is to be done."""

    async def stop(self) -> None:
        """Nothing is to be done."""

    async def close(self) -> None:
        """Nothing is to be done."""

    def assign(self, _places: Iterable[Place]) -> None:
        """Nothing is to be done."""

    def seek(self, _place: Place, _at: int) -> None:
        """Nothing is to be done."""

    async def beginning_offsets(self, asked: Iterable[Place]) -> Mapping[Place, int]:
        return dict.fromkeys(asked, 0)

    async def end_offsets(self, asked: Iterable[Place]) -> Mapping[Place, int]:
        return dict.fromkeys(asked, self.end)

    async def position(self, _place: Place) -> int:
        return self.end

    async def getmany(self, **_limits: Any) -> Mapping[Place, Any]:
        await self.silent.wait()
        await asyncio.sleep(0.01)
        return {}


async def test_who_waits_for_what_turns_out_to_be_no_message_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Silent()
    monkeypatch.setattr(kafka_readers, "_consumer", lambda _cluster: client)
    monkeypatch.setattr(kafka_readers, "_SILENCE_SECONDS", 0)
    follower = Follower(Cluster("127.0.0.1:1", "test", None), {"facts": Kept(state=False, partitions=1)})
    await follower.open()
    client.end = 7
    waiting = asyncio.create_task(follower.reach({PLACE: 7}))
    following = asyncio.ensure_future(anext(aiter(follower)))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    client.silent.set()
    async with asyncio.timeout(2):
        await waiting
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    await follower.close()
