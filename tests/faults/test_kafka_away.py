"""Kafka killed, and Kafka that holds its connections and says nothing: changes go on, and nothing of them is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from libs.kit.access.revocations import SILENT_AFTER_SECONDS
from libs.kit.app import PUBLISH_WAIT_SECONDS
from tests.support.company import eventually
from tests.support.fault_counts import counted, unpublished
from tests.support.fault_stack import Hurt
from tests.support.front_office import Book, Line, Office, Unanswered

SECONDS = float(os.environ.get("MAINSTAY_FAULT_AWAY_SECONDS", "8"))
# Writers queue for one lock of the company's; a busy machine would tell more of them to come back later.
WORKERS = 2
# What a call may take on a machine that is busy with all of this.
SLACK = 2.0


@dataclass
class Sensitive:
    """Asks for something sensitive again and again: when it was last allowed, first closed, and open again."""

    office: Office
    line: Line
    allowed: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    async def watch(self) -> None:
        path = f"/v1/employees/{self.office.boss}:reveal"
        while True:
            asked = time.monotonic()
            with suppress(Unanswered):
                answer = await self.line.ask("POST", path, purpose="fault test")
                if answer.status == 200:
                    self.allowed.append(asked)
                elif answer.reason == "REVOCATION_FEED_SILENT":
                    self.closed.append(asked)
                else:
                    self.others.append(f"{answer.status} {answer.reason}")
            await asyncio.sleep(0.05)


async def take_away(hurt: Hurt, how: str) -> None:
    stack = hurt.stack
    if how == "killed":
        await stack.kept["kafka"].leave()
        await asyncio.to_thread(stack.kafka.kill)
    else:
        assert stack.kafka.pid
        os.kill(stack.kafka.pid, signal.SIGSTOP)


async def give_back(hurt: Hurt, how: str) -> None:
    if how == "killed":
        await hurt.stack.kept["kafka"].up()
    else:
        assert hurt.stack.kafka.pid
        os.kill(hurt.stack.kafka.pid, signal.SIGCONT)


@pytest.mark.parametrize("how", ["killed", "half-open"])
async def test_changes_go_on_without_kafka_and_are_told_afterwards(hurt: Hurt, how: str) -> None:
    office = await hurt.office()
    over = asyncio.Event()
    revoking = Book()
    async with hurt.line(Book()) as line, hurt.line(revoking) as other:
        given = next(iter(office.book.granted))
        sensitive = Sensitive(office, line)
        watching = asyncio.create_task(sensitive.watch())
        workers = [asyncio.create_task(office.work(over.is_set, grants=False)) for _ in range(WORKERS)]
        await eventually(lambda: _true(sensitive.allowed))
        before = len(office.book.answers)
        began = time.monotonic()
        await take_away(hurt, how)
        gone = time.monotonic()
        try:
            await other.ask("POST", f"/v1/grants/{given}:revoke", reason="fault test")
            # How long Kafka is away is what is tried.
            await asyncio.sleep(max(SECONDS - (time.monotonic() - gone), 0))
            during = office.book.answers[before:]
            waiting = await unpublished(hurt.stack)
        finally:
            await give_back(hurt, how)
            back = time.monotonic()
        await eventually(lambda: _none_waiting(hurt), 60)
        caught_up = time.monotonic()
        await eventually(lambda: _true(sensitive.allowed and sensitive.allowed[-1] > back), 60)
        over.set()
        await asyncio.gather(*workers)
        watching.cancel()
    first_closed = next(at for at in sensitive.closed if at > began)
    last_allowed = max(at for at in sensitive.allowed if at < back)
    opened = next(at for at in sensitive.allowed if at > back)
    slowest = max(one.seconds for one in during)
    counts = await counted(hurt.stack, office.book, office.prefix, office.posts[1])
    print(
        f"\nKafka {how} {back - gone:.0f} s: {len(during)} calls answered, slowest {slowest * 1000:.0f} ms, "
        f"a revocation after {revoking.slowest():.1f} s; sensitive calls closed after {first_closed - gone:.1f} s, "
        f"last allowed at {last_allowed - gone:.1f} s, open {opened - back:.1f} s after; {waiting} facts caught up in "
        f"{caught_up - back:.1f} s ({waiting / (caught_up - back):.0f}/s); {counts}"
    )
    print(office.book.line())
    assert counts.wrong == (0, 0, 0, 0)
    assert office.book.failed() == []
    assert not office.book.unanswered
    assert [one.status for one in revoking.answers] == [200]
    assert revoking.slowest() < PUBLISH_WAIT_SECONDS + SLACK
    assert last_allowed - gone < SILENT_AFTER_SECONDS
    assert sensitive.others == []


async def test_mistake_a_silent_feed_taken_for_heard_leaves_sensitive_calls_open(hurt: Hurt) -> None:
    office = await hurt.office()
    async with hurt.careless(), hurt.line(Book()) as line:
        sensitive = Sensitive(office, line)
        watching = asyncio.create_task(sensitive.watch())
        await eventually(lambda: _true(sensitive.allowed))
        await take_away(hurt, "half-open")
        gone = time.monotonic()
        try:
            await eventually(lambda: _true(sensitive.closed or sensitive.allowed[-1] - gone > SILENT_AFTER_SECONDS))
        finally:
            await give_back(hurt, "half-open")
            watching.cancel()
    assert max(sensitive.allowed) - gone > SILENT_AFTER_SECONDS


async def _true(what: object) -> bool:
    return bool(what)


async def _none_waiting(hurt: Hurt) -> bool:
    return not await unpublished(hurt.stack)
