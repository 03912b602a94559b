"""Kafka keeps every bus's promises, and those of its own."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError
from prometheus_client import REGISTRY

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.kafka import KafkaBus
from libs.kit.bus.kafka_writer import partition_of
from libs.kit.clock import SystemClock
from tests.contract.bus_conformance import BusConformance, OpenProcess, message, numbers
from tests.support.kafka import KafkaPlace


@pytest.fixture(scope="module")
async def bus(kafka: KafkaPlace) -> AsyncIterator[KafkaBus]:
    async with kafka.opened() as bus:
        yield bus


@pytest.fixture
def process(kafka: KafkaPlace) -> OpenProcess:
    return kafka.opened


@pytest.fixture
async def topic(bus: KafkaBus) -> str:
    name = f"test.facts-{uuid4().hex[:8]}"
    await bus.ensure_topics({name: False})
    return name


class TestKafkaBus(BusConformance):
    patience = 20.0


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_a_key_goes_where_every_other_client_puts_it(key: str, hashed: int) -> None:
    """The vectors are those of Kafka's own tests of `Utils.murmur2`."""
    assert [partition_of(key, count) for count in (1, 7, 12)] == [(hashed & 0x7FFFFFFF) % n for n in (1, 7, 12)]


async def test_a_partition_is_what_aiokafka_would_have_chosen(kafka: KafkaPlace, bus: KafkaBus, topic: str) -> None:
    foreign = AIOKafkaProducer(
        bootstrap_servers=kafka.servers, security_protocol="SSL", ssl_context=kafka.tls("admin").context()
    )
    await foreign.start()
    sent = [await foreign.send_and_wait(topic, b"", key=f"人-{number}".encode()) for number in range(50)]
    await foreign.stop()
    assert [one.partition for one in sent] == [partition_of(f"人-{number}", 12) for number in range(50)]


async def test_a_record_that_is_no_event_is_passed_over_and_counted(
    kafka: KafkaPlace, bus: KafkaBus, topic: str
) -> None:
    before = REGISTRY.get_sample_value("mainstay_bus_not_events_total", {"topic": topic}) or 0
    foreign = AIOKafkaProducer(
        bootstrap_servers=kafka.servers, security_protocol="SSL", ssl_context=kafka.tls("admin").context()
    )
    await foreign.start()
    await bus.publish([message(topic, "k", 1)])
    await foreign.send_and_wait(topic, b"what is this", key=b"k")
    await foreign.send_and_wait(topic, b"\xff", key=b"k", headers=[("ce_id", b"7"), ("ce_specversion", b"\xff")])
    await foreign.send_and_wait(topic, None, key=b"k")
    await bus.publish([message(topic, "k", 2)])
    await foreign.send_and_wait(topic, b"last", key=b"k")
    await foreign.stop()
    assert numbers([one async for one in bus.read(topic)]) == {"k": [1, 2]}
    async with bus.consume([topic], "poison") as member:
        found: list[Message] = []
        async with asyncio.timeout(20):
            while len(found) < 2:
                if batch := await member.take(1):
                    found += batch.messages
                    await batch.commit()
        assert numbers(found) == {"k": [1, 2]}
        assert member.lag() == 0
    assert REGISTRY.get_sample_value("mainstay_bus_not_events_total", {"topic": topic}) == before + 8


async def test_after_a_failure_within_one_publish_nothing_of_the_key_follows(bus: KafkaBus, topic: str) -> None:
    """The broker takes no message of two megabytes. A batch is a quarter of one: what comes behind is another batch."""
    giant = message(topic, "k", value=b"0" * 2_000_000)
    later = [message(topic, "k", number, value=str(number).encode().rjust(1000)) for number in range(1, 600)]
    with pytest.raises(BusUnavailable, match="MessageSizeTooLarge"):
        await bus.publish([giant, *later])
    assert [one async for one in bus.read(topic)] == []
    await bus.publish(later)
    assert numbers([one async for one in bus.read(topic)]) == {"k": list(range(1, 600))}


async def test_a_failure_is_only_told_to_whom_it_concerns(bus: KafkaBus, topic: str) -> None:
    giant = message(topic, "k", value=b"0" * 2_000_000)
    other = next(f"k{number}" for number in range(99) if partition_of(f"k{number}", 12) != partition_of("k", 12))
    outcomes = await asyncio.gather(
        bus.publish([giant]), bus.publish([message(topic, other, 1)]), return_exceptions=True
    )
    assert [type(one) for one in outcomes] == [BusUnavailable, type(None)]


async def test_members_that_come_and_go_neither_lose_nor_reorder(bus: KafkaBus, topic: str) -> None:
    arrived: list[Message] = []
    ended = asyncio.Event()

    async def work(rounds: int | None) -> None:
        async with bus.consume([topic], "changing", batch=20) as member:
            while not ended.is_set() and rounds != 0:
                if batch := await member.take(0.2):
                    arrived.extend(batch.messages)
                    await batch.commit()
                    rounds = rounds - 1 if rounds else None

    staying = asyncio.create_task(work(None))
    async with asyncio.timeout(60):
        for wave in range(4):
            guest = asyncio.create_task(work(2))
            for number in range(wave * 40, wave * 40 + 40):
                await bus.publish([message(topic, f"k{key}", number) for key in range(24)])
                await asyncio.sleep(0.01)
            guest.cancel()
            await asyncio.wait([guest])
        while len({one.event_id for one in arrived}) < 160 * 24:  # noqa: ASYNC110 - polls a list
            await asyncio.sleep(0.05)
    ended.set()
    await staying
    for key, got in numbers(arrived).items():
        assert list(dict.fromkeys(got)) == list(range(160)), key


async def test_hearing_is_prompt_and_waits_for_those_who_follow(bus: KafkaBus, topic: str) -> None:
    assert await bus.heard([topic], 1)
    handled: list[Message] = []
    go_on = asyncio.Event()

    async def follow() -> None:
        async with bus.follow([topic]) as following:
            async for one in following:
                await go_on.wait()
                handled.append(one)

    following = asyncio.create_task(follow())
    async with asyncio.timeout(20):
        while not bus._followers:  # noqa: ASYNC110 - polls a set
            await asyncio.sleep(0.01)
    await bus.publish([message(topic, f"k{number}", number) for number in range(30)])
    assert not await bus.heard([topic], 0.3)
    go_on.set()
    assert await bus.heard([topic], 5)
    assert len(handled) == 30
    await BusConformance.cancelled(following)


async def test_a_member_waits_for_the_dead_ones_of_its_group_instead_of_giving_up(
    bus: KafkaBus, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a broker was killed: nobody could leave, and the group knows them all when it is back."""

    async def without_a_word(_: object) -> None:
        return

    await bus.publish([message(topic, "k")])
    with monkeypatch.context() as dying:
        dying.setattr(GroupCoordinator, "_maybe_leave_group", without_a_word)
        async with bus.consume([topic], "group-with-dead") as dead:
            assert await dead.take(5)
    async with bus.consume([topic], "group-with-dead") as member:
        assert await member.take(5)


async def test_who_shows_no_certificate_is_refused_promptly(kafka: KafkaPlace) -> None:
    anonymous = KafkaBus(
        kafka.servers, SystemClock(), tls=ssl.create_default_context(cafile=str(kafka.tls().authority))
    )
    in_clear = KafkaBus(kafka.servers, SystemClock())
    for one in (anonymous, in_clear):
        began = time.monotonic()
        with pytest.raises(BusUnavailable):
            await one.open()
        assert time.monotonic() - began < 16
        await one.close()


async def test_a_certificate_of_a_stranger_opens_nothing(kafka: KafkaPlace, topic: str) -> None:
    stranger = kafka.bus("stranger")
    began = time.monotonic()
    with pytest.raises(BusUnavailable):
        await stranger.open()
    await stranger.close()
    assert time.monotonic() - began < 16


async def test_a_cluster_that_is_not_there_is_an_outage(kafka: KafkaPlace) -> None:
    nowhere = KafkaBus("127.0.0.1:1", SystemClock())
    with pytest.raises(BusUnavailable):
        await nowhere.open()
    await nowhere.close()


async def test_a_closed_bus_refuses_to_publish(kafka: KafkaPlace, topic: str) -> None:
    async with kafka.opened() as bus:
        await bus.ensure_topics({topic: False})
    with pytest.raises(BusUnavailable):
        await bus.publish([message(topic, "k")])


async def test_what_was_given_up_is_refused_once_something_later_is_there(kafka: KafkaPlace, topic: str) -> None:
    """A request of before the failure arrives late, next in its own sequence: only its epoch gives it away."""
    at = TopicPartition(topic, partition_of("k", 12))
    async with kafka.opened() as bus:
        await bus.ensure_topics({topic: False})
        await bus.publish([message(topic, "k", 1)])
        producer = bus._writer._producer
        assert producer is not None
        before = producer._txn_manager
        with pytest.raises(BusUnavailable):
            await bus.publish([message(topic, "k", value=b"0" * 2_000_000)])
        await bus.publish([message(topic, "k", 2)])
        late = AIOKafkaProducer(
            bootstrap_servers=kafka.servers,
            security_protocol="SSL",
            ssl_context=kafka.tls().context(),
            enable_idempotence=True,
        )
        late._txn_manager.set_pid_and_epoch(before.producer_id, before.producer_epoch)
        late._txn_manager.increment_sequence_number(at, 1)
        await late.start()
        with pytest.raises(KafkaError):
            await late.send_and_wait(topic, b"0", key=b"k")
        await late.stop()
        assert numbers([one async for one in bus.read(topic)]) == {"k": [1, 2]}
