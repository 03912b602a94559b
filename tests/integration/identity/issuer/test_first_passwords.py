"""First passwords and second factors: who gets one, by whom, and how an account shows its sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from mainstay.identity.v1 import accounts_pb2
from services.identity import sign_in
from tests.integration.identity.company import HR, IT, LEAD, SELLER, WORKER, Company, refused
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.keeping import Keeping


@pytest.mark.parametrize(
    ("whose", "by", "reason"),
    [
        (HR, HR, "OWN_ACCESS"),
        (IT, HR, "BEYOND_OWN_RIGHTS"),
        (SELLER, IT, "PERMISSION_MISSING"),
        (SELLER, LEAD, "PERMISSION_MISSING"),
        (SELLER, HR, "SIGN_IN_NOT_READY"),
    ],
)
async def test_who_may_not_have_a_first_password_is_told_why(
    keeping: Keeping, whose: Any, by: Any, reason: str
) -> None:
    with refused(reason):
        await keeping.first_password(whose, by)


async def test_a_first_password_needs_an_open_account_and_an_issuer_that_answers(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    directory.down = True
    with refused("SIGN_IN_UNREACHABLE"):
        await keeping.first_password(person)
    directory.down = False
    await keeping.suspend(person)
    with refused("ACCOUNT_NOT_OPEN"):
        await keeping.first_password(person)


async def test_second_factors_go_only_when_asked(keeping: Keeping, directory: FakeIssuer) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    held = directory.held[(await keeping.there(person)).entry_id]
    held.factors = 2
    session = await directory.sign_in(held.entry.entry_id, "") or (held.entry.entry_id, held.sessions)
    assert (await keeping.first_password(person)).second_factors_removed == 0
    assert held.factors == 2
    assert held.temporary
    assert not await directory.goes_on(session), "whoever was signed in is so no longer"
    assert (await keeping.first_password(person, remove_second_factors=True)).second_factors_removed == 2


async def test_where_sign_in_is_managed_elsewhere_it_says_so(company: Company) -> None:
    hr = await company.sign_in(HR)
    account_id = str((await company.account(WORKER))["account_id"])
    with refused("SIGN_IN_MANAGED_ELSEWHERE"):
        await hr.call(
            "AccountService.IssueFirstPassword", accounts_pb2.IssueFirstPasswordRequest(account_id=account_id)
        )
    shown = await hr.call("AccountService.GetAccount", accounts_pb2.GetAccountRequest(account_id=account_id))
    assert shown.sign_in.state == accounts_pb2.SIGN_IN_STATE_ELSEWHERE


async def test_the_account_shows_how_its_sign_in_stands(keeping: Keeping, directory: FakeIssuer) -> None:
    person = await keeping.hire()
    hr = await keeping.company.sign_in(HR)
    asked = accounts_pb2.GetAccountRequest(account_id=str((await keeping.company.account(person))["account_id"]))
    assert (await hr.call("AccountService.GetAccount", asked)).sign_in.state == accounts_pb2.SIGN_IN_STATE_WAITING
    directory.down = True
    await keeping.worker().round()
    shown = (await hr.call("AccountService.GetAccount", asked)).sign_in
    assert (shown.state, shown.problem) == (accounts_pb2.SIGN_IN_STATE_FAILING, "IssuerUnreachable")
    directory.down = False
    await keeping.in_step()
    hr = await keeping.company.sign_in(HR)
    shown = (await hr.call("AccountService.GetAccount", asked)).sign_in
    assert (shown.state, shown.known) == (accounts_pb2.SIGN_IN_STATE_IN_STEP, True)


def test_passwords_are_readable_and_new_each_time() -> None:
    made = {sign_in.new_password() for _ in range(1000)}
    assert len(made) == 1000
    for one in made:
        assert not set(one) & set("0O1lIo")
        assert any(map(str.isupper, one))
        assert any(map(str.islower, one))
        assert any(map(str.isdigit, one))
