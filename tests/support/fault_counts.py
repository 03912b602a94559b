"""What became of all that was confirmed, counted from the databases and from Kafka."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from libs.kit.bus import Message
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from tests.support.company import eventually
from tests.support.fault_stack import FaultStack, rows
from tests.support.front_office import Book

_PEOPLE = "SELECT employee_id::text, number FROM people WHERE number LIKE $1 || '%'"
_PLACES = """
    SELECT d.employee_id::text, d.post_id::text FROM directory_people d WHERE d.number LIKE $1 || '%'
"""
_DIRECTORY = "SELECT * FROM directory_people ORDER BY employee_id"
_GRANTS = "SELECT grant_id::text, reason FROM grants WHERE source = 'hand'"
_ACCOUNTS = "SELECT employee_id::text, count(*) FROM accounts WHERE employee_id IS NOT NULL GROUP BY employee_id"
_UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_SETTLE_SECONDS = 60
# Rows by column of a service's database: its name, a query, and values for $1, $2, …
Ask = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class Found:
    """Everything there is. `posts` by person, `grants`: reason by grant, `told`: what Kafka says of people."""

    people: Mapping[str, str]
    posts: Mapping[str, str]
    grants: Mapping[str, str]
    accounts: Mapping[str, int]
    ours: Sequence[Mapping[str, Any]]
    copied: Sequence[Mapping[str, Any]]
    recorded: Mapping[UUID, int]
    told: Sequence[Message]


@dataclass(frozen=True)
class Counts:
    """All zero where nothing went wrong. `unconfirmed` alone may be more: done, and the answer was lost."""

    lost: int
    doubled: int
    disorder: int
    differing: int
    repeated_messages: int
    unconfirmed: int

    @property
    def wrong(self) -> tuple[int, int, int, int]:
        return self.lost, self.doubled, self.disorder, self.differing


def count(book: Book, post: str, found: Found) -> Counts:
    """`post`: where everybody was moved to."""
    hires: dict[str, set[UUID]] = defaultdict(set)
    order: dict[str, list[int]] = defaultdict(list)
    seen: set[UUID] = set()
    for message in found.told:
        if message.event_id in seen:
            continue
        seen.add(message.event_id)
        order[message.key].append(found.recorded[message.event_id])
        if message.type.endswith(".EmployeeHired"):
            hires[message.key].add(message.event_id)
    lost = (
        sum(found.people.get(person) != number for person, number in book.hired.items())
        + sum(found.posts.get(person) != post for person in book.moved)
        + sum(found.grants.get(grant) != reason for grant, reason in book.granted.items())
        + sum(not hires[person] for person in book.hired)
        + sum(person not in found.accounts for person in book.hired)
    )
    granted = list(found.grants.values())
    doubled = (
        sum(len(hires[person]) > 1 for person in found.people)
        + sum(found.accounts.get(person, 0) > 1 for person in found.people)
        + sum(granted.count(person) > 1 for person in book.hired)
    )
    disorder = sum(ids != sorted(ids) for ids in order.values())
    ours, copied = _as_set(found.ours), _as_set(found.copied)
    return Counts(
        lost, doubled, disorder, len(ours ^ copied), len(found.told) - len(seen), len(found.people) - len(book.hired)
    )


def _as_set(given: Sequence[Mapping[str, Any]]) -> set[tuple[str, ...]]:
    return {tuple(f"{name}={value}" for name, value in sorted(row.items())) for row in given}


async def counted(stack: FaultStack, book: Book, prefix: str, post: str) -> Counts:
    """Waits until everything is published and followed, for a minute at most, and counts whatever is there then."""
    found: list[Found] = []

    async def settled() -> bool:
        found[:] = [await _found(stack, prefix)]
        return not await unpublished(stack) and not any(count(book, post, found[0]).wrong)

    try:
        await eventually(settled, _SETTLE_SECONDS)
    except TimeoutError:
        print("not settled in time")
    return count(book, post, found[0])


async def _found(stack: FaultStack, prefix: str) -> Found:
    async with open_bus(stack.kafka.url, SystemClock(), client="test", tls=stack.certificates.of("admin")) as bus:
        await bus.ensure_topics({"employees.lifecycle": False})
        told = [message async for message in bus.read("employees.lifecycle")]
    return await found_by(partial(rows, stack), told, prefix)


async def found_by(ask: Ask, told: Sequence[Message], prefix: str) -> Found:
    """`told`: all of `employees.lifecycle`, read before the databases are asked."""
    people = await ask("employees", _PEOPLE, prefix)
    posts = await ask("employees", _PLACES, prefix)
    grants = await ask("identity", _GRANTS)
    accounts = await ask("identity", _ACCOUNTS)
    ids = {row["employee_id"] for row in people}
    recorded = await ask("employees", "SELECT event_id::text, id FROM outbox")
    return Found(
        people={row["employee_id"]: row["number"] for row in people},
        posts={row["employee_id"]: row["post_id"] for row in posts},
        grants={row["grant_id"]: row["reason"] for row in grants},
        accounts={row["employee_id"]: row["count"] for row in accounts},
        ours=[dict(row) for row in await ask("employees", _DIRECTORY)],
        copied=[dict(row) for row in await ask("identity", _DIRECTORY)],
        recorded={UUID(row["event_id"]): row["id"] for row in recorded},
        told=[message for message in told if message.key in ids],
    )


async def unpublished(stack: FaultStack) -> int:
    """How many facts wait in the outboxes."""
    return await unpublished_by(partial(rows, stack))


async def unpublished_by(ask: Ask) -> int:
    waiting = [await ask(name, _UNPUBLISHED) for name in ("employees", "identity")]
    return sum(int(found[0]["count"]) for found in waiting)
