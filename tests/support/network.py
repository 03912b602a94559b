"""What NetworkPolicies let through, as Kubernetes works it out: whoever a policy selects is closed but for its rules.

Between the pods of one release; peers in other namespaces and addresses outside are not weighed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.support.chart import Pod, Rendered, Resource

# (from, to, port of the target's container by name), each by component.
Edge = tuple[str, str, str]


def open_edges(rendered: Rendered) -> set[Edge]:
    """Who may reach whom at which port, among the pods of a release."""
    policies = rendered.of("NetworkPolicy")
    by_component = {pod.component: pod for pod in rendered.pods}
    return {
        (caller, called, name)
        for caller, source in by_component.items()
        for called, target in by_component.items()
        for name, port in _ports(target).items()
        if _goes(policies, "egress", source, target, port) and _goes(policies, "ingress", target, source, port)
    }


def ways_out(rendered: Rendered, component: str) -> set[int]:
    """Ports at which a pod may reach something outside the release, DNS left out."""
    pod = next(one for one in rendered.pods if one.component == component)
    found: set[int] = set()
    for policy in rendered.of("NetworkPolicy"):
        if _selects(policy["spec"]["podSelector"], pod.labels):
            for rule in policy["spec"].get("egress", []):
                inside = [peer for peer in rule.get("to", []) if set(peer) == {"podSelector"}]
                if not inside:
                    found |= {one["port"] for one in rule["ports"]}
    return found - {53}


def _ports(pod: Pod) -> dict[str, int]:
    return {one["name"]: one["containerPort"] for box in pod.spec["containers"] for one in box.get("ports", [])}


def _goes(policies: Sequence[Resource], way: str, own: Pod, other: Pod, port: int) -> bool:
    """Whether `own` lets it out to `other` (egress), or in from it (ingress)."""
    word = way.capitalize()
    mine = [one["spec"] for one in policies if _selects(one["spec"]["podSelector"], own.labels)]
    closing = [spec for spec in mine if word in spec["policyTypes"]]
    target = _ports(other if way == "egress" else own)
    rules = [rule for spec in closing for rule in spec.get(way, [])]
    peers = "to" if way == "egress" else "from"
    return not closing or any(
        _names(rule.get("ports"), port, target) and _peer(rule.get(peers), other.labels) for rule in rules
    )


def _names(ports: Sequence[Mapping[str, Any]] | None, port: int, named: Mapping[str, int]) -> bool:
    """A rule without ports names all of them; UDP is nothing we speak."""
    return ports is None or any(
        one.get("protocol", "TCP") == "TCP" and named.get(one["port"], one["port"]) == port for one in ports
    )


def _peer(peers: Sequence[Mapping[str, Any]] | None, labels: Mapping[str, str]) -> bool:
    """No peers, or an empty list of them, are everybody."""
    return not peers or any(_chooses(one, labels) for one in peers)


def _chooses(peer: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    if peer.get("namespaceSelector"):
        # A namespace with labels of its own, such as DNS's or Prometheus's: never the release's.
        return False
    if "ipBlock" in peer:
        return False
    return _selects(peer.get("podSelector", {}), labels)


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    if set(selector) - {"matchLabels"}:
        raise NotImplementedError(selector)
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


def closed(rendered: Rendered) -> Iterator[str]:
    """Components that some policy closes both ways."""
    for pod in rendered.pods:
        mine = [one["spec"] for one in rendered.of("NetworkPolicy") if _selects(one["spec"]["podSelector"], pod.labels)]
        if {"Ingress", "Egress"} <= {way for spec in mine for way in spec["policyTypes"]}:
            yield pod.component
