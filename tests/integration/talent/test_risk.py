"""Risk is rated apart from the profile: sealed, never shown to the person, told to nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mainstay.talent.v1 import profiles_pb2
from services.talent.tables import risks
from tests.integration.talent.conftest import Desk
from tests.integration.talent.profile_desk import Floor, open_floor, refused


@pytest.fixture
async def floor(desk: Desk) -> Floor:
    return await open_floor(desk)


def rating(floor: Floor, likelihood: int, impact: int, reason: str) -> profiles_pb2.RateRiskRequest:
    return profiles_pb2.RateRiskRequest(employee_id=floor.operator, likelihood=likelihood, impact=impact, reason=reason)


async def test_nobody_has_rated(floor: Floor) -> None:
    found = await floor.office("GetRisk", profiles_pb2.GetRiskRequest(employee_id=floor.operator))
    assert (found.likelihood, found.impact, found.rated_by, found.HasField("rated_at")) == (0, 0, "", False)


async def test_the_newest_rating_is_shown_and_the_one_before_stays(floor: Floor) -> None:
    await floor.office("RateRisk", rating(floor, 2, 5, "掌握五家客户"))
    found = await floor.boss("RateRisk", rating(floor, 4, 5, "爱人想换岗"))
    assert (found.likelihood, found.impact, found.reason, found.rated_by) == (4, 5, "爱人想换岗", floor.manager)
    async with floor.desk.database.reading() as db:
        assert len(await db.rows(select(risks))) == 2


async def test_risk_is_sealed_and_changes_no_profile(floor: Floor) -> None:
    await floor.office("RateRisk", rating(floor, 4, 5, "爱人想换岗"))
    async with floor.desk.database.reading() as db:
        row = await db.row(select(risks))
    assert row is not None
    assert all(len(bytes(row[name])) > 12 for name in ("likelihood", "impact", "reason"))
    assert await floor.desk.facts("ProfileChanged") == []
    assert (await floor.profile()).version == 0


async def test_nobody_sees_or_rates_their_own(floor: Floor) -> None:
    with refused("OWN_RECORD"):
        await floor.own("GetRisk", profiles_pb2.GetRiskRequest(employee_id=floor.operator))
    with refused("OWN_RECORD"):
        await floor.own("RateRisk", rating(floor, 1, 1, "我不会走"))
