"""The posts that fit a person best: what they want is honoured, and what is to be had is what is free today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from libs.kit.access.scopes import Scope
from mainstay.talent.v1 import matching_pb2, profiles_pb2
from services.talent.tables import posts, refused_uses
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk

FIND = "MatchService.FindPosts"


class Offers:
    """A person of the workshop who writes at level 2, and posts that ask for more or less of it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.names: dict[str, str] = {}

    shop: str
    office: str
    person: str
    skill: UUID

    async def offer(self, name: str, level: int, *, unit: str = "", places: int = 1, **more: Any) -> str:
        self.names[name] = await self.desk.post(unit or self.office, name, headcount=places)
        await matched.job(
            self.desk, self.names[name], [matched.needs(self.skill, level, 100, must=True)], training_months=2, **more
        )
        return self.names[name]

    async def find(self, **more: Any) -> list[str]:
        names = {post_id: name for name, post_id in self.names.items()}
        return [names[one.post_id] for one in (await self.reports(**more))]

    async def reports(self, **more: Any) -> list[matching_pb2.MatchReport]:
        request = matching_pb2.FindPostsRequest(employee_id=self.person, **more)
        return list((await self.desk.ask(FIND, request)).reports)


@pytest.fixture
async def offers(desk: Desk) -> Offers:
    made = Offers(desk)
    roof = await desk.unit("ROOF")
    made.shop, made.office = await desk.unit("SHOP", roof), await desk.unit("OFFICE", roof)
    made.person = await desk.person(made.shop, await desk.post(made.shop, "OP"))
    made.skill = await matched.skill(desk, "writes")
    await matched.holds(desk, made.person, made.skill, 2)
    return made


async def test_the_posts_that_fit_come_first(offers: Offers) -> None:
    await offers.offer("far", 5)
    await offers.offer("trainable", 4)
    await offers.offer("fits", 2)
    assert await offers.find() == ["fits", "trainable", "far"]
    assert [one.outcome for one in await offers.reports()] == [
        matching_pb2.OUTCOME_SUITABLE,
        matching_pb2.OUTCOME_PROBATION,
        matching_pb2.OUTCOME_NOT_NOW,
    ]
    assert await offers.find(page_size=1) == ["fits"]


async def test_the_post_somebody_holds_is_not_offered_to_them(offers: Offers) -> None:
    await offers.offer("theirs", 2, places=3)
    await offers.offer("another", 2)
    offers.person = await offers.desk.person(offers.shop, offers.names["theirs"])
    await matched.holds(offers.desk, offers.person, offers.skill, 2)
    assert await offers.find() == await offers.find(filled_too=True) == ["another"]


async def test_a_broken_firm_wish_comes_later_and_is_said(offers: Offers) -> None:
    await matched.says(offers.desk, offers.person, shift=profiles_pb2.SHIFT_OFFICE, shift_firm=True)
    await offers.offer("nights, fits", 2, shift=profiles_pb2.SHIFT_NIGHT)
    await offers.offer("office, trainable", 4, shift=profiles_pb2.SHIFT_OFFICE)
    await offers.offer("not said, trainable", 3)
    await offers.offer("office, out of reach", 5, shift=profiles_pb2.SHIFT_OFFICE)
    found = await offers.find()
    assert found == ["not said, trainable", "office, trainable", "nights, fits", "office, out of reach"]
    (wish,) = (await offers.reports())[2].wishes
    assert (wish.wish, wish.wanted, wish.offered, wish.granted, wish.firm) == (
        "shift",
        "SHIFT_OFFICE",
        "SHIFT_NIGHT",
        False,
        True,
    )
    (unsaid,) = (await offers.reports())[0].wishes
    assert (unsaid.offered, unsaid.granted) == ("", False)


async def test_a_wish_decides_between_equals_and_never_the_score(offers: Offers) -> None:
    await matched.says(offers.desk, offers.person, families=["质量", "行政"], place="苏州")
    await offers.offer("elsewhere", 4, family="生产", place="无锡")
    await offers.offer("wanted", 4, family="行政", place="苏州")
    assert await offers.find() == ["wanted", "elsewhere"]
    assert len({one.score_hundredths for one in await offers.reports()}) == 1


async def test_only_posts_with_free_places_unless_asked(offers: Offers) -> None:
    full = await offers.offer("full", 2)
    await offers.offer("free", 3)
    await offers.desk.person(offers.office, full)
    assert await offers.find() == ["free"]
    assert await offers.find(filled_too=True) == ["full", "free"]


async def test_only_posts_that_are_open_and_described_today(offers: Offers) -> None:
    today = offers.desk.today
    await offers.offer("fits", 2)
    await offers.offer("not yet in force", 2, starts_on=today + timedelta(days=1))
    await offers.offer("no longer in force", 2, ends_on=today - timedelta(days=1))
    closed = await offers.offer("closed", 2)
    await offers.offer("a draft", 2, number=0)
    async with offers.desk.database.transaction() as db:
        gone = update(posts).where(posts.c.post_id == UUID(closed)).values(closed_on=today - timedelta(days=1))
        await db.run(gone)
    assert await offers.find() == ["fits"]


async def test_only_posts_of_a_unit(offers: Offers) -> None:
    await offers.offer("in the office", 2)
    await offers.offer("in the workshop", 3, unit=offers.shop)
    assert await offers.find(unit_id=offers.shop) == ["in the workshop"]


async def test_a_person_may_ask_for_themselves(offers: Offers) -> None:
    await offers.offer("fits", 2)
    own = {"talent.match.read": (Scope("self"),)}
    found = await offers.desk.ask(FIND, matching_pb2.FindPostsRequest(), own, offers.person)
    assert [one.employee_id for one in found.reports] == [offers.person]
    other = await offers.desk.person(offers.shop, offers.names["fits"])
    with matched.refused("OUT_OF_SCOPE"):
        await offers.desk.ask(FIND, matching_pb2.FindPostsRequest(employee_id=other), own, offers.person)


async def test_who_refused_is_not_ranked(offers: Offers) -> None:
    await matched.says(offers.desk, offers.person, automated_use_refused=True)
    with matched.refused("AUTOMATED_USE_REFUSED"):
        await offers.find()
    async with offers.desk.database.reading() as db:
        assert [row["use"] for row in await db.rows(select(refused_uses))] == ["search"]
