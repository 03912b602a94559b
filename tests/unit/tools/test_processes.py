"""A part is kept running until it is to end, and then it has ended, whatever was under way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tools.stack import processes
from tools.stack.processes import Kept, PartFailed
from tools.stack.settings import StackSettings
from tools.stack.stack import Stack

_SECONDS = 5


class Fake:
    """A part whose starts take until `go` is set. `ends_early`: `stop` ends a start under way, which then fails."""

    def __init__(self, *, ends_early: bool = False) -> None:
        self.alive = False
        self.starts = self.stops = self.at_once = self.most_at_once = 0
        self.failures: list[Exception] = []
        self.begun, self.settled, self.go = threading.Event(), threading.Event(), threading.Event()
        self.go.set()
        self._ends_early = ends_early
        self._ended = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        return 1 if self.alive else None

    def start(self) -> None:
        with self._lock:
            self.starts += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        try:
            assert self.go.wait(_SECONDS)
            if self._ended:
                raise PartFailed("ended while starting")
            if self.failures:
                raise self.failures.pop(0)
            self.alive = True
        finally:
            with self._lock:
                self.at_once -= 1
            self.settled.set()

    def stop(self) -> None:
        self.stops += 1
        self.alive = False
        if self._ends_early:
            self._ended = True
            self.go.set()

    def hold(self) -> None:
        """From now on a start takes until it is let go."""
        for one in (self.begun, self.settled, self.go):
            one.clear()


async def true(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not found():  # noqa: ASYNC110 - threads set it
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_WATCH_SECONDS", 0.01)
    monkeypatch.setattr(processes, "_PAUSES", (0.01, 0.02))


@asynccontextmanager
async def kept_up(part: Fake) -> AsyncIterator[Kept]:
    kept = Kept("fake", part, "nowhere", lambda _name, _how: None)
    await kept.up()
    yield kept
    part.go.set()
    await kept.down()


async def test_a_part_that_died_is_started_again_and_the_trouble_is_kept() -> None:
    part = Fake()
    told: list[str] = []
    async with kept_up(part) as kept:
        kept.tell = lambda _name, how: told.append(how)
        part.failures = [PartFailed("no luck")]
        part.alive = False
        await true(lambda: kept.restarts == 2 and kept.running)
        [trouble] = kept.troubles
        assert "AWAY   no luck; starting it again" in told
        assert trouble.until is not None
        assert trouble.until > trouble.since
        assert part.starts == 3


async def test_a_part_that_is_away_is_not_running_until_it_is_back() -> None:
    part = Fake()
    async with kept_up(part) as kept:
        part.hold()
        part.alive = False
        await true(part.begun.is_set)
        assert kept.troubles[-1].until is None
        assert not kept.running
        part.go.set()
        await true(lambda: kept.running)


async def test_a_part_that_is_left_is_not_started_again() -> None:
    part = Fake()
    async with kept_up(part) as kept:
        await kept.leave()
        part.alive = False
        await asyncio.sleep(0.1)
        assert (part.starts, kept.restarts) == (1, 0)


@pytest.mark.parametrize("how", [Kept.leave, Kept.down, Kept.again])
async def test_a_start_under_way_has_ended_when_a_part_is_left_ended_or_renewed(how: Callable[..., object]) -> None:
    part = Fake()
    async with kept_up(part) as kept:
        part.hold()
        part.alive = False
        await true(part.begun.is_set)
        ending = asyncio.ensure_future(how(kept))  # type: ignore[call-overload]
        await asyncio.sleep(0.1)
        part.go.set()
        await ending
        assert part.settled.is_set()
        assert part.most_at_once == 1
        await asyncio.sleep(0.1)
        assert part.alive == (how is not Kept.down)
        assert part.starts == (3 if how is Kept.again else 2)
        assert kept.running or how is not Kept.again


async def test_what_keeps_a_part_from_coming_up_is_raised_and_it_is_not_looked_after() -> None:
    part = Fake()
    part.failures = [PartFailed("no luck")]
    kept = Kept("fake", part, "nowhere", lambda _name, _how: None)
    with pytest.raises(PartFailed, match="no luck"):
        await kept.up()
    await asyncio.sleep(0.1)
    assert (part.starts, part.stops, kept.running) == (1, 1, False)


async def test_a_part_whose_first_start_is_interrupted_can_be_ended() -> None:
    part = Fake()
    part.hold()
    kept = Kept("fake", part, "nowhere", lambda _name, _how: None)
    coming = asyncio.create_task(kept.up())
    await true(part.begun.is_set)
    coming.cancel()
    await asyncio.wait({coming})
    ending = asyncio.create_task(kept.down())
    await asyncio.sleep(0.1)
    part.go.set()
    await ending
    assert part.settled.is_set()
    assert not part.alive


class FakeStack(Stack):
    """Of nothing but Kafka and Keycloak."""

    def __init__(self, folder: Path) -> None:
        super().__init__(StackSettings(port=free_port(), data=folder, demo=False), tell=False)
        self.fakes = {"kafka": Fake(ends_early=True), "keycloak": Fake(ends_early=True)}
        self.fakes["keycloak"].hold()

    async def _fetch(self) -> None:
        """There is nothing to fetch."""

    async def _bring_postgres(self) -> None:
        """Nothing here needs it."""

    def _make_parts(self) -> None:
        for name, part in self.fakes.items():
            self._keep(name, part, "nowhere")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    monkeypatch.setattr("tools.stack.stack._require", lambda _what, _port: None)
    return FakeStack(tmp_path)


async def test_when_kafka_fails_keycloak_is_ended_at_once_and_the_first_error_told(stack: FakeStack) -> None:
    stack.fakes["kafka"].failures = [PartFailed("no luck")]
    with pytest.raises(PartFailed, match="no luck"):
        async with asyncio.timeout(_SECONDS - 1):
            await stack.start()
    assert stack.fakes["keycloak"].settled.is_set()
    assert not stack.fakes["keycloak"].alive


async def test_a_start_that_is_interrupted_leaves_nothing_running(stack: FakeStack) -> None:
    stack.fakes["kafka"].hold()
    starting = asyncio.create_task(stack.start())
    await true(lambda: all(one.begun.is_set() for one in stack.fakes.values()))
    starting.cancel()
    async with asyncio.timeout(_SECONDS - 1):
        await asyncio.wait({starting})
    assert starting.cancelled()
    assert [one.stops > 0 and one.settled.is_set() and not one.alive for one in stack.fakes.values()] == [True, True]
