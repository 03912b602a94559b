"""Checks rows of people with their present place."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from services.employees.importing import values
from services.employees.importing.cells import Cell
from services.employees.importing.existing import Existing
from services.employees.importing.findings import Findings
from services.employees.importing.mapping import Mapping
from services.employees.importing.national_ids import NationalIds
from services.employees.importing.placing import Place, Placing
from services.employees.importing.problems import Code
from services.employees.importing.reporting import chain_text, cycles
from services.employees.importing.rows import PersonRow
from services.employees.importing.sheet import Sheet

CONTRACT_KINDS: MappingOf[str, str] = {
    **dict.fromkeys(
        ("固定期限", "固定", "有固定期限", "固定期限劳动合同", "fixed term", "fixed-term", "fixed"), "FIXED_TERM"
    ),
    **dict.fromkeys(
        ("无固定期限", "无固定", "无固定期限劳动合同", "open ended", "open-ended", "permanent", "indefinite"),
        "OPEN_ENDED",
    ),
    **dict.fromkeys(("劳务派遣", "派遣", "agency", "temporary agency", "dispatch"), "AGENCY"),
    **dict.fromkeys(("实习", "实习生", "实习协议", "internship", "intern", "trainee"), "INTERNSHIP"),
}
_CONTRACT_CHOICES = "固定期限 / 无固定期限 / 劳务派遣 / 实习 (fixed term / open-ended / agency / internship)"
# First days are planned ahead, but hardly by more than a year: 2062 for 2026 is a slip.
_AHEAD = timedelta(days=366)
# No country's law lets younger people work.
_YOUNGEST = 14
_DAY = timedelta(days=1)


class PeopleSheet(Sheet):
    """Rows of people. A number in the file may be there already: the row then updates that person."""

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, existing: Existing, today: date, findings: Findings
    ) -> None:
        super().__init__(headings, mapping, existing, today, findings)
        order = mapping.date_order
        self._ids = NationalIds()
        self.steps(
            ("number", values.identifier(Code.NUMBER_INVALID, mapping.number_prefix)),
            ("name", values.text(80)),
            ("first_name", values.text(60)),
            ("last_name", values.text(60)),
            ("name_en", values.text(120)),
            ("work_mail", values.mail),
            ("mobile", values.phone),
            ("national_id", self._ids.convert),
            ("birth_date", values.day(order)),
            ("home_address", values.text(300)),
            ("hired_on", values.day(order)),
            ("last_day", values.last_day(order)),
            ("probation_ends_on", values.day(order)),
            ("confirmed_on", values.day(order)),
            ("manager_number", values.identifier(Code.NUMBER_INVALID, mapping.number_prefix)),
            ("time_zone", values.time_zone),
            ("contract_kind", values.choice(CONTRACT_KINDS, _CONTRACT_CHOICES)),
            ("contract_starts_on", values.day(order)),
            ("contract_ends_on", values.last_day(order)),
        )
        self.placing = Placing(mapping, existing, findings)
        self._unit, self._post = mapping.fields.get("unit"), mapping.fields.get("post")
        self._has_manager = "manager_number" in mapping.fields
        self._row_of: dict[str, int] = {}
        self._manager_of: dict[str, str] = {}
        self._left: dict[str, date] = {}
        # Hashes instead of mails and identity numbers: 8 bytes each, and nothing personal is kept.
        self._mails: dict[int, int] = {}
        self._national_ids: dict[int, int] = {}
        self._posts_filled: dict[UUID, list[int]] = {}

    def row(self, number: int, cells: Sequence[Cell]) -> PersonRow | None:
        read, failed = self.convert(number, cells)
        (
            employee, name, first_name, last_name, name_en, work_mail, mobile, national_id, birth_date, home_address,
            hired_on, last_day, probation_ends_on, confirmed_on, manager, time_zone, contract_kind, contract_starts_on,
            contract_ends_on,
        ) = cast("_Values", tuple(read))  # fmt: skip
        sound = not failed
        name = name or _joined(first_name, last_name) or name_en
        if not (name and employee and hired_on):
            self._say_missing(number, failed, name=name, number_=employee, hired_on=hired_on)
            sound = False
        if employee is not None and not self._first(number, employee, manager, last_day):
            sound = False
        if hired_on is not None:
            sound &= self._days_in_order(
                number, cells, (hired_on, last_day, birth_date, probation_ends_on, confirmed_on)
            )
            if confirmed_on is not None and probation_ends_on is None and confirmed_on > hired_on:
                probation_ends_on = confirmed_on - _DAY
        if work_mail is not None:
            sound &= self._unique(self._mails, number, "work_mail", Code.MAIL_DUPLICATE, work_mail.casefold())
        if national_id is not None:
            sound &= self._identity_holds(number, cells, national_id, birth_date)
        if contract_kind or contract_starts_on or contract_ends_on:
            contract_kind = contract_kind or ("FIXED_TERM" if contract_ends_on else "OPEN_ENDED")
            contract_starts_on = contract_starts_on or hired_on
            contract = (contract_kind, contract_starts_on, contract_ends_on)
            sound &= self._contract_holds(number, cells, contract, failed)
        place, placed = self._placed(number, cells, employee, last_day)
        if not (sound and placed):
            return None
        return PersonRow(
            number, cast("str", employee), cast("str", name), name_en or "", work_mail or "", mobile or "",
            national_id or "", birth_date, home_address or "", cast("date", hired_on), last_day, probation_ends_on,
            confirmed_on, place.unit, place.post, manager or "", time_zone or "",
            contract_kind or "", contract_starts_on, contract_ends_on,
        )  # fmt: skip

    def finish(self) -> None:
        self._managers_known()
        self._no_cycles()
        self._places_free()

    def _say(self, number: int, field: str, code: Code, cells: Sequence[Cell], **parameters: str | int) -> None:
        self.findings.say(number, field, code, self.cell(cells, field), **parameters)

    def _first(self, number: int, employee: str, manager: str | None, last_day: date | None) -> bool:
        """Takes note of a number, its manager and last day; whether no row above has the same number."""
        first = self._row_of.setdefault(employee, number)
        raw = employee[len(self.mapping.number_prefix) :]
        if first != number:
            self.findings.say(number, "number", Code.NUMBER_DUPLICATE, raw, other_row=first)
            return False
        if last_day is not None and last_day < self.today:
            self._left[employee] = last_day
        if manager is not None:
            if manager == employee:
                self.findings.say(number, "manager_number", Code.OWN_MANAGER, raw)
                return False
            self._manager_of[employee] = manager
        return True

    def _unique(self, seen: dict[int, int], number: int, field: str, code: Code, value: str) -> bool:
        first = seen.setdefault(hash(value), number)
        if first != number:
            self.findings.say(number, field, code, value, other_row=first)
        return first == number

    def _say_missing(
        self,
        number: int,
        failed: frozenset[str],
        *,
        name: str | None,
        number_: str | None,
        hired_on: date | None,
    ) -> None:
        """Notes which of the fields nobody is without are empty; what could not be read was said already."""
        if name is None and not failed & _NAMES:
            self.missing(number, "name" if "name" in self.mapping.fields else "last_name")
        if number_ is None and "number" not in failed:
            self.missing(number, "number")
        if hired_on is None and "hired_on" not in failed:
            self.missing(number, "hired_on")

    def _identity_holds(self, number: int, cells: Sequence[Cell], national_id: str, birth_date: date | None) -> bool:
        born = self._ids.birth
        first = self._unique(self._national_ids, number, "national_id", Code.NATIONAL_ID_DUPLICATE, national_id)
        if born is not None and birth_date is not None and born != birth_date:
            self._say(number, "birth_date", Code.NATIONAL_ID_BIRTH_DIFFERS, cells)
            return False
        return first

    def _placed(
        self, number: int, cells: Sequence[Cell], employee: str | None, last_day: date | None
    ) -> tuple[Place, bool]:
        """The place a row names, and whether somebody can be put there."""
        unit_cell = "" if self._unit is None else cells[self._unit]
        post_cell = "" if self._post is None else cells[self._post]
        place = self.placing.of(unit_cell, post_cell)
        sound = True
        present = last_day is None or last_day >= self.today
        if not place.sound:
            until = self.today if last_day is None else min(self.today, last_day)
            sound = not self.placing.say(number, place, unit_cell, post_cell, until=until)
        if place.unit is None and self._unit is not None and not place.unit_fault:
            self.missing(number, "unit")
            sound = False
        if place.post is None and self._post is not None and not (place.post_fault or place.unit_fault):
            self.missing(number, "post")
            sound = False
        if employee is not None and present and place.post is not None:
            self._takes_place(number, employee, place.post)
            place.rows += 1
        return place, sound

    def _days_in_order(
        self, number: int, cells: Sequence[Cell], days: tuple[date, date | None, date | None, date | None, date | None]
    ) -> bool:
        hired_on, last_day, birth_date, probation_ends_on, confirmed_on = days
        wrong: list[tuple[str, Code, dict[str, str | int]]] = []
        hired = hired_on.isoformat
        if hired_on - self.today > _AHEAD:
            wrong.append(("hired_on", Code.DATE_IN_FUTURE, {"latest": (self.today + _AHEAD).isoformat()}))
        if last_day is not None and last_day < hired_on:
            wrong.append(("last_day", Code.LAST_DAY_BEFORE_HIRE, {"hired_on": hired()}))
        if birth_date is not None and _age(birth_date, hired_on) < _YOUNGEST:
            wrong.append(self._born_too_late(birth_date, hired_on))
        if probation_ends_on is not None and probation_ends_on < hired_on:
            wrong.append(("probation_ends_on", Code.PROBATION_BEFORE_HIRE, {"hired_on": hired()}))
        if confirmed_on is not None and confirmed_on < hired_on:
            wrong.append(("confirmed_on", Code.CONFIRMED_BEFORE_HIRE, {"hired_on": hired()}))
        for field, code, parameters in wrong:
            self._say(number, field, code, cells, **parameters)
        return not wrong

    def _born_too_late(self, birth_date: date, hired_on: date) -> tuple[str, Code, dict[str, str | int]]:
        if birth_date > self.today:
            return "birth_date", Code.DATE_IN_FUTURE, {"latest": self.today.isoformat()}
        hired = hired_on.isoformat()
        if birth_date >= hired_on:
            return "birth_date", Code.BIRTH_AFTER_HIRE, {"hired_on": hired}
        return "birth_date", Code.HIRED_TOO_YOUNG, {"hired_on": hired, "years": _YOUNGEST}

    def _contract_holds(
        self,
        number: int,
        cells: Sequence[Cell],
        contract: tuple[str, date | None, date | None],
        failed: frozenset[str],
    ) -> bool:
        kind, starts_on, ends_on = contract
        if kind == "FIXED_TERM" and ends_on is None and "contract_ends_on" not in failed:
            self._say(number, "contract_ends_on", Code.CONTRACT_END_MISSING, cells)
            return False
        if kind == "OPEN_ENDED" and ends_on is not None:
            self._say(number, "contract_ends_on", Code.CONTRACT_END_UNEXPECTED, cells)
            return False
        if starts_on is not None and ends_on is not None and ends_on < starts_on:
            self._say(number, "contract_ends_on", Code.END_BEFORE_START, cells, starts_on=starts_on.isoformat())
            return False
        return True

    def _takes_place(self, number: int, employee: str, post: object) -> None:
        if not isinstance(post, UUID) or self.placing.posts.known(post).free is None:
            return
        known = self.existing.people.get(employee)
        if known is None or known.post_id != post:
            self._posts_filled.setdefault(post, []).append(number)

    def _places_free(self) -> None:
        for post, rows in self._posts_filled.items():
            free = self.placing.posts.known(post).free or 0
            for number in rows[free:]:
                self.findings.say(number, "post", Code.POST_FULL, self.placing.posts.known(post).title, free=free)

    def _managers_known(self) -> None:
        people, prefix = self.existing.people, len(self.mapping.number_prefix)
        for employee, manager in self._manager_of.items():
            if manager not in self._row_of and manager not in people:
                self.findings.say(self._row_of[employee], "manager_number", Code.MANAGER_UNKNOWN, manager[prefix:])
                continue
            left = self._left.get(manager)
            if left is None and manager not in self._row_of:
                last_day = people[manager].last_day
                left = last_day if last_day is not None and last_day < self.today else None
            if left is not None and employee not in self._left:
                self.findings.say(
                    self._row_of[employee],
                    "manager_number",
                    Code.MANAGER_LEFT,
                    manager[prefix:],
                    last_day=left.isoformat(),
                )

    def _no_cycles(self) -> None:
        people = self.existing.people

        def manager_of(employee: str) -> str:
            """As the file says; as it is today for people who are not in it, or when the file does not say."""
            if self._has_manager and employee in self._row_of:
                return self._manager_of.get(employee, "")
            known = people.get(employee)
            return known.manager_number if known else ""

        for cycle in cycles(set(self._manager_of.values()), manager_of):
            # One row answers for a cycle: that of the smallest number in it that the file can change.
            for at, employee in enumerate(cycle):
                if employee in self._row_of:
                    chain = chain_text([*cycle[at:], *cycle[: at + 1]])
                    prefix = len(self.mapping.number_prefix)
                    self.findings.say(
                        self._row_of[employee],
                        "manager_number",
                        Code.MANAGER_CYCLE,
                        cycle[(at + 1) % len(cycle)][prefix:],
                        chain=chain,
                    )
                    break


_NAMES = frozenset({"name", "first_name", "last_name", "name_en"})
_Values = tuple[
    str | None, str | None, str | None, str | None, str | None, str | None, str | None, str | None, date | None,
    str | None, date | None, date | None, date | None, date | None, str | None, str | None, str | None, date | None,
    date | None,
]  # fmt: skip


def _joined(first: str | None, last: str | None) -> str | None:
    """Latin: first then last; Chinese: family name first, without a space."""
    if first and last:
        return f"{last}{first}" if last[0] > "\u2fff" else f"{first} {last}"
    return first or last


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
