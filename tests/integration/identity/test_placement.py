"""Accounts and automatic roles follow who works here and who has reports, in whatever order the events come."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID

import pytest
from sqlalchemy import select, text

from libs.kit.access.scopes import ALL, Scope
from libs.kit.tables import outbox
from mainstay.employees.v1 import events_pb2 as employees
from mainstay.identity.v1 import accounts_pb2, events_pb2
from services.identity import ledger, register, rules
from services.identity.setup import give_first_roles
from tests.integration.identity.company import (
    BOSS,
    HQ,
    HR,
    LEAD,
    PRODUCTION,
    SALES,
    SALES_LEAD,
    SELLER,
    WORKER,
    WORKSHOP,
    Company,
    hired,
    number,
    over,
    placed,
    refused,
)

NEW = UUID(int=201)


async def roles_of(company: Company, person: UUID) -> list[str]:
    account = await company.account(person)
    async with company.house.database.reading() as session:
        held = rules.in_force(await ledger.of(session, account["account_id"]), company.clock.now())
    return sorted(grant.role for grant in held)


async def state_of(company: Company, person: UUID) -> str:
    return str((await company.account(person))["state"])


async def test_a_hire_opens_an_account_without_rights(company: Company) -> None:
    await company.hear(hired(NEW))
    account = await company.account(NEW)
    assert (account["username"], account["state"], account["kind"]) == (number(NEW), "open", "person")
    assert await roles_of(company, NEW) == []
    changed = (await company.facts(events_pb2.AccountChanged))[-1]
    assert (changed.employee_id, changed.state) == (str(NEW), accounts_pb2.ACCOUNT_STATE_OPEN)


async def test_the_first_day_brings_the_employees_rights(company: Company) -> None:
    await company.hear(hired(NEW))
    await company.hear(placed(NEW, unit=SALES, manager=SALES_LEAD, employed=False))
    assert await roles_of(company, NEW) == []
    await company.hear(placed(NEW, unit=SALES, manager=SALES_LEAD))
    assert await roles_of(company, NEW) == ["employee"]


async def test_the_last_day_closes_the_account_and_ends_everything(company: Company) -> None:
    hr = await company.sign_in(HR)
    await hr.give(SELLER, "manager", over(WORKSHOP))
    await hr.give(SELLER, "people_viewer", over(WORKSHOP), starts_at=company.in_days(1), ends_at=company.in_days(2))
    seller = await company.sign_in(SELLER)
    await company.hear(placed(SELLER, employed=False))
    assert await state_of(company, SELLER) == "closed"
    assert await roles_of(company, SELLER) == []
    with refused("PASSPORT_INVALID"):
        await seller.call("AccountService.GetMe")
    company.move(days=1, hours=1)
    assert await roles_of(company, SELLER) == []


async def test_nothing_comes_back_to_life_with_a_rehire(company: Company) -> None:
    await (await company.sign_in(HR)).give(SELLER, "manager", over(WORKSHOP))
    await company.hear(placed(SELLER, employed=False))
    await company.hear(placed(SELLER, unit=SALES, manager=SALES_LEAD))
    assert await state_of(company, SELLER) == "open"
    assert await roles_of(company, SELLER) == ["employee"]


async def test_a_rehire_opens_the_account_before_the_first_day(company: Company) -> None:
    await company.hear(placed(SELLER, employed=False))
    await company.hear(hired(SELLER, on="2999-01-01", rehired=True))
    assert await state_of(company, SELLER) == "open"
    assert await roles_of(company, SELLER) == []


async def test_a_hire_that_comes_late_does_not_open_what_a_leave_closed(company: Company) -> None:
    await company.hear(placed(SELLER, employed=False))
    await company.hear(hired(SELLER, on="2026-01-05"))
    assert await state_of(company, SELLER) == "closed"


async def test_a_suspended_person_stays_suspended_through_a_transfer(company: Company) -> None:
    async with company.unit() as call:
        row = await register.by_employee(call.db, SELLER, lock=True)
        await register.set_state(call, row, register.SUSPENDED, "手机丢失")
    await company.hear(placed(SELLER, unit=PRODUCTION, manager=LEAD))
    assert await state_of(company, SELLER) == "suspended"
    await company.hear(placed(SELLER, employed=False))
    assert await state_of(company, SELLER) == "closed"


async def test_a_new_employee_number_is_a_new_name_at_sign_in(company: Company) -> None:
    event = placed(SELLER, unit=SALES, manager=SALES_LEAD)
    event.number = "S-0105"
    await company.hear(event)
    assert (await company.sign_in("S-0105")).passport.employee_id == SELLER
    with refused("ACCOUNT_UNKNOWN"):
        await company.issue(number(SELLER))


async def test_an_account_opened_by_hand_becomes_the_persons(company: Company) -> None:
    await give_first_roles(company.house, [(number(NEW), "hr_admin", Scope(ALL))])
    await company.hear(hired(NEW))
    await company.hear(placed(NEW, unit=HQ, manager=BOSS))
    assert (await company.sign_in(NEW)).passport.employee_id == NEW
    assert await roles_of(company, NEW) == ["employee", "hr_admin"]


async def test_an_erased_person_leaves_a_closed_account_without_words(company: Company) -> None:
    hr = await company.sign_in(HR)
    await hr.give(SELLER, "manager", over(WORKSHOP), reason="赵小燕代理车间")
    await company.hear(placed(SELLER, employed=False))
    for event in (employees.EmployeeErased(employee_id=str(SELLER)), placed(SELLER, employed=False, erased=True)):
        await company.hear(event)
    account = await company.account(SELLER)
    assert (account["state"], account["username"]) == ("closed", f"erased-{account['account_id']}")
    rows = await company.rows(text("SELECT reason, revoke_reason FROM grants"))
    assert not any("赵小燕" in str(dict(row)) for row in rows)
    await company.hear(hired(SELLER, on="2999-01-01", rehired=True))
    assert await state_of(company, SELLER) == "closed"
    # The number is free for somebody else.
    other = hired(NEW)
    other.number = number(SELLER)
    await company.hear(other)
    assert (await company.account(NEW))["username"] == number(SELLER)


async def test_nobody_hired_after_an_erasure_that_came_first(company: Company) -> None:
    await company.hear(placed(NEW, employed=False, erased=True))
    await company.hear(hired(NEW))
    assert await company.account(NEW) is None


async def test_whoever_gets_a_first_report_is_a_manager_and_stops_being_one_with_the_last(company: Company) -> None:
    assert await roles_of(company, SELLER) == ["employee"]
    await company.hear(placed(WORKER, unit=SALES, manager=SELLER))
    assert await roles_of(company, SELLER) == ["employee", "manager"]
    assert await roles_of(company, LEAD) == ["employee"]
    await company.hear(placed(WORKER, employed=False))
    assert await roles_of(company, SELLER) == ["employee"]
    ended = (await company.facts(events_pb2.GrantEnded))[-1]
    assert ended.account_id


async def test_a_dotted_line_makes_a_manager_too(company: Company) -> None:
    await company.hear(placed(WORKER, unit=WORKSHOP, manager=LEAD, dotted=(SELLER, SALES_LEAD)))
    assert await roles_of(company, SELLER) == ["employee", "manager"]
    await company.hear(placed(WORKER, unit=WORKSHOP, manager=LEAD))
    assert await roles_of(company, SELLER) == ["employee"]
    assert await roles_of(company, SALES_LEAD) == ["employee", "manager"]


async def test_a_manager_given_by_hand_over_a_unit_stays_one_without_reports(company: Company) -> None:
    await (await company.sign_in(HR)).give(LEAD, "manager", over(SALES))
    await company.hear(placed(WORKER, unit=SALES, manager=SELLER))
    held = await roles_of(company, LEAD)
    assert held == ["employee", "manager"]
    account = await company.account(LEAD)
    async with company.house.database.reading() as session:
        in_force = rules.in_force(await ledger.of(session, account["account_id"]), company.clock.now())
    assert {grant.scope.kind for grant in in_force if grant.role == "manager"} == {"unit"}


async def test_an_event_applied_twice_changes_nothing(company: Company) -> None:
    event = placed(WORKER, unit=SALES, manager=SELLER)
    await company.hear(event)
    before = await company.rows(select(outbox.c.id))
    epochs = [await company.epoch(person) for person in (WORKER, SELLER, LEAD)]
    for _ in range(2):
        await company.hear(event)
    await company.hear(hired(WORKER))
    assert await company.rows(select(outbox.c.id)) == before
    assert [await company.epoch(person) for person in (WORKER, SELLER, LEAD)] == epochs


async def test_a_first_grant_needs_no_revocation_and_a_second_one_does(company: Company) -> None:
    """A file of a hundred thousand new people does not fill the feed; rights somebody may already use still do."""
    await company.hear(hired(NEW))
    await company.hear(placed(NEW, unit=WORKSHOP, manager=BOSS))
    account = str((await company.account(NEW))["account_id"])
    raised = [fact.account_id for fact in await company.facts(events_pb2.EpochRaised)]
    assert account not in raised
    await give_first_roles(company.house, [(number(NEW), "people_viewer", Scope(ALL))])
    assert account in [fact.account_id for fact in await company.facts(events_pb2.EpochRaised)]


async def test_one_event_raises_an_epoch_once(company: Company) -> None:
    before = await company.epoch(SELLER)
    await company.hear(placed(SELLER, employed=False))
    assert await company.epoch(SELLER) == before + 1


async def test_two_reports_that_leave_at_once_leave_no_manager_behind(company: Company) -> None:
    await company.hear(placed(WORKER, unit=SALES, manager=SELLER))
    await company.hear(placed(LEAD, unit=SALES, manager=SELLER))
    await asyncio.gather(
        company.hear(placed(WORKER, unit=SALES, manager=SALES_LEAD)),
        company.hear(placed(LEAD, unit=SALES, manager=SALES_LEAD)),
    )
    assert await roles_of(company, SELLER) == ["employee"]


async def test_a_manager_who_begins_while_a_report_is_placed_is_a_manager(company: Company) -> None:
    for n in range(5):
        boss, report = UUID(int=300 + n), UUID(int=400 + n)
        await asyncio.gather(
            company.hear(placed(boss, unit=SALES, manager=BOSS)),
            company.hear(placed(report, unit=SALES, manager=boss)),
        )
        assert await roles_of(company, boss) == ["employee", "manager"]


PEOPLE = [UUID(int=500 + n) for n in range(5)]


def history(chance: random.Random) -> list[employees.PersonPlaced]:
    """A few placements of each person, interleaved in any way that keeps each person's own order."""
    left = {person: [_anywhere(chance, person) for _ in range(chance.randint(1, 3))] for person in PEOPLE}
    order = [person for person in PEOPLE for _ in left[person]]
    chance.shuffle(order)
    return [left[person].pop(0) for person in order]


def _anywhere(chance: random.Random, person: UUID) -> employees.PersonPlaced:
    others = [one for one in PEOPLE if one != person]
    return placed(
        person,
        unit=SALES,
        manager=chance.choice([None, *others]),
        dotted=tuple(chance.sample(others, chance.randint(0, 2))),
        employed=chance.random() < 0.7,
    )


@pytest.mark.parametrize("seed", range(15))
async def test_any_order_of_events_ends_in_the_same_managers(company: Company, seed: int) -> None:
    """Whatever came before, in the end exactly those who work here and have somebody who does report to them lead."""
    events = history(random.Random(seed))
    for event in events:
        await company.hear(event)
    last = [event for event in {event.employee_id: event for event in events}.values() if event.employed]
    followed = {one for event in last for one in (event.manager_id, *event.dotted_manager_ids)}
    working = {event.employee_id for event in last}
    for person in PEOPLE:
        held = await roles_of(company, person) if await company.account(person) else []
        expected = ["employee"] * (str(person) in working) + ["manager"] * (str(person) in working & followed)
        assert held == expected
