"""A right that was taken away works nowhere once that is confirmed, whatever else breaks.

`MAINSTAY_FAULT_REVOCATIONS` makes it long. The same trials on services that look at no epochs find stale permits.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from tests.support.fault_stack import Hurt
from tests.support.revocations import Figures, subjects, trials

TRIALS = int(os.environ.get("MAINSTAY_FAULT_REVOCATIONS", "300"))
PEOPLE = 12
# By the contract a second, which the long run holds; by construction the five after which a silent feed closes.
BOUND = 1.0 if TRIALS >= 10_000 else 5.0
# Trials between one harm and the next, and how often harm is done at most.
EVERY, MOST = 25, 20


async def calm(hurt: Hurt) -> None:
    """Nothing breaks."""


async def kafka_killed(hurt: Hurt) -> None:
    restarts = hurt.stack.kept["kafka"].restarts
    await asyncio.to_thread(hurt.stack.kafka.kill)
    await hurt.kept_again("kafka", restarts)


async def identity_killed(hurt: Hurt) -> None:
    for name in ("identity", "identity-2"):
        pid = hurt.stack.program(name).pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        await hurt.ready(name, other_than=pid)


async def postgres_restarted(hurt: Hurt) -> None:
    # Also when the trials fail meanwhile: what comes after needs it up.
    await asyncio.shield(hurt.stack.kept["postgres"].again())


Harm = Callable[[Hurt], Awaitable[None]]


async def again_and_again(hurt: Hurt, harm: Harm, figures: Figures, times: int) -> None:
    """Harm done so often, each time in the middle of trials. Returns when there were trials after the last one too."""
    for _ in range(times):
        await more(figures)
        await harm(hurt)
        await more(figures)


async def more(figures: Figures) -> None:
    goal = figures.trials + EVERY // 2
    while figures.trials < goal:  # noqa: ASYNC110 - trials count themselves
        await asyncio.sleep(0.05)


# Everything that was harmed is waited for, and a trial of a quarter of them takes up to a second.
@pytest.mark.timeout(300 + 20 * MOST + TRIALS / 4)
@pytest.mark.parametrize("harm", [calm, kafka_killed, identity_killed, postgres_restarted])
async def test_nobody_is_let_through_after_a_confirmed_revocation(hurt: Hurt, harm: Harm) -> None:
    wanted = TRIALS // 4
    office = await hurt.office()
    figures = Figures()
    them = await subjects(hurt, office, PEOPLE)
    times = 0 if harm is calm else max(1, min(wanted // EVERY, MOST))
    harming = asyncio.create_task(again_and_again(hurt, harm, figures, times))
    try:
        await trials(them, figures, lambda: harming.done() and figures.trials >= wanted, direct=harm is calm)
    finally:
        harming.cancel()
    await harming
    print(f"\n{figures.line(harm.__name__)}, harmed {times} times")
    assert figures.trials >= wanted
    assert (figures.stale_doors, figures.stale_direct) == (0, 0)
    if harm is calm:
        ranked = sorted(figures.everywhere)
        assert ranked[int(len(ranked) * 0.99) - 1] < BOUND


async def test_mistake_services_that_look_at_no_epochs_let_through(hurt: Hurt) -> None:
    office = await hurt.office()
    them = await subjects(hurt, office, 2)
    figures = Figures()
    async with hurt.careless():
        await trials(them, figures, lambda: figures.trials >= 4)
    print(f"\n{figures.line('no epochs')}")
    assert figures.stale_direct
