"""TLS to PostgreSQL for programs that speak none, as those of the wheel: a port on loopback that leads to the server.

An address is read as libpq reads it: `sslmode` prefer (also when nothing is said), require, verify-ca, verify-full;
`sslrootcert` is a PEM file, the system's authorities when empty; `sslcert` and `sslkey` are our own certificate's. With
`disable`, over a unix socket and to a server that offers no TLS the address stays as it is. Of several hosts those that
answer stay, each with its own port, and the program tries them in turn.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

_PORT = 5432
# What a client asks before anything else; the server answers with one letter, S for yes.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_ASK_SECONDS = 15.0
_CHUNK = 1 << 16
_DEMANDED = ("require", "verify-ca", "verify-full")


class TlsRefused(Exception):
    """The address demands TLS and the server offers none, or it cannot be read."""


def places(parts: SplitResult) -> list[tuple[str, int]]:
    """Host and port of each server that an address names. Raises ValueError when one cannot be read."""
    found = [urlsplit(f"//{place}") for place in parts.netloc.rpartition("@")[2].split(",") if place]
    return [(one.hostname or "", one.port or _PORT) for one in found]


@asynccontextmanager
async def secured(url: str) -> AsyncIterator[str]:
    """The address for a program that speaks no TLS. Raises TlsRefused, and OSError when the server cannot be had."""
    try:
        parts = urlsplit(url)
        named = places(parts)
    except ValueError:
        raise TlsRefused("its address names no host and port: postgresql://user:password@host:5432/name") from None
    query = dict(parse_qsl(parts.query))
    mode = query.pop("sslmode", "prefer")
    context = _context(mode, query.pop("sslrootcert", ""))
    if certificate := query.pop("sslcert", ""):
        context.load_cert_chain(certificate, query.pop("sslkey", None))
    plain = parts._replace(query=urlencode(query, quote_via=quote))
    if not named or "host" in query or mode in {"disable", "allow"}:
        yield urlunsplit(plain)
        return
    async with AsyncExitStack() as open_ports:
        near = await _near(open_ports, named, context, demanded=mode in _DEMANDED)
        credentials, at, _ = parts.netloc.rpartition("@")
        yield urlunsplit(plain._replace(netloc=f"{credentials}{at}{','.join(near)}"))


async def _near(
    open_ports: AsyncExitStack, named: list[tuple[str, int]], context: ssl.SSLContext, *, demanded: bool
) -> list[str]:
    """host:port of each server that answers, or of the port that leads there. Raises as `secured`."""
    near: list[str] = []
    away: OSError | None = None
    for host, port in named:
        try:
            offered = await _offers_tls(host, port)
        except OSError as error:
            away = error
            continue
        except asyncio.IncompleteReadError:
            away = ConnectionResetError(f"{host} hangs up")
            continue
        if offered:
            server = await asyncio.start_server(partial(_carry, (host, port), context), "127.0.0.1", 0)
            await open_ports.enter_async_context(server)
            near.append(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        elif demanded:
            raise TlsRefused(f"{host} offers no TLS, and the address demands it")
        else:
            near.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if not near and away is not None:
        raise away
    return near


def _context(mode: str, authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority or None)
    # As libpq: an authority that is named is used, whatever is demanded.
    if mode != "verify-full":
        context.check_hostname = False
        if mode != "verify-ca" and not authority:
            context.verify_mode = ssl.CERT_NONE
    return context


async def _offers_tls(host: str, port: int) -> bool:
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _ASK_SECONDS)
    try:
        return await _asked(reader, writer)
    finally:
        writer.close()


async def _asked(reader: StreamReader, writer: StreamWriter) -> bool:
    writer.write(_SSL_REQUEST)
    return await asyncio.wait_for(reader.readexactly(1), _ASK_SECONDS) == b"S"


async def _carry(there: tuple[str, int], context: ssl.SSLContext, near: StreamReader, back: StreamWriter) -> None:
    """One connection, until either end closes it. One that fails is closed, which the program tells of.

    Also one that the end of our own program cuts off: asyncio would print a traceback for it after the program's words.
    """
    with suppress(OSError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError):
        reader, writer = await asyncio.wait_for(asyncio.open_connection(*there), _ASK_SECONDS)
        try:
            if await _asked(reader, writer):
                await writer.start_tls(context, server_hostname=there[0])
                await asyncio.gather(_copy(near, writer), _copy(reader, back))
        finally:
            writer.close()
    back.close()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
