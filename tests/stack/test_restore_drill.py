"""The drill: the stack backed up while people work, lost, and restored into an empty one with an empty Kafka."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from libs.kit.postgres import PostgresServer
from tests.support.backups import DIGEST, DIRECTORY, ask, eventually, rows
from tests.support.browser_session import Session
from tests.support.company import find_person
from tests.support.keycloak_pages import Credentials
from tests.support.lacking import need_parts
from tests.support.stack import StackCompany, free_block
from tools.stack.processes import ROOT
from tools.stack.settings import StackSettings
from tools.stack.stack import Stack

pytestmark = pytest.mark.timeout(900)
# What follows the last change is over long before, also on a busy machine.
_STILL_SECONDS = 300
# Restored as they were: the tables that no service writes by itself once it runs.
QUIET = {
    "employees": ("people", "employments", "assignments", "contracts", "units", "posts"),
    "keycloak": ("credential", "user_entity"),
}


@pytest.fixture(autouse=True)
def _parts() -> None:
    need_parts()


@asynccontextmanager
async def company_on(folder: Path, port: int, known: dict[str, Credentials]) -> AsyncIterator[StackCompany]:
    stack = Stack(StackSettings(port=port, data=folder), tell=False)
    await stack.start()
    try:
        async with AsyncExitStack() as sessions:
            yield StackCompany(stack, known, sessions)
    finally:
        await stack.stop()


async def backup(folder: Path, *arguments: str) -> str:
    """What somebody types."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.local_backup", "--data", str(folder), *arguments,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def hire(hr: Session, number: str, post: str) -> dict[str, Any]:
    boss = await find_person(hr, "E0001")
    place = {"unitId": boss["unitId"], "postId": post, "managerId": boss["employeeId"]}
    hired: dict[str, Any] = await hr.post(
        "/v1/employees", number=number, name="赵不失", workMail=f"{number}@example.com", hiredOn="2026-01-05", **place
    )
    return hired


async def hire_on(hr: Session, post: str, enough: asyncio.Event) -> None:
    turn = 0
    while not enough.is_set():
        turn += 1
        await hire(hr, f"D{turn:04}", post)


async def digests(server: PostgresServer) -> dict[str, str]:
    return {
        f"{name}.{table}": await ask(server.url(name), DIGEST.format(table=table))
        for name, tables in QUIET.items()
        for table in tables
    }


async def keys_on_kafka(stack: Stack) -> set[str]:
    tls = stack.certificates.of("admin")
    async with open_bus(stack.kafka.url, SystemClock(), client="test", tls=tls) as bus:
        await bus.ensure_topics({"employees.people": True})
        return {message.key async for message in bus.read("employees.people")}


async def test_the_stack_is_restored_into_an_empty_one() -> None:
    port, known = free_block(), dict[str, Credentials]()
    with tempfile.TemporaryDirectory(prefix="mainstay-drill-", ignore_cleanup_errors=True) as name:
        lost, found, shelf = (Path(name) / part for part in ("lost", "found", "shelf"))
        async with company_on(lost, port, known) as company:
            hr = await company.sign_in("hr.admin")
            unit = (await find_person(hr, "E0001"))["unitId"]
            opening = {"title": "检验员", "unitId": unit, "headcount": 900, "opensOn": "2020-01-01"}
            post = (await hr.post("/v1/posts", code="DRILL", **opening))["postId"]
            newcomer = await hire(hr, "D9999", post)
            await company.sign_in_once_known("D9999")
            enough = asyncio.Event()
            async with asyncio.TaskGroup() as working:
                working.create_task(hire_on(hr, post, enough))
                await asyncio.sleep(2)
                print(await backup(lost, "take", "--to", str(shelf)))
                enough.set()
            before = await backup_of_a_moment_in_which_nothing_changes(company.stack.postgres, lost, shelf)
        # The secrets are kept elsewhere; nothing else outlives the machine.
        found.mkdir()
        shutil.copy(lost / "secrets.json", found / "secrets.json")
        (found / "demo-is-there").touch()
        began = time.monotonic()
        said = await backup(found, "restore", str(shelf))
        print(said)
        server = PostgresServer(found / "postgres")
        await asyncio.to_thread(server.start)
        assert await digests(server) == before
        await asyncio.to_thread(server.stop)
        async with company_on(found, port, known) as company:
            print(f"from an empty machine to a front door in {time.monotonic() - began:.1f} s")
            # The passwords and the second factors they chose before.
            hr = await company.sign_in("hr.admin")
            assert (await find_person(hr, "D9999"))["employeeId"] == newcomer["employeeId"]
            await company.sign_in("D9999")
            await eventually(lambda: same_directories(company.stack.postgres))
            ours = {str(row["employee_id"]) for row in await rows(company.stack.postgres.url("employees"), DIRECTORY)}

            async def told() -> bool:
                return await keys_on_kafka(company.stack) >= ours

            # Said again is one thing, published another: the relay follows.
            await eventually(told)


async def backup_of_a_moment_in_which_nothing_changes(server: PostgresServer, lost: Path, shelf: Path) -> Any:
    """To compare every row with: what every database held before and after it was taken."""
    async with asyncio.timeout(_STILL_SECONDS):
        while True:
            before = await digests(server)
            await backup(lost, "take", "--to", str(shelf))
            if await digests(server) == before:
                return before


async def same_directories(server: PostgresServer) -> bool:
    told = "SELECT count(*) FROM deadlines WHERE kind = 'kit.restored' AND done_at IS NULL"
    if await ask(server.url("employees"), told):
        return False
    ours, theirs = await rows(server.url("employees"), DIRECTORY), await rows(server.url("identity"), DIRECTORY)
    return [dict(one) for one in ours] == [dict(one) for one in theirs]
