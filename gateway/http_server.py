"""uvicorn inside a larger process: signals are the process's own business, a taken port is an ordinary error."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from ssl import SSLContext
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from libs.kit.tls import server_context

_BACKLOG = 2048
_LARGEST_HEAD = 64 * 1024
_HEAD_SECONDS = 10.0
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class HttpServer:
    """Serves one app on `host:port`; port 0 takes a free one. With a certificate it speaks https.

    A renewed certificate is shown to the next connection.
    """

    def __init__(
        self,
        app: Callable[..., Awaitable[None]],
        listen: str,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        self._app = app
        self._draining = False
        host, _, port = listen.rpartition(":")
        self._address = host.strip("[]"), int(port)
        config: Any = uvicorn.Config(
            self._serve,
            # uvicorn takes a bound method for the older kind of app.
            interface="asgi3",
            ssl_certfile=certificate,
            ssl_keyfile=key,
            ssl_context_factory=partial(_renewed, certificate, key) if certificate and key else None,
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

    def drain(self) -> None:
        """From now on a connection ends with its next answer: its owner goes elsewhere, and no request fails."""
        self._draining = True

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, _ending(send) if self._draining else send)

    async def stop(self) -> None:
        """Lets answers under way finish for ten seconds, then ends."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
            self._task = None


def _renewed(certificate: Path, key: Path, _config: uvicorn.Config, make: Callable[[], SSLContext]) -> SSLContext:
    return server_context(make, certificate, key)


def _ending(send: Any) -> Any:
    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return sent


class _BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers do not end: the parser would keep them all.

    Nor may they come a byte at a time: ten seconds after a connection was opened, or after the first byte of a further
    request on it, the head must be complete.
    """

    _head = 0
    _within_head = True
    _ended = False
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience_over()
        super().connection_lost(exc)

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(_HEAD_SECONDS, self._too_slow)

    def _patience_over(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._ended = False
        if self._within_head and self._patience is None:
            self._be_patient()
        super().data_received(data)
        if self._within_head and self._ended:
            self._patience_over()
        if self._within_head:
            # Behind the end of a request only the beginning of the next can follow, counted from the next part on.
            self._head = 0 if self._ended else self._head + len(data)
            if self._head > _LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The request's headers are too large.")

    def on_headers_complete(self) -> None:
        self._within_head = False
        self._patience_over()
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
