"""Whoever has to answer a contested entry finds it: within their scope, the longest waiting first, until answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from libs.kit import directory
from libs.kit.access.scopes import Scope
from libs.kit.call import Call
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import profiles_pb2
from services.talent import copies
from services.talent.tables import entries
from tests.integration.talent.conftest import Desk
from tests.integration.talent.profile_desk import Floor, open_floor, refused

VERIFY = "talent.profile.verify"


@pytest.fixture
async def floor(desk: Desk) -> Floor:
    return await open_floor(desk)


async def record(floor: Floor, employee_id: str, title: str) -> str:
    """An award that HR has recorded of somebody; the id of its entry."""
    kind = profiles_pb2.ENTRY_KIND_AWARD
    request = profiles_pb2.RecordEntryRequest(employee_id=employee_id, kind=kind, title=title)
    found = await floor.office("RecordEntry", request)
    return next(str(one.entry_id) for one in found.entries if one.title == title)


async def contest(floor: Floor, employee_id: str, entry_id: str, reason: str = "那不是我的") -> None:
    """A minute after whatever was contested before."""
    floor.desk.clock.move(timedelta(minutes=1))
    request = profiles_pb2.ContestEntryRequest(entry_id=entry_id, reason=reason)
    await floor.desk.ask("ProfileService.ContestEntry", request, employee_id=employee_id)


async def contested(floor: Floor, employee_id: str, title: str, reason: str = "那不是我的") -> str:
    entry_id = await record(floor, employee_id, title)
    await contest(floor, employee_id, entry_id, reason)
    return entry_id


async def waiting(floor: Floor, *scopes: Scope, by: str = "", **more: Any) -> profiles_pb2.ListContestsResponse:
    """What somebody of HR, or `by`, is shown; over the whole company unless other scopes are named."""
    held = {VERIFY: scopes or (Scope("all"),)}
    request = profiles_pb2.ListContestsRequest(**more)
    found: profiles_pb2.ListContestsResponse = await floor.desk.ask(
        "ProfileService.ListContests", request, held, by or floor.hr
    )
    return found


def titles(found: profiles_pb2.ListContestsResponse) -> list[str]:
    return [one.entry.title for one in found.contests]


async def test_what_is_contested_waits_with_whose_it_is_why_and_since_when(floor: Floor) -> None:
    await record(floor, floor.operator, "无人提起")
    before = floor.desk.clock.now()
    entry_id = await contested(floor, floor.operator, "操作能手", "得奖的是同名的人")
    (one,) = (await waiting(floor)).contests
    assert (one.employee_id, one.entry.entry_id, one.entry.contested) == (floor.operator, entry_id, "得奖的是同名的人")
    assert before < one.contested_at.ToDatetime(before.tzinfo) <= floor.desk.clock.now()


async def test_whoever_waits_longest_comes_first_and_pages_go_on_after_them(floor: Floor) -> None:
    later = await record(floor, floor.operator, "先录后提")
    for number in range(3):
        await contested(floor, floor.manager, f"第{number}项")
    await contest(floor, floor.operator, later)
    pages, token = [], ""
    while True:
        found = await waiting(floor, page_size=2, page_token=token)
        pages.append(titles(found))
        token = found.next_page_token
        if not token:
            break
    assert pages == [["第0项", "第1项"], ["第2项", "先录后提"]]


async def test_what_was_contested_at_the_same_moment_is_on_one_page_alone(floor: Floor) -> None:
    for number in range(3):
        await contested(floor, floor.manager, f"第{number}项")
    async with floor.desk.database.transaction() as db:
        await db.run(update(entries).values(contested_at=floor.desk.clock.now()))
    first = await waiting(floor, page_size=1)
    second = await waiting(floor, page_size=2, page_token=first.next_page_token)
    assert sorted(titles(first) + titles(second)) == ["第0项", "第1项", "第2项"]
    assert second.next_page_token == ""


async def test_a_page_goes_on_only_under_the_filters_it_was_begun_with(floor: Floor) -> None:
    for title in ("操作能手", "全勤奖"):
        await contested(floor, floor.operator, title)
    token = (await waiting(floor, page_size=1)).next_page_token
    with refused("PAGE_TOKEN_INVALID"):
        await waiting(floor, page_size=1, page_token=token, employee_id=floor.operator)


async def test_only_people_in_scope_are_shown(floor: Floor) -> None:
    office = await floor.desk.unit("QA")
    inspector = await floor.desk.person(office, await floor.desk.post(office, "QA-IN"))
    await contested(floor, floor.operator, "操作能手")
    await contested(floor, inspector, "质量标兵")
    assert titles(await waiting(floor)) == ["操作能手", "质量标兵"]
    assert titles(await waiting(floor, Scope("unit", UUID(office)))) == ["质量标兵"]
    assert titles(await waiting(floor, Scope("reports"), by=floor.manager)) == ["操作能手"]
    assert titles(await waiting(floor, Scope("reports"), by=inspector)) == []
    # A name asked for does not widen the scope.
    assert titles(await waiting(floor, Scope("unit", UUID(office)), employee_id=floor.operator)) == []


async def test_the_words_are_shown_to_nobody_without_the_right_to_answer(floor: Floor) -> None:
    await contested(floor, floor.operator, "操作能手")
    request = profiles_pb2.ListContestsRequest()
    with refused("PERMISSION_MISSING"):
        await floor.desk.ask(
            "ProfileService.ListContests", request, {"talent.profile.read": (Scope("all"),)}, floor.manager
        )


async def test_one_persons_are_found_alone(floor: Floor) -> None:
    await contested(floor, floor.operator, "操作能手")
    await contested(floor, floor.manager, "优秀经理")
    assert titles(await waiting(floor, employee_id=floor.manager)) == ["优秀经理"]


async def test_nobody_is_asked_to_answer_themselves(floor: Floor) -> None:
    entry_id = await contested(floor, floor.hr, "优秀员工")
    assert titles(await waiting(floor)) == []
    assert titles(await waiting(floor, by=floor.manager)) == ["优秀员工"]
    with refused("OWN_RECORD"):
        await floor.office(
            "AnswerContest",
            profiles_pb2.AnswerContestRequest(employee_id=floor.hr, entry_id=entry_id, keep=True, answer="没有问题"),
        )


@pytest.mark.parametrize("keep", [True, False])
async def test_what_is_answered_waits_no_longer(floor: Floor, keep: bool) -> None:
    entry_id = await contested(floor, floor.operator, "操作能手")
    request = profiles_pb2.AnswerContestRequest(
        employee_id=floor.operator, entry_id=entry_id, keep=keep, answer="核对过名单"
    )
    await floor.office("AnswerContest", request)
    assert titles(await waiting(floor)) == []
    if keep:
        await contest(floor, floor.operator, entry_id, "名单是旧的")
        (again,) = (await waiting(floor)).contests
        assert (again.entry.contested, again.entry.contest_answer) == ("名单是旧的", "")


async def test_an_entry_that_was_followed_meanwhile_still_waits(floor: Floor) -> None:
    rated = (await floor.rate(1)).entries[0]
    await contest(floor, floor.operator, rated.entry_id)
    await floor.rate(3)
    (one,) = (await waiting(floor)).contests
    assert (one.entry.entry_id, one.entry.level, one.entry.HasField("ended_at")) == (rated.entry_id, 1, True)
    request = profiles_pb2.AnswerContestRequest(
        employee_id=floor.operator, entry_id=rated.entry_id, answer="已经重新评定"
    )
    await floor.office("AnswerContest", request)
    assert titles(await waiting(floor)) == []


async def test_whoever_left_and_whoever_was_erased_is_not_shown(floor: Floor) -> None:
    await contested(floor, floor.operator, "操作能手")
    await contested(floor, floor.manager, "优秀经理")
    left = employees_events.PersonPlaced(employee_id=floor.operator, number="E0002", employed=False)
    async with floor.desk.database.transaction() as db:
        await directory.place_person(db, left)
    assert titles(await waiting(floor)) == ["优秀经理"]
    erased = employees_events.PersonPlaced(employee_id=floor.manager, number="E0001", erased=True)
    async with floor.desk.database.transaction() as db:
        call = Call(db=db, house=floor.desk.gate.house, request_id="test")
        await call.house.vault.erase(db, UUID(floor.manager), call.now)
        await directory.place_person(db, erased)
        await copies.follow_person(call, erased)
    assert titles(await waiting(floor)) == []


async def test_words_that_somebody_altered_hide_nobody_elses(floor: Floor) -> None:
    altered = await contested(floor, floor.operator, "操作能手")
    await contested(floor, floor.manager, "优秀经理")
    async with floor.desk.database.transaction() as db:
        await db.run(update(entries).where(entries.c.entry_id == UUID(altered)).values(contested=b"altered"))
    found = await waiting(floor)
    assert [(one.entry.title, one.entry.contested) for one in found.contests] == [
        ("操作能手", ""),
        ("优秀经理", "那不是我的"),
    ]
