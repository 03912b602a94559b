"""What stands before gateways in a cluster: takes connections to those that say they are ready, as a Service does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Self

import httpx

from libs.kit.watching import watching

_LOOK_SECONDS = 0.2
_CHUNK = 65_536


@dataclass
class Backend:
    """Where a gateway listens, and where it says whether it is ready."""

    port: int
    admin: str
    ready: bool = False


class Balancer:
    """Listens on `127.0.0.1:port`. New connections go in turn to what is ready; there is no second try."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self.port = 0
        self.backends = backends
        self._turn = count()
        self._links: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=1, trust_env=False)

    async def __aenter__(self) -> Self:
        await self._look()
        self._looking = asyncio.create_task(watching(self._look, _LOOK_SECONDS))
        self._server = await asyncio.start_server(self._link, "127.0.0.1", 0, limit=_CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._looking.cancel()
        for link in self._links:
            link.cancel()
        await asyncio.gather(self._looking, *self._links, return_exceptions=True)
        await self._client.aclose()

    async def _look(self) -> None:
        await asyncio.gather(*map(self._ask, self.backends))

    async def _ask(self, backend: Backend) -> None:
        try:
            backend.ready = (await self._client.get(f"{backend.admin}/readyz")).status_code == 200
        except httpx.HTTPError:
            backend.ready = False

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._links.add(task)
        # Only the end of the test cancels it, and asyncio's server would report that as an error.
        with suppress(OSError, asyncio.CancelledError):
            ready = [one for one in self.backends if one.ready]
            if ready:
                chosen = ready[next(self._turn) % len(ready)]
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", chosen.port, limit=_CHUNK)
                await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        self._links.discard(task)
        writer.close()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()
