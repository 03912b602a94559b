"""Kafka keeps every bus's promises."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.kit.bus.kafka import KafkaBus
from tests.contract.bus_conformance import BusConformance
from tests.support.kafka import KafkaPlace


@pytest.fixture(scope="module")
async def bus(kafka: KafkaPlace) -> AsyncIterator[KafkaBus]:
    async with kafka.opened() as bus:
        yield bus


class TestKafkaBus(BusConformance):
    patience = 20.0
