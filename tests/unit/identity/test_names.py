"""Names that something else goes by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.identity.names import belongs_to_a_client, reserved_for_systems

REALM = Path(__file__).parents[3] / "charts" / "mainstay" / "files" / "realm.json"


def test_every_client_of_the_realm_is_reserved_or_declared_an_integration() -> None:
    clients = json.loads(REALM.read_text(encoding="utf-8"))["clients"]
    declared = {one["clientId"] for one in clients if one.get("attributes", {}).get("mainstay.integration") == "true"}
    assert declared == {"erp", "warehouse"}
    assert {one["clientId"] for one in clients if not reserved_for_systems(one["clientId"])} == declared


@pytest.mark.parametrize("name", ["Mainstay", "mainstay-x", "IDENTITY", "employees", "realm-management"])
def test_case_does_not_help(name: str) -> None:
    assert reserved_for_systems(name)


@pytest.mark.parametrize("name", ["payroll", "accounts", "identity-provider", "the-mainstay"])
def test_other_names_are_free(name: str) -> None:
    assert not reserved_for_systems(name)


def test_a_clients_user_is_told_by_its_name() -> None:
    assert belongs_to_a_client("Service-Account-erp")
    assert not belongs_to_a_client("E0001")
