"""What employees tells is copied, and replaced by what it tells later."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people
from mainstay.employees.v1.events_pb2 import HeldPost, PersonPlaced
from services.talent import copies
from services.talent.errors import PostUnknown
from services.talent.service import service
from services.talent.tables import posts_held
from tests.integration.talent.conftest import Desk


async def test_a_post_is_as_it_was_told_last(desk: Desk, database: Database) -> None:
    unit = await desk.unit("QA")
    post = await desk.post(unit, "QA-IQA", title="供应商质量保证")
    async with database.reading() as db:
        assert (await copies.post_of(db, UUID(post)))["title"] == "供应商质量保证"


async def test_a_post_nobody_told_of_is_unknown(database: Database) -> None:
    async with database.reading() as db:
        with pytest.raises(PostUnknown):
            await copies.post_of(db, UUID(int=7))


async def test_the_posts_a_person_held_are_replaced_whole(desk: Desk, database: Database) -> None:
    unit = await desk.unit("MA")
    post = await desk.post(unit, "MA-OP")
    person = await desk.person(unit, post, held=[(post, "2020-01-01", "2021-12-31"), (post, "2022-01-01", "")])
    async with database.reading() as db:
        rows = await db.rows(select(posts_held).order_by(posts_held.c.position))
    assert [(str(row["employee_id"]), row["starts_on"].year, row["ends_on"]) for row in rows][1] == (person, 2022, None)


@pytest.mark.parametrize("order", ["said, erased, said", "erased, said", "erased, said, erased"])
async def test_an_erasure_wins_whenever_what_was_said_before_it_is_heard(
    desk: Desk, database: Database, order: str
) -> None:
    unit, person = await desk.unit("MA"), str(uuid7())
    post = await desk.post(unit, "MA-OP")
    events = {
        "said": PersonPlaced(
            employee_id=person,
            number="E0007",
            unit_id=unit,
            post_id=post,
            employed=True,
            held=[HeldPost(post_id=post, unit_id=unit, starts_on="2022-01-01")],
        ),
        "erased": PersonPlaced(employee_id=person, number="E0007", erased=True),
    }
    for name in order.split(", "):
        await desk.tell(service.subscriptions()[PersonPlaced], events[name])
    async with database.reading() as db:
        assert await db.rows(select(posts_held)) == []
        (row,) = await db.rows(select(directory_people))
    assert (row["erased"], row["employed"], row["unit_id"]) == (True, False, None)


async def test_the_living_are_where_they_were_told_last(desk: Desk, database: Database) -> None:
    unit = await desk.unit("MA")
    person = await desk.person(unit, await desk.post(unit, "MA-OP"))
    moved = PersonPlaced(employee_id=person, number="E0001", unit_id=await desk.unit("QA"), employed=True)
    await desk.tell(service.subscriptions()[PersonPlaced], moved)
    async with database.reading() as db:
        (row,) = await db.rows(select(directory_people))
    assert str(row["unit_id"]) == moved.unit_id
