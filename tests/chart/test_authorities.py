"""Authorities that vouch for outside parts: whoever is given one uses it, and whoever needs one is given it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.chart import Pod, Rendered, render

PLACES = {"kafka": "/etc/mainstay/kafka", "keycloak": "/etc/mainstay/keycloak"}
VARIABLES = {"kafka": "MAINSTAY_BUS_AUTHORITY", "keycloak": "MAINSTAY_KEYCLOAK_AUTHORITY"}
GIVEN: Mapping[str, Any] = {
    **{part: {"authority": {"name": f"{part}-company", "key": f"{part}.pem"}} for part in PLACES},
}
ASK_KEYCLOAK = {"gateway", "identity", "realm-job", "check"}


@pytest.fixture
def given() -> Rendered:
    realm = {**GIVEN["keycloak"], "realm": {"apply": True, "adminSecret": "keycloak-admin"}}
    return render("standard", {**GIVEN, "keycloak": realm})


def mounted(pod: Pod, part: str) -> set[str]:
    """Containers of a pod that have the part's authority, as the one file that programs look for."""
    found = [one["secret"] for one in pod.spec.get("volumes", []) if one["name"] == f"{part}-authority"]
    for secret in found:
        assert secret["secretName"] == f"{part}-company", pod.name
        assert secret["items"] == [{"key": f"{part}.pem", "path": "ca.crt"}], pod.name
    boxes = {
        box["name"]
        for box in pod.containers
        for mount in box["volumeMounts"]
        if (mount["name"], mount["mountPath"]) == (f"{part}-authority", PLACES[part])
    }
    assert bool(boxes) == bool(found), pod.name
    return boxes


@pytest.mark.parametrize("part", VARIABLES)
def test_an_authority_is_mounted_exactly_where_a_variable_names_it(given: Rendered, part: str) -> None:
    """One that no variable names vouches for nobody, however well it is mounted."""
    for pod in given.pods:
        told = {
            box["name"]
            for box in pod.containers
            if given.environment(box).get(VARIABLES[part]) == f"{PLACES[part]}/ca.crt"
        }
        assert told == mounted(pod, part), pod.name


def test_whoever_asks_keycloak_knows_its_authority(given: Rendered) -> None:
    """The front door too: without it nobody signs in."""
    assert {pod.component for pod in given.pods if mounted(pod, "keycloak")} == ASK_KEYCLOAK
