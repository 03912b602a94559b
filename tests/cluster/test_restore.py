"""The worst day: a backup is taken, the release is taken away, and from the backup it comes back somewhere else."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.cluster import CHART, NAMESPACE, CommandFailed, Release, ready, typed
from tests.support.cluster_company import ClusterCompany, Installed
from tests.support.cluster_work import counted, open_office, working
from tests.support.company import eventually, find_person

CLAIMS = ("mainstay-backup-data", "mainstay-backup-keys")
# Restored as they were: what no service writes by itself once it runs. Identity brings accounts in step again.
QUIET = {
    "employees": ("people", "employments", "assignments", "contracts", "units", "posts"),
    "identity": ("grants",),
    "keycloak": ("credential", "(SELECT id, username, email FROM user_entity)"),
}
_DIGEST = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
_KINDS = (
    *("deployments", "statefulsets", "jobs", "cronjobs", "pods", "services", "secrets", "configmaps"),
    *("persistentvolumeclaims", "serviceaccounts", "networkpolicies", "poddisruptionbudgets"),
)
_CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: %s}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
"""


@pytest.fixture
async def elsewhere() -> AsyncIterator[Release]:
    """An empty namespace."""
    release = Release(f"mainstay-found-{uuid4().hex[:6]}")
    await typed("kubectl", "create", "namespace", release.namespace)
    yield release
    await typed("kubectl", "delete", "namespace", release.namespace, "--wait=false")


async def state(release: Release) -> dict[str, str]:
    """What is in each table that nobody writes while nobody works: how many rows, and a digest of all of them."""
    return {
        f"{name}.{table}": (await release.psql(name, _DIGEST.format(table=table)))
        for name, tables in QUIET.items()
        for table in tables
    }


async def on_shelf(release: Release, image: str) -> None:
    """A pod that holds the two claims, to copy files from and to."""
    shelf = yaml.safe_load((CHART / "examples/shelf.yaml").read_text(encoding="utf-8"))
    shelf["spec"]["containers"][0]["image"] = image
    await release.kubectl("apply", "-f", "-", given=json.dumps(shelf))
    await release.kubectl("wait", "--for=condition=Ready", "pod/shelf", "--timeout=2m")


async def left(release: Release) -> set[str]:
    """Everything in the namespace but what Kubernetes puts into each."""
    found = (await release.kubectl("get", ",".join(_KINDS), "-o", "name")).split()
    return set(found) - {"serviceaccount/default", "configmap/kube-root-ca.crt"}


async def test_from_a_backup_into_an_empty_namespace(on_cluster: ClusterCompany, elsewhere: Release) -> None:
    if os.environ.get(NAMESPACE):
        pytest.skip(f"{NAMESPACE} says that its release is kept")
    lost, installed = on_cluster.release, on_cluster.installed
    await lost.upgrade("--set", "backup.enabled=true")
    office = await open_office(on_cluster)
    async with working(office):
        await asyncio.sleep(10)
    assert (await counted(lost, office)).wrong == (0, 0, 0, 0)
    before = await state(lost)
    began = time.monotonic()
    await lost.kubectl("create", "job", "--from=cronjob/mainstay-backup", "backup-now")
    await lost.kubectl("wait", "--for=condition=Complete", "job/backup-now", "--timeout=5m")
    print(f"\nbackup of {len(before)} tables compared: {time.monotonic() - began:.0f} s; {before}")
    await copy_backups(lost, elsewhere)
    secret = json.loads(await lost.kubectl("get", "secret", "mainstay-secrets", "-o", "json"))
    await uninstall(lost)

    began = time.monotonic()
    await restore(elsewhere, secret, installed)
    print(f"from an empty namespace to a front door: {time.monotonic() - began:.0f} s")
    assert await state(elsewhere) == before
    await installed.lead_to(elsewhere)
    hr = await on_cluster.sign_in("hr.admin")
    assert (await find_person(hr, "E0003"))["name"]
    someone = next(iter(office.book.hired))
    assert (await hr.get(f"/v1/employees/{someone}"))["number"] == office.book.hired[someone]


async def copy_backups(lost: Release, found: Release) -> None:
    """To claims of another namespace, as they would come from elsewhere."""
    [program] = await lost.pods("gateway")
    image = program["spec"]["containers"][0]["image"]
    await found.kubectl("apply", "-f", "-", given="".join(_CLAIM % name for name in CLAIMS))
    for release in (lost, found):
        await on_shelf(release, image)
    # The folders themselves belong to the volumes.
    out = f"kubectl -n {lost.namespace} exec shelf -- sh -c 'cd /shelf && tar -c data/data keys/keys'"
    into = f"kubectl -n {found.namespace} exec -i shelf -- tar -C /shelf -x"
    await typed("sh", "-c", f"{out} | {into}")
    for release in (lost, found):
        await release.kubectl("delete", "pod", "shelf", "--grace-period=1")


async def uninstall(release: Release) -> None:
    """Leaves the claims with the backups, which values say to keep, and nothing else."""
    await release.kubectl("delete", "job", "backup-now")
    await release.helm("uninstall", "--wait", "--timeout", "5m")
    kept = {f"persistentvolumeclaim/{name}" for name in CLAIMS}

    async def gone() -> bool:
        return await left(release) == kept

    try:
        await eventually(gone, seconds=120)
    except TimeoutError:
        pytest.fail(f"left beside what is kept: {await left(release) - kept}")


async def restore(release: Release, secret: dict[str, object], installed: Installed) -> None:
    secret["metadata"] = {"name": "mainstay-secrets"}
    await release.kubectl("apply", "-f", "-", given=json.dumps(secret))
    claims = [
        one for kind, name in zip(("data", "keys"), CLAIMS, strict=True)
        for one in ("--set", f"backup.{kind}.existingClaim={name}")
    ]  # fmt: skip
    await release.install("--take-ownership", "--set", "restore.enabled=true", *claims, *installed.given)
    try:
        await release.kubectl("wait", "--for=condition=Complete", "job/mainstay-restore", "--timeout=10m")
    except CommandFailed:
        print(await release.kubectl("logs", "job/mainstay-restore", "--all-containers"))
        raise
    print((await release.kubectl("logs", "job/mainstay-restore")).strip())
    await release.upgrade("--set", "restore.enabled=false")
    assert all(ready(one) for one in await release.serving())
