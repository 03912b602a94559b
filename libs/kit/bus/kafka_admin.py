"""Looks at Kafka's topics, makes missing ones and corrects their configuration. Never deletes, never shrinks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.metadata import MetadataRequest

from libs.kit.bus import DEAD_KEPT, DEAD_SUFFIX, KEPT
from libs.kit.bus.kafka_wire import Cluster, started, stopped, translated

# As many members of a group can work at once. Twelve can be shared evenly by 1, 2, 3, 4, 6 and 12, a broker carries
# thousands, and it can never change: another number would send the later facts of a key past the earlier ones.
PARTITIONS = 12
# What the cluster gives a topic that says nothing.
CLUSTER_DEFAULT = -1
# A topic's own setting, as opposed to what it has from the broker.
_OWN_SETTING = 1
_CALL_SECONDS = 20.0
_SEEN_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True)
class Plan:
    """How a topic should be. `replication`: copies of each partition; `settings` are Kafka's own words."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """How a topic is. `settings`: those given to the topic itself; None when they may not be read."""

    partitions: int
    replication: int
    settings: Mapping[str, str] | None

    @property
    def state(self) -> bool:
        return "compact" in (self.settings or {}).get("cleanup.policy", "")


def plan(name: str, *, state: bool, replication: int = CLUSTER_DEFAULT) -> Plan:
    if state:
        settings = {
            "cleanup.policy": "compact",
            # Small segments, and a tenth of old words at most: whoever starts reads the topic from its beginning.
            "segment.bytes": str(16 * 1024 * 1024),
            "segment.ms": _ms(timedelta(hours=1)),
            "min.cleanable.dirty.ratio": "0.1",
            "max.compaction.lag.ms": _ms(timedelta(days=1)),
        }
    else:
        kept = DEAD_KEPT if name.endswith(DEAD_SUFFIX) else KEPT
        # Kafka removes whole segments, so a message outlives its time by a segment's length.
        settings = {
            "cleanup.policy": "delete",
            "retention.ms": _ms(kept),
            "retention.bytes": "-1",
            "segment.ms": _ms(timedelta(days=1)),
        }
    if replication != CLUSTER_DEFAULT:
        # With three copies two must have a message before it counts, and one broker may be away.
        settings["min.insync.replicas"] = str(max(1, replication - 1))
    single = state or name.endswith(DEAD_SUFFIX)
    return Plan(name, 1 if single else PARTITIONS, replication, settings)


def _ms(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))


@asynccontextmanager
async def admin(cluster: Cluster) -> AsyncIterator[Admin]:
    """Raises BusUnavailable, as all that it gives does."""
    client = await started(_Client(**cluster.options()))
    try:
        yield Admin(client)
    finally:
        await stopped(client)


class _Client(AIOKafkaAdminClient):  # type: ignore[misc]  # aiokafka's admin part is untyped
    async def stop(self) -> None:
        await self.close()

    async def _get_cluster_metadata(self, topics: list[str] | None = None) -> Any:
        # Asked as aiokafka does, a cluster that makes topics by itself (Kafka's default) would make those that are
        # missing at the question, with another number of partitions, for good.
        return await self._send_request(MetadataRequest(topics, allow_auto_topic_creation=False))


class Admin:
    def __init__(self, client: AIOKafkaAdminClient) -> None:
        self._client = client

    async def describe(self, names: Iterable[str]) -> dict[str, Found]:
        """Those of the topics that are there and that we may see."""
        async with translated(_CALL_SECONDS):
            told = await self._client.describe_topics(sorted(names))
            there = {one["topic"]: one["partitions"] for one in told if one["error_code"] == NoError.errno}
            settings = await self._settings(list(there))
        return {
            name: Found(len(partitions), len(partitions[0]["replicas"]), settings.get(name))
            for name, partitions in there.items()
        }

    async def create(self, plans: Sequence[Plan]) -> dict[str, str]:
        """Makes topics and waits until they are seen. What was refused, with why; one that is there is no refusal."""
        if not plans:
            return {}
        asked = [_asked(one) for one in plans]
        async with translated(_CALL_SECONDS):
            answer = await self._client.create_topics(asked, timeout_ms=int(_CALL_SECONDS * 1000))
        refused = {
            name: _said(code, why)
            for name, code, why in answer.topic_errors
            if code not in (NoError.errno, TopicAlreadyExistsError.errno)
        }
        await self._await_seen({one.name for one in plans} - refused.keys())
        return refused

    async def alter(self, name: str, settings: Mapping[str, str]) -> str:
        """Gives a topic these settings beside those it has. Why it was refused; empty when it was not."""
        async with translated(_CALL_SECONDS):
            # The call replaces all of the topic's own settings: what an operator has added goes along.
            present = (await self._settings([name])).get(name, {})
            wanted = ConfigResource(ConfigResourceType.TOPIC, name, {**present, **settings})
            (answer,) = await self._client.alter_configs([wanted])
            ((code, why, *_),) = answer.resources
            if code != NoError.errno:
                return _said(code, why)
            # A broker hears of it a moment after the controller has said yes.
            while not settings.items() <= (await self._settings([name])).get(name, {}).items():  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return ""

    async def _settings(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """The topics' own settings. A topic whose settings may not be read is left out."""
        if not names:
            return {}
        answers = await self._client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, one) for one in names])
        return {
            name: {entry[0]: entry[1] for entry in entries if entry[3] == _OWN_SETTING}
            for answer in answers
            for code, _why, _kind, name, entries in answer.resources
            if code == NoError.errno
        }

    async def _await_seen(self, names: set[str]) -> None:
        """A topic that was made can be unknown to the brokers for a moment."""
        async with translated(_SEEN_SECONDS):
            while names:
                told = await self._client.describe_topics(sorted(names))
                names = {one["topic"] for one in told if not _settled(one)}
                if names:
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _asked(wanted: Plan) -> NewTopic:
    # aiokafka takes the cluster's default only together with an assignment of replicas, be it empty.
    spread: dict[int, list[int]] | None = {} if wanted.replication == CLUSTER_DEFAULT else None
    return NewTopic(wanted.name, wanted.partitions, wanted.replication, spread, dict(wanted.settings))


def _settled(topic: Mapping[str, Any]) -> bool:
    if topic["error_code"] == UnknownTopicOrPartitionError.errno:
        return False
    return all(one["leader"] >= 0 and one["error_code"] == NoError.errno for one in topic["partitions"])


def _said(code: int, why: str | None) -> str:
    return f"{for_code(code).__name__}: {why}" if why else str(for_code(code).__name__)
