"""The story of the first day, through the front door: a second company is imported, a manager sees their own people and
nobody else, a right is given and taken away, an ERP reads along, a subscriber follows.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from libs.kit.dates import text_of
from mainstay.employees.v1 import events_pb2
from services.employees.demo import second_company
from tests.support.browser_session import Session, refused
from tests.support.company import Company, find_person, upload


async def finished(session: Session, import_id: str, *going: str) -> dict[str, Any]:
    """The import once it is past the given states."""
    for _ in range(600):
        found: dict[str, Any] = await session.get(f"/v1/imports/{import_id}")
        if found["state"] not in going:
            return found
        await asyncio.sleep(0.05)
    msg = f"the import stays {found['state']}"
    raise AssertionError(msg)


def corrected(mapping: dict[str, Any], columns: list[dict[str, Any]], heading: str, field: str) -> dict[str, Any]:
    """The mapping with one column's target changed by a person."""
    index = next(column.get("index", 0) for column in columns if column["heading"] == heading)
    assert not any(one.get("column", 0) == index and one["field"] == field for one in mapping["columns"])
    kept = [one for one in mapping["columns"] if one.get("column", 0) != index and one["field"] != field]
    return {**mapping, "columns": [*kept, {"column": index, "field": field}], "createMissing": True}


async def test_a_second_company_is_imported_after_its_mistakes_are_corrected(company: Company) -> None:
    hr = await company.sign_in("hr.admin")
    before = len((await hr.get("/v1/units"))["units"])

    made = await upload(hr, "IMPORT_KIND_PEOPLE", "people.xlsx", second_company())
    made = await finished(hr, made["importId"], "IMPORT_STATE_UPLOADING")
    assert made["state"] == "IMPORT_STATE_MAPPING"
    mapping = corrected(made["mapping"], made["columns"], "员工代码", "number")

    await hr.post(f"/v1/imports/{made['importId']}:dryRun", mapping=mapping)
    made = await finished(hr, made["importId"], "IMPORT_STATE_CHECKING")
    assert (made["state"], made["rowsWrong"]) == ("IMPORT_STATE_PROBLEMS", 12)
    problems = (await hr.get(f"/v1/imports/{made['importId']}/problems", pageSize=100))["problems"]
    assert len({problem["row"] for problem in problems}) == 12
    assert all(problem["problem"] and problem["fix"] for problem in problems)
    with refused("IMPORT_HAS_PROBLEMS"):
        await hr.post(f"/v1/imports/{made['importId']}:apply")

    fixed = await upload(hr, "IMPORT_KIND_PEOPLE", "people.xlsx", second_company(corrected=True))
    fixed = await finished(hr, fixed["importId"], "IMPORT_STATE_UPLOADING")
    await hr.post(f"/v1/imports/{fixed['importId']}:dryRun", mapping=mapping)
    fixed = await finished(hr, fixed["importId"], "IMPORT_STATE_CHECKING")
    assert fixed["state"] == "IMPORT_STATE_READY"
    await hr.post(f"/v1/imports/{fixed['importId']}:apply")
    fixed = await finished(hr, fixed["importId"], "IMPORT_STATE_APPLYING")
    assert (fixed["state"], fixed["rowsNew"]) == ("IMPORT_STATE_DONE", fixed["rows"])
    assert len((await hr.get("/v1/units"))["units"]) > before

    again = await upload(hr, "IMPORT_KIND_PEOPLE", "people.xlsx", second_company(corrected=True))
    again = await finished(hr, again["importId"], "IMPORT_STATE_UPLOADING")
    await hr.post(f"/v1/imports/{again['importId']}:dryRun", mapping=mapping)
    again = await finished(hr, again["importId"], "IMPORT_STATE_CHECKING")
    assert again["rowsSame"] == again["rows"]


async def test_a_manager_sees_their_own_people_and_nobody_else(company: Company) -> None:
    manager = await company.sign_in("manager.workshop")
    hr = await company.sign_in("hr.admin")
    me = (await manager.get("/v1/me"))["account"]["employeeId"]
    people = (await manager.get("/v1/employees", pageSize=500))["employees"]
    assert people
    everybody = (await hr.get("/v1/employees", pageSize=500))["employees"]
    managers = {row["employeeId"]: row.get("managerId", "") for row in everybody}

    def below(person: str) -> bool:
        return person == me or (managers.get(person, "") != "" and below(managers[person]))

    dotted = {person["employeeId"] for person in people if not below(person["employeeId"])}
    for person in dotted:
        record = await hr.get(f"/v1/employees/{person}")
        assert me in {line["managerId"] for line in record["dotted"]}

    own = await manager.get(f"/v1/employees/{people[0]['employeeId']}")
    assert "*" in own["mobile"]
    assert "*" in own["nationalId"]
    contracts = (await manager.get(f"/v1/employees/{people[0]['employeeId']}/contracts")).get("contracts", [])
    assert all(contract["pay"]["amount"] == "******" for contract in contracts)

    stranger = next(row for row in everybody if not below(row["employeeId"]) and row["employeeId"] not in dotted)
    with refused("OUT_OF_SCOPE"):
        await manager.get(f"/v1/employees/{stranger['employeeId']}")
    why = await manager.get("/v1/access:explain", permission="employees.person.read", employeeId=stranger["employeeId"])
    assert not why.get("allowed")
    assert any(role["role"] == "people_viewer" for role in why["roles"])
    assert why["granters"]


async def test_a_right_given_opens_at_once_and_taken_away_is_refused_on_the_very_next_call(company: Company) -> None:
    hr = await company.sign_in("hr.admin")
    manager = await company.sign_in("manager.workshop")
    engineer = await find_person(hr, company.number("manager.engineering"))
    manager_row = await find_person(hr, company.number("manager.workshop"))
    with refused("OUT_OF_SCOPE"):
        await manager.get(f"/v1/employees/{engineer['employeeId']}")

    until = (company.now() + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    grant = await hr.post(
        "/v1/grants",
        employeeId=manager_row["employeeId"],
        role="people_viewer",
        scope={"kind": "SCOPE_KIND_UNIT", "unitId": engineer["unitId"]},
        endsAt=until,
        reason="联合改善项目",
    )
    assert (await manager.get(f"/v1/employees/{engineer['employeeId']}"))["number"] == engineer["number"]

    await hr.post(f"/v1/grants/{grant['grantId']}:revoke", reason="项目结束")
    with refused("PERMISSION_REVOKED") as refusal:
        await manager.get(f"/v1/employees/{engineer['employeeId']}")
    assert refusal[0].status == 403
    assert refusal[0].problem["metadata"]["ended_at"]


async def test_a_right_ends_by_itself_when_its_time_is_over(company: Company) -> None:
    hr = await company.sign_in("hr.admin")
    manager = await company.sign_in("manager.quality")
    engineer = await find_person(hr, company.number("manager.engineering"))
    manager_row = await find_person(hr, company.number("manager.quality"))
    until = (company.now() + company.short).isoformat().replace("+00:00", "Z")
    await hr.post(
        "/v1/grants",
        employeeId=manager_row["employeeId"],
        role="people_viewer",
        scope={"kind": "SCOPE_KIND_UNIT", "unitId": engineer["unitId"]},
        endsAt=until,
        reason="临时查看",
    )
    await manager.get(f"/v1/employees/{engineer['employeeId']}")
    await company.pass_time(company.short + timedelta(seconds=1))
    with refused("PERMISSION_REVOKED"):
        await manager.get(f"/v1/employees/{engineer['employeeId']}")


async def test_an_erp_reads_over_grpc_and_may_do_nothing_else(company: Company) -> None:
    from mainstay_client import Mainstay

    def read() -> tuple[int, str]:
        with Mainstay(
            company.edge,
            token_url=company.token_url,
            client_id="erp",
            client_secret=company.erp_secret,
        ) as mainstay:
            people = list(mainstay.employees.people.list_employees(page_size=100))
            reason = ""
            try:
                mainstay.identity.grants.list_grants()
            except Exception as error:  # noqa: BLE001 - its reason is what is asserted
                reason = getattr(error, "reason", repr(error))
            return len(people), reason

    count, reason = await asyncio.to_thread(read)
    assert count >= 300
    assert reason == "PERMISSION_MISSING"


async def test_a_subscriber_gets_hire_and_transfer_in_order(company: Company) -> None:
    hr = await company.sign_in("hr.admin")
    unit = (await find_person(hr, company.number("manager.quality")))["unitId"]
    opening = {"unitId": unit, "headcount": 1, "opensOn": "2026-01-01"}
    first = await hr.post("/v1/posts", code="STORY-1", title="检验员", **opening)
    second = await hr.post("/v1/posts", code="STORY-2", title="数据统计员", **opening)
    manager = await find_person(hr, company.number("executive"))
    today = company.now().date()

    async with company.follow(["employees.lifecycle"]) as following:
        hired = await hr.post(
            "/v1/employees",
            number="E9001",
            name="赵新",
            hiredOn=text_of(today - timedelta(days=10)),
            unitId=first["unitId"],
            postId=first["postId"],
            managerId=manager["employeeId"],
        )
        await hr.post(
            f"/v1/employees/{hired['employeeId']}:transfer",
            version=hired["version"],
            effectiveOn=text_of(today),
            unitId=second["unitId"],
            postId=second["postId"],
            reason="内部调动",
        )
        seen = []
        async with asyncio.timeout(10):
            async for message in following:
                if message.key == hired["employeeId"]:
                    seen.append(message.type.rpartition(".")[2])
                if len(seen) == 2:
                    break
    assert seen == ["EmployeeHired", "EmployeeTransferred"]
    assert events_pb2.EmployeeHired.DESCRIPTOR.name == seen[0]
    newcomer = await company.sign_in_once_known("E9001")
    assert (await newcomer.get("/v1/employees/" + hired["employeeId"]))["primary"]["postId"] == second["postId"]
