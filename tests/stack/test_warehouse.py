"""The story on the whole stack: the demo's data warehouse reads transfers, and nothing else, as long as HR lets it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.stack.test_kafka_guide import PYTHON, started
from tests.support.browser_session import Session
from tests.support.company import find_person
from tests.support.stack import StackCompany
from tools.stack.settings import KAFKA_OUTSIDE

ROLE = "subscriber.employees.lifecycle"


def environment_on(company: StackCompany, store: Path) -> dict[str, str]:
    """What docs/guides/kafka.md says to set."""
    stack = company.stack
    return {
        "KAFKA": f"localhost:{stack.settings.port + KAFKA_OUTSIDE}",
        "AUTHORITY": str(stack.certificates.authority),
        "TOKEN_URL": company.token_url,
        "CLIENT_ID": "warehouse",
        "CLIENT_SECRET": stack.secrets.warehouse_client,
        "STORE": str(store),
    }


async def test_the_warehouse_reads_a_transfer_until_hr_takes_the_right_away(
    on_stack: StackCompany, tmp_path: Path
) -> None:
    environment = environment_on(on_stack, tmp_path / "transfers.sqlite")
    async with started(PYTHON, {**environment, "TOPIC": "employees.people"}) as consumer:
        assert await consumer.ends() == 1
    assert "not allowed" in consumer.lines[-1]

    hr = await on_stack.sign_in("hr.admin")
    (grant,) = (await hr.get("/v1/grants", role=ROLE, state="GRANT_STATE_ACTIVE"))["grants"]
    async with started(PYTHON, environment) as consumer:
        person = await hire_and_transfer(on_stack, hr)
        await consumer.says(f"{person['employeeId']} goes to {person['unitId']}")
        await hr.post(f"/v1/grants/{grant['grantId']}:revoke", reason="项目结束")
        assert await consumer.ends() == 1
    assert "not allowed" in consumer.lines[-1]

    again = {"accountId": grant["accountId"], "role": ROLE, "scope": {"kind": "SCOPE_KIND_ALL"}}
    await hr.post("/v1/grants", **again, reason="项目恢复")
    async with started(PYTHON, environment) as consumer:
        other = await hire_and_transfer(on_stack, hr)
        await consumer.says(f"{other['employeeId']} goes to {other['unitId']}")


async def hire_and_transfer(company: StackCompany, hr: Session) -> dict[str, Any]:
    manager = await find_person(hr, company.number("executive"))
    opening = {"unitId": manager["unitId"], "headcount": 1, "opensOn": "2026-01-01"}
    mark = f"{company.now():%H%M%S%f}"
    first, second = [await hr.post("/v1/posts", code=f"WH-{mark}-{n}", title="数据专员", **opening) for n in (1, 2)]
    today = company.now().date()
    hired = await hr.post(
        "/v1/employees",
        number=f"W{mark}",
        name="钱仓",
        hiredOn=(today - timedelta(days=10)).isoformat(),
        unitId=first["unitId"],
        postId=first["postId"],
        managerId=manager["employeeId"],
    )
    await hr.post(
        f"/v1/employees/{hired['employeeId']}:transfer",
        version=hired["version"],
        effectiveOn=today.isoformat(),
        unitId=second["unitId"],
        postId=second["postId"],
        reason="内部调动",
    )
    return {**hired, "unitId": second["unitId"]}
