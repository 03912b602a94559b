"""What tests of consumers and deadlines hand to handlers in the place of a service's own calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.kit.consumer import OpenUnit
from libs.kit.database import Database, Session


@dataclass
class Unit:
    db: Session
    trace: str = ""


def units(database: Database) -> OpenUnit:
    @asynccontextmanager
    async def unit(*, request_id: str = "", trace: str = "") -> AsyncIterator[Unit]:
        async with database.transaction() as session:
            yield Unit(session, trace)

    return unit
