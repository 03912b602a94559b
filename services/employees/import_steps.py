"""Runs the steps of imports that take long; a large one in a process of its own.

Checking and writing hundreds of thousands of rows keeps one core busy for half a minute; calls go on meanwhile because
another process does it (`services.employees.applying`). A step writes the import's progress as it goes, and its result
in the transaction of the rows: whatever ends it early, nothing is half-written. Its lease is the deadline's: when this
replica dies, so does the process, and another replica begins the step again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import bindparam, or_, select, update

from libs.kit.app import Runtime
from libs.kit.consumer import OpenUnit
from libs.kit.database import prepared
from libs.kit.deadlines import Deadline
from libs.kit.words import ROOT
from mainstay.employees.v1 import imports_pb2
from services.employees.applying.step import Given, run_step
from services.employees.tables import imports

KIND = "employees.import_step"
_TRIES = 3
# Some ten thousand rows: up to here a process of its own would take longer to begin than the step takes.
_LARGE_BYTES = 2 * 1024 * 1024
_RUNNING = (imports_pb2.IMPORT_STATE_CHECKING, imports_pb2.IMPORT_STATE_APPLYING)
_PRESENT = (imports.c.import_id == bindparam("id")) & (imports.c.step == bindparam("step_"))
_FIND = prepared(select(imports.c.state, imports.c.file_size).where(_PRESENT))
_FAIL = prepared(
    update(imports)
    .where(_PRESENT, or_(*(imports.c.state == state for state in _RUNNING)))
    .values(state=imports_pb2.IMPORT_STATE_FAILED, failure=bindparam("why"), finished_at=bindparam("at"))
)
log = structlog.get_logger()


class StepFailed(Exception):
    """A step did not come to its end; nothing was changed."""


@dataclass(frozen=True)
class ImportWorkshop:
    """What a step is given to work with."""

    database_url: str
    keyring: str
    time_zone: str

    async def run(self, import_id: UUID, step: int, now: datetime, *, large: bool) -> None:
        """Runs a step to its end. Raises what stopped it; cancelled, it stops the step first."""
        given = Given(self.database_url, self.keyring, self.time_zone, import_id, step, now)
        if large:
            await _elsewhere(given)
        else:
            await run_step(given)


async def _elsewhere(given: Given) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.employees.applying",
        stdin=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "gen")))},
    )
    try:
        if process.stdin is None:
            raise StepFailed("the process has no input")
        # Its input stays open for as long as this process lives: when it ends, the step ends.
        process.stdin.write(given.as_line())
        await process.stdin.drain()
        if await process.wait():
            raise StepFailed(f"the process ended with {process.returncode}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def prepare(runtime: Runtime) -> None:
    settings = runtime.settings
    runtime.house.add(ImportWorkshop(settings.database_url, settings.keyring.get_secret_value(), settings.time_zone))


async def run(open_unit: OpenUnit, deadline: Deadline) -> None:
    """Runs the step a deadline was made for, unless the import has gone on without it."""
    import_id, step = UUID(deadline.key), int(deadline.payload["step"])
    async with open_unit() as call:
        row = await call.db.row(_FIND, id=import_id, step_=step)
        workshop, now = call.house.part(ImportWorkshop), call.now
    if row is None or row["state"] not in _RUNNING:
        return
    try:
        if deadline.attempts >= _TRIES:
            raise StepFailed("interrupted too often")
        await workshop.run(import_id, step, now, large=row["file_size"] > _LARGE_BYTES)
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing was changed, and the import says so
        log.warning("import step failed", import_id=str(import_id), error=type(error).__name__)
        async with open_unit() as call:
            await call.db.run(_FAIL, id=import_id, step_=step, why={"name": "interrupted"}, at=call.now)
