"""ESCO's files become skills and relations; what does not fit is said, and nothing is invented."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.talent.catalogue.catalogue import Catalogue
from services.talent.catalogue.esco import key_of, read_esco
from services.talent.catalogue.importing import imported, taken_over
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.skills import Kind, Origin, Relation, Skill, Source, Words

SKILLS = ("conceptUri", "skillType", "preferredLabel", "altLabels", "hiddenLabels", "status", "description")
GROUPS = ("conceptUri", "preferredLabel", "status", "description", "code")
RELATED = ("originalSkillUri", "originalSkillType", "relationType", "relatedSkillType", "relatedSkillUri")
BASE = "http://data.europa.eu/esco/skill/"


def table(columns: tuple[str, ...], *lines: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *lines])
    return text.getvalue()


def a_skill(
    number: str, label: str, kind: str = "skill/competence", also: str = "", status: str = "released"
) -> tuple[str, ...]:
    return (BASE + number, kind, label, also, "", status, f"About {label}.")


def archive(folder: Path, **files: str) -> Path:
    path = folder / "esco.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(f"{name}.csv", text)
    return path


def taken(path: Path) -> tuple[list[Skill], list[Relation], Report]:
    report = Report()
    entries = list(read_esco([path], report))
    skills = [one for one in entries if isinstance(one, Skill)]
    return skills, [one for one in entries if isinstance(one, Relation)], report


def test_a_whole_download_becomes_a_catalogue(tmp_path: Path) -> None:
    path = archive(
        tmp_path,
        skills_en=table(
            SKILLS,
            a_skill("A1", "audit suppliers", also="supplier auditing\naudit suppliers\nassess vendors"),
            a_skill("b2", "quality standards", "knowledge"),
            a_skill("c3", "write English"),
            a_skill("d4", "obsolete trade", status="deprecated"),
        ),
        skillGroups_en=table(
            GROUPS,
            (BASE + "s1", "assessing", "released", "", "S1"),
            ("http://data.europa.eu/esco/isced-f/0715", "mechanics", "released", "", ""),
        ),
        languageSkillsCollection_en=table(
            ("conceptUri", "broaderConceptUri"), (BASE + "c3", f"{BASE}s1 | {BASE}b2"), (BASE + "d4", BASE + "s1")
        ),
        broaderRelationsSkillPillar_en=table(
            ("conceptType", "conceptUri", "broaderType", "broaderUri"), ("KSC", BASE + "A1", "SkillGroup", BASE + "s1")
        ),
        skillSkillRelations_en=table(
            RELATED,
            (BASE + "A1", "", "essential", "", BASE + "b2"),
            (BASE + "A1", "", "optional", "", BASE + "c3"),
            (BASE + "c3", "", "optional", "", BASE + "A1"),
            (BASE + "b2", "", "related", "", BASE + "c3"),
        ),
    )
    skills, relations, report = taken(path)
    assert report.problems == []
    catalogue = Catalogue(skills, relations)
    assert {key: one.kind for key, one in catalogue.items() if not one.group} == {
        "esco:a1": Kind.SKILL,
        "esco:b2": Kind.KNOWLEDGE,
        "esco:c3": Kind.LANGUAGE,
    }
    audit = catalogue["esco:a1"]
    assert (audit.name, audit.synonyms_en) == (Words(en="audit suppliers"), ("supplier auditing", "assess vendors"))
    assert audit.source == Source(Origin.ESCO, BASE + "A1")
    assert catalogue["esco:isced-f-0715"].group
    assert catalogue.broader("esco:a1") == {"esco:s1"}
    assert catalogue.broader("esco:c3") == {"esco:s1", "esco:b2"}
    assert catalogue.needs("esco:a1") == {"esco:b2"}
    assert catalogue.close("esco:c3") == {"esco:a1": Decimal("0.5"), "esco:b2": Decimal("0.6")}


def test_nothing_is_invented_about_an_imported_skill(tmp_path: Path) -> None:
    ((skill,), _, _) = taken(archive(tmp_path, skills_en=table(SKILLS, a_skill("a", "weld"))))
    assert (skill.name.zh, skill.synonyms_zh, skill.description.zh) == ("", (), "")
    assert (skill.months_per_level, skill.taught_by, skill.trainable) == (None, (), False)
    assert skill.levels[0].en == "Knows of it"


def test_what_people_added_outlives_the_next_import() -> None:
    source = Source(Origin.ESCO, BASE + "a")
    first = imported("esco:a", Kind.SKILL, "weld", source, synonyms=("welding",))
    told = Skill(
        key=first.key,
        kind=first.kind,
        name=Words("焊接", "weld"),
        levels=first.levels,
        source=source,
        synonyms_zh=("电焊",),
        synonyms_en=("welding", "weld metal"),
        months_per_level=Decimal(3),
        taught_by=(Words("焊接课", "welding course"),),
    )
    again = taken_over(told, imported("esco:a", Kind.SKILL, "weld parts", source, synonyms=("welding", "joining")))
    assert again.name == Words("焊接", "weld parts")
    assert (again.synonyms_zh, again.synonyms_en) == (("电焊",), ("welding", "joining", "weld metal"))
    assert again.trainable


@pytest.mark.parametrize(
    ("files", "fault", "line", "column"),
    [
        ({"other_en": "a,b\n"}, Fault.FILE_MISSING, 0, ""),
        (
            {"skills_en": "conceptUri,skillType,preferredLabel,altLabels,status\n"},
            Fault.COLUMN_MISSING,
            1,
            "description",
        ),
        ({"skills_en": table(SKILLS, a_skill("a", "x"), a_skill("a", "y"))}, Fault.DUPLICATE, 3, "conceptUri"),
        ({"skills_en": table(SKILLS, a_skill("a", "  "))}, Fault.VALUE_MISSING, 2, "preferredLabel"),
        ({"skills_en": table(SKILLS, a_skill("a", "x" * 201))}, Fault.VALUE_WRONG, 2, "preferredLabel"),
        ({"skills_en": table(SKILLS, a_skill("a b", "x"))}, Fault.VALUE_WRONG, 2, "conceptUri"),
        ({"skills_en": table(SKILLS, ("", "", "x", "", "", "released", ""))}, Fault.VALUE_MISSING, 2, "conceptUri"),
        ({"skills_en": table(SKILLS, a_skill("a", "x", "magic"))}, Fault.VALUE_UNKNOWN, 2, "skillType"),
    ],
)
def test_a_wrong_file_or_row_is_named(
    tmp_path: Path, files: dict[str, str], fault: Fault, line: int, column: str
) -> None:
    _, _, report = taken(archive(tmp_path, **files))
    assert [(one.fault, one.line, one.column) for one in report.problems] == [(fault, line, column)]


@pytest.mark.parametrize(
    ("relation", "fault", "column"),
    [
        (("a", "essential", "z"), Fault.REFERENCE_UNKNOWN, "relatedSkillUri"),
        (("z", "essential", "a"), Fault.REFERENCE_UNKNOWN, "originalSkillUri"),
        (("a", "essential", "a"), Fault.VALUE_WRONG, "relatedSkillUri"),
        (("a", "magical", "b"), Fault.VALUE_UNKNOWN, "relationType"),
    ],
)
def test_a_relation_that_cannot_be_is_named_and_left_out(
    tmp_path: Path, relation: tuple[str, str, str], fault: Fault, column: str
) -> None:
    of, how, to = relation
    lines = table(RELATED, (BASE + of, "", how, "", BASE + to))
    skills = table(SKILLS, a_skill("a", "x"), a_skill("b", "y"))
    _, relations, report = taken(archive(tmp_path, skills_en=skills, skillSkillRelations=lines))
    assert relations == []
    assert [(one.fault, one.line, one.column) for one in report.problems] == [(fault, 2, column)]


def test_keys_come_from_esco_addresses_only() -> None:
    assert key_of(BASE + "0005c151-5B5a") == "esco:0005c151-5b5a"
    assert key_of("http://data.europa.eu/esco/isced-f/0715") == "esco:isced-f-0715"
    assert key_of("http://example.org/esco/skill/1") == key_of(BASE) == key_of("") == ""


label = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and "\u115f" not in text and "\u1160" not in text
)


@given(st.lists(label, max_size=6))
def test_labels_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, labels: list[str]) -> None:
    lines = [a_skill(str(number), f"n{number}", also=name) for number, name in enumerate(labels)]
    skills, _, report = taken(archive(tmp_path_factory.mktemp("esco"), skills_en=table(SKILLS, *lines)))
    assert report.problems == []
    assert [one.labels for one in skills] == [(f"n{number}", name) for number, name in enumerate(labels)]
