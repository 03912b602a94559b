"""Authorities that vouch for outside parts: whoever is given one uses it, and whoever needs one is given it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.chart import CHART, PROGRAMS, Pod, Rendered, render

PLACES = {part: f"/etc/mainstay/{part}" for part in ("database", "kafka", "keycloak")}
VARIABLES = {"kafka": "MAINSTAY_BUS_AUTHORITY", "keycloak": "MAINSTAY_KEYCLOAK_AUTHORITY"}
GIVEN: Mapping[str, Any] = {part: {"authority": {"name": f"{part}-company", "key": f"{part}.pem"}} for part in PLACES}
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


def addresses(box: Mapping[str, Any], rendered: Rendered) -> set[str]:
    """Variables of a container that hold a database's address."""
    told = rendered.environment(box).items()
    return {name for name, value in told if isinstance(value, dict) and "DATABASE" in name}


@pytest.mark.parametrize("restored", [False, True])
def test_an_address_may_name_the_databases_authority_wherever_it_is_used(restored: bool) -> None:
    """At one path everywhere: a program's one address is used by its pods, its migration, backups and `helm test`."""
    claims = {"data": {"existingClaim": "data"}, "keys": {"existingClaim": "keys"}}
    rendered = render("standard", {**GIVEN, **({"restore": {"enabled": True}, "backup": claims} if restored else {})})
    for pod in rendered.pods:
        using = {box["name"] for box in pod.containers if addresses(box, rendered) or pod.component == "check"}
        assert using == mounted(pod, "database"), pod.name


def test_the_examples_addresses_are_verified_against_that_authority() -> None:
    secrets = list(yaml.safe_load_all((CHART / "examples" / "secrets.yaml").read_text(encoding="utf-8")))
    uris = [one["stringData"]["uri"] for one in secrets if "uri" in one["stringData"]]
    assert len(uris) == len(PROGRAMS) + 1
    for uri in uris:
        asked = dict(parse_qsl(urlsplit(uri).query))
        assert asked == {"sslmode": "verify-full", "sslrootcert": f"{PLACES['database']}/ca.crt"}
