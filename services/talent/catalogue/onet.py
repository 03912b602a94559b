"""Reads O*NET's files (tab-separated as published, or as CSV; plain, gzip or in a zip) into skills and relations.

    report = Report()
    for entry in read_onet([folder], report): ...   # Skill, then Relation

- `Content Model Reference`: the elements 2.A and 2.B (skills), 2.C (knowledge), 1.A (abilities, as skills: O*NET
  means "enduring attributes", so nobody should expect a course for them), 1.C (work styles, as attitudes). Elements
  with others below them are groups. Key `onet:` and the element id in small letters; BROADER follows the id.
- `Skills`, `Knowledge`, `Abilities`, `Work Styles`: ratings of occupations. Here they only show which elements are in
  use, and are checked against the reference; without the reference they are the skills.
- `Technology Skills`: each example a skill (`onet:tool:excel…`), each commodity a group above it (`onet:43232110`).

O*NET relates its elements by the tree alone, so there is no NEEDS and no CLOSE: nothing is invented.
Kept in memory: the reference (630 rows) and one key per skill and relation.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from services.talent.catalogue.folding import fold
from services.talent.catalogue.importing import imported, named
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.reading import Member, Row, members, rows
from services.talent.catalogue.skills import Kind, Origin, Relation, RelationKind, Skill, Source

BRANCHES = {
    "1.A": Kind.SKILL,
    "1.C": Kind.ATTITUDE,
    "2.A": Kind.SKILL,
    "2.B": Kind.SKILL,
    "2.C": Kind.KNOWLEDGE,
}
RATINGS = ("skills", "knowledge", "abilities", "work_styles")
MOST_ELEMENTS = 10_000
LONGEST_TOOL = 70
_ELEMENT = re.compile(r"[1-6](?:\.[A-Za-z0-9]{1,3}){0,6}")
_COMMODITY = re.compile(r"\d{8}")
_ID, _NAME = "Element ID", "Element Name"


def key_of(element: str) -> str:
    """`onet:` and the element id or commodity code, in small letters."""
    return f"onet:{element.lower()}"


def tool_key(example: str) -> str:
    """The key of a technology skill. Two spellings of one label have the same key; signs that no key may have are
    written by their number, so that no two labels share one ("C" is not "C#"); a long one ends in a digest.
    """
    plain = fold(example).text.replace(" ", "-")
    safe = "".join(sign if re.fullmatch(r"[a-z0-9.+#-]", sign) else f":{ord(sign):x}:" for sign in plain)
    if len(safe) > LONGEST_TOOL:
        safe = f"{safe[: LONGEST_TOOL - 17]}-{sha256(safe.encode()).hexdigest()[:16]}"
    return f"onet:tool:{safe}"


def read_onet(paths: Sequence[Path], report: Report) -> Iterator[Skill | Relation]:
    """Every skill and group of the files, and every relation after both its ends."""
    by_stem = {member.stem.lower().replace(" ", "_"): member for member in members(paths, report)}
    if not {"content_model_reference", *RATINGS, "technology_skills"} & by_stem.keys():
        report.note(Fault.FILE_MISSING, ", ".join(path.name for path in paths), name="Content Model Reference")
        return
    yield from _Reading(by_stem, report).entries()


class _Reading:
    def __init__(self, by_stem: dict[str, Member], report: Report) -> None:
        self._files = by_stem
        self._report = report

    def entries(self) -> Iterator[Skill | Relation]:
        elements = self._reference()
        described = bool(elements)
        self._add_rated(elements, described)
        parents = {parent_of(element) for element in elements}
        for element, (name, description) in elements.items():
            kind = BRANCHES[element[:3]]
            source = Source(Origin.ONET, element)
            group = element in parents
            yield imported(key_of(element), kind, name, source, description=description, group=group)
        for element in elements:
            if parent_of(element) in elements:
                yield Relation(key_of(element), RelationKind.BROADER, key_of(parent_of(element)))
        yield from self._technology()

    def _rows(self, stem: str, columns: Sequence[str]) -> Iterator[Row]:
        if stem in self._files:
            yield from rows(self._files[stem], columns, self._report)

    def _reference(self) -> dict[str, tuple[str, str]]:
        """Name and description of every element of the branches that are ours."""
        found: dict[str, tuple[str, str]] = {}
        for row in self._rows("content_model_reference", (_ID, _NAME, "Description")):
            element = self._element(row)
            if element and element in found:
                self._report.note(Fault.DUPLICATE, row.file, row.line, _ID, value=element)
            elif element and (name := named(row, _NAME, self._report)):
                found[element] = (name, row["Description"])
            if len(found) >= MOST_ELEMENTS:
                self._report.note(Fault.TOO_LARGE, row.file, row.line, limit=MOST_ELEMENTS)
                break
        return found

    def _add_rated(self, elements: dict[str, tuple[str, str]], described: bool) -> None:
        for stem in RATINGS:
            told: set[str] = set()
            for row in self._rows(stem, (_ID, _NAME)):
                element = row[_ID]
                if element in elements or element in told or len(elements) + len(told) >= MOST_ELEMENTS:
                    continue
                told.add(element)
                if not self._element(row):
                    if element[:3] not in BRANCHES and _ELEMENT.fullmatch(element):
                        self._report.note(Fault.VALUE_WRONG, row.file, row.line, _ID, value=element)
                    continue
                if described:
                    self._report.note(Fault.REFERENCE_UNKNOWN, row.file, row.line, _ID, value=element)
                    continue
                if name := named(row, _NAME, self._report):
                    elements[element] = (name, "")

    def _element(self, row: Row) -> str:
        """The row's element id when it is one of our branches; '' otherwise, reported when it is no id at all."""
        element = row[_ID]
        if not _ELEMENT.fullmatch(element):
            fault = Fault.VALUE_WRONG if element else Fault.VALUE_MISSING
            self._report.note(fault, row.file, row.line, _ID, value=element)
            return ""
        return element if element[:3] in BRANCHES else ""

    def _technology(self) -> Iterator[Skill | Relation]:
        given: set[str] = set()
        related: set[tuple[str, str]] = set()
        for row in self._rows("technology_skills", ("Example", "Commodity Code", "Commodity Title")):
            code = row["Commodity Code"]
            if not _COMMODITY.fullmatch(code):
                self._report.note(Fault.VALUE_WRONG, row.file, row.line, "Commodity Code", value=code)
                continue
            group, tool = key_of(code), tool_key(row["Example"])
            source = Source(Origin.ONET, code)
            for key, column, is_group in ((group, "Commodity Title", True), (tool, "Example", False)):
                if key not in given and (name := named(row, column, self._report)):
                    given.add(key)
                    yield imported(key, Kind.SKILL, name, source, group=is_group)
            if group in given and tool in given and (tool, group) not in related:
                related.add((tool, group))
                yield Relation(tool, RelationKind.BROADER, group)


def parent_of(element: str) -> str:
    """The element above in the tree: 2.A.1.a → 2.A.1; '' above the top."""
    return element.rpartition(".")[0]
