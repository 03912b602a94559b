"""Kafka as integrators meet it: its outer listener, with tokens of the test run's Keycloak."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from google.protobuf.message import Message as Fact

from libs.kit import contract
from libs.kit.bus import Message
from libs.kit.bus.kafka import KafkaBus
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from tests.support.kafka import KafkaPlace
from tests.support.keycloak import Realm
from tests.support.lacking import need_parts
from tests.support.ports import free_port
from tools.stack.certificates import Certificates
from tools.stack.kafka import KafkaServer

# Kafka's own tolerance is 30 s, too long for a test to wait for the end of a token.
_SKEW = {"listener.name.outside.oauthbearer.sasl.oauthbearer.clock.skew.seconds": "1"}
START_SECONDS = 10.0

Token = Callable[[], Awaitable[str]]


class Tokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(self, get: Token) -> None:
        self._get = get

    async def token(self) -> str:
        try:
            return await self._get()
        except httpx.HTTPError as error:
            # Anything else ends the client's background work instead of being tried again.
            raise KafkaConnectionError(f"no token: {error}") from error


@dataclass
class Outside:
    """The broker, the issuer, and Mainstay's own bus on the inner listener."""

    place: KafkaPlace
    realm: Realm
    bus: KafkaBus

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.place.server.outside_port}"

    @property
    def authority(self) -> Path:
        return self.place.tls("kafka").authority

    def options(self, token: Token | str) -> dict[str, Any]:
        """What aiokafka's clients take. `token`: a client of the realm, or a way to get a token."""
        client = token

        async def of_realm() -> str:
            return await self.realm.token(str(client))

        return {
            "bootstrap_servers": self.servers,
            "security_protocol": "SASL_SSL",
            "ssl_context": ssl.create_default_context(cafile=str(self.authority)),
            "sasl_mechanism": "OAUTHBEARER",
            "sasl_oauth_token_provider": Tokens(of_realm if isinstance(token, str) else token),
            "request_timeout_ms": 5000,
        }

    @asynccontextmanager
    async def consumer(self, token: Token | str, *topics: str, group: str | None = None) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            *topics,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=200,
            **self.options(token),
        )
        async with _running(consumer):
            yield consumer

    @asynccontextmanager
    async def producer(self, token: Token | str) -> AsyncIterator[Any]:
        async with _running(AIOKafkaProducer(enable_idempotence=False, **self.options(token))) as producer:
            yield producer

    async def publish(self, *facts: Fact) -> Sequence[Message]:
        """As a service's relay does."""
        messages = [_message(fact) for fact in facts]
        await self.bus.publish(messages)
        return messages


@asynccontextmanager
async def _running(client: Any) -> AsyncIterator[Any]:
    try:
        async with asyncio.timeout(START_SECONDS):
            await client.start()
        yield client
    finally:
        async with asyncio.timeout(START_SECONDS):
            await client.stop()


def _message(fact: Any) -> Message:
    kind = contract.event_of(fact)
    return Message(
        topic=kind.topic,
        key=str(contract.value_at(fact, kind.key)),
        value=fact.SerializeToString(),
        event_id=uuid7(),
        type=kind.name,
        source=kind.context,
        time=SystemClock().now(),
    )


@pytest.fixture(scope="session")
async def outside(keycloak: Realm) -> AsyncIterator[Outside]:
    """A broker for all tests of integrators. Who may read what is for each of them to say."""
    fetched = need_parts()
    with tempfile.TemporaryDirectory(prefix="mainstay-outside-", ignore_cleanup_errors=True) as folder:
        certificates = Certificates.in_folder(Path(folder) / "certificates")
        server = KafkaServer(
            Path(folder) / "kafka",
            fetched,
            inner_port=free_port(),
            controller_port=free_port(),
            outside_port=free_port(),
            tls=certificates.of("kafka"),
            issuer=keycloak.issuer,
            settings=_SKEW,
            dies_with_parent=True,
        )
        # From this thread: the broker ends with the thread that started it.
        server.start()
        place = KafkaPlace(server, certificates)
        async with place.opened("identity") as bus:
            await bus.ensure_topics(contract.topics())
            yield Outside(place, keycloak, bus)
        server.stop()
