"""Which column is what and how values are read, as a person settled it; and what is wrong with that itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.employees.importing.dates import DateOrder
from services.employees.importing.problems import Code, Parameter, Problem
from services.employees.importing.targets import ONE_OF, TARGETS, ImportKind


@dataclass(frozen=True, slots=True)
class Mapping:
    """The settled mapping; fields as in `mainstay.employees.v1.ImportMapping`."""

    columns: tuple[tuple[int, str], ...]
    """(column from 0, target field)."""
    number_prefix: str = ""
    code_prefix: str = ""
    root_unit_id: UUID | None = None
    """Units without parent, and people and posts without unit, go here. Names of units are then looked for only here
    and below, so that two companies may both have a 品质部."""
    date_order: DateOrder = DateOrder.UNSPECIFIED
    create_missing: bool = False
    currency: str = "CNY"
    pay_period: str = "month"
    """`hour`, `month` or `year`: what amounts are for where no column says."""
    fields: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", {name: column for column, name in reversed(self.columns)})
        object.__setattr__(self, "currency", self.currency or "CNY")
        object.__setattr__(self, "pay_period", self.pay_period or "month")


def mapping_problems(
    kind: ImportKind, headings: Sequence[str], mapping: Mapping, *, header_row: int = 1
) -> list[Problem]:
    """What makes the mapping unusable, at the heading row. No row can be checked before these are gone."""
    known = {target.field for target in TARGETS[kind]}
    problems: list[Problem] = []

    def say(code: Code, column: int | None, name: str, /, **parameters: Parameter) -> None:
        heading = headings[column] if column is not None and column < len(headings) else ""
        problems.append(Problem(header_row, heading, name if name in known else "", code, parameters=parameters))

    seen_fields: set[str] = set()
    seen_columns: set[int] = set()
    for column, name in mapping.columns:
        if not 0 <= column < len(headings):
            say(Code.COLUMN_UNKNOWN, None, name, position=column + 1)
        elif column in seen_columns:
            say(Code.COLUMN_MAPPED_TWICE, column, name)
        if name not in known:
            say(Code.FIELD_UNKNOWN, column, name, name=name[:40])
        elif name in seen_fields:
            say(Code.FIELD_MAPPED_TWICE, column, name, field=name)
        seen_fields.add(name)
        seen_columns.add(column)
    for name in _not_mapped(kind, seen_fields):
        say(Code.FIELD_NOT_MAPPED, None, name, field=name)
    return problems


def _not_mapped(kind: ImportKind, fields: set[str]) -> list[str]:
    """Fields that must be mapped and are not; of a group of which one is enough, the first."""
    required = [target.field for target in TARGETS[kind] if target.required and target.field not in fields]
    groups = [group for group in ONE_OF[kind] if not group & fields]
    return required + [next(each.field for each in TARGETS[kind] if each.field in group) for group in groups]
