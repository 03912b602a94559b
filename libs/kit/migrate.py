"""Brings databases to their newest schema: `python -m libs.kit.migrate <service> | --all`.

Alembic keeps two branches in a service's database: the kit's tables (`libs/kit/migrations/versions`) and the
service's own (`services/<name>/migrations/versions`), each with its row in `alembic_version`. Every step runs in its
own transaction under a lock timeout, so that a migration that meets a busy table fails instead of stopping the table's
users. Replicas that start together take turns. The address comes from MAINSTAY_DATABASE_URL, where `{service}` stands
for the service's name.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from functools import partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from libs.kit.connecting import Unusable, connected

ROOT = Path(__file__).resolve().parents[2]
KIT_VERSIONS = ROOT / "libs/kit/migrations/versions"
# One number for all replicas that migrate the same database.
_TURN = 0x4D61696E
_LOCK_TIMEOUT = "5s"


def versions_of(service: str) -> Path:
    folder = ROOT / service if service == "gateway" else ROOT / "services" / service
    return folder / "migrations" / "versions"


def services() -> list[str]:
    """The services that have a schema of their own, and the gateway, whose sessions live in one."""
    found = [*(ROOT / "services").glob("*/migrations/versions"), *ROOT.glob("gateway/migrations/versions")]
    return sorted(path.parents[1].name for path in found)


def configuration(service: str | None) -> Config:
    """Alembic's settings for the kit's branch, and the service's own where it has one."""
    folders = [KIT_VERSIONS]
    if service is not None and versions_of(service).is_dir():
        folders.append(versions_of(service))
    config = Config()
    config.set_main_option("script_location", str(ROOT / "libs/kit/migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in folders))
    return config


def heads(service: str | None) -> set[str]:
    """The revisions of a database that is up to date."""
    return set(ScriptDirectory.from_config(configuration(service)).get_heads())


async def migrate(service: str | None, url: str) -> None:
    """Brings the database at `url` to the newest schema of the kit and, unless None, of the service.

    Safe to call by many at once and when there is nothing to do (about 50 ms then). A step that cannot get its locks
    in five seconds fails and leaves the steps before it done: call again.
    """
    engine = engine_at(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": _TURN})
            await connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
            await connection.commit()
            await connection.run_sync(_upgrade, service)
    finally:
        await engine.dispose()


def engine_at(url: str) -> AsyncEngine:
    """SQLAlchemy on the database at `url`, which asyncpg reads itself, as everywhere: SQLAlchemy knows no `sslmode`."""
    return create_async_engine(
        "postgresql+asyncpg://", async_creator=partial(asyncpg.connect, url), poolclass=pool.NullPool
    )


def _upgrade(connection: Connection, service: str | None) -> None:
    config = configuration(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


async def _migrate_all(names: list[str], pattern: str) -> None:
    """Ends the program with a sentence at the first address that leads nowhere; those before it are migrated."""
    for name in names:
        url = pattern.replace("{service}", name)
        # What is wrong with an address is said in words before the driver says it with a hundred lines.
        try:
            async with connected(url):
                pass
        except Unusable as wrong:
            sys.exit(f"{name}: {wrong}")
        await migrate(name, url)
        print(f"{name}: up to date")  # noqa: T201 - this is a command


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m libs.kit.migrate", description="Migrates services' databases.")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("service", nargs="?", choices=services())
    chosen.add_argument("--all", action="store_true", help="every service")
    given = parser.parse_args()
    pattern = os.environ.get("MAINSTAY_DATABASE_URL", "")
    if not pattern or (given.all and "{service}" not in pattern):
        print(  # noqa: T201 - this is a command
            "MAINSTAY_DATABASE_URL must be set, with {service} in the place of the database's name for --all",
            file=sys.stderr,
        )
        sys.exit(2)
    asyncio.run(_migrate_all(services() if given.all else [given.service], pattern))


if __name__ == "__main__":
    main()
