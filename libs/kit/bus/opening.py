"""Which bus an address means: `kafka://host:port,host:port`, or the in-process one on `postgresql://…`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.kit.bus import Bus
from libs.kit.bus.kafka import KafkaBus
from libs.kit.bus.local import LocalBus
from libs.kit.clock import Clock
from libs.kit.tls import Tls

KAFKA = "kafka://"


@asynccontextmanager
async def open_bus(url: str, clock: Clock, *, client: str, tls: Tls | None = None) -> AsyncIterator[Bus]:
    """The bus at an address, closed afterwards. `client` names this process to the broker. Raises BusUnavailable."""
    bus: LocalBus | KafkaBus
    if url.startswith(KAFKA):
        bus = KafkaBus(url.removeprefix(KAFKA), clock, client=client, tls=tls.context() if tls else None)
    else:
        bus = LocalBus(url, clock)
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()
