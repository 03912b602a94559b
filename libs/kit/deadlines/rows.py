"""The rows of deadlines from a worker's side: what is due, whose it is meanwhile, how it ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, all_, and_, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.clock import Clock
from libs.kit.database import Database, Session, prepared
from libs.kit.deadlines import LEASE, OPEN, TELL, Deadline
from libs.kit.ids import uuid7
from libs.kit.tables import deadlines

_KEPT = timedelta(days=90)

_MINE = and_(
    OPEN,
    deadlines.c.kind == any_(bindparam("kinds", type_=ARRAY(String))),
    deadlines.c.deadline_id != all_(bindparam("at_work", type_=ARRAY(Uuid))),
)
_TAKE = prepared(
    select(deadlines)
    .where(_MINE, deadlines.c.try_at <= bindparam("now"))
    .order_by(deadlines.c.try_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEXT = prepared(select(func.min(deadlines.c.try_at)).where(_MINE))
_HEAD = prepared(select(func.min(deadlines.c.try_at)).where(OPEN))
_ONE = deadlines.c.deadline_id == bindparam("in_id")
_DONE = prepared(update(deadlines).where(_ONE).values(done_at=bindparam("at"), lease=None, error=None))
_LEASE = prepared(
    update(deadlines)
    .where(_ONE)
    .values(lease=bindparam("mine"), try_at=bindparam("until"), attempts=deadlines.c.attempts + 1)
)
_LEASED = and_(_ONE, OPEN, deadlines.c.lease == bindparam("in_lease"))
_RENEW = prepared(update(deadlines).where(_LEASED).values(try_at=bindparam("until")))
_LONG_DONE = prepared(update(deadlines).where(_LEASED).values(done_at=bindparam("at"), lease=None, error=None))
_GIVE_BACK = prepared(
    update(deadlines)
    .where(_LEASED)
    .values(lease=None, try_at=bindparam("at"), attempts=deadlines.c.attempts - 1)
    .returning(TELL)
)
_FAILED = prepared(
    update(deadlines)
    .where(_ONE, OPEN, deadlines.c.lease.is_not_distinct_from(bindparam("in_lease", type_=Uuid)))
    .values(
        attempts=bindparam("tried"),
        error=bindparam("why"),
        try_at=bindparam("again_at"),
        failed_at=bindparam("gave_up_at"),
        lease=None,
    )
)
_TIDY = prepared(delete(deadlines).where(deadlines.c.done_at < bindparam("before")))


class Rows:
    """Of one database. What is given a session is part of its transaction; the rest is committed by itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def next_at(self, kinds: Collection[str], at_work: Collection[UUID]) -> datetime | None:
        """When the next of these kinds may be taken, but for those at work."""
        async with self._database.reading() as session:
            found: datetime | None = await session.value(_NEXT, kinds=list(kinds), at_work=list(at_work))
        return found

    async def head(self) -> datetime | None:
        """When the first of all open ones may be taken."""
        async with self._database.reading() as session:
            found: datetime | None = await session.value(_HEAD)
        return found

    async def take(
        self, session: Session, kinds: Collection[str], at_work: Collection[UUID], now: datetime
    ) -> Deadline | None:
        """One of these kinds that may be taken now, locked: other workers pass it by until the transaction ends."""
        row = await session.row(_TAKE, kinds=list(kinds), at_work=list(at_work), now=now)
        return None if row is None else Deadline(**{one.name: row[one.name] for one in fields(Deadline)})

    async def done(self, session: Session, deadline_id: UUID) -> None:
        await session.run(_DONE, in_id=deadline_id, at=self._clock.now())

    async def lease(self, session: Session, deadline_id: UUID) -> UUID:
        """Keeps a row from others for `LEASE`, counting a try. Returns the lease, by which its holder writes."""
        mine = uuid7()
        await session.run(_LEASE, in_id=deadline_id, mine=mine, until=self._clock.now() + LEASE)
        return mine

    async def renew(self, deadline_id: UUID, lease: UUID) -> bool:
        """Says whether the lease still held; for another `LEASE` it does."""
        return bool(await self._write(_RENEW, in_id=deadline_id, in_lease=lease, until=self._clock.now() + LEASE))

    async def long_done(self, deadline_id: UUID, lease: UUID) -> None:
        """Nothing, when the lease went to another or the deadline was scheduled anew."""
        await self._write(_LONG_DONE, in_id=deadline_id, in_lease=lease, at=self._clock.now())

    async def give_back(self, deadline_id: UUID, lease: UUID) -> None:
        """For anybody to take at once; the try that the lease counted was none."""
        await self._write(_GIVE_BACK, in_id=deadline_id, in_lease=lease, at=self._clock.now())

    async def failed(self, taken: Deadline, lease: UUID | None, *, why: str, pause: float, for_good: bool) -> None:
        """Nothing, when it is no longer under this lease (None: of short work). Tried again after `pause` seconds."""
        now = self._clock.now()
        await self._write(
            _FAILED,
            in_id=taken.deadline_id,
            in_lease=lease,
            tried=taken.attempts + 1,
            why=why,
            again_at=now + timedelta(seconds=pause),
            gave_up_at=now if for_good else None,
        )

    async def tidy(self) -> None:
        """Forgets what was done long ago. What failed for good stays."""
        await self._write(_TIDY, before=self._clock.now() - _KEPT)

    async def _write(self, query: Any, **values: Any) -> int:
        async with self._database.transaction() as session:
            return await session.run(query, **values)
