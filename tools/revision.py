"""Writes the next migration from the tables: `python -m tools.revision <service or kit> "<what it does>"`.

Compares the tables with a fresh database brought to the newest revision. Read what it wrote before keeping it.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import autogenerate, command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, LargeBinary, MetaData

from libs.kit import migrate, tables
from libs.kit.postgres import PostgresServer


def metadata_of(service: str | None) -> list[MetaData]:
    """The kit's tables and, unless None, the service's: the one MetaData of its `tables` module."""
    if service is None:
        return [tables.KIT]
    module = importlib.import_module("gateway.tables" if service == "gateway" else f"services.{service}.tables")
    own = [value for value in vars(module).values() if isinstance(value, MetaData) and value is not tables.KIT]
    return [tables.KIT, *own]


async def drift(service: str | None, url: str) -> list[Any]:
    """What separates a migrated database from the tables as they are written; empty when nothing does."""

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(autogenerate.compare_metadata(context, metadata_of(service)))  # type: ignore[arg-type]

    engine = migrate.engine_at(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


def _write(connection: Connection, service: str | None, message: str) -> None:
    config = migrate.configuration(service)
    branch = service or "kit"
    versions = migrate.versions_of(service) if service else migrate.KIT_VERSIONS
    config.attributes |= {
        "connection": connection,
        "metadata": metadata_of(service),
        "options": {"render_item": _render, "include_object": _only_of(service)},
    }
    script = ScriptDirectory.from_config(config)
    mine = [head for head in script.get_heads() if branch in script.get_revision(head).branch_labels]
    number = len(list(versions.glob(f"{branch}_[0-9]*.py"))) + 1
    written: Any = command.revision(
        config,
        message,
        autogenerate=True,
        head=f"{branch}@head" if mine else "base",
        branch_label=None if mine else branch,
        version_path=str(versions),
        rev_id=f"{branch}_{number:04}",
    )
    _tidy(Path(written.path))


def _only_of(service: str | None) -> Any:
    """Leaves the other branch's tables alone."""

    def include(thing: Any, name: str, kind: str, _reflected: bool, _compared: Any) -> bool:
        table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
        return table != "alembic_version" and (table in tables.KIT.tables) == (service is None)

    return include


def _render(kind: str, thing: Any, _context: Any) -> Any:
    # Our own column types are the database's plain ones.
    return "sa.LargeBinary()" if kind == "type" and isinstance(thing, LargeBinary) else False


def _tidy(path: Path) -> None:
    kept = [line for line in path.read_text().splitlines() if "# ###" not in line]
    path.write_text("\n".join(kept) + "\n")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=False)


async def _author(service: str | None, message: str) -> None:
    if service:
        migrate.versions_of(service).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer(Path(folder) / "postgres")
        server.start()
        try:
            url = server.url("postgres")
            await migrate.migrate(service, url)
            engine = migrate.engine_at(url)
            async with engine.connect() as connection:
                await connection.run_sync(_write, service, message)
            await engine.dispose()
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the next migration from the tables.")
    parser.add_argument("service", help="`kit` or a service's name")
    parser.add_argument("message", help="what the step does, in a few words")
    given = parser.parse_args()
    message = re.sub(r"\s+", " ", given.message).strip()
    asyncio.run(_author(None if given.service == "kit" else given.service, message))


if __name__ == "__main__":
    main()
