"""O*NET's files become skills under their groups; what does not fit is said, and nothing is invented."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.talent.catalogue.catalogue import Catalogue
from services.talent.catalogue.onet import key_of, read_onet, tool_key
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.skills import KEY, Kind, Relation, Skill, Words

REFERENCE = [
    ("Element ID", "Element Name", "Description"),
    ("1.A.1", "Cognitive Abilities", "Thinking"),
    ("1.A.1.a", "Oral Comprehension", "Listening and understanding"),
    ("1.C.1.a", "Persistence", "Does not give up"),
    ("2.A.1", "Content", "Basic structures"),
    ("2.A.1.a", "Reading Comprehension", "Understanding written sentences"),
    ("2.C.1", "Business", "Principles"),
    ("3.A", "Experience", "Not ours"),
]
RATED = ("O*NET-SOC Code", "Element ID", "Element Name", "Scale ID", "Data Value")
TECHNOLOGY = ("O*NET-SOC Code", "Example", "Commodity Code", "Commodity Title")


def written(folder: Path, name: str, lines: Sequence[tuple[str, ...]]) -> None:
    content = "".join("\t".join(line) + "\n" for line in lines).encode()
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def taken(folder: Path) -> tuple[list[Skill], list[Relation], Report]:
    report = Report()
    entries = list(read_onet([folder], report))
    skills = [one for one in entries if isinstance(one, Skill)]
    return skills, [one for one in entries if isinstance(one, Relation)], report


def test_elements_become_skills_below_their_groups(tmp_path: Path) -> None:
    written(tmp_path, "Content Model Reference.txt", REFERENCE)
    written(tmp_path, "Skills.txt", [RATED, ("11-1011.00", "2.A.1.a", "Reading Comprehension", "IM", "4.1")])
    skills, relations, report = taken(tmp_path)
    catalogue = Catalogue(skills, relations)
    assert report.problems == []
    assert {key: (one.kind, one.group) for key, one in catalogue.items()} == {
        "onet:1.a.1": (Kind.SKILL, True),
        "onet:1.a.1.a": (Kind.SKILL, False),
        "onet:1.c.1.a": (Kind.ATTITUDE, False),
        "onet:2.a.1": (Kind.SKILL, True),
        "onet:2.a.1.a": (Kind.SKILL, False),
        "onet:2.c.1": (Kind.KNOWLEDGE, False),
    }
    reading = catalogue["onet:2.a.1.a"]
    assert (reading.name, reading.description) == (
        Words(en="Reading Comprehension"),
        Words(en="Understanding written sentences"),
    )
    assert (reading.months_per_level, reading.trainable, reading.source.id) == (None, False, "2.A.1.a")
    assert catalogue.broader("onet:2.a.1.a") == {"onet:2.a.1"}


def test_technology_becomes_one_skill_per_tool_under_each_of_its_kinds(tmp_path: Path) -> None:
    written(
        tmp_path,
        "Technology_Skills.txt.gz",
        [
            TECHNOLOGY,
            ("1", "Microsoft Excel", "43232110", "Spreadsheet software"),
            ("2", "Microsoft Excel", "43232110", "Spreadsheet software"),
            ("2", "C#", "43232402", "Development environment software"),
            ("2", "C", "43232402", "Development environment software"),
            ("3", "microsoft excel", "43232402", "Development environment software"),
        ],
    )
    skills, relations, report = taken(tmp_path)
    catalogue = Catalogue(skills, relations)
    assert report.problems == []
    assert [one.name.en for one in skills if not one.group] == ["Microsoft Excel", "C#", "C"]
    assert catalogue.broader(tool_key("Microsoft Excel")) == {"onet:43232110", "onet:43232402"}
    assert [one.keys for one in catalogue.labels.find("C#")] == [(tool_key("c#"),)]


def test_without_the_reference_the_rated_elements_are_the_skills(tmp_path: Path) -> None:
    line = ("11-1011.00", "2.A.1.a", "Reading Comprehension", "IM", "4.1")
    written(tmp_path, "Skills.txt", [RATED, line, line])
    ((skill,), relations, report) = taken(tmp_path)
    assert (skill.key, skill.name.en, relations, report.problems) == ("onet:2.a.1.a", "Reading Comprehension", [], [])


def test_keys_of_tools_are_keys_and_differ_where_the_tools_do() -> None:
    names = ["C", "C#", "C++", "数据库", "R&D tool", "a" * 300, "a" * 301, "A_B", "A B"]
    keys = {tool_key(name) for name in names}
    assert len(keys) == len(names)
    assert all(KEY.fullmatch(key) for key in keys)
    assert tool_key("Six-Sigma Tool") == tool_key("six  sigma tool")
    assert key_of("2.A.1.a") == "onet:2.a.1.a"


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("Other.txt", [("a", "b")], (Fault.FILE_MISSING, 0, "")),
        ("Content Model Reference.txt", [("Element ID", "Description")], (Fault.COLUMN_MISSING, 1, "Element Name")),
        ("Content Model Reference.txt", [*REFERENCE, ("2.A.1", "X", "")], (Fault.DUPLICATE, 9, "Element ID")),
        ("Content Model Reference.txt", [*REFERENCE, ("two", "X", "")], (Fault.VALUE_WRONG, 9, "Element ID")),
        ("Content Model Reference.txt", [*REFERENCE, ("", "X", "")], (Fault.VALUE_MISSING, 9, "Element ID")),
        ("Content Model Reference.txt", [*REFERENCE, ("2.B.1", "", "")], (Fault.VALUE_MISSING, 9, "Element Name")),
        ("Content Model Reference.txt", [*REFERENCE, ("2.B.1", "X")], (Fault.ROW_SHORT, 9, "")),
        ("Technology Skills.txt", [TECHNOLOGY, ("1", "X", "43", "Y")], (Fault.VALUE_WRONG, 2, "Commodity Code")),
        ("Technology Skills.txt", [TECHNOLOGY, ("1", "", "43232110", "Y")], (Fault.VALUE_MISSING, 2, "Example")),
        ("Skills.txt", [RATED, ("1", "9.Z", "X", "IM", "1")], (Fault.VALUE_WRONG, 2, "Element ID")),
        ("Skills.txt", [RATED, ("1", "4.A.1", "X", "IM", "1")], (Fault.VALUE_WRONG, 2, "Element ID")),
    ],
)
def test_a_wrong_file_or_row_is_named(
    tmp_path: Path, name: str, lines: list[tuple[str, ...]], expected: tuple[Fault, int, str]
) -> None:
    written(tmp_path, name, lines)
    _, _, report = taken(tmp_path)
    assert [(one.fault, one.line, one.column) for one in report.problems] == [expected]


def test_a_rating_of_an_element_the_reference_does_not_have_is_named_once(tmp_path: Path) -> None:
    written(tmp_path, "Content Model Reference.txt", REFERENCE)
    line = ("11-1011.00", "2.B.9.z", "Unheard of", "IM", "4.1")
    written(tmp_path, "Skills.txt", [RATED, line, line])
    skills, _, report = taken(tmp_path)
    assert "onet:2.b.9.z" not in {one.key for one in skills}
    assert [(one.fault, one.file, one.line) for one in report.problems] == [(Fault.REFERENCE_UNKNOWN, "Skills.txt", 2)]
