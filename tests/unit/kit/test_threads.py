"""What is given to threads is counted: at work, waiting, and how long it waited."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import wait

import pytest
from prometheus_client import REGISTRY

from libs.kit import threads
from libs.kit.threads import Threads


def figure(name: str, executor: str) -> float | None:
    return REGISTRY.get_sample_value(f"mainstay_executor_{name}", {"executor": executor})


@pytest.fixture
def narrow() -> Iterator[Threads]:
    with Threads("narrow", 1) as pool:
        yield pool


def test_jobs_at_work_and_jobs_that_wait_are_told_apart(narrow: Threads) -> None:
    begun, enough = threading.Event(), threading.Event()
    waited_before = figure("wait_seconds_count", "narrow") or 0

    def work() -> bool:
        begun.set()
        return enough.wait(10)

    first, second = narrow.submit(work), narrow.submit(work)
    assert begun.wait(10)
    assert (figure("limit", "narrow"), figure("busy", "narrow"), figure("waiting", "narrow")) == (1, 1, 1)
    enough.set()
    assert first.result(10)
    assert second.result(10)
    assert (figure("busy", "narrow"), figure("waiting", "narrow")) == (0, 0)
    assert figure("wait_seconds_count", "narrow") == waited_before + 2


def test_a_job_that_is_given_up_waits_no_longer(narrow: Threads) -> None:
    enough = threading.Event()
    first, second = narrow.submit(enough.wait, 10), narrow.submit(print)
    assert second.cancel()
    assert figure("waiting", "narrow") == 0
    enough.set()
    wait([first], 10)


def test_a_job_that_fails_frees_its_place_and_says_why(narrow: Threads) -> None:
    with pytest.raises(ZeroDivisionError):
        narrow.submit(lambda: 1 // 0).result(10)
    assert figure("busy", "narrow") == 0


def test_a_closed_pool_keeps_nobody_waiting() -> None:
    pool = Threads("closed", 1)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(print)
    assert figure("waiting", "closed") == 0


async def test_the_loops_own_threads_are_counted() -> None:
    threads.install()
    waited_before = figure("wait_seconds_count", "default") or 0
    assert await asyncio.to_thread(lambda: figure("busy", "default")) == 1
    assert figure("wait_seconds_count", "default") == waited_before + 1
