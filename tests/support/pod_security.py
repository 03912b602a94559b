"""The Pod Security Standard "restricted" (https://kubernetes.io/docs/concepts/security/pod-security-standards/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.chart import Pod

VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
_SECCOMP = frozenset({"RuntimeDefault", "Localhost"})
_HOST = ("hostNetwork", "hostPID", "hostIPC")


def offences(pod: Pod) -> list[str]:
    """What an admission controller would refuse the pod for."""
    spec = pod.spec
    found = [f"{name} is on" for name in _HOST if spec.get(name)]
    found += [f"volume {one['name']} is no plain one" for one in spec.get("volumes", []) if not set(one) & VOLUMES]
    found += _of_pod(spec.get("securityContext", {}))
    for box in pod.containers:
        found += [f"{box['name']}: {said}" for said in _of_container(box, spec.get("securityContext", {}))]
    return [f"{pod.name}: {one}" for one in found]


def _of_pod(given: Mapping[str, Any]) -> Iterator[str]:
    if given.get("sysctls"):
        yield "sets sysctls"
    if "windowsOptions" in given or "seLinuxOptions" in given:
        yield "sets SELinux or Windows options"


def _of_container(box: Mapping[str, Any], of_pod: Mapping[str, Any]) -> Iterator[str]:
    own = box.get("securityContext", {})
    both = {**of_pod, **own}
    capabilities = own.get("capabilities", {})
    if own.get("privileged"):
        yield "is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "keeps capabilities"
    if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
        yield "may run as root"
    if both.get("seccompProfile", {}).get("type") not in _SECCOMP:
        yield "has no seccomp profile"
    if own.get("procMount", "Default") != "Default":
        yield "sees the host's processes"
    if any("hostPort" in one for one in box.get("ports", [])):
        yield "takes a port of the host"
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        # Refused since Kubernetes 1.34: a probe with a host of its own makes the kubelet ask anybody.
        if any("host" in probe for probe in box.get(name, {}).values() if isinstance(probe, dict)):
            yield f"{name} names a host"
