"""Sign-in sessions. The cookie holds a random value, the database its hash; a second's memory spares most queries.

What ends a session here is known here at once. What ends it in another replica is known here within `REMEMBERED`, one
second: that is the longest an ended session lives anywhere, for calls and for event streams alike.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from gateway.callers import SESSION, Principal
from gateway.metrics import SESSION_LOOKUPS, SESSIONS, SESSIONS_ENDED
from gateway.tables import sessions
from libs.kit.clock import Clock
from libs.kit.database import Database, prepared
from libs.kit.database import Session as Unit

# Telling the other replicas would be quicker, and a second way to be wrong: a notification that is lost has to be
# caught by a short memory all the same. A look-up by the cookie's hash takes 0.3 ms, once a second per session in use;
# the sessions of 2,000 open streams are looked at together in 2.7 ms.
REMEMBERED = 1.0
# A cookie that was good so recently is no stranger's.
_ACQUAINTED = 600.0
# The instant of last use is written at most this often.
_WRITE_EVERY = 60.0
_MOST = 50_000


@dataclass(slots=True)
class Session:
    """A person signed in."""

    session_id: UUID
    account_id: UUID
    employee_id: UUID | None
    username: str
    subject: str
    id_token: bytes
    signed_in_at: datetime
    # The last sign-in at the level a step-up asks for; None: none in this session.
    full_sign_in_at: datetime | None
    expires_at: datetime
    last_seen: float
    principal: Principal

    @classmethod
    def of(cls, row: Any) -> Session:
        session_id, full = row["session_id"], row["full_sign_in_at"]
        return cls(
            session_id=session_id,
            account_id=row["account_id"],
            employee_id=row["employee_id"],
            username=row["username"],
            subject=row["subject"],
            id_token=row["id_token"],
            signed_in_at=row["signed_in_at"],
            full_sign_in_at=full,
            expires_at=row["expires_at"],
            last_seen=row["last_seen_at"].timestamp(),
            principal=principal_of(session_id, row["username"], full),
        )


def principal_of(session_id: UUID, username: str, full_sign_in_at: datetime | None) -> Principal:
    return Principal(
        key=f"{session_id}@{int(full_sign_in_at.timestamp()) if full_sign_in_at else 0}",
        username=username,
        use=SESSION,
        session_id=str(session_id),
        signed_in_at=full_sign_in_at,
        counted_as=f"session:{session_id}",
    )


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the issuer said of a person, with the account that identity knows them by."""

    session_id: UUID
    account_id: UUID
    employee_id: UUID | None
    username: str
    subject: str
    issuer_session: str
    id_token: bytes
    signed_in_at: datetime
    full_sign_in_at: datetime | None


@dataclass(slots=True)
class _Known:
    session: Session
    until: float
    written: float


_S = sessions.c
_FIND = prepared(select(sessions).where(_S.cookie_hash == bindparam("hash")))
_GET = prepared(select(sessions).where(_S.session_id == bindparam("id")))
_LIVING = prepared(
    select(_S.session_id).where(
        _S.session_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        _S.expires_at > bindparam("now"),
        _S.last_seen_at > bindparam("idle"),
    )
)
_ADD = prepared(insert(sessions))
_SEEN = prepared(
    update(sessions)
    .where(_S.session_id == bindparam("id"), _S.last_seen_at < bindparam("at"))
    .values(last_seen_at=bindparam("at"))
)
_RENEW = prepared(
    update(sessions)
    .where(_S.session_id == bindparam("id"), _S.expires_at > bindparam("now"), _S.last_seen_at > bindparam("idle"))
    .values(
        cookie_hash=bindparam("hash"),
        signed_in_at=bindparam("signed_in_at"),
        full_sign_in_at=bindparam("full_sign_in_at"),
        last_seen_at=bindparam("now"),
        issuer_session=bindparam("issuer_session"),
        id_token=bindparam("id_token"),
    )
    .returning(_S.session_id)
)
_END = prepared(delete(sessions).where(_S.session_id == bindparam("id")))
_END_OF = prepared(
    delete(sessions)
    .where(
        or_(_S.issuer_session == bindparam("issuer_session"), bindparam("issuer_session") == ""),
        or_(_S.subject == bindparam("subject"), bindparam("subject") == ""),
    )
    .returning(_S.session_id)
)
_FORGET = prepared(delete(sessions).where(or_(_S.expires_at <= bindparam("now"), _S.last_seen_at <= bindparam("idle"))))


def hashed(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def secret() -> str:
    """256 random bits, for a cookie or an address."""
    return secrets.token_urlsafe(32)


class Sessions:
    """`on_end` hears of each session that ends here, once that is certain."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        idle: timedelta,
        absolute: timedelta,
        on_end: Callable[[UUID], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._absolute = absolute
        self.idle = idle
        self._idle_seconds = idle.total_seconds()
        self._on_end = on_end
        self._known: dict[bytes, _Known] = {}
        # Uses on their way into the database: what is remembered may be forgotten before they are there.
        self._unwritten: dict[UUID, float] = {}
        # Moves whenever something known may have become wrong: what was read before that is not remembered.
        self._turn = 0
        SESSIONS.set_function(lambda: len(self._known))
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, signed_in: SignedIn) -> tuple[Session, str]:
        """A new session, and the value its cookie must hold."""
        cookie, now = secret(), self._clock.now()
        row = {
            "session_id": signed_in.session_id,
            "cookie_hash": hashed(cookie.encode()),
            "account_id": signed_in.account_id,
            "employee_id": signed_in.employee_id,
            "username": signed_in.username,
            "subject": signed_in.subject,
            "issuer_session": signed_in.issuer_session,
            "id_token": signed_in.id_token,
            "signed_in_at": signed_in.signed_in_at,
            "full_sign_in_at": signed_in.full_sign_in_at,
            "last_seen_at": now,
            "expires_at": now + self._absolute,
        }
        async with self._database.transaction() as session:
            await session.run(_ADD, **row)
        return Session.of(row), cookie

    async def renew(self, signed_in: SignedIn) -> str | None:
        """A fresh sign-in in the same session: its new cookie value; the old one opens nothing. None: it has ended."""
        cookie, now = secret(), self._clock.now()
        try:
            async with self._database.transaction() as session:
                found = await session.value(
                    _RENEW,
                    id=signed_in.session_id,
                    hash=hashed(cookie.encode()),
                    signed_in_at=signed_in.signed_in_at,
                    full_sign_in_at=signed_in.full_sign_in_at,
                    issuer_session=signed_in.issuer_session,
                    id_token=signed_in.id_token,
                    now=now,
                    idle=now - self.idle,
                )
        finally:
            self.forget(signed_in.session_id)
        return cookie if found else None

    def remembered(self, cookie: bytes, *, use: bool = True) -> Session | None:
        """The session, when it was looked up a moment ago and has not ended."""
        known = self._known.get(hashed(cookie))
        if known is None or known.until <= asyncio.get_running_loop().time():
            return None
        if not self._alive(known.session):
            return None
        return self._used(known) if use else known.session

    def acquainted(self, cookie: bytes) -> bool:
        """Whether the cookie was good a while ago: whoever comes with it is looked up, but counted as no stranger."""
        known = self._known.get(hashed(cookie))
        return known is not None and known.until > asyncio.get_running_loop().time() - _ACQUAINTED

    async def find(self, cookie: bytes, *, use: bool = True) -> Session | None:
        """The session a cookie stands for; None when there is none or it has ended. `use=False` does not prolong it."""
        found = self.remembered(cookie) if use else None
        if found is not None:
            return found
        SESSION_LOOKUPS.inc()
        key, turn = hashed(cookie), self._turn
        async with self._database.reading() as session:
            row = await session.row(_FIND, hash=key)
        earlier = self._known.pop(key, None)
        if row is None:
            return None
        until = asyncio.get_running_loop().time() + REMEMBERED
        known = _Known(Session.of(row), until, row["last_seen_at"].timestamp())
        known.session.last_seen = max(known.session.last_seen, self._unwritten.get(known.session.session_id, 0.0))
        if earlier is not None:
            known.session.last_seen = max(known.session.last_seen, earlier.session.last_seen)
            known.written = max(known.written, earlier.written)
        if not self._alive(known.session):
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        if turn == self._turn:
            self._known[key] = known
        return self._used(known) if use else known.session

    async def living(self, session_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Those of some sessions that have not ended, in one query. Does not prolong them."""
        now = self._clock.now()
        async with self._database.reading() as session:
            rows = await session.rows(_LIVING, ids=list(session_ids), now=now, idle=now - self.idle)
        return frozenset(row["session_id"] for row in rows)

    async def get(self, session_id: UUID) -> Session | None:
        """By id. Does not prolong it."""
        async with self._database.reading() as session:
            row = await session.row(_GET, id=session_id)
        found = Session.of(row) if row is not None else None
        return found if found is not None and self._alive(found) else None

    def idle_expires_at(self, session: Session) -> datetime:
        return datetime.fromtimestamp(session.last_seen, UTC) + self.idle

    async def end(self, session_id: UUID, why: str) -> None:
        """Ends it. `why` is a word of `SESSIONS_ENDED`. What is remembered of it goes whatever comes of the commit."""
        try:
            async with self._database.transaction() as session:
                ended = await session.run(_END, id=session_id)
        finally:
            self._ended([session_id])
        SESSIONS_ENDED.labels(why).inc(ended)

    async def end_of(self, unit: Unit, *, subject: str = "", issuer_session: str = "") -> list[UUID]:
        """Ends the sessions of a person, or of one session of the issuer's, with a transaction; `settle` them after."""
        if not subject and not issuer_session:
            return []
        rows = await unit.rows(_END_OF, subject=subject, issuer_session=issuer_session)
        return [row["session_id"] for row in rows]

    def settle(self, ended: Sequence[UUID]) -> None:
        """These have ended, and the transaction that did it has been committed."""
        self._ended(ended)
        SESSIONS_ENDED.labels("issuer").inc(len(ended))

    def _ended(self, session_ids: Iterable[UUID]) -> None:
        for session_id in session_ids:
            self.forget(session_id)
            if self._on_end:
                self._on_end(session_id)

    def forget(self, session_id: UUID) -> None:
        """Asks the database next time."""
        self._drop(lambda session: session.session_id == session_id)

    def forget_account(self, account_id: UUID) -> None:
        self._drop(lambda session: session.account_id == account_id)

    async def tidy(self) -> None:
        """Deletes what has ended."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            await session.run(_FORGET, now=now, idle=now - self.idle)
        moment = asyncio.get_running_loop().time()
        self._known = {key: known for key, known in self._known.items() if known.until > moment - _ACQUAINTED}

    async def settled(self) -> None:
        """Waits for writes under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _drop(self, concerned: Callable[[Session], bool]) -> None:
        self._turn += 1
        for key in [key for key, known in self._known.items() if concerned(known.session)]:
            del self._known[key]

    def _alive(self, session: Session) -> bool:
        now = self._clock.now()
        return now < session.expires_at and now.timestamp() - session.last_seen < self._idle_seconds

    def _used(self, known: _Known) -> Session:
        now = self._clock.now()
        known.session.last_seen = moment = now.timestamp()
        if moment - known.written >= _WRITE_EVERY:
            known.written = moment
            self._unwritten[known.session.session_id] = moment
            task = asyncio.get_running_loop().create_task(self._write(known.session.session_id, now))
            self._tasks.add(task)
            task.add_done_callback(self._written)
        return known.session

    async def _write(self, session_id: UUID, at: datetime) -> None:
        try:
            async with self._database.transaction() as session:
                await session.run(_SEEN, id=session_id, at=at)
        finally:
            # Unless a later use is on its way too.
            if self._unwritten.get(session_id) == at.timestamp():
                del self._unwritten[session_id]

    def _written(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # A failed write costs the person at most a minute of idle time; the next use tries again.
        if not task.cancelled():
            task.exception()
