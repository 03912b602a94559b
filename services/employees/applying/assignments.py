"""Imports where people were and are: stretches of days laid over the careers of people who are there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from mainstay.employees.v1 import events_pb2
from services.employees import facts, records
from services.employees.applying.context import Context
from services.employees.applying.overlay import Stretch, Where, lay
from services.employees.applying.writing import Writer
from services.employees.career import PRIMARY, Career, applied
from services.employees.importing.checking import Checker
from services.employees.importing.rows import AssignmentRow
from services.employees.records import Record

_CHUNK = 500


class AssignmentImport:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows: dict[str, list[AssignmentRow]] = {}
        self._writer = Writer(context.db, context.vault, context.clock, "employees")

    async def take(self, rows: Sequence[AssignmentRow]) -> None:
        for row in rows:
            self._rows.setdefault(row.number, []).append(row)

    async def conclude(self, checker: Checker) -> None:
        ends = checker.last_days()
        numbers = list(self._rows)
        for start in range(0, len(numbers), _CHUNK):
            chunk = numbers[start : start + _CHUNK]
            people = self._context.present.existing.people
            found = await records.of(
                self._context.db, [people[one].employee_id for one in chunk], lock=not self._context.dry
            )
            for number in chunk:
                self._lay(found[people[number].employee_id], self._rows[number], ends)
            if not self._context.dry:
                await self._writer.flush()

    async def finish(self) -> None:
        context = self._context
        opened = await context.opening.write(context.db, context.now)
        placed = await self._writer.settle()
        await self._writer.place(placed)
        await self._writer.publish([*opened, *placed, *await context.opening.widen(context.db)])

    async def close(self) -> None:
        pass

    def _lay(self, record: Record, rows: Sequence[AssignmentRow], ends: dict[int, date]) -> None:
        context, career = self._context, record.career
        stretches = [Stretch(row.row, row.starts_on, ends.get(row.row, row.ends_on), self._place(row)) for row in rows]
        laid = lay(career, stretches)
        context.new += len(laid.told)
        context.same += len(rows) - len(laid.told)
        for line in laid.change.opened:
            context.opening.use(line.unit_id, line.post_id, line.starts_on, holds=line.ends_on is None)
        if context.dry or not laid.change:
            return
        employments = tuple(sorted((*career.employments, *laid.employments), key=lambda e: e.hired_on))
        after = applied(replace(career, employments=employments), laid.change)
        for employment in laid.employments:
            self._writer.employ(employment)
        self._writer.move(career.employee_id, laid.change)
        self._tell(career, after)
        self._writer.settle_later(career, after, record.time_zone)

    def _place(self, row: AssignmentRow) -> Callable[[Where], Where]:
        opening, people = self._context.opening, self._context.present.existing.people
        unit_said = opening.unit(row.unit)
        manager = people[row.manager_number].employee_id if row.manager_number else None

        def place(before: Where) -> Where:
            unit_id = unit_said or before[0]
            post_id: UUID | None = opening.post(row.post, unit_id) or before[1]
            if unit_id is None and post_id is not None:
                unit_id = opening.unit_of_post(post_id)
            return unit_id, post_id, manager or before[2]

        return place

    def _tell(self, before: Career, after: Career) -> None:
        """Facts of everything that is new, in the order it happened."""
        known = {line.assignment_id for line in before.assignments}
        hired = {employment.hired_on: employment for employment in after.employments}
        former = None
        for line in after.of_kind(PRIMARY):
            employment = hired.get(line.starts_on)
            if line.assignment_id not in known:
                if employment and employment not in before.employments:
                    self._writer.say(facts.hired(after.number, employment, line, imported=True))
                elif former and not employment:
                    self._writer.say(facts.moved(former, line))
            ended = next((e for e in after.employments if e.last_day and e.last_day == line.ends_on), None)
            if ended and ended not in before.employments and ended.last_day:
                self._writer.say(
                    events_pb2.EmployeeLeft(employee_id=str(after.employee_id), last_day=ended.last_day.isoformat())
                )
            former = line
