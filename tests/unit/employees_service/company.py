"""A company in memory whose commands go through the rules, as the handlers do it with the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from services.employees import rules
from services.employees.career import DOTTED, PRIMARY, Career, Change, Employment, applied
from services.employees.days import DAY

START = date(2026, 1, 1)
LENGTH = 60
DAYS = [START + timedelta(days=n) for n in range(LENGTH)]


class Company:
    def __init__(self) -> None:
        self.careers: dict[UUID, Career] = {}
        self.today = START

    def hire(self, manager: UUID | None, on: date, who: UUID | None = None) -> UUID:
        career = self.careers[who] if who else Career(uuid4(), f"E{len(self.careers):02}")
        place = rules.Place(uuid4(), uuid4(), manager)
        employment, change = rules.plan_hire(career, place, on=on, probation_ends_on=None)
        hired = replace(career, employments=(*career.employments, employment))
        self._take({hired.employee_id: change}, {hired.employee_id: hired})
        return hired.employee_id

    def transfer(self, who: UUID, manager: UUID | None, on: date) -> None:
        place = rules.Place(uuid4(), uuid4(), manager)
        self._take({who: rules.plan_transfer(self.careers[who], place, on=on, today=self.today)})

    def change_manager(self, who: UUID, manager: UUID, on: date) -> None:
        self._take({who: rules.plan_manager_change(self.careers[who], manager, on=on, today=self.today)})

    def add_dotted(self, who: UUID, manager: UUID, first: date, last: date | None) -> None:
        self._take({who: rules.plan_dotted_line(self.careers[who], manager, starts_on=first, ends_on=last)})

    def leave(self, who: UUID, successor: UUID | None, last_day: date) -> None:
        led = [
            career
            for career in self.careers.values()
            if any(
                line.manager_id == who and (line.ends_on is None or line.ends_on > last_day)
                for kind in (PRIMARY, DOTTED)
                for line in career.of_kind(kind)
            )
        ]
        leave = rules.plan_leave(self.careers[who], led, successor, last_day=last_day, today=self.today)
        leaver = self.careers[who]
        kept = [e for e in leaver.employments if e.employment_id != leave.employment.employment_id]
        ended: tuple[Employment, ...] = (*kept, leave.employment)
        self._take(leave.changes, {who: replace(leaver, employments=ended)})

    def _take(self, changes: Mapping[UUID, Change], careers: dict[UUID, Career] | None = None) -> None:
        """All or nothing, like a transaction."""
        after = self.careers | (careers or {})
        after = {who: applied(career, changes.get(who, Change())) for who, career in after.items()}
        for change in changes.values():
            for line in change.opened:
                rules.check_line(after, line)
        self.careers = after

    def places(self, who: UUID, until: date) -> list[tuple[UUID | None, UUID | None] | None]:
        """Where somebody was on each day up to and with `until`."""
        career = self.careers[who]
        found = [career.primary_on(day) for day in DAYS if day <= until]
        return [(line.unit_id, line.manager_id) if line else None for line in found]


def loop_on(company: Company, day: date) -> bool:
    managers = {}
    for who, career in company.careers.items():
        here = career.primary_on(day)
        managers[who] = here.manager_id if here else None
    for who, manager in managers.items():
        at, steps = manager, 0
        while at is not None and steps <= len(managers):
            if at == who:
                return True
            at, steps = managers.get(at), steps + 1
    return False


__all__ = ["DAY", "DAYS", "START", "Company", "loop_on"]
