"""What people cost: docs/guides/sizing.md multiplies what this prints."""

from __future__ import annotations

import os
import time

from tests.support.cluster import PROGRAMS, Release
from tests.support.cluster_company import ClusterCompany
from tests.support.cluster_work import answered, bad, open_office, working
from tests.support.company import eventually
from tests.support.crowd import import_crowd

PEOPLE = int(os.environ.get("MAINSTAY_CLUSTER_PEOPLE", "2000"))
_REQUESTS = 3000
_COMPONENTS = (*PROGRAMS, "postgres", "kafka", "keycloak")
_CPU = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage"
_DATABASES = ("identity", "employees", "talent", "gateway", "keycloak")


async def cpu_seconds(release: Release) -> dict[str, float]:
    """Seconds of a core that each component's container has used."""
    found = {}
    for component in _COMPONENTS:
        [name] = await release.names(component)
        said = (await release.kubectl("exec", name, "--", "sh", "-c", _CPU)).split()
        micro = said[said.index("usage_usec") + 1] if "usage_usec" in said else ""
        found[component] = float(micro) / 1e6 if micro else float(said[0]) / 1e9
    return found


async def bytes_kept(release: Release) -> dict[str, int]:
    return {name: int(await release.psql(name, f"SELECT pg_database_size('{name}')")) for name in _DATABASES}


def spread(before: dict[str, float], after: dict[str, float], parts: float) -> str:
    return ", ".join(f"{name} {(after[name] - before[name]) / parts:.2f}" for name in before)


async def test_what_people_and_requests_cost(on_cluster: ClusterCompany) -> None:
    release = on_cluster.release
    hr = await on_cluster.sign_in("hr.admin")
    kept, began, busy = await bytes_kept(release), time.monotonic(), await cpu_seconds(release)
    await import_crowd(hr, PEOPLE)
    took = time.monotonic() - began

    async def followed() -> bool:
        known = "SELECT count(*) FROM directory_people"
        return await release.psql("identity", known) == await release.psql("employees", known)

    await eventually(followed, seconds=300)
    known = time.monotonic() - began
    now = await bytes_kept(release)
    spent = spread(busy, await cpu_seconds(release), PEOPLE / 1000)
    more = {name: (now[name] - kept[name]) / PEOPLE for name in now}
    print(f"\n{PEOPLE} people imported in {took:.1f} s, known everywhere after {known:.1f} s")
    print("bytes a person: " + ", ".join(f"{name} {each:,.0f}" for name, each in more.items()))
    print(f"core seconds for 1,000 people: {spent}")

    office = await open_office(on_cluster)
    for what, writers in (("looks and changes", 2), ("looks alone", 0)):
        busy, had = await cpu_seconds(release), len(office.book.answers)
        async with working(office, writers=writers):
            await answered(office.book, had + _REQUESTS, 300)
        count = len(office.book.answers) - had
        print(
            f"core milliseconds a request, {what} ({count}): {spread(busy, await cpu_seconds(release), count / 1000)}"
        )
    print(await release.kubectl("top", "pods", "--no-headers"))
    assert bad(office) == []
    # More than three times what sizing.md says would make it wrong.
    assert sum(more.values()) < 60_000
