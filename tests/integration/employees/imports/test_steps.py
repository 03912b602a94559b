"""A long step in a process of its own: killed, taken over and given up, it leaves nothing half done."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mainstay.employees.v1 import imports_pb2
from services.employees import demo
from services.employees.applying import step
from tests.integration.employees.imports.conftest import CSV, Desk


async def large(desk: Desk) -> Any:
    """A file that gets a process of its own, checked and on its way in."""
    made = await desk.upload(CSV, "people.csv", b"".join(demo.crowd(12_000)))
    assert made.file_size > 2 * 1024 * 1024
    checked = await desk.dry_run(made)
    assert checked.state == imports_pb2.IMPORT_STATE_READY
    await desk.ask("ApplyImport", imports_pb2.ApplyImportRequest(import_id=made.import_id))
    for _ in range(600):
        going = await desk.get(made.import_id)
        if going.rows_done:
            return going
        await asyncio.sleep(0.02)
    raise AssertionError(going)


def step_processes(parent: int | None = None) -> list[int]:
    """Processes of steps that this process began, or those that one of them began."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            above = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if above == (parent or os.getpid()) and b"services.employees.applying" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


async def gone(processes: list[int]) -> bool:
    """Whether all of them end within five seconds."""
    for _ in range(100):
        if not any(_runs(one) for one in processes):
            return True
        await asyncio.sleep(0.05)
    return False


def _runs(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


async def test_a_step_that_is_killed_leaves_nothing_and_can_be_tried_again(desk: Desk) -> None:
    nothing = await desk.counts()
    made = await large(desk)
    steps = step_processes()
    sealing = [helper for one in steps for helper in step_processes(one)]
    for one in steps:
        os.kill(one, signal.SIGKILL)
    failed = await desk.wait(made.import_id)
    assert await gone(sealing), "what seals outlived its step"
    assert failed.state == imports_pb2.IMPORT_STATE_FAILED
    assert failed.failure
    assert await desk.counts() == nothing
    checked = await desk.dry_run(failed)
    assert checked.state == imports_pb2.IMPORT_STATE_READY
    done = await desk.apply(checked)
    assert done.state == imports_pb2.IMPORT_STATE_DONE
    assert (await desk.counts())[0] == 12_000


async def test_a_step_is_taken_over_when_its_replica_goes(desk: Desk) -> None:
    nothing = await desk.counts()
    made = await large(desk)
    await desk.worker.stop()
    assert not step_processes()
    assert await desk.counts() == nothing
    await desk.worker.start()
    done = await desk.wait(made.import_id)
    assert done.state == imports_pb2.IMPORT_STATE_DONE
    assert (await desk.counts())[0] == 12_000


async def test_a_step_that_is_given_up_stops_and_leaves_nothing(desk: Desk) -> None:
    nothing = await desk.counts()
    made = await large(desk)
    given_up = await desk.ask("CancelImport", imports_pb2.CancelImportRequest(import_id=made.import_id))
    assert given_up.state == imports_pb2.IMPORT_STATE_CANCELLED
    for _ in range(200):
        if not step_processes():
            break
        await asyncio.sleep(0.05)
    assert not step_processes()
    assert await desk.counts() == nothing
    assert (await desk.get(made.import_id)).state == imports_pb2.IMPORT_STATE_CANCELLED


async def test_progress_is_never_written_over_what_the_end_has_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "_PROGRESS_SECONDS", 0)
    # What progress would write is always what was so before the first row.
    counts, ends = step.Step._counts, step.Step._end

    async def end(self: step.Step, *args: Any, **named: Any) -> None:
        self.ending = True  # type: ignore[attr-defined]
        await ends(self, *args, **named)

    monkeypatch.setattr(step.Step, "_counts", lambda self: counts(self) if hasattr(self, "ending") else {})
    monkeypatch.setattr(step.Step, "_end", end)
    made = await desk.upload(CSV, "people.xlsx", demo.second_company())
    for _ in range(5):
        checked = await desk.dry_run(made)
        assert checked.rows > 50, checked
