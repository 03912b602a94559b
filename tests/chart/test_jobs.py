"""What is done in which order at an install and an upgrade, what is backed up, and what stays when the release goes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from libs.kit.migrate import services
from tests.support.chart import CASES, PROGRAMS, RELEASE, Rendered, Resource, case, render

OUTSIDE = [name for name, one in CASES.items() if one.profile != "evaluation"]
HOOK, WEIGHT, POLICY = "helm.sh/hook", "helm.sh/hook-weight", "helm.sh/hook-delete-policy"
KEPT = "helm.sh/resource-policy"


def notes_of(resource: Resource) -> dict[str, str]:
    found: dict[str, str] = resource["metadata"].get("annotations", {})
    return found


def hooks(rendered: Rendered, moment: str) -> list[Resource]:
    """In the order Helm runs them: by weight, then by kind and name."""
    found = [one for one in rendered.resources if moment in notes_of(one).get(HOOK, "").split(",")]
    return sorted(found, key=lambda one: (int(notes_of(one).get(WEIGHT, "0")), one["kind"], one["metadata"]["name"]))


def names(found: list[Resource]) -> list[str]:
    return [one["metadata"]["name"].removeprefix(f"{RELEASE}-") for one in found]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("moment", ["pre-install", "pre-upgrade"])
def test_databases_and_topics_are_there_before_anything_new_runs(name: str, moment: str) -> None:
    """A migration that fails stops Helm here: the old release goes on serving."""
    jobs = [one for one in hooks(case(name), moment) if one["kind"] == "Job"]
    assert {f"migrate-{program}" for program in PROGRAMS} | {"topics"} <= set(names(jobs))
    assert {f"migrate-{one}" for one in services()} <= set(names(jobs))


def test_in_the_evaluation_the_parts_come_first_and_upgrades_are_as_outside() -> None:
    """At the first install hooks would wait for parts that Helm has not made yet."""
    assert hooks(case("evaluation"), "pre-install") == []
    for program in PROGRAMS:
        first = [one["name"] for one in case("evaluation").program(program).spec["initContainers"]]
        assert first[-1] == "migrate"
    upgrade = names([one for one in hooks(case("evaluation, upgraded"), "pre-upgrade") if one["kind"] == "Job"])
    assert {f"migrate-{program}" for program in PROGRAMS} <= set(upgrade)


def test_a_restore_is_done_before_migrations_and_never_at_an_upgrade() -> None:
    """What it brings back has the schema of its day; over databases in use it would never be right."""
    rendered = case("standard, restored")
    order = names([one for one in hooks(rendered, "pre-install") if one["kind"] == "Job"])
    assert "restore" in order
    assert order.index("restore") < min(order.index(f"migrate-{program}") for program in PROGRAMS)
    assert "restore" not in names(hooks(rendered, "pre-upgrade"))


@pytest.mark.parametrize("name", ["standard, with own Secrets and claims", "evaluation, upgraded"])
def test_the_realm_is_changed_when_nothing_else_can_fail_any_more(name: str) -> None:
    """A migration that fails leaves the old release, and with it the realm it signs people in by. Warnings are seen."""
    found = [one for one in hooks(case(name), "pre-upgrade") if one["kind"] == "Job"]
    assert names(found)[-1] == "realm-job"
    weights = [int(notes_of(one)[WEIGHT]) for one in found]
    assert weights[-1] > max(weights[:-1])
    assert "hook-succeeded" in notes_of(found[-1])["helm.sh/hook-output-log-policy"]


def test_what_hooks_need_is_there_before_them(rendered: Rendered) -> None:
    """Helm makes accounts, ConfigMaps, claims and certificates after pre-install hooks, unless they are hooks too."""
    for moment in ("pre-install", "pre-upgrade"):
        there = {(one["kind"], one["metadata"]["name"]): one for one in hooks(rendered, moment)}
        for owner in hooks(rendered, moment):
            if owner["kind"] != "Job":
                continue
            for kind, name in needed(owner):
                ours = any(one["kind"] == kind and one["metadata"]["name"] == name for one in rendered.resources)
                if not ours or (moment == "pre-upgrade" and HOOK not in notes_of(find(rendered, kind, name))):
                    continue
                before = there.get((kind, name))
                assert before is not None, f"{owner['metadata']['name']} needs {kind} {name} {moment}"
                assert int(notes_of(before)[WEIGHT]) < int(notes_of(owner).get(WEIGHT, "0"))


def find(rendered: Rendered, kind: str, name: str) -> Resource:
    return next(one for one in rendered.resources if (one["kind"], one["metadata"]["name"]) == (kind, name))


def needed(owner: Resource) -> set[tuple[str, str]]:
    """Resources that a Job's pod cannot begin without; of a Secret, the certificate that makes it."""
    spec = owner["spec"]["template"]["spec"]
    found = {("ServiceAccount", spec["serviceAccountName"])} if "serviceAccountName" in spec else set()
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            found.add(("ConfigMap", volume["configMap"]["name"]))
        if "persistentVolumeClaim" in volume:
            found.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        if "secret" in volume:
            found.add(("Certificate", volume["secret"]["secretName"].replace("-tls-", "-")))
            found.add(("Secret", volume["secret"]["secretName"]))
    for box in [*spec["containers"], *spec.get("initContainers", [])]:
        found |= {("ConfigMap", one["configMapRef"]["name"]) for one in box.get("envFrom", [])}
    return found


def test_every_job_ends_and_can_be_made_again(rendered: Rendered) -> None:
    """A Job's template never changes: the next release must take the old one away, or name its own."""
    for job in rendered.of("Job"):
        name = job["metadata"]["name"]
        assert job["spec"]["backoffLimit"] <= 10, name
        assert job["spec"]["template"]["spec"]["restartPolicy"] in {"Never", "OnFailure"}
        if HOOK in notes_of(job):
            assert "before-hook-creation" in notes_of(job)[POLICY], name
        else:
            assert name.endswith("-1"), name


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_migration_is_told_its_database_and_nothing_else(program: str) -> None:
    rendered = case("standard")
    [box] = next(pod for pod in rendered.pods if pod.component == f"migrate-{program}").spec["containers"]
    assert box["command"] == ["python", "-m", "libs.kit.migrate", program]
    assert rendered.environment(box) == {
        "MAINSTAY_DATABASE_URL": {"secretKeyRef": {"name": f"hr-database-{program}", "key": "uri"}}
    }


# -- backups


def test_every_database_is_backed_up() -> None:
    rendered = render("standard", {"services": {"tenth": {}}})
    for job in rendered.of("CronJob"):
        [box] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        told = rendered.environment(box)["MAINSTAY_BACKUP_DATABASES"]
        assert {one.partition("=")[0] for one in told.split(",")} == {*PROGRAMS, "tenth", "keycloak"}


def test_no_backup_meets_its_like_or_leaves_its_claims() -> None:
    rendered = case("standard")
    claims = {one["metadata"]["name"] for one in rendered.of("PersistentVolumeClaim")}
    assert claims == {"hr-backup-data", "hr-backup-keys"}
    for job in rendered.of("CronJob"):
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
        spec = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        used = {
            one["name"]: one["persistentVolumeClaim"]["claimName"]
            for one in spec["volumes"]
            if len(one) == 2 and "persistentVolumeClaim" in one
        }
        assert used == {"data": "hr-backup-data", "keys": "hr-backup-keys"}
        [box] = spec["containers"]
        places = [PurePosixPath(one["mountPath"]) for one in box["volumeMounts"]]
        assert len(set(places)) == len(places)


# -- what stays


def kept(rendered: Rendered) -> set[str]:
    return {one["metadata"]["name"] for one in rendered.resources if notes_of(one).get(KEPT) == "keep"}


def test_an_uninstall_keeps_the_backups_and_nothing_else() -> None:
    assert kept(case("standard")) == {"hr-backup-data", "hr-backup-keys"}
    assert kept(case("large")) == {"hr-backup-data", "hr-backup-keys"}


def test_an_uninstall_keeps_what_the_values_say() -> None:
    values: dict[str, Any] = {"backup": {"data": {"keep": False}, "keys": {"keep": True}}}
    assert kept(render("standard", values)) == {"hr-backup-keys"}
    assert kept(case("standard, with nothing that may be left out")) == set()
    assert kept(case("evaluation")) == set()


@pytest.mark.parametrize(
    ("name", "kept_data"),
    [("evaluation", "Delete"), ("evaluation without the demo, data kept", "Retain")],
)
def test_the_evaluations_data_go_with_it_unless_the_values_keep_them(name: str, kept_data: str) -> None:
    for part in ("postgres", "kafka"):
        policy = case(name).named("StatefulSet", part)["spec"]["persistentVolumeClaimRetentionPolicy"]
        assert policy["whenDeleted"] == kept_data


def test_what_the_evaluation_keeps_can_be_read_again() -> None:
    """The keys that data are sealed with stay with them, and the realm's client secrets; passwords are made anew."""
    assert kept(case("evaluation without the demo, data kept")) >= {"hr-secrets"}
