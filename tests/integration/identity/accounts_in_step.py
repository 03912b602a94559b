"""Stories of accounts and their issuer, told once: on the issuer in memory and on Keycloak.

Modules give the fixtures `directory`, the port, and `console`, somebody else who manages the issuer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from libs.kit.app import Runtime
from libs.kit.database import Database
from mainstay.audit.v1 import records_pb2
from mainstay.employees.v1 import events_pb2 as employees
from mainstay.employees.v1 import people_pb2
from mainstay.identity.v1 import accounts_pb2
from services.identity import issuer_queue, placement, register
from services.identity.issuer import Entry, Issuer, IssuerDirectory, IssuerUnreachable
from services.identity.issuer_watch import Watcher
from services.identity.issuer_worker import Worker
from services.identity.register import PERSON, SYSTEM
from services.identity.settings import IdentitySettings
from services.identity.tables import issuer_accounts
from tests.integration.identity.company import HR, IT, WORKSHOP, Company, hired, number, placed
from tests.integration.identity.issuer_conformance import PASSWORD
from tests.support.passports import KEYRING, SECRET
from tests.support.postgres import Databases


def settings(**given: object) -> IdentitySettings:
    needed = {"database_url": "unused", "bus_url": "postgresql:///unused", "keyring": KEYRING}
    return IdentitySettings.model_validate({**needed, "workload_secret": SECRET, **given})


@dataclass
class People:
    """Employees, as far as identity asks: names and mails by person."""

    known: dict[UUID, people_pb2.SignInProfile] = field(default_factory=dict)

    async def call(self, _name: str, raw: bytes, _meta: Mapping[str, str], _timeout: float) -> bytes:
        asked = people_pb2.ListSignInProfilesRequest.FromString(raw)
        found = [self.known[UUID(one)] for one in asked.employee_ids if UUID(one) in self.known]
        return people_pb2.ListSignInProfilesResponse(profiles=found).SerializeToString()

    async def close(self) -> None:
        return None


@dataclass
class Keeping:
    company: Company
    directory: Any
    console: Any
    people: People
    settings: IdentitySettings

    @property
    def runtime(self) -> Runtime:
        """What identity's workers ask of a runtime."""
        gate, house = self.company.gate, self.company.house
        parts = {"house": house, "database": house.database, "clock": house.clock, "workload": gate.workload}
        after_commit = gate._committed
        return cast("Runtime", SimpleNamespace(unit=self.company.unit, after_commit=after_commit, **parts))

    @property
    def managed(self) -> Issuer:
        return Issuer(cast("IssuerDirectory", self.directory), self.settings)

    def worker(self) -> Worker:
        return Worker(self.runtime, self.managed)

    async def hire(self, family: str = "王", given: str = "小明", person: UUID | None = None) -> UUID:
        person = person or uuid4()
        self.call_them(person, family, given)
        await self.company.hear(hired(person))
        await self.company.hear(placed(person, unit=WORKSHOP))
        return person

    def call_them(self, person: UUID, family: str, given: str, mail: str = "") -> None:
        self.people.known[person] = people_pb2.SignInProfile(
            employee_id=str(person), family_name=family, given_name=given, work_mail=mail or f"{person}@x.example"
        )

    async def in_step(self) -> None:
        """Works until nothing waits; what rests after a failure is due at once."""
        worker = self.worker()
        async with asyncio.timeout(60):
            while await self.waiting():
                if not await worker.round():
                    self.company.move(seconds=61)

    async def tried(self, account_id: UUID, times: int = 3) -> str:
        """The problem after so many tries. One that a busy issuer did not answer in time says nothing, and is none."""
        answered, problem = 0, ""
        async with asyncio.timeout(90):
            while answered < times:
                await self.worker().round()
                async with self.company.house.database.reading() as session:
                    row = await issuer_queue.of_account(session, account_id)
                assert row is not None
                problem = row["error"]
                answered += problem != IssuerUnreachable.__name__
                self.company.move(seconds=61)
        return problem

    async def waiting(self) -> int:
        async with self.company.house.database.reading() as session:
            return int((await issuer_queue.behind(session))["accounts"])

    async def watch(self) -> None:
        """Looks once at what was done at the issuer itself, and at a page of the comparison."""
        self.company.move(seconds=3700)
        await Watcher(self.runtime, self.managed).look()

    async def row(self, person: UUID) -> Any:
        account = await self.company.account(person)
        async with self.company.house.database.reading() as session:
            return await issuer_queue.of_account(session, account["account_id"])

    async def entry(self, person: UUID) -> Entry | None:
        account = await self.company.account(person)
        found: Entry | None = await self.directory.find(PERSON, str(account["account_id"]), number(person))
        return found

    async def there(self, person: UUID) -> Entry:
        entry = await self.entry(person)
        assert entry is not None
        return entry

    async def state(self, person: UUID) -> tuple[str, str]:
        account = await self.company.account(person)
        return account["state"], account["state_reason"]

    async def suspend(self, person: UUID, command: str = "Suspend") -> None:
        self.company.gate.hear_feed()
        admin = await self.company.sign_in(IT)
        account = await self.company.account(person)
        request = getattr(accounts_pb2, f"{command}AccountRequest")
        asked = request(account_id=str(account["account_id"]), version=account["version"], reason="调查期间")
        await admin.call(f"AccountService.{command}Account", asked)

    async def first_password(self, person: UUID, by: UUID = HR, **more: Any) -> accounts_pb2.FirstPassword:
        self.company.gate.hear_feed()
        account = await self.company.account(person)
        asked = accounts_pb2.IssueFirstPasswordRequest(account_id=str(account["account_id"]), **more)
        made: accounts_pb2.FirstPassword = await (await self.company.sign_in(by)).call(
            "AccountService.IssueFirstPassword", asked
        )
        return made

    async def purposes(self, person: UUID) -> list[str]:
        """Why the system itself acted on a person, as the audit has it."""
        records = await self.company.facts(records_pb2.CallAudited)
        return [one.purpose for one in records if str(person) in one.subject_ids and one.purpose.startswith("@")]


async def _leave_out_the_others(database: Database, company: Company) -> None:
    """The company's own people stay as they are: their numbers are the same in every test, and the realm is one."""
    await issuer_queue.adopt(database, company.clock.now())
    async with database.transaction() as session:
        await session.run(update(issuer_accounts).values(behind_since=None, done=1))


@asynccontextmanager
async def keeping_up(databases: Databases, directory: Any, console: Any, **given: object) -> AsyncIterator[Keeping]:
    """A company whose issuer is managed. `given` are settings."""
    url = await databases.fresh("identity")
    database = Database(url)
    await database.open()
    company = await Company.open(database)
    await company.settle()
    await _leave_out_the_others(database, company)
    people = People()
    company.house.channels["employees"] = people
    keeping = Keeping(company, directory, console, people, settings(**given))
    company.house.add(keeping.managed)
    yield keeping
    await database.close()
    await databases.drop(url)


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
