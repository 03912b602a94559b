"""Every process of the stack replaced one after another while people work: none of their requests fails."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.support.fault_counts import counted
from tests.support.fault_stack import Hurt
from tests.support.front_office import Office

REQUESTS = int(os.environ.get("MAINSTAY_FAULT_REQUESTS", "3000"))
# Writers queue for one lock of the company's; a busy machine would tell more of them to come back later.
WRITERS, READERS = 2, 4


def at_work(office: Office, over: asyncio.Event) -> list[asyncio.Task[None]]:
    writing = [asyncio.create_task(office.work(over.is_set)) for _ in range(WRITERS)]
    return [*writing, *(asyncio.create_task(office.read(over.is_set)) for _ in range(READERS))]


def bad(office: Office) -> list[str]:
    return [f"{one.status} {one.reason} {one.body}" for one in office.book.failed()]


# The busiest machine it was tried on answered 30 a second.
@pytest.mark.timeout(300 + REQUESTS / 20)
async def test_no_request_fails_in_a_rolling_restart(hurt: Hurt) -> None:
    office = await hurt.office()
    over = asyncio.Event()
    workers = at_work(office, over)
    await hurt.answers(office.book, 30, workers)
    for name in hurt.stack.programs():
        before = len(office.book.answers)
        await hurt.stack.kept[name].again()
        await hurt.well()
        print(f"\n{name} replaced during {len(office.book.answers) - before} answers, {bad(office)}", end="")
    await hurt.answers(office.book, max(REQUESTS - len(office.book.answers), 60), workers)
    over.set()
    await asyncio.gather(*workers)
    counts = await counted(hurt.stack, office.book, office.prefix, office.posts[1])
    print(f"\n{office.book.line()}; {counts}")
    assert len(office.book.answers) >= REQUESTS
    assert bad(office) == []
    assert office.book.unanswered == 0
    assert counts.wrong == (0, 0, 0, 0)


async def test_mistake_a_gateway_that_does_not_drain_fails_requests(hurt: Hurt) -> None:
    """The mistake: told to end like any other, it ends at once instead of saying so first."""
    async with hurt.hasty():
        office = await hurt.office()
        over = asyncio.Event()
        workers = at_work(office, over)
        await hurt.answers(office.book, 30, workers)
        assert office.book.unanswered == 0
        await hurt.stack.kept["gateway"].again()
        await hurt.well()
        over.set()
        await asyncio.gather(*workers)
        assert office.book.unanswered
