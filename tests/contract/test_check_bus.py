"""Checks of Kafka, on a real one: what is wrong with it or with its topics is said, with what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.kit import contract
from libs.kit.bus.kafka_admin import Admin, admin
from libs.kit.bus.topics import TopicSettings, apply, plans
from libs.kit.checks.bus import bus
from libs.kit.settings import read
from libs.kit.tls import Tls
from tests.support.kafka import KafkaPlace
from tools.stack.certificates import Certificates


def settings(kafka: KafkaPlace, tls: Tls, servers: str = "") -> TopicSettings:
    files = {"tls_authority": tls.authority, "tls_certificate": tls.certificate, "tls_key": tls.key}
    return read(TopicSettings, bus_url=f"kafka://{servers or kafka.servers}", bus_replication=1, **files)


@pytest.fixture
async def cluster(kafka: KafkaPlace) -> AsyncIterator[Admin]:
    """With every topic as planned."""
    async with admin(settings(kafka, kafka.tls("admin")).cluster) as found:
        await apply(found, plans(1))
        yield found


async def test_topics_as_planned_are_good(kafka: KafkaPlace, cluster: Admin) -> None:
    assert cluster
    (finding,) = await bus(settings(kafka, kafka.tls("admin")))
    assert (finding.said, finding.good) == (f"{2 * len(contract.topics())} topics at {kafka.servers}, as planned", True)


async def test_a_topic_that_is_not_as_planned_is_named(kafka: KafkaPlace, cluster: Admin) -> None:
    await cluster.alter("employees.lifecycle", {"retention.ms": "1000"})
    (finding,) = await bus(settings(kafka, kafka.tls("admin")))
    assert (finding.about, finding.said) == ("topic employees.lifecycle", "retention.ms 1000 -> 604800000")
    assert finding.cure == "see the log of the Job topics; helm upgrade runs it again"


async def test_a_cluster_that_is_away_or_does_not_know_us_is_said(
    kafka: KafkaPlace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Certificates.in_folder(tmp_path_factory.mktemp("stranger")).of("admin")
    for given in (settings(kafka, kafka.tls("admin"), "127.0.0.1:1"), settings(kafka, stranger)):
        (finding,) = await bus(given)
        assert finding.said.startswith(f"{given.bus_url.removeprefix('kafka://')} cannot be had: ")
        for word in ("kafka.bootstrap", "CN=admin as a super user", "kafka.authority", "networkPolicy.outside.kafka"):
            assert word in finding.cure
