"""The demo company loads into an empty database, with its history, once."""

from __future__ import annotations

import time

from sqlalchemy import func, select

from libs.kit import outbox
from libs.kit.call import Call
from libs.kit.tables import outbox as outbox_table
from mainstay.employees.v1 import organization_pb2, people_pb2
from services.employees import demo, demo_load
from tests.integration.employees.conftest import Office


async def load(office: Office) -> bool:
    async with office.database.transaction() as db:
        call = Call(db=db, house=office.gate.house, request_id="demo")
        loaded = await demo_load.load(call, demo.company(office.today))
        await outbox.write(db, call.events, source="employees", trace="")
        return loaded


async def test_the_demo_company_loads_in_seconds_and_once(office: Office) -> None:
    started = time.perf_counter()
    assert await load(office)
    took = time.perf_counter() - started
    print(f"demo company loaded in {took:.2f} s")
    assert took < 20
    async with office.database.reading() as db:
        facts = await db.value(select(func.count()).select_from(outbox_table))
    assert facts > 1000
    assert not await load(office)
    async with office.database.reading() as db:
        assert facts == await db.value(select(func.count()).select_from(outbox_table))


async def test_the_demo_company_can_be_read(office: Office) -> None:
    await load(office)
    listed = await office.ask(
        "PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(page_size=500, with_total=True)
    )
    assert 250 < listed.total < 360
    assert all(row.name and row.unit_name and row.post_title for row in listed.employees)
    tree = await office.ask("OrganizationService.ListUnits", organization_pb2.ListUnitsRequest())
    assert tree.units[0].parent_id == ""
    employed = [row for row in listed.employees if row.status != people_pb2.EMPLOYEE_STATUS_JOINING]
    assert tree.units[0].people_below == len(employed)
    for row in listed.employees[:20]:
        shown = await office.get(row.employee_id)
        assert shown.name == row.name
        timeline = await office.ask(
            "PeopleService.GetTimeline", people_pb2.GetTimelineRequest(employee_id=row.employee_id)
        )
        assert timeline.entries[-1].kind in {
            people_pb2.TIMELINE_KIND_HIRED,
            people_pb2.TIMELINE_KIND_CONTRACT_SIGNED,
        }


async def test_one_finds_people_by_pinyin_and_number(office: Office) -> None:
    await load(office)
    first = (await office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(page_size=1))).employees[0]
    for query in (first.name, first.number, first.number[:3], first.name[:1]):
        found = await office.ask(
            "PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query=query, page_size=500)
        )
        assert first.employee_id in {row.employee_id for row in found.employees}
