"""One Kafka for the whole test run, with mutual TLS and the integrators' listener, where Java and Maven are found."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from libs.kit.bus.kafka import KafkaBus
from libs.kit.clock import SystemClock
from libs.kit.tls import Tls
from tests.support.lacking import need_parts
from tests.support.ports import free_port
from tools.stack.certificates import Certificates
from tools.stack.kafka import KafkaServer


class KafkaPlace:
    """A broker, and the ways to reach it."""

    def __init__(self, server: KafkaServer, certificates: Certificates) -> None:
        self.server = server
        self._certificates = certificates

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.server.inner_port}"

    def tls(self, name: str = "employees") -> Tls:
        return self._certificates.of(name)

    def bus(self, name: str = "employees") -> KafkaBus:
        """A bus not opened yet, as the process of that name has it."""
        return KafkaBus(self.servers, SystemClock(), client=name, tls=self.tls(name).context())

    @asynccontextmanager
    async def opened(self, name: str = "employees") -> AsyncIterator[KafkaBus]:
        bus = self.bus(name)
        await bus.open()
        try:
            yield bus
        finally:
            await bus.close()


def kafka_place(folder: Path, *, issuer: str = "http://127.0.0.1:9/realms/mainstay", jwks: str = "") -> KafkaPlace:
    """A broker that is not started yet."""
    certificates = Certificates.in_folder(folder / "certificates")
    server = KafkaServer(
        folder / "kafka",
        need_parts(),
        inner_port=free_port(),
        controller_port=free_port(),
        outside_port=free_port(),
        tls=certificates.of("kafka"),
        issuer=issuer,
        jwks=jwks,
        dies_with_parent=True,
    )
    return KafkaPlace(server, certificates)


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaPlace]:
    """The run's broker. Tests that stop it use `own_kafka`."""
    with _running() as place:
        yield place


@pytest.fixture
def own_kafka() -> Iterator[KafkaPlace]:
    """A broker for one test, to be stopped and killed."""
    with _running() as place:
        yield place


@contextmanager
def _running() -> Iterator[KafkaPlace]:
    with tempfile.TemporaryDirectory(prefix="mainstay-kafka-", ignore_cleanup_errors=True) as folder:
        place = kafka_place(Path(folder))
        place.server.start()
        yield place
        place.server.stop()
