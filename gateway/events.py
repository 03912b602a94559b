"""`/events`: tells the portal what changed, as server-sent events, so that open pages read again what is stale.

Says which topic something happened on and never what: whoever reads again is asked for their rights as always.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import structlog
from prometheus_client import Gauge

from gateway.sessions import Session, Sessions
from gateway.visits import Pairs, Receive, Send
from libs.kit.access.revocations import TOPIC as REVOCATIONS
from libs.kit.bus import Bus
from libs.kit.errors import RateLimited

# At most one event per topic in this time: an import writes thousands of facts.
_GATHER_SECONDS = 0.5
_PING_SECONDS = 20.0
_NOT_TOLD = (REVOCATIONS, "audit.")
_STREAMS = Gauge("mainstay_event_streams", "Open event streams")
_HEADERS: Pairs = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx would hold events back.
    (b"x-accel-buffering", b"no"),
]
log = structlog.get_logger()


class _Stream:
    """One open stream. What waits to be sent is a set: a slow reader is told once, not a thousand times."""

    def __init__(self, session: Session) -> None:
        self.session_id = session.session_id
        self.account_id = session.account_id
        self.topics: dict[str, None] = {}
        self.access = False
        self.ended = False
        self.wake = asyncio.Event()

    def take(self) -> bytes:
        """Everything that waits, in the wire form."""
        parts = ["event: access\ndata: {}\n\n"] if self.access else []
        parts += [f"event: changed\ndata: {json.dumps({'topic': topic})}\n\n" for topic in self.topics]
        self.topics, self.access = {}, False
        self.wake.clear()
        return "".join(parts).encode()


class Events:
    """`topics` are those of the contract. Follows the bus as one reader for all streams of this process."""

    def __init__(self, bus: Bus, sessions: Sessions, topics: Iterable[str], *, per_session: int) -> None:
        self._bus = bus
        self._sessions = sessions
        self._topics = [topic for topic in topics if not topic.startswith(_NOT_TOLD)]
        self._per_session = per_session
        self._streams: set[_Stream] = set()
        self._changed: set[str] = set()
        self._gathering: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Ends every stream, so that the server can close."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._gathering is not None:
            self._gathering.cancel()
        for stream in self._streams:
            self._end(stream)

    def end_session(self, session_id: UUID) -> None:
        for stream in self._streams:
            if stream.session_id == session_id:
                self._end(stream)

    def access_changed(self, account_id: UUID) -> None:
        for stream in self._streams:
            if stream.account_id == account_id:
                stream.access = True
                stream.wake.set()

    def changed(self, topic: str) -> None:
        """Told at once when it was quiet, else with the next round."""
        self._changed.add(topic)
        if self._gathering is None:
            self._tell()
            self._gathering = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._round)

    def _round(self) -> None:
        self._gathering = None
        if self._changed:
            self._tell()
            self._gathering = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._round)

    def _tell(self) -> None:
        for stream in self._streams:
            stream.topics.update(dict.fromkeys(sorted(self._changed)))
            stream.wake.set()
        self._changed.clear()

    async def serve(self, session: Session, receive: Receive, send: Send) -> None:
        """Streams until the browser leaves or the session ends. Raises RateLimited before anything was sent."""
        if sum(stream.session_id == session.session_id for stream in self._streams) >= self._per_session:
            raise RateLimited(retry_after_seconds=30)
        stream = _Stream(session)
        self._streams.add(stream)
        _STREAMS.inc()
        left = asyncio.create_task(_gone(receive, stream))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _write(send, b"retry: 3000\n\nevent: ping\ndata: {}\n\n")
            while not stream.ended:
                await self._next(stream, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            left.cancel()
            self._streams.discard(stream)
            _STREAMS.dec()

    async def _next(self, stream: _Stream, send: Send) -> None:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                await stream.wake.wait()
        except TimeoutError:
            if await self._sessions.get(stream.session_id) is None:
                stream.ended = True
            else:
                await _write(send, b"event: ping\ndata: {}\n\n")
            return
        told = stream.take()
        if told and not stream.ended:
            await _write(send, told)

    def _end(self, stream: _Stream) -> None:
        stream.ended = True
        stream.wake.set()

    async def _follow(self) -> None:
        while True:
            try:
                async with self._bus.follow(self._topics) as messages:
                    async for message in messages:
                        self.changed(message.topic)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever the bus suffers, pages only stay stale; followed again
                log.warning("event stream lost the bus", error=type(error).__name__)
                await asyncio.sleep(1)


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive, stream: _Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.ended = True
    stream.wake.set()
