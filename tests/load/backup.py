"""Backs up and restores a company and prints how long it took: `python -m tests.load.backup [people]`.

Calls go on while the backup is taken; their slowest is printed beside their usual.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from services.employees.demo import crowd
from tests.support.backups import Source, empty_stack, platform_on, settled, source_on

_PART = 1024 * 1024


async def bring_in(source: Source, people: int) -> None:
    """Imports so many people the way the wizard does."""
    content = b"".join(crowd(people, 1))
    call = source.hr.call
    made = await call(
        "ImportService.CreateImport", kind="IMPORT_KIND_PEOPLE", fileName="crowd.csv", fileSize=len(content)
    )
    for part in range(0, len(content), _PART):
        await source.hr.upload(made.import_id, part // _PART, content[part : part + _PART])
    made = await past(source, made.import_id, "UPLOADING")
    mapping = {**json_format.MessageToDict(made.mapping), "createMissing": True}
    await call("ImportService.StartDryRun", importId=made.import_id, mapping=mapping)
    await past(source, made.import_id, "CHECKING")
    await call("ImportService.ApplyImport", importId=made.import_id)
    await past(source, made.import_id, "APPLYING")
    await settled(source.platform, told=False, seconds=600)


async def past(source: Source, import_id: str, state: str) -> Any:
    while True:
        found = await source.hr.call("ImportService.GetImport", importId=import_id)
        if json_format.MessageToDict(found)["state"] != f"IMPORT_STATE_{state}":
            return found
        await asyncio.sleep(0.3)


async def writing(source: Source, post: str, prefix: str, enough: asyncio.Event) -> list[float]:
    """Hires one after another; seconds of each."""
    took: list[float] = []
    while not enough.is_set():
        began = time.perf_counter()
        await source.hire(f"{prefix}{len(took):05}", post)
        took.append(time.perf_counter() - began)
    return took


async def while_writing(source: Source, post: str, prefix: str, work: Any) -> tuple[Any, list[float]]:
    enough = asyncio.Event()
    hiring = asyncio.create_task(writing(source, post, prefix, enough))
    done = await work
    enough.set()
    return done, await hiring


def slowest(took: list[float]) -> str:
    return f"{len(took)} hires, median {statistics.median(took) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms"


async def measure(folder: Path, people: int) -> None:
    async with source_on(folder) as source:
        await bring_in(source, people)
        post = await source.open_post("LOAD")
        _, usual = await while_writing(source, post, "U", asyncio.sleep(5))
        print(f"without a backup: {slowest(usual)}")
        taken, during = await while_writing(source, post, "W", source.take())
        print(f"during the backup: {slowest(during)}")
        assert taken.data is not None
        rows = sum(sum(part.tables.values()) for part in taken.data.parts.values())
        print(
            f"take: {taken.seconds:.1f} s, {rows:,} rows, data {taken.data.size / 1e6:.1f} MB,"
            f" keys {taken.keys.size / 1e6:.2f} MB, relays paused {taken.data.fence_seconds * 1000:.0f} ms"
        )
        only = await source.take(only_keys=True)
        print(f"take --only-keys: {only.seconds:.1f} s")
        began = time.monotonic()
        backup = source.checked(taken)
        print(f"check: {time.monotonic() - began:.1f} s")
        with empty_stack(folder / "restored", source.folder) as server:
            began = time.monotonic()
            await source.restored_into(server, backup)
            print(f"restore: {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    async with platform_on(folder / "restored", demo=False) as platform:
        up = time.monotonic() - began
        await settled(platform, seconds=600)
        print(f"start {up:.1f} s, then published again, restated and handled: {time.monotonic() - began - up:.1f} s")


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{people:,} people")
    with tempfile.TemporaryDirectory(prefix="mainstay-backup-", ignore_cleanup_errors=True) as folder:
        asyncio.run(measure(Path(folder), people))


if __name__ == "__main__":
    main()
