"""Pure: what can be wrong with a file or a row: stable codes with parameters; the sentences are in the messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto

Parameter = str | int


class Code(StrEnum):
    """`messages/*.toml` has a sentence for each in the table `entry_import`: what is wrong, and what to do."""

    # The file as a whole.
    IS_WORKBOOK = auto()
    NOT_TEXT = auto()
    ENCODING_UNKNOWN = auto()
    NO_ROWS = auto()
    TOO_MANY_ROWS = auto()
    TOO_MANY_COLUMNS = auto()
    CELL_TOO_LONG = auto()
    QUOTES_BROKEN = auto()
    # A column.
    COLUMN_MISSING = auto()
    COLUMN_TWICE = auto()
    COLUMN_UNKNOWN = auto()
    # A value.
    ROW_TOO_LONG = auto()
    VALUE_MISSING = auto()
    VALUE_TOO_LONG = auto()
    LOOKS_LIKE_FORMULA = auto()
    LEVEL_WRONG = auto()
    NUMBER_WRONG = auto()
    SCALE_MISSING = auto()
    SCORE_ABOVE_SCALE = auto()
    DATE_WRONG = auto()
    DATE_IN_FUTURE = auto()
    DATE_TOO_EARLY = auto()
    VALID_TO_WRONG = auto()
    POTENTIAL_UNKNOWN = auto()
    # What it names.
    PERSON_UNKNOWN = auto()
    PERSON_LEFT = auto()
    OWN_ROW = auto()
    SKILL_UNKNOWN = auto()
    SKILL_AMBIGUOUS = auto()
    # Rows against each other.
    ROWS_CONTRADICT = auto()


@dataclass(frozen=True, slots=True)
class Problem:
    """`column` is the heading as the file has it; empty when the row as a whole is wrong, or a column is missing."""

    line: int
    column: str
    code: Code
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


class Unreadable(Exception):
    """The file cannot be read as a table."""

    def __init__(self, code: Code, **parameters: Parameter) -> None:
        super().__init__(code)
        self.code = code
        self.parameters: Mapping[str, Parameter] = parameters


class Wrong(Exception):
    """One value cannot be taken; whoever reads rows adds line and column."""

    def __init__(self, code: Code, **parameters: Parameter) -> None:
        super().__init__(code)
        self.code = code
        self.parameters: Mapping[str, Parameter] = parameters
