"""Kills the processes of `tests.support.crash_worker` at planned points while events flow, and counts what came of it.

Some processes write and relay, some apply; each that dies is started again with another plan. What is counted in the
end is in the databases: what was recorded, what was applied.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter as Tally
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from uuid import uuid4

import asyncpg

from tests.support.crash_worker import APPLIER_POINTS, TABLES, WRITER_POINTS, Plan
from tests.support.kafka import KafkaPlace
from tools.stack.processes import ROOT

POINTS: Mapping[str, tuple[str, ...]] = {"writes": WRITER_POINTS, "applies": APPLIER_POINTS}
_KEYS, _SIZE = 240, 40
_LOOK_SECONDS = 0.5
_COUNT = """
    SELECT (SELECT coalesce(sum(number), 0) FROM aggregates) AS recorded,
           count(*) AS effects,
           count(DISTINCT (key, number)) AS applied,
           (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS unpublished,
           (SELECT count(*) FROM applied JOIN aggregates USING (key) WHERE applied.number > aggregates.number)
               AS invented,
           (SELECT count(*) FROM (SELECT number < lag(number) OVER (PARTITION BY key ORDER BY id) AS earlier
                                  FROM applied) AS steps WHERE earlier) AS disorder
    FROM applied
"""
_EMPTIED = [
    *TABLES,
    "CREATE TABLE orders (goal bigint NOT NULL)",
]
_AGGREGATES = "INSERT INTO aggregates SELECT $1 || '-' || lpad(n::text, 3, '0'), 0 FROM generate_series(0, $2 - 1) AS n"


@dataclass(frozen=True)
class Task:
    """How much is to happen: at least so many events, and so many kills at each of the points."""

    events: int
    kills_each: int
    seconds: float
    points: tuple[str, ...] = (*WRITER_POINTS, *APPLIER_POINTS)
    processes: tuple[str, ...] = ("writes", "applies", "writes", "applies")
    mistake: str = ""
    seed: int = 20261
    # Without anything new for so long, what is missing is lost. Longer than Kafka waits for a member that was killed.
    patience: float = 30.0


@dataclass
class Outcome:
    """What was counted. `recoveries`: seconds from a kill to the first work the next process of its kind did."""

    kills: Tally[str] = field(default_factory=Tally)
    recoveries: list[float] = field(default_factory=list)
    recorded: int = 0
    effects: int = 0
    applied: int = 0
    unpublished: int = 0
    invented: int = 0
    disorder: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> int:
        return self.recorded - self.applied

    @property
    def doubled(self) -> int:
        return self.effects - self.applied

    def line(self) -> str:
        kills = ", ".join(f"{point} {count}" for point, count in sorted(self.kills.items()))
        recovery = (
            f"recovery p50 {median(self.recoveries):.1f} s, max {max(self.recoveries):.1f} s" if self.recoveries else ""
        )
        return (
            f"{self.recorded} events in {self.seconds:.0f} s ({self.recorded / self.seconds:.0f}/s), "
            f"{self.kills.total()} kills ({kills}): lost {self.lost}, doubled {self.doubled}, out of order "
            f"{self.disorder}, invented {self.invented}, unpublished {self.unpublished}; {recovery}"
        )


class Crashes:
    def __init__(self, task: Task, database: str, place: KafkaPlace) -> None:
        self._task = task
        tls = place.tls()
        files = (str(tls.authority), str(tls.certificate), str(tls.key))
        self._plan = Plan(
            "", database, place.servers, files, uuid4().hex[:8], keys=_KEYS, size=_SIZE, seed=0, mistake=task.mistake
        )
        self._chance = random.Random(task.seed)
        self._planned: Tally[str] = Tally()
        self._outcome = Outcome()
        self._running: set[asyncio.subprocess.Process] = set()

    async def run(self) -> Outcome:
        """Raises TimeoutError when it is not over in the task's time."""
        began = time.monotonic()
        connection = await asyncpg.connect(self._plan.database)
        slots: list[asyncio.Task[None]] = []
        try:
            for statement in _EMPTIED:
                await connection.execute(statement)
            await connection.execute(_AGGREGATES, self._plan.run, _KEYS)
            async with asyncio.timeout(self._task.seconds):
                slots = [
                    asyncio.create_task(self._slot(role, number)) for number, role in enumerate(self._task.processes)
                ]
                await self._until_enough(connection, slots)
                self._outcome.seconds = time.monotonic() - began
                await self._until_settled(connection)
        finally:
            await self._end(slots)
            await connection.close()
        return self._outcome

    async def _until_enough(self, connection: asyncpg.Connection, slots: list[asyncio.Task[None]]) -> None:
        """Until the events are recorded and the kills done; then the writers are told to write no more."""
        wanted = self._task.kills_each * len(self._task.points)
        while True:
            done, _ = await asyncio.wait(slots, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for slot in done:
                slot.result()
            recorded = await connection.fetchval("SELECT sum(number) FROM aggregates")
            if recorded >= self._task.events and self._outcome.kills.total() >= wanted:
                await connection.execute("INSERT INTO orders VALUES (0)")
                return

    async def _until_settled(self, connection: asyncpg.Connection) -> None:
        began = moved = time.monotonic()
        before: tuple[int, ...] = ()
        while time.monotonic() - moved < self._task.patience:
            found = await connection.fetchrow(_COUNT)
            now = tuple(found.values())
            if now != before:
                before, moved = now, time.monotonic()
                for name, count in found.items():
                    setattr(self._outcome, name, int(count))
            elif not self._outcome.lost and not self._outcome.unpublished:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        self._outcome.seconds += moved - began

    async def _slot(self, role: str, number: int) -> None:
        """One process after another."""
        killed_at = 0.0
        life = 0
        while True:
            life += 1
            plan = self._next(role, number * 100_000 + life)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.support.crash_worker",
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            self._running.add(process)
            await self._attend(process, plan, killed_at)
            killed_at = time.monotonic()
            self._running.discard(process)
            assert process.returncode == -signal.SIGKILL, f"{role} ended by itself with {process.returncode}"
            self._outcome.kills[plan.point] += 1

    async def _attend(self, process: asyncio.subprocess.Process, plan: Plan, killed_at: float) -> None:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(asdict(plan)).encode())
        process.stdin.close()
        async for line in process.stdout:
            if line.strip() == b"working" and killed_at:
                self._outcome.recoveries.append(time.monotonic() - killed_at)
        await process.wait()

    def _next(self, role: str, seed: int) -> Plan:
        """The point with the fewest kills so far, at a passing such that the kills spread over the whole run."""
        plan = replace(self._plan, role=role, seed=seed)
        open_ = [one for one in POINTS[role] if one in self._task.points and self._planned[one] < self._task.kills_each]
        if not open_:
            return plan
        point = min(open_, key=lambda one: self._planned[one])
        self._planned[point] += 1
        events_a_kill = self._task.events / (self._task.kills_each * len(self._task.points))
        most = max(2, int(events_a_kill / _AT_ONCE[point]))
        return replace(plan, point=point, passing=self._chance.randint(1, most))

    async def _end(self, slots: list[asyncio.Task[None]]) -> None:
        for slot in slots:
            slot.cancel()
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        for slot in slots:
            with suppress(asyncio.CancelledError):
                await slot


# About how many events go by in one passing of a point.
_AT_ONCE: Mapping[str, int] = {
    "before_commit": _SIZE,
    "after_commit_before_publish": _SIZE * 4,
    "in_publish": _SIZE,
    "after_publish_before_mark": _SIZE * 4,
    "before_effect_commit": 1,
    "after_handling_before_offset_commit": 200,
}


async def crash(task: Task, database: str, place: KafkaPlace) -> Outcome:
    """Makes its tables in a fresh database of the kit."""
    return await Crashes(task, database, place).run()
