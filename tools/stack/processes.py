"""Mainstay's own processes as the stack runs them, and how a part that died is brought back."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx

from libs.kit.children import dying_with_parent

ROOT = Path(__file__).resolve().parents[2]
_LOG_LIMIT_BYTES = 10_000_000
_WATCH_SECONDS = 0.2
_PAUSES = (0.2, 5.0)
# A part that has lived for so long starts over with the shortest pause.
_STEADY_SECONDS = 30.0
_KEPT_TROUBLES = 50


class PartFailed(Exception):
    """A part did not come up; says which and where its log is."""


class Part(Protocol):
    """Something that runs: a server or one of our processes. Calls block."""

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None:
        """Returns when it answers."""

    def stop(self) -> None: ...


class Program:
    """One of our processes: `python -m module`, ready when its admin port says so."""

    def __init__(self, module: str, environment: Mapping[str, str], admin_port: int, log: Path) -> None:
        self.module = module
        self.environment = dict(environment)
        self.admin = f"http://127.0.0.1:{admin_port}"
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self, timeout: float = 60) -> None:
        """Raises PartFailed when it ends or is not ready within `timeout` seconds."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.unlink()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal reaches us, and we stop the parts in order.
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),  # noqa: PLW1509 - it takes no lock
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise PartFailed(f"{self.module} ended while starting, see {self.log}")
            if self.ready():
                return
            time.sleep(0.05)
        raise PartFailed(f"{self.module} did not get ready in {timeout:.0f} s, see {self.log}")

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.admin}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, patience: float = 30) -> None:
        """Asks it to end, and ends it after `patience` seconds."""
        if self._process is None or self.pid is None:
            return
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def signal(self, which: signal.Signals) -> None:
        if self._process is not None and self.pid is not None:
            self._process.send_signal(which)

    def run(self, *arguments: str, given: str = "") -> str:
        """One of the program's commands, to its end. Raises PartFailed with what it said."""
        done = subprocess.run(
            [sys.executable, "-m", self.module, *arguments],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PartFailed(f"{self.module} {' '.join(arguments)} failed:\n{done.stderr.strip()[-2000:]}")
        return done.stdout


@dataclass
class Trouble:
    """A time a part was away. `until` is None while it still is."""

    what: str
    since: datetime
    until: datetime | None = None


@dataclass
class Kept:
    """A part that is kept running. Bring it up with `up`, end it with `down`; `restarts` counts the times it died."""

    name: str
    part: Part
    where: str
    tell: Callable[[str, str], None]
    restarts: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _starting: asyncio.Task[None] | None = None

    async def up(self) -> None:
        """Starts it, or raises what went wrong; from then on it is started again whenever it dies.

        Cancelled, it leaves the start under way to `down`.
        """
        try:
            await self._start()
        except Exception:
            await asyncio.to_thread(self.part.stop)
            raise
        if self.troubles and self.troubles[-1].until is None:
            self._over()
        self.tell(self.name, f"ready  {self.where}")
        self._task = asyncio.create_task(self._watch())

    async def down(self) -> None:
        """Ends it, also in the middle of a start."""
        await self._look_away()
        while self._starting is not None and not self._starting.done():
            # What is to be ended may not be there yet.
            await asyncio.to_thread(self.part.stop)
            await asyncio.wait({self._starting}, timeout=_WATCH_SECONDS)
        await asyncio.to_thread(self.part.stop)

    async def leave(self) -> None:
        """Looks after it no more. A start under way comes to its end first."""
        await self._look_away()
        if self._starting is not None:
            await asyncio.wait({self._starting})

    async def _look_away(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _start(self) -> None:
        """Starts the part in a thread, which goes on when this is cancelled."""
        self._starting = asyncio.create_task(asyncio.to_thread(self.part.start))
        # Whoever is cancelled meanwhile hears no more of what becomes of it.
        self._starting.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(self._starting)

    async def again(self) -> None:
        """Ends it cleanly and starts it anew, as an upgrade does."""
        await self.down()
        await self.up()

    @property
    def running(self) -> bool:
        return self.part.pid is not None and (not self.troubles or self.troubles[-1].until is not None)

    async def _watch(self) -> None:
        pause, since = _PAUSES[0], time.monotonic()
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self.part.pid is not None:
                continue
            if time.monotonic() - since > _STEADY_SECONDS:
                pause = _PAUSES[0]
            self._note("ended")
            self.restarts += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, _PAUSES[1])
            try:
                await self._start()
            except Exception as error:  # noqa: BLE001 - whatever kept it down, it is tried again and the board says so
                self._note(str(error) or type(error).__name__)
                await asyncio.to_thread(self.part.stop)
                continue
            since = time.monotonic()
            self._over()

    def _note(self, what: str) -> None:
        if self.troubles and self.troubles[-1].until is None:
            self.troubles[-1].what = what
        else:
            self.troubles = [*self.troubles[-_KEPT_TROUBLES:], Trouble(what, datetime.now(UTC))]
        self.tell(self.name, f"AWAY   {what}; starting it again")

    def _over(self) -> None:
        trouble = self.troubles[-1]
        trouble.until = datetime.now(UTC)
        away = (trouble.until - trouble.since).total_seconds()
        self.tell(self.name, f"ready  again after {away:.1f} s")


async def end(kept: Sequence[Kept]) -> None:
    """Ends parts that need each other no more, all at once."""
    await asyncio.gather(*(one.down() for one in kept))


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """All at once. When one fails the others are cancelled, and what the first one raised is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
