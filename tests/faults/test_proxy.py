"""The bad network of the fault tests is as bad as it says, and good again when healed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.proxy import DOWN, UP, Proxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Echo:
    """Answers every line with itself; `heard` are the lines that reached it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                self.heard.put_nowait(line)
                writer.write(line)
        except ConnectionError:
            self.heard.put_nowait(b"reset")
        finally:
            writer.close()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def called(proxy: Proxy) -> Ends:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def said(ends: Ends, line: bytes = b"hello\n") -> bytes:
    ends[1].write(line)
    return await ends[0].readline()


async def ended(proxy: Proxy) -> bool:
    """Whether a connection that begins now ends by itself."""
    ends = await called(proxy)
    try:
        return not await ends[0].readline()
    except ConnectionError:
        return True


async def test_a_good_network_carries_everything(proxy: Proxy) -> None:
    ends = await called(proxy)
    assert await said(ends) == b"hello\n"
    assert (proxy.open, proxy.most) == (1, 1)
    ends[1].close()


async def test_latency_delays_each_way(proxy: Proxy) -> None:
    ends = await called(proxy)
    await said(ends)
    proxy.latency = 0.1
    began = asyncio.get_running_loop().time()
    await said(ends)
    assert asyncio.get_running_loop().time() - began >= 0.2
    ends[1].close()


async def test_a_narrow_network_takes_its_time(proxy: Proxy) -> None:
    ends = await called(proxy)
    proxy.rate = 100_000
    began = asyncio.get_running_loop().time()
    await said(ends, b"x" * 20_000 + b"\n")
    assert asyncio.get_running_loop().time() - began >= 0.2
    ends[1].close()


async def test_cut_connections_are_reset_at_both_ends(proxy: Proxy, echo: Echo) -> None:
    ends = await called(proxy)
    await said(ends)
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        await ends[0].readline()
    await echo.heard.get()
    assert await echo.heard.get() == b"reset"


async def test_refused_connections_end_at_once(proxy: Proxy) -> None:
    proxy.refusing = True
    assert await ended(proxy)
    proxy.heal()
    ends = await called(proxy)
    assert await said(ends) == b"hello\n"
    ends[1].close()


@pytest.mark.parametrize("begun", [True, False])
async def test_half_open_carries_nothing_and_says_nothing(proxy: Proxy, *, begun: bool) -> None:
    ends = await called(proxy) if begun else None
    with proxy.half_open():
        ends = ends or await called(proxy)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(said(ends), 0.1)
    assert await ends[0].readline() == b"hello\n"
    ends[1].close()


async def test_half_open_one_way(proxy: Proxy, echo: Echo) -> None:
    ends = await called(proxy)
    with proxy.half_open(DOWN):
        ends[1].write(b"up\n")
        assert await echo.heard.get() == b"up\n"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ends[0].readline(), 0.1)
    assert await ends[0].readline() == b"up\n"
    with proxy.half_open(UP):
        ends[1].write(b"up again\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(echo.heard.get(), 0.1)
    assert await ends[0].readline() == b"up again\n"
    ends[1].close()
