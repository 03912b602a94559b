"""A bad network between two processes: TCP through here can be made slow, narrow, cut or half-open.

Half-open: connections stay and carry nothing, in one direction or both, and nobody is told; `heal` lets what waited go
on, as a network does that was away. The proxy holds what is in flight and nothing more, so senders are held up too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

UP, DOWN = "up", "down"
_CHUNK = 65_536
# What a slow network has under way at most, in each direction of a connection.
_UNDER_WAY = 64
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """From `127.0.0.1:port` here to a port of this machine. `latency` in seconds and one way, `rate` in bytes a second.

    `refusing`: connections that begin are cut at once. `most`: the most connections that were open at a time.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self.port = port
        self.latency = 0.0
        self.rate = 0.0
        self.refusing = False
        self.most = 0
        self._target = target
        self._flowing = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self._links: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._server: asyncio.Server | None = None
        self.heal()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._link, "127.0.0.1", self.port, limit=_CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._links, return_exceptions=True)

    @property
    def open(self) -> int:
        """Connections there are now."""
        return len(self._links)

    def cut(self) -> None:
        """Resets all connections (RST): both ends hear of it."""
        for task, writers in self._links.items():
            for writer in writers:
                _reset(writer)
            task.cancel()

    def hold(self, *ways: str) -> None:
        """Half-open from now on: nothing gets through, in `UP` or `DOWN` or, when none is named, in both directions."""
        for way in ways or (UP, DOWN):
            self._flowing[way].clear()

    def heal(self) -> None:
        """A good network again."""
        self.latency = self.rate = 0.0
        self.refusing = False
        for flowing in self._flowing.values():
            flowing.set()

    @contextmanager
    def half_open(self, *ways: str) -> Iterator[None]:
        self.hold(*ways)
        try:
            yield
        finally:
            self.heal()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        if self.refusing:
            _reset(writer)
            return
        writers = self._links[task] = [writer]
        self.most = max(self.most, len(self._links))
        # `cut` ends this task, and asyncio's server would report that as an error.
        with suppress(asyncio.CancelledError):
            await self._carry_both(reader, writers)
        del self._links[task]
        for one in writers:
            one.close()

    async def _carry_both(self, reader: asyncio.StreamReader, writers: list[asyncio.StreamWriter]) -> None:
        # A connection that begins while nothing gets through waits for its other end.
        await self._flowing[UP].wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target, limit=_CHUNK)
            writers.append(far_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(UP, reader, far_writer))
                both.create_task(self._carry(DOWN, far_reader, writers[0]))
        except* OSError:
            # One end is gone without a word: neither may go on as if the other were there.
            for one in writers:
                _reset(one)

    async def _carry(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_UNDER_WAY)
        delivering = asyncio.create_task(self._deliver(way, under_way, sink))
        try:
            while data := await source.read(_CHUNK):
                await under_way.put((asyncio.get_running_loop().time() + self.latency, data))
            await under_way.put((0.0, b""))
            await delivering
        finally:
            delivering.cancel()

    async def _deliver(
        self, way: str, under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await self._flowing[way].wait()
            if not data:
                with suppress(OSError):
                    sink.write_eof()
                return
            if self.rate:
                await asyncio.sleep(len(data) / self.rate)
            sink.write(data)
            await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
