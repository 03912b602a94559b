"""Who a person is beside what a job profile asks for changes nothing: 10,000 people, all else flipped, no difference.

Talent stores neither sex nor age nor marital state, so there is nothing of these to flip; what could carry them, or a
relationship or a referrer, is every other thing it stores of a person: names of entries that are not asked for, words,
numbers, managers, units, wishes, risks, pools, posts held, cases with their relations.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Uuid, bindparam, text

from libs.kit.ids import uuid7
from libs.kit.tables import directory_people
from mainstay.talent.v1 import jobs_pb2, matching_pb2, profiles_pb2
from services.talent import memory
from services.talent.memory import Memory
from services.talent.tables import cases, entries, pool_members, posts_held, profiles, risks
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk

PEOPLE = 10_000
PAGE = 50
# All that is stored of a person and is no part of what a match is given.
FLIPS = (
    (
        "UPDATE directory_people SET number = 'X' || number, unit_id = :unit, post_id = :post, manager_id = :boss,"
        " chain = ARRAY[CAST(:boss AS uuid)], dotted = ARRAY[CAST(:boss AS uuid)]"
    ),
    (
        "UPDATE profiles SET shift = 3 - shift, shift_firm = NOT shift_firm, place = place || '外',"
        " place_firm = NOT place_firm, families = families || '{亲属}', mobile = NOT mobile, words = '\\x02',"
        " said_at = now(), version = version + 1"
    ),
    (
        "UPDATE entries SET evidence = '\\x03', recorded_by = :boss, recorded_at = now(), contested = '\\x04',"
        " contested_at = now(), contest_answer = '\\x05', answered_by = :boss, answered_at = now(),"
        " title_en = title_en || 'x', scale = scale || 'x'"
    ),
    # Awards and reviews, which this job profile does not ask for, become others'.
    "UPDATE entries SET title = title || '其他', value = 5 - value, level = 5 - level WHERE kind IN (3, 4)",
    "UPDATE entries SET level = 6 - level WHERE kind = 5 AND potential = 2",
    "UPDATE risks SET likelihood = '\\x06', impact = '\\x07', reason = '\\x08', rated_by = :boss",
    "UPDATE posts_held SET post_id = :post, unit_id = :unit, starts_on = starts_on - 4000",
    "UPDATE pool_members SET kept_out = NOT kept_out, by_rule = NOT by_rule, added_by = :boss, reason = '\\x09'",
    (
        "UPDATE cases SET relation = '\\x0a', related_employee_id = :boss, reason = '\\x0b', opened_by = :boss,"
        " score_hundredths = 10000 - score_hundredths, outcome = 5 - outcome"
    ),
)


async def test_flipping_what_a_match_is_not_given_changes_nothing(desk: Desk) -> None:
    post, skills = await asked_for(desk)
    await people(desk, post, skills)
    before = await everybody(desk, post)
    assert len(before) == PEOPLE
    # The people do differ, so that a difference could show.
    assert len({one.score_hundredths for one in before}) > 100
    assert {one.outcome for one in before} == {1, 2, 3, 4}
    others = {"unit": UUID(await desk.unit("OTHER")), "post": UUID(post), "boss": uuid7()}
    async with desk.database.transaction() as db:
        for flip in FLIPS:
            values = {name: value for name, value in others.items() if f":{name}" in flip}
            await db.run(text(flip).bindparams(*(bindparam(name, type_=Uuid) for name in values)), **values)
    after = await everybody(desk, post)
    assert [one.employee_id for one in after] == [one.employee_id for one in before]
    assert sum(bare(one) != bare(other) for one, other in zip(before, after, strict=True)) == 0


async def test_what_a_match_is_given_does_change_it(desk: Desk) -> None:
    """The comparison above can fail."""
    post, (skill, _) = await asked_for(desk)
    person = await desk.person(await desk.unit("U"), post)
    entry = await matched.holds(desk, person, skill, 2)
    before = await everybody(desk, post)
    async with desk.database.transaction() as db:
        await db.run(entries.update().where(entries.c.entry_id == entry).values(level=3))
    after = await everybody(desk, post)
    assert [bare(one) for one in before] != [bare(one) for one in after]


async def asked_for(desk: Desk) -> tuple[str, tuple[UUID, UUID]]:
    unit = await desk.unit("QA")
    post = await desk.post(unit, "QA-1")
    careful, talks = await matched.skill(desk, "careful"), await matched.skill(desk, "talks")
    requirements = [
        matched.needs(careful, 4, 50),
        matched.needs(talks, 4, 30, must=True),
        matched.measures("error-rate", jobs_pb2.DIRECTION_AT_MOST, "1", "0.5", 20),
    ]
    await matched.job(desk, post, requirements, ["内审员证"], training_months=2)
    return post, (careful, talks)


async def everybody(desk: Desk, post: str) -> list[matching_pb2.MatchReport]:
    """All reports in their order, from a memory that is loaded anew."""
    house = desk.gate.house
    house.add(Memory())
    await memory.load(house, house.part(Memory))
    found: list[matching_pb2.MatchReport] = []
    while True:
        request = matching_pb2.FindPeopleRequest(post_id=post, page_size=PAGE, offset=len(found))
        answer = await desk.ask("MatchService.FindPeople", request)
        found += answer.reports
        if len(answer.reports) < PAGE or len(found) == PEOPLE:
            return found


def bare(report: matching_pb2.MatchReport) -> bytes:
    """A report without the entries it shows and the wishes it lists beside the score, and without when it was made."""
    kept = matching_pb2.MatchReport()
    kept.CopyFrom(report)
    kept.ClearField("wishes")
    kept.ClearField("made_at")
    for one in kept.requirements:
        one.ClearField("evidence")
    return kept.SerializeToString(deterministic=True)


async def people(desk: Desk, post: str, skills: tuple[UUID, UUID]) -> None:
    """Makes them with everything that can be stored of a person."""
    chance = random.Random(20261123)
    made = [Made(desk, post, skills, chance, number) for number in range(PEOPLE)]
    for table in (directory_people, profiles, risks, posts_held, pool_members, cases):
        await add(desk, table, [one.row(table) for one in made])
    await add(desk, entries, [row for one in made for row in one.entries()])


async def add(desk: Desk, table: Table, rows: list[dict[str, Any]]) -> None:
    async with desk.database.transaction() as db:
        columns = list(rows[0])
        await db.copy(table, columns, [[row[column] for column in columns] for row in rows])


class Made:
    """One generated person."""

    def __init__(self, desk: Desk, post: str, skills: tuple[UUID, UUID], chance: random.Random, number: int) -> None:
        self.desk, self.post, self.skills, self.chance, self.number = desk, UUID(post), skills, chance, number
        self.employee_id = uuid7()

    def row(self, table: Table) -> dict[str, Any]:
        """What the table keeps of the person beside evidence."""
        one, other = uuid7(), uuid7()
        kept: dict[str, dict[str, Any]] = {
            "directory_people": {"number": f"E{self.number}", "unit_id": one, "post_id": self.post, "employed": True},
            "profiles": {"shift": self.number % 3, "place": "苏州" if self.number % 2 else "", "words": b"\x01"},
            "risks": {"risk_id": one, "likelihood": b"\x01", "impact": b"\x01", "reason": b"\x01"},
            "posts_held": {"position": 0, "post_id": self.post, "unit_id": one, "starts_on": self.day(3000)},
            "pool_members": {"membership_id": one, "pool_id": other, "reason": b"\x01", "by_rule": True},
            "cases": {
                "case_id": one,
                "number": str(one),
                "post_id": other,
                "state": 1,
                "relation": b"\x01",
                "outcome": 1,
                "score_hundredths": 5000,
            },
        }
        return kept[table.name] | {"employee_id": self.employee_id}

    def entries(self) -> list[dict[str, Any]]:
        careful, talks = self.skills
        found = [self.entry(profiles_pb2.ENTRY_KIND_AWARD, title="操作能手", level=1)]
        found.append(self.entry(profiles_pb2.ENTRY_KIND_REVIEW, title="2025", value=Decimal("4.7"), scale="5"))
        potential = profiles_pb2.ENTRY_KIND_POTENTIAL
        found.append(self.entry(potential, potential=profiles_pb2.POTENTIAL_KIND_GROWTH, level=3))
        for skill in (careful, talks):
            if self.chance.random() < 0.8:
                level = self.chance.randrange(6)
                found.append(self.entry(profiles_pb2.ENTRY_KIND_SKILL, skill_id=skill, level=level))
        if self.chance.random() < 0.7:
            value = Decimal(self.chance.randrange(300)) / 100
            found.append(self.entry(profiles_pb2.ENTRY_KIND_INDICATOR, code="error-rate", value=value))
        if self.chance.random() < 0.7:
            learning = profiles_pb2.POTENTIAL_KIND_LEARNING
            found.append(self.entry(potential, potential=learning, level=self.chance.randrange(1, 4)))
        if self.chance.random() < 0.8:
            last = self.day(self.chance.choice([-400, -400, 400]))
            found.append(self.entry(profiles_pb2.ENTRY_KIND_CERTIFICATE, title="内审员证", valid_to=last))
        return found

    def entry(self, kind: int, **more: Any) -> dict[str, Any]:
        return {
            "entry_id": uuid7(),
            "employee_id": self.employee_id,
            "kind": kind,
            "skill_id": None,
            "code": "",
            "title": "",
            "title_en": "",
            "level": 0,
            "value": None,
            "scale": "",
            "potential": 0,
            "evidence": b"\x01",
            "source": self.chance.randrange(1, 6),
            "observed_on": self.day(self.chance.randrange(1500)),
            "valid_to": None,
            **more,
        }

    def day(self, ago: int) -> Any:
        return self.desk.today - timedelta(days=ago)
