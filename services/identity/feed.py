"""The revocation feed's heartbeat, from one replica, and only while revocations get through: every second, and every
quarter of it where several processes listen.

Services that hear it know that nothing older than a second is missing; services that do not hear it for five close
their sensitive methods. So a heartbeat is sent only after the database has said that no revocation waits unpublished
for longer than that, and over the same bus.
"""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import bindparam, exists, func, select, text

from libs.kit.access.revocations import UNPUBLISHED_SECONDS
from libs.kit.app import Runtime
from libs.kit.bus import Bus, Message
from libs.kit.clock import Clock
from libs.kit.database import Session, prepared
from libs.kit.dates import timestamp
from libs.kit.ids import uuid7
from libs.kit.tables import outbox
from libs.kit.turns import turn
from mainstay.identity.v1 import events_pb2

TOPIC = "identity.revocations"
SOURCE = "heartbeat"
EVERY_SECONDS = 1.0
# Where several processes listen, each is trusted for a second after a heartbeat: see `libs.kit.access.revocations`.
_SHARED_SECONDS = 0.25
_PUBLISH_SECONDS = 2.0
# By the database's own clock, which also wrote `recorded_at`.
_STUCK = prepared(
    select(
        exists().where(
            outbox.c.published_at.is_(None),
            outbox.c.topic == bindparam("topic"),
            outbox.c.recorded_at < func.clock_timestamp() - text(f"interval '{UNPUBLISHED_SECONDS} seconds'"),
        )
    )
)
log = structlog.get_logger()


async def beat(session: Session, bus: Bus, clock: Clock) -> bool:
    """Sends one heartbeat, unless a revocation is stuck. Raises when the database or the bus does not answer."""
    # Taken before the look: what is stuck later is told by a later heartbeat's absence.
    at = clock.now()
    if await session.value(_STUCK, topic=TOPIC):
        return False
    event = events_pb2.FeedHeartbeat(source=SOURCE, sent_at=timestamp(at))
    message = Message(
        topic=TOPIC,
        key=SOURCE,
        value=event.SerializeToString(),
        event_id=uuid7(),
        type=events_pb2.FeedHeartbeat.DESCRIPTOR.full_name,
        source="identity",
        time=at,
    )
    async with asyncio.timeout(_PUBLISH_SECONDS):
        await bus.publish([message])
    return True


async def keep_beating(runtime: Runtime) -> None:
    """Background: whichever replica has the turn beats; the others try to get it each second."""
    while True:
        try:
            async with turn(runtime.database, "identity.feed") as session:
                if session is not None:
                    await _beat_on(runtime, session)
        except Exception as error:  # noqa: BLE001 - whatever fails, services hear silence and it is tried again
            log.warning("heartbeat failed", error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def _beat_on(runtime: Runtime, session: Session) -> None:
    """Until something fails."""
    pause = min(EVERY_SECONDS, _SHARED_SECONDS) if runtime.bus.shared else EVERY_SECONDS
    quiet = False
    while True:
        sent = await beat(session, runtime.bus, runtime.clock)
        if not sent and not quiet:
            log.warning("heartbeat held back, revocations are not published")
        quiet = not sent
        await asyncio.sleep(pause)
