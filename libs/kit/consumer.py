"""Handles events: at least once delivered, exactly once applied, in order per key.

The steps, each a method: take a batch → apply it (parked keys aside; inbox rows and handlers in one transaction) →
commit the offsets last. A batch that fails is taken apart into its keys: those without trouble go on, one message per
transaction, and so do later batches, while a troubled key tries its event again. After the fifth failure the event goes
to the dead-letter topic and its key is parked: later events of the key follow it there, in order, until
`libs.kit.replay` brings them back. An outage (of the database, of another service) is waited out and is not the
event's failure.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import asyncpg
import structlog
from google.protobuf.message import Message as Event
from prometheus_client import Counter, Gauge, Histogram
from structlog.contextvars import bound_contextvars

from libs.kit import contract, inbox
from libs.kit.bus import Batch, Bus, BusUnavailable, Consumption, Message, dead_letter_topic
from libs.kit.clock import Clock, SystemClock
from libs.kit.database import Database, Session
from libs.kit.errors import Unavailable
from libs.kit.inbox import Key, key_of
from libs.kit.tasks import end
from libs.kit.telemetry import CONSUMER, ids_of, messaging, span
from libs.kit.watching import watching

BATCH = 200
# Pauses in seconds after each failure of an event; one more try than there are pauses.
BACK_OFF = (0.1, 0.5, 2.0, 5.0)
_OUTAGE_PAUSES = (0.1, 5.0)
# Batches taken and not yet committed because a key in them is in trouble: beyond that the consumer waits for it.
_OPEN_BATCHES = 50
_TIDY_SECONDS = 600.0
_MEASURE_SECONDS = 10.0
# Not the event's fault: tried again without counting.
_PASSING = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresConnectionError,
    # A full disk, no memory, no connection left.
    asyncpg.InsufficientResourcesError,
    # It stops, has crashed, begins, or ended a query that took too long.
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.InterfaceError,
    # The network, files; TimeoutError too.
    OSError,
    BusUnavailable,
    Unavailable,
)

_HANDLED = Counter("mainstay_consumer_handled_total", "Events handled", ["consumer"])
_FAILED = Counter("mainstay_consumer_failures_total", "Tries that failed", ["consumer", "type"])
_PARKED = Counter("mainstay_consumer_dead_letters_total", "Events sent to the dead-letter topic", ["consumer", "topic"])
_SECONDS = Histogram(
    "mainstay_consumer_effect_seconds",
    "From an event's recording to its effect being committed here",
    ["consumer"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3600),
)
_LAG = Gauge("mainstay_consumer_lag_messages", "Events published and not yet handled", ["consumer"])
_BEHIND = Gauge("mainstay_consumer_lag_seconds", "Age of the oldest event at hand; 0 when none waits", ["consumer"])
_KEYS = Gauge("mainstay_consumer_parked_keys", "Keys whose events wait for `replay`", ["consumer"])
log = structlog.get_logger()


class CallLike(Protocol):
    """What a handler is given; here only its transaction matters."""

    trace: str

    @property
    def db(self) -> Session: ...


class OpenUnit(Protocol):
    """Opens one unit of work: a transaction that commits when the context ends without an error."""

    def __call__(self, *, request_id: str = "", trace: str = "") -> AbstractAsyncContextManager[Any]: ...


Handler = Callable[[Any, Any], Awaitable[None]]


@dataclass
class _Taken:
    """A batch and how many of its messages are not settled yet."""

    batch: Batch
    unsettled: int


@dataclass
class _Trouble:
    """A key whose first message fails, with what came after it."""

    waiting: deque[tuple[Message, _Taken]] = field(default_factory=deque)
    failures: int = 0
    due: float = 0.0


class Consumer:
    """One member of the group `name`. `handlers` by event class; the topics are those of the events."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        name: str,
        handlers: Mapping[type[Event], Handler],
        open_unit: OpenUnit,
        *,
        clock: Clock | None = None,
        back_off: Sequence[float] = BACK_OFF,
    ) -> None:
        kinds = {kind.name: (kind, handlers[kind.message]) for kind in map(_kind, handlers)}
        self.name = name
        self.database = database
        self.bus = bus
        self.topics = sorted({kind.topic for kind, _ in kinds.values()})
        self._handlers = {name: (kind.message, handler) for name, (kind, handler) in kinds.items()}
        self._open_unit = open_unit
        self._clock = clock or SystemClock()
        self._back_off = back_off
        self._open: deque[_Taken] = deque()
        self._troubles: dict[Key, _Trouble] = {}
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.bus.ensure_topics({dead_letter_topic(topic): False for topic in self.topics})
        self._stopping = False
        self._tasks = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._tidy()),
            asyncio.create_task(watching(self._measure, _MEASURE_SECONDS)),
        ]

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Ends after the batch at hand. What is not committed is delivered again."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait([self._tasks[0]], timeout=grace_seconds)
        tasks, self._tasks = self._tasks, []
        await end(*tasks)

    async def handle(self, message: Message) -> bool:
        """Handles one event whether its key is parked or not. False, without effect, when it was handled before."""
        async with self._unit([message]) as call:
            fresh = await inbox.admit(call.db, self.name, [message])
            if fresh:
                await self._run_handler(call, message)
        self._count(fresh)
        return bool(fresh)

    async def _work(self) -> None:
        pause = _OUTAGE_PAUSES[0]
        while not self._stopping:
            self._open.clear()
            self._troubles.clear()
            try:
                async with self.bus.consume(self.topics, self.name, batch=BATCH) as member:
                    while not self._stopping:
                        await self._step(member)
                        pause = _OUTAGE_PAUSES[0]
            except Exception as error:  # noqa: BLE001 - whatever it is, a consumer that ends in silence would be worse
                log.warning("consumer begins again", consumer=self.name, error=type(error).__name__, again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _OUTAGE_PAUSES[1])

    async def _step(self, member: Consumption) -> None:
        if len(self._open) < _OPEN_BATCHES:
            batch = await self._take(member)
            if batch is not None:
                await self._begin(batch)
        else:
            await asyncio.sleep(self._patience())
        await self._retry_due()
        await self._commit_settled()
        _LAG.labels(self.name).set(member.lag() + sum(taken.unsettled for taken in self._open))
        oldest = min((message.time for taken in self._open for message in taken.batch.messages), default=None)
        _BEHIND.labels(self.name).set(max((self._clock.now() - oldest).total_seconds(), 0.0) if oldest else 0)

    async def _take(self, member: Consumption) -> Batch | None:
        return await member.take(self._patience())

    def _patience(self) -> float:
        """Seconds until a troubled key is due, half a second at most."""
        now = asyncio.get_running_loop().time()
        return max(0.0, min([0.5, *(trouble.due - now for trouble in self._troubles.values())]))

    async def _begin(self, batch: Batch) -> None:
        """Applies what can be applied at once; what waits for a troubled key queues behind it."""
        taken = _Taken(batch, 0)
        self._open.append(taken)
        ready = []
        for message in batch.messages:
            if message.type not in self._handlers:
                continue
            taken.unsettled += 1
            trouble = self._troubles.get(key_of(message))
            if trouble is not None:
                trouble.waiting.append((message, taken))
            else:
                ready.append(message)
        if not ready:
            return
        try:
            await self._apply(ready)
        except Exception as error:  # noqa: BLE001 - which message failed and why is found out one by one
            await self._wait_out_outage()
            log.info("batch taken apart", consumer=self.name, size=len(ready), error=type(error).__name__)
            for message in ready:
                self._troubles.setdefault(key_of(message), _Trouble()).waiting.append((message, taken))
        else:
            taken.unsettled -= len(ready)

    async def _apply(self, messages: Sequence[Message]) -> None:
        """One transaction: parked keys' events to the dead-letter topic, inbox rows and handlers for the others."""
        async with self._unit(messages) as call:
            parked = await inbox.parked_among(call.db, self.name, map(key_of, messages))
            if parked:
                await self._divert(call.db, [message for message in messages if key_of(message) in parked])
            fresh = await inbox.admit(call.db, self.name, [one for one in messages if key_of(one) not in parked])
            for message in fresh:
                await self._run_handler(call, message)
        self._count(fresh)

    def _count(self, fresh: Sequence[Message]) -> None:
        _HANDLED.labels(self.name).inc(len(fresh))
        seconds, now = _SECONDS.labels(self.name), self._clock.now()
        for message in fresh:
            seconds.observe(max((now - message.time).total_seconds(), 0.0))

    def _unit(self, messages: Sequence[Message]) -> AbstractAsyncContextManager[CallLike]:
        return self._open_unit(request_id=messages[0].event_id.hex, trace=messages[0].trace)

    async def _run_handler(self, call: CallLike, message: Message) -> None:
        kind, handler = self._handlers[message.type]
        about = messaging("process", message.topic, self.name, message.event_id)
        with (
            bound_contextvars(request_id=message.event_id.hex, consumer=self.name),
            span(f"process {message.topic}", message.trace, kind=CONSUMER, attributes=about) as call.trace,
        ):
            await handler(call, kind.FromString(message.value))

    async def _retry_due(self) -> None:
        now = asyncio.get_running_loop().time()
        for key in [key for key, trouble in self._troubles.items() if trouble.due <= now]:
            trouble = self._troubles[key]
            while trouble.waiting and await self._try_first(key, trouble):
                _, taken = trouble.waiting.popleft()
                taken.unsettled -= 1
                trouble.failures = 0
            if not trouble.waiting:
                del self._troubles[key]

    async def _try_first(self, key: Key, trouble: _Trouble) -> bool:
        """Says whether the key's first message is settled: applied, or in the dead-letter topic."""
        message, _ = trouble.waiting[0]
        now = asyncio.get_running_loop().time()
        try:
            await self._apply([message])
        except Exception as error:  # noqa: BLE001 - a handler's failure, of whatever kind, is its event's
            await self._wait_out_outage()
            if isinstance(error, _PASSING) and not isinstance(error, ValueError):
                trouble.due = now + _OUTAGE_PAUSES[0] * 5
                return False
            _FAILED.labels(self.name, message.type).inc()
            trouble.failures += 1
            tried = {"consumer": self.name, "type": message.type, "event_id": str(message.event_id)}
            tried |= ids_of(message.trace)
            log.warning("event failed", **tried, tries=trouble.failures, error=type(error).__name__)
            if trouble.failures <= len(self._back_off):
                trouble.due = now + self._back_off[trouble.failures - 1]
                return False
            await self._park(key, message, error, trouble.failures)
        return True

    async def _park(self, key: Key, message: Message, error: Exception, tries: int) -> None:
        async with self.database.transaction() as session:
            await inbox.park(session, self.name, key, type(error).__name__, self._clock.now())
            await inbox.parked_among(session, self.name, [key])
            await self._divert(session, [message], error=type(error).__name__, tries=tries)

    async def _divert(
        self, session: Session, messages: Sequence[Message], error: str = "KeyParked", tries: int = 0
    ) -> None:
        """Sends events of parked keys, whose rows are locked, to the dead-letter topics, each once.

        They are published before the transaction commits: an event may come twice there, and is never missing.
        """
        unhandled = await inbox.unhandled(session, self.name, messages)
        fresh = await inbox.admit(session, dead_letters_of(self.name), unhandled)
        about = {"consumer": self.name, "error": error, "tries": str(tries)}
        await self.bus.publish(
            [replace(one, topic=dead_letter_topic(one.topic), extra={**one.extra, **about}) for one in fresh]
        )
        await inbox.count_parked(session, self.name, fresh)
        for message in fresh:
            _PARKED.labels(self.name, message.topic).inc()

    async def _commit_settled(self) -> None:
        """Commits the offsets of batches all of whose messages, and those of all before, are settled."""
        last = None
        while self._open and not self._open[0].unsettled:
            last = self._open.popleft()
        if last is not None:
            await last.batch.commit()

    async def _wait_out_outage(self) -> None:
        """Returns at once while the database answers, otherwise when it does again."""
        pause = _OUTAGE_PAUSES[0]
        while not self._stopping:
            try:
                await self.database.ping()
            except Exception as error:  # noqa: BLE001 - any way of not answering is an outage
                log.warning("consumer waits for the database", consumer=self.name, error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _OUTAGE_PAUSES[1])
            else:
                return

    async def _measure(self) -> None:
        async with self.database.reading() as session:
            _KEYS.labels(self.name).set(await inbox.count_keys(session, self.name))

    async def _tidy(self) -> None:
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                count = inbox.TIDY_BATCH
                while count == inbox.TIDY_BATCH:
                    async with self.database.transaction() as session:
                        count = await inbox.tidy(session, self._clock.now())
            await asyncio.sleep(_TIDY_SECONDS)


def _kind(event: type[Event]) -> contract.EventKind:
    return contract.events()[event.DESCRIPTOR.full_name]


def dead_letters_of(consumer: str) -> str:
    """The name under which the inbox knows what a consumer has sent to a dead-letter topic."""
    return f"{consumer}.dead"
