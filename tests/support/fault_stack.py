"""A stack that can be hurt: two replicas of everything, a proxy on each way between them, small disks that can be full.

It is without Keycloak, on which nothing here depends, and without the demo company: it is up in twenty seconds. HR's
sessions are put into the gateway's database.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI
from joserfc.jwk import RSAKey

from gateway.http_server import HttpServer
from gateway.sessions import Sessions, SignedIn
from libs.kit.clock import SystemClock
from libs.kit.database import Database
from libs.kit.ids import uuid7
from tests.support.balancer import Backend, Balancer
from tests.support.company import eventually
from tests.support.front_office import Book, Line, Office
from tests.support.lacking import leave_out, need_parts
from tests.support.proxy import Proxy
from tests.support.stack import free_block
from tools.stack.processes import Program
from tools.stack.settings import GRPC, KEYCLOAK, POSTGRES, StackSettings
from tools.stack.stack import SERVICES, Stack

REPLICAS = 2
HR = "H0001"
_ANOTHER_REPLICA = 100
_FIRST_PROXY = 60
_DISK_MEGABYTES = 1500
_READY_SECONDS = 90
# Answers a second that a busy machine gives at least.
_SLOWEST_RATE = 10
# The load of a whole company comes through one session here.
_ENVIRONMENT = {"MAINSTAY_SESSION_RATE": "5000", "MAINSTAY_ANONYMOUS_RATE": "5000"}


class Disk:
    """A small file system on a folder. `fill` leaves nothing on it, `free` undoes that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        self.mounted = False

    def mount(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0 and shutil.which("mount"):
            command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "tmpfs", str(self.folder)]
            self.mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def unmount(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)
            self.mounted = False

    def require(self) -> None:
        if not self.mounted:
            leave_out("no file system can be mounted here, so no disk can be full: that needs root")

    def back(self, files: str) -> None:
        """Gives every hole in some files room of its own, so that writing there needs none when the disk is full."""
        for file in self.folder.glob(files):
            with file.open("r+b") as open_:
                os.posix_fallocate(open_.fileno(), 0, max(file.stat().st_size, 1))

    async def fill(self) -> None:
        """Beside the event loop: the proxies of the networks live there, and stand still for whom it stands still."""
        await asyncio.to_thread(self._fill)

    def _fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as ballast:
            block = b"\0" * 1024 * 1024
            try:
                while ballast.write(block) == len(block):
                    pass
            except OSError:
                return

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


class FaultStack(Stack):
    """`networks`: the gateways' ways to `identity`, `identity-2`, `employees`, …; `postgres`: employees' way to it."""

    def __init__(self, settings: StackSettings) -> None:
        super().__init__(settings, tell=bool(os.environ.get("MAINSTAY_TELL")), environment=_ENVIRONMENT)
        self.disks = {name: Disk(self.folder / name) for name in ("postgres", "kafka")}
        targets = {
            name if replica == 0 else f"{name}-{replica + 1}": self._port(GRPC, name, replica)
            for name in SERVICES
            for replica in range(REPLICAS)
        }
        targets["postgres"] = settings.port + POSTGRES
        self.networks = {
            name: Proxy(target, settings.port + _FIRST_PROXY + number)
            for number, (name, target) in enumerate(targets.items())
        }

    async def _bring(self, name: str) -> None:
        if name != "keycloak":
            await super()._bring(name)
            return
        server = HttpServer(_issuer(self.settings.issuer), f"127.0.0.1:{self.settings.port + KEYCLOAK}")
        await server.start()
        self._open.push_async_callback(server.stop)

    async def _bring_postgres(self) -> None:
        self._mount("postgres")
        await super()._bring_postgres()

    def _make_parts(self) -> None:
        self._mount("kafka")
        super()._make_parts()

    def _mount(self, name: str) -> None:
        self.disks[name].mount()
        self._open.callback(self.disks[name].unmount)

    def _environment_of(self, name: str, replica: int) -> dict[str, str]:
        given = super()._environment_of(name, replica)
        if name == "gateway":
            for service in SERVICES:
                ways = (service if each == 0 else f"{service}-{each + 1}" for each in range(REPLICAS))
                through = "|".join(f"127.0.0.1:{self.networks[way].port}" for way in ways)
                given["MAINSTAY_SERVICES"] = given["MAINSTAY_SERVICES"].replace(self._addresses(service), through)
        if name == "employees":
            direct, through = (f"127.0.0.1:{port}" for port in (self.settings.port + POSTGRES, self._through_postgres))
            given["MAINSTAY_DATABASE_URL"] = given["MAINSTAY_DATABASE_URL"].replace(direct, through)
        if name == "identity":
            # Accounts are then kept in step with no issuer.
            given["MAINSTAY_KEYCLOAK_URL"] = ""
        return given

    @property
    def _through_postgres(self) -> int:
        return self.networks["postgres"].port

    def programs(self) -> Mapping[str, Program]:
        return {name: one.part for name, one in self.kept.items() if isinstance(one.part, Program)}

    def restarts(self) -> dict[str, int]:
        return {name: self.kept[name].restarts for name in self.programs()}


def _issuer(address: str) -> FastAPI:
    """What the gateways ask of an issuer at whom nobody signs in."""
    key = RSAKey.generate_key(2048, {"kid": "fault", "use": "sig", "alg": "RS256"})
    names = ("authorization", "token", "end_session", "userinfo")
    said = {f"{name}_endpoint": f"{address}/{name}" for name in names} | {"issuer": address, "jwks_uri": address}
    app = FastAPI(openapi_url=None)

    @app.get("/{path:path}")
    async def answer(path: str) -> dict[str, Any]:
        return {**said, "keys": [key.as_dict(private=False)]}

    return app


class Hurt:
    """The stack with HR signed in, and a balancer before its gateways."""

    def __init__(self, stack: FaultStack, balancer: Balancer, cookie: str) -> None:
        self.stack = stack
        self.balancer = balancer
        self.cookie = cookie
        self.host = stack.address.removeprefix("http://")

    def line(self, book: Book, port: int = 0, cookie: str = "", timeout_ms: int = 0) -> Line:
        """A connection of HR's, or of whose cookie it is, through the balancer or to one port."""
        return Line(port or self.balancer.port, self.host, cookie or self.cookie, book, timeout_ms=timeout_ms)

    async def office(self) -> Office:
        office = Office(self.line)
        await office.open()
        return office

    def gateways(self) -> list[int]:
        return [one.port for one in self.balancer.backends]

    async def ready(self, name: str, *, other_than: int | None = None) -> None:
        """Returns when a process answers that it is ready; not the one with the given id, which was killed."""
        program = self.stack.program(name)

        async def again() -> bool:
            return program.pid not in {None, other_than} and await asyncio.to_thread(program.ready)

        await eventually(again, _READY_SECONDS)

    async def well(self) -> None:
        """Returns when every process is ready and calls are let through to all of them."""
        for name in self.stack.programs():
            await self.ready(name)
        await eventually(self._all_chosen, _READY_SECONDS)

    async def _all_chosen(self) -> bool:
        return all(one.ready for one in self.balancer.backends)

    @asynccontextmanager
    async def careless(self) -> AsyncIterator[None]:
        """Meanwhile both replicas of employees are of `tests.support.careless`."""
        async with self._running_as(("employees", "employees-2"), "tests.support.careless"):
            yield

    @asynccontextmanager
    async def hasty(self) -> AsyncIterator[None]:
        """Meanwhile the first gateway is of `tests.support.hasty`."""
        async with self._running_as(("gateway",), "tests.support.hasty"):
            await self.well()
            yield

    @asynccontextmanager
    async def _running_as(self, names: Sequence[str], module: str) -> AsyncIterator[None]:
        own = self.stack.program(names[0]).module
        try:
            await self._run_as(names, module)
            yield
        finally:
            await self._run_as(names, own)

    async def _run_as(self, names: Sequence[str], module: str) -> None:
        for name in names:
            self.stack.program(name).module = module
        await asyncio.gather(*(self.stack.kept[name].again() for name in names))

    async def heal(self) -> None:
        """Undoes whatever a test may have left."""
        for proxy in self.stack.networks.values():
            proxy.heal()
        for disk in self.stack.disks.values():
            disk.free()

    async def answers(self, book: Book, more: int, workers: Sequence[asyncio.Task[None]]) -> None:
        """Returns when so many more answers have come. Raises what ended a worker."""
        goal = len(book.answers) + more
        await _while_at_work(lambda: len(book.answers) >= goal, workers, _READY_SECONDS + more / _SLOWEST_RATE)

    async def good_answers(self, book: Book, goal: int, workers: Sequence[asyncio.Task[None]]) -> None:
        """Returns when there are more good answers than that."""
        await _while_at_work(lambda: sum(one.status == 200 for one in book.answers) > goal, workers)

    async def kept_again(self, name: str, restarts: int) -> None:
        """Returns when a part runs that has been started again more often than that."""

        async def again() -> bool:
            return self.stack.kept[name].restarts > restarts and self.stack.kept[name].running

        await eventually(again, _READY_SECONDS)


async def _while_at_work(
    enough: Callable[[], bool], workers: Sequence[asyncio.Task[None]], seconds: float = _READY_SECONDS
) -> None:
    async def there() -> bool:
        for worker in workers:
            if worker.done():
                worker.result()
        return enough()

    await eventually(there, seconds)


@asynccontextmanager
async def hurt_stack() -> AsyncIterator[Hurt]:
    need_parts()
    async with AsyncExitStack() as open_:
        folder = open_.enter_context(tempfile.TemporaryDirectory(prefix="mainstay-hurt-", ignore_cleanup_errors=True))
        stack = FaultStack(StackSettings(port=free_block(), data=Path(folder), replicas=REPLICAS, demo=False))
        for proxy in stack.networks.values():
            await open_.enter_async_context(proxy)
        await stack.start()
        open_.push_async_callback(stack.stop)
        await asyncio.to_thread(stack.program("identity").run, "first-admin", HR, "hr_admin")
        gateways = [
            Backend(stack.settings.port + replica * _ANOTHER_REPLICA, stack.program(name).admin)
            for replica, name in enumerate(("gateway", "gateway-2"))
        ]
        balancer = await open_.enter_async_context(Balancer(gateways))
        yield Hurt(stack, balancer, await signed_in(stack, HR))


async def signed_in(stack: FaultStack, username: str) -> str:
    """The cookie of a new session, with a full sign-in a moment ago."""
    [account] = await rows(
        stack, "identity", "SELECT account_id, employee_id FROM accounts WHERE username = $1", username
    )
    clock = SystemClock()
    database = Database(stack.postgres.url("gateway"), pool_size=2)
    await database.open()
    try:
        sessions = Sessions(database, clock, idle=timedelta(hours=8), absolute=timedelta(hours=8))
        one = SignedIn(
            session_id=uuid7(),
            account_id=account["account_id"],
            employee_id=account["employee_id"],
            username=username,
            subject=username,
            issuer_session=uuid7().hex,
            id_token=b"",
            signed_in_at=clock.now(),
            full_sign_in_at=clock.now(),
        )
        _, cookie = await sessions.begin(one)
    finally:
        await database.close()
    return f"mainstay={cookie}"


async def rows(stack: FaultStack, database: str, query: str, *values: Any) -> list[Any]:
    """Asks a service's database behind its back."""
    connection = await asyncpg.connect(stack.postgres.url(database))
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()
