"""Collects what a run finds wrong: the first problems in file order, and every row that has one."""

from collections.abc import Sequence

from services.employees.importing.cells import Cell
from services.employees.importing.mapping import Mapping
from services.employees.importing.masking import masked
from services.employees.importing.problems import Code, Fault, Parameter, Problem
from services.employees.importing.targets import ImportKind, target


class Findings:
    """Problems of one run, at most `limit` kept; values are masked before they are kept."""

    def __init__(self, kind: ImportKind, headings: Sequence[str], mapping: Mapping, *, limit: int = 1000) -> None:
        self._headings, self._limit = headings, limit
        self._columns = mapping.fields
        self._targets = {name: target(kind, name) for name in mapping.fields}
        self._problems: list[Problem] = []
        self.wrong_rows: set[int] = set()

    def say(self, row: int, field: str, code: Code, cell: Cell = "", /, **parameters: Parameter) -> None:
        """Notes a problem of the column mapped to `field`; of the whole row when no column is."""
        self.wrong_rows.add(row)
        column = self._columns.get(field)
        heading = self._headings[column] if column is not None else ""
        value = masked(cell, self._targets.get(field))
        self._problems.append(Problem(row, heading, field, code, value, parameters))
        if len(self._problems) > 4 * self._limit:
            self._problems = self.problems()

    def fault(self, row: int, field: str, fault: Fault, cell: Cell) -> None:
        """Notes what a converter raised."""
        self.say(row, field, fault.code, cell, **fault.parameters)

    def problems(self) -> list[Problem]:
        """The problems in file order, the first `limit`."""
        return sorted(self._problems, key=lambda each: (each.row, self._columns.get(each.field, -1), each.code))[
            : self._limit
        ]
