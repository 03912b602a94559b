"""A file of entries is taken whole or not at all, and the same file again changes nothing."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select

from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, outbox
from mainstay.talent.v1 import profiles_pb2
from services.talent import evidence
from services.talent.tables import entries, profiles, skills
from tests.integration.talent.conftest import Desk
from tests.integration.talent.profile_desk import Floor, add_skill, open_floor, refused

SKILL = profiles_pb2.ENTRY_KIND_SKILL
MANY = 20_000


@pytest.fixture
async def floor(desk: Desk) -> Floor:
    return await open_floor(desk)


async def bring(
    floor: Floor, text: str, kind: int = SKILL, language: str = "zh-CN", *, dry_run: bool = False
) -> profiles_pb2.ImportEntriesResponse:
    request = profiles_pb2.ImportEntriesRequest(kind=kind, content=text.encode(), dry_run=dry_run)  # type: ignore[arg-type]
    spoken: Any = {"accept-language": language}
    found: profiles_pb2.ImportEntriesResponse = await floor.desk.ask(
        "ProfileService.ImportEntries", request, employee_id=floor.hr, **spoken
    )
    return found


async def number_of(floor: Floor, employee_id: str) -> str:
    async with floor.desk.database.reading() as db:
        query = select(directory_people.c.number).where(directory_people.c.employee_id == UUID(employee_id))
        return str(await db.value(query))


async def test_rows_become_entries_with_a_file_as_their_source(floor: Floor) -> None:
    operator, manager = await number_of(floor, floor.operator), await number_of(floor, floor.manager)
    text = (
        "工号,能力,等级,日期,证据\n"
        f"{operator},数据录入,4,2026-03-31,每周录入\n"
        f"{operator},SUPPLIER-AUDIT,1,2026-03-31,\n"
        f"{manager},supplier audit,5,2026-03-31,\n"
    )
    assert (await bring(floor, text)).recorded == 3
    found = await floor.profile()
    assert {(one.title, one.level, one.evidence) for one in found.entries} == {
        ("数据录入", 4, "每周录入"),
        ("供应商审核", 1, ""),
    }
    assert {(one.source, one.recorded_by) for one in found.entries} == {(profiles_pb2.ENTRY_SOURCE_IMPORT, floor.hr)}
    facts = await floor.desk.facts("ProfileChanged")
    assert {(one.employee_id, one.version, len(one.skill_ids)) for one in facts} == {
        (floor.operator, 1, 2),
        (floor.manager, 1, 1),
    }


async def test_nobody_brings_in_what_is_known_of_themselves(floor: Floor) -> None:
    own, other = await number_of(floor, floor.hr), await number_of(floor, floor.operator)
    text = f"工号,能力,等级,日期,证据\n{other},数据录入,4,2026-03-31,\n{own},数据录入,5,2026-03-31,\n"
    answer = await bring(floor, text)
    assert (answer.recorded, [one.line for one in answer.problems]) == (0, [3])
    assert "本人" in answer.problems[0].message


async def test_the_same_file_again_changes_nothing(floor: Floor) -> None:
    number = await number_of(floor, floor.operator)
    text = f"工号,能力,等级,日期,证据\n{number},数据录入,4,2026-03-31,每周录入\n"
    await bring(floor, text)
    again = await bring(floor, text)
    assert (again.recorded, again.unchanged, list(again.problems)) == (0, 1, [])
    assert len(await floor.desk.facts("ProfileChanged")) == 1
    assert (await bring(floor, text.replace("每周", "每天"))).recorded == 1
    assert [one.HasField("ended_at") for one in await floor.history()] == [False, True]


async def test_what_was_ended_by_hand_is_not_brought_back_by_its_file(floor: Floor) -> None:
    text = f"工号,能力,等级,日期\n{await number_of(floor, floor.operator)},数据录入,4,2026-03-31\n"
    await bring(floor, text)
    (one,) = (await floor.profile()).entries
    await floor.office(
        "EndEntry", profiles_pb2.EndEntryRequest(employee_id=floor.operator, entry_id=one.entry_id, reason="记错了人")
    )
    assert (await bring(floor, text)).unchanged == 1
    assert list((await floor.profile()).entries) == []


async def test_an_older_file_goes_into_the_history(floor: Floor) -> None:
    number = await number_of(floor, floor.operator)
    kind = profiles_pb2.ENTRY_KIND_INDICATOR
    head = "工号,指标编码,指标,数值,日期\n"
    await bring(floor, f"{head}{number},err,差错率,0.8%,2026-10-31\n", kind)
    older = f"{head}{number},err,差错率,1.5%,2026-08-31\n{number},err,差错率,1.2%,2026-09-30\n"
    assert (await bring(floor, older, kind)).recorded == 2
    assert [(one.value, one.scale) for one in (await floor.profile()).entries] == [("0.8", "%")]
    assert sorted(one.value for one in await floor.history()) == ["0.8", "1.2", "1.5"]
    assert (await bring(floor, older, kind)).unchanged == 2


async def test_reviews_of_periods_stand_side_by_side(floor: Floor) -> None:
    number = await number_of(floor, floor.operator)
    text = f"工号,周期,得分,日期\n{number},2025 上半年,4.7/5,2025-07-10\n{number},2025 下半年,4.7/5,2026-01-10\n"
    await bring(floor, text, profiles_pb2.ENTRY_KIND_REVIEW)
    found = [(one.title, one.value, one.scale) for one in (await floor.profile()).entries]
    assert found == [("2025 下半年", "4.7", "5"), ("2025 上半年", "4.7", "5")]


async def test_a_file_does_not_end_what_others_say(floor: Floor) -> None:
    await floor.claim(2)
    await floor.rate(3)
    await bring(floor, f"工号,能力,等级,日期\n{await number_of(floor, floor.operator)},数据录入,5,2026-03-31\n")
    assert sorted(one.level for one in (await floor.profile()).entries) == [2, 3, 5]
    async with floor.desk.database.reading() as db:
        (counts,) = (await evidence.held_of(db, [floor.id], floor.desk.today))[floor.id]
    assert counts.level == 3


async def test_one_wrong_row_and_nothing_is_recorded(floor: Floor) -> None:
    number = await number_of(floor, floor.operator)
    rows = (f"{number},数据录入,4", "E9999,数据录入,4", f"{number},炒菜,9")
    text = "工号,能力,等级,日期\n" + "".join(f"{row},2026-03-31\n" for row in rows)
    found = await bring(floor, text)
    assert (found.recorded, found.problem_count) == (0, 2)
    assert [(one.line, one.column) for one in found.problems] == [(3, "工号"), (4, "等级")]
    assert found.problems[0].message == "没有这个工号；请检查开头的 0 是否丢失。"
    english = await bring(floor, text, language="en")
    assert english.problems[1].message == "A whole number from 0 to 5 belongs here."
    assert await floor.desk.facts("ProfileChanged") == []
    assert (await floor.profile()).version == 0
    (missing,) = (await bring(floor, "工号,能力,日期\nE0001,数据录入,2026-03-31\n", language="en")).problems
    assert (missing.line, missing.column) == (1, "")
    assert missing.message == "The column “Level” is missing; add it."


async def test_at_most_two_hundred_problems_are_listed_and_all_are_counted(floor: Floor) -> None:
    found = await bring(floor, "工号,能力,等级,日期\n" + "E9999,数据录入,4,2026-03-31\n" * 300)
    assert (len(found.problems), found.problem_count) == (200, 300)


async def test_only_looking_changes_nothing_and_says_what_would_come(floor: Floor) -> None:
    text = f"工号,能力,等级,日期\n{await number_of(floor, floor.operator)},数据录入,4,2026-03-31\n"
    assert (await bring(floor, text, dry_run=True)).recorded == 1
    assert await floor.history() == []
    assert (await floor.profile()).version == 0
    await bring(floor, text)
    assert (await bring(floor, text, dry_run=True)).unchanged == 1


async def test_a_name_of_two_skills_needs_the_code_and_a_group_is_no_skill(floor: Floor) -> None:
    number = await number_of(floor, floor.operator)
    await add_skill(floor.desk.database, "audit-2", "供应商审核", "Vendor audit")
    async with floor.desk.database.transaction() as db:
        await db.run(
            insert(skills).values(skill_id=uuid7(), code="methods", kind=1, name="方法", source=1, is_group=True)
        )
    head = "工号,能力,等级,日期\n"
    assert (await bring(floor, f"{head}{number},供应商审核,1,2026-03-31\n")).problem_count == 1
    assert (await bring(floor, f"{head}{number},methods,1,2026-03-31\n")).problem_count == 1
    assert (await bring(floor, f"{head}{number},audit-2,1,2026-03-31\n")).recorded == 1


async def test_the_same_file_twice_at_once_is_taken_once(floor: Floor) -> None:
    numbers = [await number_of(floor, one) for one in (floor.operator, floor.manager)]
    await bring(floor, "工号,能力,等级,日期\n" + "".join(f"{number},数据录入,3,2026-01-31\n" for number in numbers))
    rows = [f"{number},数据录入,4,2026-03-31\n" for number in numbers]
    files = ["工号,能力,等级,日期\n" + "".join(order) for order in (rows, rows[::-1])] * 2
    # Connections for all of them are there before they begin, so that they do meet.
    await asyncio.gather(*(floor.profile() for _ in files * 2))
    found = await asyncio.gather(*(bring(floor, text) for text in files))
    assert sorted((one.recorded, one.unchanged) for one in found) == [(0, 2)] * 3 + [(2, 0)]
    assert [one.level for one in (await floor.profile()).entries] == [4]


async def test_what_is_no_table_is_refused(floor: Floor) -> None:
    with refused("FILE_UNREADABLE"):
        await bring(floor, "PK\x03\x04 a workbook")


async def test_twenty_thousand_rows_take_seconds(floor: Floor) -> None:
    people = [(uuid7(), f"M{at:05}") for at in range(MANY // 2)]
    async with floor.desk.database.transaction() as db:
        await db.copy(
            directory_people,
            ("employee_id", "number", "employed"),
            [(employee_id, number, True) for employee_id, number in people],
        )
    day = floor.desk.today - timedelta(days=30)
    rows = [
        f"{number},{skill},{at % 6},{day},第 {at} 次\n"
        for at, (_, number) in enumerate(people)
        for skill in ("数据录入", "supplier audit")
    ]
    text = "工号,能力,等级,日期,证据\n" + "".join(rows)
    assert len(text.encode()) < 3_000_000
    began, worked = time.perf_counter(), time.process_time()
    assert (await bring(floor, text)).recorded == MANY
    seconds, own = time.perf_counter() - began, time.process_time() - worked
    worked = time.process_time()
    assert (await bring(floor, text)).unchanged == MANY
    print(f"{MANY} rows: {seconds:.1f} s, {own:.1f} s of them ours; again {time.process_time() - worked:.1f} s of ours")
    # Of the machine's time as little as it shares it, of ours about 2 s.
    assert own < 10
    assert seconds < 60
    async with floor.desk.database.reading() as db:
        assert await db.value(select(func.count()).select_from(entries)) == MANY
        assert await db.value(select(func.count()).select_from(profiles)) == MANY // 2
        assert await db.value(select(func.count()).select_from(outbox)) >= MANY // 2
