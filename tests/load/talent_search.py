"""How fast the best people for a post are found, and whether others wait for it: `python -m tests.load.talent_search`.

A fresh PostgreSQL with made-up people (100,000 unless said otherwise) of ten entries each, all in the memory of one
process; a post of ten requirements; a hundred callers at once, for the whole company and for a part of it, while one
more caller asks for something small again and again. No gateway: calls go through the service's edge.
"""

from __future__ import annotations

import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from libs.kit import directory
from libs.kit.access.scopes import Scope
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.migrate import migrate
from libs.kit.postgres import PostgresServer
from libs.kit.tables import directory_people
from mainstay.employees.v1 import events_pb2
from mainstay.talent.v1 import matching_pb2, pools_pb2, profiles_pb2, skills_pb2
from services.talent import memory
from services.talent.memory import Memory
from services.talent.service import METHODS
from services.talent.tables import entries, job_profiles, posts, profiles, skills
from tests.support.passports import Gate

SKILLS, REQUIRED, UNITS = 60, 10, 100
CALLERS, ROUNDS = 100, 3
BATCH = 5_000
EVERYTHING = {name: (Scope("all"),) for name in ("talent.match.search", "talent.profile.read", "talent.pool.read")}


class Company:
    """What the measurement is made on."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.gate = Gate(database, METHODS, service="talent")
        self.post_id = uuid7()
        self.units = [uuid7() for _ in range(UNITS + 1)]
        self.skills = [uuid7() for _ in range(SKILLS)]

    @property
    def today(self) -> date:
        return self.gate.house.today()

    async def build(self, people: int) -> None:
        """A company of a hundred units below one roof, and a post that asks for ten skills."""
        async with self.database.transaction() as db:
            for number, unit_id in enumerate(self.units):
                parent = str(self.units[0]) if number else ""
                code = f"U{number}"
                await directory.place_unit(
                    db,
                    events_pb2.UnitPlaced(unit_id=str(unit_id), parent_id=parent, open=True, code=code, name=code),
                )
            for number, skill_id in enumerate(self.skills):
                await db.run(insert(skills).values(self.skill(skill_id, number)))
            await db.run(
                insert(posts).values(
                    post_id=self.post_id,
                    code="P",
                    title="P",
                    unit_id=self.units[1],
                    headcount=1,
                    opened_on=self.today,
                )
            )
            requirements = [self.requirement(number) for number in range(REQUIRED)]
            await db.run(
                insert(job_profiles).values(
                    post_id=self.post_id, number=1, starts_on=self.today, requirements=requirements, conditions=[]
                )
            )
        chance = random.Random(7)
        for start in range(0, people, BATCH):
            await self.add([uuid7() for _ in range(min(BATCH, people - start))], chance)
        async with self.database.transaction() as db:
            await db.run(text("ANALYZE"))

    def skill(self, skill_id: UUID, number: int) -> dict[str, Any]:
        return {
            "skill_id": skill_id,
            "code": f"s{number}",
            "kind": skills_pb2.SKILL_KIND_SKILL,
            "name": f"能力{number}",
            "tenth_months_per_level": 15,
            "taught_by": ["课程"],
            "source": skills_pb2.SKILL_SOURCE_OWN,
        }

    def requirement(self, number: int) -> dict[str, Any]:
        return {
            "requirement_id": str(uuid7()),
            "skill_id": str(self.skills[number]),
            "level": 3 + number % 2,
            "must": number < 3,
            "weight": 100 // REQUIRED,
        }

    async def add(self, ids: Sequence[UUID], chance: random.Random) -> None:
        async with self.database.transaction() as db:
            placed = ([one, str(one), chance.choice(self.units[1:]), True] for one in ids)
            await db.copy(directory_people, ["employee_id", "number", "unit_id", "employed"], placed)
            refused = ([one, chance.random() < 0.01] for one in ids)
            await db.copy(profiles, ["employee_id", "automated_use_refused"], refused)
            columns = ["entry_id", "employee_id", "kind", "skill_id", "level", "source", "observed_on"]
            await db.copy(entries, columns, [row for one in ids for row in self.entries(one, chance)])

    def entries(self, employee_id: UUID, chance: random.Random) -> list[list[Any]]:
        """Ten skills of sixty, of the ten required more often than of others."""
        wanted = chance.sample(range(REQUIRED), 6) + chance.sample(range(REQUIRED, SKILLS), 4)
        return [
            [
                uuid7(),
                employee_id,
                profiles_pb2.ENTRY_KIND_SKILL,
                self.skills[number],
                chance.randrange(6),
                chance.randrange(1, 6),
                self.today - timedelta(days=chance.randrange(2000)),
            ]
            for number in wanted
        ]

    async def search(self, scope: str) -> float:
        """Seconds that one search took."""
        held = EVERYTHING | {"talent.match.search": (Scope.parse(scope),)}
        request = matching_pb2.FindPeopleRequest(post_id=str(self.post_id))
        began = time.perf_counter()
        found = await self.gate.call("MatchService.FindPeople", request, self.gate.passport(held))
        assert len(found.reports) == 20
        return time.perf_counter() - began

    async def ask_little(self) -> float:
        began = time.perf_counter()
        await self.gate.call("PoolService.ListPools", pools_pb2.ListPoolsRequest(), self.gate.passport(EVERYTHING))
        return time.perf_counter() - began


async def measure(company: Company, scope: str) -> None:
    """A hundred callers at once, three times each, and one who asks for little every 5 ms."""
    little: list[float] = []
    done = asyncio.Event()

    async def ask() -> None:
        while not done.is_set():
            little.append(await company.ask_little())
            await asyncio.sleep(0.005)

    async def call() -> list[float]:
        return [await company.search(scope) for _ in range(ROUNDS)]

    asking = asyncio.create_task(ask())
    began = time.perf_counter()
    took = [one for many in await asyncio.gather(*(call() for _ in range(CALLERS))) for one in many]
    whole = time.perf_counter() - began
    done.set()
    await asking
    print(
        f"  {len(took) / whole:.1f} searches a second; each p50 {_ms(took, 0.5)}, p99 {_ms(took, 0.99)}; "
        f"small calls meanwhile p50 {_ms(little, 0.5)}, p99 {_ms(little, 0.99)}, worst {_ms(little, 1)}"
    )


def _ms(seconds: Sequence[float], part: float) -> str:
    ranked = sorted(seconds)
    return f"{ranked[min(int(len(ranked) * part), len(ranked) - 1)] * 1000:.1f} ms"


async def run(database: Database, people: int) -> None:
    company = Company(database)
    began = time.perf_counter()
    await company.build(people)
    print(f"{people} people with {people * 10} entries written in {time.perf_counter() - began:.1f} s")
    known = Memory()
    company.gate.house.add(known)
    before = _resident()
    began = time.perf_counter()
    await memory.load(company.gate.house, known)
    took, after = time.perf_counter() - began, _resident()
    print(f"loaded in {took:.1f} s, {after - before} MB more resident, {after} MB in all")
    alone = [await company.ask_little() for _ in range(200)]
    print(f"small calls alone: p50 {_ms(alone, 0.5)}, p99 {_ms(alone, 0.99)}, worst {_ms(alone, 1)}")
    scopes = {"whole company": "all", "a unit with all below it": f"unit:{company.units[0]}"}
    scopes["a unit of a hundredth"] = f"unit:{company.units[1]}"
    for name, scope in scopes.items():
        single = [await company.search(scope) for _ in range(10)]
        print(f"{name}: one alone {statistics.median(single) * 1000:.1f} ms; {CALLERS} at once:")
        await measure(company, scope)


def _resident() -> int:
    """Largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def measure_on(server: PostgresServer, people: int) -> None:
    server.ensure_databases(["talent"])
    url = server.url("talent")
    await migrate("talent", url)
    database = Database(url)
    await database.open()
    try:
        await run(database, people)
    finally:
        await database.close()


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="mainstay-load-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder) / "postgres", dies_with_parent=True)
        server.start()
        try:
            asyncio.run(measure_on(server, people))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
