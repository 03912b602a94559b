"""PostgreSQL restarted and crashed under load: who calls hears to try again, and what was confirmed is there."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.fault_counts import counted
from tests.support.fault_stack import Hurt

WORKERS = 4


@pytest.mark.parametrize("how", ["restarted", "crashed"])
async def test_callers_hear_to_try_again_and_nothing_confirmed_is_lost(hurt: Hurt, how: str) -> None:
    restarts = hurt.stack.restarts()
    office = await hurt.office()
    over = asyncio.Event()
    workers = [asyncio.create_task(office.work(over.is_set)) for _ in range(WORKERS)]
    await hurt.answers(office.book, 60, workers)
    began = time.monotonic()
    if how == "restarted":
        await hurt.stack.kept["postgres"].again()
    else:
        restarted = hurt.stack.kept["postgres"].restarts
        await asyncio.to_thread(hurt.stack.postgres.kill)
        await hurt.kept_again("postgres", restarted)
    up = time.monotonic()
    good = sum(one.status == 200 for one in office.book.answers)
    await hurt.good_answers(office.book, good, workers)
    first = time.monotonic()
    await hurt.good_answers(office.book, good + 60, workers)
    over.set()
    await asyncio.gather(*workers)
    await hurt.well()
    counts = await counted(hurt.stack, office.book, office.prefix, office.posts[1])
    print(f"\nPostgreSQL {how}: up after {up - began:.1f} s, first good answer {first - up:.1f} s later; {counts}")
    print(office.book.line())
    assert counts.wrong == (0, 0, 0, 0)
    assert office.book.unadvised() == []
    assert not office.book.unanswered
    assert office.book.failed(), "the outage was not seen"
    assert hurt.stack.restarts() == restarts, "a process of ours ended"
