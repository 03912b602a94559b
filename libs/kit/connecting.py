"""Connections to PostgreSQL that say in words what is wrong with an address, for commands and checks.

Never the driver's own words, nor the address itself: both may hold the password.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

import asyncpg

from libs.kit.backup.secured import places

_CONNECT_SECONDS = 8
_WRITTEN = "write it postgresql://user:password@host:5432/name"
_NAME_AUTHORITY = (
    "set database.authority, and ?sslmode=verify-full&sslrootcert=/etc/mainstay/database/ca.crt; or, for a public "
    "certificate, sslrootcert=/etc/ssl/certs/ca-certificates.crt"
)


class Unusable(Exception):
    """No connection: `said` is what is wrong, `cure` what to do about it."""

    def __init__(self, said: str, cure: str) -> None:
        super().__init__(f"{said}: {cure}")
        self.said = said
        self.cure = cure


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A connection, and where it leads as `host:port,host:port/name`. Raises Unusable within seconds."""
    try:
        parts = urlsplit(address)
        hosts = places(parts)
    except ValueError:
        raise Unusable("the address cannot be read: a port is no number, or a bracket is missing", _WRITTEN) from None
    # Over a unix socket an address names its folder, as `host` behind the question mark.
    named = "host" in dict(parse_qsl(parts.query)) or (hosts and all(host for host, _ in hosts))
    if parts.scheme not in {"postgresql", "postgres"} or not named:
        raise Unusable("the address is none of PostgreSQL's", _WRITTEN)
    where = ",".join(f"{host}:{port}" for host, port in hosts) + parts.path
    try:
        connection = await asyncpg.connect(address, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise Unusable(*_refusal(error, where, parts.username or "?")) from None
    try:
        yield connection, where
    finally:
        await connection.close()


def _refusal(error: Exception, where: str, user: str) -> tuple[str, str]:
    """What a connection that did not come about means; never the driver's own words, which may hold the address."""
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"{where} does not let {user} in", "correct the password in the Secret, or what pg_hba.conf says"
        case asyncpg.InvalidCatalogNameError():
            return f"{where} is not there", f"CREATE DATABASE … OWNER {user}"
        case asyncpg.TooManyConnectionsError():
            return f"{where} has no connection left", "raise max_connections, or lower databasePool"
        case ssl.SSLCertVerificationError():
            said = f"{where} shows a certificate that is not believed ({error.verify_message})"
            return said, f"{_NAME_AUTHORITY}; the host as the certificate has it"
        case FileNotFoundError() | asyncpg.ClientConfigurationError():
            return f"{where}: sslmode is unknown, or the file of sslrootcert is not there", _NAME_AUTHORITY
        # What the driver raises itself; what a network does is one of its subclasses.
        case ConnectionError() if type(error) is ConnectionError:
            return f"{where} offers no TLS, and sslmode asks for it", "turn ssl on there; or sslmode=disable, in clear"
        case OSError() | TimeoutError():
            what = type(error).__name__
            return f"{where} does not answer ({what})", "correct host and port; see networkPolicy.outside.database"
        case _:
            return f"{where} refuses ({type(error).__name__})", "see PostgreSQL's log"
