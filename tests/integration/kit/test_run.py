"""`python -m services.<name>`: a service as a process of its own, and its commands."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping

import asyncpg
import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.load.platform_process import ROOT
from tests.support.passports import KEYRING, SECRET
from tests.support.ports import free_port
from tests.support.postgres import Databases


async def begin(service: str, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTAY_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}", *arguments),
        cwd=ROOT,
        env={**kept, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(service: str, *arguments: str, **settings: str) -> tuple[int, str]:
    """Exit code and what was said on standard error."""
    process = await begin(service, *arguments, **settings)
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.fixture
async def settings(databases: Databases) -> Mapping[str, str]:
    return {
        "MAINSTAY_DATABASE_URL": await databases.empty(),
        "MAINSTAY_BUS_URL": await databases.empty(),
        "MAINSTAY_KEYRING": KEYRING,
        "MAINSTAY_WORKLOAD_SECRET": SECRET,
        "MAINSTAY_ADMIN_LISTEN": f"127.0.0.1:{free_port()}",
        "MAINSTAY_GRPC_LISTEN": f"127.0.0.1:{free_port()}",
    }


async def test_without_settings_it_names_them_and_ends() -> None:
    code, said = await run("employees")
    assert code == 2
    assert "MAINSTAY_DATABASE_URL" in said
    assert "Traceback" not in said


async def test_an_unknown_command_is_refused() -> None:
    code, said = await run("employees", "dance")
    assert code == 2
    assert "migrate" in said


async def test_the_commands(settings: Mapping[str, str]) -> None:
    code, said = await run("employees", "migrate", **settings)
    assert code == 0, said
    connection = await asyncpg.connect(settings["MAINSTAY_DATABASE_URL"])
    try:
        assert await connection.fetchval("SELECT count(*) FROM people") == 0
    finally:
        await connection.close()
    code, said = await run("employees", "rotate-keys", **settings)
    assert code == 0, said
    assert '"keys": 0' in said
    code, said = await run("identity", "migrate", **{**settings, "MAINSTAY_DATABASE_URL": settings["MAINSTAY_BUS_URL"]})
    assert code == 0, said


async def test_it_serves_until_it_is_told_to_end(settings: Mapping[str, str]) -> None:
    code, said = await run("identity", "migrate", **settings)
    assert code == 0, said
    process = await begin("identity", **settings)
    try:
        admin = f"http://{settings['MAINSTAY_ADMIN_LISTEN']}"
        async with httpx.AsyncClient(base_url=admin) as client, asyncio.timeout(60):
            while True:
                try:
                    ready = await client.get("/readyz")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                if ready.status_code == 200:
                    break
                await asyncio.sleep(0.05)
            assert set(ready.json()["identity"].values()) == {"ok"}
            assert "mainstay_" in (await client.get("/metrics")).text
        async with grpc.aio.insecure_channel(settings["MAINSTAY_GRPC_LISTEN"]) as channel, asyncio.timeout(30):
            health = health_pb2_grpc.HealthStub(channel)
            for _ in range(600):
                answer = await health.Check(health_pb2.HealthCheckRequest())
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    break
                await asyncio.sleep(0.05)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        process.send_signal(signal.SIGTERM)
        _, told = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, told.decode()
        assert "Traceback" not in told.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
