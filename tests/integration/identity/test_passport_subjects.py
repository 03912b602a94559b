"""Passports at a sign-in: only for the entry of the issuer that identity keeps for the account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.identity import issuer, issuer_queue
from tests.integration.identity.company import number, refused
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.keeping import Keeping, keeping_up
from tests.support.postgres import Databases


@pytest.fixture
async def keeping(databases: Databases) -> AsyncIterator[Keeping]:
    directory = FakeIssuer()
    async with keeping_up(databases, directory, directory) as keeping:
        yield keeping


async def test_the_accounts_own_entry_gets_one(keeping: Keeping) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    entry = await keeping.there(person)
    issued = await keeping.company.issue(number(person), subject=entry.entry_id)
    assert keeping.company.gate.reader.read(issued.token.encode()).employee_id == person


async def test_another_entry_that_carries_the_number_gets_none(keeping: Keeping) -> None:
    person, other = await keeping.hire(), await keeping.hire()
    await keeping.in_step()
    somebody_else = (await keeping.there(other)).entry_id
    own = (await keeping.there(person)).entry_id
    for subject in (str(uuid4()), somebody_else, own.upper() + " ", f" {own}"):
        with refused("SIGN_IN_REQUIRED"):
            await keeping.company.issue(number(person), subject=subject)


async def test_what_is_said_of_a_suspended_account_is_said_to_its_own_entry_only(keeping: Keeping) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    entry = await keeping.there(person)
    await keeping.suspend(person)
    with refused("SIGN_IN_REQUIRED"):
        await keeping.company.issue(number(person), subject=str(uuid4()))
    with refused("ACCOUNT_SUSPENDED"):
        await keeping.company.issue(number(person), subject=entry.entry_id)


async def test_without_an_entry_yet_nobody_gets_one(keeping: Keeping) -> None:
    person = await keeping.hire()
    with refused("ACCOUNT_UNKNOWN"):
        await keeping.company.issue(number(person), subject=str(uuid4()))


async def test_whose_entry_is_looked_for_anew_is_asked_to_come_again(keeping: Keeping) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    entry = await keeping.there(person)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, datetime.now(UTC))
    with refused("TEMPORARILY_UNAVAILABLE"):
        await keeping.company.issue(number(person), subject=entry.entry_id)
    await keeping.worker().round()
    assert (await keeping.company.issue(number(person), subject=entry.entry_id)).token


async def test_who_comes_while_all_are_looked_for_anew_goes_first(keeping: Keeping) -> None:
    people = [await keeping.hire() for _ in range(24)]
    await keeping.in_step()
    comers = {person: (await keeping.there(person)).entry_id for person in people[::6]}
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, datetime.now(UTC))
    for person, entry_id in comers.items():
        with refused("TEMPORARILY_UNAVAILABLE"):
            await keeping.company.issue(number(person), subject=entry_id)
    _, first = await issuer_queue.take(keeping.company.house, len(comers))
    assert {row["employee_id"] for row in first} == set(comers)


async def test_a_session_that_has_begun_needs_no_entry(keeping: Keeping) -> None:
    person = await keeping.hire()
    assert (await keeping.company.issue(number(person))).token


async def test_where_the_issuer_is_managed_elsewhere_nothing_is_compared(keeping: Keeping) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    keeping.company.house.parts.pop(issuer.Issuer)
    assert (await keeping.company.issue(number(person), subject="another")).token
