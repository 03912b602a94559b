"""The best people for a post are found within the caller's scope, and nobody is ranked who must not be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from libs.kit.access.scopes import Scope
from libs.kit.tables import directory_people
from mainstay.talent.v1 import matching_pb2, profiles_pb2
from services.talent import memory
from services.talent.memory import Memory
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk

SEARCH = "MatchService.FindPeople"


class Plant:
    """A workshop and an office below one roof, a post in the office that asks for one skill, and people."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.names: dict[str, str] = {}

    roof: str
    shop: str
    office: str
    post: str
    skill: UUID

    async def person(self, name: str, level: int | None = None, unit: str = "", manager: str = "") -> str:
        self.names[name] = await self.desk.person(unit or self.shop, self.post, manager=manager)
        if level is not None:
            await matched.holds(self.desk, self.names[name], self.skill, level)
        return self.names[name]

    async def load(self) -> None:
        self.desk.gate.house.add(Memory())
        await memory.load(self.desk.gate.house, self.desk.gate.house.part(Memory))

    async def find(
        self, held: Mapping[str, tuple[Scope, ...]] | None = None, caller: str | None = None, **more: Any
    ) -> matching_pb2.FindPeopleResponse:
        request = matching_pb2.FindPeopleRequest(post_id=self.post, **more)
        found: matching_pb2.FindPeopleResponse = await self.desk.ask(SEARCH, request, held, caller)
        return found

    def listed(self, found: matching_pb2.FindPeopleResponse) -> list[str]:
        names = {employee_id: name for name, employee_id in self.names.items()}
        return [names[one.employee_id] for one in found.reports]


@pytest.fixture
async def plant(desk: Desk) -> Plant:
    made = Plant(desk)
    made.roof = await desk.unit("ROOF")
    made.shop, made.office = await desk.unit("SHOP", made.roof), await desk.unit("OFFICE", made.roof)
    made.post = await desk.post(made.office, "OFF-1")
    made.skill = await matched.skill(desk, "audits")
    await matched.job(
        desk,
        made.post,
        [matched.needs(made.skill, 4, 100, must=True)],
        shift=profiles_pb2.SHIFT_OFFICE,
        place="苏州",
        training_months=2,
    )
    return made


def over(scope: str) -> dict[str, tuple[Scope, ...]]:
    return {"talent.match.search": tuple(Scope.parse(one) for one in scope.split())}


async def test_before_everybody_is_loaded_nobody_is_ranked(plant: Plant) -> None:
    with matched.refused("MATCHING_NOT_READY"):
        await plant.find()


async def test_the_best_come_first_with_reasons(plant: Plant) -> None:
    await plant.person("none", 0)
    await plant.person("some", 2)
    await plant.person("all", 4)
    await plant.person("unknown")
    await plant.load()
    found = await plant.find()
    # Two levels close in two months, four do not; who nobody has said anything of is to be assessed.
    assert plant.listed(found) == ["all", "some", "unknown", "none"]
    assert [one.outcome for one in found.reports] == [
        matching_pb2.OUTCOME_SUITABLE,
        matching_pb2.OUTCOME_PROBATION,
        matching_pb2.OUTCOME_ASSESS_FIRST,
        matching_pb2.OUTCOME_NOT_NOW,
    ]
    assert (found.compared, found.refused) == (4, 0)
    assert found.reports[1].requirements[0].evidence.level == 2
    assert found.reports[1].advice


async def test_a_page_goes_on_where_the_one_before_ended(plant: Plant) -> None:
    for level in range(5):
        await plant.person(f"level {level}", level)
    await plant.load()
    pages = [plant.listed(await plant.find(page_size=2, offset=offset)) for offset in (0, 2, 4, 6)]
    assert pages == [["level 4", "level 3"], ["level 2", "level 1"], ["level 0"], []]


async def test_only_the_outcomes_asked_for_are_listed(plant: Plant) -> None:
    for level in range(5):
        await plant.person(f"level {level}", level)
    await plant.person("unknown")
    await plant.load()
    wanted = [matching_pb2.OUTCOME_NOT_NOW, matching_pb2.OUTCOME_ASSESS_FIRST]
    assert plant.listed(await plant.find(outcomes=wanted)) == ["unknown", "level 1", "level 0"]


async def test_nobody_beyond_the_scope_is_compared(plant: Plant) -> None:
    boss = await plant.person("boss", 1)
    await plant.person("report", 2, manager=boss)
    await plant.person("clerk", 4, unit=plant.office)
    await plant.load()
    for scope, seen in (
        ("all", ["clerk", "report", "boss"]),
        (f"unit:{plant.shop}", ["report", "boss"]),
        (f"unit:{plant.roof}", ["clerk", "report", "boss"]),
        ("reports", ["report"]),
        (f"self unit:{plant.office}", ["clerk", "boss"]),
    ):
        found = await plant.find(over(scope), boss)
        assert (plant.listed(found), found.compared) == (seen, len(seen)), scope
    found = await plant.find(over("all"), boss, unit_id=plant.shop)
    assert (plant.listed(found), found.compared) == (["report", "boss"], 2)


async def test_who_refused_is_left_out_and_counted(plant: Plant) -> None:
    await plant.person("yes", 3)
    no = await plant.person("no", 4)
    await plant.person("elsewhere", 2, unit=plant.office)
    await plant.load()
    # At once, and not when the memory hears of it.
    await matched.says(plant.desk, no, automated_use_refused=True)
    found = await plant.find()
    assert (plant.listed(found), found.compared, found.refused) == (["yes", "elsewhere"], 2, 1)
    # In a part of the scope too, at whatever depth.
    found = await plant.find(unit_id=plant.shop)
    assert (plant.listed(found), found.compared, found.refused) == (["yes"], 1, 1)
    found = await plant.find(over(f"unit:{plant.shop}"))
    assert (plant.listed(found), found.compared, found.refused) == (["yes"], 1, 1)
    found = await plant.find(over(f"unit:{plant.office}"))
    assert (plant.listed(found), found.refused) == (["elsewhere"], 0)


@pytest.mark.parametrize("scope", ["all", "unit"])
async def test_firm_wishes_are_honoured_when_asked(plant: Plant, scope: str) -> None:
    held = over("all" if scope == "all" else f"unit:{plant.roof}")
    await plant.person("says nothing", 4)
    wishes: dict[str, dict[str, Any]] = {
        "office, firmly": {"shift": profiles_pb2.SHIFT_OFFICE, "shift_firm": True},
        "nights, firmly": {"shift": profiles_pb2.SHIFT_NIGHT, "shift_firm": True},
        "nights, rather": {"shift": profiles_pb2.SHIFT_NIGHT},
        "Suzhou, firmly": {"place": "苏州", "place_firm": True},
        "Wuxi, firmly": {"place": "无锡", "place_firm": True},
    }
    for name, wish in wishes.items():
        await matched.says(plant.desk, await plant.person(name, 3), **wish)
    await plant.load()
    kept = {"says nothing", "office, firmly", "nights, rather", "Suzhou, firmly"}
    assert set(plant.listed(await plant.find(held, honour_firm_wishes=True))) == kept
    everybody = await plant.find(held)
    assert set(plant.listed(everybody)) == {*kept, "nights, firmly", "Wuxi, firmly"}
    shown = {one.employee_id: one.wishes for one in everybody.reports}
    broken = shown[plant.names["nights, firmly"]][0]
    assert (broken.wanted, broken.offered, broken.granted, broken.firm) == ("SHIFT_NIGHT", "SHIFT_OFFICE", False, True)


async def test_conditions_knock_out(plant: Plant) -> None:
    post = await plant.desk.post(plant.office, "OFF-2")
    await matched.job(plant.desk, post, [matched.needs(plant.skill, 4, 100)], ["内审员证"])
    for name, last in (("valid", 1), ("today", 0), ("expired", -1)):
        last_day = plant.desk.today + timedelta(days=last)
        await matched.certified(plant.desk, await plant.person(name, 4), "内审员证", valid_to=last_day)
    await plant.person("without", 4)
    await plant.load()
    plant.post = post
    found = await plant.find()
    assert {name: one.outcome for name, one in zip(plant.listed(found), found.reports, strict=True)} == {
        "valid": matching_pb2.OUTCOME_SUITABLE,
        "today": matching_pb2.OUTCOME_SUITABLE,
        "without": matching_pb2.OUTCOME_ASSESS_FIRST,
        "expired": matching_pb2.OUTCOME_NOT_NOW,
    }
    good = await plant.find(outcomes=[matching_pb2.OUTCOME_SUITABLE])
    assert set(plant.listed(good)) == {"valid", "today"}


async def test_only_people_who_work_here_are_ranked(plant: Plant) -> None:
    gone = await plant.person("gone", 4)
    await plant.person("here", 2)
    await plant.load()
    await matched.says(plant.desk, gone, automated_use_refused=True)
    assert (await plant.find()).refused == 1
    async with plant.desk.database.transaction() as db:
        await db.run(
            update(directory_people).where(directory_people.c.employee_id == UUID(gone)).values(employed=False)
        )
    found = await plant.find(over(f"unit:{plant.roof}"))
    assert plant.listed(found) == ["here"]
    known = plant.desk.gate.house.part(Memory)
    async with plant.desk.database.reading() as db:
        await known.refresh(db, [UUID(gone)], plant.desk.today)
    found = await plant.find()
    assert (plant.listed(found), found.compared, found.refused) == (["here"], 1, 0)


async def test_what_changed_is_read_again(plant: Plant) -> None:
    learner = await plant.person("learner", 1)
    await plant.person("steady", 2)
    await plant.load()
    assert plant.listed(await plant.find()) == ["steady", "learner"]
    await matched.holds(plant.desk, learner, plant.skill, 4, source=profiles_pb2.ENTRY_SOURCE_REVIEW)
    newcomer = await plant.person("newcomer", 3)
    known = plant.desk.gate.house.part(Memory)
    async with plant.desk.database.reading() as db:
        await known.refresh(db, [UUID(learner), UUID(newcomer)], plant.desk.today)
    assert plant.listed(await plant.find()) == ["learner", "newcomer", "steady"]
    assert plant.listed(await plant.find(over(f"unit:{plant.shop}"))) == ["learner", "newcomer", "steady"]
