"""A desk that imports files, with the worker that runs the steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from libs.kit import outbox
from libs.kit.access.scopes import Scope
from libs.kit.call import Call
from libs.kit.deadlines import Long
from libs.kit.deadlines.worker import DeadlineWorker
from libs.kit.ids import uuid7
from mainstay.employees.v1 import imports_pb2
from services.employees import import_steps, imports
from services.employees.import_steps import ImportWorkshop
from tests.integration.employees.conftest import Office
from tests.support.passports import KEYRING

PART = 1024 * 1024
CSV = imports_pb2.IMPORT_KIND_PEOPLE


class Desk:
    """An account that imports, and the worker that runs the steps."""

    def __init__(self, office: Office, worker: DeadlineWorker) -> None:
        self.office = office
        self.worker = worker
        self.account_id = uuid7()

    async def ask(self, method: str, request: Any) -> Any:
        gate = self.office.gate
        gate.hear_feed()
        passport = gate.passport({"employees.import.run": (Scope("all"),)}, account_id=self.account_id)
        return await self.office.gate.call(f"ImportService.{method}", request, passport)

    async def get(self, import_id: str) -> Any:
        return await self.ask("GetImport", imports_pb2.GetImportRequest(import_id=import_id))

    async def upload(self, kind: Any, name: str, content: bytes) -> Any:
        made = await self.ask(
            "CreateImport", imports_pb2.CreateImportRequest(kind=kind, file_name=name, file_size=len(content))
        )
        for part in range(0, len(content), PART):
            made = await self.ask(
                "UploadPart",
                imports_pb2.UploadPartRequest(
                    import_id=made.import_id, part=part // PART, content=content[part : part + PART]
                ),
            )
        return made

    async def wait(self, import_id: str) -> Any:
        for _ in range(1200):
            found = await self.get(import_id)
            if found.state not in {imports_pb2.IMPORT_STATE_CHECKING, imports_pb2.IMPORT_STATE_APPLYING}:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(found)

    async def dry_run(self, made: imports_pb2.Import, mapping: imports_pb2.ImportMapping | None = None) -> Any:
        request = imports_pb2.StartDryRunRequest(import_id=made.import_id, mapping=mapping or made.mapping)
        request.mapping.create_missing = True
        await self.ask("StartDryRun", request)
        return await self.wait(made.import_id)

    async def apply(self, made: imports_pb2.Import) -> Any:
        await self.ask("ApplyImport", imports_pb2.ApplyImportRequest(import_id=made.import_id))
        return await self.wait(made.import_id)

    async def bring(self, kind: Any, content: bytes, **mapping: Any) -> Any:
        made = await self.upload(kind, "file.csv", content)
        for name, value in mapping.items():
            setattr(made.mapping, name, value)
        checked = await self.dry_run(made)
        assert checked.state == imports_pb2.IMPORT_STATE_READY, await self.problems(made)
        done = await self.apply(made)
        assert done.state == imports_pb2.IMPORT_STATE_DONE, done
        return done

    async def problems(self, made: imports_pb2.Import) -> list[imports_pb2.ImportProblem]:
        answer = await self.ask(
            "ListImportProblems", imports_pb2.ListImportProblemsRequest(import_id=made.import_id, page_size=500)
        )
        return list(answer.problems)

    async def counts(self) -> tuple[int, int, int]:
        """People, posts and facts there are."""
        async with self.office.database.reading() as db:
            connection = await db._connected()
            return tuple(
                await connection.fetchrow(
                    "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM posts),"
                    " (SELECT count(*) FROM outbox WHERE topic <> 'audit.records')"
                )
            )


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[Desk]:
    house = office.gate.house
    house.add(ImportWorkshop(office.database._url, KEYRING, house.time_zone))

    @asynccontextmanager
    async def unit(**_: str) -> AsyncIterator[Call]:
        async with office.database.transaction() as db:
            call = Call(db=db, house=house, request_id="step")
            yield call
            if call.events:
                await outbox.write(db, call.events, source="employees", trace="")

    jobs: dict[str, Any] = {import_steps.KIND: Long(import_steps.run), imports.EXPIRY: imports.expire}
    worker = DeadlineWorker(office.database, office.gate.clock, jobs, unit, service="employees")
    await worker.start()
    desk = Desk(office, worker)
    yield desk
    await worker.stop()


def table(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()
