"""Runs the steps of imports that take long: each in a process of its own, which does or does not change everything.

Checking and writing hundreds of thousands of rows keeps one core busy for half a minute; calls go on meanwhile because
another process does it (`services.employees.applying`). That process writes the import's progress itself, and its
result in the transaction of the rows: whatever ends it early, nothing is half-written. Its lease is the deadline's:
when this replica dies, so does the process, and another replica begins the step again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, or_, select, update

from libs.kit.app import Runtime
from libs.kit.consumer import OpenUnit
from libs.kit.database import prepared
from libs.kit.deadlines import Deadline
from libs.kit.vault import Vault
from libs.kit.words import ROOT
from mainstay.employees.v1 import imports_pb2
from services.employees.tables import imports

KIND = "employees.import_step"
_TRIES = 3
_RUNNING = (imports_pb2.IMPORT_STATE_CHECKING, imports_pb2.IMPORT_STATE_APPLYING)
_PRESENT = (imports.c.import_id == bindparam("id")) & (imports.c.step == bindparam("step_"))
_FIND = prepared(select(imports.c.state).where(_PRESENT))
_FAIL = prepared(
    update(imports)
    .where(_PRESENT, or_(*(imports.c.state == state for state in _RUNNING)))
    .values(state=imports_pb2.IMPORT_STATE_FAILED, failure=bindparam("why"), finished_at=bindparam("at"))
)
log = structlog.get_logger()


@dataclass(frozen=True)
class ImportWorkshop:
    """What the process of a step is given to work with."""

    database_url: str
    keyring: str
    time_zone: str

    async def run(self, import_id: UUID, step: int, now: str) -> int:
        """Runs a step to its end and returns the process's exit status. Cancelled, it ends the process first."""
        given = {
            "database_url": self.database_url,
            "keyring": self.keyring,
            "time_zone": self.time_zone,
            "import_id": str(import_id),
            "step": step,
            "now": now,
        }
        paths = [str(ROOT), str(ROOT / "gen")]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.employees.applying",
            stdin=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        try:
            if process.stdin is None:
                raise RuntimeError("the process has no input")
            # Its input stays open for as long as this process lives: when it ends, the step ends.
            process.stdin.write(json.dumps(given).encode() + b"\n")
            await process.stdin.drain()
            return await process.wait()
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
        state = await call.db.value(_FIND, id=import_id, step_=step)
        workshop, now = call.house.part(ImportWorkshop), call.now
    if state not in _RUNNING:
        return
    status = await workshop.run(import_id, step, now.isoformat()) if deadline.attempts < _TRIES else 1
    if status:
        log.warning("import step failed", import_id=str(import_id), status=status, tries=deadline.attempts + 1)
        async with open_unit() as call:
            await call.db.run(_FAIL, id=import_id, step_=step, why={"name": "interrupted"}, at=call.now)


def value_purpose(import_id: UUID, position: int) -> str:
    return f"import_problem|{import_id}|{position}"


def open_value(vault: Vault, row: Any) -> str:
    """The masked value of a problem."""
    if row["value"] is None:
        return ""
    return vault.open_own(value_purpose(row["import_id"], row["position"]), row["value"])
