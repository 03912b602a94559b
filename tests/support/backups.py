"""A platform on a folder, a backup of it, and a second folder that the backup is restored into."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from google.protobuf import json_format

from libs.kit import contract
from libs.kit.access.passports import METADATA as PASSPORT
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.access.workload import Workload
from libs.kit.app import Service
from libs.kit.backup.checking import Backup, check
from libs.kit.backup.programs import Programs
from libs.kit.backup.restoring import restore
from libs.kit.backup.settings import BackupSettings
from libs.kit.backup.shelf import Shelf
from libs.kit.backup.taking import Taken, take
from libs.kit.dates import timestamp
from libs.kit.postgres import PostgresServer
from libs.kit.rpc import channels
from libs.kit.settings import read
from mainstay.employees.v1 import imports_pb2
from mainstay.identity.v1 import passports_pb2
from services import __main__ as composition
from services.__main__ import EmbeddedSettings, Platform
from services.employees.service import service as employees
from services.identity.service import service as identity
from services.local_secrets import LocalSecrets
from services.talent.service import service as talent
from tests.support.ports import free_port

PASSPORTS = "mainstay.identity.v1.PassportService/IssuePassport"
DIRECTORY = "SELECT * FROM directory_people ORDER BY employee_id"
DIGEST = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM public.{table} t"
NAMES = ("identity", "employees", "talent", "gateway")
SERVICES = (identity, employees, talent)
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


def settings_for(server: PostgresServer, keyring: str, names: Sequence[str] = NAMES) -> BackupSettings:
    databases = ",".join(f"{name}={server.url(name)}" for name in names)
    return read(BackupSettings, backup_databases=databases, keyring=keyring)


@asynccontextmanager
async def platform_on(folder: Path, services: Sequence[Service] = SERVICES, *, demo: bool) -> AsyncIterator[Platform]:
    """The embedded platform on a folder that may have databases already."""
    ports = {name: free_port() for name in ("port", "edge_port", "issuer_port", "admin_port")}
    platform = Platform(EmbeddedSettings(**ports, data=folder, demo=demo), tell=False)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "SERVICES", tuple(services))
        await platform.start()
        try:
            yield platform
        finally:
            await platform.stop()


@contextmanager
def empty_stack(folder: Path, keyring_from: Path, extra: Sequence[str] = ()) -> Iterator[PostgresServer]:
    """A server with empty databases and the secrets of another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(keyring_from / "secrets.json", folder / "secrets.json")
    server = PostgresServer(folder / "postgres", settings=_QUICK, dies_with_parent=True)
    server.start()
    try:
        server.ensure_databases([*NAMES, *extra])
        yield server
    finally:
        server.stop()


class Caller:
    """Somebody who calls the services as the front door does: with passports of theirs."""

    def __init__(self, platform: Platform, number: str) -> None:
        self._platform = platform
        self._number = number
        self._workload = Workload("test", platform.secrets.workload_secret, platform.clock)

    async def passport(self) -> str:
        asked = passports_pb2.IssuePassportRequest(
            username=self._number,
            use=passports_pb2.PASSPORT_USE_SESSION,
            signed_in_at=timestamp(self._platform.clock.now()),
        )
        meta = {WORKLOAD: self._workload.token()}
        return str((await channels.ask(self._platform.channels["identity"], PASSPORTS, asked, meta)).token)

    async def call(self, short: str, *, token: str = "", **fields: Any) -> Any:
        """Calls `Service.Method`. Raises libs.kit.rpc.status.Failed."""
        method = _method(short)
        return await self._ask(method, json_format.ParseDict(fields, method.request()), token)

    async def upload(self, import_id: str, part: int, content: bytes) -> None:
        request = imports_pb2.UploadPartRequest(import_id=import_id, part=part, content=content)
        await self._ask(_method("ImportService.UploadPart"), request)

    async def _ask(self, method: contract.Method, request: Any, token: str = "") -> Any:
        meta = {PASSPORT: token or await self.passport()}
        return await channels.ask(self._platform.channels[method.context], method.name, request, meta, 60)


def _method(short: str) -> contract.Method:
    return next(method for method in contract.methods().values() if method.short == short)


@dataclass
class Source:
    """A platform with people at work in it, and the shelf its backups go to."""

    platform: Platform
    shelf: Shelf
    said: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.platform.settings.data

    @property
    def keyring(self) -> str:
        return LocalSecrets.in_folder(self.folder).keyring

    @property
    def settings(self) -> BackupSettings:
        return settings_for(self.platform.postgres, self.keyring)

    @property
    def hr(self) -> Caller:
        return Caller(self.platform, "E0002")

    async def take(self, *, only_keys: bool = False) -> Taken:
        return await take(self.settings, self.shelf, self.said.append, only_keys=only_keys)

    def checked(self, taken: Taken, keys: Taken | None = None) -> Backup:
        data_folder = self.shelf.data / taken.keys.backup_id
        return check(self.settings.ring, data_folder, self.shelf.keys / (keys or taken).keys.backup_id)

    async def restored_into(self, server: PostgresServer, backup: Backup, **how: Any) -> None:
        settings = settings_for(server, self.keyring)
        await restore(backup, settings.databases, Programs(settings.bin), self.said.append, **how)

    async def boss(self) -> Any:
        return (await self.hr.call("PeopleService.ListEmployees", query="E0001")).employees[0]

    async def open_post(self, code: str) -> str:
        unit = (await self.boss()).unit_id
        about = {"title": "检验员", "unitId": unit, "headcount": 9000, "opensOn": "2020-01-01"}
        return str((await self.hr.call("OrganizationService.OpenPost", code=code, **about)).post_id)

    async def hire(self, number: str, post: str, **more: Any) -> Any:
        boss = await self.boss()
        place = {"unitId": boss.unit_id, "postId": post, "managerId": boss.employee_id}
        about = {"number": number, "name": "赵不失", "hiredOn": "2026-01-05", **place, **more}
        return await self.hr.call("LifecycleService.HireEmployee", **about)

    async def work(self, prefix: str, post: str, *, grants: bool, until: asyncio.Event) -> None:
        """Hires, and gives and takes back a right, without pause."""
        boss = await self.boss()
        given = {
            "employeeId": boss.employee_id,
            "role": "people_viewer",
            "scope": {"kind": "SCOPE_KIND_UNIT", "unitId": boss.unit_id},
            "reason": "代班一周",
            "endsAt": (self.platform.clock.now() + timedelta(days=7)).isoformat(),
        }
        turn = 0
        while not until.is_set():
            turn += 1
            await self.hire(f"{prefix}{turn:04}", post)
            if grants:
                grant = await self.hr.call("GrantService.CreateGrant", **given)
                await self.hr.call("GrantService.RevokeGrant", grantId=grant.grant_id, reason="代班结束")

    @asynccontextmanager
    async def at_work(self, prefix: str, workers: int = 2) -> AsyncIterator[None]:
        post = await self.open_post(f"{prefix}-P")
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as working:
            for number in range(workers):
                working.create_task(self.work(f"{prefix}{number}", post, grants=not number, until=enough))
            await asyncio.sleep(1)
            try:
                yield
            finally:
                enough.set()


@asynccontextmanager
async def source_on(folder: Path) -> AsyncIterator[Source]:
    async with platform_on(folder / "source", demo=True) as platform:
        await settled(platform, told=False)
        yield Source(platform, Shelf.at(folder / "backups", None))


async def ask(url: str, query: str, *values: Any) -> Any:
    """The only value of a query."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query, *values)
    finally:
        await connection.close()


async def rows(url: str, query: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


async def eventually(true: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < until, "it did not come true in time"
        await asyncio.sleep(0.1)


async def settled(platform: Platform, *, told: bool = True, seconds: float = 60) -> None:
    """Returns when everything on the outboxes is published and identity and talent have handled it, and, if `told`,
    after the services have done what a restore leaves to them.
    """
    url = platform.postgres.url

    async def quiet() -> bool:
        for name in ("identity", "employees", "talent"):
            if await ask(url(name), "SELECT count(*) FROM outbox WHERE published_at IS NULL"):
                return False
            waiting = "SELECT count(*) FROM deadlines WHERE kind = 'kit.restored' AND done_at IS NULL"
            if told and await ask(url(name), waiting):
                return False
        behind = (
            "SELECT count(*) FROM bus_groups g JOIN bus_partitions p USING (topic, partition)"
            " WHERE g.name IN ('identity', 'talent') AND g.next_offset < p.next_offset"
        )
        return not await ask(url("bus"), behind)

    # Twice in a row: what is handled may record more.
    for _ in range(2):
        await eventually(quiet, seconds)
