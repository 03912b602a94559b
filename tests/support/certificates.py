"""Certificates that are renewed, and what others are shown of them."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cryptography import x509

from libs.kit.tls import Tls
from tools.stack.certificates import Certificates


def serial(tls: Tls) -> int:
    """Of the certificate in the file."""
    return x509.load_pem_x509_certificate(tls.certificate.read_bytes()).serial_number


def renew(certificates: Certificates, name: str) -> int:
    """A new key and certificate in the same files, as cert-manager makes them. Returns its serial number."""
    certificates.of(name).certificate.unlink()
    return serial(certificates.of(name))


async def shown_by(port: int, caller: Tls, *, protocol: str = "h2") -> int:
    """Serial number of the certificate that a server here shows to a new connection."""
    context = ssl.create_default_context(cafile=str(caller.authority))
    context.load_cert_chain(caller.certificate, caller.key)
    context.set_alpn_protocols([protocol])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der).serial_number


@asynccontextmanager
async def knows_nothing(tls: Tls) -> AsyncIterator[int]:
    """A web server with this certificate, on the port it gives: every answer is 404 and ends its connection."""

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
