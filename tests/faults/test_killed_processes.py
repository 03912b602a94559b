"""kill -9 of our processes on the stack while HR works: what was confirmed is there, once, in order, everywhere."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from statistics import median

import pytest

from tests.support.fault_counts import counted
from tests.support.fault_stack import Hurt

KILLS = int(os.environ.get("MAINSTAY_FAULT_PROCESS_KILLS", "6"))
WORKERS = 4
PROGRAMS = ("identity", "employees", "gateway")


# Each is waited for until it is ready again.
@pytest.mark.timeout(300 + 20 * KILLS)
async def test_what_was_confirmed_survives_killed_processes(hurt: Hurt) -> None:
    chance = random.Random(41)
    office = await hurt.office()
    over = asyncio.Event()
    workers = [asyncio.create_task(office.work(over.is_set)) for _ in range(WORKERS)]
    recoveries = []
    for kill in range(KILLS):
        name = PROGRAMS[kill % len(PROGRAMS)] + chance.choice(["", "-2"])
        await hurt.answers(office.book, chance.randint(10, 60), workers)
        pid = hurt.stack.program(name).pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        await hurt.ready(name, other_than=pid)
        recoveries.append(time.monotonic() - began)
    over.set()
    await asyncio.gather(*workers)
    counts = await counted(hurt.stack, office.book, office.prefix, office.posts[1])
    print(f"\n{KILLS} kills, ready again p50 {median(recoveries):.1f} s, max {max(recoveries):.1f} s: {counts}")
    print(office.book.line())
    assert counts.wrong == (0, 0, 0, 0)
    # A transfer that was asked for twice, and done once.
    assert {answer.status for answer in office.book.failed() if answer.reason != "VERSION_CONFLICT"} <= {503, 504}
