"""The list and the single record say the same, whoever asks; searches, filters, pages, days."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest

from libs.kit.access.scopes import Scope
from libs.kit.rpc.status import Failed
from mainstay.contract.v1 import types_pb2
from mainstay.employees.v1 import contracts_pb2, organization_pb2, people_pb2
from tests.integration.employees.conftest import Office
from tests.integration.employees.test_demo import load
from tests.integration.employees.test_lifecycle import refused, small_company

READ = "employees.person.read"
STATUSES = [number for number in people_pb2.EmployeeStatus.values() if number]


async def everybody(
    office: Office, held: Any = None, employee_id: UUID | None = None, **filters: Any
) -> dict[str, Any]:
    """All rows of a list, page by page."""
    found: dict[str, Any] = {}
    request = people_pb2.ListEmployeesRequest(page_size=37, with_total=True, **filters)
    while True:
        page = await office.ask("PeopleService.ListEmployees", request, held, employee_id)
        assert not found.keys() & {row.employee_id for row in page.employees}
        found |= {row.employee_id: row for row in page.employees}
        if not page.next_page_token:
            assert page.total == len(found)
            return found
        request.page_token = page.next_page_token


async def may_open(office: Office, employee_id: str, held: Any, holder: UUID) -> bool:
    try:
        request = people_pb2.GetEmployeeRequest(employee_id=employee_id)
        await office.ask("PeopleService.GetEmployee", request, held, holder)
    except Failed as failed:
        if failed.reason != "OUT_OF_SCOPE":
            raise
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
async def test_the_list_holds_exactly_those_whose_record_may_be_opened(office: Office, seed: int) -> None:
    await load(office)
    people = await everybody(office, statuses=STATUSES)
    tree = (await office.ask("OrganizationService.ListUnits", organization_pb2.ListUnitsRequest())).units
    dice = random.Random(seed)
    for _ in range(4):
        holder = UUID(dice.choice(list(people)))
        kinds = ["self", "reports", *(f"unit:{dice.choice(tree).unit_id}" for _ in range(2))]
        scopes = tuple(Scope.parse(kind) for kind in dice.sample(kinds, dice.randint(1, 3)))
        held = {READ: scopes}
        listed = await everybody(office, held, holder, statuses=STATUSES)
        allowed = set()
        for employee_id in people:
            if await may_open(office, employee_id, held, holder):
                allowed.add(employee_id)
        assert set(listed) == allowed


async def test_the_list_and_the_record_agree_on_what_they_show(office: Office) -> None:
    await load(office)
    people = await everybody(office, statuses=STATUSES)
    for employee_id, row in list(people.items())[::7]:
        record = await office.get(employee_id)
        assert (record.number, record.name, record.name_en, record.mobile) == (
            row.number, row.name, row.name_en, row.mobile,
        )  # fmt: skip
        assert (record.status, record.hired_on, record.last_day) == (row.status, row.hired_on, row.last_day)
        if record.HasField("primary"):
            assert record.primary.unit_name == row.unit_name
            assert record.primary.post_title == row.post_title
            assert record.primary.manager_name == row.manager_name


async def test_filters_orders_and_pages(office: Office) -> None:
    await load(office)
    people = await everybody(office)
    row = next(one for one in people.values() if one.manager_id)
    for name in ("unit_id", "post_id", "manager_id"):
        found = await everybody(office, **{name: getattr(row, name)})
        assert row.employee_id in found
        if name != "unit_id":
            assert {getattr(one, name) for one in found.values()} == {getattr(row, name)}
    by_day = await everybody(office, order=people_pb2.EMPLOYEE_ORDER_HIRED_LAST_FIRST)
    days = [one.hired_on for one in by_day.values()]
    assert days == sorted(days, reverse=True)
    assert set(by_day) == set(people)
    numbers = [one.number for one in people.values()]
    assert numbers == sorted(numbers)
    for status in STATUSES:
        assert {one.status for one in (await everybody(office, statuses=[status])).values()} <= {status}
    page = await office.ask("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(page_size=5))
    with refused("PAGE_TOKEN_INVALID"):
        await office.ask(
            "PeopleService.ListEmployees",
            people_pb2.ListEmployeesRequest(page_token=page.next_page_token, query="x"),
        )


async def test_corrections_keep_what_was(office: Office) -> None:
    _, _, _, person = await small_company(office)
    request = people_pb2.CorrectEmployeeRequest(
        employee_id=person.employee_id,
        version=person.version,
        name="欧阳明",
        mobile="13700001111",
        time_zone="Europe/Berlin",
    )
    request.time_zone = "Europe/Berlin"
    corrected = await office.ask("PeopleService.CorrectEmployee", request)
    assert (corrected.name, corrected.mobile, corrected.time_zone) == ("欧阳明", "137****1111", "Europe/Berlin")
    assert corrected.version == person.version + 1
    found = await everybody(office, query="oym")
    assert set(found) == {person.employee_id}
    assert not await everybody(office, query=person.name)
    timeline = await office.ask(
        "PeopleService.GetTimeline", people_pb2.GetTimelineRequest(employee_id=person.employee_id)
    )
    entry = timeline.entries[0]
    assert entry.kind == people_pb2.TIMELINE_KIND_CORRECTED
    assert list(entry.fields) == ["name", "mobile", "time_zone"]
    # Corrected on their own day, which in Berlin may be the day before the office's.
    assert (await office.get(person.employee_id, office.day(-2))).name == person.name
    request.version = corrected.version
    unchanged = await office.ask("PeopleService.CorrectEmployee", request)
    assert unchanged.version == corrected.version
    with refused("FIELDS_INVALID"):
        request.time_zone = "Mars/Olympus"
        await office.ask("PeopleService.CorrectEmployee", request)


async def test_name_cards_are_for_everybody(office: Office) -> None:
    unit, post, boss, report = await small_company(office)
    request = people_pb2.ListNameCardsRequest(employee_ids=[boss.employee_id, report.employee_id, str(UUID(int=7))])
    held = {"employees.card.read": (Scope("self"),)}
    cards = (await office.ask("PeopleService.ListNameCards", request, held, UUID(report.employee_id))).cards
    assert {card.name for card in cards} == {boss.name, report.name}
    assert {card.unit_name for card in cards} == {unit.name}
    assert {card.post_title for card in cards} == {post.title}


async def test_units_and_posts_on_their_days(office: Office) -> None:
    root = await office.unit("GROUP")
    unit = await office.unit("QA", root.unit_id)
    post = await office.post(unit.unit_id, "QA-1", headcount=2)
    person = await office.hire(post)
    tree = (await office.ask("OrganizationService.ListUnits", organization_pb2.ListUnitsRequest())).units
    assert [(one.code, one.people, one.people_below) for one in tree] == [("GROUP", 0, 1), ("QA", 1, 1)]
    changed = await office.ask(
        "OrganizationService.ChangeUnit",
        organization_pb2.ChangeUnitRequest(
            unit_id=unit.unit_id,
            version=unit.version,
            effective_on=office.day(),
            name="质量部",
            head_id=person.employee_id,
        ),
    )
    assert (changed.name, changed.head_id) == ("质量部", person.employee_id)
    before = await office.ask(
        "OrganizationService.GetUnit", organization_pb2.GetUnitRequest(unit_id=unit.unit_id, as_of=office.day(-1))
    )
    assert (before.name, before.people) == ("QA部", 1)
    with refused("UNIT_NOT_EMPTY"):
        await office.ask(
            "OrganizationService.CloseUnit",
            organization_pb2.CloseUnitRequest(unit_id=unit.unit_id, version=changed.version, last_day=office.day(5)),
        )
    with refused("UNIT_CYCLE"):
        request = organization_pb2.ChangeUnitRequest(
            unit_id=root.unit_id, version=root.version, effective_on=office.day(), parent_id=unit.unit_id
        )
        await office.ask("OrganizationService.ChangeUnit", request)
    with refused("CODE_TAKEN"):
        await office.unit("QA")
    listed = await office.ask("OrganizationService.ListPosts", organization_pb2.ListPostsRequest(unit_id=root.unit_id))
    assert [(one.code, one.filled, one.headcount) for one in listed.posts] == [("QA-1", 1, 2)]
    with refused("POST_NOT_EMPTY"):
        await office.ask(
            "OrganizationService.ClosePost",
            organization_pb2.ClosePostRequest(post_id=post.post_id, version=post.version, last_day=office.day(5)),
        )
    await office.leave(person, -1)
    vacant = await office.ask("OrganizationService.GetUnit", organization_pb2.GetUnitRequest(unit_id=unit.unit_id))
    assert vacant.people == 0
    assert not vacant.head_id
    changed_post = await office.ask(
        "OrganizationService.ChangePost",
        organization_pb2.ChangePostRequest(post_id=post.post_id, version=post.version, title="来料检验", headcount=1),
    )
    assert (changed_post.title, changed_post.headcount, changed_post.version) == ("来料检验", 1, post.version + 1)
    closed = await office.ask(
        "OrganizationService.CloseUnit",
        organization_pb2.CloseUnitRequest(unit_id=unit.unit_id, version=vacant.version, last_day=office.day(5)),
    )
    assert closed.closed_on == office.day(5)
    with refused("UNIT_CLOSED"):
        await office.post(unit.unit_id, "QA-2", opens=6)
    assert (await office.facts(post.post_id)).count("PostChanged") == 3


async def test_contracts_follow_each_other_and_hide_the_pay(office: Office) -> None:
    _, _, _, person = await small_company(office)

    def contract(kind: Any, first: int, last: int | None = None) -> contracts_pb2.SignContractRequest:
        return contracts_pb2.SignContractRequest(
            employee_id=person.employee_id,
            kind=kind,
            starts_on=office.day(first),
            ends_on="" if last is None else office.day(last),
            pay=types_pb2.Money(amount="18500.00", currency="CNY"),
            pay_period=contracts_pb2.PAY_PERIOD_MONTH,
        )

    first = await office.ask("ContractService.SignContract", contract(contracts_pb2.CONTRACT_KIND_OPEN_ENDED, -90))
    assert first.pay.amount == "******"
    await office.ask("ContractService.SignContract", contract(contracts_pb2.CONTRACT_KIND_FIXED_TERM, -10, 300))
    listed = await office.ask(
        "ContractService.ListContracts", contracts_pb2.ListContractsRequest(employee_id=person.employee_id)
    )
    assert [one.ends_on for one in listed.contracts] == [office.day(300), office.day(-11)]
    assert {one.pay.amount for one in listed.contracts} == {"******"}
    with refused("CONTRACT_OVERLAPS"):
        await office.ask("ContractService.SignContract", contract(contracts_pb2.CONTRACT_KIND_FIXED_TERM, 100, 200))
    with refused("BEFORE_HIRE"):
        await office.ask("ContractService.SignContract", contract(contracts_pb2.CONTRACT_KIND_INTERNSHIP, -101, -99))
    with refused("FIELDS_INVALID"):
        await office.ask("ContractService.SignContract", contract(contracts_pb2.CONTRACT_KIND_FIXED_TERM, 1))
    shown = await office.ask(
        "ContractService.RevealPay",
        contracts_pb2.RevealPayRequest(
            employee_id=person.employee_id, contract_id=first.contract_id, purpose="核对薪资"
        ),
    )
    assert (shown.pay.amount, shown.pay.currency) == ("18500.00", "CNY")
    with refused("CONTRACT_NOT_FOUND"):
        request = contracts_pb2.RevealPayRequest(
            employee_id=person.employee_id, contract_id=str(UUID(int=7)), purpose="核对薪资"
        )
        await office.ask("ContractService.RevealPay", request)


async def test_unknown_people_are_not_found(office: Office) -> None:
    nobody = str(UUID(int=7))
    for short, request in (
        ("PeopleService.GetEmployee", people_pb2.GetEmployeeRequest(employee_id=nobody)),
        ("PeopleService.GetTimeline", people_pb2.GetTimelineRequest(employee_id=nobody)),
        ("PeopleService.RevealPersonalData", people_pb2.RevealPersonalDataRequest(employee_id=nobody, purpose="核对")),
        ("ContractService.ListContracts", contracts_pb2.ListContractsRequest(employee_id=nobody)),
    ):
        if hasattr(request, "purpose"):
            request.purpose = "核对证件"
        with refused("EMPLOYEE_NOT_FOUND"):
            await office.ask(short, request)
