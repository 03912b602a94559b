"""Sign-in sessions. The cookie holds a random value, the database its hash; a few seconds' memory spares the query.

What ends a session in another replica is known here within `REMEMBERED` seconds, what ends it here at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, or_, select, update

from gateway.callers import SESSION, Principal
from gateway.tables import sessions
from libs.kit.clock import Clock
from libs.kit.database import Database, prepared

REMEMBERED = 5.0
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
    expires_at: datetime
    last_seen: float
    principal: Principal

    @classmethod
    def of(cls, row: Any) -> Session:
        session_id, signed_in_at = row["session_id"], row["signed_in_at"]
        return cls(
            session_id=session_id,
            account_id=row["account_id"],
            employee_id=row["employee_id"],
            username=row["username"],
            subject=row["subject"],
            id_token=row["id_token"],
            signed_in_at=signed_in_at,
            expires_at=row["expires_at"],
            last_seen=row["last_seen_at"].timestamp(),
            principal=principal_of(session_id, row["username"], signed_in_at),
        )


def principal_of(session_id: UUID, username: str, signed_in_at: datetime) -> Principal:
    return Principal(
        key=f"{session_id}@{int(signed_in_at.timestamp())}",
        username=username,
        use=SESSION,
        session_id=str(session_id),
        signed_in_at=signed_in_at,
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


@dataclass(slots=True)
class _Known:
    session: Session
    until: float
    written: float


_S = sessions.c
_FIND = prepared(select(sessions).where(_S.cookie_hash == bindparam("hash")))
_GET = prepared(select(sessions).where(_S.session_id == bindparam("id")))
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
    def __init__(self, database: Database, clock: Clock, *, idle: timedelta, absolute: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._absolute = absolute
        self.idle = idle
        self._idle_seconds = idle.total_seconds()
        self._known: dict[bytes, _Known] = {}
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
            "last_seen_at": now,
            "expires_at": now + self._absolute,
        }
        async with self._database.transaction() as session:
            await session.run(_ADD, **row)
        return Session.of(row), cookie

    async def renew(self, signed_in: SignedIn) -> str | None:
        """A fresh sign-in in the same session: its new cookie value; the old one opens nothing. None: it has ended."""
        cookie, now = secret(), self._clock.now()
        async with self._database.transaction() as session:
            found = await session.value(
                _RENEW,
                id=signed_in.session_id,
                hash=hashed(cookie.encode()),
                signed_in_at=signed_in.signed_in_at,
                issuer_session=signed_in.issuer_session,
                id_token=signed_in.id_token,
                now=now,
                idle=now - self.idle,
            )
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

    async def find(self, cookie: bytes, *, use: bool = True) -> Session | None:
        """The session a cookie stands for; None when there is none or it has ended. `use=False` does not prolong it."""
        found = self.remembered(cookie) if use else None
        if found is not None:
            return found
        key = hashed(cookie)
        async with self._database.reading() as session:
            row = await session.row(_FIND, hash=key)
        earlier = self._known.pop(key, None)
        if row is None:
            return None
        until = asyncio.get_running_loop().time() + REMEMBERED
        known = _Known(Session.of(row), until, row["last_seen_at"].timestamp())
        if earlier is not None:
            known.session.last_seen = max(known.session.last_seen, earlier.session.last_seen)
            known.written = max(known.written, earlier.written)
        if not self._alive(known.session):
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = known
        return self._used(known) if use else known.session

    async def get(self, session_id: UUID) -> Session | None:
        """By id, for a stream that looks whether it may go on. Does not prolong it."""
        async with self._database.reading() as session:
            row = await session.row(_GET, id=session_id)
        found = Session.of(row) if row is not None else None
        return found if found is not None and self._alive(found) else None

    def idle_expires_at(self, session: Session) -> datetime:
        return datetime.fromtimestamp(session.last_seen, UTC) + self.idle

    async def end(self, session_id: UUID) -> None:
        self.forget(session_id)
        async with self._database.transaction() as session:
            await session.run(_END, id=session_id)

    async def end_of(self, *, subject: str = "", issuer_session: str = "") -> list[UUID]:
        """Ends the sessions of a person, or of one session of the issuer's, and returns them."""
        if not subject and not issuer_session:
            return []
        async with self._database.transaction() as session:
            rows = await session.rows(_END_OF, subject=subject, issuer_session=issuer_session)
        ended = [row["session_id"] for row in rows]
        for session_id in ended:
            self.forget(session_id)
        return ended

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
        self._known = {key: known for key, known in self._known.items() if known.until > moment}

    async def settled(self) -> None:
        """Waits for writes under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _drop(self, concerned: Any) -> None:
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
            task = asyncio.get_running_loop().create_task(self._write(known.session.session_id, now))
            self._tasks.add(task)
            task.add_done_callback(self._written)
        return known.session

    async def _write(self, session_id: UUID, at: datetime) -> None:
        async with self._database.transaction() as session:
            await session.run(_SEEN, id=session_id, at=at)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # A failed write costs the person at most a minute of idle time; the next use tries again.
        if not task.cancelled():
            task.exception()
