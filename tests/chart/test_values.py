"""What may be said to the chart: every profile is taken without a warning, and what is wrong is refused by its name."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.chart import CASES, CHART, PROFILES, Rendered, case, refused, run

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a word that is no value": ({"sevices": {}}, "sevices"),
    "a word that is no value, further in": ({"defaults": {"replica": 3}}, "replica"),
    "a service's own wrong word": ({"services": {"identity": {"replica": 3}}}, "replica"),
    "a gateway's own wrong word": ({"gateway": {"listenTLS": "x"}}, "listenTLS"),
    "a text for a number": ({"defaults": {"replicas": "two"}}, "replicas"),
    "no replicas at all": ({"defaults": {"replicas": 0}}, "replicas"),
    "a type of Service that is none": ({"gateway": {"service": {"type": "Public"}}}, "type"),
    "a public address without https": ({"publicUrl": "http://hr.example.com"}, "publicUrl"),
    "a public address with a path": ({"publicUrl": "https://hr.example.com/hr"}, "publicUrl"),
    "no public address": ({"publicUrl": ""}, "publicUrl"),
    "a bus without a port": ({"kafka": {"bootstrap": "kafka"}}, "bootstrap"),
    "no bus": ({"kafka": {"bootstrap": ""}}, "bootstrap"),
    "no issuer": ({"keycloak": {"issuer": ""}}, "issuer"),
    "an issuer without https": ({"keycloak": {"issuer": "http://sso.example.com/realms/a"}}, "issuer"),
    "a digest that is none": ({"image": {"digest": "0123"}}, "digest"),
    "the tag latest": ({"image": {"tag": "latest"}}, "tag"),
    "a service whose name is no name": ({"services": {"Talent_": {}}}, "Talent_"),
    "a budget that never lets a pod go": ({"defaults": {"pdb": {"maxUnavailable": 0}}}, "maxUnavailable"),
    "an authority of nobody": ({"tls": {"certManager": {"issuerRef": {"name": ""}}}}, "issuerRef"),
    "a schedule that is none": ({"backup": {"schedule": "nightly"}}, "schedule"),
    "a variable that is none of ours": ({"defaults": {"env": {"PATH": "/"}}}, "PATH"),
    "a variable that the chart says by itself": (
        {"defaults": {"env": {"MAINSTAY_TLS_AUTHORITY": ""}}},
        "env.MAINSTAY_TLS_AUTHORITY is what the chart says",
    ),
    "a secret as a plain variable": (
        {"services": {"identity": {"env": {"MAINSTAY_DATABASE_URL": "postgresql://identity:secret@db/identity"}}}},
        "identity: env.MAINSTAY_DATABASE_URL is what the chart says",
    ),
    "more replicas than partitions": (
        {"services": {"talent": {"autoscaling": {"maxReplicas": 13}}}},
        "talent: autoscaling.maxReplicas 13",
    ),
    "more replicas than partitions, without a scaler": (
        {"services": {"talent": {"replicas": 13, "autoscaling": {"enabled": False}}}},
        "talent: replicas 13",
    ),
    "fewer replicas at most than at least": (
        {"defaults": {"autoscaling": {"minReplicas": 5, "maxReplicas": 2}}},
        "maxReplicas",
    ),
}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_profiles_are_taken_without_a_warning(profile: str) -> None:
    done = run("lint", "--strict", str(CHART), "-f", str(CHART / "profiles" / f"{profile}.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout + done.stderr


@pytest.mark.parametrize(("values", "named"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_refused_by_its_name(values: dict[str, Any], named: str) -> None:
    assert named in refused("standard", values)


def test_the_values_alone_say_what_is_still_to_be_given() -> None:
    """The chart without a profile, as somebody types it first."""
    done = run("template", "hr", str(CHART))
    assert done.returncode != 0
    assert "publicUrl" in done.stderr


def named(release: str) -> subprocess.CompletedProcess[str]:
    return run("template", release, str(CHART), "-f", str(CHART / "profiles/evaluation.yaml"))


@pytest.mark.parametrize("release", ["2hr", "hr.prod", "a" * 41])
def test_a_name_that_services_or_cronjobs_cannot_have_is_refused(release: str) -> None:
    assert f"the release's name {release}: " in named(release).stderr


def test_the_longest_name_fits_whatever_is_named_after_it() -> None:
    """52 characters for a CronJob, 63 for what becomes a host or a label, of which a StatefulSet's pods take 11."""
    done = named("a" * 40)
    assert done.returncode == 0, done.stderr
    room = {"CronJob": 52, "StatefulSet": 63 - len("-0123456789")}
    for one in filter(None, yaml.safe_load_all(done.stdout)):
        assert len(one["metadata"]["name"]) <= room.get(one["kind"], 63)
    made = set(re.findall(r"^  name: (\S+)$", done.stdout, re.MULTILINE))
    secrets = set(re.findall(r"secretName: (\S+)$", done.stdout, re.MULTILINE))
    assert secrets
    assert secrets <= made


def test_every_combination_brings_what_it_is_there_for() -> None:
    """The combinations below are what their names say: each brings the kinds it is meant to show."""
    for name, chosen in CASES.items():
        assert chosen.brings <= {one["kind"] for one in case(name).resources}, name


def test_every_value_that_is_an_object_says_what_it_may_hold() -> None:
    """A schema that lets any word pass refuses nothing."""
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    assert list(open_objects(schema, "")) == []


def open_objects(schema: Any, path: str) -> list[str]:
    """Paths of objects that take any property. Those given to Kubernetes as they are say so by a `$comment`."""
    found = []
    if isinstance(schema, dict):
        if (schema.get("type") == "object" and "additionalProperties" not in schema) and "$comment" not in schema:
            found.append(path)
        for name, inner in schema.items():
            found += open_objects(inner, f"{path}/{name}")
    elif isinstance(schema, list):
        for at, inner in enumerate(schema):
            found += open_objects(inner, f"{path}/{at}")
    return found


def test_no_two_resources_have_one_name(rendered: Rendered) -> None:
    """The second would take the first one's place without a word."""
    names = [(one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in rendered.resources]
    assert sorted(set(names)) == sorted(names)
