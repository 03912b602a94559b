"""The server around the door: bounded, quiet, and gone when it is told to go."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway import http_server
from gateway.http_server import HttpServer


async def echo(scope: Any, receive: Any, send: Any) -> None:
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(str(size)))]})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    made = HttpServer(echo, "127.0.0.1:0")
    await made.start()
    yield made
    await made.stop()


async def say(server: HttpServer, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read(65536)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_request_is_answered_without_naming_the_server(server: HttpServer) -> None:
    answer = await say(server, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"server:" not in answer.lower()


async def test_headers_without_end_are_cut_off(server: HttpServer) -> None:
    for endless in (b"x: " + b"a" * 4096, b"".join(b"x%d: y\r\n" % n for n in range(500))):
        answer = await say(server, b"GET / HTTP/1.1\r\nhost: x\r\n", *[endless] * 60)
        assert b"200" not in answer[:20]


async def test_a_large_body_is_no_large_head(server: HttpServer) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n"
    assert (await say(server, head, *[b"a" * 100_000] * 10)).endswith(b"1000000")


async def test_many_requests_share_a_connection(server: HttpServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(300):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nx-pad: " + b"a" * 1000 + b"\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        await reader.readexactly(1)
    writer.close()


async def test_a_taken_port_is_an_ordinary_error(server: HttpServer) -> None:
    with pytest.raises(OSError, match="in use"):
        await HttpServer(echo, f"127.0.0.1:{server.port}").start()


async def test_signals_stay_the_processs_own(server: HttpServer) -> None:
    before = signal.getsignal(signal.SIGTERM)
    other = HttpServer(echo, "127.0.0.1:0")
    await other.start()
    assert signal.getsignal(signal.SIGTERM) is before
    await other.stop()


async def test_a_head_that_drips_is_cut_off(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_HEAD_SECONDS", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"200" in await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(1)
    await asyncio.sleep(0.5)
    for byte in (b"G", b"E", b"T"):
        writer.write(byte)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_a_connection_ends_with_its_next_answer_once_the_door_is_closing(server: HttpServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"connection: close" not in await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(1)
    server.drain()
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    async with asyncio.timeout(5):
        last = await reader.read()
    assert last.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in last
    writer.close()
