"""What the Kafka bus's parts share: how to reach the cluster, limits on waiting for it, records as messages."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.cloudevents import NotCloudEvent, from_headers

# aiokafka waits for ever in several places when a broker refuses or is gone: nothing of it is awaited without limit.
START_SECONDS = 8.0
ASK_SECONDS = 5.0
_STOP_SECONDS = 3.0
_REQUEST_MS = 10_000
_NOT_EVENTS = Counter("mainstay_bus_not_events_total", "Records passed over that are not events", ["topic"])
_LOST = Counter("mainstay_bus_failures_total", "What was asked of Kafka in vain, by error", ["error"])
_ENDING: set[asyncio.Task[None]] = set()
log = structlog.get_logger()

Place: TypeAlias = TopicPartition


class _Client(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


C = TypeVar("C", bound=_Client)


@dataclass(frozen=True)
class Cluster:
    """Where Kafka is and who asks. `servers`: host:port,host:port; without `tls` in clear."""

    servers: str
    client: str
    tls: ssl.SSLContext | None

    def options(self) -> dict[str, Any]:
        """What aiokafka's producer, consumer and admin client all take."""
        return {
            "bootstrap_servers": self.servers.split(","),
            "client_id": self.client,
            "request_timeout_ms": _REQUEST_MS,
            "security_protocol": "SSL" if self.tls else "PLAINTEXT",
            "ssl_context": self.tls,
        }


@dataclass(frozen=True)
class Kept:
    """A topic as the cluster has it."""

    state: bool
    partitions: int


def places(topics: Mapping[str, Kept]) -> list[Place]:
    """All partitions of the topics."""
    return [Place(name, number) for name, kept in topics.items() for number in range(kept.partitions)]


@asynccontextmanager
async def translated(limit: float | None = ASK_SECONDS) -> AsyncIterator[None]:
    """Says what Kafka suffers in the bus's words, and that it took longer than `limit` seconds."""
    try:
        async with asyncio.timeout(limit):
            yield
    except (KafkaError, OSError, TimeoutError) as error:
        _LOST.labels(type(error).__name__).inc()
        raise BusUnavailable(type(error).__name__) from error


async def started(made: C, limit: float = START_SECONDS) -> C:
    """Starts a client of aiokafka, and leaves nothing of it when that fails. Raises BusUnavailable."""
    try:
        async with translated(limit):
            await made.start()
    except BaseException:
        await stopped(made)
        raise
    return made


async def stopped(made: _Client) -> None:
    """Ends a client of aiokafka. What takes it longer than a moment it does behind our back.

    Its end can wait for answers that never come, and TLS half a minute for a broker's farewell; it swallows being
    cancelled, too.
    """
    await asyncio.wait([_apart(_end(made))], timeout=_STOP_SECONDS)


async def _end(made: _Client) -> None:
    """Whatever becomes of the client's own end, its connections are closed."""
    connections: Any = getattr(made, "client", None) or getattr(made, "_client", None)
    for end in (made.stop, connections.close):
        step = _apart(_tried(end))
        await asyncio.wait([step], timeout=_STOP_SECONDS)
        # Not waited for: it may swallow that.
        step.cancel()


async def _tried(end: Callable[[], Awaitable[None]]) -> None:
    try:
        await end()
    except Exception as error:  # noqa: BLE001 - it is thrown away either way, and must not hold up who goes on
        log.debug("a client of Kafka did not end well", error=type(error).__name__)


def _apart(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Runs it whether or not somebody waits for it."""
    task = asyncio.create_task(work)
    _ENDING.add(task)
    task.add_done_callback(_ENDING.discard)
    return task


def message_of(record: ConsumerRecord[Any, Any]) -> Message | None:
    """None, counted and said, for a record that is not an event: it may not hold up those behind it."""
    try:
        if record.value is None:
            raise NotCloudEvent("there is no value")
        headers = [(name, content or b"") for name, content in record.headers]
        return from_headers(record.topic, (record.key or b"").decode(), record.value, headers)
    except (NotCloudEvent, UnicodeDecodeError) as wrong:
        _NOT_EVENTS.labels(record.topic).inc()
        why = str(wrong) if isinstance(wrong, NotCloudEvent) else "the key is not UTF-8"
        at = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        log.warning("passed over a record that is not an event", **at, why=why)
        return None


def messages_of(records: Iterable[ConsumerRecord[Any, Any]]) -> list[Message]:
    return [message for record in records if (message := message_of(record)) is not None]
