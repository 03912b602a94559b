"""The admin port tells the truth, since when it holds, and what it means."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.kit.admin import MEANINGS, admin


class Part:
    def __init__(self) -> None:
        self.database = self.feed = "ok"

    async def ready(self) -> dict[str, str]:
        return {"database": self.database, "revocation_feed": self.feed}


@pytest.fixture
def part() -> Part:
    return Part()


@pytest.fixture
async def port(part: Part) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(admin({"unit": part.ready}))
    async with httpx.AsyncClient(transport=transport, base_url="http://admin") as client:
        yield client


async def test_all_is_well(port: httpx.AsyncClient) -> None:
    answer = await port.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"unit": {"database": "ok", "revocation_feed": "ok"}}
    assert (await port.get("/healthz")).json() == {"status": "alive"}


async def test_it_says_what_is_wrong_since_when_and_what_that_means(port: httpx.AsyncClient, part: Part) -> None:
    part.database = "ConnectionRefusedError"
    first = await port.get("/readyz")
    again = await port.get("/readyz")
    assert first.status_code == again.status_code == 503
    assert first.json()["unit"] == {"database": "ConnectionRefusedError", "revocation_feed": "ok"}
    ((name, sentence),) = again.json()["trouble"].items()
    assert name == "unit/database"
    assert sentence.startswith("ConnectionRefusedError since 2")
    assert sentence.endswith(MEANINGS["database"])
    assert sentence.partition(" (")[0] == first.json()["trouble"][name].partition(" (")[0]
    part.database = "ok"
    assert "trouble" not in (await port.get("/readyz")).json()


async def test_what_every_replica_would_suffer_takes_none_of_them_out(port: httpx.AsyncClient, part: Part) -> None:
    part.feed = "silent"
    answer = await port.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["trouble"]["unit/revocation_feed"].startswith("silent since 2")


async def test_readiness_is_a_gauge_by_part(port: httpx.AsyncClient, part: Part) -> None:
    part.database = "TimeoutError"
    await port.get("/readyz")
    told = (await port.get("/metrics")).text
    assert 'mainstay_ready{part="database",service="unit"} 0.0' in told
    assert 'mainstay_ready{part="revocation_feed",service="unit"} 1.0' in told
    assert "mainstay_build_info{" in told
    assert "process_resident_memory_bytes" in told
