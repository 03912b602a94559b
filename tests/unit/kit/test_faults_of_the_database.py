"""What a database that is away does to a call is said as such, with advice to try again, and never as our mistake."""

from __future__ import annotations

import asyncpg
import pytest

from libs.kit.errors import DeadlinePassed, InternalError, TemporarilyUnavailable
from libs.kit.rpc.status import fault_of

AWAY = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.OutOfMemoryError,
    asyncpg.PostgresIOError,
    ConnectionResetError,
    OSError,
)


@pytest.mark.parametrize("kind", AWAY)
def test_a_database_that_is_away_is_a_reason_to_try_again(kind: type[Exception]) -> None:
    assert isinstance(fault_of(kind("gone"), "r"), TemporarilyUnavailable)


def test_a_statement_that_took_too_long_is_not_an_outage() -> None:
    assert isinstance(fault_of(asyncpg.QueryCanceledError("late"), "r"), DeadlinePassed)


@pytest.mark.parametrize("kind", [asyncpg.UniqueViolationError, asyncpg.UndefinedColumnError, ValueError])
def test_a_mistake_of_ours_stays_one(kind: type[Exception]) -> None:
    assert isinstance(fault_of(kind("ours"), "r"), InternalError)
