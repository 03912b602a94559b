"""Each program's database: there, its own, with the rights to make tables, and at the present schema."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncpg

from libs.kit.backup.secured import places
from libs.kit.checks.findings import Finding
from libs.kit.connecting import Unusable, connected
from libs.kit.migrate import heads

# The oldest that is still mended, and that the suites ran on.
_OLDEST = 15
# By these `sslmode`s a server shows who it is; by any other, whoever answers at the address is believed.
_VERIFYING = frozenset({"verify-ca", "verify-full"})
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
    try:
        async with connected(address) as (connection, where):
            verified = dict(parse_qsl(urlsplit(address).query)).get("sslmode") in _VERIFYING
            return await _judged(connection, about, name, where, verified=verified)
    except Unusable as wrong:
        return Finding(about, wrong.said, wrong.cure)


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
