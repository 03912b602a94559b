"""What others check of Kubernetes resources: nothing fails but what is named here, each resource with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.chart.test_schema import OPERATORS, schema_file, schema_text
from tests.support.chart import CASES, PROGRAMS, RELEASE, VERSIONS, case, render
from tests.support.lacking import leave_out
from tools import policy
from tools.policy import Finding

# Given as production should: by digest.
DIGESTS = {"image": {"digest": f"sha256:{'0' * 64}"}, "partsImage": {"digest": f"sha256:{'1' * 64}"}}
UNSAFE = """
apiVersion: v1
kind: Pod
metadata: {name: unsafe, namespace: people}
spec:
  hostNetwork: true
  containers:
    - {name: unsafe, image: unsafe:latest, securityContext: {privileged: true}}
"""

DEPLOYMENTS = {f"Deployment/{one}" for one in PROGRAMS}
PARTS = {"StatefulSet/postgres", "StatefulSet/kafka", "StatefulSet/keycloak"}
JOBS = {f"Job/migrate-{one}" for one in PROGRAMS} | {"Job/topics", "Job/topics-1", "Job/demo", "Job/realm-job"}
JOBS |= {"Job/backup-claims-1"}
CRON_JOBS = {"CronJob/backup", "CronJob/backup-keys"}
TESTS = {"Pod/check"}
ALL = DEPLOYMENTS | PARTS | JOBS | CRON_JOBS | TESTS
NO_CPU_LIMIT = "a limit of CPU holds answers back while a core idles; requests share it out, memory is limited"
DIGEST = "named by digest or by a version that never moves: pulling again could only fail, air-gapped it would"
ENVIRONMENT = "settings are read from the environment; nothing prints it, and no shell is there to look at it"

ENDS = "it looks once at what the release was given, and ends"

CHECKOV: dict[str, tuple[str, set[str]]] = {
    "CKV_K8S_11": (NO_CPU_LIMIT, ALL),
    "CKV_K8S_8": (ENDS, TESTS),
    "CKV_K8S_9": (ENDS, TESTS),
    "CKV_K8S_35": (ENVIRONMENT, ALL - {"StatefulSet/postgres", "StatefulSet/kafka", "Job/topics", "Job/topics-1"}),
}
SCORE: dict[str, tuple[str, set[str]]] = {
    "container-image-pull-policy": (DIGEST, ALL),
    "container-ephemeral-storage-request-and-limit": ("they write only to volumes with a size limit", ALL),
    "container-resources": (NO_CPU_LIMIT, ALL),
    "pod-probes-identical": (
        "alive and ready are the same for a server that answers or does not",
        {"StatefulSet/postgres", "StatefulSet/kafka"},
    ),
    "statefulset-has-servicename": ("its Service has an address for browsers", {"StatefulSet/keycloak"}),
}


def unexplained(found: Iterable[Finding], skips: dict[str, tuple[str, set[str]]]) -> list[str]:
    return [
        f"{one.check} {one.resource}: {one.said}"
        for one in found
        if one.resource.replace(f"/{RELEASE}-", "/") not in skips.get(one.check, ("", set()))[1]
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each profile, and one that must not pass."""
    made = tmp_path_factory.mktemp("policy")
    for profile in ("evaluation", "standard", "large"):
        (made / f"{profile}.yaml").write_text(render(profile, DIGESTS).text)
    (made / "upgraded.yaml").write_text(render("evaluation", DIGESTS, upgrade=True).text)
    (made / "unsafe.yaml").write_text(UNSAFE)
    return made


@pytest.fixture(scope="module")
def by_checkov(folder: Path) -> list[Finding]:
    leave_out(policy.checkov_missing())
    return policy.checkov(folder)


def of_ours(found: Iterable[Finding]) -> list[Finding]:
    return [one for one in found if one.resource != "Pod/unsafe"]


def test_checkov_finds_nothing_but_what_has_a_reason(by_checkov: list[Finding]) -> None:
    assert unexplained(of_ours(by_checkov), CHECKOV) == []


def test_checkov_finds_an_unsafe_pod(by_checkov: list[Finding]) -> None:
    """It judged the files: privileged, the host's network, the tag latest."""
    assert {"CKV_K8S_16", "CKV_K8S_19", "CKV_K8S_14"} <= {
        one.check for one in by_checkov if one.resource == "Pod/unsafe"
    }


def test_every_reason_given_to_checkov_is_still_needed(by_checkov: list[Finding]) -> None:
    assert CHECKOV.keys() == {one.check for one in of_ours(by_checkov)}


def need_compiled(why: str) -> None:
    """Go is at hand for builders of clusters, and nothing that the project asks of anybody: without it, left out."""
    if why:
        pytest.skip(why)


@pytest.fixture(scope="module")
def kube_score() -> None:
    need_compiled(policy.kube_score_missing())


@pytest.mark.usefixtures("kube_score")
def test_kube_score_finds_nothing_critical_but_what_has_a_reason(folder: Path) -> None:
    """Each file by itself: it looks for the Service of a pod, the pods of a policy."""
    version = f"v{VERSIONS[-1].removesuffix('.0')}"
    names = ("evaluation", "upgraded", "standard", "large")
    found = [one for name in names for one in policy.kube_score(folder / f"{name}.yaml", kubernetes=version)]
    assert unexplained(found, SCORE) == []
    assert SCORE.keys() == {one.check for one in found}


@pytest.mark.usefixtures("kube_score")
def test_kube_score_finds_an_unsafe_pod(folder: Path) -> None:
    found = policy.kube_score(folder / "unsafe.yaml", kubernetes="v1.34")
    assert {"container-security-context-privileged", "container-image-tag"} <= {one.check for one in found}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kubernetes' own, of the newest version, for kubeconform: every kind that some combination of values makes."""
    need_compiled(policy.kubeconform_missing())
    made = tmp_path_factory.mktemp("schemas")
    for api, kind in {(one["apiVersion"], one["kind"]) for name in CASES for one in case(name).resources}:
        if f"{api} {kind}" not in OPERATORS:
            (made / schema_file(api, kind)).write_text(schema_text(VERSIONS[-1], api, kind))
    return made


OF_OPERATORS = sorted({name.partition(" ")[2] for name in OPERATORS})


def test_kubeconform_has_nothing_to_say(schemas: Path, tmp_path: Path) -> None:
    """A key that stands twice is among what it sees, of which YAML's readers keep the last without a word."""
    for number, name in enumerate(CASES):
        (tmp_path / f"{number}.yaml").write_text(case(name).text)
    found, judged = policy.kubeconform(tmp_path, schemas, skip=OF_OPERATORS)
    assert found == []
    assert judged == sum(one["kind"] not in OF_OPERATORS for name in CASES for one in case(name).resources)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("imagePullPolice: Always", "additional properties 'imagePullPolice' not allowed"),
        ("name: another", 'key "name" already set in map'),
    ],
)
def test_kubeconform_finds_a_planted_fault(fault: str, said: str, schemas: Path, tmp_path: Path) -> None:
    (tmp_path / "rendered.yaml").write_text(
        case("standard").text.replace("name: program\n", f"name: program\n          {fault}\n", 1)
    )
    found, _ = policy.kubeconform(tmp_path / "rendered.yaml", schemas, skip=OF_OPERATORS)
    (one,) = found
    assert said in one.said


def test_nothing_is_excused_in_the_resources_themselves() -> None:
    """Whoever reads this file knows every exception there is."""
    for name in ("evaluation", "standard", "large"):
        for one in case(name).resources:
            notes = yaml.safe_dump(one["metadata"].get("annotations", {}))
            assert "checkov.io" not in notes
            assert "kube-score" not in notes
