"""`/events`: tells the portal what changed, as server-sent events, so that open pages read again what is stale.

Says which topic something happened on and never what: whoever reads again is asked for their rights as always.
A stream ends with its session: at once where that ended here, within a second (`REMEMBERED`) where it ended elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import structlog

from gateway.metrics import STREAMS
from gateway.sessions import REMEMBERED, Session, Sessions
from gateway.visits import Pairs, Receive, Send
from libs.kit.access.revocations import TOPIC as REVOCATIONS
from libs.kit.bus import Bus
from libs.kit.errors import RateLimited

# At most one event per topic in this time: an import writes thousands of facts.
_GATHER_SECONDS = 0.5
# A page reads before its stream is there: what changed in between would stay unseen until the next change. Longer than
# a first load, with its scripts, takes.
_OPENING_SECONDS = 5.0
_PING_SECONDS = 20.0
# The last words to a reader may take so long.
_LAST_SECONDS = 1.0
# Whoever is sent away comes back after once to twice this.
_AWAY_MS = 1000
_NOT_TOLD = (REVOCATIONS, "audit.")
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
        self.begun = False
        # Said at the very end.
        self.last = b""
        self.over = asyncio.Event()
        self.wake = asyncio.Event()

    def take(self) -> bytes:
        """Everything that waits, in the wire form."""
        parts = ["event: access\ndata: {}\n\n"] if self.access else []
        parts += [f"event: changed\ndata: {json.dumps({'topic': topic})}\n\n" for topic in self.topics]
        self.topics, self.access = {}, False
        self.wake.clear()
        return "".join(parts).encode()


def told(topics: Iterable[str]) -> list[str]:
    """Those that streams are told of."""
    return [topic for topic in topics if not topic.startswith(_NOT_TOLD)]


class Events:
    """`topics` are those of the contract. Follows the bus as one reader for all streams of this process."""

    def __init__(self, bus: Bus, sessions: Sessions, topics: Iterable[str], *, per_session: int) -> None:
        self._bus = bus
        self._sessions = sessions
        self._topics = told(topics)
        self._per_session = per_session
        self._streams: set[_Stream] = set()
        self._changed: set[str] = set()
        # When each topic was last told, in the loop's time.
        self._last: dict[str, float] = {}
        self._gathering: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = False

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """Ends every stream, so that the server can close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._gathering is not None:
            self._gathering.cancel()
        for stream in list(self._streams):
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
        self._last.update(dict.fromkeys(self._changed, asyncio.get_running_loop().time()))
        for stream in self._streams:
            stream.topics.update(dict.fromkeys(sorted(self._changed)))
            stream.wake.set()
        self._changed.clear()

    def _tell_of_late(self, stream: _Stream) -> None:
        """What changed while the page that opens this stream was being read."""
        since = asyncio.get_running_loop().time() - _OPENING_SECONDS
        stream.topics.update(dict.fromkeys(sorted(topic for topic, at in self._last.items() if at >= since)))
        if stream.topics:
            stream.wake.set()

    async def serve(self, session: Session, receive: Receive, send: Send) -> None:
        """Streams until the browser leaves or the session ends. Raises RateLimited before anything was sent."""
        if sum(stream.session_id == session.session_id for stream in self._streams) >= self._per_session:
            raise RateLimited(retry_after_seconds=30)
        stream = _Stream(session)
        if self._draining:
            self._send_away(stream)
        self._tell_of_late(stream)
        self._streams.add(stream)
        STREAMS.inc()
        # What is written may wait for a slow reader; the end of a stream may not.
        parts = [asyncio.create_task(part) for part in (_gone(receive, stream), _pour(stream, send))]
        try:
            await stream.over.wait()
        finally:
            self._streams.discard(stream)
            STREAMS.dec()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        await _close(stream, send)

    def drain(self) -> None:
        """Sends every browser away with advice when to come back: to another replica, while this one closes."""
        self._draining = True
        for stream in list(self._streams):
            self._send_away(stream)

    def _send_away(self, stream: _Stream) -> None:
        # Not all at once.
        stream.last = f"retry: {_AWAY_MS + secrets.randbelow(_AWAY_MS)}\n\n".encode()
        self._end(stream)

    def _end(self, stream: _Stream) -> None:
        stream.over.set()

    async def _watch(self) -> None:
        """Ends the streams of sessions that ended elsewhere: one query a second, however many streams there are."""
        while True:
            await asyncio.sleep(REMEMBERED)
            held = {stream.session_id for stream in self._streams}
            if not held:
                continue
            try:
                living = await self._sessions.living(held)
            except Exception as error:  # noqa: BLE001 - a stream tells no content; looked at again at the next turn
                log.warning("could not look after event streams", error=type(error).__name__)
                continue
            for session_id in held - living:
                self.end_session(session_id)

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


async def _pour(stream: _Stream, send: Send) -> None:
    """Writes what waits, and a sign of life when nothing does."""
    await _begin(stream, send)
    await _write(send, b"retry: 3000\n\nevent: ping\ndata: {}\n\n")
    while True:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                await stream.wake.wait()
        except TimeoutError:
            await _write(send, b"event: ping\ndata: {}\n\n")
            continue
        told = stream.take()
        if told:
            await _write(send, told)


async def _begin(stream: _Stream, send: Send) -> None:
    if not stream.begun:
        stream.begun = True
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})


async def _close(stream: _Stream, send: Send) -> None:
    """The end of the answer; a reader who does not read is cut off."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_SECONDS):
            await _begin(stream, send)
            await send({"type": "http.response.body", "body": stream.last, "more_body": False})


async def _gone(receive: Receive, stream: _Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.over.set()
