"""Reads ESCO's CSV files (English, release 1.0 on) into skills and relations, row by row.

    report = Report()
    for entry in read_esco([classification_zip, relations_zip], report): ...   # Skill, then Relation

Read are `skills_en`, `skillGroups_en`, the collections of languages, transversal and other skills (their broader
concepts), `broaderRelationsSkillPillar` and `skillSkillRelations`, as far as they are there; only the first must be.
ESCO's relations between skills and occupations are no relations between skills and are left alone.

- key: `esco:` and the last part of the URI; for fields of education (ISCED-F) `esco:isced-f-` and the number.
- kind: language when in the collection of languages, else knowledge or skill as `skillType` says. ESCO has no type
  "attitude"; its transversal skills stay skills. Those without a type (6 of 1.1.1, headings mostly) count as skills.
- essential → NEEDS; optional → CLOSE 0.5; related → CLOSE 0.6: the two numbers are ours, ESCO gives none.
- concepts whose `status` is not `released` are left out. Alternative and hidden labels become synonyms.

Kept in memory: the keys read and the relations already given, about 4 MB for the whole of ESCO 1.1.1.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from services.talent.catalogue.importing import imported, named
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.reading import Member, Row, members, rows
from services.talent.catalogue.skills import Kind, Origin, Relation, RelationKind, Skill, Source

CLOSENESS = {"optional": Decimal("0.5"), "related": Decimal("0.6")}
COLLECTIONS = ("language", "transversal", "digital", "digComp", "green", "research")
_URI = re.compile(r"https?://data\.europa\.eu/esco/(?:(skill)|(isced-f))/([A-Za-z0-9._-]{1,60})")
_KINDS = {"knowledge": Kind.KNOWLEDGE, "skill/competence": Kind.SKILL, "": Kind.SKILL}
_SKILL_COLUMNS = ("conceptUri", "skillType", "preferredLabel", "altLabels", "status", "description")
_GROUP_COLUMNS = ("conceptUri", "preferredLabel", "status", "description")


def key_of(uri: str) -> str:
    """The key of a URI, '' when it is none of ESCO's."""
    match = _URI.fullmatch(uri.strip())
    if not match:
        return ""
    return f"esco:{'isced-f-' if match[2] else ''}{match[3].lower()}"


def read_esco(paths: Sequence[Path], report: Report) -> Iterator[Skill | Relation]:
    """Every skill and group of the files, then every relation whose two ends were among them."""
    by_stem = {member.stem.removesuffix("_en"): member for member in members(paths, report)}
    if "skills" not in by_stem:
        report.note(Fault.FILE_MISSING, ", ".join(path.name for path in paths), name="skills_en.csv")
        return
    yield from _Reading(by_stem, report).entries()


class _Reading:
    def __init__(self, by_stem: dict[str, Member], report: Report) -> None:
        self._files = by_stem
        self._report = report
        self._keys: set[str] = set()
        self._left_out: set[str] = set()
        self._given: set[tuple[str, RelationKind, str]] = set()

    def entries(self) -> Iterator[Skill | Relation]:
        languages = {key_of(row["conceptUri"]) for row in self._rows("languageSkillsCollection", ("conceptUri",))}
        for row in self._rows("skills", _SKILL_COLUMNS):
            yield from self._skill(row, languages)
        for row in self._rows("skillGroups", _GROUP_COLUMNS):
            yield from self._group(row)
        yield from self._broader()
        for row in self._rows("skillSkillRelations", ("originalSkillUri", "relationType", "relatedSkillUri")):
            yield from self._related(row)

    def _rows(self, stem: str, columns: Sequence[str]) -> Iterator[Row]:
        if stem in self._files:
            yield from rows(self._files[stem], columns, self._report)

    def _skill(self, row: Row, languages: set[str]) -> Iterator[Skill]:
        kind = _KINDS.get(row["skillType"])
        if kind is None:
            self._report.note(Fault.VALUE_UNKNOWN, row.file, row.line, "skillType", value=row["skillType"])
            return
        key, name = self._new(row)
        if key:
            kind = Kind.LANGUAGE if key in languages else kind
            yield imported(key, kind, name, _source(row), synonyms=_labels(row), description=row["description"])

    def _group(self, row: Row) -> Iterator[Skill]:
        """ESCO's code tells the pillar: K knowledge, L languages, S and T skills; fields of education are knowledge."""
        key, name = self._new(row)
        if key:
            knowledge = row["code"].startswith("K") or "isced-f" in key
            kind = Kind.KNOWLEDGE if knowledge else Kind.LANGUAGE if row["code"].startswith("L") else Kind.SKILL
            yield imported(key, kind, name, _source(row), description=row["description"], group=True)

    def _new(self, row: Row) -> tuple[str, str]:
        """Key and name of a row's concept; key '' when it is left out, with the reason in the report."""
        uri = row["conceptUri"]
        key = key_of(uri)
        if not key:
            fault = Fault.VALUE_WRONG if uri else Fault.VALUE_MISSING
            self._report.note(fault, row.file, row.line, "conceptUri", value=uri)
            return "", ""
        if row["status"] not in {"released", ""}:
            self._left_out.add(key)
            return "", ""
        if key in self._keys:
            self._report.note(Fault.DUPLICATE, row.file, row.line, "conceptUri", value=uri)
            return "", ""
        name = named(row, "preferredLabel", self._report)
        if not name:
            return "", ""
        self._keys.add(key)
        return key, name

    def _broader(self) -> Iterator[Relation]:
        for row in self._rows("broaderRelationsSkillPillar", ("conceptUri", "broaderUri")):
            yield from self._relation(row, "conceptUri", "broaderUri", row["broaderUri"], kind=RelationKind.BROADER)
        for name in COLLECTIONS:
            for row in self._rows(f"{name}SkillsCollection", ("conceptUri", "broaderConceptUri")):
                for uri in filter(None, map(str.strip, row["broaderConceptUri"].split("|"))):
                    yield from self._relation(row, "conceptUri", "broaderConceptUri", uri, kind=RelationKind.BROADER)

    def _related(self, row: Row) -> Iterator[Relation]:
        how = row["relationType"]
        to = row["relatedSkillUri"]
        if how == "essential":
            yield from self._relation(row, "originalSkillUri", "relatedSkillUri", to, kind=RelationKind.NEEDS)
        elif how in CLOSENESS:
            close = CLOSENESS[how]
            yield from self._relation(
                row, "originalSkillUri", "relatedSkillUri", to, kind=RelationKind.CLOSE, closeness=close
            )
        else:
            self._report.note(Fault.VALUE_UNKNOWN, row.file, row.line, "relationType", value=how)

    def _relation(
        self, row: Row, of: str, to: str, uri_to: str, *, kind: RelationKind, closeness: Decimal | None = None
    ) -> Iterator[Relation]:
        ends = (key_of(row[of]), key_of(uri_to))
        for column, uri, key in ((of, row[of], ends[0]), (to, uri_to, ends[1])):
            if key in self._left_out:
                return
            if key not in self._keys:
                self._report.note(Fault.REFERENCE_UNKNOWN, row.file, row.line, column, value=uri)
                return
        if ends[0] == ends[1]:
            self._report.note(Fault.VALUE_WRONG, row.file, row.line, to, value=uri_to)
            return
        # Close both ways: the file may say it once for each end, and with both words; the first one counts.
        first, second = sorted(ends) if kind is RelationKind.CLOSE else ends
        if (first, kind, second) not in self._given:
            self._given.add((first, kind, second))
            yield Relation(ends[0], kind, ends[1], closeness)


def _source(row: Row) -> Source:
    return Source(Origin.ESCO, row["conceptUri"])


def _labels(row: Row) -> tuple[str, ...]:
    every = (*row["altLabels"].split("\n"), *row["hiddenLabels"].split("\n"))
    return tuple(label.strip() for label in every if label.strip())
