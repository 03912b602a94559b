"""How many pods there are: never more than can work, never so few that a drain of a node stops, or waits for, them."""

from __future__ import annotations

from typing import Any

import pytest

from libs.kit import contract
from libs.kit.bus.topics import plans
from tests.support.chart import CASES, CHART, PROGRAMS, Rendered, Resource, case, refused, render
from tests.support.network import open_edges
from tools import edges

AUTOSCALED = ["standard", "standard, scaled by lag", "large"]
PARTITIONS = {one.name: one.partitions for one in plans()}
READS = {one.name: sorted(one.reads()) for one in edges.programs()}


def bounds(rendered: Rendered, program: str) -> tuple[int, int]:
    """Fewest and most pods of a program."""
    for scaler in rendered.of("ScaledObject"):
        if scaler["spec"]["scaleTargetRef"]["name"].endswith(f"-{program}"):
            return scaler["spec"]["minReplicaCount"], scaler["spec"]["maxReplicaCount"]
    for scaler in rendered.of("HorizontalPodAutoscaler"):
        if scaler["spec"]["scaleTargetRef"]["name"].endswith(f"-{program}"):
            return scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]
    fixed = rendered.program(program).owner["spec"]["replicas"]
    return fixed, fixed


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_no_consumer_has_more_replicas_than_partitions_to_read(name: str, program: str) -> None:
    """A group's member beyond them is given nothing."""
    most = max((PARTITIONS[topic] for topic in READS[program]), default=None)
    if most is not None:
        assert bounds(case(name), program)[1] <= most


def test_more_replicas_than_partitions_are_refused_with_the_reason() -> None:
    told = refused("standard", {"services": {"identity": {"autoscaling": {"maxReplicas": 100}}}})
    assert "identity" in told
    assert "partitions" in told


@pytest.mark.parametrize("name", AUTOSCALED)
def test_each_program_has_one_scaler_and_no_number_of_its_own(name: str) -> None:
    """Two scalers, or a number in the Deployment, would take turns at every upgrade."""
    rendered = case(name)
    scalers = [*rendered.of("HorizontalPodAutoscaler"), *rendered.of("ScaledObject")]
    targets = [one["spec"]["scaleTargetRef"]["name"] for one in scalers]
    deployments = {one["metadata"]["name"]: one["spec"] for one in rendered.of("Deployment")}
    assert sorted(targets) == sorted(deployments)
    assert not [one for one, spec in deployments.items() if "replicas" in spec]


def test_lag_is_read_of_the_topics_and_the_group_that_the_program_has() -> None:
    rendered = case("standard, scaled by lag")
    for program in PROGRAMS:
        triggers = rendered.named("ScaledObject", program)["spec"]["triggers"]
        by_lag = [one["metadata"] for one in triggers if one["type"] == "kafka"]
        assert [one["topic"] for one in by_lag] == READS[program]
        assert {one["consumerGroup"] for one in by_lag} <= {program}
        assert {one["bootstrapServers"] for one in by_lag} <= {"mainstay-kafka-bootstrap.kafka.svc:9093"}
        assert [one["type"] for one in triggers].count("cpu") == 1


def test_the_scaler_reaches_kafka_with_the_programs_own_certificate() -> None:
    rendered = case("standard, scaled by lag")
    secrets = {one["metadata"]["name"]: one["spec"]["secretName"] for one in rendered.of("Certificate")}
    for one in rendered.of("TriggerAuthentication"):
        given = {ref["parameter"]: ref["name"] for ref in one["spec"]["secretTargetRef"]}
        assert given.keys() == {"ca", "cert", "key"}
        assert given["cert"] == given["key"] == secrets[one["metadata"]["name"]]


# -- what evictions may do


def budgets(rendered: Rendered) -> list[Resource]:
    return rendered.of("PodDisruptionBudget")


def blocking(budget: dict[str, Any]) -> bool:
    """Whether there may be a moment at which it lets no pod go though all are well."""
    most = budget["spec"].get("maxUnavailable")
    return most is None or most in {0, "0%"}


def test_no_budget_ever_blocks_a_drain(rendered: Rendered) -> None:
    """`minAvailable` equal to the number of pods does, and with autoscaling nobody knows that number.

    `maxUnavailable: 1` lets even a program's only pod go.
    """
    for budget in budgets(rendered):
        assert not blocking(budget), budget["metadata"]["name"]
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_blocking_budget_would_be_found() -> None:
    assert blocking({"spec": {"minAvailable": 1}})
    assert blocking({"spec": {"maxUnavailable": 0}})
    assert not blocking({"spec": {"maxUnavailable": 1}})


@pytest.mark.parametrize("name", ["standard", "large"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_of_production_has_a_budget_and_a_pod_to_spare(name: str, program: str) -> None:
    rendered = case(name)
    [mine] = [
        one
        for one in budgets(rendered)
        if one["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] == program
    ]
    assert mine["spec"]["selector"]["matchLabels"].items() <= rendered.program(program).labels.items()
    assert bounds(rendered, program)[0] > mine["spec"]["maxUnavailable"]


def test_selectors_of_two_programs_never_meet(rendered: Rendered) -> None:
    """A Service, a Deployment or a budget that takes in another's pods."""
    for kind in ("Service", "Deployment", "StatefulSet", "PodDisruptionBudget"):
        for one in rendered.of(kind):
            selector = one["spec"].get("selector", {})
            wanted = selector.get("matchLabels", selector)
            chosen = {pod.component for pod in rendered.pods if wanted.items() <= pod.labels.items()}
            assert len(chosen) == 1, (kind, one["metadata"]["name"], chosen)


# -- a service more

TENTH: dict[str, Any] = {"services": {"tenth": {}}}


def of_program(rendered: Rendered, program: str) -> set[str]:
    """What there is for a program: kinds, by the label or by a name that ends in the program's."""
    return {
        f"{one['kind']} {one['metadata']['name'].replace(program, 'ONE')}"
        for one in rendered.resources
        if one["metadata"]["name"].endswith(f"-{program}")
        or one["metadata"]["labels"].get("app.kubernetes.io/component") == program
    }


@pytest.mark.parametrize("profile", ["evaluation", "standard", "large"])
def test_a_tenth_service_joins_by_its_name(profile: str) -> None:
    """One line of values, and it has all that the others have."""
    rendered = render(profile, TENTH)
    scaled_by_lag = {"ScaledObject hr-ONE", "TriggerAuthentication hr-ONE", "HorizontalPodAutoscaler hr-ONE"}
    assert of_program(rendered, "tenth") ^ of_program(rendered, "employees") <= scaled_by_lag
    assert of_program(rendered, "tenth")
    [box] = rendered.program("tenth").spec["containers"]
    assert box["command"] == ["python", "-m", "services.tenth"]
    for program in (*PROGRAMS, "tenth"):
        [box] = rendered.program(program).spec["containers"]
        assert ",tenth=dns:///hr-tenth." in "," + rendered.environment(box)["MAINSTAY_SERVICES"]


@pytest.mark.parametrize("profile", ["evaluation", "standard"])
def test_a_tenth_service_can_be_called_and_can_ask_for_its_keys(profile: str) -> None:
    rendered = render(profile, TENTH)
    found = {edge for edge in open_edges(rendered) if "tenth" in edge[:2]}
    assert {("gateway", "tenth", "grpc"), ("tenth", "identity", "grpc")} <= found
    assert ("tenth", "employees", "grpc") not in found


def test_a_service_costs_the_chart_at_most_ten_lines() -> None:
    """Lines that name the newest one: what whoever adds the next has to write. What is generated costs nobody; the
    examples for other operators' resources are theirs.
    """
    newest = "talent"
    apart = {"dashboards", "examples", "alerts", "alerts_test"}
    generated = {"edges.yaml", "realm.json", "demo.json"}
    found = [
        f"{path.relative_to(CHART)}: {line.strip()}"
        for path in sorted(CHART.rglob("*"))
        if path.is_file() and path.name not in generated and path.parent.name not in apart
        for line in path.read_text(encoding="utf-8").splitlines()
        if newest in line
    ]
    assert 0 < len(found) <= 10, found


def test_only_known_programs_have_templates_of_their_own() -> None:
    """One template set for all services: none of them is named where it would have to be copied."""
    named = [
        f"{path.name}: {line.strip()}"
        for path in sorted((CHART / "templates").glob("*"))
        if path.is_file()
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(
            f'"{context}"' in line for context in {one.context for one in contract.methods().values()} - {"identity"}
        )
    ]
    assert named == []
