"""The process as a whole: stopped, killed in the middle of its work, started on what is taken or wrongly said."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from libs.kit.postgres import PostgresServer
from tests.load.platform_process import ROOT, PlatformProcess
from tests.support.browser_session import Session
from tests.support.company import find_person
from tests.support.ports import free_port

WORKERS = 4
ENOUGH = 40


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One data folder for all starts of this file."""
    with tempfile.TemporaryDirectory(prefix="mainstay-lost-", ignore_cleanup_errors=True) as name:
        yield Path(name)
        PostgresServer(Path(name) / "postgres").stop()


@asynccontextmanager
async def database(folder: Path, name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(PostgresServer(folder / "postgres").url(name))
    try:
        yield connection
    finally:
        await connection.close()


@dataclass
class Acknowledged:
    """What the platform has confirmed."""

    hired: dict[str, str] = field(default_factory=dict)
    grants: dict[str, str] = field(default_factory=dict)
    transferred: set[str] = field(default_factory=set)


class Office:
    """HR at work: hires into one post, gives a right, transfers to another post, without pause."""

    def __init__(self, hr: Session, prefix: str) -> None:
        self.hr = hr
        self.prefix = prefix
        self.done = Acknowledged()

    async def open(self) -> None:
        self.boss = await find_person(self.hr, "E0001")
        opening = {"unitId": self.boss["unitId"], "headcount": 5000, "opensOn": "2020-01-01"}
        self.posts = [
            (await self.hr.post("/v1/posts", code=f"{self.prefix}-{place}", title="检验员", **opening))["postId"]
            for place in range(2)
        ]

    async def hire(self, number: str) -> dict[str, Any]:
        place = {"unitId": self.boss["unitId"], "postId": self.posts[0], "managerId": self.boss["employeeId"]}
        hired: dict[str, Any] = await self.hr.post(
            "/v1/employees", number=number, name="赵不失", hiredOn="2026-01-05", **place
        )
        self.done.hired[hired["employeeId"]] = number
        return hired

    async def grant(self, employee_id: str) -> None:
        given = await self.hr.post(
            "/v1/grants",
            employeeId=self.boss["employeeId"],
            role="people_viewer",
            scope={"kind": "SCOPE_KIND_UNIT", "unitId": self.boss["unitId"]},
            endsAt=(datetime.now(UTC) + timedelta(days=7)).isoformat(),
            reason=employee_id,
        )
        self.done.grants[given["grantId"]] = employee_id
        await self.hr.post(f"/v1/grants/{given['grantId']}:revoke", reason=employee_id)

    async def transfer(self, person: dict[str, Any]) -> None:
        await self.hr.post(
            f"/v1/employees/{person['employeeId']}:transfer",
            version=person["version"],
            effectiveOn="2026-02-02",
            unitId=self.boss["unitId"],
            postId=self.posts[1],
            reason="调岗",
        )
        self.done.transferred.add(person["employeeId"])

    async def work(self, worker: int) -> None:
        """Until nobody answers any more."""
        try:
            for turn in range(100_000):
                person = await self.hire(f"{self.prefix}{worker}{turn:04}")
                if worker == 0:
                    await self.grant(person["employeeId"])
                await self.transfer(person)
        except (httpx.HTTPError, asyncio.CancelledError):
            return


async def everything_followed(folder: Path) -> None:
    """Waits until every fact is on the bus and identity has handled them all."""
    async with database(folder, "employees") as employees, database(folder, "bus") as bus:
        for _ in range(600):
            waiting = await employees.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            behind = await bus.fetchval(
                "SELECT count(*) FROM bus_groups g JOIN bus_partitions p USING (topic, partition)"
                " WHERE g.name = 'identity' AND g.next_offset < p.next_offset"
            )
            if not waiting and not behind:
                return
            await asyncio.sleep(0.05)
    msg = f"{waiting} facts unpublished, identity behind in {behind} partitions"
    raise AssertionError(msg)


async def test_ctrl_c_stops_cleanly_and_the_next_start_has_everything(folder: Path) -> None:
    async with PlatformProcess(folder) as first, await first.sign_in("hr.admin") as hr:
        office = Office(hr, "C")
        await office.open()
        person = await office.hire("C0001")
        async with asyncio.timeout(60):
            assert await first.interrupt() == 0
    assert not (folder / "postgres" / "data" / "postmaster.pid").exists()
    async with PlatformProcess(folder) as second, await second.sign_in("hr.admin") as hr:
        print(f"first start {first.seconds:.1f} s, second start {second.seconds:.1f} s")
        assert (await hr.get(f"/v1/employees/{person['employeeId']}"))["number"] == "C0001"


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(folder: Path) -> None:
    async with PlatformProcess(folder) as platform, await platform.sign_in("hr.admin") as hr:
        office = Office(hr, "K")
        await office.open()
        workers = [asyncio.create_task(office.work(worker)) for worker in range(WORKERS)]
        while len(office.done.transferred) < ENOUGH:
            assert not all(worker.done() for worker in workers), [worker.exception() for worker in workers]
            await asyncio.sleep(0.01)
        await platform.kill()
        await asyncio.gather(*workers)
    done = office.done
    print(f"killed after {len(done.hired)} hires, {len(done.transferred)} transfers, {len(done.grants)} grants")

    async with PlatformProcess(folder) as again, await again.sign_in("hr.admin") as hr:
        for employee_id, number in done.hired.items():
            person = await hr.get(f"/v1/employees/{employee_id}")
            assert person["number"] == number
            if employee_id in done.transferred:
                assert person["primary"]["postId"] == office.posts[1]
        await everything_followed(folder)
        await assert_facts(folder, done)
        await assert_identity(folder, done)


async def assert_facts(folder: Path, done: Acknowledged) -> None:
    """The topic tells of everybody in the books once per event id, and of each person in the order of the commits."""
    async with database(folder, "bus") as bus, database(folder, "employees") as employees:
        log = await bus.fetch(
            "SELECT key, type, event_id, partition, \"offset\" FROM bus_log WHERE topic = 'employees.lifecycle'"
            ' ORDER BY partition, "offset"'
        )
        recorded = {row["event_id"]: row["id"] for row in await employees.fetch("SELECT event_id, id FROM outbox")}
        people = {
            str(row["employee_id"])
            for row in await employees.fetch("SELECT employee_id FROM people WHERE number LIKE 'K%'")
        }
    assert set(done.hired) <= people
    hires: dict[str, set[Any]] = defaultdict(set)
    told: dict[str, list[Any]] = defaultdict(list)
    for row in log:
        kind = row["type"].rpartition(".")[2]
        if kind == "EmployeeHired":
            hires[row["key"]].add(row["event_id"])
        if row["event_id"] not in told[row["key"]]:
            told[row["key"]].append(row["event_id"])
    print(f"{len(log)} messages in the topic, {len(log) - len({row['event_id'] for row in log})} of them repeated")
    assert {key: len(ids) for key, ids in hires.items() if key in people} == dict.fromkeys(people, 1)
    for key in people:
        ids = [recorded[event_id] for event_id in told[key]]
        assert ids == sorted(ids), key
    assert all(len(told[key]) >= 2 for key in done.transferred)


async def assert_identity(folder: Path, done: Acknowledged) -> None:
    async with database(folder, "identity") as identity:
        accounts = await identity.fetch("SELECT employee_id, count(*) AS many FROM accounts GROUP BY employee_id")
        grants = {str(row["grant_id"]) for row in await identity.fetch("SELECT grant_id FROM grants")}
    many = {str(row["employee_id"]): row["many"] for row in accounts}
    assert {key: many.get(key) for key in done.hired} == dict.fromkeys(done.hired, 1)
    assert set(done.grants) <= grants


async def start(folder: Path, **environment: str) -> tuple[int, str]:
    """Starts the platform where it cannot; its exit code and what it said in the end."""
    ports = {f"MAINSTAY_{name}": str(free_port()) for name in ("PORT", "EDGE_PORT", "ISSUER_PORT", "ADMIN_PORT")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services",
        cwd=ROOT,
        env={**os.environ, **ports, "MAINSTAY_DATA": str(folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.parametrize(
    "variable", ["MAINSTAY_PORT", "MAINSTAY_EDGE_PORT", "MAINSTAY_ISSUER_PORT", "MAINSTAY_ADMIN_PORT"]
)
async def test_a_taken_port_is_said_in_one_line(folder: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = await start(folder, **{variable: port})
    assert code == 1
    assert said.count("\n") == 1
    assert port in said
    assert variable in said


@pytest.mark.parametrize(
    ("variable", "value"), [("MAINSTAY_PORT", "abc"), ("MAINSTAY_LOG_LEVEL", "loud"), ("MAINSTAY_SESSION_RATE", "-1")]
)
async def test_a_wrong_setting_is_named(folder: Path, variable: str, value: str) -> None:
    code, said = await start(folder, **{variable: value})
    assert code == 2
    assert f"{variable}: " in said
    assert "Traceback" not in said


async def test_a_second_process_on_the_same_folder_leaves_the_first_alone(folder: Path) -> None:
    async with PlatformProcess(folder) as first:
        code, said = await start(folder)
        assert code == 1
        assert said.count("\n") == 1
        assert str(first.process.pid) in said
        async with await first.sign_in("hr.admin") as hr:
            assert (await hr.get("/v1/employees", pageSize=1))["employees"]
