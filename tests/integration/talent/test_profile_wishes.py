"""What people want, what they contest, and what is left of them when they are erased."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from libs.kit import directory
from libs.kit.call import Call
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import events_pb2, profiles_pb2
from services.talent import copies, evidence
from services.talent.tables import entries, posts_held, profiles, risks
from tests.integration.talent.conftest import Desk
from tests.integration.talent.profile_desk import Floor, open_floor, refused


@pytest.fixture
async def floor(desk: Desk) -> Floor:
    return await open_floor(desk)


async def test_wishes_are_replaced_whole_and_reach_matching(floor: Floor) -> None:
    wish = profiles_pb2.Aspirations(
        shift=profiles_pb2.SHIFT_OFFICE,
        shift_firm=True,
        place_firm=True,
        families=["质量", " 质量", "行政"],
        words="想上常日班",
    )
    await floor.own("SetAspirations", profiles_pb2.SetAspirationsRequest(aspirations=wish))
    said = (await floor.profile()).aspirations
    assert (said.shift, said.shift_firm, said.place_firm) == (profiles_pb2.SHIFT_OFFICE, True, False)
    assert (list(said.families), said.words, said.HasField("said_at")) == (["质量", "行政"], "想上常日班", True)
    async with floor.desk.database.reading() as db:
        known = (await evidence.evidence_of(db, [floor.id], floor.desk.today))[floor.id]
    assert (known.wishes.shift, known.wishes.families) == (profiles_pb2.SHIFT_OFFICE, ("质量", "行政"))
    none = await floor.own("SetAspirations", profiles_pb2.SetAspirationsRequest(aspirations={}))
    assert (none.aspirations.shift, none.aspirations.words, none.version) == (0, "", 2)


async def test_the_same_wish_again_changes_nothing(floor: Floor) -> None:
    request = profiles_pb2.SetAspirationsRequest(aspirations={"place": "苏州", "words": "离家近"})
    first = await floor.own("SetAspirations", request)
    assert await floor.own("SetAspirations", request) == first


async def test_refusing_automatic_ranking_is_known_to_matching(floor: Floor) -> None:
    found = await floor.own("SetAutomatedUse", profiles_pb2.SetAutomatedUseRequest(refused=True))
    assert (found.automated_use_refused, found.version) == (True, 1)
    async with floor.desk.database.reading() as db:
        assert (await evidence.evidence_of(db, [floor.id], floor.desk.today))[floor.id].refused
    again = await floor.own("SetAutomatedUse", profiles_pb2.SetAutomatedUseRequest(refused=True))
    assert again.version == 1


async def test_who_is_no_employee_has_no_profile_of_their_own(floor: Floor) -> None:
    with refused("PERSON_NOT_FOUND"):
        await floor.desk.ask("ProfileService.SetAutomatedUse", profiles_pb2.SetAutomatedUseRequest(refused=True))


async def test_a_contested_entry_is_marked_until_it_is_kept(floor: Floor) -> None:
    rated = (await floor.rate(1)).entries[0]
    contest = profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="那周我在请假")
    found = await floor.own("ContestEntry", contest)
    assert [(one.level, one.contested) for one in found.entries] == [(1, "那周我在请假")]
    async with floor.desk.database.reading() as db:
        (counts,) = (await evidence.held_of(db, [floor.id], floor.desk.today))[floor.id]
    assert counts.contested
    with refused("ALREADY_CONTESTED"):
        await floor.own("ContestEntry", contest)
    answer = profiles_pb2.AnswerContestRequest(
        employee_id=floor.operator, entry_id=rated.entry_id, keep=True, answer="核对过排班"
    )
    found = await floor.office("AnswerContest", answer)
    assert [(one.level, one.contest_answer) for one in found.entries] == [(1, "核对过排班")]
    with refused("NOT_CONTESTED"):
        await floor.office("AnswerContest", answer)
    async with floor.desk.database.reading() as db:
        (counts,) = (await evidence.held_of(db, [floor.id], floor.desk.today))[floor.id]
    assert not counts.contested


async def test_contesting_again_keeps_what_was_answered_before(floor: Floor) -> None:
    rated = (await floor.rate(1, evidence="漏录三单")).entries[0]
    answer = profiles_pb2.AnswerContestRequest(
        employee_id=floor.operator, entry_id=rated.entry_id, keep=True, answer="核对过排班"
    )
    await floor.own("ContestEntry", profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="那周我在请假"))
    await floor.office("AnswerContest", answer)
    found = await floor.own(
        "ContestEntry", profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="排班表是旧的")
    )
    (now,) = found.entries
    assert (now.level, now.evidence, now.contested, now.contest_answer) == (1, "漏录三单", "排班表是旧的", "")
    assert now.recorded_by == floor.manager
    before = next(one for one in await floor.history() if one.entry_id == rated.entry_id)
    assert (before.contested, before.contest_answer, before.HasField("ended_at")) == (
        "那周我在请假",
        "核对过排班",
        True,
    )


async def test_a_contest_that_is_right_ends_the_entry(floor: Floor) -> None:
    rated = (await floor.rate(1)).entries[0]
    await floor.own("ContestEntry", profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="不是我录的"))
    answer = profiles_pb2.AnswerContestRequest(
        employee_id=floor.operator, entry_id=rated.entry_id, answer="确实记错了人"
    )
    found = await floor.office("AnswerContest", answer)
    assert list(found.entries) == []
    assert (await floor.history())[0].contest_answer == "确实记错了人"
    with refused("ENTRY_ENDED"):
        await floor.own("ContestEntry", profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="再看一次"))


async def test_who_contests_is_answered_though_the_entry_was_followed(floor: Floor) -> None:
    rated = (await floor.rate(1)).entries[0]
    await floor.own("ContestEntry", profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="不是我录的"))
    await floor.rate(3)
    answer = profiles_pb2.AnswerContestRequest(
        employee_id=floor.operator, entry_id=rated.entry_id, answer="已经重新评定"
    )
    found = await floor.office("AnswerContest", answer)
    assert [one.level for one in found.entries] == [3]


async def test_only_ones_own_entries_are_contested(floor: Floor) -> None:
    rated = (await floor.rate(1)).entries[0]
    request = profiles_pb2.ContestEntryRequest(entry_id=rated.entry_id, reason="替他说句话")
    with refused("ENTRY_NOT_FOUND"):
        await floor.boss("ContestEntry", request)
    with refused("ENTRY_NOT_FOUND"):
        await floor.desk.ask("ProfileService.ContestEntry", request)


async def test_words_are_sealed_where_they_are_kept(floor: Floor) -> None:
    await floor.rate(1, evidence="漏录三单")
    await floor.own("SetAspirations", profiles_pb2.SetAspirationsRequest(aspirations={"words": "想上常日班"}))
    async with floor.desk.database.reading() as db:
        kept = [bytes(row["evidence"]) for row in await db.rows(select(entries.c.evidence))]
        kept += [bytes(row["words"]) for row in await db.rows(select(profiles.c.words))]
    assert len(kept) == 2
    assert not any("漏录".encode() in one or "常日班".encode() in one for one in kept)


async def test_of_an_erased_person_nothing_is_left(floor: Floor) -> None:
    await floor.claim(3)
    await floor.office(
        "RateRisk",
        profiles_pb2.RateRiskRequest(employee_id=floor.operator, likelihood=4, impact=2, reason="想换成常日班"),
    )
    erased = employees_events.PersonPlaced(employee_id=floor.operator, number="E0002", erased=True)
    async with floor.desk.database.transaction() as db:
        call = Call(db=db, house=floor.desk.gate.house, request_id="test")
        await directory.place_person(db, erased)
        await copies.follow_person(call, erased)
    assert call.events == [events_pb2.ProfileChanged(employee_id=floor.operator, version=2)]
    async with floor.desk.database.reading() as db:
        for table in (entries, profiles, risks, posts_held):
            left = await db.rows(select(table).where(table.c.employee_id == floor.id))
            assert left == [], table.name
    with refused("PERSON_NOT_FOUND"):
        await floor.office("GetProfile", profiles_pb2.GetProfileRequest(employee_id=floor.operator))


async def test_who_is_being_erased_gets_no_new_words(floor: Floor) -> None:
    await floor.claim(3)
    erased = employees_events.PersonPlaced(employee_id=floor.operator, number="E0002", erased=True)
    async with floor.desk.database.transaction() as db:
        call = Call(db=db, house=floor.desk.gate.house, request_id="test")
        await directory.place_person(db, erased)
        await call.house.vault.erase(db, floor.id, call.now)
        writing = asyncio.create_task(floor.rate(5))
        await asyncio.sleep(0.3)
        await copies.follow_person(call, erased)
    with refused("PERSON_NOT_FOUND"):
        await writing
    async with floor.desk.database.reading() as db:
        assert await db.rows(select(entries)) == []
