"""Writes what changes about people who are there already: collected for thousands of them, written set by set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import DateTime, String, Uuid, any_, bindparam, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit import clock, deadlines, directory, outbox
from libs.kit.clock import Clock
from libs.kit.database import Session, prepared
from libs.kit.tables import outbox as outbox_table
from libs.kit.vault import SubjectKey, Vault
from mainstay.employees.v1 import events_pb2
from services.employees import bulk, placing
from services.employees.career import Career, Change, Employment
from services.employees.contract_rules import Term
from services.employees.sealing import blind_national_id, blind_tokens
from services.employees.tables import PERSONAL_FIELDS, assignments, contracts, employments, people

_CLOSE = prepared(
    update(assignments).where(assignments.c.assignment_id == bindparam("id")).values(ends_on=bindparam("last"))
)
_RESTART = prepared(
    update(assignments).where(assignments.c.assignment_id == bindparam("id")).values(starts_on=bindparam("first"))
)
_DAYS = ("hired_on", "last_day", "probation_ends_on", "confirmed_on")
_EMPLOYMENT = insert(employments).values(
    {name: bindparam(name) for name in ("employment_id", "employee_id", *_DAYS, "recorded_at")}
)
_EMPLOY = prepared(
    _EMPLOYMENT.on_conflict_do_update(
        index_elements=["employment_id"], set_={name: _EMPLOYMENT.excluded[name] for name in _DAYS}
    )
)
_SHOW = prepared(
    update(people)
    .where(people.c.employee_id == bindparam("id"))
    .values({name: bindparam(name, type_=people.c[name].type) for name in _DAYS})
)
_KEEP_FORMER = prepared(
    text(f"""
INSERT INTO people_history (employee_id, version, number, {", ".join(PERSONAL_FIELDS)}, time_zone, fields, replaced_at)
SELECT employee_id, version, number, {", ".join(PERSONAL_FIELDS)}, time_zone, :fields, :at
FROM people WHERE employee_id = :id
""").bindparams(  # noqa: S608 - column names of our own table
        bindparam("id", type_=Uuid),
        bindparam("fields", type_=ARRAY(String)),
        bindparam("at", type_=DateTime(timezone=True)),
    )
)
_CORRECT = prepared(
    update(people)
    .where(people.c.employee_id == bindparam("id"))
    .values(
        {name: bindparam(name) for name in (*PERSONAL_FIELDS, "tokens", "national_id_index")}
        | {"time_zone": bindparam("zone")}
    )
)
_TOUCH = prepared(
    update(people)
    .where(people.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .values(version=people.c.version + 1, changed_at=bindparam("at"), changed_by=None)
)
_END_TERM = prepared(
    update(contracts).where(contracts.c.contract_id == bindparam("id")).values(ends_on=bindparam("last"))
)
_CONTRACT = ("contract_id", "employee_id", "kind", "starts_on", "ends_on", "signed_on", "recorded_at")
_PAID = (*_CONTRACT, "pay_amount", "pay_currency", "pay_period")


class Writer:
    """Collects changes of one import. `flush` writes what was collected; `settle` makes today true, once at the end."""

    def __init__(self, db: Session, vault: Vault, time: Clock, source: str) -> None:
        self.db, self.vault = db, vault
        self._clock, self._source = time, source
        self._now: datetime = time.now()
        self._facts: list[Message] = []
        self._closed: list[dict[str, Any]] = []
        self._restarted: list[dict[str, Any]] = []
        self._opened: list[tuple[Any, ...]] = []
        self._employed: list[dict[str, Any]] = []
        self._former: list[dict[str, Any]] = []
        self._corrected: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []
        self._contracts: list[tuple[Any, ...]] = []
        self._touched: set[UUID] = set()
        self._placed: dict[UUID, tuple[Career, Career, str]] = {}

    def say(self, fact: Message) -> None:
        self._facts.append(fact)

    def move(self, employee_id: UUID, change: Change) -> None:
        self._closed += [{"id": row, "last": last} for row, last in change.closed]
        self._opened += [bulk.assignment_row(line, self._now) for line in change.opened]
        self._touched.add(employee_id)

    def restart(self, employee_id: UUID, assignment_id: UUID, first: date) -> None:
        self._restarted.append({"id": assignment_id, "first": first})
        self._touched.add(employee_id)

    def employ(self, employment: Employment) -> None:
        """Adds an employment, or gives the one there is other days."""
        days = {name: getattr(employment, name) for name in _DAYS}
        ids = {"employment_id": employment.employment_id, "employee_id": employment.employee_id}
        self._employed.append({**ids, **days, "recorded_at": self._now})
        self._touched.add(employment.employee_id)

    def correct(
        self,
        key: SubjectKey,
        career: Career,
        row: Mapping[str, Any],
        *,
        present: Mapping[str, str],
        zone: str,
        fields: list[str],
    ) -> None:
        """Gives a person other fields; `row` has the sealed ones that stay. The former ones are kept in the history."""
        who = career.employee_id
        self._former.append({"id": who, "fields": fields, "at": self._now})
        sealed = {
            name: key.seal("people", name, who, present[name]) if name in fields else row[name]
            for name in PERSONAL_FIELDS
        }
        tokens = blind_tokens(self.vault, present["name"], present["name_en"], career.number)
        blind = blind_national_id(self.vault, present["national_id"])
        self._corrected.append({"id": who, **sealed, "tokens": tokens, "national_id_index": blind, "zone": zone})
        self._touched.add(who)
        self.say(events_pb2.EmployeeCorrected(employee_id=str(who), fields=fields))

    def sign(
        self, employee_id: UUID, term: Term, *, pay: bytes | None = None, currency: str = "", period: int = 0
    ) -> None:
        of = (term.contract_id, employee_id, term.kind, term.starts_on, term.ends_on, term.starts_on, self._now)
        self._contracts.append((*of, pay, currency, period))

    def end_term(self, contract_id: UUID, last: date) -> None:
        self._ended.append({"id": contract_id, "last": last})

    def settle_later(self, before: Career, after: Career, zone: str) -> None:
        """Takes note of somebody whose standing today may be another now."""
        first, _, _ = self._placed.get(after.employee_id, (before, before, zone))
        self._placed[after.employee_id] = (first, after, zone)

    async def flush(self) -> None:
        """Writes rows in an order that keeps every reference whole."""
        db = self.db
        for statement, many in (
            (_KEEP_FORMER, self._former),
            (_CORRECT, self._corrected),
            (_EMPLOY, self._employed),
            (_CLOSE, self._closed),
            (_RESTART, self._restarted),
            (_END_TERM, self._ended),
        ):
            if many:
                await db.run_many(statement, many)
                many.clear()
        if self._opened:
            await bulk.copy_assignments(db, self._opened)
            self._opened.clear()
        if self._contracts:
            await db.copy(contracts, _PAID, self._contracts)
            self._contracts.clear()
        if self._touched:
            await db.run(_TOUCH, ids=list(self._touched), at=self._now)
            self._touched.clear()

    async def settle(self) -> list[events_pb2.PersonPlaced]:
        """Shows today's days in lists, sets the clock for days to come, and returns who stands elsewhere today."""
        shown, placed = [], []
        for who, (before, after, zone) in self._placed.items():
            today = clock.today(self._clock, zone)
            employment = after.latest_on(today)
            if employment is not None:
                shown.append({"id": who, **{name: getattr(employment, name) for name in _DAYS}})
            now = placing.place_on(after, today)
            if now != placing.place_on(before, today):
                placed.append(now)
            turn = placing.next_turn(after, today)
            if turn is not None:
                await deadlines.schedule(self.db, placing.DUE, str(who), placing.start_of(turn, zone))
        if shown:
            await self.db.run_many(_SHOW, shown)
        return placed

    async def publish(self, facts: list[Message]) -> None:
        """Records what was said, then `facts`."""
        rows = outbox.records([*self._facts, *facts], source=self._source, trace="")
        if rows:
            await self.db.copy(outbox_table, outbox.COLUMNS, rows)
        self._facts.clear()

    async def place(self, placed: list[events_pb2.PersonPlaced]) -> None:
        if placed:
            await directory.place_people(self.db, placed)
