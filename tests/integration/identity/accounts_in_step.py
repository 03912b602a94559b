"""Stories of accounts and their issuer, told once: on the issuer in memory and on Keycloak.

Modules give the fixtures `directory`, the port, and `console`, somebody else who manages the issuer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from mainstay.employees.v1 import events_pb2 as employees
from mainstay.identity.v1 import accounts_pb2
from services.identity import issuer_queue, placement, register
from services.identity.register import PERSON, SYSTEM
from tests.integration.identity.company import number, placed
from tests.integration.identity.issuer_conformance import PASSWORD
from tests.integration.identity.keeping import Keeping, keeping_up
from tests.support.postgres import Databases


class InStep:
    @pytest.fixture
    async def keeping(self, databases: Databases, directory: Any, console: Any) -> AsyncIterator[Keeping]:
        async with keeping_up(databases, directory, console) as keeping:
            yield keeping

    async def test_somebody_hired_is_there_and_can_sign_in_with_a_first_password(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        entry = await keeping.there(person)
        assert entry.let_in
        assert entry.employee_number == number(person)
        made = await keeping.first_password(person)
        assert made.account.sign_in.state == accounts_pb2.SIGN_IN_STATE_IN_STEP
        assert await keeping.console.sign_in(entry.entry_id, made.password) is None, "it is for changing it only"
        again = await keeping.first_password(person)
        assert again.password != made.password

    async def test_a_new_name_and_mail_follow(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        keeping.call_them(person, "欧阳", "晓", "OuYang@x.example")
        event = employees.EmployeeCorrected(employee_id=str(person), fields=["name", "work_mail"])
        async with keeping.company.unit() as call:
            await placement.corrected(call, event)
        await keeping.in_step()
        seen = await keeping.console.look(PERSON, (await keeping.there(person)).entry_id)
        assert (seen["family_name"], seen["given_name"], seen["mail"]) == ("欧阳", "晓", "ouyang@x.example")

    async def test_suspending_ends_sessions_and_reinstating_does_not_bring_them_back(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        entry_id = (await keeping.there(person)).entry_id
        await keeping.directory.set_password(entry_id, PASSWORD, temporary=False)
        session = await keeping.console.sign_in(entry_id, PASSWORD)
        await keeping.suspend(person)
        await keeping.in_step()
        assert not await keeping.console.goes_on(session)
        assert await keeping.console.sign_in(entry_id, PASSWORD) is None
        await keeping.suspend(person, "Reinstate")
        await keeping.in_step()
        assert not await keeping.console.goes_on(session)
        assert await keeping.console.sign_in(entry_id, PASSWORD) is not None

    async def test_a_suspension_that_was_taken_back_at_once_has_ended_sessions_all_the_same(
        self, keeping: Keeping
    ) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        entry_id = (await keeping.there(person)).entry_id
        await keeping.directory.set_password(entry_id, PASSWORD, temporary=False)
        session = await keeping.console.sign_in(entry_id, PASSWORD)
        await keeping.suspend(person)
        await keeping.suspend(person, "Reinstate")
        await keeping.in_step()
        assert not await keeping.console.goes_on(session)

    async def test_somebody_who_left_is_shut_out_and_somebody_erased_is_removed(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        entry_id = (await keeping.there(person)).entry_id
        await keeping.company.hear(placed(person, employed=False))
        await keeping.in_step()
        entry = await keeping.directory.entry(PERSON, entry_id)
        assert entry is not None
        assert not entry.let_in
        await keeping.company.hear(employees.EmployeeErased(employee_id=str(person)))
        await keeping.in_step()
        assert await keeping.directory.entry(PERSON, entry_id) is None
        assert (await keeping.row(person))["entry_id"] is None

    async def test_a_worker_killed_before_its_mark_makes_nobody_twice(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        lease, rows = await issuer_queue.take(keeping.company.house, 50)
        (row,) = [one for one in rows if one["employee_id"] == person]
        worker = keeping.worker()
        made = await keeping.directory.create(worker._told(row, await worker._profiles(rows)))
        keeping.company.move(seconds=issuer_queue.LEASE.total_seconds() + 1)
        await keeping.in_step()
        assert (await keeping.there(person)).entry_id == made
        assert (await keeping.row(person))["entry_id"] == made
        await issuer_queue.give_back(keeping.company.house, lease)

    async def test_a_person_who_is_there_already_is_taken_over(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        worker = keeping.worker()
        _, rows = await issuer_queue.take(keeping.company.house, 50)
        (row,) = [one for one in rows if one["employee_id"] == person]
        told = worker._told(row, await worker._profiles(rows))
        made = await keeping.directory.create(told)
        await worker.bring(row, await worker._profiles(rows))
        assert (await keeping.row(person))["entry_id"] == made

    async def test_a_user_whom_somebody_made_beforehand_is_taken_over_without_their_password(
        self, keeping: Keeping
    ) -> None:
        person = uuid4()
        made = await keeping.console.add_person(number(person))
        await keeping.directory.set_password(made, PASSWORD, temporary=False)
        session = await keeping.console.sign_in(made, PASSWORD)
        assert session is not None
        await keeping.hire(person=person)
        await keeping.in_step()
        assert (await keeping.there(person)).entry_id == made
        assert not await keeping.console.goes_on(session)
        assert await keeping.console.sign_in(made, PASSWORD) is None
        await keeping.directory.set_password(made, PASSWORD, temporary=False)
        async with keeping.company.unit() as call:
            await issuer_queue.want(call, (await keeping.company.account(person))["account_id"])
        await keeping.in_step()
        assert await keeping.console.sign_in(made, PASSWORD) is not None, "only when it is taken over"

    async def test_a_client_the_realm_did_not_declare_is_not_taken_over(self, keeping: Keeping) -> None:
        name = f"payroll-{uuid4().hex[:8]}"
        made, _ = await keeping.console.add_client(name)
        before = await keeping.console.whole(SYSTEM, made)
        async with keeping.company.unit() as call:
            row = await register.open_account(call, kind=SYSTEM, username=name, description="工资系统")
        assert row is not None
        assert await keeping.tried(row["account_id"]) == "NameTaken"
        async with keeping.company.unit() as call:
            account = await register.by_id(call.db, row["account_id"], lock=True)
            await register.set_state(call, account, register.SUSPENDED)
        await keeping.in_step()
        assert await keeping.console.whole(SYSTEM, made) == before, "nor is it shut with the account"

    async def test_an_employee_numbered_like_a_clients_user_does_not_become_it(self, keeping: Keeping) -> None:
        name = f"payroll-{uuid4().hex[:8]}"
        _, user = await keeping.console.add_client(name)
        before = await keeping.console.whole(PERSON, user)
        person = await keeping.hire()
        async with keeping.company.unit() as call:
            account = await register.by_employee(call.db, person, lock=True)
            assert account is not None
            await register.set_person(
                call, account["account_id"], username=f"service-account-{name}", employee_id=person
            )
        assert await keeping.tried((await keeping.company.account(person))["account_id"]) == "NameTaken"
        assert await keeping.console.whole(PERSON, user) == before

    async def test_somebody_elses_name_is_not_taken_over(self, keeping: Keeping) -> None:
        first, second = await keeping.hire(), await keeping.hire()
        await keeping.in_step()
        async with keeping.company.unit() as call:
            account = await register.by_employee(call.db, second, lock=True)
            assert account is not None
            other = await keeping.company.account(first)
            await register.set_person(call, other["account_id"], username="E-elsewhere", employee_id=first)
            await register.set_person(call, account["account_id"], username=number(first), employee_id=second)
        await keeping.worker().round()
        await keeping.in_step()
        assert (
            await keeping.directory.entry(PERSON, (await keeping.row(second))["entry_id"])
        ).employee_number == number(first)
        assert (await keeping.row(first))["entry_id"] != (await keeping.row(second))["entry_id"]

    async def test_shut_at_the_issuer_is_suspended_here_and_only_reinstated_here(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        await keeping.watch()
        entry_id = (await keeping.there(person)).entry_id
        await keeping.console.shut(PERSON, entry_id)
        await keeping.watch()
        assert await keeping.state(person) == ("suspended", "@disabled_at_issuer")
        assert await keeping.purposes(person) == ["@disabled_at_issuer"]
        await keeping.in_step()
        await keeping.console.shut(PERSON, entry_id, let_in=True)
        await keeping.watch()
        await keeping.in_step()
        assert not (await keeping.there(person)).let_in, "letting in there does not reinstate"
        assert await keeping.purposes(person) == ["@disabled_at_issuer", "@enabled_at_issuer"]
        await keeping.suspend(person, "Reinstate")
        await keeping.in_step()
        assert (await keeping.there(person)).let_in
        await keeping.watch()
        assert (await keeping.state(person))[0] == "open"

    async def test_a_change_of_ours_does_not_let_in_whom_somebody_just_shut(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        await keeping.console.shut(PERSON, (await keeping.there(person)).entry_id)
        async with keeping.company.unit() as call:
            await issuer_queue.want(call, (await keeping.company.account(person))["account_id"])
        await keeping.in_step()
        assert not (await keeping.there(person)).let_in
        assert await keeping.state(person) == ("suspended", "@disabled_at_issuer")

    async def test_deleted_at_the_issuer_is_suspended_and_made_anew_only_when_reinstated(
        self, keeping: Keeping
    ) -> None:
        person, colleague = await keeping.hire(), await keeping.hire()
        await keeping.in_step()
        await keeping.watch()
        entry_id = (await keeping.there(person)).entry_id
        await keeping.console.delete(PERSON, entry_id)
        await keeping.watch()
        assert await keeping.state(person) == ("suspended", "@deleted_at_issuer")
        assert (await keeping.state(colleague))[0] == "open"
        await keeping.in_step()
        assert await keeping.entry(person) is None
        await keeping.suspend(person, "Reinstate")
        await keeping.in_step()
        assert (await keeping.there(person)).entry_id != entry_id

    async def test_a_number_altered_at_the_issuer_is_put_back_and_recorded(self, keeping: Keeping) -> None:
        person = await keeping.hire()
        await keeping.in_step()
        await keeping.watch()
        await keeping.console.renumber((await keeping.there(person)).entry_id, "E0001")
        await keeping.watch()
        await keeping.in_step()
        assert (await keeping.there(person)).employee_number == number(person)
        assert await keeping.purposes(person) == ["@altered_at_issuer"]
        await keeping.watch()
        assert await keeping.waiting() == 0
