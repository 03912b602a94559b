"""Says again what a service's state topics should hold, from its own tables: after a restore, or to rebuild a copy.

A state topic keeps the last message of each key, but only the bus keeps it; a new bus, or a topic that was lost, has
nothing. The service that owns the state writes every key's present state once more, through its outbox, in the order
of keys, page by page, each page in a unit of work of its own. Doing it twice, or again from the beginning after an
interruption, harms nobody: a state says how things are.

What changes meanwhile wins: `page` reads under the lock that changes of these keys take, and facts are the last thing
a unit of work writes. A change that came first is read; one that comes later waits, and its fact gets the higher id.

After a restore the service is told by a row of its own database (`RESTORED`), taken by one replica once it runs: it
first puts right what only it can (`Service.after_restore`), then restates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from google.protobuf.message import Message

from libs.kit import contract
from libs.kit.consumer import OpenUnit
from libs.kit.deadlines import Deadline, Long

RESTORED = "kit.restored"
# 500 keys hold the lock of a page for some 30 ms.
PAGE = 500
_PATIENCE_SECONDS = 0.2
log = structlog.get_logger()

Page = Callable[[Any, str, int], Awaitable[Sequence[Message]]]
"""(call, after, limit): the states of the next `limit` keys after the key `after` (all are, after ""), in key order."""


@dataclass(frozen=True)
class Restatement:
    """How the present state behind one event of a state topic is listed."""

    event: type[Message]
    page: Page


async def restate(open_unit: OpenUnit, restatements: Sequence[Restatement], *, size: int = PAGE) -> dict[str, int]:
    """Records every key's present state again. Returns how many keys, by topic.

    Waits for locks that others hold for long, such as an import's.
    """
    done: dict[str, int] = {}
    for one in restatements:
        kind = contract.events()[one.event.DESCRIPTOR.full_name]
        after: str | None = ""
        while after is not None:
            try:
                count, after = await _say_page(open_unit, one, kind, after, size)
            except asyncpg.LockNotAvailableError:
                await asyncio.sleep(_PATIENCE_SECONDS)
            else:
                done[kind.topic] = done.get(kind.topic, 0) + count
    return done


async def _say_page(
    open_unit: OpenUnit, one: Restatement, kind: contract.EventKind, after: str, size: int
) -> tuple[int, str | None]:
    """How many keys the page had, and the last of them; None when it was the last page."""
    async with open_unit(request_id="restate") as call:
        events = await one.page(call, after, size)
        for event in events:
            call.record(event)
    return len(events), str(contract.value_at(events[-1], kind.key)) if len(events) == size else None


def jobs(
    restatements: Sequence[Restatement], after_restore: Callable[[Any, datetime], Awaitable[None]] | None
) -> Mapping[str, Long]:
    """What a service does once after its database was restored; one without state of its own takes note of it."""

    async def restored(open_unit: OpenUnit, deadline: Deadline) -> None:
        if after_restore is not None:
            async with open_unit(request_id="restored") as call:
                # It is due since the moment of the backup.
                await after_restore(call, deadline.due_at)
        said = await restate(open_unit, restatements)
        log.info("restored", backup=deadline.key, restated=said)

    return {RESTORED: Long(restored)}
