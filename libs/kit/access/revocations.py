"""The revocation feed as a service hears it: the lowest epoch that counts for each account, and how fresh that is.

The topic has one partition, so a heartbeat that arrives proves that every revocation sent before it has arrived too.

Processes hear the feed each on its own, so a revocation is confirmed only when no process can be without it and trust
itself: whoever has not heard it has heard no heartbeat that was sent after it, is `vouched` for `LEASE_SECONDS` after
the last one at most, and identity waits for longer than that (`spread`). Clocks of our machines may differ by
`_CLOCKS_DIFFER_SECONDS` at most for that to hold.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

import structlog
from google.protobuf.message import DecodeError
from prometheus_client import Counter, Gauge

from libs.kit.access.passports import Passport
from libs.kit.bus import Bus
from libs.kit.bus import Message as BusMessage
from libs.kit.clock import Clock
from libs.kit.tasks import end
from mainstay.identity.v1 import events_pb2

TOPIC = "identity.revocations"
SILENT_AFTER_SECONDS = 5.0
# Four heartbeats: when one is late, passports are asked for more often, and nothing is refused.
LEASE_SECONDS = 1.0
_CLOCKS_DIFFER_SECONDS = 0.2
# Identity beats no longer while a revocation waits for longer than this to be published.
UNPUBLISHED_SECONDS = 1.0
_EPOCH = events_pb2.EpochRaised.DESCRIPTOR.full_name
_HEARTBEAT = events_pb2.FeedHeartbeat.DESCRIPTOR.full_name
_AGE = Gauge("mainstay_revocation_feed_age_seconds", "Time since the revocation feed was last heard", ["service"])
_UNREADABLE = Counter(
    "mainstay_revocation_feed_unreadable_total", "Records of the revocation feed that nobody can read", ["service"]
)
log = structlog.get_logger()


class Revocations:
    """Follows the feed on its own; `refuses` and `silent` answer from memory."""

    def __init__(self, service: str, bus: Bus, clock: Clock) -> None:
        self._service = service
        self._bus = bus
        self._clock = clock
        self._epochs: dict[UUID, int] = {}
        self._heard_at = float("-inf")
        # When the newest heartbeat was sent, by identity's clock.
        self._vouched_at = datetime.min.replace(tzinfo=UTC)
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[asyncio.Queue[UUID]] = []
        self.heard = asyncio.Event()
        _AGE.labels(service).set_function(self.age)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task:
            await end(self._task)

    def age(self) -> float:
        """Seconds since the feed was last heard."""
        return time.monotonic() - self._heard_at

    def silent(self) -> bool:
        """Whether revocations may be missing: sensitive methods then fail closed."""
        return self.age() > SILENT_AFTER_SECONDS

    def vouched(self) -> bool:
        """Whether every revocation that was confirmed by now has been heard here."""
        return not self._bus.shared or (self._clock.now() - self._vouched_at).total_seconds() < LEASE_SECONDS

    async def spread(self, unpublished: float | None = None) -> None:
        """Returns when whoever is vouched for has heard all that was recorded for the feed by now.

        `unpublished`: it is not out, for so many seconds already; heartbeats stop after `UNPUBLISHED_SECONDS` of that.
        """
        if self._bus.shared:
            waiting = 0.0 if unpublished is None else UNPUBLISHED_SECONDS - unpublished
            await asyncio.sleep(max(waiting + LEASE_SECONDS + _CLOCKS_DIFFER_SECONDS, 0.0))

    def refuses(self, passport: Passport) -> bool:
        """Whether the account's rights changed after the passport was made."""
        return passport.epoch < self._epochs.get(passport.account_id, 0)

    def hear(self, message: BusMessage) -> None:
        if message.type == _HEARTBEAT:
            sent_at = events_pb2.FeedHeartbeat.FromString(message.value).sent_at.ToDatetime(UTC)
            self._vouched_at = max(self._vouched_at, sent_at)
            # A heartbeat kept in the topic from before a silence says nothing about now.
            if (self._clock.now() - sent_at).total_seconds() < SILENT_AFTER_SECONDS:
                self._heard_at = time.monotonic()
                self.heard.set()
        elif message.type == _EPOCH:
            raised = events_pb2.EpochRaised.FromString(message.value)
            account = UUID(raised.account_id)
            if raised.epoch > self._epochs.get(account, 0):
                self._epochs[account] = raised.epoch
                for listener in self._listeners:
                    listener.put_nowait(account)

    def listen(self) -> asyncio.Queue[UUID]:
        """A queue of accounts whose rights change from now on."""
        queue: asyncio.Queue[UUID] = asyncio.Queue()
        self._listeners.append(queue)
        return queue

    def unlisten(self, queue: asyncio.Queue[UUID]) -> None:
        self._listeners.remove(queue)

    def _hear_if_readable(self, message: BusMessage) -> None:
        """One record that is no word of identity's must not keep all those after it from being heard."""
        try:
            self.hear(message)
        except (DecodeError, ValueError, OverflowError) as error:
            _UNREADABLE.labels(self._service).inc()
            log.error("revocation feed has an unreadable record", type=message.type, error=type(error).__name__)  # noqa: TRY400 - its text may quote values

    async def _follow(self) -> None:
        while True:
            try:
                async with self._bus.follow([TOPIC]) as messages:
                    async for message in messages:
                        self._hear_if_readable(message)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever the bus suffers, the feed counts as silent and is tried again
                log.warning("revocation feed lost", error=type(error).__name__)
                await asyncio.sleep(0.5)
