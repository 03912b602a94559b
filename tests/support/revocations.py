"""Rights given and taken away through the front door, and who is still let through after the taking was confirmed.

A stale permit is a call that began after the confirmation and was answered: through either gateway, as people come in,
or with the passport in hand at each replica of a service, as a gateway that has heard nothing would.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from libs.kit.access.passports import METADATA
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.access.workload import Workload
from libs.kit.clock import SystemClock
from libs.kit.dates import timestamp
from libs.kit.rpc.channels import GrpcChannel, ask
from libs.kit.rpc.status import Failed
from mainstay.employees.v1 import organization_pb2
from mainstay.identity.v1 import passports_pb2
from tests.support.fault_stack import REPLICAS, Hurt, signed_in
from tests.support.front_office import Book, Line, Office, Unanswered
from tools.stack.settings import GRPC

ISSUE = "mainstay.identity.v1.PassportService/IssuePassport"
DIRECT = "mainstay.employees.v1.OrganizationService/ListPosts"
_PAUSE_SECONDS = 0.05
_WATCHED_SECONDS = 15.0


@dataclass
class Figures:
    """`everywhere`: seconds from asking for the revocation until every door refuses; `confirmed`: until the answer."""

    trials: int = 0
    everywhere: list[float] = field(default_factory=list)
    confirmed: list[float] = field(default_factory=list)
    stale_doors: int = 0
    stale_direct: int = 0

    def line(self, name: str) -> str:
        return (
            f"{name}: {self.trials} trials, refused everywhere {_quantiles(self.everywhere)}, confirmed "
            f"{_quantiles(self.confirmed)}, stale permits {self.stale_doors} at the doors, {self.stale_direct} direct"
        )


def _quantiles(found: list[float]) -> str:
    ranked = sorted(found) or [0.0]
    p50, p99 = (ranked[min(len(ranked) - 1, int(len(ranked) * share))] for share in (0.5, 0.99))
    return f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, max {ranked[-1] * 1000:.0f} ms"


class Subject:
    """Somebody whose right comes and goes, with a connection to each gateway and to each replica of employees."""

    def __init__(self, hurt: Hurt, office: Office, employee_id: str, number: str, cookie: str) -> None:
        self.hurt = hurt
        self.office = office
        self.employee_id = employee_id
        self.number = number
        self.cookie = cookie
        self._session = number
        clock = SystemClock()
        self._clock = clock
        self._workload = Workload("gateway", hurt.stack.secrets.workload, clock)

    def door(self, port: int) -> Line:
        """A connection of the subject's own to a gateway."""
        return self.hurt.line(Book(), port, self.cookie)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        stack = self.hurt.stack
        tls = stack.certificates.of("gateway")
        async with AsyncExitStack() as open_:
            self.doors = [await open_.enter_async_context(self.door(port)) for port in self.hurt.gateways()]
            self.hr = await open_.enter_async_context(self.hurt.line(Book()))
            self.replicas = [
                GrpcChannel(f"127.0.0.1:{stack._port(GRPC, 'employees', one)}", name="employees", tls=tls)
                for one in range(REPLICAS)
            ]
            identity = [f"127.0.0.1:{stack._port(GRPC, 'identity', one)}" for one in range(REPLICAS)]
            self.identity = GrpcChannel(*identity, name="identity", tls=tls)
            for channel in (*self.replicas, self.identity):
                open_.push_async_callback(channel.close)
            yield

    async def give(self) -> str:
        """The grant's id, once every door lets the subject through."""
        given = await self.office.give(self.hr, self.employee_id)
        for door in self.doors:
            # Asking is what tells.
            while not await self.let_through(door):  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE_SECONDS)
        return given

    async def passport(self) -> dict[str, str]:
        """What a gateway would hold for the subject."""
        request = passports_pb2.IssuePassportRequest(
            username=self.number,
            use=passports_pb2.PASSPORT_USE_SESSION,
            session_id=self._session,
            signed_in_at=timestamp(self._clock.now()),
        )
        made = await ask(self.identity, ISSUE, request, {WORKLOAD: self._workload.token()})
        return {METADATA: str(made.token), "accept-language": "en"}

    async def let_through(self, door: Line) -> bool:
        """Whether the right works. A call that was not answered, or is to be tried again, was not let through."""
        try:
            return (await door.ask("GET", f"/v1/employees/{self.office.boss}")).status == 200
        except Unanswered:
            return False

    async def taken_for_good(self, channel: GrpcChannel, meta: dict[str, str]) -> bool:
        """Whether a replica refuses the passport in hand."""
        try:
            await ask(channel, DIRECT, organization_pb2.ListPostsRequest(page_size=1), meta, 3)
        except Failed:
            return True
        return False


async def trial(subject: Subject, figures: Figures, *, direct: bool = True) -> None:
    """Gives, takes away, and looks."""
    grant = await subject.give()
    meta = await subject.passport() if direct else {}
    began = time.perf_counter()
    refused: list[float] = []
    ports = subject.hurt.gateways()
    watching = [asyncio.create_task(_until_refused(subject, port, began, refused)) for port in ports]
    try:
        await subject.office.take(subject.hr, grant)
        figures.confirmed.append(time.perf_counter() - began)
        let = await asyncio.gather(*(subject.let_through(door) for door in subject.doors))
        figures.stale_doors += sum(let)
        if direct:
            gone = await asyncio.gather(*(subject.taken_for_good(one, meta) for one in subject.replicas))
            figures.stale_direct += gone.count(False)
        async with asyncio.timeout(_WATCHED_SECONDS):
            await asyncio.gather(*watching)
    finally:
        for one in watching:
            one.cancel()
    figures.everywhere.append(max(refused))
    figures.trials += 1


async def _until_refused(subject: Subject, port: int, began: float, refused: list[float]) -> None:
    async with subject.door(port) as own:
        while await subject.let_through(own):
            pass
    refused.append(time.perf_counter() - began)


async def subjects(hurt: Hurt, office: Office, many: int) -> list[Subject]:
    """New people, known to identity and signed in."""
    made = []
    async with hurt.line(Book()) as line:
        for _ in range(many):
            person = await office.hire(line)
            number = person["number"]
            await office.known(line, person["employeeId"])
            made.append(Subject(hurt, office, person["employeeId"], number, await signed_in(hurt.stack, number)))
    return made


async def trials(them: list[Subject], figures: Figures, enough: Callable[[], bool], *, direct: bool = True) -> None:
    """All at once, each one trial after another."""

    async def one(subject: Subject) -> None:
        async with subject.opened():
            while not enough():
                await trial(subject, figures, direct=direct)

    await asyncio.gather(*map(one, them))
