"""The stack's own story: somebody is hired and can sign in, a right is taken away between two clicks, an ERP reads with
Keycloak's token; then every part is killed once, and people see at most "try again".
"""

from __future__ import annotations

import json
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.kit.dates import text_of
from tests.support.browser_session import Refused, Session, refused
from tests.support.company import eventually, find_person
from tests.support.stack import StackCompany
from tools.stack.settings import BOARD

PARTS = ("employees", "identity", "gateway", "kafka", "keycloak", "postgres")


async def status_of(on_stack: StackCompany) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        board = await client.get(f"http://127.0.0.1:{on_stack.stack.settings.port + BOARD}/status.json")
    return {one["name"]: one for one in board.json()["parts"]}


async def hire(hr: Session, on_stack: StackCompany, number: str) -> dict[str, Any]:
    manager = await find_person(hr, on_stack.number("manager.quality"))
    post = await hr.post(
        "/v1/posts", code=f"SRE-{number}", title="检验员", unitId=manager["unitId"], headcount=1, opensOn="2026-01-01"
    )
    hired: dict[str, Any] = await hr.post(
        "/v1/employees",
        number=number,
        name="周新民",
        hiredOn=text_of(on_stack.now().date() - timedelta(days=1)),
        unitId=post["unitId"],
        postId=post["postId"],
        managerId=manager["employeeId"],
    )
    return hired


async def test_whoever_is_hired_signs_in_within_seconds(on_stack: StackCompany) -> None:
    hr = await on_stack.sign_in("hr.admin")
    hired = await hire(hr, on_stack, "E9101")
    newcomer = await on_stack.sign_in_once_known("E9101")
    me = await newcomer.get("/v1/me")
    assert me["account"]["employeeId"] == hired["employeeId"]


async def test_a_hire_is_one_trace_through_every_process(on_stack: StackCompany) -> None:
    hr = await on_stack.sign_in("hr.admin")
    await hire(hr, on_stack, "E9102")
    wanted = {
        ("gateway", "POST /v1/employees"),
        ("employees", "publish employees.lifecycle"),
        ("identity", "process employees.lifecycle"),
    }

    async def whole() -> bool:
        traces: dict[str, set[tuple[str, str]]] = {}
        for line in (on_stack.stack.folder / "spans.jsonl").read_text().splitlines():
            one = json.loads(line)
            seen = traces.setdefault(one["trace_id"], set())
            seen.add((one["attributes"].get("mainstay.service"), one["name"]))
        return any(wanted <= seen for seen in traces.values())

    await eventually(whole)


async def test_a_right_taken_away_is_refused_at_the_next_click(on_stack: StackCompany) -> None:
    hr = await on_stack.sign_in("hr.admin")
    manager = await on_stack.sign_in("manager.quality")
    engineer = await find_person(hr, on_stack.number("manager.engineering"))
    row = await find_person(hr, on_stack.number("manager.quality"))
    scope = {"kind": "SCOPE_KIND_UNIT", "unitId": engineer["unitId"]}
    until = (on_stack.now() + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    grant = await hr.post(
        "/v1/grants", employeeId=row["employeeId"], role="people_viewer", scope=scope, endsAt=until, reason="联合改善"
    )
    await manager.get(f"/v1/employees/{engineer['employeeId']}")
    await hr.post(f"/v1/grants/{grant['grantId']}:revoke", reason="项目结束")
    with refused("PERMISSION_REVOKED"):
        await manager.get(f"/v1/employees/{engineer['employeeId']}")


async def test_a_password_alone_reveals_nothing(on_stack: StackCompany) -> None:
    office = await on_stack.sign_in("hr.admin")
    hr = await on_stack.sign_in_by_password("hr.admin")
    person = await find_person(hr, on_stack.number("manager.engineering"))
    with refused("STEP_UP_REQUIRED"):
        await hr.post(f"/v1/employees/{person['employeeId']}:reveal", purpose="核对入职材料")
    assert await office.post(f"/v1/employees/{person['employeeId']}:reveal", purpose="核对入职材料")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", PARTS)
async def test_a_killed_part_comes_back_and_people_see_at_most_try_again(on_stack: StackCompany, part: str) -> None:
    hr = await on_stack.sign_in("hr.admin")
    before = (await status_of(on_stack))[part]
    pid = on_stack.stack.kept[part].part.pid
    assert pid is not None
    kill(pid)

    async def healed() -> bool:
        # Whatever is answered meanwhile, it is the page or advice to come back.
        try:
            await hr.get("/v1/employees", pageSize=5)
        except Refused as refusal:
            assert refusal.status == 503, refusal  # noqa: PT017 - any other answer is the failure
        except httpx.TransportError:
            # Only the front door itself may be gone.
            assert part in {"gateway", "postgres"}, part
        found = (await status_of(on_stack))[part]
        return bool(found["restarts"] > before["restarts"] and found["running"])

    async def works() -> bool:
        try:
            await hr.get("/v1/employees", pageSize=5)
        except (Refused, httpx.TransportError):
            return False
        return True

    await eventually(healed, seconds=120)
    await eventually(works, seconds=60)
    found = (await status_of(on_stack))[part]
    assert [one["until"] for one in found["troubles"] if one["what"] == "ended"][-1]
    await hire(hr, on_stack, f"E92{PARTS.index(part):02d}")


def kill(pid: int) -> None:
    """SIGKILL, as a machine out of memory does it; PostgreSQL has a word of its own for a crash."""
    postgres = "postgres" in Path(f"/proc/{pid}/cmdline").read_text().partition("\0")[0]
    os.kill(pid, signal.SIGQUIT if postgres else signal.SIGKILL)


async def test_the_erp_reads_with_keycloaks_token_and_the_warehouse_does_not(on_stack: StackCompany) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:

        async def token(name: str, secret: str) -> str:
            """Asked for until there is one: Keycloak's database was killed a moment ago."""

            async def given() -> str:
                form = {"grant_type": "client_credentials"}
                answer = await client.post(on_stack.token_url, data=form, auth=(name, secret))
                return answer.json()["access_token"] if answer.is_success else ""

            found: str = await eventually(given, seconds=60)
            return found

        reading = {"Authorization": f"Bearer {await token('erp', on_stack.erp_secret)}"}
        people = await client.get(f"{on_stack.address}/v1/employees", headers=reading, params={"pageSize": 3})
        assert people.status_code == 200, people.text
        assert len(people.json()["employees"]) == 3
        wrong = await client.get(f"{on_stack.address}/v1/grants", headers=reading)
        assert (wrong.status_code, wrong.json()["reason"]) == (403, "PERMISSION_MISSING")
        # The warehouse's token is for Kafka and opens nothing here.
        foreign = {"Authorization": f"Bearer {await token('warehouse', on_stack.stack.secrets.warehouse_client)}"}
        refusal = await client.get(f"{on_stack.address}/v1/employees", headers=foreign)
        assert (refusal.status_code, refusal.json()["reason"]) == (401, "SIGN_IN_REQUIRED")
