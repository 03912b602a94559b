"""Topics as code: made as planned, corrected when they are not, never deleted or shrunk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from libs.kit import contract
from libs.kit.bus.kafka_admin import Found, admin, plan
from libs.kit.bus.kafka_wire import Cluster
from libs.kit.bus.topics import apply, compare, differences, plans
from tests.support.kafka import KafkaPlace
from tests.support.lacking import need_parts
from tests.support.ports import free_port
from tools.stack.kafka import KafkaServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster(kafka: KafkaPlace) -> Cluster:
    return Cluster(kafka.servers, "test", kafka.tls("admin").context())


def test_every_topic_of_the_contract_has_a_plan_and_a_place_for_its_dead_letters() -> None:
    planned = {one.name: one for one in plans(3)}
    assert planned.keys() == {name + suffix for name in contract.topics() for suffix in ("", ".dead")}
    for name, state in contract.topics().items():
        assert planned[name].settings["cleanup.policy"] == ("compact" if state else "delete")
        assert planned[name].partitions == (1 if state else 12)
        assert planned[name].settings["min.insync.replicas"] == "2"
        assert planned[name + ".dead"].settings["retention.ms"] == str(60 * 24 * 3600 * 1000)


def test_what_cannot_be_corrected_is_said_and_left() -> None:
    wanted = plan("facts", state=False, replication=3)
    (partitions, copies) = differences(wanted, Found(6, 1, wanted.settings))
    assert "6 partitions instead of 12" in partitions.said
    assert "1 copies instead of 3" in copies.said
    assert [(one.made, one.settings) for one in (partitions, copies)] == [(False, None)] * 2


async def test_what_is_missing_is_made_and_what_is_wrong_corrected_once(cluster: Cluster) -> None:
    wanted = [plan("plan.facts", state=False, replication=1), plan("plan.state", state=True, replication=1)]
    async with admin(cluster) as asked:
        assert await apply(asked, wanted) == (
            ["plan.facts: missing, 12 partitions: made", "plan.state: missing, 1 partitions: made"],
            True,
        )
        assert await apply(asked, wanted) == ([], True)
        assert not await asked.alter("plan.facts", {"retention.ms": "1000", "max.message.bytes": "2000000"})
        lines, whole = await apply(asked, wanted)
        assert (lines, whole) == (["plan.facts: retention.ms 1000 -> 604800000: corrected"], True)
        found = (await asked.describe(["plan.facts"]))["plan.facts"]
        assert found.settings is not None
        assert found.settings["max.message.bytes"] == "2000000", "what an operator has added stays"
        fewer = [plan("plan.facts", state=True, replication=1)]
        lines, whole = await apply(asked, fewer)
        assert not whole
        assert (await asked.describe(["plan.facts"]))["plan.facts"].partitions == 12
        assert await apply(asked, [*wanted]) != ([], True)
        assert await compare(asked, wanted) == []


async def test_a_cluster_that_makes_topics_by_itself_is_given_none_by_a_question(tmp_path: Path) -> None:
    """As Kafka does unless it is told not to: the topic it made would have another number of partitions for good."""
    by_itself = {"auto.create.topics.enable": "true", "num.partitions": "3"}
    ports = free_port(), free_port()
    server = KafkaServer(
        tmp_path,
        need_parts(),
        inner_port=ports[0],
        controller_port=ports[1],
        settings=by_itself,
        dies_with_parent=True,
    )
    server.start()
    try:
        wanted = [plan("asked.facts", state=False)]
        async with admin(Cluster(server.url.removeprefix("kafka://"), "test", None)) as asked:
            assert [one.made for one in await compare(asked, wanted)] == [True]
            assert [one.made for one in await compare(asked, wanted)] == [True]
            await apply(asked, wanted)
            assert (await asked.describe(["asked.facts"]))["asked.facts"].partitions == 12
    finally:
        server.stop()


def test_the_command_says_what_it_did_and_ends_accordingly(kafka: KafkaPlace) -> None:
    tls = kafka.tls("admin")
    given = {
        "MAINSTAY_BUS_URL": f"kafka://{kafka.servers}",
        "MAINSTAY_BUS_REPLICATION": "1",
        "MAINSTAY_TLS_AUTHORITY": str(tls.authority),
        "MAINSTAY_TLS_CERTIFICATE": str(tls.certificate),
        "MAINSTAY_TLS_KEY": str(tls.key),
    }
    count = 2 * len(contract.topics())
    done = run("apply", given)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{count} topics, as planned")
    assert run("apply", given).stdout == f"{count} topics, as planned\n"
    assert run("check", given).returncode == 0
    assert run("check", {**given, "MAINSTAY_BUS_REPLICATION": "3"}).returncode == 1
    assert run("apply", {"MAINSTAY_BUS_URL": "postgresql://somewhere"}).returncode == 2
    assert run("apply", {**given, "MAINSTAY_BUS_URL": "kafka://127.0.0.1:1"}).returncode == 3


@pytest.mark.parametrize("missing", ["AUTHORITY", "CERTIFICATE", "KEY"])
def test_with_some_files_of_tls_missing_it_refuses_instead_of_going_in_clear(missing: str, tmp_path: Path) -> None:
    files = {f"MAINSTAY_TLS_{name}": str(tmp_path / "file.pem") for name in ("AUTHORITY", "CERTIFICATE", "KEY")}
    del files[f"MAINSTAY_TLS_{missing}"]
    done = run("check", {**files, "MAINSTAY_BUS_URL": "kafka://127.0.0.1:1"})
    assert done.returncode == 2
    assert "TLS needs all of" in done.stderr


def run(command: str, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}", **given}
    return subprocess.run(
        [sys.executable, "-m", "libs.kit.bus.topics", command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
