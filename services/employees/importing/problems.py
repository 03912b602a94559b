"""What can be wrong with a file, a mapping or a row: stable codes and their parameters, no sentences.

The sentences are in `services/employees/messages`, table `[import_problems.<CODE>]`, keys `problem` and `fix`.
A parameter called `field` or `other_field` holds the name of a target; a reader shows its label instead.
No parameter ever holds a personal value: rows, limits, codes, employee numbers and dates of work only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_
from enum import StrEnum, auto

Parameter = str | int


class Code(StrEnum):
    """Stable names of problems, and what each one's parameters are called."""

    parameters: frozenset[str]

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:  # noqa: ARG004
        return name

    # The file as a whole.
    FILE_EMPTY = auto()
    NOT_A_TABLE = auto()
    NO_HEADER = auto()
    NO_ROWS = auto()
    ENCODING_UNKNOWN = auto()
    WORKBOOK_UNREADABLE = auto()
    WORKBOOK_PROTECTED = auto()
    WORKBOOK_TOO_LARGE = auto()
    TOO_MANY_COLUMNS = auto()
    ROW_UNREADABLE = auto()
    # The mapping.
    FIELD_NOT_MAPPED = auto()
    FIELD_MAPPED_TWICE = auto()
    FIELD_UNKNOWN = auto()
    COLUMN_UNKNOWN = auto()
    COLUMN_MAPPED_TWICE = auto()
    # A column as a whole.
    DATE_ORDER_AMBIGUOUS = auto()
    DATE_ORDER_MIXED = auto()
    # One value.
    ROW_TOO_LONG = auto()
    VALUE_MISSING = auto()
    VALUE_TOO_LONG = auto()
    DIGITS_LOST = auto()
    DATE_UNREADABLE = auto()
    DATE_OUT_OF_RANGE = auto()
    DATE_IN_FUTURE = auto()
    NUMBER_INVALID = auto()
    CODE_INVALID = auto()
    MAIL_INVALID = auto()
    PHONE_INVALID = auto()
    PHONE_LENGTH = auto()
    NATIONAL_ID_CHECKSUM = auto()
    NATIONAL_ID_LENGTH = auto()
    TIME_ZONE_UNKNOWN = auto()
    CHOICE_UNKNOWN = auto()
    INTEGER_UNREADABLE = auto()
    AMOUNT_UNREADABLE = auto()
    AMOUNT_AMBIGUOUS = auto()
    AMOUNT_OUT_OF_RANGE = auto()
    CURRENCY_UNKNOWN = auto()
    CURRENCY_DIFFERS = auto()
    # Values of one row against each other.
    NATIONAL_ID_BIRTH_DIFFERS = auto()
    BIRTH_AFTER_HIRE = auto()
    HIRED_TOO_YOUNG = auto()
    LAST_DAY_BEFORE_HIRE = auto()
    PROBATION_BEFORE_HIRE = auto()
    CONFIRMED_BEFORE_HIRE = auto()
    END_BEFORE_START = auto()
    CONTRACT_END_MISSING = auto()
    CONTRACT_END_UNEXPECTED = auto()
    PLACE_MISSING = auto()
    OWN_MANAGER = auto()
    # A row against what is there already.
    UNIT_UNKNOWN = auto()
    UNIT_AMBIGUOUS = auto()
    UNIT_CLOSED = auto()
    POST_UNKNOWN = auto()
    POST_AMBIGUOUS = auto()
    POST_CLOSED = auto()
    POST_FULL = auto()
    PERSON_UNKNOWN = auto()
    STARTS_BEFORE_HIRE = auto()
    # Rows against each other.
    NUMBER_DUPLICATE = auto()
    CODE_DUPLICATE = auto()
    MAIL_DUPLICATE = auto()
    NATIONAL_ID_DUPLICATE = auto()
    MANAGER_UNKNOWN = auto()
    MANAGER_LEFT = auto()
    MANAGER_CYCLE = auto()
    HEAD_UNKNOWN = auto()
    UNIT_CYCLE = auto()
    PERIODS_OVERLAP = auto()


_PARAMETERS: dict[Code, set[str]] = {
    Code.WORKBOOK_TOO_LARGE: {"limit"},
    Code.TOO_MANY_COLUMNS: {"columns", "limit"},
    Code.ROW_UNREADABLE: {"row"},
    Code.FIELD_NOT_MAPPED: {"field"},
    Code.FIELD_MAPPED_TWICE: {"field"},
    Code.FIELD_UNKNOWN: {"name"},
    Code.COLUMN_UNKNOWN: {"position"},
    Code.DATE_ORDER_MIXED: {"day_first_row", "month_first_row"},
    Code.ROW_TOO_LONG: {"cells", "columns"},
    Code.VALUE_MISSING: {"field"},
    Code.VALUE_TOO_LONG: {"length", "limit"},
    Code.DATE_OUT_OF_RANGE: {"first_year", "last_year"},
    Code.DATE_IN_FUTURE: {"latest"},
    Code.PHONE_LENGTH: {"digits"},
    Code.NATIONAL_ID_LENGTH: {"length"},
    Code.CHOICE_UNKNOWN: {"choices"},
    Code.INTEGER_UNREADABLE: {"least", "most"},
    Code.AMOUNT_OUT_OF_RANGE: {"most"},
    Code.CURRENCY_DIFFERS: {"currency"},
    Code.BIRTH_AFTER_HIRE: {"hired_on"},
    Code.HIRED_TOO_YOUNG: {"hired_on", "years"},
    Code.LAST_DAY_BEFORE_HIRE: {"hired_on"},
    Code.PROBATION_BEFORE_HIRE: {"hired_on"},
    Code.CONFIRMED_BEFORE_HIRE: {"hired_on"},
    Code.END_BEFORE_START: {"starts_on"},
    Code.UNIT_AMBIGUOUS: {"codes"},
    Code.UNIT_CLOSED: {"closed_on"},
    Code.POST_AMBIGUOUS: {"codes"},
    Code.POST_CLOSED: {"closed_on"},
    Code.POST_FULL: {"free"},
    Code.STARTS_BEFORE_HIRE: {"hired_on"},
    Code.NUMBER_DUPLICATE: {"other_row"},
    Code.CODE_DUPLICATE: {"other_row"},
    Code.MAIL_DUPLICATE: {"other_row"},
    Code.NATIONAL_ID_DUPLICATE: {"other_row"},
    Code.MANAGER_LEFT: {"last_day"},
    Code.MANAGER_CYCLE: {"chain"},
    Code.UNIT_CYCLE: {"chain"},
    Code.PERIODS_OVERLAP: {"other_row"},
}
for _code in Code:
    _code.parameters = frozenset(_PARAMETERS.get(_code, ()))


class Unreadable(Exception):
    """The file cannot be read as a table. `code` and `parameters` say why."""

    def __init__(self, code: Code, **parameters: Parameter) -> None:
        super().__init__(code)
        self.code = code
        self.parameters: Mapping[str, Parameter] = parameters


class Fault(Exception):
    """One value cannot be taken. Raised by converters; the checker adds row, column and masked value."""

    def __init__(self, code: Code, **parameters: Parameter) -> None:
        super().__init__(code)
        self.code = code
        self.parameters: Mapping[str, Parameter] = parameters


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a row. `row` is the file's own row number as a spreadsheet shows it."""

    row: int
    column: str
    """Heading; empty when the row as a whole is wrong."""
    field: str
    """Name of the target the column is mapped to; empty when there is none."""
    code: Code
    value: str = ""
    """The value as its field may be shown: masked, never in full where the field is personal."""
    parameters: Mapping[str, Parameter] = field_(default_factory=dict)
