"""The bus on Apache Kafka. What is published has reached all replicas in sync before `publish` returns.

Every outage is a BusUnavailable within seconds, and nothing needs a restart when the cluster is back: the writer
connects again, and readers are told to begin again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager

import structlog
from aiokafka import AIOKafkaConsumer

from libs.kit.bus import BusUnavailable, Message, UnknownTopic
from libs.kit.bus.kafka_admin import Found, admin, plan
from libs.kit.bus.kafka_readers import Follower, Member, asker, read
from libs.kit.bus.kafka_wire import Cluster, Kept, Place, places, stopped, translated
from libs.kit.bus.kafka_writer import Writer
from libs.kit.bus.readers import set_readers
from libs.kit.clock import Clock

log = structlog.get_logger()


class KafkaBus:
    """A `Bus`. `servers`: host:port,host:port; `client` names this process to the broker; without `tls` in clear.

    Any number of them on a cluster. `open` before and `close` after use.
    """

    shared = True

    def __init__(
        self, servers: str, clock: Clock, *, client: str = "mainstay", tls: ssl.SSLContext | None = None
    ) -> None:
        self._cluster = Cluster(servers, client, tls)
        self._writer = Writer(self._cluster, clock)
        self._topics: dict[str, Kept] = {}
        self._followers: set[Follower] = set()
        self._asker: AIOKafkaConsumer | None = None
        self._asking = asyncio.Lock()

    async def open(self) -> None:
        """Raises BusUnavailable when the cluster is not there or refuses us."""
        await self._writer.open()

    async def close(self) -> None:
        await self._writer.close()
        if self._asker is not None:
            await stopped(self._asker)
            self._asker = None

    async def ensure_topics(self, topics: Mapping[str, bool]) -> None:
        """In production `libs.kit.bus.topics` has made them, and this only looks.

        Raises BusUnavailable, also when a topic is missing and we may not make it.
        """
        unknown = topics.keys() - self._topics.keys()
        if not unknown:
            return
        async with admin(self._cluster) as cluster:
            there = await cluster.describe(unknown)
            missing = unknown - there.keys()
            refused = await cluster.create([plan(name, state=topics[name]) for name in sorted(missing)])
            there |= await cluster.describe(missing)
        for name, why in refused.items():
            if name not in there:
                raise BusUnavailable(f"{name}: {why}")
        for name in unknown & there.keys():
            self._learn(name, there[name], state=topics[name])

    async def publish(self, messages: Sequence[Message]) -> None:
        if messages:
            self._known(message.topic for message in messages)
            await self._writer.publish(messages, self._topics)

    @asynccontextmanager
    async def consume(self, topics: Sequence[str], group: str, *, batch: int = 200) -> AsyncIterator[Member]:
        member = Member(self._cluster, self._known(topics), group, batch)
        await member.open()
        try:
            yield member
        finally:
            await member.close()

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[Follower]:
        follower = Follower(self._cluster, self._known(topics))
        await follower.open()
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
            await follower.close()

    async def heard(self, topics: Sequence[str], wait: float) -> bool:
        followers = list(self._followers)
        try:
            async with asyncio.timeout(wait):
                goal = await self._ends(places(self._known(topics))) if followers else {}
                for follower in followers:
                    await follower.reach(goal)
        except (TimeoutError, BusUnavailable):
            return False
        return True

    async def set_readers(self, readers: Mapping[str, AbstractSet[str]]) -> None:
        await set_readers(self._cluster, readers)

    async def read(self, topic: str) -> AsyncIterator[Message]:
        async for message in read(self._cluster, self._known([topic])):
            yield message

    def _known(self, topics: Iterable[str]) -> dict[str, Kept]:
        """Raises UnknownTopic."""
        wanted = set(topics)
        if unknown := wanted - self._topics.keys():
            raise UnknownTopic(", ".join(sorted(unknown)))
        return {name: self._topics[name] for name in wanted}

    def _learn(self, name: str, found: Found, *, state: bool) -> None:
        if found.settings is not None and found.state != state:
            log.warning("a topic is kept in another way than the contract says", topic=name, compacted=found.state)
        self._topics[name] = Kept(state, found.partitions)

    async def _ends(self, mine: Sequence[Place]) -> Mapping[Place, int]:
        async with self._asking:
            if self._asker is None:
                self._asker = await asker(self._cluster)
            try:
                async with translated():
                    ends: Mapping[Place, int] = await self._asker.end_offsets(mine)
            except BusUnavailable:
                lost, self._asker = self._asker, None
                await stopped(lost)
                raise
        return ends
