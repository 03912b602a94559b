"""Giving and taking rights: who may, to whom, how far, until when; and that what is taken is gone at once."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from libs.kit.access.scopes import ALL, Scope
from libs.kit.dates import instant
from libs.kit.rpc.status import Failed
from mainstay.identity.v1 import access_pb2, events_pb2, grants_pb2
from services.identity import ledger, register
from services.identity.setup import give_first_roles
from tests.integration.identity.company import (
    AUDITOR,
    BOSS,
    HQ,
    HR,
    IT,
    IT_TOO,
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
    number,
    over,
    refused,
)


async def test_hr_gives_a_time_limited_role_over_another_unit(company: Company) -> None:
    hr = await company.sign_in(HR)
    grant = await hr.give(SALES_LEAD, "people_viewer", over(PRODUCTION), ends_at=company.in_days(30))
    assert (grant.employee_id, grant.username, grant.role_label) == (str(SALES_LEAD), number(SALES_LEAD), "档案查看者")
    assert (grant.scope_unit_name, grant.state, grant.source) == (
        "生产部",
        grants_pb2.GRANT_STATE_ACTIVE,
        grants_pb2.GRANT_SOURCE_HAND,
    )
    assert grant.given_by == str(HR)
    lead = await company.sign_in(SALES_LEAD)
    assert f"unit:{PRODUCTION}" in map(str, lead.passport.rights["employees.person.read"])


async def test_a_grant_is_told_and_raises_the_epoch(company: Company) -> None:
    hr = await company.sign_in(HR)
    before = await company.epoch(SELLER)
    grant = await hr.give(SELLER, "manager", over(WORKSHOP))
    assert await company.epoch(SELLER) == before + 1
    given = (await company.facts(events_pb2.GrantGiven))[-1]
    assert (given.grant_id, given.role, given.scope.unit_id) == (grant.grant_id, "manager", str(WORKSHOP))
    assert (await company.facts(events_pb2.EpochRaised))[-1].epoch == before + 1


async def test_a_grant_taken_away_is_refused_on_the_very_next_call(company: Company) -> None:
    hr = await company.sign_in(HR)
    grant = await hr.give(SALES_LEAD, "hrbp", over(PRODUCTION))
    lead = await company.sign_in(SALES_LEAD)
    assert (await describe(lead, WORKER)).account.username == number(WORKER)
    await hr.take(grant.grant_id)
    with refused("PASSPORT_INVALID"):
        await describe(lead, WORKER)
    with refused("PERMISSION_REVOKED") as caught:
        await describe(await company.sign_in(SALES_LEAD), WORKER)
    assert "收回" in caught.value.status.message


async def test_it_is_the_epoch_that_refuses_it(company: Company) -> None:
    """The seeded mistake: with the epoch check switched off the very same call goes through."""
    hr = await company.sign_in(HR)
    grant = await hr.give(SALES_LEAD, "hrbp", over(PRODUCTION))
    lead = await company.sign_in(SALES_LEAD)
    await hr.take(grant.grant_id)
    company.gate.revocations.refuses = lambda _passport: False  # type: ignore[method-assign,assignment]
    assert (await describe(lead, WORKER)).account.username == number(WORKER)


async def test_an_old_passport_is_refused_after_gaining_a_right_too(company: Company) -> None:
    """So that the page opens at once and not a minute later."""
    hr = await company.sign_in(HR)
    lead = await company.sign_in(SALES_LEAD)
    await hr.give(SALES_LEAD, "hrbp", over(PRODUCTION))
    with refused("PASSPORT_INVALID"):
        await describe(lead, WORKER)
    assert (await describe(await company.sign_in(SALES_LEAD), WORKER)).account.username == number(WORKER)


async def test_a_partner_gives_inside_their_units_and_nowhere_else(company: Company) -> None:
    partner = await company.sign_in(PARTNER)
    viewer = await partner.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(10))
    assert viewer.scope.unit_id == str(WORKSHOP)
    for scope in (over(SALES), over(HQ), over()):
        with refused("BEYOND_OWN_RIGHTS"):
            await partner.give(SELLER, "people_viewer", scope, ends_at=company.in_days(10))
    with refused("BEYOND_OWN_RIGHTS"):
        await partner.give(SELLER, "hrbp", over(WORKSHOP))


@pytest.mark.parametrize(
    ("giver", "role", "to"),
    [(IT, "people_viewer", SELLER), (IT, "hr_admin", SELLER), (HR, "it_admin", SELLER), (IT, "auditor", SELLER)],
)
async def test_nobody_gives_a_role_that_is_not_theirs_to_give(
    company: Company, giver: UUID, role: str, to: UUID
) -> None:
    with refused("BEYOND_OWN_RIGHTS"):
        await (await company.sign_in(giver)).give(to, role, over(), ends_at=company.in_days(10))


@pytest.mark.parametrize("who", [SELLER, LEAD, AUDITOR, BOSS])
async def test_whoever_gives_no_roles_is_refused(company: Company, who: UUID) -> None:
    with refused("PERMISSION_MISSING"):
        await (await company.sign_in(who)).give(WORKER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(1))


async def test_nobody_gives_to_themselves(company: Company) -> None:
    with refused("OWN_ACCESS"):
        await (await company.sign_in(HR)).give(HR, "executive", over())


async def test_duties_are_kept_apart(company: Company) -> None:
    """Who runs accounts keeps no records, who audits does neither."""
    it = await company.sign_in(IT)
    hr = await company.sign_in(HR)
    with refused("BEYOND_OWN_RIGHTS") as caught:
        await it.give(HR, "it_admin", over())
    assert "互斥" in caught.value.status.message
    with refused("BEYOND_OWN_RIGHTS"):
        await hr.give(IT, "hr_specialist", over())
    with refused("BEYOND_OWN_RIGHTS"):
        await hr.give(AUDITOR, "hrbp", over(SALES))


async def test_automatic_roles_are_neither_given_nor_taken_by_hand(company: Company) -> None:
    hr = await company.sign_in(HR)
    with refused("GRANT_AUTOMATIC"):
        await hr.give(SELLER, "employee", access_pb2.Scope(kind=access_pb2.SCOPE_KIND_SELF))
    with refused("GRANT_AUTOMATIC"):
        await hr.give(SELLER, "manager", access_pb2.Scope(kind=access_pb2.SCOPE_KIND_REPORTS))
    for grant in await listed(hr, employee_id=str(LEAD)):
        with refused("GRANT_AUTOMATIC"):
            await hr.take(grant.grant_id)


async def test_what_a_grant_must_say(company: Company) -> None:
    hr = await company.sign_in(HR)
    with refused("ROLE_NOT_FOUND"):
        await hr.give(SELLER, "astrologer", over())
    with refused("SCOPE_UNIT_UNKNOWN"):
        await hr.give(SELLER, "manager", over(UUID(int=999)))
    with refused("FIELDS_INVALID"):
        await hr.give(SELLER, "executive", over(SALES))
    with refused("FIELDS_INVALID"):
        await hr.give(SELLER, "manager", access_pb2.Scope(kind=access_pb2.SCOPE_KIND_UNIT))
    with refused("FIELDS_INVALID"):
        await hr.give(SELLER, "executive", access_pb2.Scope(kind=access_pb2.SCOPE_KIND_ALL, unit_id=str(SALES)))
    with refused("FIELDS_INVALID"):
        await hr.give(SELLER, "integration", over())
    asked = grants_pb2.CreateGrantRequest(role="executive", scope=over(), reason="没有说给谁")
    with refused("FIELDS_INVALID"):
        await hr.call("GrantService.CreateGrant", asked)
    with refused("ACCOUNT_NOT_FOUND"):
        await hr.give(UUID(int=9999), "executive", over())


async def test_a_period_must_work(company: Company) -> None:
    hr = await company.sign_in(HR)
    later = company.in_days(5)
    for period in (
        {},
        {"ends_at": company.in_days(181)},
        {"ends_at": company.in_days(-1)},
        {"starts_at": later, "ends_at": later},
    ):
        with refused("GRANT_PERIOD_INVALID"):
            await hr.give(SELLER, "people_viewer", over(WORKSHOP), **period)


async def test_the_same_role_over_the_same_scope_is_given_once_at_a_time(company: Company) -> None:
    hr = await company.sign_in(HR)
    end = company.in_days(10)
    first = await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=end)
    with refused("ALREADY_GRANTED"):
        await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(20))
    await hr.give(SELLER, "people_viewer", over(WORKSHOP), starts_at=end, ends_at=company.in_days(20))
    await hr.take(first.grant_id)
    await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(5))


async def test_two_who_give_the_same_at_once_give_it_once(company: Company) -> None:
    hr = await company.sign_in(HR)
    answers = await asyncio.gather(
        *(hr.give(SELLER, "manager", over(WORKSHOP)) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Failed", "Failed", "Failed", "Grant"]
    assert {answer.reason for answer in answers if isinstance(answer, Failed)} == {"ALREADY_GRANTED"}


async def test_the_same_idempotency_key_gives_once(company: Company) -> None:
    hr = await company.sign_in(HR)
    first = await hr.give(SELLER, "manager", over(WORKSHOP), idempotency_key="k1")
    assert (await hr.give(SELLER, "manager", over(WORKSHOP), idempotency_key="k1")).grant_id == first.grant_id
    with refused("IDEMPOTENCY_KEY_REUSED"):
        await hr.give(SELLER, "manager", over(SALES), idempotency_key="k1")


async def test_a_stopped_account_gets_nothing(company: Company) -> None:
    async with company.unit() as call:
        await register.set_state(call, await register.by_employee(call.db, SELLER), register.SUSPENDED, "手机丢失")
    with refused("ACCOUNT_SUSPENDED"):
        await (await company.sign_in(HR)).give(SELLER, "manager", over(WORKSHOP))


async def test_what_is_over_cannot_be_taken(company: Company) -> None:
    hr = await company.sign_in(HR)
    taken = await hr.give(SELLER, "manager", over(WORKSHOP))
    await hr.take(taken.grant_id)
    with refused("GRANT_ENDED"):
        await hr.take(taken.grant_id)
    ran_out = await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(1))
    company.move(days=2)
    hr = await company.sign_in(HR)
    with refused("GRANT_ENDED"):
        await hr.take(ran_out.grant_id)
    with refused("GRANT_NOT_FOUND"):
        await hr.take(nobody())


async def test_whoever_may_give_may_take(company: Company) -> None:
    hr = await company.sign_in(HR)
    inside = await hr.give(SELLER, "manager", over(WORKSHOP))
    outside = await hr.give(SELLER, "manager", over(SALES))
    partner = await company.sign_in(PARTNER)
    taken = await partner.take(inside.grant_id)
    assert (taken.revoked_by, taken.revoke_reason, taken.state) == (
        str(PARTNER),
        "休假结束",
        grants_pb2.GRANT_STATE_REVOKED,
    )
    with refused("BEYOND_OWN_RIGHTS"):
        await partner.take(outside.grant_id)
    with refused("BEYOND_OWN_RIGHTS"):
        await (await company.sign_in(IT)).take(outside.grant_id)


async def test_the_last_it_admin_stays(company: Company) -> None:
    it = await company.sign_in(IT)
    (only,) = [grant for grant in (await describe(it)).grants if grant.role == "it_admin"]
    with refused("LAST_ADMIN"):
        await it.take(only.grant_id)
    limited = await it.give(IT_TOO, "it_admin", over(), ends_at=company.in_days(30))
    with refused("LAST_ADMIN"):
        await it.take(only.grant_id)
    await it.take(limited.grant_id)
    await it.give(IT_TOO, "it_admin", over())
    await it.take(only.grant_id)


async def test_two_it_admins_do_not_remove_each_other(company: Company) -> None:
    """The second one waits until the first is done, and then finds that nobody else is left."""
    await give_first_roles(company.house, [(number(IT_TOO), "it_admin", Scope(ALL))])
    await company.gate._committed()
    auditor, it, too = [await company.sign_in(who) for who in (AUDITOR, IT, IT_TOO)]
    own = {grant.employee_id: grant for grant in await listed(auditor, role="it_admin")}
    async with company.unit() as call:
        first = own[str(IT_TOO)]
        await ledger.keep_an_admin(call, without_grant=UUID(first.grant_id))
        second = asyncio.create_task(too.take(own[str(IT)].grant_id))
        await asyncio.wait([second], timeout=0.5)
        assert not second.done()
        await ledger.end(call, UUID(first.grant_id), UUID(first.account_id), "轮换")
    with refused("LAST_ADMIN"):
        await second
    assert (await it.call("AccountService.GetMe")).roles


async def test_giving_closes_while_the_feed_is_silent_and_taking_does_not(company: Company) -> None:
    hr = await company.sign_in(HR)
    grant = await hr.give(SELLER, "manager", over(WORKSHOP))
    company.gate.silence_feed()
    with refused("REVOCATION_FEED_SILENT"):
        await hr.give(SELLER, "manager", over(SALES))
    taken = await hr.take(grant.grant_id)
    assert instant(taken.revoked_at) <= company.clock.now()
