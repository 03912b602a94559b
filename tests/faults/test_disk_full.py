"""No room left for Kafka or for PostgreSQL: refused in plain words or kept for later, and all goes on with new room."""

from __future__ import annotations

import asyncio
import time

from tests.support.company import eventually
from tests.support.fault_counts import counted, unpublished
from tests.support.fault_stack import Hurt

WORKERS = 2
PATIENCE = 90
# Mapped into Kafka's memory with holes. A fault there, between a record and its number, makes Kafka write the next with
# the same number, and it can never load these groups again: no consumer of any client's gets over that.
INDEXES_OF_GROUPS = "data/__consumer_offsets-*/*index"


async def test_without_room_for_kafka_changes_go_on_and_are_told_later(hurt: Hurt) -> None:
    disk = hurt.stack.disks["kafka"]
    disk.require()
    restarts, kafka = hurt.stack.restarts(), hurt.stack.kept["kafka"].restarts
    office = await hurt.office()
    over = asyncio.Event()
    workers = [asyncio.create_task(office.work(over.is_set, grants=False)) for _ in range(WORKERS)]
    await hurt.answers(office.book, 20, workers)
    disk.back(INDEXES_OF_GROUPS)
    await disk.fill()

    async def noticed() -> bool:
        for worker in workers:
            assert not worker.done()
        return await unpublished(hurt.stack) > 100

    await eventually(noticed, PATIENCE)
    before, waiting = len(office.book.answers), await unpublished(hurt.stack)
    disk.free()
    freed = time.monotonic()

    async def told() -> bool:
        return not await unpublished(hurt.stack)

    over.set()
    await asyncio.gather(*workers)
    await eventually(told, PATIENCE)
    caught_up = time.monotonic() - freed
    await hurt.well()
    counts = await counted(hurt.stack, office.book, office.prefix, office.posts[1])
    print(
        f"\nno room for Kafka: {before} answers meanwhile, {waiting} facts waited, told {caught_up:.1f} s after, Kafka "
        f"started {hurt.stack.kept['kafka'].restarts - kafka} times; {counts}"
    )
    print(office.book.line())
    assert office.book.failed() == []
    assert counts.wrong == (0, 0, 0, 0)
    assert hurt.stack.restarts() == restarts


async def test_without_room_for_postgres_changes_are_refused_with_advice(hurt: Hurt) -> None:
    disk = hurt.stack.disks["postgres"]
    disk.require()
    restarts, postgres = hurt.stack.restarts(), hurt.stack.kept["postgres"].restarts
    office = await hurt.office()
    over = asyncio.Event()
    workers = [asyncio.create_task(office.work(over.is_set, grants=False)) for _ in range(WORKERS)]
    await hurt.answers(office.book, 20, workers)
    await disk.fill()

    async def refused() -> bool:
        for worker in workers:
            if worker.done():
                worker.result()
        return len(office.book.failed()) > 5

    await eventually(refused, PATIENCE)
    good = sum(one.status == 200 for one in office.book.answers)
    disk.free()
    freed = time.monotonic()
    await hurt.good_answers(office.book, good + 20, workers)
    again = time.monotonic() - freed
    over.set()
    await asyncio.gather(*workers)
    await hurt.well()
    counts = await counted(hurt.stack, office.book, office.prefix, office.posts[1])
    print(
        f"\nno room for PostgreSQL: working again {again:.1f} s after, PostgreSQL started "
        f"{hurt.stack.kept['postgres'].restarts - postgres} times; {counts}"
    )
    print(office.book.line())
    assert office.book.unadvised() == []
    assert counts.wrong == (0, 0, 0, 0)
    assert hurt.stack.restarts() == restarts
