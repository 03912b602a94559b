"""A profile says what is known, by whom and since when; nothing said before is lost."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from libs.kit.ids import NIL, uuid7
from mainstay.talent.v1 import profiles_pb2
from services.talent import evidence
from tests.integration.talent.conftest import Desk
from tests.integration.talent.profile_desk import Floor, open_floor, refused

SELF, MANAGER, RECORDS = (
    profiles_pb2.ENTRY_SOURCE_SELF,
    profiles_pb2.ENTRY_SOURCE_MANAGER,
    profiles_pb2.ENTRY_SOURCE_RECORDS,
)


@pytest.fixture
async def floor(desk: Desk) -> Floor:
    return await open_floor(desk)


def levels(profile: profiles_pb2.Profile) -> dict[int, int]:
    """By source."""
    return {one.source: one.level for one in profile.entries if one.kind == profiles_pb2.ENTRY_KIND_SKILL}


async def test_of_whom_nothing_was_said_the_posts_held_are_shown(floor: Floor) -> None:
    found = await floor.profile()
    assert [(one.title, one.title_en, one.ends_on) for one in found.posts] == [("操作工", "Operator", "")]
    assert (list(found.entries), found.version, found.HasField("aspirations")) == ([], 0, False)


async def test_a_planned_post_is_not_yet_held(floor: Floor) -> None:
    desk = floor.desk
    unit = await desk.unit("QA")
    now, then = await desk.post(unit, "QA-1", title="现在"), await desk.post(unit, "QA-2", title="以后")
    person = await desk.person(unit, now, held=[(now, desk.day(-10), desk.day(4)), (then, desk.day(5), "")])
    found = await floor.office("GetProfile", profiles_pb2.GetProfileRequest(employee_id=person))
    assert [one.title for one in found.posts] == ["现在"]


async def test_the_source_follows_from_who_speaks(floor: Floor) -> None:
    await floor.claim(4)
    await floor.rate(3)
    records = profiles_pb2.RecordEntryRequest(
        employee_id=floor.operator, kind=profiles_pb2.ENTRY_KIND_SKILL, skill_id=floor.data_entry, level=2
    )
    found = await floor.office("RecordEntry", records)
    assert levels(found) == {SELF: 4, MANAGER: 3, RECORDS: 2}
    by = {one.source: one.recorded_by for one in found.entries}
    assert by == {SELF: floor.operator, MANAGER: floor.manager, RECORDS: floor.hr}
    assert {(one.title, one.title_en) for one in found.entries} == {("数据录入", "Data entry")}


async def test_an_edit_closes_ones_own_word_and_leaves_the_managers(floor: Floor) -> None:
    await floor.rate(3, evidence="夜班独立录入")
    await floor.claim(2)
    found = await floor.claim(5)
    assert levels(found) == {SELF: 5, MANAGER: 3}
    history = await floor.history()
    assert [(one.source, one.level, one.HasField("ended_at")) for one in history] == [
        (SELF, 5, False),
        (SELF, 2, True),
        (MANAGER, 3, False),
    ]
    assert history[2].evidence == "夜班独立录入"


async def test_every_change_raises_the_version_and_is_told(floor: Floor) -> None:
    await floor.claim(2)
    found = await floor.rate(3)
    facts = await floor.desk.facts("ProfileChanged")
    assert found.version == 2
    assert [(one.employee_id, list(one.skill_ids), one.version) for one in facts] == [
        (floor.operator, [floor.data_entry], 1),
        (floor.operator, [floor.data_entry], 2),
    ]


async def test_saying_the_same_again_changes_nothing(floor: Floor) -> None:
    first = await floor.claim(2, evidence="每周录入")
    assert await floor.claim(2, evidence="每周录入") == first
    assert len(await floor.desk.facts("ProfileChanged")) == 1


async def test_two_at_once_leave_one_standing(floor: Floor) -> None:
    await asyncio.gather(*(floor.rate(level) for level in range(6)))
    assert len((await floor.profile()).entries) == 1
    assert sorted(one.level for one in await floor.history()) == [0, 1, 2, 3, 4, 5]


async def test_a_certificate_is_named_and_may_lapse(floor: Floor) -> None:
    request = profiles_pb2.RecordEntryRequest(
        kind=profiles_pb2.ENTRY_KIND_CERTIFICATE, title="内审员 ", observed_on="2024-05-01", valid_to="2027-04-30"
    )
    await floor.own("RecordEntry", request)
    request.title, request.valid_to = "安全员", "2025-04-30"
    found = await floor.own("RecordEntry", request)
    assert [(one.title, one.valid_to) for one in found.entries] == [("安全员", "2025-04-30"), ("内审员", "2027-04-30")]
    async with floor.desk.database.reading() as db:
        held = await evidence.held_of(db, [floor.id], floor.desk.today)
        lapsed = await evidence.lapsed(db, floor.desk.today.replace(year=2025, month=4, day=30), floor.desk.today)
    assert [one.title for one in held[floor.id]] == ["内审员"]
    assert lapsed == [floor.id]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"skill_id": ""}, "skill_id"),
        ({"kind": profiles_pb2.ENTRY_KIND_AWARD, "title": " \u200b "}, "title"),
        ({"observed_on": "1949-12-31"}, "observed_on"),
        ({"observed_on": "2024-02-30"}, "observed_on"),
        ({"observed_on": "2024-02-03", "valid_to": "2024-02-02"}, "valid_to"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(floor: Floor, change: dict[str, object], field: str) -> None:
    values = {"kind": profiles_pb2.ENTRY_KIND_SKILL, "skill_id": floor.data_entry, "level": 1} | change
    with refused("FIELDS_INVALID", field):
        await floor.own("RecordEntry", profiles_pb2.RecordEntryRequest(**values))  # type: ignore[arg-type]


async def test_a_profile_says_nothing_of_tomorrow(floor: Floor) -> None:
    with refused("ENTRY_IN_FUTURE"):
        await floor.claim(2, observed_on=floor.desk.day(1))
    with refused("ENTRY_IN_FUTURE"):
        await floor.rate(2, observed_on=floor.desk.day(1))


async def test_a_skill_must_be_in_the_catalogue(floor: Floor) -> None:
    request = profiles_pb2.RateSkillRequest(
        employee_id=floor.operator, skill_id=str(uuid7()), level=1, evidence="见过一次"
    )
    with refused("SKILL_NOT_FOUND"):
        await floor.boss("RateSkill", request)


async def test_nobody_is_known_but_who_works_here(floor: Floor) -> None:
    stranger = str(uuid7())
    for short, request in (
        ("GetProfile", profiles_pb2.GetProfileRequest(employee_id=stranger)),
        ("ListProfileHistory", profiles_pb2.ListProfileHistoryRequest(employee_id=stranger)),
        ("SetAspirations", profiles_pb2.SetAspirationsRequest(employee_id=stranger, aspirations={"mobile": True})),
        ("GetRisk", profiles_pb2.GetRiskRequest(employee_id=stranger)),
    ):
        with refused("PERSON_NOT_FOUND"):
            await floor.office(short, request)
    assert await floor.desk.facts("ProfileChanged") == []


async def test_learning_is_rated_slow_usual_or_fast(floor: Floor) -> None:
    request = profiles_pb2.RatePotentialRequest(
        employee_id=floor.operator,
        kind=profiles_pb2.POTENTIAL_KIND_LEARNING,
        level=4,
        evidence="两周学会新系统",
    )
    with refused("FIELDS_INVALID", "level"):
        await floor.boss("RatePotential", request)
    request.level = 3
    await floor.boss("RatePotential", request)
    (seen,) = (await floor.profile()).entries
    assert (seen.potential, seen.level, seen.evidence) == (request.kind, 3, "两周学会新系统")
    async with floor.desk.database.reading() as db:
        assert (await evidence.evidence_of(db, [floor.id], floor.desk.today))[floor.id].learning == 3


async def test_oneself_ends_what_oneself_has_said_and_nothing_else(floor: Floor) -> None:
    await floor.claim(4)
    rated = next(one for one in (await floor.rate(2)).entries if one.source == MANAGER)
    claimed = next(one for one in (await floor.profile()).entries if one.source == SELF)
    with refused("ENTRY_OF_OTHERS"):
        await floor.own("EndEntry", profiles_pb2.EndEntryRequest(entry_id=rated.entry_id))
    found = await floor.own("EndEntry", profiles_pb2.EndEntryRequest(entry_id=claimed.entry_id, reason="写错了"))
    assert levels(found) == {MANAGER: 2}
    with refused("ENTRY_ENDED"):
        await floor.own("EndEntry", profiles_pb2.EndEntryRequest(entry_id=claimed.entry_id))


async def test_who_keeps_records_ends_records_and_not_what_the_person_says(floor: Floor) -> None:
    claimed = (await floor.claim(4)).entries[0]
    request = profiles_pb2.RecordEntryRequest(
        employee_id=floor.operator, kind=profiles_pb2.ENTRY_KIND_AWARD, title="操作能手"
    )
    award = next(one for one in (await floor.office("RecordEntry", request)).entries if one.title == "操作能手")
    of = {"employee_id": floor.operator}
    with refused("ENTRY_OF_OTHERS"):
        await floor.office("EndEntry", profiles_pb2.EndEntryRequest(entry_id=claimed.entry_id, **of))
    found = await floor.office("EndEntry", profiles_pb2.EndEntryRequest(entry_id=award.entry_id, **of))
    assert [one.entry_id for one in found.entries] == [claimed.entry_id]


async def test_an_entry_of_somebody_else_is_not_found_by_another_persons_id(floor: Floor) -> None:
    claimed = (await floor.claim(4)).entries[0]
    request = profiles_pb2.EndEntryRequest(employee_id=floor.manager, entry_id=claimed.entry_id)
    with refused("ENTRY_NOT_FOUND"):
        await floor.office("EndEntry", request)


async def test_hr_confirms_and_who_did_it_first_stays_named(floor: Floor) -> None:
    claimed = (await floor.claim(4)).entries[0]
    await floor.rate(2)
    request = profiles_pb2.VerifyEntryRequest(employee_id=floor.operator, entry_id=claimed.entry_id)
    await floor.office("VerifyEntry", request)
    found = await floor.boss("VerifyEntry", request)
    assert [one.verified_by for one in found.entries if one.source == SELF] == [floor.hr]
    assert found.version == 3
    async with floor.desk.database.reading() as db:
        (counts,) = (await evidence.held_of(db, [floor.id], floor.desk.today))[floor.id]
    assert (counts.level, counts.verified) == (4, True)
    await floor.claim(5)
    with refused("ENTRY_ENDED"):
        await floor.office("VerifyEntry", request)
    assert all(not one.verified_by for one in (await floor.profile()).entries)


async def test_history_comes_in_pages_and_by_skill(floor: Floor) -> None:
    for level in range(5):
        await floor.claim(level)
    await floor.own(
        "RecordEntry",
        profiles_pb2.RecordEntryRequest(kind=profiles_pb2.ENTRY_KIND_SKILL, skill_id=floor.audit, level=1),
    )
    request = profiles_pb2.ListProfileHistoryRequest(skill_id=floor.data_entry, page_size=2)
    seen: list[int] = []
    for _ in range(3):
        page = await floor.own("ListProfileHistory", request)
        seen += [one.level for one in page.entries]
        request.page_token = page.next_page_token
    assert (seen, request.page_token) == ([4, 3, 2, 1, 0], "")


async def test_each_persons_evidence_is_their_own_and_nobodys_is_empty(floor: Floor) -> None:
    await floor.claim(4)
    await floor.desk.ask(
        "ProfileService.RecordEntry",
        profiles_pb2.RecordEntryRequest(kind=profiles_pb2.ENTRY_KIND_SKILL, skill_id=floor.audit, level=3),
        employee_id=floor.manager,
    )
    async with floor.desk.database.reading() as db:
        found = await evidence.evidence_of(db, [floor.id, UUID(floor.manager), NIL], floor.desk.today)
    held = {one: [statement.level for statement in known.held] for one, known in found.items()}
    assert held == {floor.id: [4], UUID(floor.manager): [3], NIL: []}
    assert found[NIL].version == 0
