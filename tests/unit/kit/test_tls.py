"""Certificates are renewed without a restart: whoever comes then is shown the new one, whoever is there stays."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from libs.kit.rpc.channels import GrpcChannel
from libs.kit.rpc.server import ByteServer
from libs.kit.rpc.status import Failed
from libs.kit.tls import Tls, server_credentials
from tests.support.certificates import renew, serial, shown_by
from tools.stack.certificates import Certificates

WHO, WAIT = "test.Service/Who", "test.Service/Wait"


class Desk:
    """Says whose certificate a caller showed; can keep one waiting."""

    def __init__(self) -> None:
        self.waiting, self.go_on = asyncio.Event(), asyncio.Event()

    async def who(self, _raw: bytes, context: Any) -> bytes:
        (pem,) = context.auth_context()["x509_pem_cert"]
        return str(x509.load_pem_x509_certificate(pem).serial_number).encode()

    async def wait(self, raw: bytes, context: Any) -> bytes:
        self.waiting.set()
        await self.go_on.wait()
        return await self.who(raw, context)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.in_folder(tmp_path / "ours")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def server(certificates: Certificates, desk: Desk) -> AsyncIterator[ByteServer]:
    answers = {WHO: desk.who, WAIT: desk.wait}
    made = ByteServer(answers, "127.0.0.1:0", options=(), credentials=certificates.of("identity").server())
    await made.start()
    await made.serving(open_=True)
    yield made
    await made.stop(0)


@pytest.fixture
async def channel(server: ByteServer, certificates: Certificates) -> AsyncIterator[GrpcChannel]:
    made = GrpcChannel(f"127.0.0.1:{server.port}", name="identity", tls=certificates.of("gateway"))
    yield made
    await made.close()


async def who(channel: GrpcChannel, name: str = WHO) -> int:
    return int(await channel.call(name, b"", {}, 5))


async def test_a_server_shows_its_renewed_certificate_to_who_comes_and_keeps_who_is_there(
    server: ByteServer, channel: GrpcChannel, desk: Desk, certificates: Certificates
) -> None:
    caller = certificates.of("gateway")
    before = serial(certificates.of("identity"))
    under_way = asyncio.create_task(who(channel, WAIT))
    await desk.waiting.wait()
    assert await shown_by(server.port, caller) == before
    after = renew(certificates, "identity")
    assert await shown_by(server.port, caller) == after != before
    desk.go_on.set()
    assert await under_way == await who(channel) == serial(caller)


@pytest.mark.parametrize("wrong", ["gone", "empty", "of another", "no key"])
async def test_files_that_cannot_be_used_leave_the_last_ones_until_they_can(
    server: ByteServer, certificates: Certificates, wrong: str
) -> None:
    tls, caller = certificates.of("identity"), certificates.of("gateway")
    before = serial(tls)
    whole = tls.key.read_bytes()
    if wrong == "gone":
        tls.key.unlink()
    else:
        tls.key.write_bytes({"empty": b"", "of another": caller.key.read_bytes(), "no key": b"no key"}[wrong])
    for _ in range(3):
        assert await shown_by(server.port, caller) == before
    tls.key.write_bytes(whole)
    assert await shown_by(server.port, caller) == before
    assert renew(certificates, "identity") == await shown_by(server.port, caller) != before


@pytest.mark.parametrize("named", [True, False])
def test_with_files_that_cannot_be_used_nothing_begins(certificates: Certificates, *, named: bool) -> None:
    tls = certificates.of("identity")
    mixed = Tls(tls.authority, tls.certificate, certificates.of("gateway").key)
    with pytest.raises(ssl.SSLError):
        server_credentials(mixed.certificate, mixed.key, callers=mixed.authority if named else None)
    with pytest.raises(ssl.SSLError):
        mixed.client()
    with pytest.raises(ssl.SSLError):
        mixed.context()


async def test_a_caller_shows_its_renewed_certificate_and_no_call_fails_meanwhile(
    channel: GrpcChannel, desk: Desk, certificates: Certificates
) -> None:
    before = serial(certificates.of("gateway"))
    under_way = asyncio.create_task(who(channel, WAIT))
    await desk.waiting.wait()
    after = renew(certificates, "gateway")
    seen = []
    async with asyncio.timeout(10):
        while after not in seen:
            seen.append(await who(channel))
    assert set(seen) <= {before, after}
    desk.go_on.set()
    assert await under_way == before, "it went on where it had begun"


async def test_a_caller_whose_renewed_certificate_is_not_believed_goes_on_until_it_is(
    server: ByteServer,
    channel: GrpcChannel,
    certificates: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new authority, given to callers before the servers know it: then they do."""
    monkeypatch.setattr("libs.kit.rpc.channels._CONNECTED_SECONDS", 0.3)
    tls = certificates.of("gateway")
    before = await who(channel)
    other = Certificates.in_folder(tmp_path / "another").of("gateway")
    old = tls.authority.read_bytes()
    for given, new in ((tls.certificate, other.certificate), (tls.key, other.key)):
        given.write_bytes(new.read_bytes())
    for _ in range(10):
        assert await who(channel) == before
        await asyncio.sleep(0.1)
    tls.authority.write_bytes(old + other.authority.read_bytes())
    async with asyncio.timeout(10):
        while await who(channel) == before:
            pass
    assert await who(channel) == serial(other)
    tls.authority.write_bytes(old)
    stranger = GrpcChannel(
        f"127.0.0.1:{server.port}", name="identity", tls=Tls(tls.authority, other.certificate, other.key)
    )
    with pytest.raises(Failed):
        await stranger.call(WHO, b"", {}, 1)
    await stranger.close()


async def test_a_channel_can_be_closed_in_the_middle_of_taking_files_up(
    channel: GrpcChannel, desk: Desk, certificates: Certificates
) -> None:
    await who(channel)
    renew(certificates, "gateway")
    await who(channel)
    async with asyncio.timeout(5):
        await channel.close()


async def test_a_context_speaks_with_the_files_of_then(certificates: Certificates) -> None:
    """Kafka's client keeps one context for as long as the process lives."""
    seen: list[int] = []

    async def greet(_reader: StreamReader, writer: StreamWriter) -> None:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        seen.append(x509.load_der_x509_certificate(der).serial_number)
        writer.close()

    theirs, ours = certificates.of("kafka"), certificates.of("talent")
    demanding = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(theirs.authority))
    demanding.load_cert_chain(theirs.certificate, theirs.key)
    demanding.verify_mode = ssl.CERT_REQUIRED
    context = ours.context()
    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=demanding) as listener:
        port = listener.sockets[0].getsockname()[1]

        async def come() -> int:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="kafka")
            assert await reader.read() == b""
            writer.close()
            return seen[-1]

        before = serial(ours)
        assert await come() == before
        after = renew(certificates, "talent")
        assert await come() == after != before
    with pytest.raises(AttributeError, match="check_hostname"):
        context.check_hostname = False
