"""Releases that follow one another: under load nobody notices, and one that fails leaves the old one serving."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.cluster import PROGRAMS, CommandFailed, Release, ready
from tests.support.cluster_company import ClusterCompany, Installed
from tests.support.cluster_work import answered, bad, counted, open_office, working
from tests.support.company import eventually, find_person

# 20,000 are asked for before a release; every upgrade on the way is of all programs at once.
REQUESTS = int(os.environ.get("MAINSTAY_CLUSTER_REQUESTS", "2000"))


@pytest.fixture
async def release(installed: Installed) -> AsyncIterator[Release]:
    """Whole again afterwards, whatever a test has left."""
    yield installed.release
    if "STATUS: deployed" not in await installed.release.helm("status"):
        await installed.release.rollback()


async def programs(release: Release) -> dict[str, list[str]]:
    return {name: await release.names(name) for name in PROGRAMS}


async def test_no_request_fails_while_every_pod_is_replaced(on_cluster: ClusterCompany, release: Release) -> None:
    office = await open_office(on_cluster)
    before, turns = await programs(release), 0
    async with working(office):
        while len(office.book.answers) < REQUESTS or not turns:
            turns += 1
            began, had = time.monotonic(), len(office.book.answers)
            await release.upgrade("--set-string", f"defaults.podAnnotations.turn={time.time_ns()}")
            for name in PROGRAMS:
                await release.settled(name)
            meanwhile = len(office.book.answers) - had
            print(f"\nupgrade {turns}: {time.monotonic() - began:.0f} s, {meanwhile} answers, {bad(office)}", end="")
    counts = await counted(release, office)
    [postgres] = await release.names("postgres")
    told = (await release.kubectl("logs", postgres)).splitlines()
    # A process of PostgreSQL that the kernel ended for want of memory costs what is asked in that second.
    crashed = [line for line in told if "was terminated by signal" in line]
    print(f"\nrolling upgrades: {turns}; {office.book.line()}; {counts}")
    after = await programs(release)
    assert all(not set(before[name]) & set(after[name]) for name in PROGRAMS)
    assert crashed == []
    assert bad(office) == []
    assert office.book.unanswered == 0
    assert counts.wrong == (0, 0, 0, 0)


async def test_a_migration_that_fails_leaves_the_old_release_serving(
    on_cluster: ClusterCompany, release: Release
) -> None:
    """A database that is ahead of the release, as after a rollback that came too late."""
    before = await programs(release)
    office = await open_office(on_cluster)
    await release.psql("employees", "INSERT INTO alembic_version VALUES ('of_tomorrow')")
    try:
        async with working(office):
            with pytest.raises(CommandFailed, match="migrate-employees"):
                await release.upgrade(
                    "--set", "jobs.retries=0", "--set-string", "defaults.podAnnotations.turn=fails", minutes=3
                )
            await answered(office.book, len(office.book.answers) + 50, 60)
    finally:
        await release.psql("employees", "DELETE FROM alembic_version WHERE version_num = 'of_tomorrow'")
    said = await release.kubectl("logs", f"job/{release.name}-migrate-employees")
    assert "of_tomorrow" in said
    print(f"\nfailing migration: {office.book.line()}; said: {said.strip().splitlines()[-1]}")
    assert bad(office) == []
    assert office.book.unanswered == 0
    assert await programs(release) == before
    await release.rollback()
    assert await programs(release) == before


async def test_a_release_that_never_gets_ready_leaves_the_old_one_serving(
    on_cluster: ClusterCompany, release: Release
) -> None:
    """Its programs refuse what they are told. A pod of the old release that is lost meanwhile comes back as it was."""
    before = await programs(release)
    office = await open_office(on_cluster)
    async with working(office):
        with pytest.raises(CommandFailed):
            await release.upgrade("--set", "timeZone=Asia/Nowhere", minutes=1)
        await answered(office.book, len(office.book.answers) + 50, 60)
    print(f"\nnever ready: {office.book.line()}")
    assert bad(office) == []
    assert office.book.unanswered == 0
    now = await release.pods("employees")
    assert {one["metadata"]["name"] for one in now if ready(one)} == set(before["employees"])
    await release.kubectl("delete", "pod", *before["employees"])

    async def back() -> bool:
        return any(ready(one) for one in await release.pods("employees"))

    await eventually(back, seconds=120)
    hr = await on_cluster.sign_in("hr.admin")
    assert (await find_person(hr, "E0003"))["name"]
    began = time.monotonic()
    await release.rollback()
    for name in PROGRAMS:
        await release.settled(name)
    print(f"rollback: {time.monotonic() - began:.0f} s")
    assert all(ready(one) for one in await release.serving())
    assert {name: (await release.names(name)) for name in PROGRAMS if name != "employees"} == {
        name: names for name, names in before.items() if name != "employees"
    }
