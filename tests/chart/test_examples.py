"""The examples for operators fit the chart: who follows them has all that a release `mainstay` asks for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.chart.test_scaling import bounds
from tests.chart.test_settings import references
from tests.support.chart import CHART, PROGRAMS, RELEASE, Pod, Resource, case
from tests.support.pod_security import offences

EXAMPLES: list[Resource] = [
    one
    for path in sorted((CHART / "examples").rglob("*.yaml"))
    for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    if one and "kind" in one
]
PROFILES = ("standard", "large")


def of(kind: str) -> list[Resource]:
    return [one for one in EXAMPLES if one["kind"] == kind]


def documented() -> dict[str, dict[str, str]]:
    return {one["metadata"]["name"]: {**one.get("data", {}), **one.get("stringData", {})} for one in of("Secret")}


@pytest.mark.parametrize("name", PROFILES)
def test_every_secret_an_operator_has_to_make_is_in_the_examples(name: str) -> None:
    """With all its keys; certificates are cert-manager's."""
    made = {one["spec"]["secretName"] for one in case(name).of("Certificate")}
    for secret, key in references(case(name)):
        if secret not in made:
            example = secret.replace(f"{RELEASE}-", "mainstay-", 1)
            given = documented().get(example, {})
            assert given if key == "*" else key in given, f"{example}, key {key}, is in no example"


def test_no_example_holds_a_secret_somebody_might_use() -> None:
    for name, data in documented().items():
        for key, value in data.items():
            assert "REPLACE" in value, (name, key)


def test_every_program_has_a_database_its_role_owns_and_the_address_leads_there() -> None:
    [cluster] = of("Cluster")
    owners = {one["spec"]["name"]: one["spec"]["owner"] for one in of("Database")}
    assert owners == {name: name for name in (*PROGRAMS, "keycloak")}
    assert {one["name"] for one in cluster["spec"]["managed"]["roles"]} == set(owners)
    host = f"{cluster['metadata']['name']}-rw.{cluster['metadata']['namespace']}.svc"
    for name in owners:
        address = urlsplit(documented()[f"mainstay-database-{name}"]["uri"])
        assert (address.hostname, address.port, address.username, address.path) == (host, 5432, name, f"/{name}")


@pytest.mark.parametrize("name", PROFILES)
def test_the_database_takes_as_many_connections_as_all_pods_may_open(name: str) -> None:
    """Pools times pods at most, and a fifth for migrations, backups, Keycloak and whoever looks."""
    rendered = case(name)
    [cluster] = of("Cluster")
    most = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
    opened = sum(bounds(rendered, one)[1] * int(told(name, one)["MAINSTAY_DATABASE_POOL"]) for one in PROGRAMS)
    assert opened * 1.2 <= most


def told(name: str, program: str) -> dict[str, Any]:
    rendered = case(name)
    [box] = rendered.program(program).spec["containers"]
    return rendered.environment(box)


@pytest.mark.parametrize("name", PROFILES)
def test_kafka_is_where_the_profiles_say_and_knows_our_certificates(name: str) -> None:
    """Every program writes and reads; `admin` makes topics. Strimzi knows a client by the whole subject."""
    [kafka] = of("Kafka")
    [listener] = [one for one in kafka["spec"]["kafka"]["listeners"] if one["authentication"]["type"] == "tls"]
    address = f"{kafka['metadata']['name']}-kafka-bootstrap.{kafka['metadata']['namespace']}.svc:{listener['port']}"
    assert told(name, "identity")["MAINSTAY_BUS_URL"] == f"kafka://{address}"
    assert set(kafka["spec"]["kafka"]["authorization"]["superUsers"]) == {f"CN={one}" for one in (*PROGRAMS, "admin")}
    names = {one["spec"]["commonName"] for one in case(name).of("Certificate")}
    assert names == {*PROGRAMS, "admin"}


def test_kafka_makes_no_topic_by_itself_and_loses_none_with_a_broker() -> None:
    """The topics' Job makes them as the contract says; one that came by a typing mistake would have one partition."""
    [kafka], [pool] = of("Kafka"), of("KafkaNodePool")
    settings = kafka["spec"]["kafka"]["config"]
    assert settings["auto.create.topics.enable"] is False
    assert pool["spec"]["replicas"] > settings["min.insync.replicas"]
    assert settings["default.replication.factor"] <= pool["spec"]["replicas"]


@pytest.mark.parametrize("name", PROFILES)
def test_the_authority_of_the_profiles_is_one_of_the_examples(name: str) -> None:
    issuers = {(one["kind"], one["metadata"]["name"]) for one in of("Issuer")}
    for one in case(name).of("Certificate"):
        assert (one["spec"]["issuerRef"]["kind"], one["spec"]["issuerRef"]["name"]) in issuers


def test_the_shelf_holds_the_claims_of_backups_as_they_do_and_may_stand_in_the_namespace() -> None:
    [shelf] = [one for one in of("Pod") if one["metadata"]["name"] == "shelf"]
    pod = Pod(shelf, {}, shelf["spec"])
    assert offences(pod) == []
    claims = {one["name"]: one["persistentVolumeClaim"]["claimName"] for one in pod.spec["volumes"]}
    made = {one["metadata"]["name"] for one in case("standard").of("PersistentVolumeClaim")}
    assert {name.replace("mainstay-", f"{RELEASE}-", 1) for name in claims.values()} == made
    backup = next(one for one in case("standard").pods if one.component == "backup")
    assert {name: backup.spec["securityContext"][name] for name in ("runAsUser", "fsGroup")} == {
        name: pod.spec["securityContext"][name] for name in ("runAsUser", "fsGroup")
    }, "whoever writes there has to be who reads it"
    assert [one["image"] for one in pod.containers] == [one["image"] for one in backup.containers]


@pytest.mark.parametrize("name", PROFILES)
def test_keycloak_is_the_issuer_the_profiles_name(name: str) -> None:
    [keycloak] = of("Keycloak")
    host = keycloak["spec"]["hostname"]["hostname"]
    assert told(name, "gateway")["MAINSTAY_ISSUER"].startswith(f"{host}/realms/")


def test_no_other_namespace_can_ask_for_a_certificate_of_the_authority() -> None:
    """Whoever may make a Certificate for the name `admin` rules Kafka."""
    assert of("ClusterIssuer") == []
    [authority] = [one for one in of("Certificate") if one["spec"].get("isCA")]
    places = {one["metadata"]["namespace"] for one in [authority, *of("Issuer")]}
    assert len(places) == 1
    for name in PROFILES:
        assert {one["spec"]["issuerRef"]["kind"] for one in case(name).of("Certificate")} == {"Issuer"}
