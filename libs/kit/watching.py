"""Looks at something again and again for the gauges of `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


async def watching(look: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Awaits `look` every so many seconds until it is cancelled. Looking that fails is looked at again next time."""
    while True:
        try:
            await look()
        except Exception as error:  # noqa: BLE001 - an outage keeps the last value; what is down has its own metric
            log.debug("not measured", what=getattr(look, "__qualname__", ""), error=type(error).__name__)
        await asyncio.sleep(seconds)
