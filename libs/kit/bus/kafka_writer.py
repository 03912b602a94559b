"""Publishes to Kafka: rounds of what waits, one after another, so that nothing of a key overtakes.

Within a round each partition has one batch on its way at a time, and after a failure no further one. A round that is
not confirmed in time is given up: what was not sent never will be. What was may still arrive, and must not arrive after
what is published next, or a compacted topic would end on an old word: the next round is of the same idempotent
producer with a higher epoch, and the broker refuses the lower one from then on.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from prometheus_client import Counter

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.cloudevents import to_headers
from libs.kit.bus.kafka_wire import Cluster, Kept, Place, started, stopped
from libs.kit.clock import Clock

# The most messages in one round.
_ROUND = 5000
_ROUND_SECONDS = 10.0
_BATCH_BYTES = 262_144
_HIGHEST_EPOCH = 32_767
_CANCEL_SECONDS = 0.1
_PUBLISHED = Counter("mainstay_bus_published_total", "Messages that Kafka has confirmed")
_FAILED = Counter("mainstay_bus_publish_failures_total", "Rounds of publishing that failed, by error", ["error"])
log = structlog.get_logger()


class _Waiting(NamedTuple):
    places: Mapping[Place, Sequence[Message]]
    size: int
    done: asyncio.Future[None]


def partition_of(key: str, partitions: int) -> int:
    """Where every Kafka client puts a key: murmur2 of its bytes, as Java does."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


class Writer:
    def __init__(self, cluster: Cluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._wanted = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        # Number and epoch of the producer that was given up last.
        self._former: tuple[int, int] | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def open(self) -> None:
        """Raises BusUnavailable."""
        self._producer = await self._connected()
        self._closing = False
        self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        if self._task is not None:
            # Said in words too: aiokafka swallows the cancelling while it closes a connection.
            self._closing = True
            self._wanted.set()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        waiting, self._waiting = self._waiting, []
        _fail(waiting, "the bus was closed")
        if self._producer is not None:
            await _abandon(self._producer)
            self._producer = None

    async def publish(self, messages: Sequence[Message], topics: Mapping[str, Kept]) -> None:
        """Returns when all are durable. In two rounds' time at most: the one under way and its own.

        Raises BusUnavailable.
        """
        if self._task is None or self._closing:
            raise BusUnavailable("the bus is closed")
        sorted_out = defaultdict[Place, list[Message]](list)
        for message in messages:
            number = partition_of(message.key, topics[message.topic].partitions)
            sorted_out[Place(message.topic, number)].append(message)
        waiting = _Waiting(sorted_out, len(messages), asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._wanted.set()
        await waiting.done

    async def _work(self) -> None:
        while not self._closing:
            await self._wanted.wait()
            self._wanted.clear()
            while not self._closing and (chosen := self._next_round()):
                await self._write_together(chosen)

    def _next_round(self) -> list[_Waiting]:
        # Whoever was cancelled meanwhile must not be published behind its back.
        self._waiting = [one for one in self._waiting if not one.done.done()]
        size, taken = 0, 0
        while taken < len(self._waiting) and (not taken or size + self._waiting[taken].size <= _ROUND):
            size += self._waiting[taken].size
            taken += 1
        chosen, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return chosen

    async def _write_together(self, chosen: list[_Waiting]) -> None:
        try:
            failed = await self._round(chosen)
        except asyncio.CancelledError:
            _fail(chosen, "the bus was closed")
            raise
        except Exception as error:  # noqa: BLE001 - the writer goes on whatever one round suffers; its publishers hear
            await self._give_up(error)
            _fail(chosen, type(error).__name__)
            return
        if failed:
            await self._give_up(next(iter(failed.values())))
        for one in chosen:
            lost = [failed[place] for place in one.places if place in failed]
            if lost:
                _fail([one], type(lost[0]).__name__)
            elif not one.done.done():
                one.done.set_result(None)

    async def _round(self, chosen: list[_Waiting]) -> dict[Place, BaseException]:
        """The partitions that did not take all they were sent, with why. Raises when nothing is certain."""
        if self._producer is None:
            self._producer = await self._connected()
        together = defaultdict[Place, list[Message]](list)
        for one in chosen:
            for place, messages in one.places.items():
                together[place].extend(messages)
        async with asyncio.timeout(_ROUND_SECONDS):
            sending = [self._send(self._producer, place, messages) for place, messages in together.items()]
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
        found = zip(together, outcomes, strict=True)
        return {place: outcome for place, outcome in found if isinstance(outcome, BaseException)}

    async def _send(self, producer: AIOKafkaProducer, place: Place, messages: Sequence[Message]) -> None:
        # Kafka counts how long a message is kept from this moment, not from when the fact was recorded.
        now = int(self._clock.now().timestamp() * 1000)
        at = 0
        while at < len(messages):
            batch, begin = producer.create_batch(), at
            while at < len(messages):
                message = messages[at]
                headers = to_headers(message)
                if batch.append(key=message.key.encode(), value=message.value, timestamp=now, headers=headers) is None:
                    break
                at += 1
            await (await producer.send_batch(batch, place.topic, partition=place.partition))
            _PUBLISHED.inc(at - begin)

    async def _connected(self) -> AIOKafkaProducer:
        made = AIOKafkaProducer(**self._cluster.options(), enable_idempotence=True, max_batch_size=_BATCH_BYTES)
        if self._former is not None:
            made._txn_manager.set_pid_and_epoch(*self._former)  # noqa: SLF001 - aiokafka has no other way to go on
        return await started(made)

    async def _give_up(self, error: BaseException) -> None:
        """Ends the producer with all it has not sent yet; the next one continues it with a higher epoch."""
        _FAILED.labels(type(error).__name__).inc()
        log.warning("the bus could not publish", error=type(error).__name__)
        producer, self._producer = self._producer, None
        if producer is None:
            return
        last = producer._txn_manager  # noqa: SLF001 - see `_connected`
        follows = last.has_pid() and last.producer_epoch < _HIGHEST_EPOCH
        self._former = (last.producer_id, last.producer_epoch + 1) if follows else None
        await _abandon(producer)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Ends it without delivering what it still has: its own `stop` would go on trying."""
    sender = producer._sender.sender_task  # noqa: SLF001 - see above
    # The first cancelling ends its loop, the second the request it is waiting for.
    for _ in range(2):
        sender.cancel()
        await asyncio.wait([sender], timeout=_CANCEL_SECONDS)
    await stopped(producer)


def _fail(waiting: Sequence[_Waiting], why: str) -> None:
    for one in waiting:
        if not one.done.done():
            one.done.set_exception(BusUnavailable(why))
