"""A restore finds its databases in nobody's hands, and what it throws away is said by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.test_jobs import HOOK, WEIGHT, hooks, notes_of
from tests.support.chart import PROFILES, PROGRAMS, HelmRefused, Pod, Rendered, case, refused, render
from tests.support.network import open_edges, ways_out

CLAIMS = {"backup": {"data": {"existingClaim": "backups"}, "keys": {"existingClaim": "keys"}}}
ONE = "data/20261123T021500Z-0a1b2c3d"


AUTHORITIES = {part: {"authority": {"name": f"{part}-company"}} for part in ("database", "kafka")}


def restoring(profile: str, **how: Any) -> list[Pod]:
    return render(profile, {**CLAIMS, "restore": {"enabled": True, **how}}).pods


def the_restore(rendered: Rendered) -> Pod:
    (found,) = [one for one in rendered.pods if one.component == "restore"]
    return found


def outside(**values: Any) -> Rendered:
    """With the parts outside, and authorities of the company's for them."""
    return render("standard", {**CLAIMS, **AUTHORITIES, "restore": {"enabled": True}, **values})


# -- with the parts outside: everything a restore needs is there before the release is


def test_its_network_and_its_certificate_come_first_and_what_uses_the_databases_after_it() -> None:
    rendered = outside()
    moments = {}
    for one in hooks(rendered, "pre-install"):
        moments[one["kind"], one["metadata"]["name"].removeprefix("hr-")] = int(notes_of(one)[WEIGHT])
    at = moments["Job", "restore"]
    assert moments["NetworkPolicy", "before-restore"] < at
    assert moments["Certificate", "admin"] < at
    later = {name for (kind, name), moment in moments.items() if kind == "Job" and moment > at}
    assert later == {*(f"migrate-{one}" for one in PROGRAMS), "topics"}
    others = {one.component for one in rendered.pods if HOOK not in notes_of(one.owner)}
    assert others == {*PROGRAMS, "backup"}, "which Helm makes after its hooks"


def test_it_mounts_the_backups_unchanged_and_what_opens_the_databases_and_the_bus() -> None:
    pod = the_restore(outside())
    (box,) = pod.spec["containers"]
    places = {one["mountPath"]: (one["name"], one.get("readOnly", False)) for one in box["volumeMounts"]}
    assert places == {
        "/backups/data": ("data", True),
        "/backups/keys": ("keys", True),
        "/etc/mainstay/tls": ("tls", True),
        "/etc/mainstay/kafka": ("kafka-authority", True),
        "/etc/mainstay/database": ("database-authority", True),
        "/tmp": ("tmp", False),  # noqa: S108 - the pod's own
    }
    secrets = {one["name"]: one["secret"]["secretName"] for one in pod.spec["volumes"] if "secret" in one}
    assert secrets == {
        "tls": "hr-tls-admin",
        "kafka-authority": "kafka-company",
        "database-authority": "database-company",
    }
    claims = {
        one["name"]: one["persistentVolumeClaim"]["claimName"]
        for one in pod.spec["volumes"]
        if "persistentVolumeClaim" in one
    }
    assert claims == {"data": "backups", "keys": "keys"}


def test_it_is_told_the_ring_every_database_and_the_bus() -> None:
    rendered = outside(backup={**CLAIMS["backup"], "keycloak": True})
    (box,) = the_restore(rendered).spec["containers"]
    told = rendered.environment(box)
    assert told["MAINSTAY_KEYRING"] == {"secretKeyRef": {"name": "hr-secrets", "key": "keyring"}}
    for name in (*PROGRAMS, "keycloak"):
        assert told[f"DATABASE_{name.upper()}"] == {"secretKeyRef": {"name": f"hr-database-{name}", "key": "uri"}}
        assert f"{name}=$(DATABASE_{name.upper()})" in told["MAINSTAY_BACKUP_DATABASES"].split(",")
    assert told["MAINSTAY_BUS_URL"].startswith("kafka://")
    assert told["MAINSTAY_BUS_AUTHORITY"] == "/etc/mainstay/kafka/ca.crt"


def test_it_reaches_the_databases_and_the_bus_and_nothing_else() -> None:
    assert ways_out(outside(), "restore") == {5432, 9093}


def test_with_the_parts_inside_it_reaches_them_too() -> None:
    inside = render("evaluation", {**CLAIMS, "restore": {"enabled": True}})
    reached = {(to, port) for caller, to, port in open_edges(inside) if caller == "restore"}
    assert reached == {("postgres", "postgres"), ("kafka", "inner")}


def test_a_bus_with_records_is_refused_unless_the_values_say_that_it_is_known() -> None:
    for known in (False, True):
        (box,) = the_restore(outside(restore={"enabled": True, "keepTopics": known})).spec["containers"]
        assert ("--keep-topics" in box["command"]) == known


def test_an_upgrade_that_asks_for_a_restore_is_refused() -> None:
    """Nothing would be restored by it, and the programs would begin with empty databases."""
    with pytest.raises(HelmRefused, match="at an install alone"):
        render("standard", {**CLAIMS, "restore": {"enabled": True}}, upgrade=True)


# -- everywhere


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_asks_for_keycloak_while_its_database_is_restored(profile: str) -> None:
    """It would have to be up for the realm, and the restore refuses a database in use."""
    there = {pod.component for pod in restoring(profile)}
    assert "restore" in there
    assert "realm-job" not in there


@pytest.mark.parametrize("profile", ["standard", "large"])
def test_the_realm_is_brought_up_to_date_by_the_upgrade_that_ends_the_restore(profile: str) -> None:
    after = render(profile, {**CLAIMS, "restore": {"enabled": False}}, upgrade=True)
    assert "realm-job" in {pod.component for pod in after.pods}


def test_only_a_backup_that_is_named_takes_the_place_of_what_is_there() -> None:
    """Left in a values file, it would put the newest backup over today's data at the next install."""
    for how in ({}, {"from": ""}):
        assert "/restore" in refused("standard", {**CLAIMS, "restore": {"enabled": True, "replace": True, **how}})
    (pod,) = [one for one in restoring("standard", replace=True, **{"from": ONE}) if one.component == "restore"]
    (box,) = pod.spec["containers"]
    assert box["command"][-4:] == [f"/backups/data/{ONE}", "--keys", "/backups/keys/keys", "--replace"]


def test_backups_that_meet_do_so_on_one_node() -> None:
    """The claims are of one node at a time; a pod elsewhere would wait for its volume until it is given up.

    A pod that its own term does not speak of would wait for another one for good.
    """
    pods = [one for one in case("standard").pods if one.owner["kind"] == "CronJob"]
    assert len(pods) == 2
    for pod in pods:
        (term,) = pod.spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
        wanted = term["labelSelector"]["matchLabels"]
        assert all(wanted.items() <= one.labels.items() for one in pods)
    others = [one for one in case("standard").pods if "podAffinity" in one.spec.get("affinity", {})]
    assert {one.name for one in others} == {one.name for one in pods}
