"""The evaluation profile from nothing: one command, and minutes later people work."""

from __future__ import annotations

from tests.support.cluster import ready, restarts
from tests.support.cluster_company import ClusterCompany, Installed
from tests.support.company import find_person

_UNITS = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024}


def _mebibytes(quantity: str) -> float:
    number = quantity.rstrip("KMGi")
    return float(number) * _UNITS[quantity.removeprefix(number)]


async def test_everything_is_ready_and_nothing_had_to_be_started_twice(installed: Installed) -> None:
    pods = await installed.release.serving()
    print(f"\nhelm install --wait: {installed.seconds:.0f} s to {len(pods)} pods ready and the demo company loaded")
    assert {one["metadata"]["labels"]["app.kubernetes.io/component"] for one in pods} == {
        "identity", "employees", "talent", "gateway", "postgres", "kafka", "keycloak"
    }  # fmt: skip
    assert all(ready(one) for one in pods)
    assert restarts(pods) == 0


async def test_the_releases_own_checks_pass(installed: Installed) -> None:
    said = await installed.release.helm("test", "--logs", "--timeout", "5m")
    assert "Phase:          Succeeded" in said, said


async def test_people_sign_in_through_the_services_and_keycloaks_pages(on_cluster: ClusterCompany) -> None:
    hr = await on_cluster.sign_in("hr.admin")
    manager = await on_cluster.sign_in("manager.quality")
    assert (await find_person(hr, "E0003"))["name"]
    everybody, own = [len((await session.get("/v1/employees", pageSize=500))["employees"]) for session in (hr, manager)]
    assert 0 < own < everybody


async def test_memory_stays_within_what_the_profile_says(installed: Installed) -> None:
    """5 GiB may be used, the profile's first lines say; what it does use is what a laptop has to have."""
    lines = (await installed.release.kubectl("top", "pods", "--no-headers")).splitlines()
    used = {name: _mebibytes(memory) for name, _, memory in (line.split()[:3] for line in lines)}
    named = ", ".join(f"{name.removeprefix('mainstay-')} {amount:.0f}" for name, amount in sorted(used.items()))
    print(f"\nresident: {sum(used.values()):.0f} MiB ({named})")
    assert sum(used.values()) < 5 * 1024
