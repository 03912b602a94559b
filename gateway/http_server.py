"""uvicorn inside a larger process: signals are the process's own business, a taken port is an ordinary error."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_BACKLOG = 2048
_LARGEST_HEAD = 64 * 1024


class HttpServer:
    """Serves one app on `host:port`; port 0 takes a free one."""

    def __init__(self, app: Callable[..., Awaitable[None]], listen: str) -> None:
        host, _, port = listen.rpartition(":")
        self._address = host.strip("[]"), int(port)
        config: Any = uvicorn.Config(
            app,
            loop="none",
            http=_BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=10,
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Returns once the port is open. Raises OSError when it is taken."""
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        listener = socket.create_server(self._address, family=family, backlog=_BACKLOG)
        # Head and body are written apart: without this the body waits 40 ms for the head's acknowledgement. uvloop sets
        # it by itself, asyncio does not for a socket that was handed in.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.open.wait()

    async def stop(self) -> None:
        """Lets answers under way finish for ten seconds, then ends."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
            self._task = None


class _BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers do not end: the parser would keep them all."""

    _head = 0
    _within_head = True
    _ended = False

    def data_received(self, data: bytes) -> None:
        self._ended = False
        super().data_received(data)
        if self._within_head:
            # Behind the end of a request only the beginning of the next can follow, counted from the next part on.
            self._head = 0 if self._ended else self._head + len(data)
            if self._head > _LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The request's headers are too large.")

    def on_headers_complete(self) -> None:
        self._within_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._within_head = self._ended = True
        super().on_message_complete()


class _Quiet(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.open = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.open.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
