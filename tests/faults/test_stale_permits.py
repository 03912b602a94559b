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
BOUND = 1.0


async def calm(hurt: Hurt) -> None:
    """Nothing breaks."""


async def kafka_killed(hurt: Hurt) -> None:
    await asyncio.to_thread(hurt.stack.kafka.kill)


async def identity_killed(hurt: Hurt) -> None:
    for name in ("identity", "identity-2"):
        pid = hurt.stack.program(name).pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        await hurt.ready(name, other_than=pid)


async def postgres_restarted(hurt: Hurt) -> None:
    await hurt.stack.kept["postgres"].again()


Harm = Callable[[Hurt], Awaitable[None]]


@pytest.mark.parametrize("harm", [calm, kafka_killed, identity_killed, postgres_restarted])
async def test_nobody_is_let_through_after_a_confirmed_revocation(hurt: Hurt, harm: Harm) -> None:
    wanted = TRIALS // 4
    office = await hurt.office()
    figures = Figures()
    them = await subjects(hurt, office, PEOPLE)
    trying = asyncio.create_task(trials(them, figures, lambda: figures.trials >= wanted, direct=harm is calm))
    if harm is not calm:
        while figures.trials < PEOPLE and not trying.done():  # noqa: ASYNC110 - in the middle of trials is the moment
            await asyncio.sleep(0.05)
        await harm(hurt)
    await trying
    print(f"\n{figures.line(harm.__name__)}")
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
