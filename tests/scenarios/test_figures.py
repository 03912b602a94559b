"""What a running platform tells Prometheus: every figure that dashboards and alerts ask for is really there."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import httpx
import pytest

from mainstay.employees.v1 import people_pb2
from services.employees.demo import second_company
from tests.contract.test_metrics import registered
from tests.support.browser_session import refused
from tests.support.company import find_person, upload
from tests.support.lacking import leave_out
from tests.support.panels import asked, queries
from tests.support.platform import EmbeddedCompany
from tests.support.ports import free_port
from tests.support.rules import RULES, rules
from tools.stack import prometheus
from tools.stack.prometheus import PrometheusServer

LIST = "/mainstay.employees.v1.PeopleService/ListEmployees"
# Made where Kafka is spoken to; the embedded run has its bus in the process.
KAFKA = {one.name for one in registered() if one.name.startswith("mainstay_bus_")}
# What has not gone wrong, or not happened, has no series yet; nor has what goes by the name of a finding.
RARE = re.compile(
    r"mainstay_(?:\w*(?:fail|dead_letters|given_up|limited|unreadable|ended|logouts|findings|compared|done)\w*_total"
    r"|talent_ranking_seconds\w*|talent_memory_refresh_seconds\w*|deadline_lateness_seconds\w*)$"
)
# The recorded rules begin within their interval of a minute, and rates ask for two scrapes.
PATIENCE_SECONDS = 150
# Some 500 after use, 6,400 where the access matrix has called every method as every kind of caller.
SERIES = 10_000


@pytest.fixture
async def server(embedded: EmbeddedCompany) -> AsyncIterator[PrometheusServer]:
    leave_out(prometheus.missing())
    target = f"127.0.0.1:{embedded.platform.settings.admin_port}"
    with tempfile.TemporaryDirectory(prefix="mainstay-prometheus-") as folder:
        server = PrometheusServer(Path(folder), free_port(), {"embedded": target}, RULES)
        await asyncio.to_thread(server.start)
        try:
            yield server
        finally:
            await asyncio.to_thread(server.stop)


async def told(embedded: EmbeddedCompany) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{embedded.platform.settings.admin_port}/metrics")).text


def series(text: str) -> int:
    return sum(not line.startswith("#") for line in text.splitlines())


async def use(embedded: EmbeddedCompany) -> None:
    """A little of everything: read, be refused, upload, call from outside."""
    hr, manager = await embedded.sign_in("hr.admin"), await embedded.sign_in("manager.workshop")
    boss = await find_person(hr, "E0001")
    await hr.get(f"/v1/employees/{boss['employeeId']}")
    with refused("OUT_OF_SCOPE"):
        await manager.get(f"/v1/employees/{boss['employeeId']}")
    await upload(hr, "IMPORT_KIND_PEOPLE", "people.xlsx", second_company())
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            embedded.token_url, data={"grant_type": "client_credentials"}, auth=("erp", embedded.erp_secret)
        )
    metadata = (("authorization", f"Bearer {answer.json()['access_token']}"),)
    async with grpc.aio.insecure_channel(embedded.edge) as channel:
        request = people_pb2.ListEmployeesRequest(page_size=5).SerializeToString()
        await channel.unary_unary(LIST)(request, metadata=metadata)
        with pytest.raises(grpc.aio.AioRpcError):
            await channel.unary_unary(LIST)(request)


async def test_every_panel_finds_what_it_asks_for(embedded: EmbeddedCompany, server: PrometheusServer) -> None:
    idle = series(await told(embedded))
    panels = {(panel, query) for panel, query in queries("1m") if asked(query) - KAFKA}
    wanted = {one for one in panels if not all(RARE.match(name) for name in asked(one[1]))}
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    empty = wanted
    while empty and asyncio.get_running_loop().time() < until:
        await use(embedded)
        await asyncio.sleep(3)
        empty = {one for one in empty if not await asyncio.to_thread(server.ask, one[1])}
    for _, query in panels - wanted:
        # It may be empty; it must not be refused.
        await asyncio.to_thread(server.ask, query)
    used = await told(embedded)
    assert series(used) < SERIES
    print(f"series of the whole platform in one process: {idle} at first, {series(used)} after use")
    assert sorted(empty) == []
    assert len(wanted) > 50


async def test_metrics_has_every_name_that_rules_and_dashboards_speak_of(embedded: EmbeddedCompany) -> None:
    await use(embedded)
    there = set(re.findall(r"^# TYPE (\w+) ", await told(embedded), re.MULTILINE))
    spoken = {name for _, query in queries("1m") for name in asked(query)} | asked(
        " ".join(rule["expr"] for rule in rules())
    )
    bare = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in spoken if ":" not in name}
    assert sorted(bare - there - KAFKA) == []
    assert not [name for name in there if name.endswith("_created")]
