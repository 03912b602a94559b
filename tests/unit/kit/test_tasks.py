"""What runs in the background ends when it is told to, whatever it was at."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from libs.kit.tasks import end


async def test_a_task_that_lost_its_cancellation_is_told_again() -> None:
    rounds = 0

    async def give_back() -> None:
        raise OSError("the database is away")

    async def work() -> None:
        nonlocal rounds
        while True:
            with suppress(OSError):
                try:
                    rounds += 1
                    await asyncio.sleep(60)
                finally:
                    if rounds == 1:
                        await give_back()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end(task)
    assert task.cancelled()
    assert rounds == 2


async def test_all_end_and_the_first_error_is_raised() -> None:
    async def fails() -> None:
        raise LookupError("broken")

    async def waits() -> None:
        await asyncio.sleep(60)

    failing, waiting = asyncio.create_task(fails()), asyncio.create_task(waits())
    await asyncio.sleep(0)
    with pytest.raises(LookupError, match="broken"):
        await end(failing, waiting)
    assert waiting.cancelled()


async def test_nothing_to_end_is_no_mistake() -> None:
    await end()
