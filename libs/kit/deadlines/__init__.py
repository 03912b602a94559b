"""Work that is due at an instant: a row, taken by exactly one replica, surviving restarts.

    await deadlines.schedule(call.db, "talent.review_due", str(review_id), due_at)

    async def remind(call: Call, deadline: Deadline) -> None: ...

The handler runs in the transaction that marks the row done. It may schedule the same kind and key again. After a
failure it is tried again with growing pauses; after ten tries the row is marked failed and kept.

A job of minutes is declared `Long(run)`: it opens its own units of work, so that others see its progress. Its row is
leased meanwhile, and another replica takes it over when the lease is not renewed; it must therefore be able to go on
from what an earlier try has committed.

This is what services say. `rows` is how the table keeps it, `worker` does it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, func
from sqlalchemy.dialects.postgresql import insert

from libs.kit.consumer import OpenUnit
from libs.kit.database import Session, prepared
from libs.kit.ids import uuid7
from libs.kit.tables import deadlines
from libs.kit.telemetry import current

TRIES = 10
LEASE = timedelta(seconds=60)
# Seconds before the second try, the third …: about a quarter of an hour in all.
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
# Where workers hear that something was scheduled.
CHANNEL = "mainstay_deadlines"
# Neither done nor given up.
OPEN = and_(deadlines.c.done_at.is_(None), deadlines.c.failed_at.is_(None))
# The listeners hear of it when the transaction commits.
TELL = func.pg_notify(CHANNEL, "")


@dataclass(frozen=True)
class Deadline:
    """What a handler is given. `attempts` counts the tries before this one."""

    deadline_id: UUID
    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any]
    attempts: int
    # The traceparent of the call that scheduled it, empty when that was not traced.
    trace: str = ""


Handler = Callable[[Any, Deadline], Awaitable[None]]
LongHandler = Callable[[OpenUnit, Deadline], Awaitable[None]]


@dataclass(frozen=True)
class Long:
    """A handler that works for long: it is given the means to open units of work instead of one."""

    run: LongHandler


Job = Handler | Long

_INSERT = insert(deadlines).values(
    deadline_id=bindparam("deadline_id"),
    kind=bindparam("kind"),
    key=bindparam("key"),
    due_at=bindparam("due_at"),
    try_at=bindparam("due_at"),
    payload=bindparam("payload"),
    trace=bindparam("trace"),
)
_SCHEDULE = prepared(
    _INSERT.on_conflict_do_update(
        index_elements=[deadlines.c.kind, deadlines.c.key],
        index_where=OPEN,
        set_={
            "due_at": _INSERT.excluded.due_at,
            "try_at": _INSERT.excluded.try_at,
            "payload": _INSERT.excluded.payload,
            "trace": _INSERT.excluded.trace,
            "attempts": 0,
            "error": None,
            # A long job at work no longer marks the row done: it was asked for anew.
            "lease": None,
        },
    ).returning(deadlines.c.deadline_id, TELL)
)
_CANCEL = prepared(
    delete(deadlines).where(OPEN, deadlines.c.kind == bindparam("kind"), deadlines.c.key == bindparam("key"))
)


async def schedule(
    session: Session, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None
) -> UUID:
    """Makes work due, once the transaction commits. The open deadline of this kind and key, if any, is moved instead.

    `payload` is JSON and may not hold personal values. Returns the deadline's id.
    """
    given = {"kind": kind, "key": key, "due_at": due_at, "payload": dict(payload or {}), "trace": current()}
    found: UUID = await session.value(_SCHEDULE, deadline_id=uuid7(), **given)
    return found


async def cancel(session: Session, kind: str, key: str) -> bool:
    """Takes an open deadline back. Says whether there was one; waits while its handler is in the middle of it."""
    return bool(await session.run(_CANCEL, kind=kind, key=key))
