"""Waiting for servers: until all answer, and no longer than was said."""

from __future__ import annotations

import asyncio

from libs.kit.reach import missing
from tests.support.ports import free_port


async def test_waits_for_one_that_comes_up_meanwhile() -> None:
    port = free_port()
    waiting = asyncio.create_task(missing([f"127.0.0.1:{port}"], 20))
    await asyncio.sleep(0.7)
    assert not waiting.done()
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port)
    async with server:
        assert await waiting == []


async def test_names_the_ones_that_did_not_answer_in_time() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    there = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    away = f"127.0.0.1:{free_port()}"
    async with server:
        assert await missing([there, away, "no-such-host.invalid:1"], 0.2) == [away, "no-such-host.invalid:1"]
