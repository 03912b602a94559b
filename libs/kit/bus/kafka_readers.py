"""Reads from Kafka: a member of a group, a follower without one, a topic from end to end.

A client that lost the cluster waits in silence, and has been seen to wait for ever after the cluster came back. So
whoever was given nothing for a while asks where the topics end: no answer, or messages that are there and do not come,
are an outage, and whoever reads begins anew with a fresh client.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.kafka_wire import (
    ASK_SECONDS,
    START_SECONDS,
    Cluster,
    Kept,
    Place,
    message_of,
    messages_of,
    places,
    started,
    stopped,
    translated,
)

_READ_BATCH = 500
_WAIT_SECONDS = 1.0
# Below the five seconds after which sensitive calls are closed for want of news.
_SILENCE_SECONDS = 2.0
# Silences in a row that end with messages there which did not come.
_STUCK_SILENCES = 3
_COMMIT_SECONDS = 10.0
_SESSION_MS = 10_000
# A member is started once it has joined, and the group waits that long for members that died without a word. One that
# gives up before leaves another dead one behind, for which the next waits in turn.
_JOIN_SECONDS = _SESSION_MS / 1000 + START_SECONDS
# A member hears of another that came or went at its next heartbeat.
_HEARTBEAT_MS = 1_000
log = structlog.get_logger()

Records = Mapping[Place, Sequence[Any]]


def _consumer(cluster: Cluster, **more: Any) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False, auto_offset_reset="earliest", **more)


async def asker(cluster: Cluster) -> AIOKafkaConsumer:
    """A client that only asks where topics end. Raises BusUnavailable."""
    return await started(_consumer(cluster))


class _Watch:
    """Notices that messages which are there do not come."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._silences = 0
        self.heard()

    def heard(self) -> None:
        self._since = asyncio.get_running_loop().time()
        self._silences = 0

    async def ask(self, positions: Mapping[Place, int], others: Iterable[Place] = ()) -> dict[Place, int]:
        """To be called after each wait without messages; without effect until it has been silent for a while.

        Returns new positions where what lay between was compacted, is older than the topic keeps, or is no message.
        Of `others` only the answer is wanted. Raises BusUnavailable.
        """
        if asyncio.get_running_loop().time() < self._since + _SILENCE_SECONDS:
            return {}
        async with translated():
            ends = await self._consumer.end_offsets([*positions, *others])
        behind = [place for place, at in positions.items() if ends[place] > at]
        truly = {place: at for place in behind if (at := await position(self._consumer, place)) is not None}
        self._since = asyncio.get_running_loop().time()
        self._silences = self._silences + 1 if any(at < ends[place] for place, at in truly.items()) else 0
        if self._silences >= _STUCK_SILENCES:
            raise BusUnavailable("messages that are there do not come")
        return {place: at for place, at in truly.items() if at > positions[place]}


async def position(consumer: AIOKafkaConsumer, place: Place) -> int | None:
    """Where the client reads on; None when that is not settled, or the partition not this client's. BusUnavailable."""
    async with translated():
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                return int(await consumer.position(place))
        except (IllegalStateError, TimeoutError):
            # The group is changing, and the next call finds it changed.
            return None


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """A `Consumption`. Partitions that go and come back begin at the committed offset again."""

    def __init__(self, cluster: Cluster, topics: Mapping[str, Kept], group: str, batch: int) -> None:
        self._topics = topics
        self._batch = batch
        self._consumer = _consumer(
            cluster, group_id=group, session_timeout_ms=_SESSION_MS, heartbeat_interval_ms=_HEARTBEAT_MS
        )
        self._consumer.subscribe(list(topics), listener=self)
        self._watch = _Watch(self._consumer)
        # Counts the changes of a partition's owner, as far as this member hears of them.
        self._since: Tally[Place] = Tally()
        self._positions: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}

    async def open(self) -> None:
        await started(self._consumer, _JOIN_SECONDS)

    async def close(self) -> None:
        await stopped(self._consumer)

    def on_partitions_revoked(self, revoked: set[Place]) -> None:
        for place in revoked:
            self._since[place] += 1
            self._positions.pop(place, None)
            self._committed.pop(place, None)

    def on_partitions_assigned(self, assigned: set[Place]) -> None:
        """Where they begin is asked at the next `take`: asked here, the answer waits for this to return."""

    async def take(self, wait: float) -> Batch | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            await self._learn_positions()
            left = max(0.0, min(until - loop.time(), _WAIT_SECONDS))
            async with translated(left + ASK_SECONDS):
                found = await self._consumer.getmany(timeout_ms=int(left * 1000), max_records=self._batch)
            if batch := self._batch_of(found):
                return batch
            if not found:
                await self._ask_after_silence()
            if loop.time() >= until:
                return None

    def lag(self) -> int:
        return sum(max(0, (self._highwater(place) or 0) - at) for place, at in self._positions.items())

    async def commit(self, ends: Mapping[Place, int], since: Mapping[Place, int]) -> None:
        mine = {
            place: end
            for place, end in ends.items()
            if self._since[place] == since[place] and end > self._committed.get(place, end)
        }
        if not mine:
            return
        try:
            async with translated(_COMMIT_SECONDS):
                await self._commit_unless_moved(mine)
        except _Moved:
            log.info("left out of a commit what went to another member", partitions=len(mine))
        else:
            self._committed |= {place: end for place, end in mine.items() if self._since[place] == since[place]}

    async def _commit_unless_moved(self, ends: Mapping[Place, int]) -> None:
        try:
            await self._consumer.commit(dict(ends))
        except (CommitFailedError, IllegalStateError):
            # The group has changed and this member is the last to hear: to insist would change it once more.
            raise _Moved from None

    async def _learn_positions(self) -> None:
        for place in self._consumer.assignment() - self._positions.keys():
            since = self._since[place]
            at = await position(self._consumer, place)
            if at is not None and self._since[place] == since:
                self._positions[place] = self._committed[place] = at

    async def _ask_after_silence(self) -> None:
        before, since = dict(self._positions), dict(self._since)
        for place, at in (await self._watch.ask(before, places(self._topics)[:1])).items():
            if self._since[place] == since.get(place, 0):
                self._positions[place] = at

    def _highwater(self, place: Place) -> int | None:
        if place not in self._consumer.assignment():
            return None
        found: int | None = self._consumer.highwater(place)
        return found

    def _batch_of(self, found: Records) -> Batch | None:
        if not found:
            return None
        self._watch.heard()
        for place, records in found.items():
            # A partition that came a moment ago begins with what it gave.
            self._committed.setdefault(place, records[0].offset)
            self._positions[place] = records[-1].offset + 1
        messages = [message for records in found.values() for message in messages_of(records)]
        if not messages:
            return None
        # The commit covers what was taken before too, of whatever partition.
        return Batch(self, messages, dict(self._positions), {place: self._since[place] for place in self._positions})


class _Moved(Exception):
    """The partition is not this member's any more."""


class Batch:
    def __init__(
        self, member: Member, messages: Sequence[Message], ends: Mapping[Place, int], since: Mapping[Place, int]
    ) -> None:
        self._member = member
        self._ends = ends
        self._since = since
        self.messages = messages

    async def commit(self) -> None:
        await self._member.commit(self._ends, self._since)


class Follower:
    """A `Following`."""

    def __init__(self, cluster: Cluster, topics: Mapping[str, Kept]) -> None:
        self._topics = topics
        self._consumer = _consumer(cluster)
        self._goal: dict[Place, int] = {}
        self._positions: dict[Place, int] = {}
        self._handled: dict[Place, int] = {}
        self._moved = asyncio.Event()
        self._ended = False
        self.caught_up = asyncio.Event()

    async def open(self) -> None:
        await started(self._consumer)
        mine = places(self._topics)
        try:
            self._consumer.assign(mine)
            async with translated():
                self._goal = await self._consumer.end_offsets(mine)
                begin = await self._consumer.beginning_offsets(mine)
        except BaseException:
            await self.close()
            raise
        self._positions = {place: (begin if self._topics[place.topic].state else self._goal)[place] for place in mine}
        self._handled = dict(self._positions)
        for place, at in self._positions.items():
            self._consumer.seek(place, at)

    async def close(self) -> None:
        self._ended = True
        self._moved.set()
        await stopped(self._consumer)

    async def reach(self, goal: Mapping[Place, int]) -> None:
        """Returns when everything before these offsets was handled, or nobody listens any more."""
        while not self._ended and any(self._handled.get(place, at) < at for place, at in goal.items()):
            self._moved.clear()
            await self._moved.wait()

    async def __aiter__(self) -> AsyncIterator[Message]:
        watch = _Watch(self._consumer)
        while True:
            if all(self._positions[place] >= goal for place, goal in self._goal.items()):
                self.caught_up.set()
            async with translated(_WAIT_SECONDS + ASK_SECONDS):
                found = await self._consumer.getmany(timeout_ms=int(_WAIT_SECONDS * 1000), max_records=_READ_BATCH)
            if not found:
                passed = await watch.ask(self._positions)
                self._positions |= passed
                self._handled |= passed
                self._moved.set()
                continue
            watch.heard()
            for place, records in found.items():
                for record in records:
                    self._positions[place] = record.offset + 1
                    if message := message_of(record):
                        yield message
                    # More was asked for: the message has been handled.
                    self._handled[place] = record.offset + 1
                    self._moved.set()


async def read(cluster: Cluster, topics: Mapping[str, Kept]) -> AsyncIterator[Message]:
    """What the topics keep at this moment. Raises BusUnavailable."""
    consumer = await started(_consumer(cluster))
    try:
        mine = places(topics)
        consumer.assign(mine)
        async with translated():
            ends = await consumer.end_offsets(mine)
            positions = await consumer.beginning_offsets(mine)
        for place, at in positions.items():
            consumer.seek(place, at)
        watch = _Watch(consumer)
        while any(positions[place] < end for place, end in ends.items()):
            async with translated(_WAIT_SECONDS + ASK_SECONDS):
                found = await consumer.getmany(timeout_ms=int(_WAIT_SECONDS * 1000), max_records=_READ_BATCH)
            if not found:
                positions |= await watch.ask(positions)
                continue
            watch.heard()
            for place, records in found.items():
                positions[place] = records[-1].offset + 1
                for message in messages_of(one for one in records if one.offset < ends[place]):
                    yield message
    finally:
        await stopped(consumer)
