"""More pods of a service: each gets its share of the calls, and what happened to one person stays in order."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.cluster import Release
from tests.support.cluster_company import ClusterCompany, Installed
from tests.support.cluster_work import answered, bad, counted, open_office, working
from tests.support.company import eventually

REPLICAS = 3
_CALLS = re.compile(r'^mainstay_rpc_seconds_count\{[^}]*service="employees"[^}]*\} ([0-9.e+]+)$', re.MULTILINE)
_COUNTED = 5000
_REACTION_SECONDS = 180


@pytest.fixture
async def release(installed: Installed) -> AsyncIterator[Release]:
    """One pod of each again afterwards."""
    yield installed.release
    await installed.release.upgrade(
        "--set", "services.employees.autoscaling.enabled=false,services.employees.replicas=1"
    )
    await installed.release.settled("employees")


async def calls(release: Release) -> dict[str, float]:
    """Calls that each pod of employees has answered."""
    return {
        name: sum(map(float, _CALLS.findall(await release.metrics(name)))) for name in await release.names("employees")
    }


async def test_three_pods_share_the_calls_and_keep_the_order(on_cluster: ClusterCompany, release: Release) -> None:
    office = await open_office(on_cluster)
    async with working(office):
        await release.upgrade("--set", f"services.employees.replicas={REPLICAS}")
        ready_at = time.monotonic()

        async def all_called() -> bool:
            found = await calls(release)
            return len(found) == REPLICAS and all(found.values())

        await eventually(all_called, seconds=60)
        joined, before = time.monotonic() - ready_at, await calls(release)
        await answered(office.book, len(office.book.answers) + _COUNTED, 300)
        after = await calls(release)
        # And back: the two that go hand over what they had.
        await release.upgrade("--set", "services.employees.replicas=1")
        await release.settled("employees")
    counts = await counted(release, office)
    shares = [after[name] - before[name] for name in before]
    skew = (max(shares) - min(shares)) / (sum(shares) / len(shares))
    print(f"\n1 to {REPLICAS} pods: all called {joined:.0f} s after they were ready; calls {shares}, skew {skew:.1%}")
    print(f"{office.book.line()}; {counts}")
    assert sum(shares) >= _COUNTED
    assert skew <= 0.10
    assert bad(office) == []
    assert office.book.unanswered == 0
    assert counts.wrong == (0, 0, 0, 0)


async def test_load_brings_a_second_pod(on_cluster: ClusterCompany, release: Release) -> None:
    """By CPU, which metrics-server has to tell."""
    try:
        await release.kubectl("top", "pods")
    except Exception as error:  # noqa: BLE001 - whatever it says is why this is left out
        pytest.skip(f"nobody tells how busy pods are: {str(error)[-200:]}")
    wanted = "enabled=true,minReplicas=1,maxReplicas=2,targetCpuPercent=70".replace(
        ",", ",services.employees.autoscaling."
    )
    await release.upgrade("--set", f"services.employees.autoscaling.{wanted}")
    office = await open_office(on_cluster)
    began = time.monotonic()

    async def two() -> bool:
        return len(await release.names("employees")) == 2

    async def both_ready() -> bool:
        [found] = await release.get("deployments", "-l", "app.kubernetes.io/component=employees")
        return bool(found["status"].get("readyReplicas", 0) == 2)

    async with working(office):
        await eventually(two, seconds=_REACTION_SECONDS)
        decided = time.monotonic() - began
        await eventually(both_ready, seconds=_REACTION_SECONDS)
    print(f"\nload to a second pod: asked for after {decided:.0f} s, ready after {time.monotonic() - began:.0f} s")
    assert bad(office) == []
