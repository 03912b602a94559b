"""The catalogue of skills: the delivered set, what people make of it, and the skills that texts name."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit import pages
from libs.kit.database import Database
from mainstay.talent.v1 import skills_pb2 as pb
from services.talent import skill_store
from services.talent.catalogue.catalogue import Catalogue
from services.talent.catalogue.importing import imported
from services.talent.catalogue.own import own_catalogue
from services.talent.catalogue.problems import Report
from services.talent.catalogue.skills import Kind, Origin, Source
from services.talent.skill_import import bring_in
from services.talent.skill_rules import skill_id_of
from services.talent.skill_text import TextIndex
from services.talent.tables import skill_labels, skill_relations, skills
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused

FITTER = UUID(int=42)


@pytest.fixture
async def filled(desk: Desk, database: Database) -> Desk:
    """The desk of a service that has started."""
    async with database.transaction() as db:
        await skill_store.keep_own_set(db, desk.clock.now())
    return desk


async def contents(database: Database) -> dict[str, list[Any]]:
    async with database.reading() as db:
        return {
            table.name: sorted(map(tuple, await db.rows(select(table))), key=str)
            for table in (skills, skill_labels, skill_relations)
        }


async def get(desk: Desk, key: str) -> pb.Skill:
    found: pb.Skill = await desk.ask("SkillService.GetSkill", pb.GetSkillRequest(skill_id=str(skill_id_of(key))))
    return found


def words_of(skill: pb.Skill, **other: Any) -> pb.SkillWords:
    """What a skill says, as a form sends it back, with something said otherwise."""
    words = pb.SkillWords()
    for field in pb.SkillWords.DESCRIPTOR.fields:
        value = other.get(field.name, getattr(skill, field.name))
        if field.is_repeated:
            getattr(words, field.name).extend(value)
        else:
            setattr(words, field.name, value)
    return words


async def change(desk: Desk, skill: pb.Skill, **other: Any) -> pb.Skill:
    request = pb.ChangeSkillRequest(skill_id=skill.skill_id, version=skill.version, words=words_of(skill, **other))
    changed: pb.Skill = await desk.ask("SkillService.ChangeSkill", request, employee_id=FITTER)
    return changed


async def add(desk: Desk, code: str, **words: Any) -> pb.Skill:
    words.setdefault("kind", pb.SKILL_KIND_SKILL)
    words.setdefault("name", code)
    request = pb.AddSkillRequest(code=code, words=pb.SkillWords(**words))
    added: pb.Skill = await desk.ask("SkillService.AddSkill", request, employee_id=FITTER)
    return added


async def every(desk: Desk, size: int, **filters: Any) -> list[pb.Skill]:
    found: list[pb.Skill] = []
    token = ""
    while True:
        request = pb.ListSkillsRequest(page_size=size, page_token=token, **filters)
        page = await desk.ask("SkillService.ListSkills", request)
        found += page.skills
        token = page.next_page_token
        if not token:
            return found


# -- the delivered set


async def test_a_started_service_has_every_delivered_skill_with_its_relations(filled: Desk) -> None:
    real = {key for key, skill in own_catalogue().items() if not skill.group}
    assert {skill.code for skill in await every(filled, 500)} == real
    audit = await get(filled, "supplier-audit")
    assert (audit.name, audit.name_en, audit.tenth_months_per_level) == (
        "供应商资质审核",
        "Supplier qualification audit",
        30,
    )
    assert [level.level for level in audit.levels] == [1, 2, 3, 4, 5]
    assert "vendor audit" in audit.synonyms_en
    needed = {one.name for one in audit.relations if one.kind == pb.SKILL_RELATION_KIND_NEEDS}
    assert needed == {"细心", "沟通", "质量管理体系"}


async def test_closeness_is_told_from_both_sides(filled: Desk) -> None:
    for key, other in (("supplier-communication", "customer-support"), ("customer-support", "supplier-communication")):
        close = {one.skill_id: one.closeness for one in (await get(filled, key)).relations if one.kind == 3}
        assert close[str(skill_id_of(other))] == 50


async def test_starting_again_changes_nothing(filled: Desk, database: Database) -> None:
    before = await contents(database)
    async with database.transaction() as db:
        assert not await skill_store.keep_own_set(db, filled.clock.now())
    assert await contents(database) == before


async def test_processes_that_start_at_once_do_not_clash(desk: Desk, database: Database) -> None:
    async def start() -> bool:
        async with database.transaction() as db:
            return await skill_store.keep_own_set(db, desk.clock.now())

    assert sorted(await asyncio.gather(*(start() for _ in range(4)))) == [False, False, False, True]


async def test_a_skill_that_people_changed_keeps_their_words_and_relations(filled: Desk, database: Database) -> None:
    excel = await get(filled, "excel")
    said = await change(filled, excel, name="表格软件", relations=[])
    async with database.transaction() as db:
        assert not await skill_store.keep_own_set(db, filled.clock.now())
    again = await get(filled, "excel")
    assert again == said
    assert (again.name, list(again.relations)) == ("表格软件", [])


async def test_a_newer_set_replaces_what_the_older_one_said(filled: Desk, database: Database) -> None:
    """Excel is gone from the newer set: it stays, since profiles may name it; what the set said of it does not."""
    newer = Catalogue([skill for key, skill in own_catalogue().items() if key != "excel"])
    async with database.transaction() as db:
        assert await skill_store.keep_own_set(db, filled.clock.now(), newer)
    assert (await get(filled, "excel")).name == "Excel 表格"
    assert list((await get(filled, "supplier-audit")).relations) == []


# -- listing


async def test_pages_bring_every_skill_once_the_companys_own_first(filled: Desk, database: Database) -> None:
    await import_one(database, "esco:1", "abacus use")
    found = await every(filled, 7)
    assert len({skill.skill_id for skill in found}) == len(found)
    assert [skill.name_en for skill in found if skill.source != pb.SKILL_SOURCE_OWN] == ["abacus use"]
    assert found[-1].name_en == "abacus use"
    assert [skill.name for skill in found[:-1]] == [skill.name for skill in (await every(filled, 500))[:-1]]


@pytest.mark.parametrize(
    ("query", "code"),
    [("资质审", "supplier-audit"), ("VENDOR aud", "supplier-audit"), ("supplier-com", "supplier-communication")],
)
async def test_a_skill_is_found_by_part_of_a_label_in_either_language_and_by_its_code(
    filled: Desk, query: str, code: str
) -> None:
    assert code in {skill.code for skill in await every(filled, 50, query=query)}


@pytest.mark.parametrize("size", [1, 50])
async def test_a_skill_called_just_as_was_asked_comes_before_those_whose_names_only_hold_it(
    filled: Desk, database: Database, size: int
) -> None:
    await import_one(database, "esco:1", "communication")
    found = [skill.code for skill in await every(filled, size, query="Communication")]
    assert found[:2] == ["communication", "esco:1"]
    assert "supplier-communication" in found[2:]
    assert len(set(found)) == len(found)


async def test_signs_of_a_search_mean_themselves(filled: Desk) -> None:
    assert await every(filled, 50, query="%") == []
    assert await every(filled, 50, query="_") == []


async def test_filters_narrow_the_list(filled: Desk) -> None:
    found = await every(filled, 50, kind=pb.SKILL_KIND_LANGUAGE)
    assert {skill.code for skill in found} >= {"english", "japanese"}
    assert {skill.kind for skill in found} == {pb.SKILL_KIND_LANGUAGE}
    assert await every(filled, 50, source=pb.SKILL_SOURCE_ESCO) == []


async def test_a_token_of_other_filters_is_refused(filled: Desk) -> None:
    page = await filled.ask("SkillService.ListSkills", pb.ListSkillsRequest(page_size=2))
    with refused("PAGE_TOKEN_INVALID"):
        await filled.ask(
            "SkillService.ListSkills", pb.ListSkillsRequest(page_size=2, query="a", page_token=page.next_page_token)
        )


@pytest.mark.parametrize("key", [("9" * 20, "x", str(UUID(int=0))), ("2", "x", str(UUID(int=0))), ("0", "x", "x")])
async def test_a_forged_token_is_refused(filled: Desk, key: tuple[str, ...]) -> None:
    forged = pages.token_after(pb.ListSkillsRequest(), *key)
    with refused("PAGE_TOKEN_INVALID"):
        await filled.ask("SkillService.ListSkills", pb.ListSkillsRequest(page_token=forged))


# -- adding and changing


async def test_levels_nobody_said_get_the_words_of_their_kind(filled: Desk) -> None:
    added = await add(filled, "patience", kind=pb.SKILL_KIND_ATTITUDE, levels=[pb.SkillLevel(level=3, words="不急躁")])
    assert added.levels[2].words == "不急躁"
    assert added.levels[0].words == "要有人提醒才做到"
    assert all(level.words for level in added.levels)


async def test_an_added_skill_is_found_in_texts_within_a_second(filled: Desk) -> None:
    request = pb.FindSkillsInTextRequest(text="需要会激光切割")
    assert not (await filled.ask("SkillService.FindSkillsInText", request)).found
    await add(filled, "laser-cutting", name="激光切割")
    await asyncio.sleep(1.05)
    found = (await filled.ask("SkillService.FindSkillsInText", request)).found
    assert [(one.words, one.start, one.skills[0].code) for one in found] == [("激光切割", 3, "laser-cutting")]


@pytest.mark.parametrize("label", ["沟通", "Vendor  Audit", "vendor-audit"])
async def test_the_companys_own_skills_do_not_share_labels(filled: Desk, label: str) -> None:
    with refused("SKILL_LABEL_TAKEN"):
        await add(filled, "another", name="别的", synonyms=[label])


async def test_a_code_is_given_once(filled: Desk) -> None:
    with refused("SKILL_LABEL_TAKEN"):
        await add(filled, "excel", name="另一个表格")


async def test_an_imported_skill_may_share_a_label_and_the_text_is_ambiguous(filled: Desk, database: Database) -> None:
    await import_one(database, "esco:2", "vendor audit")
    found = await filled.ask("SkillService.FindSkillsInText", pb.FindSkillsInTextRequest(text="did a vendor audit"))
    assert [skill.code for skill in found.found[0].skills] == ["supplier-audit", "esco:2"]


async def test_a_skill_is_not_broader_than_itself_however_far(filled: Desk) -> None:
    communication = await get(filled, "communication")
    below = pb.SkillRelation(kind=pb.SKILL_RELATION_KIND_BROADER, skill_id=str(skill_id_of("supplier-communication")))
    with refused("SKILL_RELATION_CYCLE"):
        await change(filled, communication, relations=[below])
    assert await get(filled, "communication") == communication


async def test_a_relation_to_nothing_is_refused(filled: Desk) -> None:
    gone = pb.SkillRelation(kind=pb.SKILL_RELATION_KIND_NEEDS, skill_id=str(UUID(int=5)))
    with refused("SKILL_NOT_FOUND"):
        await change(filled, await get(filled, "excel"), relations=[gone])


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "\u200b"},
        {"synonyms": ["\u200b"]},
        {"levels": [pb.SkillLevel(level=2, words="a"), pb.SkillLevel(level=2, words="b")]},
        {"relations": [pb.SkillRelation(kind=pb.SKILL_RELATION_KIND_CLOSE, skill_id=str(UUID(int=5)))]},
    ],
)
async def test_what_cannot_be_said_of_a_skill_is_refused(filled: Desk, wrong: dict[str, Any]) -> None:
    with refused("FIELDS_INVALID"):
        await change(filled, await get(filled, "excel"), **wrong)


async def test_what_is_sent_back_unchanged_stays_as_it_was(filled: Desk) -> None:
    for key in ("supplier-quality", "customer-support", "communication"):
        before = await get(filled, key)
        after = await change(filled, before)
        assert after.version == before.version + 1
        after.version = before.version
        assert after == before


async def test_of_two_who_change_a_skill_the_second_reads_it_again(filled: Desk) -> None:
    before = await get(filled, "excel")
    await change(filled, before, name_en="Spreadsheets")
    with refused("VERSION_CONFLICT"):
        await change(filled, before, name_en="Sheets")


async def test_only_who_keeps_the_catalogue_changes_it(filled: Desk) -> None:
    with refused("PERMISSION_MISSING"):
        request = pb.AddSkillRequest(code="x1", words=pb.SkillWords(kind=pb.SKILL_KIND_SKILL, name="x"))
        await filled.ask("SkillService.AddSkill", request, held={}, employee_id=FITTER)


# -- texts


async def test_a_posting_names_its_skills_in_both_languages(filled: Desk) -> None:
    text = "岗位 IQA:供应商资质审核、quality data entry;擅长与供应商沟通。"
    found = (await filled.ask("SkillService.FindSkillsInText", pb.FindSkillsInTextRequest(text=text))).found
    assert [one.skills[0].code for one in found] == [
        "supplier-quality",
        "supplier-audit",
        "quality-data-entry",
        "supplier-communication",
    ]
    assert all(text[one.start : one.start + len(one.words)] == one.words for one in found)


async def test_groups_are_not_named_by_texts(filled: Desk) -> None:
    found = await filled.ask("SkillService.FindSkillsInText", pb.FindSkillsInTextRequest(text="供应链工作"))
    assert not found.found


async def test_one_process_reads_the_labels_once(filled: Desk, database: Database) -> None:
    index = TextIndex()

    async def find() -> int:
        async with database.reading() as db:
            return len(await index.find(db, "沟通"))

    assert await asyncio.gather(*(find() for _ in range(10))) == [1] * 10


async def import_one(database: Database, key: str, name: str) -> None:
    async with database.transaction() as db:
        skill = imported(key, Kind.SKILL, name, Source(Origin.ESCO, key))
        await bring_in(db, [skill], Report(), datetime(2026, 1, 1, tzinfo=UTC))
