"""A front door that is about to close says so, and answers every call until nobody comes any more."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.issuer import Issuer
from gateway.runtime import Gateway
from libs.kit.tls import Tls
from tests.support.certificates import renew, serial, shown_by
from tests.unit.gateway.conftest import House
from tests.unit.gateway.test_edge import GET, call
from tools.stack.certificates import Certificates

SECONDS = 1.5


async def replica(house: House, **changed: object) -> Gateway:
    """Another front door on the same database, with its ports open."""
    settings = house.gateway.settings.model_copy(update={"drain_seconds": SECONDS, **changed})
    issuer = Issuer(settings, house.clock, httpx.AsyncClient(transport=httpx.ASGITransport(app=house.issuer.asgi)))
    made = Gateway(settings, clock=house.clock, bus=house.bus, channels=house.channels, issuer=issuer)
    await made.serve()
    return made


@pytest.fixture
async def other(house: House) -> AsyncIterator[Gateway]:
    made = await replica(house)
    yield made
    await made.stop()


async def test_no_call_fails_while_it_drains_and_every_connection_is_let_go(house: House, other: Gateway) -> None:
    browser, seen = house.browser(), Counter[str]()
    over, some = asyncio.Event(), asyncio.Event()
    await browser.sign_in()
    assert other.door is not None
    assert other.edge is not None
    headers = {"host": "localhost:8080", "cookie": f"mainstay={browser.http.cookies['mainstay']}"}

    async def read() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{other.door.port}", headers=headers) as client:  # type: ignore[union-attr]
            while not over.is_set():
                answer = await client.get("/v1/employees/e1")
                seen[f"{answer.status_code} {answer.headers.get('connection', '')}".strip()] += 1
                some.set()
                await asyncio.sleep(0.02)

    async def ask() -> None:
        token = await house.token("erp")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{other.edge.port}") as channel:  # type: ignore[union-attr]
            while not over.is_set():
                await call(channel, GET, authorization=f"Bearer {token}")
                seen["grpc"] += 1
                some.set()
                await asyncio.sleep(0.02)

    callers = [asyncio.create_task(one()) for one in (read, read, read, ask)]
    async with asyncio.timeout(20):
        while seen["200"] < 5 or not seen["grpc"]:
            await some.wait()
            some.clear()
    assert set(seen) == {"200", "grpc"}
    draining = asyncio.create_task(other.drain())
    await asyncio.sleep(0.1)
    assert (await other.ready())["process"] == "draining"
    assert not await other.serves()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{other.edge.port}") as channel:
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert health.status == health_pb2.HealthCheckResponse.NOT_SERVING
    await draining
    over.set()
    await asyncio.gather(*callers)
    assert set(seen) == {"200", "200 close", "grpc"}


async def test_a_call_under_way_when_it_stops_is_answered(house: House, other: Gateway) -> None:
    browser = house.browser()
    await browser.sign_in()
    assert other.door is not None
    begun = asyncio.Event()

    class Slow:
        async def call(self, *_: object) -> bytes:
            begun.set()
            await asyncio.sleep(0.5)
            return b""

    house.channels["employees"] = Slow()  # type: ignore[assignment]  # a channel that takes its time
    headers = {"host": "localhost:8080", "cookie": f"mainstay={browser.http.cookies['mainstay']}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{other.door.port}", headers=headers) as client:
        reading = asyncio.create_task(client.get("/v1/employees/e1"))
        await begun.wait()
        await other.stop()
        assert (await reading).status_code == 200


async def with_certificate(house: House, tls: Tls) -> Gateway:
    files = {"certificate": tls.certificate, "key": tls.key}
    return await replica(
        house, **{f"{port}_{name}": file for port in ("listen", "edge") for name, file in files.items()}
    )


async def test_both_ports_speak_tls_when_they_are_given_a_certificate(house: House, tmp_path: Path) -> None:
    tls = Certificates.in_folder(tmp_path).of("gateway")
    door = await with_certificate(house, tls)
    try:
        assert door.door is not None
        assert door.edge is not None
        token = await house.token("erp")
        async with httpx.AsyncClient(verify=tls.context()) as client:
            headers = {"host": "localhost:8080", "authorization": f"Bearer {token}"}
            answer = await client.get(f"https://127.0.0.1:{door.door.port}/v1/employees/e1", headers=headers)
            assert answer.status_code == 200
        shown = grpc.ssl_channel_credentials(tls.authority.read_bytes())
        named = (("grpc.ssl_target_name_override", "gateway"),)
        async with grpc.aio.secure_channel(f"127.0.0.1:{door.edge.port}", shown, options=named) as channel:
            await call(channel, GET, authorization=f"Bearer {token}")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{door.edge.port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await call(channel, GET, authorization=f"Bearer {token}")
    finally:
        await door.stop()


async def test_a_renewed_certificate_is_shown_on_both_ports_and_nobody_is_sent_away(
    house: House, tmp_path: Path
) -> None:
    certificates = Certificates.in_folder(tmp_path)
    tls = certificates.of("gateway")
    door = await with_certificate(house, tls)
    try:
        assert door.door is not None
        assert door.edge is not None
        token = await house.token("erp")
        url = f"https://127.0.0.1:{door.door.port}/v1/employees/e1"
        shown = grpc.ssl_channel_credentials(tls.authority.read_bytes())
        trusting = ssl.create_default_context(cafile=str(tls.authority))
        headers = {"host": "localhost:8080", "authorization": f"Bearer {token}"}
        one = httpx.Limits(max_connections=1)
        async with (
            grpc.aio.secure_channel(f"localhost:{door.edge.port}", shown) as channel,
            httpx.AsyncClient(verify=trusting, headers=headers, limits=one) as client,
        ):
            await call(channel, GET, authorization=f"Bearer {token}")
            before, there = serial(tls), line_of(await client.get(url))
            for port, protocol in ((door.door.port, "http/1.1"), (door.edge.port, "h2")):
                assert await shown_by(port, tls, protocol=protocol) == before
            after = renew(certificates, "gateway")
            for port, protocol in ((door.door.port, "http/1.1"), (door.edge.port, "h2")):
                assert await shown_by(port, tls, protocol=protocol) == after
            await call(channel, GET, authorization=f"Bearer {token}")
            assert line_of(await client.get(url)) == there
    finally:
        await door.stop()


def line_of(answer: httpx.Response) -> object:
    """The connection that an answer came by."""
    assert answer.status_code == 200
    found = answer.extensions["network_stream"].get_extra_info("client_addr")
    assert found
    return found
