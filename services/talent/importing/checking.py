"""Pure: rows of a file as statements, or as problems that name line, column and what to do.

sheet = read_sheet(kind, content, today)     # every row by itself
sheet.numbers, sheet.labels                  # what has to be looked up
sound = sheet.resolve(people, skills)        # with what was found
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.kit.contract import rules_of
from libs.kit.ids import uuid7
from mainstay.talent.v1.profiles_pb2 import (
    ENTRY_KIND_INDICATOR,
    ENTRY_KIND_POTENTIAL,
    ENTRY_KIND_REVIEW,
    ENTRY_SOURCE_IMPORT,
    RecordEntryRequest,
)
from services.talent.catalogue.folding import fold
from services.talent.entry_rules import Place, Statement
from services.talent.importing import values
from services.talent.importing.columns import Field, Layout, columns_of, lay_out, shown
from services.talent.importing.problems import Code, Problem, Wrong
from services.talent.importing.reading import Row, Table, open_table
from services.talent.matching.model import HIGHEST_LEVEL

# The longest texts there may be, in characters. Where somebody can say the same by hand, as long as there; a code as
# long as a job profile's indicator may have.
LIMITS: dict[Field, int] = {
    Field.NUMBER: 40,
    Field.SKILL: 120,
    Field.TITLE: rules_of(RecordEntryRequest, "title").string.max_len,
    Field.TITLE_EN: rules_of(RecordEntryRequest, "title_en").string.max_len,
    Field.CODE: 48,
    Field.SCALE: 20,
    Field.EVIDENCE: rules_of(RecordEntryRequest, "evidence").string.max_len,
}
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Person:
    """Whose number it is; `employed`: works here today; `own`: who brings the file in."""

    employee_id: UUID
    employed: bool
    own: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A row that is sound by itself. `said` lacks who it is of and which skill it names."""

    line: int
    number: str
    label: str
    said: Statement


class Sheet:
    """A file being checked. `problems` in the order they were found."""

    def __init__(self, kind: int, table: Table, today: date) -> None:
        self._kind, self._today = kind, today
        self._layout: Layout = lay_out(kind, table.headings, table.header_line)
        self._width = len(table.headings)
        self._needed = {column.field for column in columns_of(kind) if column.needed}
        self.problems: list[Problem] = list(self._layout.problems)
        self.drafts: list[Draft] = []
        if not self.problems:
            self.drafts = [draft for row in table.rows if (draft := self._draft(row)) is not None]

    @property
    def numbers(self) -> list[str]:
        """Employee numbers the rows name, each once."""
        return list(dict.fromkeys(draft.number for draft in self.drafts))

    @property
    def labels(self) -> list[str]:
        """Names or codes of skills in small letters, each once."""
        return list(dict.fromkeys(draft.label for draft in self.drafts if draft.label))

    def resolve(self, people: Mapping[str, Person], skills: Mapping[str, Sequence[UUID]]) -> list[Statement]:
        """The statements of sound rows, in file order: `people` by number, `skills` by label."""
        found = []
        said_on: dict[tuple[UUID, Place, date], tuple[int, Statement]] = {}
        for draft in self.drafts:
            person = self._person(draft, people.get(draft.number))
            skill_id = self._skill(draft, skills.get(draft.label, ())) if draft.label else None
            if person is None or (draft.label and skill_id is None):
                continue
            one = replace(draft.said, employee_id=person, skill_id=skill_id)
            line, other = said_on.setdefault((person, one.place, one.observed_on), (draft.line, one))
            if one.says_the_same(other):
                found.append(one)
            else:
                self._say(draft.line, None, Code.ROWS_CONTRADICT, other=line)
        return found

    def _person(self, draft: Draft, person: Person | None) -> UUID | None:
        if person is None or not person.employed:
            self._say(draft.line, Field.NUMBER, Code.PERSON_LEFT if person else Code.PERSON_UNKNOWN)
            return None
        if person.own:
            self._say(draft.line, Field.NUMBER, Code.OWN_ROW)
            return None
        return person.employee_id

    def _skill(self, draft: Draft, found: Sequence[UUID]) -> UUID | None:
        if len(found) != 1:
            self._say(draft.line, Field.SKILL, Code.SKILL_AMBIGUOUS if found else Code.SKILL_UNKNOWN)
            return None
        return found[0]

    def _draft(self, row: Row) -> Draft | None:
        before = len(self.problems)
        if any(row.cells[self._width :]):
            self._say(row.line, None, Code.ROW_TOO_LONG)
            return None
        cells = {
            field: row.cells[at] for field, at in self._layout.places.items() if at < len(row.cells) and row.cells[at]
        }
        for field in self._layout.places:
            if field in self._needed and field not in cells:
                self._say(row.line, field, Code.VALUE_MISSING)
        texts = {field: self._take(row.line, field, values.text, cells, limit) for field, limit in LIMITS.items()}
        since = self._take(row.line, Field.OBSERVED_ON, values.day, cells, self._today) or self._today
        number_value, scale = self._value(row.line, cells, texts[Field.SCALE] or "")
        potential = self._take(row.line, Field.POTENTIAL, values.potential, cells) or 0
        level = self._level(row.line, cells, potential)
        valid_to = self._take(row.line, Field.VALID_TO, values.last_day, cells, since)
        title = texts[Field.TITLE] or ""
        if Field.TITLE in cells and not fold(title).units and len(self.problems) == before:
            self._say(row.line, Field.TITLE, Code.VALUE_MISSING)
        if len(self.problems) > before:
            return None
        said = Statement(
            entry_id=uuid7(),
            employee_id=_NOBODY,
            kind=self._kind,
            source=ENTRY_SOURCE_IMPORT,
            observed_on=since,
            code=values.plain(texts[Field.CODE] or ""),
            title=title,
            title_en=texts[Field.TITLE_EN] or "",
            level=level,
            value=number_value,
            scale=scale,
            potential=potential,
            valid_to=valid_to,
            evidence=texts[Field.EVIDENCE] or "",
        )
        return Draft(
            row.line, values.figures(texts[Field.NUMBER] or ""), values.plain(texts[Field.SKILL] or "").casefold(), said
        )

    def _value(self, line: int, cells: Mapping[Field, str], scale: str) -> tuple[Decimal | None, str]:
        """Score with its scale, or a measured value with its unit, wherever the file says those."""
        if Field.VALUE not in cells:
            return None, scale
        read = values.score if self._kind == ENTRY_KIND_REVIEW else values.measured
        found, beside = self._take(line, Field.VALUE, read, cells) or (None, "")
        scale = scale or beside
        if found is None or self._kind == ENTRY_KIND_INDICATOR:
            return found, scale
        if not scale:
            self._say(line, Field.VALUE, Code.SCALE_MISSING)
            return found, scale
        try:
            most = values.decimal(scale)
            if not 0 <= found <= most or not most:
                self._say(line, Field.VALUE, Code.SCORE_ABOVE_SCALE, scale=scale)
        except Wrong as wrong:
            self._say(line, Field.SCALE, wrong.code)
        return found, values.plain(scale)

    def _level(self, line: int, cells: Mapping[Field, str], potential: int) -> int:
        if self._kind == ENTRY_KIND_POTENTIAL:
            # Without a kind there is a problem already, and no scale to hold the rating against.
            least, most = 1, values.MOST_OF_POTENTIAL.get(potential, HIGHEST_LEVEL)
        else:
            least, most = 0, HIGHEST_LEVEL
        return self._take(line, Field.LEVEL, values.level, cells, least, most) or 0

    def _take(self, line: int, field: Field, read: Any, cells: Mapping[Field, str], *more: Any) -> Any:
        """What a cell says; None where it is empty or wrong, which is noted."""
        if field not in cells:
            return None
        try:
            return read(cells[field], *more)
        except Wrong as wrong:
            self._say(line, field, wrong.code, **wrong.parameters)
            return None

    def _say(self, line: int, field: Field | None, code: Code, **parameters: Any) -> None:
        heading = self._layout.headings.get(field, "") if field else ""
        self.problems.append(Problem(line, shown(heading), code, parameters))


def read_sheet(kind: int, content: bytes, today: date) -> Sheet:
    """Reads and checks a file. Raises Unreadable."""
    return Sheet(kind, open_table(content), today)
