"""Accounts: who one is, who there is, and stopping and opening one by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.kit.access.scopes import ALL, UNIT, Scope
from libs.kit.dates import timestamp
from mainstay.identity.v1 import access_pb2, accounts_pb2, events_pb2
from services.identity import register
from services.identity.setup import give_first_roles
from services.identity.systems import verify_client
from tests.integration.identity.company import (
    AUDITOR,
    BOSS,
    HR,
    IT,
    IT_TOO,
    LEAD,
    PARTNER,
    PRODUCTION,
    SELLER,
    WORKER,
    Caller,
    Company,
    nobody,
    number,
    over,
    refused,
)

OPEN, SUSPENDED = accounts_pb2.ACCOUNT_STATE_OPEN, accounts_pb2.ACCOUNT_STATE_SUSPENDED


async def account_of(caller: Caller, person: UUID) -> accounts_pb2.Account:
    row = await caller.company.account(person)
    asked = accounts_pb2.GetAccountRequest(account_id=str(row["account_id"]))
    account: accounts_pb2.Account = await caller.call("AccountService.GetAccount", asked)
    return account


async def names(caller: Caller, **filters: Any) -> list[str]:
    found = await caller.call("AccountService.ListAccounts", accounts_pb2.ListAccountsRequest(**filters))
    return [account.username for account in found.accounts]


async def suspend(caller: Caller, account: accounts_pb2.Account) -> accounts_pb2.Account:
    asked = accounts_pb2.SuspendAccountRequest(
        account_id=account.account_id, version=account.version, reason="手机丢失"
    )
    stopped: accounts_pb2.Account = await caller.call("AccountService.SuspendAccount", asked)
    return stopped


async def reinstate(caller: Caller, account: accounts_pb2.Account) -> accounts_pb2.Account:
    asked = accounts_pb2.ReinstateAccountRequest(
        account_id=account.account_id, version=account.version, reason="手机找到了"
    )
    opened: accounts_pb2.Account = await caller.call("AccountService.ReinstateAccount", asked)
    return opened


async def create_system(caller: Caller, username: str = "erp") -> accounts_pb2.ServiceAccountSecret:
    asked = accounts_pb2.CreateServiceAccountRequest(username=username, description="财务与供应链")
    made: accounts_pb2.ServiceAccountSecret = await caller.call("AccountService.CreateServiceAccount", asked)
    return made


async def test_me_is_my_account_my_roles_and_my_rights(company: Company) -> None:
    lead = await company.sign_in(LEAD)
    me = await lead.call("AccountService.GetMe")
    assert (me.account.username, me.account.employee_id, me.account.state) == (number(LEAD), str(LEAD), OPEN)
    assert list(me.roles) == ["employee", "manager"]
    reading = [right for right in me.rights if right.permission == "employees.person.read"]
    assert {right.scope.kind for right in reading} == {access_pb2.SCOPE_KIND_SELF, access_pb2.SCOPE_KIND_REPORTS}
    assert me.requests_waiting == 0


async def test_my_widest_scope_stands_for_narrower_ones(company: Company) -> None:
    hr = await company.sign_in(HR)
    me = await hr.call("AccountService.GetMe", language="en")
    (reading,) = [right for right in me.rights if right.permission == "employees.person.read"]
    assert (reading.scope.kind, reading.role, reading.label) == (
        access_pb2.SCOPE_KIND_ALL,
        "hr_admin",
        "See people's records",
    )


async def test_i_choose_my_language(company: Company) -> None:
    seller = await company.sign_in(SELLER)
    changed = await seller.call("AccountService.SetMyLanguage", accounts_pb2.SetMyLanguageRequest(language="en"))
    assert changed.language == "en"
    assert (await company.issue(number(SELLER))).language == "en"
    with refused("FIELDS_INVALID"):
        await seller.call("AccountService.SetMyLanguage", accounts_pb2.SetMyLanguageRequest(language="de"))


async def test_accounts_are_listed_within_the_callers_scope(company: Company) -> None:
    await create_system(await company.sign_in(IT))
    assert await names(await company.sign_in(SELLER)) == [number(SELLER)]
    assert await names(await company.sign_in(PARTNER)) == [number(LEAD), number(WORKER), number(PARTNER)]
    everybody = await names(await company.sign_in(AUDITOR))
    assert "erp" in everybody
    assert len(everybody) == 11


async def test_lists_of_accounts_filter_and_page(company: Company) -> None:
    it = await company.sign_in(IT)
    await create_system(it)
    await suspend(it, await account_of(it, SELLER))
    assert await names(it, kind=accounts_pb2.ACCOUNT_KIND_SERVICE) == ["erp"]
    assert await names(it, state=SUSPENDED) == [number(SELLER)]
    assert await names(it, query="e010", kind=accounts_pb2.ACCOUNT_KIND_PERSON) == sorted(
        number(UUID(int=n)) for n in range(101, 110)
    )
    assert await names(it, query="%") == []
    assert await names(it, employee_ids=[str(WORKER), str(LEAD)]) == [number(LEAD), number(WORKER)]
    everybody, paged, token = await names(it), [], ""
    while True:
        asked = accounts_pb2.ListAccountsRequest(page_size=3, page_token=token)
        page = await it.call("AccountService.ListAccounts", asked)
        paged += [account.username for account in page.accounts]
        token = page.next_page_token
        if not token:
            break
    assert paged == everybody


async def test_an_account_is_opened_by_whoever_sees_its_person(company: Company) -> None:
    it = await company.sign_in(IT)
    system = (await create_system(it)).account
    assert (await account_of(await company.sign_in(PARTNER), WORKER)).username == number(WORKER)
    with refused("OUT_OF_SCOPE"):
        await account_of(await company.sign_in(PARTNER), SELLER)
    with refused("OUT_OF_SCOPE"):
        await account_of(await company.sign_in(SELLER), WORKER)
    asked = accounts_pb2.GetAccountRequest(account_id=system.account_id)
    assert (await it.call("AccountService.GetAccount", asked)).description == "财务与供应链"
    with refused("OUT_OF_SCOPE"):
        await (await company.sign_in(PARTNER)).call("AccountService.GetAccount", asked)
    with refused("ACCOUNT_NOT_FOUND"):
        await it.call("AccountService.GetAccount", accounts_pb2.GetAccountRequest(account_id=nobody()))


async def test_a_suspended_account_is_out_at_once_and_gets_no_passport(company: Company) -> None:
    it, seller = await company.sign_in(IT), await company.sign_in(SELLER)
    stopped = await suspend(it, await account_of(it, SELLER))
    assert stopped.state == SUSPENDED
    with refused("PASSPORT_INVALID"):
        await seller.call("AccountService.GetMe")
    with refused("ACCOUNT_SUSPENDED") as caught:
        await company.sign_in(SELLER)
    assert "停用" in caught.value.status.message
    changed = (await company.facts(events_pb2.AccountChanged))[-1]
    assert (changed.employee_id, changed.state) == (str(SELLER), SUSPENDED)


async def test_a_reinstated_account_has_the_grants_it_still_has(company: Company) -> None:
    it, hr = await company.sign_in(IT), await company.sign_in(HR)
    await hr.give(SELLER, "manager", over(PRODUCTION))
    short = await hr.give(SELLER, "people_viewer", over(PRODUCTION), ends_at=company.in_days(0.01))
    stopped = await suspend(it, await account_of(it, SELLER))
    company.move(hours=1)
    opened = await reinstate(await company.sign_in(IT), stopped)
    assert (opened.state, opened.version) == (OPEN, stopped.version + 1)
    held = (await (await company.sign_in(SELLER)).call("AccountService.GetMe")).roles
    assert list(held) == ["employee", "manager"]
    assert short.role not in held


async def test_stopping_needs_the_version_that_was_read(company: Company) -> None:
    it = await company.sign_in(IT)
    account = await account_of(it, SELLER)
    stopped = await suspend(it, account)
    with refused("VERSION_CONFLICT"):
        await reinstate(it, account)
    with refused("NOTHING_CHANGES"):
        await suspend(it, stopped)
    opened = await reinstate(it, stopped)
    with refused("NOTHING_CHANGES"):
        await reinstate(it, opened)


async def test_nobody_stops_themselves(company: Company) -> None:
    it = await company.sign_in(IT)
    with refused("OWN_ACCESS"):
        await suspend(it, await account_of(it, IT))


async def test_the_last_it_admin_is_not_stopped(company: Company) -> None:
    """An IT admin whose own role will end counts for nothing once they are the only one."""
    hand_over = company.clock.now() + timedelta(days=1)
    it = await company.sign_in(IT)
    await it.give(IT_TOO, "it_admin", over(), ends_at=timestamp(hand_over))
    too = await company.sign_in(IT_TOO)
    with refused("LAST_ADMIN"):
        await suspend(too, await account_of(too, IT))
    await give_first_roles(company.house, [(number(WORKER), "it_admin", Scope(ALL))])
    assert (await suspend(too, await account_of(too, IT))).state == SUSPENDED
    with refused("LAST_ADMIN"):
        await suspend(too, await account_of(too, WORKER))


@pytest.mark.parametrize("who", [HR, PARTNER, AUDITOR, BOSS, SELLER])
async def test_only_it_stops_accounts(company: Company, who: UUID) -> None:
    account = await account_of(await company.sign_in(AUDITOR), WORKER)
    with refused("PERMISSION_MISSING"):
        await suspend(await company.sign_in(who), account)


async def test_a_system_is_shown_its_secret_once_and_proves_itself_with_it(company: Company) -> None:
    it = await company.sign_in(IT)
    made = await create_system(it)
    assert len(made.secret) >= 40
    assert made.account.kind == accounts_pb2.ACCOUNT_KIND_SERVICE
    for _ in range(2):
        assert await verify_client(company.house, "erp", made.secret)
    assert not await verify_client(company.house, "erp", made.secret + "x")
    assert not await verify_client(company.house, "crm", made.secret)
    assert not await verify_client(company.house, number(SELLER), "")


async def test_the_secret_is_nowhere_in_the_database(company: Company) -> None:
    secret = (await create_system(await company.sign_in(IT))).secret
    dumped = await company.rows(_everything("client_secrets")) + await company.rows(_everything("outbox"))
    assert dumped
    assert not any(secret.encode() in str(dict(row)).encode() or secret.encode() in _bytes(row) for row in dumped)


async def test_a_new_secret_ends_the_former_at_once(company: Company) -> None:
    it = await company.sign_in(IT)
    made = await create_system(it)
    assert await verify_client(company.house, "erp", made.secret)
    asked = accounts_pb2.RotateServiceAccountSecretRequest(account_id=made.account.account_id)
    renewed = await it.call("AccountService.RotateServiceAccountSecret", asked)
    assert not await verify_client(company.house, "erp", made.secret)
    assert await verify_client(company.house, "erp", renewed.secret)


async def test_a_stopped_system_does_not_prove_itself(company: Company) -> None:
    it = await company.sign_in(IT)
    made = await create_system(it)
    assert await verify_client(company.house, "erp", made.secret)
    stopped = await suspend(it, made.account)
    assert not await verify_client(company.house, "erp", made.secret)
    await reinstate(it, stopped)
    assert await verify_client(company.house, "erp", made.secret)


async def test_names_of_systems_are_their_own(company: Company) -> None:
    it = await company.sign_in(IT)
    await create_system(it)
    with refused("USERNAME_TAKEN"):
        await create_system(it)
    async with company.unit() as call:
        await register.open_account(call, kind=register.PERSON, username="li-ming")
    with refused("USERNAME_TAKEN"):
        await create_system(it, "li-ming")
    with refused("FIELDS_INVALID"):
        await create_system(it, "ERP 2")


@pytest.mark.parametrize("name", ["mainstay-identity", "mainstay-portal", "mainstay-x", "broker", "admin-cli", "kafka"])
async def test_no_system_is_opened_by_a_name_that_mainstay_or_keycloak_goes_by(company: Company, name: str) -> None:
    it = await company.sign_in(IT)
    with refused("USERNAME_TAKEN"):
        await create_system(it, name)
    async with company.unit() as call:
        assert await register.by_name(call.db, name) == []


async def test_a_persons_account_has_no_secret(company: Company) -> None:
    it = await company.sign_in(IT)
    for account_id in (nobody(), (await account_of(it, SELLER)).account_id):
        with refused("ACCOUNT_NOT_FOUND"):
            asked = accounts_pb2.RotateServiceAccountSecretRequest(account_id=account_id)
            await it.call("AccountService.RotateServiceAccountSecret", asked)


async def test_systems_are_made_by_it_after_a_recent_sign_in(company: Company) -> None:
    with refused("STEP_UP_REQUIRED"):
        await create_system(await company.sign_in(IT, signed_in=timedelta(hours=2)))
    with refused("PERMISSION_MISSING"):
        await create_system(await company.sign_in(HR))
    # A right over a part of the company is not enough.
    lead = await company.sign_in(LEAD)
    with refused("PERMISSION_MISSING"):
        await create_system(lead)
    assert UNIT not in {scope.kind for scope in lead.passport.rights["employees.card.read"]}


def _everything(table: str) -> Any:
    return text(f"SELECT * FROM {table}")  # noqa: S608 - a table's name from this file


def _bytes(row: Any) -> bytes:
    return b"".join(bytes(value) for value in row.values() if isinstance(value, bytes))
