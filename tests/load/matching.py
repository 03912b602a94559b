"""A million profiles ranked for one post of ten requirements, with reasons for the top 50, beside NumPy's own sum:

    python -m tests.load.matching [people] [rounds]

Each round sums the post's columns once and then ranks, so that both meet the machine in the same state; the ratio is
of the medians. Then 100 rankings at once on as many threads as there are cores, with the worst wait of an event loop
beside them (it sleeps a millisecond at a time), and the same wait while nothing else is done.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from statistics import median
from uuid import UUID

import numpy as np

from services.talent.matching.columns import Columns, Entries, day_number
from services.talent.matching.inputs import (
    Catalogue,
    Direction,
    IndicatorRequirement,
    Name,
    Post,
    Relation,
    RelationKind,
    Requirement,
    Skill,
    SkillRequirement,
)
from services.talent.matching.model import Key, Pace, Source
from services.talent.matching.search import rank

ON = date(2026, 11, 23)
TOP = 50
AT_ONCE = 100
WORD = Name("项", "item")
SKILLS = [f"skill-{number}" for number in range(10)]
RATES = [f"rate-{number}" for number in range(3)]
PERCENT = [Decimal(number) / 100 for number in range(101)]
TAUGHT = [Skill(key, Decimal(2), (WORD,)) for key in SKILLS]


def crowd(people: int) -> Columns:
    """Everybody with ten skills and three rates, one in seven of them unknown."""
    chance = np.random.default_rng(7)
    columns = Columns()

    def entries(held: object) -> Entries:
        source = chance.integers(min(Source), max(Source) + 1, people, np.uint8)
        day = chance.integers(day_number(ON) - 2000, day_number(ON), people, np.uint16)
        return Entries(source, day, held)  # type: ignore[arg-type]

    ids = [UUID(int=number) for number in range(1, people + 1)]
    levels: dict[Key, Entries] = {key: entries(chance.integers(-1, 6, people, np.int8)) for key in SKILLS}
    drawn = {key: chance.integers(-16, len(PERCENT), people).tolist() for key in RATES}
    values: dict[Key, Entries] = {
        key: entries([PERCENT[one] if one >= 0 else None for one in of]) for key, of in drawn.items()
    }
    columns.load(ids, levels, values, chance.integers(0, len(Pace), people, np.uint8))
    return columns


def required(key: str, number: int) -> SkillRequirement:
    return SkillRequirement(key, WORD, 5 + number, must=number < 3, level=2 + number % 4)


def rate(key: str, number: int) -> IndicatorRequirement:
    return IndicatorRequirement(
        key, WORD, 10, number == 0, Direction.AT_LEAST, Decimal("0.9"), Decimal("0.05"), SKILLS[0]
    )


RELATED = [Relation(SKILLS[8], SKILLS[0], RelationKind.BROADER), Relation(SKILLS[9], SKILLS[1], RelationKind.CLOSE, 8)]
TEN: list[Requirement] = [required(key, number) for number, key in enumerate(SKILLS)]
MIXED: list[Requirement] = [*TEN[:7], *(rate(key, number) for number, key in enumerate(RATES))]
POSTS = {
    "ten skills": (Post(UUID(int=1), TEN), Catalogue(TAUGHT)),
    "seven skills, three rates": (Post(UUID(int=1), MIXED), Catalogue(TAUGHT)),
    "ten, two of them with related skills": (Post(UUID(int=1), TEN), Catalogue(TAUGHT, RELATED)),
}


def whole(columns: Columns, key: str) -> np.ndarray[tuple[int], np.dtype[np.unsignedinteger]]:
    """A column as one array, which is what NumPy sums fastest."""
    column = columns.indicator(key) if key in RATES else columns.skill(key)
    pieces = [column.chunk(number).code for number in range(-(-len(columns) // len(column.chunk(0).code)))]
    return np.concatenate(pieces)[: len(columns)]


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def beside_sums(columns: Columns, name: str, rounds: int) -> None:
    post, catalogue = POSTS[name]
    arrays = [whole(columns, str(one.key)) for one in post.requirements]
    sums, narrow, ranks = [], [], []
    for _ in range(rounds):
        sums.append(seconds(lambda: [array.sum() for array in arrays]))
        narrow.append(seconds(lambda: [array.sum(dtype=np.uint32) for array in arrays]))
        ranks.append(seconds(lambda: rank(columns, post, catalogue, on=ON, top=TOP)))
    ours, theirs = median(ranks), median(sums)
    print(
        f"{name}: ranked with {TOP} reports in {ours * 1e3:.1f} ms (best {min(ranks) * 1e3:.1f}), "
        f"sum {theirs * 1e3:.1f} ms (best {min(sums) * 1e3:.1f}): ratio {ours / theirs:.2f}, "
        f"of the best {min(ranks) / min(sums):.2f}; against sums in 32 bits ({min(narrow) * 1e3:.1f} ms) "
        f"{min(ranks) / min(narrow):.2f}"
    )


async def stalls(stop: asyncio.Event) -> list[float]:
    """How much longer than a millisecond each sleep of a millisecond took."""
    found = []
    while not stop.is_set():
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        found.append(time.perf_counter() - started - 0.001)
    return found


async def many_at_once(columns: Columns) -> None:
    post, catalogue = POSTS["ten skills"]
    loop = asyncio.get_running_loop()
    for many in (0, AT_ONCE):
        stop = asyncio.Event()
        watched = asyncio.create_task(stalls(stop))
        started = time.perf_counter()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            work = [
                loop.run_in_executor(pool, lambda: rank(columns, post, catalogue, on=ON, top=TOP)) for _ in range(many)
            ]
            await (asyncio.gather(*work) if work else asyncio.sleep(1))
        took = time.perf_counter() - started
        stop.set()
        waits = sorted(await watched)
        print(
            f"{many} rankings at once took {took:.2f} s; an event loop waited at most {waits[-1] * 1e3:.1f} ms, "
            f"p99 {waits[int(len(waits) * 0.99)] * 1e3:.1f} ms of {len(waits)} looks"
        )


def resident() -> float:
    """MiB that the process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a line of the kernel's
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main(people: int, rounds: int) -> None:
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, NumPy {np.__version__}")
    before = resident()
    columns = crowd(people)
    columns.rows([])
    print(f"{len(columns):,} people: {resident():.0f} MiB resident, {before:.0f} before anybody was loaded")
    for name in POSTS:
        beside_sums(columns, name, rounds)
    asyncio.run(many_at_once(columns))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 51)
