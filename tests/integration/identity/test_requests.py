"""Asking for access: why a page is closed, who can help, and deciding on what was asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from libs.kit.access.scopes import UNIT, Scope
from libs.kit.dates import instant
from libs.kit.deadlines import Deadline
from libs.kit.ids import uuid7
from mainstay.identity.v1 import access_pb2, events_pb2, grants_pb2, passports_pb2, requests_pb2
from services.identity import register, requests
from services.identity.setup import give_first_roles
from tests.integration.identity.company import (
    BOSS,
    HQ,
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
    Caller,
    Company,
    nobody,
    over,
    placed,
    refused,
)

OPEN, APPROVED, DECLINED, LAPSED = (
    requests_pb2.ACCESS_REQUEST_STATE_OPEN,
    requests_pb2.ACCESS_REQUEST_STATE_APPROVED,
    requests_pb2.ACCESS_REQUEST_STATE_DECLINED,
    requests_pb2.ACCESS_REQUEST_STATE_LAPSED,
)
READ = "employees.person.read"


async def explain(caller: Caller, person: UUID | None, permission: str = READ) -> requests_pb2.ExplainAccessResponse:
    asked = requests_pb2.ExplainAccessRequest(permission=permission, employee_id=str(person or ""))
    answer: requests_pb2.ExplainAccessResponse = await caller.call("AccessRequestService.ExplainAccess", asked)
    return answer


async def ask(caller: Caller, *, person: UUID | None = None, **more: Any) -> requests_pb2.AccessRequest:
    asked = requests_pb2.RequestAccessRequest(
        role=more.pop("role", "people_viewer"),
        days=more.pop("days", 30),
        reason=more.pop("reason", "协助年度评审"),
        employee_id=str(person or ""),
        **more,
    )
    made: requests_pb2.AccessRequest = await caller.call("AccessRequestService.RequestAccess", asked)
    return made


async def decide(
    caller: Caller, request_id: str, *, approve: bool = True, note: str = ""
) -> requests_pb2.AccessRequest:
    asked = requests_pb2.DecideAccessRequestRequest(request_id=request_id, approve=approve, note=note)
    decided: requests_pb2.AccessRequest = await caller.call("AccessRequestService.DecideAccessRequest", asked)
    return decided


async def listed(caller: Caller, **filters: Any) -> list[requests_pb2.AccessRequest]:
    asked = requests_pb2.ListAccessRequestsRequest(**filters)
    return list((await caller.call("AccessRequestService.ListAccessRequests", asked)).requests)


async def waiting(company: Company, person: UUID) -> int:
    return int((await (await company.sign_in(person)).call("AccountService.GetMe")).requests_waiting)


async def test_a_closed_page_says_what_is_missing_and_who_can_help(company: Company) -> None:
    found = await explain(await company.sign_in(SELLER), WORKER)
    assert not found.allowed
    assert found.permission_label == "查看人员档案"
    assert found.roles[0].role == "people_viewer"
    assert {role.role for role in found.roles} == {"people_viewer", "manager", "hr_specialist", "hrbp"}
    # Who answers for the unit before who answers for everything.
    assert list(found.granters) == [str(PARTNER), str(HR)]
    assert not found.HasField("lost_at")


async def test_what_one_may_open_is_allowed_and_says_no_more(company: Company) -> None:
    for who, person in ((SELLER, SELLER), (LEAD, WORKER), (BOSS, WORKER), (HR, SELLER)):
        found = await explain(await company.sign_in(who), person)
        assert found.allowed
        assert not found.roles
        assert not found.granters
    assert (await explain(await company.sign_in(SELLER), None)).allowed
    assert (await explain(await company.sign_in(SELLER), WORKER, "identity.access.request")).allowed


async def test_a_lost_right_says_since_when(company: Company) -> None:
    hr = await company.sign_in(HR)
    grant = await hr.give(SELLER, "people_viewer", over(PRODUCTION), ends_at=company.in_days(3))
    taken = await hr.take(grant.grant_id)
    found = await explain(await company.sign_in(SELLER), WORKER)
    assert instant(found.lost_at) == instant(taken.revoked_at).replace(microsecond=0)
    assert not (await explain(await company.sign_in(SELLER), BOSS)).HasField("lost_at")


async def test_somebody_unknown_is_explained_like_a_stranger(company: Company) -> None:
    found = await explain(await company.sign_in(SELLER), UUID(int=9999))
    assert not found.allowed
    assert list(found.granters) == [str(HR)]


async def test_a_right_nobody_asks_for_still_names_who_gives_it(company: Company) -> None:
    found = await explain(await company.sign_in(SELLER), None, "employees.import.run")
    assert not found.allowed
    assert not found.roles
    assert list(found.granters) == [str(HR)]
    with refused("FIELDS_INVALID"):
        await explain(await company.sign_in(SELLER), None, "employees.person.eat")


async def test_asking_for_a_person_asks_for_their_unit(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    made = await ask(seller, person=WORKER)
    assert (made.state, made.employee_id, made.role_label) == (OPEN, str(SELLER), "档案查看者")
    assert (made.scope.kind, made.scope.unit_id, made.scope_unit_name) == (
        access_pb2.SCOPE_KIND_UNIT,
        str(WORKSHOP),
        "一车间",
    )
    assert not made.can_decide
    assert (await explain(seller, WORKER)).open_request_id == made.request_id
    assert (await explain(seller, BOSS)).open_request_id == ""
    (told,) = await company.facts(events_pb2.AccessRequestChanged)
    assert (told.request_id, told.open) == (made.request_id, True)


async def test_asking_again_replaces_what_was_asked(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    first = await ask(seller, person=WORKER)
    again = await ask(seller, person=WORKER, days=90, reason="评审延长到季度末")
    assert again.request_id == first.request_id
    (only,) = await listed(seller)
    assert (only.days, only.reason) == (90, "评审延长到季度末")


async def test_asking_works_the_tenth_time_as_the_first(company: Company) -> None:
    """PostgreSQL plans a statement anew for its first five runs and then for good: both plans must know the index."""
    seller = await company.sign_in(SELLER)
    assert len({(await ask(seller, person=WORKER)).request_id for _ in range(10)}) == 1


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"role": "astrologer", "person": WORKER}, "ROLE_NOT_FOUND"),
        ({"role": "employee", "person": WORKER}, "GRANT_AUTOMATIC"),
        ({"role": "hr_admin", "scope": over()}, "FIELDS_INVALID"),
        ({"role": "integration", "scope": over()}, "FIELDS_INVALID"),
        ({"role": "hrbp", "scope": over()}, "FIELDS_INVALID"),
        ({"days": 181, "person": WORKER}, "GRANT_PERIOD_INVALID"),
        ({"days": 0, "person": WORKER}, "FIELDS_INVALID"),
        ({"scope": over(UUID(int=999))}, "SCOPE_UNIT_UNKNOWN"),
        ({"person": UUID(int=9999)}, "SCOPE_UNIT_UNKNOWN"),
        ({}, "FIELDS_INVALID"),
        ({"person": WORKER, "scope": over()}, "FIELDS_INVALID"),
    ],
)
async def test_what_cannot_be_asked_for(company: Company, asked: dict[str, Any], reason: str) -> None:
    with refused(reason):
        await ask(await company.sign_in(SELLER), **asked)


async def test_what_one_has_is_not_asked_for(company: Company) -> None:
    hr = await company.sign_in(HR)
    await hr.give(SELLER, "people_viewer", over(PRODUCTION), ends_at=company.in_days(3))
    with refused("ALREADY_GRANTED"):
        await ask(await company.sign_in(SELLER), person=WORKER)


async def test_who_may_give_it_sees_it_and_approves(company: Company) -> None:
    made = await ask(await company.sign_in(SELLER), person=WORKER, days=20)
    for who in (PARTNER, HR):
        assert await waiting(company, who) == 1
        (one,) = await listed(await company.sign_in(who), to_decide=True)
        assert (one.request_id, one.can_decide) == (made.request_id, True)
    for who in (SALES_LEAD, BOSS, IT, SELLER):
        assert await waiting(company, who) == 0
        assert await listed(await company.sign_in(who), to_decide=True) == []
    decided = await decide(await company.sign_in(PARTNER), made.request_id, note="仅限评审期间")
    assert (decided.state, decided.decided_by, decided.decision_note) == (APPROVED, str(PARTNER), "仅限评审期间")
    seller = await company.sign_in(SELLER)
    assert (await explain(seller, WORKER)).allowed
    grant = await seller.call("GrantService.GetGrant", grants_pb2.GetGrantRequest(grant_id=decided.grant_id))
    assert (grant.source, grant.reason, grant.given_by) == (
        grants_pb2.GRANT_SOURCE_REQUEST,
        "协助年度评审",
        str(PARTNER),
    )
    assert (instant(grant.ends_at) - instant(grant.starts_at)).days == 20
    assert await waiting(company, HR) == 0


async def test_an_approval_reaches_the_very_next_call(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    made = await ask(seller, person=WORKER)
    await decide(await company.sign_in(HR), made.request_id)
    with refused("PASSPORT_INVALID"):
        await seller.call("AccountService.GetMe")


async def test_declining_says_why(company: Company) -> None:
    made = await ask(await company.sign_in(SELLER), person=WORKER)
    partner = await company.sign_in(PARTNER)
    with refused("FIELDS_INVALID"):
        await decide(partner, made.request_id, approve=False)
    await decide(partner, made.request_id, approve=False, note="请走内部调阅流程")
    (own,) = await listed(await company.sign_in(SELLER))
    assert (own.state, own.decision_note, own.grant_id) == (DECLINED, "请走内部调阅流程", "")
    for again in (True, False):
        with refused("REQUEST_DECIDED"):
            await decide(partner, made.request_id, approve=again, note="再想想")
    with refused("REQUEST_NOT_FOUND"):
        await decide(partner, nobody())


async def test_nobody_decides_beyond_their_reach_or_their_own(company: Company) -> None:
    sales = await ask(await company.sign_in(LEAD), person=SELLER)
    with refused("BEYOND_OWN_RIGHTS"):
        await decide(await company.sign_in(PARTNER), sales.request_id)
    with refused("BEYOND_OWN_RIGHTS"):
        await decide(await company.sign_in(IT), sales.request_id)
    with refused("PERMISSION_MISSING"):
        await decide(await company.sign_in(SALES_LEAD), sales.request_id)
    own = await ask(await company.sign_in(PARTNER), person=WORKER, role="manager")
    with refused("OWN_ACCESS"):
        await decide(await company.sign_in(PARTNER), own.request_id)
    assert await waiting(company, PARTNER) == 0


async def test_what_was_given_meanwhile_is_not_given_twice(company: Company) -> None:
    made = await ask(await company.sign_in(SELLER), person=WORKER)
    hr = await company.sign_in(HR)
    await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(3))
    with refused("ALREADY_GRANTED"):
        await decide(hr, made.request_id)


async def test_duties_are_kept_apart_by_approvals_too(company: Company) -> None:
    made = await ask(await company.sign_in(IT), person=WORKER, role="hr_specialist")
    with refused("BEYOND_OWN_RIGHTS"):
        await decide(await company.sign_in(HR), made.request_id)


async def test_what_nobody_decides_lapses_after_fourteen_days(company: Company) -> None:
    made = await ask(await company.sign_in(SELLER), person=WORKER)
    company.move(days=13, hours=23)
    await _lapse(company, made.request_id)
    assert await waiting(company, HR) == 1
    company.move(hours=2)
    assert await waiting(company, HR) == 0
    with refused("REQUEST_DECIDED"):
        await decide(await company.sign_in(HR), made.request_id)
    await _lapse(company, made.request_id)
    (own,) = await listed(await company.sign_in(SELLER), state=LAPSED)
    assert own.request_id == made.request_id
    assert [one.open for one in await company.facts(events_pb2.AccessRequestChanged)] == [True, False]


async def test_requests_of_leavers_lapse(company: Company) -> None:
    await ask(await company.sign_in(SELLER), person=WORKER)
    assert await waiting(company, HR) == 1
    await company.hear(placed(SELLER, employed=False))
    assert await waiting(company, HR) == 0


async def test_lists_of_requests_filter_and_page(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    made = [(await ask(seller, scope=over(unit))).request_id for unit in (WORKSHOP, PRODUCTION, SALES, HQ)]
    assert [one.request_id for one in await listed(seller)] == made[::-1]
    assert await listed(seller, state=APPROVED) == []
    first = await seller.call(
        "AccessRequestService.ListAccessRequests", requests_pb2.ListAccessRequestsRequest(page_size=3)
    )
    rest = await seller.call(
        "AccessRequestService.ListAccessRequests",
        requests_pb2.ListAccessRequestsRequest(page_size=3, page_token=first.next_page_token),
    )
    assert [one.request_id for one in [*first.requests, *rest.requests]] == made[::-1]
    assert rest.next_page_token == ""
    partner = await company.sign_in(PARTNER)
    assert {one.request_id for one in await listed(partner, to_decide=True)} == set(made[:2])
    assert await listed(partner, to_decide=True, state=APPROVED) == []
    assert await listed(partner) == []


async def test_a_system_asks_for_nothing_a_person_gets(company: Company) -> None:
    async with company.unit() as call:
        await register.open_account(call, kind=register.SYSTEM, username="erp")
    await give_first_roles(company.house, [("erp", "integration", Scope(UNIT, PRODUCTION))])
    erp = await company.sign_in("erp", use=passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT)
    with refused("FIELDS_INVALID"):
        await ask(erp, scope=over(PRODUCTION))
    found = await explain(erp, SELLER)
    assert not found.allowed
    assert not found.roles
    assert list(found.granters) == [str(HR)]


async def _lapse(company: Company, request_id: str) -> None:
    deadline = Deadline(uuid7(), requests.LAPSES, request_id, company.clock.now(), {}, 0)
    async with company.unit() as call:
        await requests.lapse(call, deadline)
