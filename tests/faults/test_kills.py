"""Processes killed with SIGKILL at named points on real PostgreSQL and Kafka: nothing lost, doubled or out of order.

`MAINSTAY_FAULT_EVENTS` and `MAINSTAY_FAULT_KILLS` make it long: `make faults` kills two hundred times and more while a
million events flow. Each law has a mistake planted beside it that must break it.
"""

from __future__ import annotations

import math
import os

import pytest

from tests.support.crash import POINTS, Outcome, Task, crash
from tests.support.kafka import KafkaPlace

EVENTS = int(os.environ.get("MAINSTAY_FAULT_EVENTS", "20000"))
KILLS = int(os.environ.get("MAINSTAY_FAULT_KILLS", "12"))
_POINTS = sum(map(len, POINTS.values()))
# The slowest machine it was tried on did 1,500 events a second and a kill in two.
_SECONDS = 60 + EVENTS / 500 + KILLS * 6


async def few(mistake: str, point: str, url: str, place: KafkaPlace) -> Outcome:
    outcome = await crash(Task(1500, 2, 120, (point,), ("writes", "applies"), mistake, patience=6), url, place)
    print(f"\n{mistake}: {outcome.line()}")
    return outcome


@pytest.mark.timeout(_SECONDS + 60)
async def test_kills_lose_double_and_disorder_nothing(kit_url: str, own_kafka: KafkaPlace) -> None:
    # A broker of its own: what reads the topic after it, from the beginning, would pass over a million events first.
    outcome = await crash(Task(EVENTS, math.ceil(KILLS / _POINTS), _SECONDS), kit_url, own_kafka)
    print(f"\n{outcome.line()}")
    assert outcome.recorded >= EVENTS
    assert outcome.kills.total() >= KILLS
    assert (outcome.lost, outcome.doubled, outcome.disorder, outcome.invented) == (0, 0, 0, 0)
    assert outcome.unpublished == 0


async def test_mistake_marking_before_publishing_loses_events(kit_url: str, kafka: KafkaPlace) -> None:
    assert (await few("MarksFirst", "after_commit_before_publish", kit_url, kafka)).lost


async def test_mistake_without_an_inbox_effects_are_doubled(kit_url: str, kafka: KafkaPlace) -> None:
    assert (await few("HasNoInbox", "after_handling_before_offset_commit", kit_url, kafka)).doubled


async def test_mistake_committing_offsets_first_loses_events(kit_url: str, kafka: KafkaPlace) -> None:
    assert (await few("CommitsFirst", "before_effect_commit", kit_url, kafka)).lost
