"""Who sees which grants, and what a person is told that they can do, since when and why."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from libs.kit.access.scopes import Scope
from libs.kit.dates import timestamp
from libs.kit.rpc.status import Failed
from mainstay.identity.v1 import access_pb2, grants_pb2
from services.identity import register
from services.identity.setup import give_first_roles
from tests.integration.identity.company import (
    AUDITOR,
    BOSS,
    HR,
    IT,
    LEAD,
    PARTNER,
    PRODUCTION,
    SALES,
    SALES_LEAD,
    SELLER,
    WORKER,
    WORKSHOP,
    Company,
    describe,
    listed,
    nobody,
    over,
    refused,
)

Grants = grants_pb2.ListGrantsRequest


async def test_a_grant_is_seen_by_its_holder_and_by_who_sees_them_or_their_unit(company: Company) -> None:
    hr = await company.sign_in(HR)
    grant = await hr.give(SELLER, "manager", over(WORKSHOP))
    asked = grants_pb2.GetGrantRequest(grant_id=grant.grant_id)
    for who in (SELLER, HR, IT, AUDITOR, PARTNER):
        assert (await (await company.sign_in(who)).call("GrantService.GetGrant", asked)).grant_id == grant.grant_id
    for who in (SALES_LEAD, WORKER):
        with refused("OUT_OF_SCOPE"):
            await (await company.sign_in(who)).call("GrantService.GetGrant", asked)
    with refused("GRANT_NOT_FOUND"):
        await hr.call("GrantService.GetGrant", grants_pb2.GetGrantRequest(grant_id=nobody()))


async def test_the_list_holds_exactly_what_can_be_opened_one_by_one(company: Company) -> None:
    hr = await company.sign_in(HR)
    await hr.give(SELLER, "manager", over(WORKSHOP))
    await hr.give(SELLER, "manager", over(SALES))
    everything = await listed(await company.sign_in(AUDITOR))
    for who in (SELLER, SALES_LEAD, PARTNER, HR, WORKER, BOSS):
        caller = await company.sign_in(who)
        opened = set()
        for grant in everything:
            with suppress(Failed):
                await caller.call("GrantService.GetGrant", grants_pb2.GetGrantRequest(grant_id=grant.grant_id))
                opened.add(grant.grant_id)
        assert {grant.grant_id for grant in await listed(caller)} == opened


async def test_grants_of_systems_are_seen_with_everything_only(company: Company) -> None:
    async with company.unit() as call:
        await register.open_account(call, kind=register.SYSTEM, username="erp")
    await give_first_roles(company.house, [("erp", "integration", Scope("unit", PRODUCTION))])
    assert [grant.username for grant in await listed(await company.sign_in(IT), role="integration")] == ["erp"]
    assert await listed(await company.sign_in(PARTNER), role="integration") == []


async def test_lists_filter_and_page(company: Company) -> None:
    hr = await company.sign_in(HR)
    first = await hr.give(SELLER, "manager", over(WORKSHOP))
    await hr.give(SELLER, "manager", over(SALES), starts_at=company.in_days(3))
    await hr.take(first.grant_id)
    assert [one.scope.unit_id for one in await listed(hr, employee_id=str(SELLER), by_hand=True)] == [
        str(SALES),
        str(WORKSHOP),
    ]
    for state, expected in (
        (grants_pb2.GRANT_STATE_PLANNED, [str(SALES)]),
        (grants_pb2.GRANT_STATE_REVOKED, [str(WORKSHOP)]),
        (grants_pb2.GRANT_STATE_EXPIRED, []),
    ):
        found = await listed(hr, employee_id=str(SELLER), state=state)
        assert [one.scope.unit_id for one in found] == expected
        assert all(one.state == state for one in found)
    active = await listed(hr, employee_id=str(SELLER), state=grants_pb2.GRANT_STATE_ACTIVE)
    assert [one.role for one in active] == ["employee"]
    assert [one.grant_id for one in await listed(hr, unit_id=str(WORKSHOP))] == [first.grant_id]
    everything = [one.grant_id for one in await listed(hr)]
    paged, token = [], ""
    while True:
        page = await hr.call("GrantService.ListGrants", Grants(page_size=4, page_token=token))
        paged += [one.grant_id for one in page.grants]
        token = page.next_page_token
        if not token:
            break
    assert paged == everything == sorted(everything, reverse=True)
    page = await hr.call("GrantService.ListGrants", Grants(page_size=4))
    with refused("PAGE_TOKEN_INVALID"):
        await hr.call("GrantService.ListGrants", Grants(role="manager", page_token=page.next_page_token))


async def test_what_a_person_can_do_since_when_and_why(company: Company) -> None:
    hr = await company.sign_in(HR)
    end = company.in_days(30)
    grant = await hr.give(LEAD, "people_viewer", over(SALES), ends_at=end, reason="代管销售部")
    found = await describe(hr, LEAD)
    reading = [right for right in found.rights if right.permission == "employees.person.read"]
    assert [(right.role, access_pb2.ScopeKind.Name(right.scope.kind)) for right in reading] == [
        ("employee", "SCOPE_KIND_SELF"),
        ("manager", "SCOPE_KIND_REPORTS"),
        ("people_viewer", "SCOPE_KIND_UNIT"),
    ]
    assert (reading[2].grant_id, reading[2].until, reading[2].label) == (grant.grant_id, end, "查看人员档案")
    assert [one.role for one in found.grants] == ["people_viewer", "manager", "employee"]
    assert [one.reason for one in found.grants] == ["代管销售部", "有下属汇报", "在职员工"]
    company.move(days=31)
    later = await describe(await company.sign_in(HR), LEAD)
    assert {right.role for right in later.rights} == {"employee", "manager"}
    assert later.grants[0].state == grants_pb2.GRANT_STATE_EXPIRED


async def test_a_stopped_account_can_do_nothing_and_its_grants_stay_in_sight(company: Company) -> None:
    async with company.unit() as call:
        await register.set_state(call, await register.by_employee(call.db, LEAD), register.SUSPENDED, "手机丢失")
    found = await describe(await company.sign_in(HR), LEAD)
    assert not found.rights
    assert {one.role for one in found.grants} == {"employee", "manager"}


async def test_everybody_sees_their_own_access_and_nobody_a_colleagues(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    assert (await describe(seller)).account.employee_id == str(SELLER)
    with refused("OUT_OF_SCOPE"):
        await describe(seller, WORKER)
    with refused("ACCOUNT_NOT_FOUND"):
        await describe(await company.sign_in(HR), UUID(int=9999))


async def test_a_planned_grant_gives_nothing_before_its_time(company: Company) -> None:
    hr = await company.sign_in(HR)
    before = await company.epoch(SELLER)
    start = company.clock.now() + timedelta(seconds=30)
    grant = await hr.give(SELLER, "manager", over(WORKSHOP), starts_at=timestamp(start))
    assert grant.state == grants_pb2.GRANT_STATE_PLANNED
    assert await company.epoch(SELLER) == before
    seller = await company.sign_in(SELLER)
    assert f"unit:{WORKSHOP}" not in map(str, seller.passport.rights["employees.person.read"])
    assert abs(seller.passport.expires_at - start) < timedelta(milliseconds=1)
    company.move(seconds=31)
    assert f"unit:{WORKSHOP}" in map(str, (await company.sign_in(SELLER)).passport.rights["employees.person.read"])


async def test_roles_and_rights_are_told_in_the_callers_language(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    in_chinese = {role.role: role for role in (await seller.call("GrantService.ListRoles")).roles}
    in_english = {role.role: role for role in (await seller.call("GrantService.ListRoles", language="en")).roles}
    assert (in_chinese["hrbp"].label, in_english["hrbp"].label) == ("HRBP", "HR business partner")
    assert in_english["people_viewer"].max_days == 180
    assert in_english["employee"].automatic
    assert in_english["integration"].for_systems
    assert not in_english["hrbp"].for_systems
    assert in_english["people_viewer"].requestable
    assert not in_english["hr_admin"].requestable
    catalogue = (await seller.call("GrantService.ListPermissions", language="en")).permissions
    permissions = {one.permission: one for one in catalogue}
    assert permissions["identity.grant.manage"].label == "Give and take roles"
    assert "GrantService.CreateGrant" in permissions["identity.grant.manage"].methods
    assert permissions["identity.grant.manage"].sensitive
    assert "identity.passport.issue" not in permissions
