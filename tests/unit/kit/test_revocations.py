"""Who has not heard a revocation is not vouched for when it is confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from libs.kit.access import revocations
from libs.kit.access.revocations import LEASE_SECONDS, Revocations
from libs.kit.bus import Message
from libs.kit.clock import MovableClock
from libs.kit.dates import timestamp
from libs.kit.ids import uuid7
from mainstay.identity.v1 import events_pb2


class Shared:
    shared = True


class Alone:
    shared = False


def following(bus: Any) -> tuple[Revocations, MovableClock]:
    clock = MovableClock()
    return Revocations("test", bus, clock), clock


def heartbeat(clock: MovableClock) -> Message:
    event = events_pb2.FeedHeartbeat(source="heartbeat", sent_at=timestamp(clock.now()))
    kind = event.DESCRIPTOR.full_name
    return Message(revocations.TOPIC, "heartbeat", event.SerializeToString(), uuid7(), kind, "identity", clock.now())


async def test_a_heartbeat_vouches_for_as_long_as_the_lease_counted_from_its_sending() -> None:
    feed, clock = following(Shared())
    assert not feed.vouched()
    late = heartbeat(clock)
    clock.move(timedelta(seconds=LEASE_SECONDS / 2))
    feed.hear(late)
    assert feed.vouched()
    clock.move(timedelta(seconds=LEASE_SECONDS / 2))
    assert not feed.vouched()


async def test_an_older_heartbeat_takes_nothing_back() -> None:
    feed, clock = following(Shared())
    older = heartbeat(clock)
    clock.move(timedelta(seconds=LEASE_SECONDS * 0.8))
    feed.hear(heartbeat(clock))
    feed.hear(older)
    clock.move(timedelta(seconds=LEASE_SECONDS * 0.8))
    assert feed.vouched()


async def test_where_one_process_listens_what_it_has_heard_is_everything() -> None:
    feed, _ = following(Alone())
    assert feed.vouched()
    await asyncio.wait_for(feed.spread(), 0.05)


async def test_a_confirmation_waits_until_no_lease_from_before_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    feed, _ = following(Shared())
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await feed.spread()
    assert sum(waited) > LEASE_SECONDS
    waited.clear()
    await feed.spread(0.1)
    assert sum(waited) > LEASE_SECONDS + revocations.UNPUBLISHED_SECONDS - 0.2
    waited.clear()
    await feed.spread(5.0)
    assert sum(waited) == 0, "no heartbeat was sent for longer than one vouches"


async def test_a_record_nobody_can_read_keeps_none_after_it_from_being_heard() -> None:
    account = uuid7()
    raised = events_pb2.EpochRaised(account_id=str(account), epoch=3)
    kind = raised.DESCRIPTOR.full_name

    class Fed(Alone):
        def follow(self, _topics: object) -> Any:
            return feed_of(
                Message(revocations.TOPIC, "k", b"\xff\xff", uuid7(), kind, "identity", clock.now()),
                Message(revocations.TOPIC, "k", raised.SerializeToString(), uuid7(), kind, "identity", clock.now()),
            )

    feed, clock = following(Fed())
    heard = feed.listen()
    await feed.start()
    assert await asyncio.wait_for(heard.get(), 5) == account
    await feed.stop()


@asynccontextmanager
async def feed_of(*messages: Message) -> AsyncIterator[AsyncIterator[Message]]:
    async def each() -> AsyncIterator[Message]:
        for message in messages:
            yield message
        await asyncio.Event().wait()

    yield each()
