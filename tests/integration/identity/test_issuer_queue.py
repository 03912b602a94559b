"""The queue to the sign-in issuer: nothing is lost in an outage, urgent things go first, what fails is seen."""

from __future__ import annotations

import asyncio
import copy
import io
import json
from argparse import Namespace
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from mainstay.identity.v1 import accounts_pb2, passports_pb2
from services.identity import issuer, issuer_queue, issuer_rules, issuer_status, issuer_watch, sign_in, systems
from services.identity.demo_access import demo_access
from services.identity.register import PERSON, SYSTEM
from services.identity.tables import issuer_accounts
from tests.integration.identity.accounts_in_step import Keeping, keeping_up
from tests.integration.identity.company import (
    HR,
    IT,
    LEAD,
    SELLER,
    WORKER,
    WORKSHOP,
    Company,
    hired,
    number,
    placed,
    refused,
)
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.issuer_conformance import PASSWORD
from tests.support.postgres import Databases


@pytest.fixture
def directory() -> FakeIssuer:
    return FakeIssuer()


@pytest.fixture
def console(directory: FakeIssuer) -> FakeIssuer:
    return directory


@pytest.fixture
async def keeping(databases: Databases, directory: FakeIssuer, console: FakeIssuer) -> AsyncIterator[Keeping]:
    async with keeping_up(databases, directory, console) as keeping:
        yield keeping


async def status(keeping: Keeping) -> str:
    return await issuer_status.waiting(keeping.runtime)


async def test_an_outage_loses_nothing_and_is_told(keeping: Keeping, directory: FakeIssuer) -> None:
    stays = await keeping.hire()
    await keeping.in_step()
    assert await status(keeping) == "ok"
    directory.down = True
    newcomers = [await keeping.hire() for _ in range(5)]
    await keeping.suspend(stays)
    worker = keeping.worker()
    for _ in range(10):
        await worker.round()
        keeping.company.move(seconds=2)
    assert await keeping.waiting() == 6
    said = await status(keeping)
    assert said.startswith("ok, but 6 accounts wait, the oldest for ")
    assert said.endswith("IssuerUnreachable")
    directory.down = False
    await keeping.in_step()
    assert all([(await keeping.there(one)).let_in for one in newcomers])
    assert not (await keeping.there(stays)).let_in
    assert len(directory.people()) == 6
    assert await status(keeping) == "ok"


async def test_a_silent_issuer_is_asked_by_one_account_at_a_time(keeping: Keeping, directory: FakeIssuer) -> None:
    for _ in range(40):
        await keeping.hire()
    worker = keeping.worker()
    directory.down = True
    await worker.round()
    keeping.company.move(seconds=2)
    assert await worker.round() == 1
    directory.down = False
    keeping.company.move(seconds=2)
    assert await worker.round() == 1
    assert await worker.round() == keeping.settings.keycloak_at_once * 4


async def test_what_takes_access_away_goes_before_hires_and_hires_before_loads(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    leaves = await keeping.hire()
    await keeping.in_step()
    loaded = [uuid4() for _ in range(60)]
    for person in loaded:
        keeping.call_them(person, "李", "四")
        # The place comes first, as it may: the hire then says that it was a load.
        await keeping.company.hear(placed(person, unit=WORKSHOP))
        event = hired(person)
        event.imported = True
        await keeping.company.hear(event)
    joins = await keeping.hire()
    await keeping.suspend(leaves)
    _, rows = await issuer_queue.take(keeping.company.house, 3)
    assert [row["employee_id"] for row in rows[:2]] == [leaves, joins]
    assert rows[2]["employee_id"] in loaded


async def test_without_names_nobody_is_made_and_everybody_is_shut_out_all_the_same(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    waits = await keeping.hire()
    keeping.people.known.clear()
    await keeping.suspend(person)
    await keeping.worker().round()
    assert not (await keeping.there(person)).let_in
    assert await keeping.entry(waits) is None
    assert (await keeping.row(waits))["error"] == "ProfileMissing"


async def test_a_mail_that_is_somebody_elses_is_seen_and_keeps_nobody_out(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    first, second = await keeping.hire(), await keeping.hire()
    keeping.call_them(second, "赵", "六", f"{first}@x.example")
    await keeping.worker().round()
    row = await keeping.row(second)
    assert (row["error"], row["behind_since"] is not None) == ("MailTaken", True)
    assert (await keeping.there(second)).let_in
    keeping.call_them(second, "赵", "六")
    await keeping.in_step()
    assert len(directory.people()) == 2


async def test_a_change_while_an_account_is_at_work_is_done_after_it(keeping: Keeping, directory: FakeIssuer) -> None:
    person = await keeping.hire()
    _, rows = await issuer_queue.take(keeping.company.house, 10)
    keeping.call_them(person, "欧阳", "晓")
    async with keeping.company.unit() as call:
        await issuer_queue.want(call, rows[0]["account_id"])
    worker = keeping.worker()
    await worker.bring(rows[0], {person: issuer.Profile("王", "小明", "")})
    assert (await keeping.row(person))["behind_since"] is not None
    await keeping.in_step()
    seen = await directory.look(PERSON, (await keeping.there(person)).entry_id)
    assert seen["family_name"] == "欧阳"


async def test_shut_between_our_look_and_our_change_stays_shut(keeping: Keeping, directory: FakeIssuer) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    held = directory.held[(await keeping.there(person)).entry_id]

    def shut() -> None:
        held.entry = replace(held.entry, let_in=False)

    directory.before["change"] = shut
    async with keeping.company.unit() as call:
        await issuer_queue.want(call, (await keeping.company.account(person))["account_id"])
    await keeping.in_step()
    assert not held.entry.let_in
    assert await keeping.state(person) == ("suspended", "@disabled_at_issuer")
    assert await keeping.purposes(person) == ["@disabled_at_issuer"]


async def test_an_issuer_that_lost_its_entries_suspends_nobody_and_is_rebuilt_by_command(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    people = [await keeping.hire() for _ in range(8)]
    await keeping.in_step()
    directory.held.clear()
    await keeping.watch()
    assert {(await keeping.state(one))[0] for one in people} == {"open"}
    assert "EntriesLost" in await status(keeping)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, call.now)
        for person in people:
            keeping.call_them(person, "王", "小明")
    await keeping.worker().round()
    assert {(await keeping.there(one)).let_in for one in people} == {True}
    keeping.company.move(seconds=60)
    await keeping.watch()
    assert "EntriesLost" not in await status(keeping)


def unreadable(directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch, *entry_ids: str) -> None:
    """From now on the issuer refuses to show these."""
    entry = directory.entry

    async def shows(kind: str, entry_id: str) -> issuer.Entry | None:
        if entry_id in entry_ids:
            raise issuer.IssuerRefused(403)
        return await entry(kind, entry_id)

    monkeypatch.setattr(directory, "entry", shows)


@pytest.mark.parametrize("told", [True, False], ids=["by the log", "by the comparison"])
async def test_an_entry_that_cannot_be_read_keeps_nothing_else_from_being_noticed(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    people = [await keeping.hire() for _ in range(2)]
    await keeping.in_step()
    await keeping.watch()
    entries = [(await keeping.there(one)).entry_id for one in people]
    with monkeypatch.context() as refusing:
        unreadable(directory, refusing, entries[0])
        for one in entries:
            await directory.shut(PERSON, one)
        if not told:
            directory.log.clear()
        await keeping.watch()
        assert await keeping.state(people[1]) == ("suspended", "@disabled_at_issuer")
        assert (await keeping.state(people[0]))[0] == "open"
        await keeping.worker().round()
        keeping.company.move(seconds=5)
        await keeping.watch()
        said = await status(keeping)
        assert said.startswith("ok, but 1 accounts wait")
        assert said.endswith("IssuerRefused")
    await keeping.in_step()
    assert await keeping.state(people[0]) == ("suspended", "@disabled_at_issuer")
    assert await status(keeping) == "ok"


async def test_an_issuer_that_shows_nothing_is_told_as_such_and_queues_nobody(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await keeping.hire() for _ in range(6)]
    await keeping.in_step()
    unreadable(directory, monkeypatch, *directory.held)
    await keeping.watch()
    assert await status(keeping) == "ok, but changes there are not noticed: IssuerRefused"
    assert await keeping.waiting() == 0
    assert {(await keeping.state(one))[0] for one in people} == {"open"}


async def test_a_watch_that_fails_in_an_unknown_way_is_told(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def changes(_position: str) -> issuer.Changes:
        raise KeyError("time")

    with monkeypatch.context() as wrong:
        wrong.setattr(directory, "changes", changes)
        await keeping.watch()
        assert await status(keeping) == "ok, but changes there are not noticed: KeyError"
    await keeping.watch()
    assert await status(keeping) == "ok"


async def signed_in(keeping: Keeping, directory: FakeIssuer) -> tuple[UUID, str, Any]:
    """Somebody with an entry of their own at the issuer, and their session there."""
    person = await keeping.hire()
    await keeping.in_step()
    entry_id = (await keeping.there(person)).entry_id
    await directory.set_password(entry_id, PASSWORD, temporary=False)
    return person, entry_id, await directory.sign_in(entry_id, PASSWORD)


async def test_sessions_that_ended_after_the_backup_do_not_live_again(keeping: Keeping, directory: FakeIssuer) -> None:
    person, entry_id, session = await signed_in(keeping, directory)
    backup = copy.deepcopy(directory.held)
    await keeping.suspend(person)
    await keeping.suspend(person, "Reinstate")
    await keeping.in_step()
    assert not await directory.goes_on(session)
    directory.held = backup
    assert await directory.goes_on(session)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, datetime.now(UTC))
    await keeping.worker().round()
    assert not await directory.goes_on(session)
    assert await directory.sign_in(entry_id, PASSWORD) is not None


async def test_whoever_signs_in_after_the_backup_came_back_stays(keeping: Keeping, directory: FakeIssuer) -> None:
    person, _, session = await signed_in(keeping, directory)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, datetime.now(UTC) - timedelta(minutes=5))
    await keeping.worker().round()
    assert await directory.goes_on(session)
    # Once brought in step it is over: what ends sessions later ends all.
    row = await keeping.row(person)
    assert (row["end_sessions"], row["sessions_until"]) == (False, None)


async def test_sessions_that_are_all_to_end_are_not_spared_by_a_restore(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    person, _, session = await signed_in(keeping, directory)
    async with keeping.company.unit() as call:
        await issuer_queue.want(call, (await keeping.row(person))["account_id"], end_sessions=True)
        await issuer_queue.forget_entries(call, datetime.now(UTC) - timedelta(minutes=5))
    await keeping.worker().round()
    assert not await directory.goes_on(session)


async def test_accounts_from_before_the_issuer_was_managed_are_queued(keeping: Keeping) -> None:
    house = keeping.company.house
    managed = house.parts.pop(issuer.Issuer)
    person = await keeping.hire()
    assert await keeping.row(person) is None, "where it is managed elsewhere nothing is queued"
    house.add(managed)
    await issuer_watch.Watcher(keeping.runtime, managed).look()
    await keeping.in_step()
    assert (await keeping.there(person)).let_in


async def test_a_failure_that_cannot_be_noted_lets_the_others_finish(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_wrong, slow = await keeping.hire(), await keeping.hire()
    create = directory.create

    async def creates(told: issuer.Told) -> str:
        if told.username == number(goes_wrong):
            raise issuer.IssuerRefused(500)
        await asyncio.sleep(0.2)
        return await create(told)

    async def notes(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(directory, "create", creates)
    monkeypatch.setattr(issuer_queue, "failed", notes)
    with pytest.raises(ConnectionError):
        await keeping.worker().round()
    row = await keeping.row(slow)
    assert (row["behind_since"], row["entry_id"]) == (None, (await keeping.there(slow)).entry_id)
    row = await keeping.row(goes_wrong)
    assert (row["behind_since"] is not None, row["lease"]) == (True, None)


async def test_a_systems_secret_is_sealed_until_the_issuer_has_it(keeping: Keeping, directory: FakeIssuer) -> None:
    admin = await keeping.company.sign_in(IT)
    asked = accounts_pb2.CreateServiceAccountRequest(
        username="payroll", description="工资系统", scopes=["mainstay-api", "mainstay-events"]
    )
    made = await admin.call("AccountService.CreateServiceAccount", asked)
    (row,) = await keeping.company.rows(select(issuer_accounts).where(issuer_accounts.c.secret.is_not(None)))
    assert made.secret.encode() not in bytes(row["secret"])
    await keeping.in_step()
    (row,) = await keeping.company.rows(
        select(issuer_accounts).where(issuer_accounts.c.account_id == row["account_id"])
    )
    assert row["secret"] is None
    seen = await directory.look(SYSTEM, row["entry_id"])
    assert (seen["secret"], seen["scopes"]) == (made.secret, {"mainstay-api", "mainstay-events"})
    session = (row["entry_id"], directory.held[row["entry_id"]].sessions, datetime.now(UTC))
    assert await directory.goes_on(session)
    again = await admin.call(
        "AccountService.RotateServiceAccountSecret",
        accounts_pb2.RotateServiceAccountSecretRequest(account_id=made.account.account_id),
    )
    await keeping.in_step()
    seen = await directory.look(SYSTEM, row["entry_id"])
    assert (seen["secret"], seen["scopes"]) == (again.secret, {"mainstay-api", "mainstay-events"})
    assert not await directory.goes_on(session), "what was got with the former secret ends with it"


async def test_a_system_that_the_realm_holds_already_is_taken_over(keeping: Keeping, directory: FakeIssuer) -> None:
    there, _ = await directory.add_client("erp", integration=True)
    async with keeping.company.unit() as call:
        await systems.open_known(call, "erp", "ERP", "the realm's")
    await keeping.in_step()
    entry = await directory.find(SYSTEM, "", "erp")
    assert entry is not None
    assert entry.entry_id == there
    assert entry.account_id
    assert [one.entry.kind for one in directory.held.values()].count(SYSTEM) == 1


async def test_the_demo_gets_its_roles_systems_and_lasting_passwords_by_a_command(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    said = {"people": [{"username": number(person), "role": "hr_admin", "unit": ""}], "password": "mainstay-demo-2026"}
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(said)))
        await demo_access(keeping.runtime, Namespace())
    held = directory.held[(await keeping.there(person)).entry_id]
    assert (held.password, held.temporary) == ("mainstay-demo-2026", False)
    passport = (await keeping.company.sign_in(person)).passport
    assert "employees.lifecycle.hire" in passport.rights
    use = passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT
    assert "employees.person.read" in (await keeping.company.sign_in("erp", use=use)).passport.rights
    assert (await keeping.company.sign_in("warehouse", use=use)).passport.rights.keys() == {
        "employees.lifecycle.subscribe"
    }


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


def test_a_failure_rests_longer_each_time_and_for_a_minute_at_most() -> None:
    rests = [issuer_rules.pause(tries).total_seconds() for tries in (1, 2, 3, 6, 7, 100_000)]
    assert rests == [1, 2, 4, 32, 60, 60]


def test_passwords_are_readable_and_new_each_time() -> None:
    made = {sign_in.new_password() for _ in range(1000)}
    assert len(made) == 1000
    for one in made:
        assert not set(one) & set("0O1lIo")
        assert any(map(str.isupper, one))
        assert any(map(str.islower, one))
        assert any(map(str.isdigit, one))
