"""A broker that dies, freezes and comes back: nothing is lost, no key loses its order, nobody needs a restart."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.kafka import KafkaBus
from tests.contract.bus_conformance import BusConformance, message, numbers
from tests.support.kafka import KafkaPlace

KEYS = 5


@pytest.fixture
async def bus(own_kafka: KafkaPlace) -> AsyncIterator[KafkaBus]:
    async with own_kafka.opened() as bus:
        await bus.ensure_topics({"facts": False, "state": True})
        yield bus


async def publish_at_last(bus: KafkaBus, messages: list[Message]) -> None:
    """As the relay does: what is not certain is published again, before anything later."""
    while True:
        try:
            await bus.publish(messages)
        except BusUnavailable:
            await asyncio.sleep(0.1)
        else:
            return


async def publish_until(bus: KafkaBus, ended: asyncio.Event) -> int:
    """Returns how many numbers each key was given."""
    number = 0
    while not ended.is_set():
        both = [message(topic, f"k{key}", number) for topic in ("facts", "state") for key in range(KEYS)]
        await publish_at_last(bus, both)
        number += 1
        await asyncio.sleep(0.005)
    return number


async def consume_for_ever(bus: KafkaBus, found: list[Message]) -> None:
    while True:
        try:
            async with bus.consume(["facts"], "group") as member:
                while True:
                    if batch := await member.take(0.5):
                        found += batch.messages
                        await batch.commit()
        except BusUnavailable:
            await asyncio.sleep(0.1)


async def follow_for_ever(bus: KafkaBus, found: list[Message], lost: list[float]) -> None:
    while True:
        try:
            async with bus.follow(["state"]) as following:
                async for one in following:
                    found.append(one)  # noqa: PERF401 - one by one, as they come
        except BusUnavailable:
            lost.append(time.monotonic())
            await asyncio.sleep(0.1)


def in_order(found: list[Message]) -> dict[str, list[int]]:
    """The numbers each key brought, each where it came first."""
    seen = set[UUID]()
    first = [one for one in found if not (one.event_id in seen or seen.add(one.event_id))]  # type: ignore[func-returns-value]
    return numbers(first)


async def until(met: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - polls what tasks collect
            await asyncio.sleep(0.05)


async def more_of(*collected: list[Message]) -> None:
    here = [len(one) for one in collected]
    await until(lambda: all(len(one) > before + 500 for one, before in zip(collected, here, strict=True)))


@contextmanager
def frozen(place: KafkaPlace) -> Iterator[None]:
    """The broker's process does nothing meanwhile; its sockets go on taking bytes."""
    pid = place.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    # The signal is sent, not yet heeded: a thread that runs on another core may still answer.
    until = time.monotonic() + 5
    while not _all_stopped(pid):
        assert time.monotonic() < until, "the broker does not stop"
        time.sleep(0.01)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _all_stopped(pid: int) -> bool:
    threads = list(Path("/proc").glob(f"{pid}/task/*/stat"))
    states = [one.read_text(encoding="utf-8").rpartition(")")[2].split()[0] for one in threads]
    return set(states) <= {"T", "t"}


async def test_a_broker_killed_in_the_middle_loses_nothing(own_kafka: KafkaPlace, bus: KafkaBus) -> None:
    ended = asyncio.Event()
    consumed: list[Message] = []
    followed: list[Message] = []
    publishing = asyncio.create_task(publish_until(bus, ended))
    reading = [
        asyncio.create_task(consume_for_ever(bus, consumed)),
        asyncio.create_task(follow_for_ever(bus, followed, [])),
    ]
    await more_of(consumed, followed)
    await asyncio.to_thread(own_kafka.server.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(own_kafka.server.start)
    await more_of(consumed, followed)
    ended.set()
    count = await publishing
    expected = {f"k{key}": list(range(count)) for key in range(KEYS)}
    await until(lambda: all(len(got) == count for got in in_order(consumed).values()))
    await until(lambda: all(len(got) == count for got in in_order(followed).values()))
    assert in_order(consumed) == expected
    assert in_order(followed) == expected
    assert {key: got[-1] for key, got in numbers(followed).items()} == dict.fromkeys(expected, count - 1)
    await BusConformance.cancelled(*reading)


async def test_what_a_frozen_broker_still_had_in_hand_comes_before_what_is_published_later(
    own_kafka: KafkaPlace, bus: KafkaBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishing is given up and tried again while the broker is frozen with all of it in its sockets.

    The last word of a key in a compacted topic stays for ever: it must be the one published last.
    """
    everything = [message("state", f"k{key}", number) for number in range(7) for key in range(KEYS)]
    await bus.publish(everything[:KEYS])
    monkeypatch.setattr("libs.kit.bus.kafka_writer._ROUND_SECONDS", 0.5)
    with frozen(own_kafka):
        for last in (1, 3):
            with pytest.raises(BusUnavailable):
                await bus.publish(everything[KEYS : (last + 1) * KEYS])
    async with asyncio.timeout(30):
        await publish_at_last(bus, everything[KEYS:])
    await asyncio.sleep(2)
    for key, got in numbers([one async for one in bus.read("state")]).items():
        assert list(dict.fromkeys(got)) == list(range(7)), key
        assert got[-1] == 6, key


async def test_an_outage_is_told_within_seconds(own_kafka: KafkaPlace, bus: KafkaBus) -> None:
    followed: list[Message] = []
    lost: list[float] = []
    following = asyncio.create_task(follow_for_ever(bus, followed, lost))
    await bus.publish([message("state", "k", 1)])
    await until(lambda: bool(followed))
    began = time.monotonic()
    with frozen(own_kafka):
        await until(lambda: bool(lost))
        # Two of silence, one of waiting, five for an answer, and a machine that is busy with other tests too.
        assert lost[0] - began < 15
        async with bus_refuses():
            await bus.publish([message("state", "k", 2)])
        async with bus_refuses():
            await bus.ensure_topics({"more": False})
        async with bus_refuses():
            async for _ in bus.read("state"):
                pass
    async with asyncio.timeout(30):
        await publish_at_last(bus, [message("state", "k", 3)])
    await until(lambda: any(one.value == b"3" for one in followed))
    await until_heard(bus)
    await BusConformance.cancelled(following)


class bus_refuses:  # noqa: N801 - reads as a sentence
    """What happens within must end as an outage, and in half a minute."""

    async def __aenter__(self) -> None:
        self._began = time.monotonic()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        assert kind is BusUnavailable
        assert time.monotonic() - self._began < 30
        return True


async def until_heard(bus: KafkaBus) -> None:
    async with asyncio.timeout(30):
        while not await bus.heard(["state"], 1):  # noqa: ASYNC110 - asks again
            await asyncio.sleep(0.1)
