"""入转调离, through the edge, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from libs.kit.access.scopes import Scope
from libs.kit.rpc.status import Failed
from mainstay.employees.v1 import lifecycle_pb2, people_pb2
from tests.integration.employees.conftest import Office


@contextmanager
def refused(reason: str) -> Iterator[Any]:
    with pytest.raises(Failed) as found:
        yield found
    assert found.value.reason == reason


async def small_company(office: Office) -> tuple[Any, Any, Any, Any]:
    """A unit with a post, a boss and a report."""
    unit = await office.unit("QA")
    post = await office.post(unit.unit_id, "QA-1")
    boss = await office.hire(post)
    report = await office.hire(post, boss.employee_id)
    return unit, post, boss, report


async def test_a_hire_is_placed_told_and_found(office: Office) -> None:
    unit, _, boss, report = await small_company(office)
    assert report.primary.unit_id == unit.unit_id
    assert report.primary.post_title == "QA-1岗"
    assert report.primary.manager_name == "员工1"
    assert report.status == people_pb2.EMPLOYEE_STATUS_ACTIVE
    assert (await office.get(boss.employee_id)).direct_reports == 1
    assert await office.facts(report.employee_id) == ["EmployeeHired", "PersonPlaced"]


async def test_sensitive_fields_come_back_masked_and_are_shown_by_reveal_only(office: Office) -> None:
    unit = await office.unit("QA")
    post = await office.post(unit.unit_id, "QA-1")
    person = await office.hire(
        post,
        mobile="13812345678",
        national_id="11010519491231002X",
        birth_date="1949-12-31",
        home_address="上海市徐汇区",
        work_mail="wang@example.com",
    )
    assert person.mobile == "138****5678"
    assert person.national_id == "1****X"
    assert person.birth_date == "1949-**-**"
    assert person.home_address == "******"
    assert person.work_mail == "wang@example.com"
    shown = await office.ask(
        "PeopleService.RevealPersonalData",
        people_pb2.RevealPersonalDataRequest(employee_id=person.employee_id, purpose="办理社保"),
    )
    assert (shown.mobile, shown.national_id, shown.birth_date, shown.home_address) == (
        "13812345678",
        "11010519491231002X",
        "1949-12-31",
        "上海市徐汇区",
    )


async def test_a_number_is_given_once(office: Office) -> None:
    _, post, _, report = await small_company(office)
    with refused("NUMBER_TAKEN"):
        await office.hire(post, number=report.number)
    with refused("NUMBER_TAKEN"):
        await office.hire(post, number=report.number.swapcase())


async def test_the_same_identity_number_is_not_hired_twice(office: Office) -> None:
    unit = await office.unit("QA")
    post = await office.post(unit.unit_id, "QA-1")
    await office.hire(post, national_id="11010519491231002X")
    with refused("ALREADY_EMPLOYED"):
        await office.hire(post, national_id="11010519491231002x")


async def test_a_transfer_moves_at_once_and_keeps_what_was(office: Office) -> None:
    unit, _, boss, report = await small_company(office)
    other = await office.unit("RD")
    there = await office.post(other.unit_id, "RD-1")
    moved = await office.transfer(report, there, 0)
    assert moved.primary.unit_id == other.unit_id
    assert moved.primary.manager_id == boss.employee_id
    before = await office.get(report.employee_id, office.day(-1))
    assert before.primary.unit_id == unit.unit_id
    assert before.primary.ends_on == office.day(-1)
    assert await office.facts(report.employee_id) == [
        "EmployeeHired",
        "PersonPlaced",
        "EmployeeTransferred",
        "PersonPlaced",
    ]


async def test_a_stale_version_is_refused(office: Office) -> None:
    _, _, boss, report = await small_company(office)
    second = await office.hire(await office.post((await office.unit("RD")).unit_id, "RD-1"))
    await office.change_manager(report, second.employee_id, 0)
    with refused("VERSION_CONFLICT"):
        await office.change_manager(report, boss.employee_id, 1)


async def test_a_cycle_is_refused_with_its_way(office: Office) -> None:
    _, post, boss, report = await small_company(office)
    third = await office.hire(post, report.employee_id)
    with refused("REPORTING_CYCLE") as found:
        await office.change_manager(boss, third.employee_id, 0)
    assert "E0001 → E0003 → E0002 → E0001" in str(found.value)


async def test_a_full_post_is_refused(office: Office) -> None:
    unit = await office.unit("QA")
    post = await office.post(unit.unit_id, "QA-1", headcount=1)
    await office.hire(post)
    with refused("POST_FULL"):
        await office.hire(post)


async def test_a_transfer_needs_the_right_over_the_unit_it_goes_to(office: Office) -> None:
    unit, _, _, report = await small_company(office)
    other = await office.unit("RD")
    there = await office.post(other.unit_id, "RD-1")
    here_only = {"employees.lifecycle.transfer": (Scope.parse(f"unit:{unit.unit_id}"),)}
    request = lifecycle_pb2.TransferEmployeeRequest(
        employee_id=report.employee_id,
        version=report.version,
        effective_on=office.day(),
        unit_id=other.unit_id,
        post_id=there.post_id,
    )
    with refused("OUT_OF_SCOPE"):
        await office.ask("LifecycleService.TransferEmployee", request, here_only)


async def test_who_leaves_hands_their_reports_over(office: Office) -> None:
    _, post, boss, report = await small_company(office)
    third = await office.hire(post, report.employee_id)
    with refused("HAS_REPORTS"):
        await office.leave(report, -1)
    left = await office.leave(report, -1, boss.employee_id, reason="家里有事")
    assert left.status == people_pb2.EMPLOYEE_STATUS_LEFT
    assert not left.HasField("primary")
    assert (await office.get(third.employee_id)).primary.manager_id == boss.employee_id
    assert await office.facts(third.employee_id) == ["EmployeeHired", "PersonPlaced", "ManagerChanged", "PersonPlaced"]
    assert (await office.facts(report.employee_id))[-2:] == ["EmployeeLeft", "PersonPlaced"]


async def test_who_comes_back_keeps_their_record(office: Office) -> None:
    _, post, boss, report = await small_company(office)
    await office.leave(report, -10)
    back = await office.hire(post, boss.employee_id, on=0, number="", name="", rehire_employee_id=report.employee_id)
    assert back.employee_id == report.employee_id
    assert back.number == report.number
    assert back.name == report.name
    assert back.hired_on == office.day()
    assert (await office.get(report.employee_id, office.day(-20))).hired_on == report.hired_on
    with refused("ALREADY_EMPLOYED"):
        await office.hire(post, rehire_employee_id=report.employee_id, on=5)


async def test_a_dotted_line_comes_and_goes(office: Office) -> None:
    _, post, boss, report = await small_company(office)
    other = await office.hire(post, boss.employee_id)
    lined = await office.ask(
        "LifecycleService.AddDottedLine",
        lifecycle_pb2.AddDottedLineRequest(
            employee_id=report.employee_id,
            version=report.version,
            starts_on=office.day(-5),
            manager_id=other.employee_id,
        ),
    )
    assert [line.manager_id for line in lined.dotted] == [other.employee_id]
    own = {"employees.person.read": (Scope("reports"),)}
    request = people_pb2.GetEmployeeRequest(employee_id=report.employee_id)
    assert await office.ask("PeopleService.GetEmployee", request, own, UUID(other.employee_id))
    ended = await office.ask(
        "LifecycleService.EndDottedLine",
        lifecycle_pb2.EndDottedLineRequest(
            employee_id=report.employee_id,
            assignment_id=lined.dotted[0].assignment_id,
            version=lined.version,
            ends_on=office.day(-1),
        ),
    )
    assert not ended.dotted
    with refused("OUT_OF_SCOPE"):
        await office.ask("PeopleService.GetEmployee", request, own, UUID(other.employee_id))


async def test_confirmation(office: Office) -> None:
    _, post, boss, _ = await small_company(office)
    person = await office.hire(post, boss.employee_id, on=-10, probation_ends_on=office.day(80))
    assert person.status == people_pb2.EMPLOYEE_STATUS_PROBATION
    request = lifecycle_pb2.ConfirmEmployeeRequest(
        employee_id=person.employee_id, version=person.version, effective_on=office.day()
    )
    confirmed = await office.ask("LifecycleService.ConfirmEmployee", request)
    assert confirmed.status == people_pb2.EMPLOYEE_STATUS_ACTIVE
    request.version = confirmed.version
    with refused("NOTHING_CHANGES"):
        await office.ask("LifecycleService.ConfirmEmployee", request)


async def test_a_hire_for_later_stands_in_the_directory_as_not_yet_employed(office: Office) -> None:
    unit, post, boss, _ = await small_company(office)
    person = await office.hire(post, boss.employee_id, on=30)
    assert person.status == people_pb2.EMPLOYEE_STATUS_JOINING
    assert not person.HasField("primary")
    there = {"employees.person.read": (Scope.parse(f"unit:{unit.unit_id}"),)}
    request = people_pb2.GetEmployeeRequest(employee_id=person.employee_id)
    assert await office.ask("PeopleService.GetEmployee", request, there)
