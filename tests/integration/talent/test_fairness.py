"""What was decided in a time, by groups as they were on the day of each decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from libs.kit.access.scopes import Scope
from libs.kit.ids import uuid7
from mainstay.talent.v1 import cases_pb2, matching_pb2, profiles_pb2
from services.talent.tables import cases
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk

PROBATION, OTHER, NOT_NOW = (
    cases_pb2.DECISION_KIND_PROBATION,
    cases_pb2.DECISION_KIND_OTHER_POST,
    cases_pb2.DECISION_KIND_NOT_NOW,
)


async def decided(desk: Desk, person: str, post: str, decision: int, *, score: int = 8000, days_ago: int = 1) -> None:
    case_id = uuid7()
    row = {
        "case_id": case_id,
        "number": str(case_id),
        "employee_id": UUID(person),
        "post_id": UUID(post),
        "state": cases_pb2.CASE_STATE_DECIDED,
        "decision": decision,
        "score_hundredths": score,
        "decided_at": desk.clock.now() - timedelta(days=days_ago),
    }
    async with desk.database.transaction() as db:
        await db.run(insert(cases).values(row))


async def fairness(desk: Desk, by: str, **more: Any) -> matching_pb2.Fairness:
    found: matching_pb2.Fairness = await desk.ask(
        "MatchService.GetFairness", matching_pb2.GetFairnessRequest(by=by, **more)
    )
    return found


async def test_groups_are_told_with_rates_scores_and_what_they_come_to(desk: Desk) -> None:
    roof = await desk.unit("CO")
    shop, office = await desk.unit("SHOP", roof), await desk.unit("OFFICE", roof)
    line = await desk.unit("LINE", shop)
    post = await desk.post(office, "P")
    for number in range(10):
        chosen = NOT_NOW if number >= 8 else (PROBATION, OTHER)[number % 2]
        await decided(desk, await desk.person(office, post), post, chosen, score=9000)
        await decided(desk, await desk.person(line, post), post, PROBATION if number < 2 else NOT_NOW)
    found = await fairness(desk, "unit")
    assert found.candidates == 20
    assert [
        (one.name, one.candidates, one.selected, one.rate_hundredths, one.mean_score_hundredths, one.ratio_hundredths)
        for one in found.groups
    ] == [("OFFICE部", 10, 8, 8000, 9000, 100), ("SHOP部", 10, 2, 2000, 8000, 25)]
    # Katz: ln 0.25 = -1.386294; 1/2 - 1/10 + 1/8 - 1/10 = 0.425, root 0.651920, x 1.959964 = 1.277741.
    low = found.groups[1]
    assert (low.ratio_low_hundredths, low.ratio_high_hundredths, low.small) == (7, 90, False)
    assert "SHOP部：入选率低于最高组的五分之四，但人数不足以排除偶然" in found.words
    assert "须有法律依据" in found.words


async def test_nobody_is_said_to_be_treated_alike_before_two_groups_are_large_enough(desk: Desk) -> None:
    roof = await desk.unit("CO")
    shop, office = await desk.unit("SHOP", roof), await desk.unit("OFFICE", roof)
    post = await desk.post(office, "P")
    for _ in range(5):
        await decided(desk, await desk.person(office, post), post, PROBATION)
        alone = await fairness(desk, "unit")
        assert "不低于最高组的五分之四" not in alone.words
    for number in range(5):
        await decided(desk, await desk.person(shop, post), post, PROBATION)
        both = await fairness(desk, "unit")
        assert ("不低于最高组的五分之四" in both.words) == (number == 4)


async def test_only_decisions_of_the_time_count(desk: Desk) -> None:
    unit = await desk.unit("U")
    post = await desk.post(unit, "P")
    for days_ago in (1, 30, 500):
        await decided(desk, await desk.person(unit, post), post, PROBATION, days_ago=days_ago)
    assert (await fairness(desk, "unit")).candidates == 2
    assert (await fairness(desk, "unit", from_on=desk.day(-600), until_on=desk.day(-29))).candidates == 2
    assert (await fairness(desk, "unit", from_on=desk.day(-29))).candidates == 1
    none = await fairness(desk, "unit", from_on=desk.day(-400), until_on=desk.day(-300))
    assert (none.candidates, list(none.groups)) == (0, [])
    assert "没有作出决定" in none.words


async def test_tenure_and_shift_are_those_of_the_day_of_the_decision(desk: Desk) -> None:
    unit = await desk.unit("U")
    nights, office = await desk.post(unit, "N"), await desk.post(unit, "O")
    skill = await matched.skill(desk, "works")
    for post, shift in ((nights, profiles_pb2.SHIFT_NIGHT), (office, profiles_pb2.SHIFT_OFFICE)):
        await matched.job(desk, post, [matched.needs(skill, 1, 100)], shift=shift)
    # Two years in the night shift; moved to the office after the decision.
    moved = [(nights, desk.day(-730), desk.day(-2)), (office, desk.day(-1), "")]
    await decided(desk, await desk.person(unit, office, held=moved), office, PROBATION, days_ago=10)
    young = [(nights, desk.day(-20), "")]
    await decided(desk, await desk.person(unit, nights, held=young), office, NOT_NOW, days_ago=10)
    assert {(one.name, one.candidates, one.small) for one in (await fairness(desk, "shift")).groups} == {
        ("夜班", 2, True)
    }
    assert {one.name for one in (await fairness(desk, "tenure")).groups} == {"1 至 3 年", "不满 1 年"}


async def test_how_many_refused_is_said(desk: Desk) -> None:
    unit = await desk.unit("U")
    person = await desk.person(unit, await desk.post(unit, "P"))
    await matched.says(desk, person, automated_use_refused=True)
    assert (await fairness(desk, "tenure")).refused == 1


async def test_only_who_may_read_all_of_it_does(desk: Desk) -> None:
    unit = await desk.unit("U")
    held = {"talent.fairness.read": (Scope.parse(f"unit:{unit}"),)}
    with matched.refused("OUT_OF_SCOPE"):
        await desk.ask("MatchService.GetFairness", matching_pb2.GetFairnessRequest(by="unit"), held)
