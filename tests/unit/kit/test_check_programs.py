"""Checks of programs: every address of a Service is asked, as one ready pod says nothing of its neighbours."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from libs.kit.checks.programs import programs, resolved
from tests.support.ports import free_port

READY = '{"trouble": {}}'
WAITING = '{"trouble": {"bus": "does not answer"}}'


@asynccontextmanager
async def pods(told: dict[str, str]) -> AsyncIterator[str]:
    """Pods at addresses of loopback, on one port; the address of their Service."""

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = told[writer.get_extra_info("sockname")[0]]
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    port = free_port()
    async with AsyncExitStack() as running:
        for host in told:
            await running.enter_async_context(await asyncio.start_server(answer, host, port))
        yield f"http://hr-identity:{port}"


async def said(at: str, hosts: list[str]) -> tuple[str, bool]:
    async def resolve(host: str, _: int) -> list[str]:
        assert host == "hr-identity"
        return hosts

    (finding,) = await programs({"identity": at}, resolve)
    return finding.said, finding.good


async def test_all_pods_are_counted() -> None:
    async with pods({"127.0.0.1": READY, "127.0.0.2": READY}) as at:
        assert await said(at, ["127.0.0.1", "127.0.0.2"]) == ("ready, 2 of 2 addresses answered", True)


async def test_one_that_is_not_ready_or_silent_is_named() -> None:
    async with pods({"127.0.0.1": READY, "127.0.0.2": WAITING}) as at:
        words, good = await said(at, ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    assert not good
    assert words == (
        "1 of 3 addresses ready; 127.0.0.2: bus does not answer; 127.0.0.3: does not answer (ConnectError)"
    )


async def test_a_name_without_a_pod_is_said() -> None:
    (finding,) = await programs({"identity": "http://no-such-host.invalid:9090"})
    assert finding.said.startswith("no pod answers")
    assert not finding.good


async def test_names_are_resolved_by_the_system() -> None:
    assert "127.0.0.1" in await resolved("127.0.0.1", 80)
