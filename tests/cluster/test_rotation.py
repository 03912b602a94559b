"""docs/guides/rotate.md, step by step under load: nobody notices."""

from __future__ import annotations

import asyncio
import base64
import secrets
from datetime import UTC, datetime, timedelta

from tests.support.browser_session import refused
from tests.support.cluster import PROGRAMS, Release
from tests.support.cluster_company import ClusterCompany
from tests.support.cluster_keys import Authority, mounted, put, renew, secret, served
from tests.support.cluster_work import answered, bad, counted, open_office, working
from tests.support.company import eventually, find_person

SERVICES = tuple(name for name in PROGRAMS if name != "gateway")
_SHORT = timedelta(seconds=150)
_LONG = timedelta(days=90)


async def has_arrived(release: Release, digests: dict[str, str]) -> None:
    """Returns when every pod has its certificate before it, and every service shows it."""
    for name, digest in digests.items():

        async def there(name: str = name, digest: str = digest) -> bool:
            shown = await served(release, name) if name in SERVICES else digest
            return await mounted(release, name) == shown == digest

        await eventually(there, seconds=120)


async def test_certificates_are_renewed_without_a_restart_and_without_a_failed_request(
    on_cluster: ClusterCompany,
) -> None:
    """The first ones end while people work: whoever had not taken up the second could not go on."""
    release = on_cluster.release
    authority, before = await Authority.of(release), {name: await release.names(name) for name in PROGRAMS}
    office = await open_office(on_cluster)
    async with working(office):
        ends_at = datetime.now(UTC) + _SHORT
        await has_arrived(release, await renew(release, authority, PROGRAMS, _SHORT))
        await has_arrived(release, await renew(release, authority, PROGRAMS, _LONG))
        early = (ends_at - datetime.now(UTC)).total_seconds()
        assert early > 0, "the first certificates ended before the second were there"
        # Connections are made anew every five seconds.
        await asyncio.sleep(early + 15)
        await answered(office.book, len(office.book.answers) + 200, 60)
    counts = await counted(release, office)
    print(f"\ncertificates renewed twice, the first ended {early:.0f} s later: {office.book.line()}; {counts}")
    assert bad(office) == []
    assert office.book.unanswered == 0
    assert counts.wrong == (0, 0, 0, 0)
    assert {name: await release.names(name) for name in PROGRAMS} == before


async def test_the_ring_is_changed_key_by_key_and_everything_stays_readable(on_cluster: ClusterCompany) -> None:
    release = on_cluster.release
    hr = await on_cluster.sign_in("hr.admin")
    person = await find_person(hr, on_cluster.number("manager.engineering"))
    reveal = f"/v1/employees/{person['employeeId']}:reveal"
    told = await hr.post(reveal, purpose="核对入职材料")
    [(_, first)] = [key.split(":", 1) for key in (await secret(release, "secrets"))["keyring"].decode().split(",")]
    key = base64.b64encode(secrets.token_bytes(32)).decode()

    async def ring(text: str) -> None:
        await put(release, "secrets", keyring=text.encode())
        await release.kubectl("rollout", "restart", *(f"deployment/{release.name}-{name}" for name in PROGRAMS))
        for name in PROGRAMS:
            await release.settled(name)

    office = await open_office(on_cluster)
    async with working(office):
        await ring(f"k1:{first},k2:{key},index:{first}")
        await ring(f"k2:{key},k1:{first}")
        for name in SERVICES:
            where = ("exec", f"deploy/{release.name}-{name}", "-c", "program")
            command = f"python -m services.{name} rotate-keys 2>&1"
            said = await release.kubectl(*where, "--", "sh", "-c", command)
            print(f"\n{name}: {said.strip().splitlines()[-1]}", end="")
        await ring(f"k2:{key},index:{first}")
        await answered(office.book, len(office.book.answers) + 200, 60)
    counts = await counted(release, office)
    print(f"\nring changed in three restarts: {office.book.line()}; {counts}")
    assert bad(office) == []
    assert office.book.unanswered == 0
    assert counts.wrong == (0, 0, 0, 0)
    # What was sealed under the first key is opened, and found by its index.
    hr = await on_cluster.sign_in("hr.admin")
    assert await hr.post(reveal, purpose="核对入职材料") == told
    assert (await find_person(hr, person["number"]))["name"] == person["name"]
    again = {"number": "R0001", "name": "何重复", "nationalId": told["nationalId"], "hiredOn": "2026-01-05"}
    with refused("ALREADY_EMPLOYED"):
        await hr.post("/v1/employees", unitId=person["unitId"], postId=person["postId"], **again)
