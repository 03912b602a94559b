"""Checks rows that hold over a stretch of days: assignments and pay of people who are there already."""

from array import array
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import cast

from services.employees.importing import values
from services.employees.importing.amounts import read_amount
from services.employees.importing.cells import Cell, as_identifier, as_plain
from services.employees.importing.currencies import CURRENCIES, CURRENCY_WORDS
from services.employees.importing.existing import Existing, KnownPerson
from services.employees.importing.findings import Findings
from services.employees.importing.mapping import Mapping
from services.employees.importing.placing import Placing
from services.employees.importing.problems import Code, Fault
from services.employees.importing.reporting import chain_text, cycles
from services.employees.importing.rows import AssignmentRow, PayRow, Typed
from services.employees.importing.sheet import Sheet

PAY_PERIODS: MappingOf[str, str] = {
    **dict.fromkeys(("hour", "hourly", "小时", "时薪", "每小时", "时"), "hour"),
    **dict.fromkeys(("month", "monthly", "月", "月薪", "每月"), "month"),
    **dict.fromkeys(("year", "yearly", "annual", "annually", "年", "年薪", "每年"), "year"),
}
_PERIOD_CHOICES = "小时 / 月 / 年 (hour / month / year)"
_OPEN = date.max.toordinal()


class Spans:
    """Stretches of days by person in 28 bytes each, and which of them overlap.

    Where a stretch ends on the very day the person's next begins, that day belongs to the next: many systems write the
    day of change in both. Where the file has no last days at all, a stretch lasts until the next begins. Anything more
    in common is an overlap, said of the later row.
    """

    def __init__(self, *, until_next: bool) -> None:
        self._until_next = until_next
        self._people: dict[str, int] = {}
        self._who, self._starts, self._ends, self._rows = array("l"), array("i"), array("i"), array("l")

    def add(self, number: str, starts_on: date, ends_on: date | None, row: int) -> None:
        """Takes note of a stretch."""
        self._who.append(self._people.setdefault(number, len(self._people)))
        self._starts.append(starts_on.toordinal())
        self._ends.append(_OPEN if ends_on is None else ends_on.toordinal())
        self._rows.append(row)

    def overlaps(self) -> Iterator[tuple[int, int]]:
        """Pairs (row, row it overlaps with): the row that starts later, or stands later, is the one to look at.

        The other is the one that ends last among those before it.
        """
        who, ends, rows = self._who, self._ends, self._rows
        before = -1
        for at in self._in_order():
            same = before >= 0 and who[at] == who[before]
            if same and self._collide(before, at):
                yield rows[at], rows[before]
            if not same or ends[at] >= ends[before]:
                before = at

    def last_days(self) -> dict[int, date]:
        """By row, the last day of stretches that last until the next begins: the day before."""
        who, starts, ends = self._who, self._starts, self._ends
        return {
            self._rows[at]: date.fromordinal(starts[after] - 1)
            for at, after in pairwise(self._in_order())
            if who[at] == who[after]
            and starts[after] > starts[at]
            and (ends[at] == starts[after] or (self._until_next and ends[at] == _OPEN))
        }

    def _collide(self, before: int, after: int) -> bool:
        starts, ends = self._starts, self._ends
        if starts[before] == starts[after]:
            return True
        return starts[after] < ends[before] and not (self._until_next and ends[before] == _OPEN)

    def _in_order(self) -> list[int]:
        who, starts, ends, rows = self._who, self._starts, self._ends, self._rows
        return sorted(range(len(who)), key=lambda at: (who[at], starts[at], ends[at], rows[at]))


class SpanSheet(Sheet):
    """What assignments and pay have in common: a person there is, a first day, a last day."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        super().__init__(headings, mapping, existing, today, findings)
        self.spans = Spans(until_next="ends_on" not in mapping.fields)

    def person(
        self, number: int, cells: Sequence[Cell], employee: str | None, failed: frozenset[str]
    ) -> KnownPerson | None:
        """The person a row is about; notes it when there is none."""
        if employee is None:
            if "number" not in failed:
                self.missing(number, "number")
            return None
        known = self.existing.people.get(employee)
        if known is None:
            self.findings.say(number, "number", Code.PERSON_UNKNOWN, self.cell(cells, "number"))
        return known

    def days_hold(
        self,
        number: int,
        cells: Sequence[Cell],
        days: tuple[date | None, date | None],
        person: KnownPerson | None,
        failed: frozenset[str],
    ) -> bool:
        """Whether the days are there and in order."""
        starts_on, ends_on = days
        if starts_on is None:
            if "starts_on" not in failed:
                self.missing(number, "starts_on")
            return False
        if ends_on is not None and ends_on < starts_on:
            self.findings.say(
                number, "ends_on", Code.END_BEFORE_START, self.cell(cells, "ends_on"), starts_on=starts_on.isoformat()
            )
            return False
        return person is not None

    def finish(self) -> None:
        for row, other in self.spans.overlaps():
            self.findings.say(row, "", Code.PERIODS_OVERLAP, other_row=other)


class AssignmentSheet(SpanSheet):
    """Rows of past and present places."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        super().__init__(headings, mapping, existing, today, findings)
        prefix, order = mapping.number_prefix, mapping.date_order
        self.steps(
            ("number", values.identifier(Code.NUMBER_INVALID, prefix)),
            ("starts_on", values.day(order)),
            ("ends_on", values.last_day(order)),
            ("manager_number", values.identifier(Code.NUMBER_INVALID, prefix)),
        )
        self.placing = Placing(mapping, existing, findings, unit_default=False)
        self._open: dict[str, tuple[str, int]] = {}

    def row(self, number: int, cells: Sequence[Cell]) -> Typed | None:
        read, failed = self.convert(number, cells)
        employee, starts_on, ends_on, manager = cast(
            "tuple[str | None, date | None, date | None, str | None]", tuple(read)
        )
        person = self.person(number, cells, employee, failed)
        sound = self.days_hold(number, cells, (starts_on, ends_on), person, failed) and not failed
        if sound and person is not None and starts_on is not None:
            sound = self._begins_in_employment(number, cells, starts_on, ends_on, person.hired_on)
        unit_cell, post_cell = self.cell(cells, "unit"), self.cell(cells, "post")
        place = self.placing.of(unit_cell, post_cell)
        if not place.sound and self.placing.say(number, place, unit_cell, post_cell, until=ends_on or self.today):
            sound = False
        elif not failed and unit_cell == "" and post_cell == "" and not manager:
            self.findings.say(number, "", Code.PLACE_MISSING)
            sound = False
        if manager is not None and employee is not None:
            sound &= self._manager_holds(number, cells, employee, manager, ends_on)
        if not sound:
            return None
        employee, starts_on = cast("str", employee), cast("date", starts_on)
        self.spans.add(employee, starts_on, ends_on, number)
        return AssignmentRow(number, employee, place.unit, place.post, starts_on, ends_on, manager or "")

    def _begins_in_employment(
        self, number: int, cells: Sequence[Cell], starts_on: date, ends_on: date | None, hired_on: date
    ) -> bool:
        """A stretch may lie before the first day, in an earlier employment; it may not reach across it."""
        if starts_on >= hired_on or (ends_on is not None and ends_on < hired_on):
            return True
        cell = self.cell(cells, "starts_on")
        self.findings.say(number, "starts_on", Code.STARTS_BEFORE_HIRE, cell, hired_on=hired_on.isoformat())
        return False

    def _manager_holds(
        self, number: int, cells: Sequence[Cell], employee: str, manager: str, ends_on: date | None
    ) -> bool:
        if manager == employee:
            self.findings.say(number, "manager_number", Code.OWN_MANAGER, self.cell(cells, "manager_number"))
            return False
        if manager not in self.existing.people:
            self.findings.say(number, "manager_number", Code.MANAGER_UNKNOWN, self.cell(cells, "manager_number"))
            return False
        if ends_on is None:
            self._open[employee] = (manager, number)
        return True

    def finish(self) -> None:
        super().finish()
        people = self.existing.people

        def manager_of(employee: str) -> str:
            if employee in self._open:
                return self._open[employee][0]
            known = people.get(employee)
            return known.manager_number if known else ""

        for cycle in cycles({manager for manager, _ in self._open.values()}, manager_of):
            for at, employee in enumerate(cycle):
                if employee in self._open:
                    chain = chain_text([*cycle[at:], *cycle[: at + 1]])
                    manager, row = self._open[employee]
                    self.findings.say(row, "manager_number", Code.MANAGER_CYCLE, manager, chain=chain)
                    break


class PaySheet(SpanSheet):
    """Rows of pay."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        super().__init__(headings, mapping, existing, today, findings)
        order = mapping.date_order
        self.steps(
            ("number", values.identifier(Code.NUMBER_INVALID, mapping.number_prefix)),
            ("currency", _currency),
            ("starts_on", values.day(order)),
            ("ends_on", values.last_day(order)),
            ("pay_period", values.choice(PAY_PERIODS, _PERIOD_CHOICES)),
        )

    def row(self, number: int, cells: Sequence[Cell]) -> Typed | None:
        read, failed = self.convert(number, cells)
        employee, currency, starts_on, ends_on, period = cast(
            "tuple[str | None, str | None, date | None, date | None, str | None]", tuple(read)
        )
        person = self.person(number, cells, employee, failed)
        sound = self.days_hold(number, cells, (starts_on, ends_on), person, failed) and not failed
        currency = currency or self.mapping.currency
        amount = self._amount(number, self.cell(cells, "amount"), currency)
        if not sound or amount is None:
            return None
        employee, starts_on = cast("str", employee), cast("date", starts_on)
        self.spans.add(employee, starts_on, ends_on, number)
        hired_on = cast("KnownPerson", person).hired_on
        if ends_on is None or ends_on >= hired_on:
            starts_on = max(starts_on, hired_on)
        return PayRow(number, employee, amount, currency, starts_on, ends_on, period or self.mapping.pay_period)

    def _amount(self, number: int, cell: Cell, currency: str) -> Decimal | None:
        if isinstance(cell, str) and not as_plain(cell):
            self.missing(number, "amount")
            return None
        try:
            return read_amount(cell, currency)
        except Fault as fault:
            self.findings.fault(number, "amount", fault, cell)
            return None


def _currency(cell: Cell) -> str | None:
    value = as_identifier(cell)
    if not value:
        return None
    code = CURRENCY_WORDS.get(value, value.upper())
    if code not in CURRENCIES:
        raise Fault(Code.CURRENCY_UNKNOWN)
    return code
