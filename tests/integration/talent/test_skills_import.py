"""`import-skills` brings a classification in whole or not at all, and again without changing anything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from libs.kit.database import Database
from mainstay.talent.v1 import skills_pb2 as pb
from services.talent import skill_import, skill_store
from services.talent.catalogue.esco import read_esco
from services.talent.catalogue.onet import read_onet
from services.talent.catalogue.problems import Report
from services.talent.skill_import import NotImported, Outcome, bring_in
from services.talent.skill_rules import skill_id_of
from services.talent.tables import skill_labels, skill_relations, skills
from tests.integration.talent.conftest import Desk
from tests.integration.talent.test_skills import change

ESCO = "http://data.europa.eu/esco/skill/"
HEADING = "conceptUri,skillType,preferredLabel,altLabels,hiddenLabels,status,description\n"
SKILLS = (
    f'{ESCO}a,skill/competence,audit suppliers,"vendor audit\nsupplier checks",,released,Checks suppliers.\n'
    f"{ESCO}b,knowledge,quality standards,,,released,\n"
)
BROADER = f"conceptType,conceptUri,broaderType,broaderUri\nS,{ESCO}a,S,{ESCO}b\n"
RELATED = (
    f"originalSkillUri,originalSkillType,relationType,relatedSkillType,relatedSkillUri\n{ESCO}a,s,essential,k,{ESCO}b\n"
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "skills_en.csv").write_text(HEADING + SKILLS)
    (tmp_path / "broaderRelationsSkillPillar.csv").write_text(BROADER)
    (tmp_path / "skillSkillRelations.csv").write_text(RELATED)
    return tmp_path


async def bring(desk: Desk, folder: Path, read: Any = read_esco) -> tuple[Outcome, Report]:
    report = Report()
    async with desk.database.transaction() as db:
        outcome = await bring_in(db, read([folder], report), report, desk.clock.now())
    return outcome, report


async def counts(database: Database) -> Sequence[int]:
    async with database.reading() as db:
        return [
            await db.value(select(func.count()).select_from(table)) for table in (skills, skill_labels, skill_relations)
        ]


async def of(desk: Desk, key: str) -> pb.Skill:
    found: pb.Skill = await desk.ask("SkillService.GetSkill", pb.GetSkillRequest(skill_id=str(skill_id_of(key))))
    return found


async def test_skills_come_in_with_synonyms_and_relations(desk: Desk, files: Path) -> None:
    outcome, report = await bring(desk, files)
    assert (outcome.added, outcome.related, report.total) == (2, 2, 0)
    audit = await of(desk, "esco:a")
    assert (audit.code, audit.name, audit.name_en) == (f"{ESCO}a", "", "audit suppliers")
    assert list(audit.synonyms_en) == ["vendor audit", "supplier checks"]
    assert (audit.source, audit.tenth_months_per_level) == (pb.SKILL_SOURCE_ESCO, 0)
    assert {(one.kind, one.name_en) for one in audit.relations} == {
        (pb.SKILL_RELATION_KIND_BROADER, "quality standards"),
        (pb.SKILL_RELATION_KIND_NEEDS, "quality standards"),
    }


async def test_the_same_file_again_changes_nothing(desk: Desk, database: Database, files: Path) -> None:
    await bring(desk, files)
    before, audit = await counts(database), await of(desk, "esco:a")
    desk.clock.move(timedelta(days=30))
    outcome, _ = await bring(desk, files)
    assert (outcome.added, outcome.changed, outcome.same, outcome.related) == (0, 0, 2, 0)
    assert (await counts(database), await of(desk, "esco:a")) == (before, audit)


async def test_what_people_said_since_stays_and_what_they_took_away_does_not_come_back(desk: Desk, files: Path) -> None:
    await bring(desk, files)
    said = await change(desk, await of(desk, "esco:a"), name="供应商审核", relations=[], taught_by=["审核课"])
    (files / "skills_en.csv").write_text(HEADING + SKILLS.replace("Checks suppliers.", "Checks what suppliers can do."))
    outcome, _ = await bring(desk, files)
    assert (outcome.changed, outcome.same, outcome.related) == (1, 1, 0)
    again = await of(desk, "esco:a")
    assert (again.name, list(again.taught_by), list(again.relations)) == ("供应商审核", ["审核课"], [])
    assert again.description_en == "Checks what suppliers can do."
    assert again.version == said.version + 1


@pytest.mark.parametrize("broken", ["skillSkillRelations.csv", "skills_en.csv"])
async def test_of_a_file_that_cannot_be_read_nothing_comes_in(
    desk: Desk, database: Database, files: Path, broken: str
) -> None:
    with (files / broken).open("ab") as file:
        file.write(b'"never closed\xff\n')
    with pytest.raises(NotImported):
        await bring(desk, files)
    assert await counts(database) == [0, 0, 0]


async def test_a_wrong_row_is_left_out_and_named_with_what_to_do(desk: Desk, files: Path) -> None:
    with (files / "skillSkillRelations.csv").open("a") as file:
        file.write(f"{ESCO}a,s,essential,k,{ESCO}gone\n")
    outcome, report = await bring(desk, files)
    assert (outcome.added, outcome.related) == (2, 2)
    (line,) = skill_import.problems(report, "en")
    assert line.startswith("skillSkillRelations.csv:3:relatedSkillUri: ")
    assert line.endswith("Import all files of the same release together.")
    told = list(skill_import.told(outcome, report, "zh-CN", 1.0))
    assert told[0] == "1 行没有采用，原因见上；其余已导入。"


async def test_a_relation_that_would_close_a_loop_is_left_out_and_named(desk: Desk, files: Path) -> None:
    (files / "broaderRelationsSkillPillar.csv").write_text(f"{BROADER}S,{ESCO}b,S,{ESCO}a\n")
    outcome, report = await bring(desk, files)
    assert outcome.loops == ["esco:b → esco:a"]
    assert any("esco:b → esco:a" in line for line in skill_import.told(outcome, report, "en", 1.0))


async def test_onet_elements_and_groups_come_in(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "Content Model Reference.txt").write_text(
        "Element ID\tElement Name\tDescription\n2.A.1\tContent\tGroup\n2.A.1.a\tReading Comprehension\tReads.\n"
    )
    outcome, _ = await bring(desk, tmp_path, read_onet)
    assert (outcome.added, outcome.related) == (2, 1)
    found = await desk.ask("SkillService.ListSkills", pb.ListSkillsRequest(source=pb.SKILL_SOURCE_ONET))
    assert [skill.code for skill in found.skills] == ["2.A.1.a"]


async def test_many_skills_come_in_by_batches(
    desk: Desk, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skill_import, "BATCH", 3)
    rows = "".join(f"{ESCO}{n},knowledge,subject {n},other {n},,released,\n" for n in range(10))
    (tmp_path / "skills_en.csv").write_text(HEADING + rows)
    outcome, _ = await bring(desk, tmp_path)
    assert outcome.added == 10
    assert (await counts(database))[:2] == [10, 20]
    again, _ = await bring(desk, tmp_path)
    assert (again.added, again.same) == (0, 10)


async def test_an_import_and_a_starting_service_wait_for_each_other(
    desk: Desk, database: Database, files: Path
) -> None:
    async def start() -> None:
        async with database.transaction() as db:
            await skill_store.keep_own_set(db, desk.clock.now())

    await asyncio.gather(start(), bring(desk, files), start())
    assert (await of(desk, "esco:a")).version == (await of(desk, "communication")).version == 1
