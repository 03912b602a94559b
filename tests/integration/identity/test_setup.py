"""The first roles of a company, and what a release does that changes a role."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from sqlalchemy import text

from libs.kit.access.scopes import ALL, SELF, UNIT, Scope
from mainstay.identity.v1 import events_pb2
from services.identity import register, releases
from services.identity.setup import first_admin, give_first_roles
from tests.integration.identity.company import HQ, IT, SELLER, WORKER, WORKSHOP, Company, number


class _Runtime:
    def __init__(self, company: Company) -> None:
        self.house = company.house

    async def after_commit(self) -> None:
        return None


async def first(company: Company, *names: str) -> None:
    runtime: Any = _Runtime(company)
    await first_admin(runtime, Namespace(names=list(names)))


async def test_the_first_admins_come_from_a_command(company: Company) -> None:
    await first(company, "admin")
    await first(company, "hr.admin", "hr_admin")
    admin = (await company.sign_in("admin")).passport
    assert admin.rights["identity.account.manage"] == (Scope(ALL),)
    assert admin.employee_id is None
    assert "employees.import.run" in (await company.sign_in("hr.admin")).passport.rights


@pytest.mark.parametrize("names", [[], ["admin", "executive"], ["a", "hr_admin", "c"]])
async def test_the_command_makes_admins_and_nothing_else(company: Company, names: list[str]) -> None:
    with pytest.raises(SystemExit):
        await first(company, *names)


async def test_first_roles_are_given_once(company: Company) -> None:
    given = [(number(SELLER), "executive", Scope(ALL)), (number(WORKER), "people_viewer", Scope(UNIT, WORKSHOP))]
    before = len(await company.facts(events_pb2.GrantGiven))
    for _ in range(2):
        await give_first_roles(company.house, given)
    assert len(await company.facts(events_pb2.GrantGiven)) == before + 2
    viewer = (await company.rows(text("SELECT * FROM grants WHERE role = 'people_viewer'")))[0]
    assert (viewer["ends_at"] - viewer["starts_at"]).days in {179, 180}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (("E0105", "astrologer", Scope(ALL)), KeyError),
        (("E0105", "employee", Scope(SELF)), ValueError),
        (("E0105", "executive", Scope(UNIT, HQ)), ValueError),
        (("E0105", "manager", Scope(UNIT)), ValueError),
        (("erp", "integration", Scope(ALL)), LookupError),
        (("E0106", "it_admin", Scope(ALL)), ValueError),
    ],
)
async def test_first_roles_keep_the_rules(
    company: Company, given: tuple[str, str, Scope], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await give_first_roles(company.house, [given])


async def test_a_release_that_changes_a_role_raises_its_holders_epochs(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "BATCH", 2)
    assert await releases.follow(company.house) == 0
    async with company.unit() as call:
        await register.open_account(call, kind=register.PERSON, username="without.roles")
        await call.db.run(text("UPDATE role_sets SET digest = 'another' WHERE role IN ('employee', 'it_admin')"))
    before = len(await company.facts(events_pb2.EpochRaised))
    seller = await company.sign_in(SELLER)
    it = await company.epoch(IT)
    assert await releases.follow(company.house) == 10
    assert await company.epoch(IT) == it + 1
    assert len(await company.facts(events_pb2.EpochRaised)) == before + 10
    await company.gate._committed()
    assert company.gate.revocations.refuses(seller.passport)
    assert await releases.follow(company.house) == 0


async def test_a_role_that_is_gone_counts_as_changed(company: Company) -> None:
    await releases.follow(company.house)
    async with company.unit() as call:
        await call.db.run(text("INSERT INTO role_sets (role, digest) VALUES ('astrologer', 'x')"))
        await call.db.run(
            text("UPDATE grants SET role = 'astrologer' WHERE role = 'auditor'"),
        )
    assert await releases.follow(company.house) == 1
    assert await releases.follow(company.house) == 0
