"""Threads for what would hold up the event loop, counted: how many are at work, how many jobs wait for one, how long.

`install()` makes the loop's own executor one of these: `asyncio.to_thread`, and addresses looked up, use that one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from prometheus_client import Gauge, Histogram

_LIMIT = Gauge("mainstay_executor_limit", "Threads at most", ["executor"])
_BUSY = Gauge("mainstay_executor_busy", "Threads at work", ["executor"])
_WAITING = Gauge("mainstay_executor_waiting", "Jobs that wait for a thread", ["executor"])
_WAITED = Histogram(
    "mainstay_executor_wait_seconds",
    "How long a job waited for a thread",
    ["executor"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10),
)
P = ParamSpec("P")
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """A pool of at most so many threads, whose name is a label of its metrics."""

    def __init__(self, name: str, most: int) -> None:
        super().__init__(most, thread_name_prefix=name)
        _LIMIT.labels(name).set(most)
        self._busy, self._waiting, self._waited = _BUSY.labels(name), _WAITING.labels(name), _WAITED.labels(name)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        asked_at = time.perf_counter()

        def work() -> T:
            self._waiting.dec()
            self._waited.observe(time.perf_counter() - asked_at)
            with self._busy.track_inprogress():
                return fn(*args, **kwargs)

        self._waiting.inc()
        try:
            future = super().submit(work)
        except RuntimeError:
            self._waiting.dec()
            raise
        future.add_done_callback(self._given_up)
        return future

    def _given_up(self, future: Future[T]) -> None:
        # Only a job that has not begun can be cancelled.
        if future.cancelled():
            self._waiting.dec()


def install() -> None:
    """Counts what the running loop gives to threads; as many of them as Python itself would take."""
    asyncio.get_running_loop().set_default_executor(Threads("default", min(32, (os.cpu_count() or 1) + 4)))
