"""What one process of many does at a time: whose turn it is, is a lock that goes with a connection to the database.

    async with turn(database, "identity.feed") as session:
        if session is not None:
            ...    # nobody else does it meanwhile

A process that dies, or loses its connection, loses its turn as soon as PostgreSQL notices; `libs.kit.database` sees to
it that this takes seconds. Whoever must not go on without the turn asks something of the session it was given now and
then: that fails once the connection is gone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from libs.kit.database import Database, Session, prepared

_TAKE = prepared(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 7))"))
_LEAVE = prepared(text("SELECT pg_advisory_unlock(hashtextextended(:name, 7))"))


@asynccontextmanager
async def turn(database: Database, name: str) -> AsyncIterator[Session | None]:
    """The session on whose connection the turn hangs, until the end of the block; None while another has it.

    `name` begins with the service's. Keeps a connection of the pool for as long, with or without the turn.
    """
    async with database.reading() as session:
        if not await session.value(_TAKE, name=name):
            yield None
            return
        try:
            yield session
        finally:
            await session.value(_LEAVE, name=name)
