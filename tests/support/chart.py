"""The chart as Helm renders it: each combination of values once for a whole run, as resources with their pods."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships none

from tools import helm
from tools.contract import ROOT

CHART = ROOT / "charts" / "mainstay"
RELEASE, NAMESPACE = "hr", "people"
# What the chart says it runs on at least, and what it is tried on.
VERSIONS = ("1.30.0", "1.34.0")
PROFILES = ("evaluation", "standard", "large")
PROGRAMS = ("identity", "employees", "talent", "gateway")
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"})

Resource = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A combination of values an operator may come with: a profile, and what is put over it."""

    profile: str
    values: Mapping[str, Any]
    upgrade: bool = False
    # Kinds that nothing but this combination brings.
    brings: frozenset[str] = frozenset()


_LAG = {"defaults": {"autoscaling": {"enabled": True, "kafkaLag": {"enabled": True}}}}
_OWN = {
    "image": {
        "repository": "registry.example.com/hr/mainstay",
        "digest": "sha256:" + "0" * 64,
        "pullSecrets": ["pull"],
    },
    "tls": {"certManager": {"enabled": False}, "secretPrefix": "company-tls-"},
    "database": {"secretPrefix": "company-database-", "secretKey": "url"},
    "kafka": {"authority": {"name": "kafka-authority", "key": "authority.pem"}},
    "keycloak": {
        "authority": {"name": "keycloak-authority"},
        "issuerAddress": "https://keycloak.sso.svc:8443/realms/mainstay",
        "url": "https://keycloak.sso.svc:8443",
        "realm": {"apply": True, "adminSecret": "keycloak-admin"},
    },
    "secrets": {
        "keyring": {"name": "company-keyring", "key": "ring"},
        "workload": {"name": "company-workload", "key": "secret"},
        "portalClient": {"name": "company-clients", "key": "portal"},
        "identityClient": {"name": "company-clients", "key": "identity"},
    },
    "gateway": {"listenTls": "company-front-door", "moreHosts": ["hr.internal"]},
    "ingress": {"edgeHost": "hr-grpc.example.com", "edgeTlsSecret": "edge-tls"},
    "backup": {"data": {"existingClaim": "backups"}, "keys": {"existingClaim": "keys"}},
    "monitoring": {"otlpEndpoint": "http://collector.tracing:4317", "prometheusRule": {"runbooks": "https://wiki/hr"}},
    "networkPolicy": {
        "clients": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "monitoring": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
    },
}
_BARE = {
    "networkPolicy": {"enabled": False},
    "ingress": {"enabled": False},
    "backup": {"enabled": False},
    "keycloak": {"manageAccounts": False},
    "monitoring": {
        "serviceMonitor": {"enabled": False},
        "prometheusRule": {"enabled": False},
        "dashboards": {"enabled": False},
    },
    "defaults": {"autoscaling": {"enabled": False}, "pdb": {"enabled": False}},
}
_ROUTES = {
    "ingress": {"enabled": False},
    "gatewayApi": {"enabled": True, "parentRefs": [{"name": "public"}], "edgeHost": "grpc.example.com"},
}
CASES = {
    "evaluation": Case("evaluation", {}),
    "evaluation, upgraded": Case("evaluation", {}, upgrade=True),
    "evaluation without the demo, data kept": Case(
        "evaluation", {"evaluation": {"demo": {"enabled": False}, "keepData": True}, "backup": {"enabled": True}}
    ),
    "standard": Case("standard", {}, brings=frozenset({"Ingress"})),
    "standard, upgraded": Case("standard", {}, upgrade=True),
    "standard, scaled by lag": Case("standard", _LAG, brings=frozenset({"ScaledObject"})),
    "standard, by the Gateway API": Case("standard", _ROUTES, brings=frozenset({"HTTPRoute", "GRPCRoute"})),
    "standard, with own Secrets and claims": Case("standard", _OWN),
    "standard, with nothing that may be left out": Case("standard", _BARE),
    "standard, restored": Case("standard", {"restore": {"enabled": True}, "backup": _OWN["backup"]}),
    "large": Case("large", {}, brings=frozenset({"ScaledObject", "HTTPRoute", "Certificate"})),
}


class HelmRefused(Exception):
    """Helm did not render; its text says why."""


@dataclass(frozen=True)
class Pod:
    """A pod's template with the resource that makes such pods."""

    owner: Resource
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.owner['kind']}/{self.owner['metadata']['name']}"

    @property
    def component(self) -> str:
        return self.labels["app.kubernetes.io/component"]

    @property
    def serves(self) -> bool:
        """Whether it is there for as long as the release is."""
        return self.owner["kind"] in {"Deployment", "StatefulSet"}

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


@dataclass(frozen=True)
class Rendered:
    text: str

    @cached_property
    def resources(self) -> list[Resource]:
        return [one for one in yaml.load_all(self.text, Loader=yaml.CSafeLoader) if one]

    def of(self, kind: str) -> list[Resource]:
        return [one for one in self.resources if one["kind"] == kind]

    def named(self, kind: str, component: str) -> Resource:
        """The one resource of that kind called `<release>-<component>`."""
        [found] = [one for one in self.of(kind) if one["metadata"]["name"] == f"{RELEASE}-{component}"]
        return found

    @cached_property
    def pods(self) -> list[Pod]:
        return [_pod(one) for one in self.resources if one["kind"] in WORKLOADS]

    def program(self, name: str) -> Pod:
        """A service or the gateway."""
        [found] = [one for one in self.pods if one.component == name and one.serves]
        return found

    def environment(self, container: Mapping[str, Any]) -> dict[str, Any]:
        """Variables of a container: text, or where the value comes from."""
        found: dict[str, Any] = {}
        for source in container.get("envFrom", []):
            [data] = [
                one["data"] for one in self.of("ConfigMap") if one["metadata"]["name"] == source["configMapRef"]["name"]
            ]
            found |= data
        for one in container.get("env", []):
            found[one["name"]] = one.get("value", one.get("valueFrom"))
        return found


def _pod(owner: Resource) -> Pod:
    spec = owner["spec"]
    if owner["kind"] == "Pod":
        return Pod(owner, owner["metadata"].get("labels", {}), spec)
    template = (spec["jobTemplate"]["spec"] if owner["kind"] == "CronJob" else spec)["template"]
    return Pod(owner, template["metadata"]["labels"], template["spec"])


def refused(profile: str, values: Mapping[str, Any]) -> str:
    """What Helm says to values it does not take. Raises AssertionError when it takes them."""
    try:
        render(profile, values)
    except HelmRefused as error:
        return str(error)
    raise AssertionError("taken")


def render(
    profile: str, values: Mapping[str, Any] | None = None, *, upgrade: bool = False, chart: Path = CHART
) -> Rendered:
    """What `helm install` (or an upgrade) would give the cluster, hooks and tests too. Raises HelmRefused."""
    return _render(profile, json.dumps(values or {}, sort_keys=True), upgrade, chart)


def case(name: str) -> Rendered:
    chosen = CASES[name]
    return render(chosen.profile, chosen.values, upgrade=chosen.upgrade)


@cache
def _render(profile: str, values: str, upgrade: bool, chart: Path) -> Rendered:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as over:
        over.write(values)
        over.flush()
        files = ["-f", str(chart / "profiles" / f"{profile}.yaml"), "-f", over.name]
        options = ["--kube-version", VERSIONS[-1], "-n", NAMESPACE, *(["--is-upgrade"] if upgrade else [])]
        done = run("template", RELEASE, str(chart), *files, *options)
    if done.returncode:
        raise HelmRefused(done.stderr)
    return Rendered(done.stdout)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Helm itself. It looks at no cluster."""
    command = [str(helm.program()), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a resource with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from walk(inner, f"{path}[{at}]")
    else:
        yield path, value
