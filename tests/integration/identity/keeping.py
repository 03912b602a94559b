"""A company whose sign-in issuer is managed, whichever issuer that is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import update

from libs.kit.app import Runtime
from libs.kit.database import Database
from mainstay.audit.v1 import records_pb2
from mainstay.employees.v1 import people_pb2
from mainstay.identity.v1 import accounts_pb2
from services.identity import issuer_queue
from services.identity.issuer import Entry, Issuer, IssuerDirectory, IssuerUnreachable
from services.identity.issuer_watch import Watcher
from services.identity.issuer_worker import Worker
from services.identity.register import PERSON
from services.identity.settings import IdentitySettings
from services.identity.tables import issuer_accounts
from tests.integration.identity.company import HR, IT, WORKSHOP, Company, hired, number, placed
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
