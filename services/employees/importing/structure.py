"""Checks rows of organisation units and of posts."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from services.employees.importing import values
from services.employees.importing.cells import Cell, as_plain, key_of
from services.employees.importing.existing import Existing
from services.employees.importing.findings import Findings
from services.employees.importing.mapping import Mapping
from services.employees.importing.placing import Placing
from services.employees.importing.problems import Code, Fault
from services.employees.importing.reporting import chain_text, cycles
from services.employees.importing.rows import NewUnit, PostRow, Typed, UnitRow
from services.employees.importing.sheet import Sheet

CRITICALITIES: MappingOf[str, str] = {
    **dict.fromkeys(("低", "一般", "普通", "low", "1"), "LOW"),
    **dict.fromkeys(("中", "较高", "重要", "medium", "mid", "2"), "MEDIUM"),
    **dict.fromkeys(("高", "关键", "核心", "high", "critical", "key", "3"), "HIGH"),
}
_CRITICALITY_CHOICES = "高 / 中 / 低 (high / medium / low)"


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit of the file with its parent found: one there is, one to be opened, or another of the file by code."""

    unit: UnitRow
    parent: UUID | NewUnit | str | None


class UnitSheet(Sheet):
    """Rows of units; parents may stand in any order. All rows are kept: organisations have thousands, not millions."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        super().__init__(headings, mapping, existing, today, findings)
        self.steps(
            ("code", values.identifier(Code.CODE_INVALID, mapping.code_prefix)),
            ("name", values.text(80)),
            ("name_en", values.text(120)),
            ("parent", values.text(400)),
            ("head_number", values.identifier(Code.NUMBER_INVALID, mapping.number_prefix)),
        )
        self.placing = Placing(mapping, existing, findings)
        self._rows: dict[str, UnitRow] = {}
        self._wrong: dict[str, int] = {}
        self._codes_by_name: dict[str, list[str]] = {}
        self.planned: list[PlannedUnit] = []
        """After `finish`: the file's units, each after its parent."""

    def row(self, number: int, cells: Sequence[Cell]) -> Typed | None:
        read, failed = self.convert(number, cells)
        code, name, name_en, parent, head = cast("tuple[str | None, ...]", tuple(read))
        for field, value in (("code", code), ("name", name)):
            if value is None and field not in failed:
                self.missing(number, field)
        if code is not None:
            other = self._rows[code].row if code in self._rows else self._wrong.get(code)
            if other is not None:
                self.findings.say(number, "code", Code.CODE_DUPLICATE, self.cell(cells, "code"), other_row=other)
                return None
        if head is not None and head not in self.existing.people:
            self.findings.say(number, "head_number", Code.HEAD_UNKNOWN, self.cell(cells, "head_number"))
            failed |= {"head_number"}
        if code is None or name is None or failed:
            if code is not None:
                self._wrong[code] = number
            return None
        unit = UnitRow(number, code, name, name_en or "", parent or "", head or "")
        self._rows[code] = unit
        for key in {key_of(name), key_of(unit.name_en)} - {""}:
            self._codes_by_name.setdefault(key, []).append(code)
        return unit

    def finish(self) -> None:
        parents: dict[str, UUID | NewUnit | str | None] = {}
        for code, unit in self._rows.items():
            try:
                parents[code] = self._parent(unit)
            except Fault as fault:
                self.findings.fault(unit.row, "parent", fault, unit.parent)
        above = {code: parent for code, parent in parents.items() if isinstance(parent, str)}
        for cycle in cycles(set(above.values()), lambda code: above.get(code, "")):
            unit = self._rows[cycle[0]]
            chain = chain_text([*cycle, cycle[0]])
            self.findings.say(unit.row, "parent", Code.UNIT_CYCLE, unit.parent, chain=chain)
            for code in cycle:
                parents.pop(code, None)
        self.planned = self._in_order(parents)

    def _parent(self, unit: UnitRow) -> UUID | NewUnit | str | None:
        """By code or by name, in the file before what is there already; the root when the row names none, or itself:
        a department called like its own group, or a top unit that is its own parent, stands at the head.
        """
        if not unit.parent or unit.parent.casefold() in {"null", "\\n", "-", "无", "none"}:
            return self.mapping.root_unit_id
        code = self.mapping.code_prefix + as_plain(unit.parent)
        named = self._codes_by_name.get(key_of(unit.parent), [])
        if code == unit.code or named == [unit.code]:
            return self.mapping.root_unit_id
        if code in self._rows:
            return code
        if len(named) > 1:
            raise Fault(Code.UNIT_AMBIGUOUS, codes=", ".join(sorted(named)[:5]))
        if named:
            return named[0]
        if code in self._wrong:
            # Its own row says what is wrong.
            return None
        return self.placing.units.find(unit.parent)

    def _in_order(self, parents: dict[str, UUID | NewUnit | str | None]) -> list[PlannedUnit]:
        planned: dict[str, PlannedUnit] = {}
        for code in parents:
            line = []
            at: object = code
            while isinstance(at, str) and at in parents and at not in planned and at not in line:
                line.append(at)
                at = parents[at]
            for each in reversed(line):
                planned[each] = PlannedUnit(self._rows[each], parents[each])
        return list(planned.values())


class PostSheet(Sheet):
    """Rows of posts."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        super().__init__(headings, mapping, existing, today, findings)
        self.steps(
            ("code", values.identifier(Code.CODE_INVALID, mapping.code_prefix)),
            ("title", values.text(80)),
            ("title_en", values.text(120)),
            ("family", values.text(40)),
            ("level", values.integer(0, 20)),
            ("criticality", values.choice(CRITICALITIES, _CRITICALITY_CHOICES)),
            ("headcount", values.integer(1, 100_000)),
        )
        self.placing = Placing(mapping, existing, findings)
        self._row_of: dict[str, int] = {}

    def row(self, number: int, cells: Sequence[Cell]) -> Typed | None:
        read, failed = self.convert(number, cells)
        code, title, title_en, family, level, criticality, headcount = cast(
            "tuple[str | None, str | None, str | None, str | None, int | None, str | None, int | None]", tuple(read)
        )
        for field, value in (("code", code), ("title", title)):
            if value is None and field not in failed:
                self.missing(number, field)
        sound = not failed and code is not None and title is not None
        if code is not None and (first := self._row_of.setdefault(code, number)) != number:
            self.findings.say(number, "code", Code.CODE_DUPLICATE, self.cell(cells, "code"), other_row=first)
            sound = False
        unit_cell = self.cell(cells, "unit")
        place = self.placing.of(unit_cell, "")
        if not place.sound and self.placing.say(number, place, unit_cell, "", until=self.today):
            sound = False
        elif place.unit is None and "unit" in self.mapping.fields:
            self.missing(number, "unit")
            sound = False
        if not sound:
            return None
        return PostRow(
            number, cast("str", code), cast("str", title), title_en or "", place.unit, family or "", level or 0,
            criticality or "", headcount or 1,
        )  # fmt: skip
