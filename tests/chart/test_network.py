"""Who may talk to whom in the cluster is who does in the code: the rendered policies against the contract's edges."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.chart import CASES, CHART, PROGRAMS, Rendered, case, render
from tests.support.network import Edge, closed, open_edges, ways_out
from tools import edges

WITHOUT = "standard, with nothing that may be left out"
WITH = [name for name in CASES if name != WITHOUT]
PARTS = {"postgres": "postgres", "kafka": "inner", "keycloak": "http"}
# What the chart itself needs, beside what the programs do: each with why.
OF_THE_CHART: dict[Edge, str] = {
    ("keycloak", "postgres", "postgres"): "Keycloak keeps its realm there",
    ("keycloak", "gateway", "http"): "it tells the front door who has signed out",
    ("kafka", "keycloak", "http"): "the broker fetches the keys that integrators' tokens are signed with",
    ("kafka", "kafka", "outside"): "the broker is a client of its controller, in one pod; this port is open to all",
    ("topics", "postgres", "postgres"): "the Job waits until the parts are there",
    ("topics", "kafka", "inner"): "it makes the topics",
    ("realm-job", "keycloak", "http"): "it brings the realm up to date",
    ("backup", "postgres", "postgres"): "it reads the databases",
    ("check", "postgres", "postgres"): "`helm test` looks at all that the release was given",
    ("check", "kafka", "inner"): "as above",
    ("check", "keycloak", "http"): "as above",
    ("demo", "postgres", "postgres"): "the demo company is loaded by commands of the services",
    ("demo", "kafka", "inner"): "as above",
    ("demo", "keycloak", "http"): "as above",
    **{(f"migrate-{one}", "postgres", "postgres"): "migrations" for one in PROGRAMS},
    **{("demo", one, "grpc"): "it waits for the services and asks them" for one in PROGRAMS if one != "gateway"},
    **{("check", one, "admin"): "it asks each program how it is" for one in PROGRAMS},
}


@cache
def known() -> Mapping[str, Any]:
    return edges.edges()


def by_the_contract(found: Mapping[str, Any] | None = None) -> set[Edge]:
    given = found or known()
    calls = {(caller, called, "grpc") for caller, all_ in given["calls"].items() for called in all_}
    uses = {(name, part, PARTS[part]) for name, parts in given["uses"].items() for part in parts if part in PARTS}
    return calls | uses


def differences(rendered: Rendered) -> list[str]:
    """Edges of the contract that are closed, and open ones that are neither the contract's nor the chart's."""
    there = {one.component for one in rendered.pods}
    wanted = {edge for edge in by_the_contract() if edge[1] in there}
    found = open_edges(rendered)
    missing = [f"closed: {caller} to {called} at {port}" for caller, called, port in sorted(wanted - found)]
    return missing + [
        f"open: {caller} to {called} at {port}" for caller, called, port in sorted(found - wanted - OF_THE_CHART.keys())
    ]


@pytest.mark.parametrize("name", WITH)
def test_each_edge_of_the_contract_is_open_and_no_other(name: str) -> None:
    assert differences(case(name)) == []


def test_every_edge_of_the_chart_is_one() -> None:
    """An exception that nothing needs would cover what should not be open."""
    found = {edge for name in WITH for edge in open_edges(case(name))}
    assert OF_THE_CHART.keys() - found == set()


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Rendered:
    """The chart with another file of edges."""
    chart = shutil.copytree(CHART, folder / "mainstay")
    given = yaml.safe_load((chart / "files" / "edges.yaml").read_text())
    change(given)
    (chart / "files" / "edges.yaml").write_text(yaml.safe_dump(given))
    return render("evaluation", chart=chart)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one["calls"]["talent"].append("employees"), ["open: talent to employees at grpc"]),
        (lambda one: one["calls"]["identity"].remove("employees"), ["closed: identity to employees at grpc"]),
        (lambda one: one["calls"]["employees"].append("gateway"), []),
        (lambda one: one["uses"]["talent"].append("keycloak"), ["open: talent to keycloak at http"]),
        (lambda one: one["uses"]["talent"].remove("kafka"), ["closed: talent to kafka at inner"]),
    ],
    ids=["a call too many", "a call too few", "a call to the front door", "a part too many", "a part too few"],
)
def test_a_planted_edge_is_found(tmp_path: Path, change: Callable[[dict[str, Any]], object], told: list[str]) -> None:
    """The comparison can fail. Nobody is let in to the front door's gRPC port: it has none."""
    assert differences(changed(tmp_path, change)) == told


def test_a_policy_taken_away_is_found() -> None:
    """Without the policy of one service the rest would let it be reached by whoever has a way out to it."""
    whole = case("evaluation")
    text = "---\n".join(one for one in whole.text.split("---\n") if "kind: NetworkPolicy" not in one)
    assert "open: talent to employees at grpc" in differences(Rendered(text))


@pytest.mark.parametrize("name", WITH)
def test_every_pod_is_closed_both_ways(name: str) -> None:
    """Default deny: what no edge names is refused, also for pods that come later under the release's labels."""
    rendered = case(name)
    assert set(closed(rendered)) == {pod.component for pod in rendered.pods}


@pytest.mark.parametrize("program", PROGRAMS)
def test_outside_a_program_reaches_the_parts_it_uses_and_nothing_else(program: str) -> None:
    uses = known()["uses"][program]
    ports = {"postgres": {5432}, "kafka": {9093}, "keycloak": {443, 8443}}
    wanted = {port for part in uses if part in ports for port in ports[part]}
    assert ways_out(case("standard"), program) == wanted
    assert ways_out(case("standard, with own Secrets and claims"), program) == wanted | {4317}
    assert ways_out(case("evaluation"), program) == set()


def test_without_the_option_there_is_no_policy() -> None:
    assert case(WITHOUT).of("NetworkPolicy") == []


def test_clients_and_monitoring_are_who_the_values_name() -> None:
    policy = case("standard, with own Secrets and claims").named("NetworkPolicy", "gateway")
    came = {tuple(one["port"] for one in rule["ports"]): rule.get("from") for rule in policy["spec"]["ingress"]}
    assert came["http", "edge"] == [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]
    # `helm test` looks at the boards too.
    [monitoring] = [one for one in came["admin",] or [] if "namespaceSelector" in one]
    assert monitoring == {"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}
