"""Imports made-up people on a fresh PostgreSQL and prints how fast: `python -m tests.load.import_people [people]`.

From the sealed parts of the uploaded file to committed rows of people, keys, employments, assignments, directory,
units, posts and facts. The dry run and the upkeep of indexes after the commit are measured beside it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from libs.kit.clock import SystemClock
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.migrate import migrate
from libs.kit.postgres import PostgresServer
from libs.kit.vault import Keyring, Vault
from mainstay.employees.v1 import imports_pb2
from services.employees import import_files, import_views
from services.employees.applying.step import Given, Step
from services.employees.demo import crowd
from services.employees.tables import import_parts, imports

KEYRING = "load:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
PEOPLE = imports_pb2.IMPORT_KIND_PEOPLE
TABLES = ("people", "vault_keys", "employments", "assignments", "directory_people", "outbox", "units", "posts")


async def upload(database: Database, content: bytes) -> UUID:
    """What the wizard leaves behind after the upload, the mapping taken over as suggested."""
    vault, import_id = Vault(Keyring.parse(KEYRING), SystemClock()), uuid7()
    look = import_files.look(PEOPLE, content)
    look.mapping.create_missing = True
    async with database.transaction() as db:
        for part in range(0, len(content), import_files.PART_BYTES):
            number = part // import_files.PART_BYTES
            piece = content[part : part + import_files.PART_BYTES]
            sealed = vault.seal_bytes(import_files.purpose(import_id, number), piece)
            await db.copy(
                import_parts,
                ("import_id", "part", "content", "size", "digest"),
                [(import_id, number, sealed, len(piece), "")],
            )
        await db.run(
            imports.insert().values(
                import_id=import_id,
                kind=PEOPLE,
                file_name="people.csv",
                file_size=len(content),
                state=imports_pb2.IMPORT_STATE_CHECKING,
                mapping=import_views.mapping_kept(look.mapping),
                account_id=uuid7(),
                created_at=datetime.now(UTC),
            )
        )
    return import_id


async def run(database: Database, url: str, import_id: UUID, state: int) -> tuple[Step, float]:
    """One step in this process, timed from file to commit; the upkeep afterwards is in its phases."""
    async with database.transaction() as db:
        await db.run(update(imports).values(state=state))
    step = Step(Given(url, KEYRING, "Asia/Shanghai", import_id, 0, datetime.now(UTC)), database)
    started = time.perf_counter()
    await step.run()
    return step, time.perf_counter() - started


async def measure(count: int, server: PostgresServer) -> None:
    server.ensure_databases(["employees"])
    url = server.url("employees")
    await migrate("employees", url)
    content = b"".join(crowd(count))
    print(f"{count:,} people, a file of {len(content) / 2**20:.0f} MiB, {os.cpu_count()} cores")
    # As the process of a step does.
    gc.disable()
    database = Database(url)
    await database.open()
    import_id = await upload(database, content)
    del content
    _, took = await run(database, url, import_id, imports_pb2.IMPORT_STATE_CHECKING)
    await tell_state(database)
    print(f"dry run    {took:6.1f} s  {count / took:8,.0f} rows/s")
    before = cpu_seconds(server)
    step, _ = await run(database, url, import_id, imports_pb2.IMPORT_STATE_APPLYING)
    await tell_state(database)
    used = {name: seconds - before[name] for name, seconds in cpu_seconds(server).items()}
    total = sum(used.values())
    print("processor time: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in used.items()))
    alone = count * (os.cpu_count() or 1) / total
    print(f"that is {total / count * 1e6:.0f} µs a row: {alone:,.0f} rows/s if nothing else ran")
    upkeep = step.phases.pop("upkeep", 0.0)
    took = sum(step.phases.values())
    for name, seconds in step.phases.items():
        print(f"  {name:<10} {seconds:6.1f} s")
    print(f"import     {took:6.1f} s  {count / took:8,.0f} rows/s, file to commit (upkeep after it {upkeep:.1f} s)")
    for who, name in (
        (resource.RUSAGE_SELF, "this process"),
        (resource.RUSAGE_CHILDREN, "sealing and PostgreSQL's largest"),
    ):
        print(f"peak memory of {name}: {resource.getrusage(who).ru_maxrss / 1024:,.0f} MiB")
    await tell_counts(database)
    await database.close()


def cpu_seconds(server: PostgresServer) -> dict[str, float]:
    """Processor time so far: of this process, of the one that seals, of PostgreSQL with all its own."""
    tick = os.sysconf("SC_CLK_TCK")
    found = {"reading and placing": time.process_time(), "sealing": 0.0, "PostgreSQL": 0.0}
    postmaster = int((server.folder / "data/postmaster.pid").read_text().split()[0])
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent, parent, pid = (int(fields[11]) + int(fields[12])) / tick, int(fields[1]), int(path.parent.name)
        if postmaster in {parent, pid}:
            found["PostgreSQL"] += spent
    found["sealing"] = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    return found


async def tell_state(database: Database) -> None:
    async with database.reading() as db:
        row: Any = await db.row(select(imports.c.state, imports.c.counts, imports.c.failure))
    print(imports_pb2.ImportState.Name(row["state"]), row["counts"], row["failure"] or "")


async def tell_counts(database: Database) -> None:
    connection = database.pool
    counts = [f"{name} {await connection.fetchval(f'SELECT count(*) FROM {name}'):,}" for name in TABLES]  # noqa: S608
    print(", ".join(counts))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder) / "postgres", dies_with_parent=True)
        server.start()
        try:
            asyncio.run(measure(count, server))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
