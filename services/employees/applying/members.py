"""People who are there already: compared with the rows about them, and changed where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.database import prepared
from libs.kit.dates import text_of
from libs.kit.errors import Fault
from libs.kit.tables import vault_keys
from libs.kit.vault import SubjectKey
from mainstay.employees.v1 import events_pb2
from services.employees import facts, records, rules
from services.employees.applying.context import Context, Refusal
from services.employees.applying.differences import Difference, Member, Standing, differ, terms_ended
from services.employees.applying.writing import Writer
from services.employees.career import PRIMARY, Career, Change, applied
from services.employees.contract_rules import Term
from services.employees.days import DAY
from services.employees.importing.rows import PersonRow
from services.employees.records import Record
from services.employees.sealing import open_person
from services.employees.tables import PERSONAL_FIELDS, contracts, people

CHUNK = 500
_SEALED = prepared(
    select(
        people.c.employee_id,
        *(people.c[name] for name in PERSONAL_FIELDS),
        vault_keys.c.ring_key,
        vault_keys.c.wrapped,
    )
    .select_from(people.join(vault_keys, vault_keys.c.subject_id == people.c.employee_id))
    .where(people.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
_TERMS = prepared(
    select(
        contracts.c.employee_id, contracts.c.contract_id, contracts.c.kind, contracts.c.starts_on, contracts.c.ends_on
    ).where(contracts.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)


class Loaded:
    """A person as loaded: career and opened fields, with what is needed to write them back."""

    def __init__(self, record: Record, row: Any, key: SubjectKey, terms: tuple[Term, ...]) -> None:
        self.record, self.row, self.key = record, row, key
        fields = open_person(key, record.employee_id, row)
        self.member = Member(record.career, record.time_zone, fields, terms)


class Members:
    """Compares rows at once; changes are made by `apply`, when every row has been read and all managers are known."""

    def __init__(self, context: Context, newcomer: Callable[[str], UUID | None]) -> None:
        self._context = context
        self._newcomer = newcomer
        self._unseen: dict[str, UUID] = {}
        self._changed: list[PersonRow] = []

    async def take(self, rows: Sequence[PersonRow]) -> None:
        context = self._context
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            loaded = await self._load(chunk)
            for row in chunk:
                one = loaded[context.present.existing.people[row.number].employee_id]
                try:
                    difference = differ(one.member, row, self._standing(row, one.member.career), context.today)
                except Fault as fault:
                    context.refusals.append(Refusal.of(row.row, fault))
                    continue
                if difference:
                    context.changed += 1
                    if not context.dry:
                        self._changed.append(row)
                else:
                    context.same += 1

    async def apply(self, writer: Writer) -> None:
        """Makes the changes, last days last: by then reports who go elsewhere in the same file have gone."""
        leaving: list[PersonRow] = []
        for start in range(0, len(self._changed), CHUNK):
            chunk = self._changed[start : start + CHUNK]
            loaded = await self._load(chunk)
            for row in chunk:
                one = loaded[self._context.present.existing.people[row.number].employee_id]
                standing = self._standing(row, one.member.career)
                difference = differ(one.member, row, standing, self._context.today)
                self._write(writer, one, row, difference)
                if difference.last_day and not difference.rehired:
                    leaving.append(row)
            await writer.flush()
        for row in leaving:
            await self._leave(writer, row)
            await writer.flush()

    async def _load(self, rows: Sequence[PersonRow]) -> dict[UUID, Loaded]:
        context = self._context
        ids = [context.present.existing.people[row.number].employee_id for row in rows]
        found = await records.of(context.db, ids, lock=not context.dry)
        terms: dict[UUID, list[Term]] = {}
        for employee_id, *term in await context.db.rows(_TERMS, ids=ids):
            terms.setdefault(employee_id, []).append(Term(*term))
        loaded = {}
        for row in await context.db.rows(_SEALED, ids=ids):
            who = row["employee_id"]
            key = context.vault.unwrap(who, row["ring_key"], row["wrapped"])
            loaded[who] = Loaded(found[who], row, key, tuple(terms.get(who, ())))
        return loaded

    def _standing(self, row: PersonRow, career: Career) -> Standing:
        context = self._context
        here = career.primary_on(context.today)
        unit_id = context.opening.unit(row.unit)
        post_id = context.opening.post(row.post, unit_id or (here.unit_id if here else None))
        context.opening.use(unit_id, post_id, max(context.today, row.hired_on), holds=False)
        said = "manager_number" in context.mapping.fields
        return Standing(unit_id, post_id, self._manager(row.manager_number), said)

    def _manager(self, number: str) -> UUID | None:
        if not number:
            return None
        known = self._context.present.existing.people.get(number)
        # Somebody further down the file has no id yet: whoever it is, it is nobody who was there before.
        return known.employee_id if known else self._newcomer(number) or self._unseen.setdefault(number, uuid4())

    def _write(self, writer: Writer, one: Loaded, row: PersonRow, difference: Difference) -> None:
        before = after = one.member.career
        who = before.employee_id
        if difference.corrected or difference.time_zone:
            fields = [*difference.corrected, *(["time_zone"] if difference.time_zone else [])]
            present = {**one.member.fields, **difference.corrected}
            zone = difference.time_zone or one.member.time_zone
            writer.correct(one.key, before, one.row, present=present, zone=zone, fields=fields)
        if difference.employment:
            kept = [e for e in before.employments if e.employment_id != difference.employment.employment_id]
            after = Career(who, before.number, (*kept, difference.employment), before.assignments)
            writer.employ(difference.employment)
        if difference.restarted:
            writer.restart(who, *difference.restarted)
        if difference.moved:
            former = {line.assignment_id: line for line in before.assignments}
            after = applied(after, difference.moved)
            writer.move(who, difference.moved)
            opened = difference.moved.opened[0]
            if difference.rehired and difference.employment:
                writer.say(facts.hired(before.number, difference.employment, opened, imported=True, rehired=True))
            else:
                writer.say(facts.moved(former[difference.moved.closed[0][0]], opened))
        if difference.confirmed:
            writer.say(events_pb2.EmployeeConfirmed(employee_id=str(who), effective_on=text_of(row.confirmed_on)))
        if difference.term:
            for contract_id, last in terms_ended(one.member.terms, difference.term):
                writer.end_term(contract_id, last)
            writer.sign(who, difference.term)
            term = difference.term
            writer.say(facts.signed(who, term.contract_id, term.kind, term.starts_on, term.ends_on))
        if after is not before or difference.restarted:
            writer.settle_later(before, after, difference.time_zone or one.member.time_zone)

    async def _leave(self, writer: Writer, row: PersonRow) -> None:
        """Sets the last day; whoever still reports to the leaver then reports to the leaver's own manager."""
        context = self._context
        who, last_day = context.present.existing.people[row.number].employee_id, row.last_day
        if last_day is None:
            return
        led_ids = await records.led_by(context.db, who, last_day)
        found = await records.of(context.db, [who, *led_ids], lock=True)
        career = found[who].career
        led = [found[one].career for one in led_ids]
        here = career.primary_on(min(last_day, context.today)) or career.primary_on(last_day)
        above = here.manager_id if here else None
        leave = rules.plan_leave(career, led if above else [], above, last_day=last_day, today=context.today)
        changes = dict(leave.changes)
        if above is None:
            for report in led:
                change = rules.hand_over(report, who, None, on=last_day + DAY, today=context.today)
                changes[report.employee_id] = change
        writer.employ(leave.employment)
        writer.say(events_pb2.EmployeeLeft(employee_id=str(who), last_day=text_of(last_day)))
        for employee_id, change in changes.items():
            before = found[employee_id].career
            writer.move(employee_id, change)
            self._tell_lines(writer, before, change)
            after = applied(before, change)
            if employee_id == who:
                kept = [e for e in before.employments if e.employment_id != leave.employment.employment_id]
                after = Career(who, after.number, (*kept, leave.employment), after.assignments)
            writer.settle_later(before, after, found[employee_id].time_zone)

    def _tell_lines(self, writer: Writer, before: Career, change: Change) -> None:
        lines = {line.assignment_id: line for line in before.assignments}
        for opened in change.opened:
            former = next(lines[row] for row, _ in change.closed if lines[row].kind == PRIMARY)
            writer.say(facts.moved(former, opened))
