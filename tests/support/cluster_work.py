"""HR at work in a cluster while it changes, and what became of all that was confirmed there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.cluster import Release
from tests.support.cluster_company import ClusterCompany, told
from tests.support.company import eventually
from tests.support.fault_counts import Counts, count, found_by, unpublished_by
from tests.support.front_office import Book, Line, Office

_SETTLE_SECONDS = 120


async def open_office(company: ClusterCompany) -> Office:
    """An office that works through the front door's Service with a session of HR's."""
    session = await company.sign_in("hr.admin")
    cookie = f"mainstay={session.client.cookies['mainstay']}"
    host = company.address.removeprefix("http://")
    port = urlsplit(company.address).port or 80
    office = Office(lambda book: Line(port, host, cookie, book))
    await office.open()
    return office


@asynccontextmanager
async def working(office: Office, *, writers: int = 2, readers: int = 4, grants: bool = True) -> AsyncIterator[None]:
    """People work without pause until the block ends. What they meet is in the office's book."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as people:
        for _ in range(writers):
            people.create_task(office.work(over.is_set, grants=grants))
        if readers:
            await eventually(lambda: _somebody(office), seconds=60)
        for _ in range(readers):
            people.create_task(office.read(over.is_set))
        try:
            yield
        finally:
            over.set()


async def _somebody(office: Office) -> bool:
    return bool(office.book.hired)


async def answered(book: Book, count: int, seconds: float) -> None:
    """Returns when there are so many answers."""

    async def enough() -> bool:
        return len(book.answers) >= count

    await eventually(enough, seconds)


def bad(office: Office) -> list[str]:
    return [f"{one.status} {one.reason} {one.body}"[:300] for one in office.book.failed()]


async def counted(release: Release, office: Office) -> Counts:
    """Waits until everything is published and followed, for two minutes at most, and counts whatever is there then."""
    counts: list[Counts] = []

    async def settled() -> bool:
        found = await found_by(release.rows, await told(release, "employees.lifecycle"), office.prefix)
        counts[:] = [count(office.book, office.posts[1], found)]
        return not await unpublished_by(release.rows) and not any(counts[0].wrong)

    try:
        await eventually(settled, _SETTLE_SECONDS)
    except TimeoutError:
        print("not settled in time")
    return counts[0]
