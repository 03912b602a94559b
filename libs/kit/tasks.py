"""Ends background tasks for certain."""

from __future__ import annotations

import asyncio
from typing import Any

_AGAIN_SECONDS = 1.0


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until they have ended. Raises the first error that one of them ended with.

    A cancellation can be lost: where cleaning up fails on the way out, that error takes its place, and a loop that goes
    on after errors goes on. So whoever still runs after a second is told again.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error
