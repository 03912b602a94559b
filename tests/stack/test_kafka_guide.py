"""The consumers of docs/guides/kafka do what the guide says, as processes against the real Kafka and Keycloak."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from libs.kit.ids import uuid7
from mainstay.employees.v1 import events_pb2
from tests.support.outside import Outside
from tools.stack import parts

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "kafka"
LIFECYCLE = "employees.lifecycle"
PYTHON = (sys.executable, str(GUIDE / "consumer.py"))
# Compiling the file and starting Java on a busy machine.
_PATIENCE_SECONDS = 60.0


def java() -> tuple[str, ...]:
    quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m")
    return (str(parts.java()), *quick, "-cp", f"{parts.fetch().kafka}/*", str(GUIDE / "Consumer.java"))


@dataclass
class Running:
    """A consumer's process; `lines` is what it said so far."""

    process: asyncio.subprocess.Process
    lines: list[str]

    async def says(self, what: str) -> str:
        """The line with these words."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                found = [line for line in self.lines if what in line]
                if found:
                    return found[0]
                assert self.process.returncode is None, "\n".join(self.lines)
                await asyncio.sleep(0.05)

    async def ends(self) -> int:
        return await asyncio.wait_for(self.process.wait(), _PATIENCE_SECONDS)


@asynccontextmanager
async def started(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Running(process, [])
    reading = asyncio.create_task(_read(process, running.lines))
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def _read(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        lines.append(line.decode().rstrip())


@pytest.fixture
async def environment(outside: Outside, tmp_path: Path) -> dict[str, str]:
    """What the guide says to set, for the warehouse, which may read the lifecycle topic."""
    await outside.bus.set_readers({"warehouse": {LIFECYCLE}, "erp": set()})
    return {
        "KAFKA": outside.servers,
        "AUTHORITY": str(outside.authority),
        "TOKEN_URL": f"{outside.realm.issuer}/protocol/openid-connect/token",
        "CLIENT_ID": "warehouse",
        "CLIENT_SECRET": outside.realm.secret("warehouse"),
        "GROUP": f"warehouse.{uuid7()}",
        "STORE": str(tmp_path / "transfers.sqlite"),
    }


def transfer() -> events_pb2.EmployeeTransferred:
    return events_pb2.EmployeeTransferred(employee_id=str(uuid7()), effective_on="2026-11-01", unit_id="U-7")


def kept(environment: Mapping[str, str], employee_id: str) -> int:
    with sqlite3.connect(environment["STORE"]) as store:
        query = "SELECT count(*) FROM transfers WHERE employee_id = ?"
        return int(store.execute(query, (employee_id,)).fetchone()[0])


async def test_python_keeps_each_transfer_once(outside: Outside, environment: dict[str, str]) -> None:
    first, second = transfer(), transfer()
    (sent,) = await outside.publish(first)
    # Published again, as after a crash of ours between publishing and remembering it.
    await outside.bus.publish([sent])
    await outside.publish(events_pb2.EmployeeErased(employee_id=str(uuid7())))
    async with started(PYTHON, environment) as consumer:
        await consumer.says(f"{first.employee_id} goes to U-7 on 2026-11-01")
        await outside.publish(second)
        await consumer.says(second.employee_id)
        consumer.process.terminate()
        assert await consumer.ends() == 0
    # From the beginning, in a new group: the inbox knows them.
    third = transfer()
    await outside.publish(third)
    async with started(PYTHON, {**environment, "GROUP": f"warehouse.{uuid7()}"}) as consumer:
        await consumer.says(third.employee_id)
    assert [kept(environment, one.employee_id) for one in (first, second, third)] == [1, 1, 1]


async def test_python_goes_on_where_it_stopped(outside: Outside, environment: dict[str, str], tmp_path: Path) -> None:
    before, after = transfer(), transfer()
    await outside.publish(before)
    async with started(PYTHON, environment) as consumer:
        await consumer.says(before.employee_id)
        consumer.process.terminate()
        await consumer.ends()
    await outside.publish(after)
    elsewhere = {**environment, "STORE": str(tmp_path / "other.sqlite")}
    async with started(PYTHON, elsewhere) as consumer:
        await consumer.says(after.employee_id)
    assert (kept(elsewhere, before.employee_id), kept(elsewhere, after.employee_id)) == (0, 1)


async def test_java_reads_events(outside: Outside, environment: dict[str, str]) -> None:
    fact = transfer()
    (sent,) = await outside.publish(fact)
    async with started(java(), environment) as consumer:
        line = await consumer.says(str(sent.event_id))
        assert line.startswith(f"mainstay.employees.v1.EmployeeTransferred {sent.event_id} of {fact.employee_id} at ")
        assert line.endswith(f", {len(sent.value)} bytes")
        consumer.process.terminate()
        await consumer.says("ended")
        await consumer.ends()


BOTH = pytest.mark.parametrize("language", ["python", "java"])


def program(language: str) -> tuple[str, ...]:
    return PYTHON if language == "python" else java()


@BOTH
async def test_a_right_that_is_taken_ends_it_with_a_clear_word(
    outside: Outside, environment: dict[str, str], language: str
) -> None:
    (sent,) = await outside.publish(transfer())
    async with started(program(language), environment) as consumer:
        await consumer.says(sent.key)
        await outside.bus.set_readers({"warehouse": set()})
        taken = time.monotonic()
        assert await consumer.ends() == 1
        print(f"{language}: ended {time.monotonic() - taken:.2f} s after the right was taken")
    assert "not allowed" in consumer.lines[-1]
    # Whichever is asked for first: records, or the group's place.
    assert any(name in consumer.lines[-1] for name in (LIFECYCLE, environment["GROUP"]))


@BOTH
@pytest.mark.parametrize("what", ["topic", "group"])
async def test_a_topic_or_group_of_others_is_refused_with_a_clear_word(
    environment: dict[str, str], language: str, what: str
) -> None:
    foreign = {"TOPIC": "identity.access"} if what == "topic" else {"GROUP": "employees"}
    async with started(program(language), {**environment, **foreign}) as consumer:
        assert await consumer.ends() == 1
    assert "not allowed" in consumer.lines[-1]
    assert next(iter(foreign.values())) in consumer.lines[-1]


@BOTH
async def test_a_token_for_something_else_is_refused_with_a_clear_word(
    outside: Outside, environment: dict[str, str], language: str
) -> None:
    """The ERP's tokens are for calls."""
    erp = {"CLIENT_ID": "erp", "CLIENT_SECRET": outside.realm.secret("erp"), "GROUP": "erp.reports"}
    async with started(program(language), {**environment, **erp}) as consumer:
        assert await consumer.ends() == 1
    assert "token refused" in consumer.lines[-1]


async def test_a_wrong_secret_is_told_as_such(environment: dict[str, str]) -> None:
    async with started(PYTHON, {**environment, "CLIENT_SECRET": "wrong"}) as consumer:
        assert await consumer.ends() == 1
    assert "no token for warehouse" in consumer.lines[-1]


async def test_an_unreachable_kafka_is_told_as_such(environment: dict[str, str]) -> None:
    async with started(PYTHON, {**environment, "KAFKA": "127.0.0.1:9"}) as consumer:
        assert await consumer.ends() == 1
    assert "cannot be reached" in consumer.lines[-1]
