"""The one clock. Everything that needs the time asks it, so that a test can move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """Runs with the system's clock, ahead of it by what `move` has added up to."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, by: timedelta) -> None:
        self._ahead += by
        for watcher in self._watchers:
            watcher()

    def on_move(self, watcher: Callable[[], None]) -> None:
        """Calls `watcher` after each move: who sleeps until an instant looks again."""
        self._watchers.append(watcher)


def today(clock: Clock, zone: str) -> date:
    """The date it is now in an IANA zone: what "end of day" means for a person there."""
    return clock.now().astimezone(ZoneInfo(zone)).date()
