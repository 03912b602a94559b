"""The bus: facts go out and come back in order, key by key. Kafka, or the in-process one of the embedded run.

Both implementations pass `tests/contract/bus_conformance.py`. What holds for both:

- Messages of one key stay in the order they were published in. A state topic has one partition, so all of it does.
- Delivered at least once: whoever must not act twice keeps an inbox (`libs.kit.consumer` does).
- A state topic keeps at least the last message of each key for ever; any other topic keeps its messages for a week,
  a dead-letter topic for sixty days.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

KEPT = timedelta(days=7)
DEAD_KEPT = timedelta(days=60)
DEAD_SUFFIX = ".dead"


class BusUnavailable(Exception):
    """The bus could not take or give messages. Nothing half-done is visible; try again."""


class UnknownTopic(Exception):
    """A topic that `ensure_topics` was never told about: a mistake in the wiring."""


@dataclass(frozen=True, slots=True)
class Message:
    """One fact on its way. `type` is the full name of the protobuf message in `value`; (source, event_id) is unique."""

    topic: str
    key: str
    value: bytes
    event_id: UUID
    type: str
    source: str
    time: datetime
    # W3C traceparent of the call that recorded the fact, empty when it was not traced.
    trace: str = ""
    # Headers beside those of CloudEvents, in lower case: what the dead-letter topic says about a failure.
    extra: Mapping[str, str] = field(default_factory=dict)


class Batch(Protocol):
    """Messages of one or more partitions, in order within each."""

    @property
    def messages(self) -> Sequence[Message]: ...

    async def commit(self) -> None:
        """Records that the group has handled these messages and all the member was given before them.

        Partitions that went to another member meanwhile are left out: that member is given their messages again.
        Raises BusUnavailable.
        """


class Consumption(Protocol):
    """One member's share of what a group consumes."""

    async def take(self, wait: float) -> Batch | None:
        """The next messages after those taken before, committed or not; None when none came in `wait` seconds.

        Raises BusUnavailable.
        """

    def lag(self) -> int:
        """How many messages of the member's partitions it was not given yet, as far as it knows."""


class Following(Protocol):
    """Everything published to some topics, for one process. Iterate it; it never ends by itself."""

    @property
    def caught_up(self) -> asyncio.Event:
        """Set when all that was there when the following began has been handled, that is, when more was asked for."""

    def __aiter__(self) -> AsyncIterator[Message]:
        """Raises BusUnavailable when the bus is lost; follow again then."""


class Bus(Protocol):
    # Whether other processes may be on it too.
    shared: bool

    async def ensure_topics(self, topics: Mapping[str, bool]) -> None:
        """Makes the topics that are missing. True: a state topic, compacted and of one partition."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns when all are durable, in the given order within each key.

        Raises BusUnavailable when it is not certain that all are: publish them again, some may then come twice.
        Raises UnknownTopic.
        """

    def consume(
        self, topics: Sequence[str], group: str, *, batch: int = 200
    ) -> AbstractAsyncContextManager[Consumption]:
        """Joins a group that shares the topics' partitions; leaving gives back what was not committed.

        A new group begins with the oldest message kept. A batch has at most `batch` messages.
        """

    def follow(self, topics: Sequence[str]) -> AbstractAsyncContextManager[Following]:
        """Everything, without a group: state topics from their beginning, others from now on."""

    async def heard(self, topics: Sequence[str], wait: float) -> bool:
        """Waits until everybody in this process who follows the topics has handled all that was published before.

        `wait` seconds at most; says whether they have. Followers in other processes hear on their own.
        """

    async def set_readers(self, readers: Mapping[str, AbstractSet[str]]) -> None:
        """Lets these clients from outside read exactly these topics; a client with none of them may read nothing.

        Their groups are those named like the client, and `<client>.<anything>`. Nothing to do where nobody comes from
        outside. Raises BusUnavailable when it is not certain that all was done: do it again.
        """

    def read(self, topic: str) -> AsyncIterator[Message]:
        """What the topic keeps at this moment, in order within each key; ends there. Raises BusUnavailable."""


def dead_letter_topic(topic: str) -> str:
    return topic + DEAD_SUFFIX
