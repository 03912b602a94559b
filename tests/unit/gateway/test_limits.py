"""A bucket fills again with time and never beyond its rim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.limits import Buckets
from libs.kit.errors import RateLimited


class Time:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def taken(buckets: Buckets, who: str, times: int) -> int:
    good = 0
    for _ in range(times):
        try:
            buckets.take(who)
        except RateLimited:
            continue
        good += 1
    return good


def test_a_burst_then_the_rate(time: Time) -> None:
    buckets = Buckets("person", rate=10, burst=20)
    assert taken(buckets, "a", 100) == 20
    time.now += 1
    assert taken(buckets, "a", 100) == 10
    time.now += 3600
    assert taken(buckets, "a", 100) == 20


def test_everybody_has_their_own(time: Time) -> None:
    buckets = Buckets("person", rate=1, burst=1)
    assert [taken(buckets, who, 2) for who in "abc"] == [1, 1, 1]


def test_who_is_refused_learns_when_to_come_back(time: Time) -> None:
    buckets = Buckets("person", rate=0.1, burst=1)
    buckets.take("a")
    with pytest.raises(RateLimited) as refused:
        buckets.take("a")
    time.now += refused.value.retry_after_seconds
    buckets.take("a")


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 20)), max_size=30))
def test_no_pattern_of_calls_gets_more_than_burst_and_rate(pattern: list[tuple[float, int]]) -> None:
    clock = Time()
    before, limits.time = limits.time, clock  # type: ignore[attr-defined,assignment]  # as the fixture, within hypothesis
    try:
        buckets, begun, good = Buckets("person", rate=5, burst=10), clock.now, 0
        for pause, times in pattern:
            clock.now += pause
            good += taken(buckets, "a", times)
        assert good <= 10 + 5 * (clock.now - begun) + 1e-6
    finally:
        limits.time = before  # type: ignore[attr-defined]


def test_memory_is_bounded(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST", 10)
    buckets = Buckets("person", rate=1, burst=1)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets._full) <= 10
