"""What employees tells is copied, and replaced by what it tells later."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit.database import Database
from services.talent import copies
from services.talent.errors import PostUnknown
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
