"""A restore finds its databases in nobody's hands, and what it throws away is said by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chart import PROFILES, Pod, case, refused, render

CLAIMS = {"backup": {"data": {"existingClaim": "backups"}, "keys": {"existingClaim": "keys"}}}
ONE = "data/20261123T021500Z-0a1b2c3d"


def restoring(profile: str, **how: Any) -> list[Pod]:
    return render(profile, {**CLAIMS, "restore": {"enabled": True, **how}}).pods


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
