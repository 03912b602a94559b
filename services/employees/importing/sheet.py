"""What the checks of every kind of row share: the columns' converters, and walking over a row with them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date

from services.employees.importing.cells import Cell
from services.employees.importing.existing import Existing
from services.employees.importing.findings import Findings
from services.employees.importing.mapping import Mapping
from services.employees.importing.problems import Code, Fault
from services.employees.importing.rows import Typed
from services.employees.importing.values import Convert


class Sheet(ABC):
    """Checks the rows of one kind. Rows go through `row` in file order, once; then `finish` looks at all of them."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        self.mapping, self.existing, self.today, self.findings = mapping, existing, today, findings
        self._width = len(headings)
        self._last_column = max(mapping.fields.values(), default=0)
        self._steps: list[tuple[int, str, int, Convert]] = []
        self._slots = 0

    def steps(self, *fields: tuple[str, Convert]) -> None:
        """Fixes the fields a row is made of, in the order of its values, and how each is read."""
        self._slots = len(fields)
        for slot, (field, convert) in enumerate(fields):
            column = self.mapping.fields.get(field)
            if column is not None:
                self._steps.append((slot, field, column, convert))

    def convert(self, number: int, cells: Sequence[Cell]) -> tuple[list[object], frozenset[str]]:
        """The row's values in the order of `steps`, None where nothing is; and the fields that could not be read."""
        values: list[object] = [None] * self._slots
        failed: set[str] | None = None
        for slot, field, column, convert in self._steps:
            cell = cells[column]
            if cell != "":
                try:
                    values[slot] = convert(cell)
                except Fault as fault:
                    self.findings.fault(number, field, fault, cell)
                    failed = failed or set()
                    failed.add(field)
        if len(cells) > self._width and any(cell != "" for cell in cells[self._width :]):
            self.findings.say(number, "", Code.ROW_TOO_LONG, cells=len(cells), columns=self._width)
            failed = failed or set()
            failed.add("")
        return values, _NONE if failed is None else frozenset(failed)

    def cell(self, cells: Sequence[Cell], field: str) -> Cell:
        """The raw cell of a field; empty when no column is mapped to it."""
        column = self.mapping.fields.get(field)
        return "" if column is None else cells[column]

    def missing(self, number: int, field: str) -> None:
        """Notes that a field must be filled and is not."""
        self.findings.say(number, field, Code.VALUE_MISSING, field=field)

    @abstractmethod
    def row(self, number: int, cells: Sequence[Cell]) -> Typed | None:
        """The typed row, or None when something about it is wrong."""

    def finish(self) -> None:  # noqa: B027 - not every kind has rows that bear on each other
        """Checks rows against each other."""


_NONE: frozenset[str] = frozenset()
