from __future__ import annotations

import asyncio

import pytest

from libs.kit.bus import kafka_wire
from libs.kit.bus.kafka_wire import stopped


class Connections:
    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def close(self) -> None:
        # As closing does: it waits for the other side.
        await asyncio.sleep(0.01)
        self.closed.set()


class Client:
    """A client of aiokafka whose `stop` does what it is told."""

    def __init__(self, *, ends: str) -> None:
        self.client = Connections()
        self._ends = ends

    async def start(self) -> None:
        """Nothing is to be done."""

    async def stop(self) -> None:
        if self._ends == "fails":
            raise OSError
        if self._ends == "cancelled":
            raise asyncio.CancelledError
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if self._ends == "hangs":
                raise
            # Once only: whoever ends the test run cancels it again.
            await asyncio.sleep(60)


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_wire, "_STOP_SECONDS", 0.1)


@pytest.mark.parametrize("ends", ["hangs", "swallows", "fails", "cancelled"])
async def test_the_connections_of_a_client_are_closed_however_its_own_end_goes(ends: str) -> None:
    made = Client(ends=ends)
    async with asyncio.timeout(0.3):
        await stopped(made)
    async with asyncio.timeout(1):
        await made.client.closed.wait()


async def test_they_are_closed_though_whoever_waits_is_cancelled() -> None:
    made = Client(ends="hangs")
    waiting = asyncio.create_task(stopped(made))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(1):
        await made.client.closed.wait()
