"""Pods that are killed while people work: what was confirmed is there, once, and in order."""

from __future__ import annotations

import asyncio
import os
import time

from tests.support.cluster import PROGRAMS, Release
from tests.support.cluster_company import ClusterCompany
from tests.support.cluster_work import answered, counted, open_office, working
from tests.support.company import eventually

ROUNDS = int(os.environ.get("MAINSTAY_CLUSTER_KILLS", "1"))
# Each child smaller than the program: the kernel takes the largest process when the container's memory is over.
_GREED = """
import os, time
for _ in range(40):
    if os.fork() == 0:
        held = b"x" * 40_000_000
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""


async def kill(release: Release, component: str) -> float:
    """Without a warning. Seconds until as many are ready as should be."""
    began = time.monotonic()
    await release.kubectl("delete", "pod", "--grace-period=0", "--force", *await release.names(component))
    await release.settled(component)
    return time.monotonic() - began


async def out_of_memory(release: Release, component: str) -> float:
    """Something in the container takes all its limit gives. Seconds until it is ready again."""
    began = time.monotonic()
    where = ("exec", f"deployment/{release.name}-{component}", "-c", "program")
    greedy = asyncio.create_task(release.kubectl(*where, "--", "python", "-c", _GREED))

    async def killed() -> bool:
        return "OOMKilled" in [_ended(pod) for pod in await release.pods(component)]

    await eventually(killed, seconds=90)
    await asyncio.gather(greedy, return_exceptions=True)
    await release.settled(component)
    return time.monotonic() - began


def _ended(pod: dict[str, object]) -> str:
    status = pod["status"]
    assert isinstance(status, dict)
    [program] = [one for one in status.get("containerStatuses", []) if one["name"] == "program"]
    return str(program.get("lastState", {}).get("terminated", {}).get("reason", ""))


async def test_killed_pods_lose_double_and_disorder_nothing(on_cluster: ClusterCompany) -> None:
    release = on_cluster.release
    office = await open_office(on_cluster)
    took: list[str] = []
    async with working(office, readers=1):
        for _ in range(ROUNDS):
            for name in PROGRAMS:
                await answered(office.book, len(office.book.answers) + 50, 120)
                took.append(f"{name} {await kill(release, name):.0f} s")
        for name in ("employees", "identity"):
            await answered(office.book, len(office.book.answers) + 50, 120)
            took.append(f"{name} out of memory {await out_of_memory(release, name):.0f} s")
        await answered(office.book, len(office.book.answers) + 50, 120)
    counts = await counted(release, office)
    print(f"\nkilled, ready again after: {', '.join(took)}\n{office.book.line()}; {counts}")
    assert office.book.unadvised() == []
    assert counts.wrong == (0, 0, 0, 0)
