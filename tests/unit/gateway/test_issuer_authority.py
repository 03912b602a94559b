"""An issuer behind the company's own authority: the front door believes it, and nobody for whom another vouches."""

from __future__ import annotations

import asyncio
import json
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.issuer import Issuer
from gateway.settings import GatewaySettings
from libs.kit.clock import MovableClock
from libs.kit.errors import TemporarilyUnavailable
from tests.unit.gateway.conftest import SETTINGS
from tools.stack.certificates import Certificates


class Published:
    """Answers whatever is asked with the issuer's discovery document, over TLS."""

    def __init__(self, folder: Path) -> None:
        tls = Certificates.in_folder(folder).of("keycloak")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(tls.certificate, tls.key)
        self.authority = tls.authority
        self.address = ""

    async def answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")
            body = json.dumps({"issuer": self.address, **{one: f"{self.address}/{one}" for one in names}}).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()


@pytest.fixture
async def published(tmp_path: Path) -> AsyncIterator[Published]:
    made = Published(tmp_path / "company")
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0, ssl=made.context)
    made.address = f"https://localhost:{server.sockets[0].getsockname()[1]}/realms/mainstay"
    yield made
    server.close()


async def discovered(published: Published, authority: Path | None) -> str:
    settings = GatewaySettings(**{**SETTINGS, "issuer": published.address, "keycloak_authority": authority})
    issuer = Issuer(settings, MovableClock())
    try:
        return str((await issuer.metadata())["issuer"])
    finally:
        await issuer.close()


async def test_an_issuer_of_the_companys_own_authority_is_believed(published: Published) -> None:
    assert await discovered(published, published.authority) == published.address


@pytest.mark.parametrize("vouches", ["the public ones", "another company's"])
async def test_an_issuer_for_whom_another_authority_vouches_is_none(
    published: Published, vouches: str, tmp_path: Path
) -> None:
    another = Certificates.in_folder(tmp_path / "another").authority if "another" in vouches else None
    with pytest.raises(TemporarilyUnavailable):
        await discovered(published, another)
