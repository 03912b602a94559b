"""Each program's database: there, its own, with the rights to make tables, and at the present schema."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncpg

from libs.kit.backup.secured import places
from libs.kit.checks.findings import Finding
from libs.kit.migrate import heads

_CONNECT_SECONDS = 8
# The oldest that is still mended, and that the suites ran on.
_OLDEST = 15
# By these `sslmode`s a server shows who it is; by any other, whoever answers at the address is believed.
_VERIFYING = frozenset({"verify-ca", "verify-full"})
_NAME_AUTHORITY = (
    "set database.authority, and ?sslmode=verify-full&sslrootcert=/etc/mainstay/database/ca.crt; or, for a public "
    "certificate, sslrootcert=/etc/ssl/certs/ca-certificates.crt"
)
_FACTS = """
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
       has_database_privilege(current_database(), 'CREATE') AS creates,
       has_schema_privilege('public', 'CREATE') AS tables,
       current_setting('server_encoding') AS encoding, to_regclass('alembic_version') IS NOT NULL AS migrated
"""


async def databases(folder: Path, key: str, programs: Mapping[str, str]) -> list[Finding]:
    """`folder` has a folder for each program with the file `key`: what its Secret holds."""
    addresses = {name: _read(folder / name / key) for name in programs}
    found = await asyncio.gather(*(_database(name, address, key) for name, address in addresses.items()))
    return [*found, *_shared(addresses)]


def _read(file: Path) -> str:
    return file.read_text().strip() if file.is_file() else ""


def _shared(addresses: Mapping[str, str]) -> list[Finding]:
    """Programs that were given one database together: each would take the other's tables for its own."""
    owners: dict[tuple[str, int, str], set[str]] = {}
    for name, address in addresses.items():
        # One that cannot be read has a finding of its own.
        with suppress(ValueError):
            parts = urlsplit(address)
            for host, port in places(parts):
                owners.setdefault((host, port, parts.path), set()).add(name)
    together = {tuple(name for name in addresses if name in found) for found in owners.values() if len(found) > 1}
    return [
        Finding(f"database of {' and '.join(names)}", "the same one", "give each program a database of its own")
        for names in sorted(together)
    ]


async def _database(name: str, address: str, key: str) -> Finding:
    about = f"database of {name}"
    if not address:
        return Finding(
            about,
            "no address: the Secret or its key is missing",
            f"make a Secret with the key {key}: postgresql://user:password@host:5432/{name}",
        )
    cure = "write it postgresql://user:password@host:5432/name"
    try:
        parts = urlsplit(address)
        hosts = places(parts)
    except ValueError:
        return Finding(about, "the address cannot be read: a port is no number, or a bracket is missing", cure)
    where = ",".join(f"{host}:{port}" for host, port in hosts) + parts.path
    if parts.scheme not in {"postgresql", "postgres"} or not all(host for host, _ in hosts) or not hosts:
        return Finding(about, "the address is none of PostgreSQL's", cure)
    try:
        connection = await asyncpg.connect(address, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return Finding(about, *_refusal(error, where, parts.username or "?"))
    try:
        verified = dict(parse_qsl(parts.query)).get("sslmode") in _VERIFYING
        return await _judged(connection, about, name, where, verified=verified)
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


async def _judged(connection: asyncpg.Connection, about: str, name: str, where: str, *, verified: bool) -> Finding:
    facts = await connection.fetchrow(_FACTS)
    if facts["major"] < _OLDEST:
        return Finding(about, f"PostgreSQL {facts['version']}", f"use PostgreSQL {_OLDEST} or newer")
    if facts["encoding"] != "UTF8":
        return Finding(about, f"its encoding is {facts['encoding']}", "make the database with ENCODING 'UTF8'")
    if not (facts["creates"] and facts["tables"]):
        user = await connection.fetchval("SELECT current_user")
        owner = f"ALTER DATABASE {where.rpartition('/')[2]} OWNER TO {user}"
        return Finding(about, f"{user} may not make tables and schemas there", owner)
    there = (
        {row[0] for row in await connection.fetch("SELECT version_num FROM alembic_version")}
        if facts["migrated"]
        else set()
    )
    if not heads(name) <= there:
        return Finding(about, "its schema is not this release's", "see the log of the Job migrate, and helm upgrade")
    unverified = "" if verified else " (its certificate unverified: sslmode)"
    return Finding(about, f"PostgreSQL {facts['version']}{unverified} at {where}, up to date")
