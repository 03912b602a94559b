"""The integrators' listener: an access token of the issuer for this audience, and what an access list allows."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError
from joserfc import jwt
from joserfc.jwk import RSAKey

from libs.kit.bus.kafka_wire import stopped
from tests.support.kafka import KafkaPlace, kafka_place
from tests.support.lacking import need_parts
from tests.support.ports import free_port


class Issuer:
    """Signs tokens, and says its keys from when `open` is called."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/realms/test"
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._server: HTTPServer | None = None

    def open(self) -> None:
        keys = json.dumps({"keys": [self._key.as_dict(private=False)]}).encode()

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_: object) -> None:
                """Nothing is to be said."""

        self._server = HTTPServer(("127.0.0.1", self.port), Keys)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def token(self, client: str = "warehouse", audience: str = "mainstay-events", issuer: str = "") -> str:
        now = int(time.time())
        claims = {
            "iss": issuer or self.address,
            "aud": audience,
            "sub": "7",
            "azp": client,
            "iat": now,
            "exp": now + 60,
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)


class Given(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    async def token(self) -> str:
        return self._token


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def place(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaPlace]:
    """A broker that began before its issuer was there."""
    need_parts()
    folder: Path = tmp_path_factory.mktemp("kafka")
    place = kafka_place(folder, issuer=issuer.address, jwks=f"{issuer.address}/keys")
    place.server.start()
    issuer.open()
    yield place
    place.server.stop()


async def comes_in(place: KafkaPlace, token: str, seconds: float) -> bool:
    """Whether a client with that token is let in, asked again for so many seconds."""
    until = time.monotonic() + seconds
    # Each try ends by itself: aiokafka leaves a connection open when it is interrupted in its first question.
    while time.monotonic() < until:
        if await comes_in_now(place, token):
            return True
        await asyncio.sleep(0.3)
    return False


async def comes_in_now(place: KafkaPlace, token: str) -> bool:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=f"127.0.0.1:{place.server.outside_port}",
        security_protocol="SASL_SSL",
        ssl_context=place.tls("stranger").context(),
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_provider=Given(token),
        request_timeout_ms=5000,
    )
    try:
        await consumer.start()
        # A refused token is taken for an accepted one until something is asked.
        await consumer.topics()
    except KafkaError:
        return False
    finally:
        # A client begun again leaves its earlier connections open.
        await stopped(consumer)
    return True


async def test_a_token_of_the_issuer_lets_in_though_the_broker_began_first(place: KafkaPlace, issuer: Issuer) -> None:
    assert await comes_in(place, issuer.token(), 30)


@pytest.mark.parametrize("wrong", [{"audience": "mainstay"}, {"issuer": "http://elsewhere/realms/test"}])
async def test_a_token_for_others_or_of_others_does_not(
    place: KafkaPlace, issuer: Issuer, wrong: dict[str, str]
) -> None:
    assert await comes_in(place, issuer.token(), 30)
    assert not await comes_in(place, issuer.token(**wrong), 4)
