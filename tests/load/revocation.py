"""How long a right that was taken away still works: `python -m tests.load.revocation [trials]`.

Each trial gives an account a right, makes a passport with it, checks that every service takes it, takes the right away
and asks every service again with the same passport, from the moment identity has committed, until it is refused. Stale
permits are calls that were answered after the revocation had been confirmed to whoever asked for it.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from libs.kit.access.passports import METADATA
from libs.kit.access.scopes import ALL, Scope
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.dates import timestamp
from libs.kit.rpc.channels import ask
from libs.kit.rpc.status import Failed
from mainstay.employees.v1 import organization_pb2
from mainstay.identity.v1 import accounts_pb2, grants_pb2, passports_pb2
from services.__main__ import EmbeddedSettings, Platform
from services.identity.setup import give_first_roles
from tests.support.ports import free_port

ISSUE = "mainstay.identity.v1.PassportService/IssuePassport"
REVOKE = "mainstay.identity.v1.GrantService/RevokeGrant"
LISTED = "mainstay.identity.v1.GrantService/ListGrants"
PROBES = {
    "employees": (
        "mainstay.employees.v1.OrganizationService/ListPosts",
        organization_pb2.ListPostsRequest(page_size=1),
    ),
    "identity": ("mainstay.identity.v1.AccountService/GetMe", accounts_pb2.GetMeRequest()),
}


async def passport(platform: Platform, username: str) -> str:
    request = passports_pb2.IssuePassportRequest(
        username=username,
        use=passports_pb2.PASSPORT_USE_SESSION,
        session_id="load",
        signed_in_at=timestamp(platform.clock.now()),
    )
    meta = {WORKLOAD: platform.runtimes["identity"].workload.token()}
    return str((await ask(platform.channels["identity"], ISSUE, request, meta)).token)


async def refused(platform: Platform, service: str, meta: dict[str, str]) -> bool:
    name, request = PROBES[service]
    try:
        await ask(platform.channels[service], name, request, meta)
    except Failed as failed:
        return failed.reason in {"PASSPORT_INVALID", "PERMISSION_REVOKED"}
    return False


async def trial(platform: Platform, number: str, admin: str) -> tuple[list[float], int]:
    """Seconds from the revocation's commit to refusal by each service, and stale permits."""
    house = platform.runtimes["identity"].house
    await give_first_roles(house, [(number, "people_viewer", Scope(ALL))])
    await platform.runtimes["identity"].after_commit()
    meta = {METADATA: await passport(platform, number), "accept-language": "en"}
    for service in PROBES:
        assert not await refused(platform, service, meta)
    hr = {METADATA: await passport(platform, admin), "accept-language": "en"}
    listing = grants_pb2.ListGrantsRequest(role="people_viewer", state=grants_pb2.GRANT_STATE_ACTIVE)
    grant = next(
        one for one in (await ask(platform.channels["identity"], LISTED, listing, hr)).grants if one.username == number
    )
    committed = asyncio.Event()
    measured: list[float] = []

    async def watch(service: str) -> None:
        await committed.wait()
        began = time.perf_counter()
        while not await refused(platform, service, meta):  # noqa: ASYNC110 - asking is what is measured
            await asyncio.sleep(0)
        measured.append(time.perf_counter() - began)

    relay = platform.runtimes["identity"].relay
    nudge = relay.nudge

    def told() -> None:
        committed.set()
        nudge()

    relay.nudge = told  # type: ignore[method-assign]  # called right after the commit
    watchers = [asyncio.create_task(watch(service)) for service in PROBES]
    await ask(
        platform.channels["identity"], REVOKE, grants_pb2.RevokeGrantRequest(grant_id=grant.grant_id, reason="load"), hr
    )
    stale = sum([not await refused(platform, service, meta) for service in PROBES])
    await asyncio.gather(*watchers)
    relay.nudge = nudge  # type: ignore[method-assign]
    return measured, stale


async def main(trials: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
        settings = EmbeddedSettings(
            port=free_port(), edge_port=free_port(), issuer_port=free_port(), admin_port=free_port(), data=Path(folder)
        )
        platform = Platform(settings, tell=False)
        await platform.start()
        measured: list[float] = []
        stale = 0
        try:
            for number in range(trials):
                found, late = await trial(platform, f"E{11 + number % 200:04}", "E0002")
                measured += found
                stale += late
        finally:
            await platform.stop()
    ranked = sorted(measured)
    print(
        f"revocation, {trials} trials at {len(PROBES)} services: p50 {statistics.median(ranked) * 1000:.2f} ms, "
        f"p99 {ranked[int(len(ranked) * 0.99)] * 1000:.2f} ms, max {ranked[-1] * 1000:.2f} ms, stale permits {stale}"
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
