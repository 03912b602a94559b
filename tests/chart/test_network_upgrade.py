"""At an upgrade the hooks run while the release before still says who may talk to whom: they bring what they need."""

from __future__ import annotations

from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.chart.test_jobs import HOOK, POLICY, WEIGHT, hooks, notes_of
from tests.support.chart import PROGRAMS, Rendered, case, render
from tests.support.network import open_edges, ways_out

TENTH: dict[str, Any] = {"services": {"tenth": {}}}
WITHOUT_REALM: dict[str, Any] = {"keycloak": {"realm": {"apply": False}}}
# DNS, by the policies of the release before or of the hooks: `ways_out` leaves it out.
NEEDS = {"topics": {9093}, "realm-job": {443, 8443}, **{f"migrate-{one}": {5432} for one in PROGRAMS}}


def while_hooks_run(before: Rendered, after: Rendered) -> Rendered:
    """The release before as it stands, its hooks long gone, and the hooks of the next one."""
    stands = [one for one in before.resources if HOOK not in notes_of(one)]
    return Rendered(yaml.safe_dump_all([*stands, *hooks(after, "pre-upgrade")]))


def ports(before: Rendered, after: Rendered) -> dict[str, set[int]]:
    """What each hook's pod reaches outside the release."""
    there = while_hooks_run(before, after)
    jobs = {one["metadata"]["name"].removeprefix("hr-") for one in hooks(after, "pre-upgrade") if one["kind"] == "Job"}
    return {one: ways_out(there, one) for one in jobs}


def test_every_hook_reaches_what_it_needs_and_nothing_else() -> None:
    assert ports(case("standard"), case("standard, upgraded")) == NEEDS


def test_a_service_more_is_migrated() -> None:
    after = render("standard", TENTH, upgrade=True)
    assert ports(case("standard"), after) == {**NEEDS, "migrate-tenth": {5432}}


def test_a_realm_applied_from_now_on_is_applied() -> None:
    before = render("standard", WITHOUT_REALM)
    assert "realm-job" not in {one.component for one in before.pods}
    assert ports(before, case("standard, upgraded")) == NEEDS


def test_parts_that_moved_are_reached_where_they_are_now() -> None:
    moved = {
        "database": {"ports": [6432], "to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]},
        "kafka": {"ports": [9193], "to": []},
        "keycloak": {"ports": [9443], "to": []},
    }
    after = render("standard", {"networkPolicy": {"outside": moved}}, upgrade=True)
    wanted = {**{one: {6432} for one in NEEDS}, "topics": {9193}, "realm-job": {9443}}
    assert ports(case("standard"), after) == wanted


def test_names_are_asked_where_they_are_answered_now() -> None:
    elsewhere = [{"ipBlock": {"cidr": "169.254.20.10/32"}}]
    after = render("standard", {"networkPolicy": {"dns": elsewhere}}, upgrade=True)
    for one in hooks(after, "pre-upgrade"):
        if one["kind"] == "NetworkPolicy":
            asked = [rule["to"] for rule in one["spec"]["egress"] if {"port": 53, "protocol": "UDP"} in rule["ports"]]
            assert asked == [elsewhere]


@pytest.mark.parametrize("profile", ["standard", "evaluation"])
def test_without_policies_from_now_on_nothing_holds_a_hook_back(profile: str) -> None:
    """The policies of the release before go after the hooks."""
    after = render(profile, {"networkPolicy": {"enabled": False}}, upgrade=True)
    found = [one for one in hooks(after, "pre-upgrade") if one["kind"] == "NetworkPolicy"]
    free = {
        one["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for one in found
        if one["spec"].get("egress") == [{}]
    }
    assert free == NEEDS.keys()
    assert [one for one in after.of("NetworkPolicy") if one not in found] == []


def test_in_the_evaluation_the_parts_let_new_hooks_in() -> None:
    there = while_hooks_run(case("evaluation"), render("evaluation", TENTH, upgrade=True))
    migrations = {(f"migrate-{one}", "postgres", "postgres") for one in (*PROGRAMS, "tenth")}
    others = {("topics", "postgres", "postgres"), ("topics", "kafka", "inner"), ("realm-job", "keycloak", "http")}
    assert migrations | others <= open_edges(there)


def test_no_policy_of_a_hook_outlives_the_hooks(rendered: Rendered) -> None:
    """Helm takes hooks away by their own word alone: an uninstall would leave them."""
    for one in rendered.of("NetworkPolicy"):
        if HOOK in notes_of(one):
            assert notes_of(one)[POLICY] == "before-hook-creation,hook-succeeded"
            assert int(notes_of(one)[WEIGHT]) < -10, "before the first Job, and before certificates"


def test_a_hooks_policy_takes_no_name_of_the_release_before(rendered: Rendered) -> None:
    """Helm would take it for that resource at a rollback, and refuse."""
    for one in rendered.of("NetworkPolicy"):
        assert (HOOK in notes_of(one)) == one["metadata"]["name"].startswith("hr-before-")
