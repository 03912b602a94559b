"""How pods run: locked up, told apart from being dead when they are only busy, and given time to say goodbye."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.support.chart import CASES, PROGRAMS, Pod, Rendered, case, render
from tests.support.pod_security import offences

PRODUCTION = [name for name, one in CASES.items() if one.profile != "evaluation"]
# Longest call a caller may ask for without asking for more: the front door's `timeout_seconds`.
LONGEST_CALL_SECONDS = 10


def test_every_pod_is_restricted(rendered: Rendered) -> None:
    assert [one for pod in rendered.pods for one in offences(pod)] == []


Change = Callable[[dict[str, Any]], object]
UNSAFE: Mapping[str, tuple[Change, str]] = {
    "the host's network": (lambda spec: spec.update(hostNetwork=True), "hostNetwork is on"),
    "a folder of the host": (
        lambda spec: spec["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        "volume host is no plain one",
    ),
    "root": (lambda spec: spec["securityContext"].update(runAsUser=0), "program: may run as root"),
    "no seccomp profile": (lambda spec: spec["securityContext"].pop("seccompProfile"), "has no seccomp profile"),
    "more privileges": (
        lambda spec: spec["containers"][0]["securityContext"].update(allowPrivilegeEscalation=True),
        "program: may gain privileges",
    ),
    "a capability": (
        lambda spec: spec["containers"][0]["securityContext"].update(capabilities={"add": ["SYS_ADMIN"]}),
        "program: keeps capabilities",
    ),
    "a port of the host": (
        lambda spec: spec["containers"][0]["ports"][0].update(hostPort=80),
        "program: takes a port of the host",
    ),
}


@pytest.mark.parametrize(("change", "told"), UNSAFE.values(), ids=UNSAFE.keys())
def test_an_unsafe_pod_is_found(change: Change, told: str) -> None:
    safe = case("standard").program("identity")
    spec = deepcopy(dict(safe.spec))
    change(spec)
    assert any(one.endswith(told) for one in offences(Pod(safe.owner, safe.labels, spec)))


def test_no_pod_may_write_to_its_image_or_speak_to_kubernetes(rendered: Rendered) -> None:
    for pod in rendered.pods:
        assert pod.spec["automountServiceAccountToken"] is False, pod.name
        for box in pod.containers:
            assert box["securityContext"]["readOnlyRootFilesystem"] is True, (pod.name, box["name"])


def test_where_the_platform_gives_users_none_is_named() -> None:
    """OpenShift picks a user for each namespace and refuses pods that name one."""
    for pod in render("standard", {"podSecurity": {"uid": None}}).pods:
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & pod.spec["securityContext"].keys()
        assert offences(pod) == []


def test_every_container_says_what_it_needs_and_what_it_may_take(rendered: Rendered) -> None:
    """Without requests no HPA can reckon; without a limit of memory one leak takes the node."""
    for pod in rendered.pods:
        for box in pod.containers:
            where = (pod.name, box["name"])
            assert {"cpu", "memory"} <= box["resources"]["requests"].keys(), where
            assert "memory" in box["resources"]["limits"], where


def test_every_image_has_a_version(rendered: Rendered) -> None:
    for pod in rendered.pods:
        for box in pod.containers:
            name, at, digest = box["image"].partition("@")
            tag = name.rpartition("/")[2].partition(":")[2]
            assert digest.startswith("sha256:") if at else tag not in {"", "latest"}, box["image"]
            assert box["imagePullPolicy"] == "IfNotPresent"


def test_every_pod_that_serves_has_three_probes_on_ports_it_has(rendered: Rendered) -> None:
    for pod in filter(lambda one: one.serves, rendered.pods):
        [box] = pod.spec["containers"]
        ports = {one["name"] for one in box["ports"]}
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            [asked] = [one for one in box[name].values() if isinstance(one, dict)]
            assert asked.get("port", next(iter(ports))) in ports, (pod.name, name)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_is_restarted_when_it_is_stuck_and_left_alone_when_a_part_is_away(program: str) -> None:
    """`/healthz` says that the process lives, `/readyz` that its database does too: restarting helps only the first."""
    [box] = case("standard").program(program).spec["containers"]
    assert box["livenessProbe"]["httpGet"]["path"] == box["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert box["readinessProbe"]["httpGet"]["path"] == "/readyz"
    # A minute: longer than a pause of collection or a slow disk.
    assert box["livenessProbe"]["failureThreshold"] * box["livenessProbe"]["periodSeconds"] >= 60


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_pod_told_to_end_has_time_to_drain_and_to_finish_its_calls(name: str, program: str) -> None:
    rendered = case(name)
    pod = rendered.program(program)
    [box] = pod.spec["containers"]
    [command, seconds] = box["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    drain = float(rendered.environment(box)["MAINSTAY_DRAIN_SECONDS"])
    assert drain > 0
    assert pod.spec["terminationGracePeriodSeconds"] >= float(seconds) + drain + LONGEST_CALL_SECONDS


@pytest.mark.parametrize("name", PRODUCTION)
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_upgrade_takes_no_pod_away_before_its_successor_has_stayed_ready(name: str, program: str) -> None:
    """Longer than a pod may be broken before it counts as not ready: one that falls over at once is noticed."""
    pod = case(name).program(program)
    deployment, [box] = pod.owner["spec"], pod.spec["containers"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    noticed = box["readinessProbe"]["failureThreshold"] * box["readinessProbe"]["periodSeconds"]
    assert deployment["minReadySeconds"] > noticed


@pytest.mark.parametrize("name", PRODUCTION)
@pytest.mark.parametrize("program", PROGRAMS)
def test_pods_of_a_program_spread_over_hosts_and_zones(name: str, program: str) -> None:
    pod = case(name).program(program)
    spread = pod.spec["topologySpreadConstraints"]
    assert {one["topologyKey"] for one in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    for one in spread:
        # Counted among its own kind alone, and among those of its own release of the program.
        assert one["labelSelector"]["matchLabels"].items() <= pod.labels.items()
        assert one["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == program
        assert one["matchLabelKeys"] == ["pod-template-hash"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_changed_settings_make_new_pods(program: str) -> None:
    """And leave alone what pods of the release before start with: they may be needed once more."""
    one, other = render("standard"), render("standard", {"timeZone": "Europe/Berlin"})
    specs = [rendered.program(program).spec for rendered in (one, other)]
    assert specs[0] != specs[1]
    for rendered in (one, other):
        [box] = [box for box in rendered.program(program).spec["containers"] if box["name"] == "program"]
        assert "envFrom" not in box
        assert all("configMapKeyRef" not in entry.get("valueFrom", {}) for entry in box["env"])


def test_no_pod_asks_for_a_class_or_a_node_unless_values_say_so() -> None:
    chosen = {"nodeSelector": {"pool": "hr"}, "priorityClassName": "high", "tolerations": [{"operator": "Exists"}]}
    plain, placed = render("standard"), render("standard", {"defaults": chosen})
    for program in PROGRAMS:
        assert not chosen.keys() & plain.program(program).spec.keys()
        assert {name: placed.program(program).spec[name] for name in chosen} == chosen


@pytest.mark.parametrize("program", PROGRAMS)
def test_log_and_shell_of_a_pod_are_those_of_its_program(rendered: Rendered, program: str) -> None:
    """So that a command of the runbooks needs no `-c`, and kubectl says nothing of its own among its answers."""
    [owner] = [one.owner for one in rendered.pods if one.owner["kind"] == "Deployment" and one.component == program]
    template = owner["spec"]["template"]
    chosen = template["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"]
    assert chosen in {one["name"] for one in template["spec"]["containers"]}
