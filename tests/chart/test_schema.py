"""Every resource is one Kubernetes knows, field by field, in the oldest version the chart names and the newest.

The schemas are Kubernetes' own, as `kubernetes-validate` packs them. Of operators' resources those parts are stated
here that the chart uses, from each operator's reference.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate  # type: ignore[import-untyped]  # it ships none
import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.chart import CASES, CHART, VERSIONS, Rendered, Resource, case

SCHEMAS = Path(str(kubernetes_validate.__file__)).parent / "kubernetes-json-schema"
ELSEWHERE = "/api/_definitions.json#"
REFERENCE = re.compile(r'"\$ref": *"#/\$defs/([^"]+)"')
# Operators' resources: `.` stands for a level of the resource, `[]` for each item of a list.
OPERATORS: dict[str, frozenset[str]] = {
    "monitoring.coreos.com/v1 ServiceMonitor": frozenset({"spec.selector.matchLabels", "spec.endpoints[].port"}),
    "monitoring.coreos.com/v1 PrometheusRule": frozenset({"spec.groups[].name", "spec.groups[].rules[].expr"}),
    "keda.sh/v1alpha1 ScaledObject": frozenset({"spec.scaleTargetRef.name", "spec.triggers[].type"}),
    "keda.sh/v1alpha1 TriggerAuthentication": frozenset({"spec.secretTargetRef[].parameter"}),
    "gateway.networking.k8s.io/v1 HTTPRoute": frozenset({"spec.parentRefs[].name", "spec.rules[].backendRefs[].name"}),
    "gateway.networking.k8s.io/v1 GRPCRoute": frozenset({"spec.parentRefs[].name", "spec.rules[].backendRefs[].name"}),
    "cert-manager.io/v1 Certificate": frozenset(
        {"spec.secretName", "spec.issuerRef.name", "spec.commonName", "spec.dnsNames"}
    ),
}
EXAMPLES: dict[str, frozenset[str]] = {
    "cert-manager.io/v1 Issuer": frozenset({"spec"}),
    "postgresql.cnpg.io/v1 Cluster": frozenset({"spec.instances", "spec.storage.size"}),
    "postgresql.cnpg.io/v1 Database": frozenset({"spec.name", "spec.owner", "spec.cluster.name"}),
    "kafka.strimzi.io/v1 Kafka": frozenset({"spec.kafka.listeners[].name", "spec.kafka.listeners[].tls"}),
    "kafka.strimzi.io/v1 KafkaNodePool": frozenset({"spec.replicas", "spec.roles", "spec.storage.type"}),
    "k8s.keycloak.org/v2alpha1 Keycloak": frozenset({"spec.instances", "spec.hostname.hostname"}),
}
KNOWN = {**OPERATORS, **EXAMPLES}


def kind_of(resource: Resource) -> str:
    return f"{resource['apiVersion']} {resource['kind']}"


@cache
def definitions(version: str) -> Any:
    return json.loads((SCHEMAS / f"v{version}-local-strict" / "_definitions.json").read_text())["$defs"]


@cache
def schema(version: str, api: str, kind: str) -> Any:
    """Raises FileNotFoundError for a kind that this version does not know."""
    return jsonschema_rs.validator_for(json.loads(schema_text(version, api, kind)))


def schema_file(api: str, kind: str) -> str:
    """What the file of a kind is called: `deployment-apps-v1.json`."""
    group, _, number = api.rpartition("/")
    return "-".join(filter(None, [kind.lower(), group.partition(".")[0], number])) + ".json"


def schema_text(version: str, api: str, kind: str) -> str:
    """A kind's schema, whole in itself. Raises FileNotFoundError as above."""
    text = (SCHEMAS / f"v{version}-local-strict" / schema_file(api, kind)).read_text().replace(ELSEWHERE, "#")
    used: dict[str, Any] = {}
    asked = set(REFERENCE.findall(text))
    while asked:
        used |= {name: definitions(version)[name] for name in asked}
        asked = {name for one in asked for name in REFERENCE.findall(json.dumps(used[one]))} - used.keys()
    return json.dumps({**json.loads(text), "$defs": used})


def faults(resource: Resource, version: str) -> list[str]:
    """What Kubernetes would say to the resource, a line for each fault."""
    kind = kind_of(resource)
    if kind in KNOWN:
        return [f"{kind}: {path} is missing" for path in sorted(KNOWN[kind]) if not at(resource, path)]
    try:
        judge = schema(version, resource["apiVersion"], resource["kind"])
    except FileNotFoundError:
        return [f"{kind}: unknown to Kubernetes {version}"]
    name = f"{kind} {resource['metadata']['name']}"
    return [f"{name}: {'.'.join(map(str, one.instance_path))}: {one.message}" for one in judge.iter_errors(resource)]


def at(value: Any, path: str) -> bool:
    """Whether something is there at a path, and in every item of a list on the way."""
    name, _, rest = path.partition(".")
    inner = value.get(name.removesuffix("[]")) if isinstance(value, dict) else None
    if inner in (None, "", [], {}):
        return False
    if not rest:
        return True
    return all(at(one, rest) for one in inner) if name.endswith("[]") else at(inner, rest)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_resource(rendered: Rendered, version: str) -> None:
    assert [fault for one in rendered.resources for fault in faults(one, version)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_planted_fault_is_found(version: str) -> None:
    """The test above can fail: a misspelt field, a wrong type, an unknown kind."""
    deployment = deepcopy(case("standard").named("Deployment", "identity"))
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    deployment["spec"]["minReadySeconds"] = "ten"
    assert len(faults(deployment, version)) == 2
    assert faults({**deployment, "apiVersion": "apps/v2"}, version) == [
        f"apps/v2 Deployment: unknown to Kubernetes {version}"
    ]
    certificate = deepcopy(case("standard").of("Certificate")[0])
    del certificate["spec"]["issuerRef"]["name"]
    assert faults(certificate, version) == ["cert-manager.io/v1 Certificate: spec.issuerRef.name is missing"]


def test_operators_resources_appear_only_where_values_ask_for_them() -> None:
    """A cluster without the operator would refuse the whole release."""
    there = {name: {kind_of(one) for one in case(name).resources} for name in CASES}
    assert not there["evaluation"] & KNOWN.keys()
    assert not there["standard, with nothing that may be left out"] - {"cert-manager.io/v1 Certificate"} & KNOWN.keys()


@pytest.mark.parametrize("path", sorted((CHART / "examples").rglob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_resources_too(path: Path) -> None:
    found = [one for one in yaml.safe_load_all(path.read_text()) if one and "kind" in one]
    assert [fault for one in found for fault in faults(one, VERSIONS[-1])] == []


def test_every_rule_about_operators_is_used() -> None:
    """A rule for a kind nobody renders says nothing."""
    used = {kind_of(one) for name in CASES for one in case(name).resources}
    paths = (CHART / "examples").rglob("*.yaml")
    shown = {kind_of(one) for path in paths for one in yaml.safe_load_all(path.read_text()) if one and "kind" in one}
    assert OPERATORS.keys() <= used
    assert EXAMPLES.keys() <= shown
