"""What a bus is said to hold: the same words of the in-process bus and of Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from libs.kit.bus import Bus, BusUnavailable
from libs.kit.bus.held import held
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from tests.contract.bus_conformance import message
from tests.support.kafka import KafkaPlace

FACTS, STATE, OTHER = "employees.lifecycle", "employees.people", "another-system.facts"


@dataclass
class Place:
    """A bus that is empty at first: how it is opened, and how it is asked."""

    open: Callable[[], AbstractAsyncContextManager[Bus]]
    held: Callable[[], Awaitable[dict[str, int]]]


@pytest.fixture(params=["in-process", "kafka"])
def place(request: pytest.FixtureRequest, empty_url: str) -> Place:
    url, tls = empty_url, None
    if request.param == "kafka":
        kafka: KafkaPlace = request.getfixturevalue("own_kafka")
        url, tls = f"kafka://{kafka.servers}", kafka.tls("admin")

    @asynccontextmanager
    async def opened() -> AsyncIterator[Bus]:
        async with open_bus(url, SystemClock(), client="admin", tls=tls) as bus:
            yield bus

    return Place(opened, partial(held, url, tls))


async def test_records_are_counted_in_topics_of_the_contract_alone(place: Place) -> None:
    assert await place.held() == {}
    async with place.open() as bus:
        await bus.ensure_topics({FACTS: False, STATE: True, f"{STATE}.dead": False, OTHER: False})
        assert await place.held() == {}, "topics without records"
        await bus.publish([message(FACTS, f"k{number}", number) for number in range(20)])
        await bus.publish([message(STATE, "k"), message(f"{STATE}.dead", "k"), message(OTHER, "k")])
        assert await place.held() == {FACTS: 20, STATE: 1, f"{STATE}.dead": 1}


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/bus", "kafka://127.0.0.1:1"])
async def test_a_bus_that_is_away_is_no_empty_one(url: str) -> None:
    with pytest.raises(BusUnavailable):
        await held(url)
