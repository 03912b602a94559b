"""Imports pay agreed from days on: each row becomes a contract that says nothing but the pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.database import prepared
from libs.kit.ids import uuid7
from libs.kit.tables import vault_keys
from libs.kit.vault import SubjectKey
from mainstay.employees.v1 import contracts_pb2
from services.employees import facts
from services.employees.applying.context import Context
from services.employees.applying.writing import Writer
from services.employees.contract_rules import Term
from services.employees.contracts import seal_pay
from services.employees.days import DAY
from services.employees.importing.checking import Checker
from services.employees.importing.rows import PayRow
from services.employees.sealing import opened
from services.employees.tables import contracts

_CHUNK = 1_000
_KIND = contracts_pb2.CONTRACT_KIND_UNSPECIFIED
_PERIODS = {
    "hour": contracts_pb2.PAY_PERIOD_HOUR,
    "month": contracts_pb2.PAY_PERIOD_MONTH,
    "year": contracts_pb2.PAY_PERIOD_YEAR,
}
_HELD = prepared(
    select(contracts)
    .where(contracts.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))), contracts.c.kind == _KIND)
    .order_by(contracts.c.starts_on)
)
_KEYS = prepared(
    select(vault_keys.c.subject_id, vault_keys.c.ring_key, vault_keys.c.wrapped).where(
        vault_keys.c.subject_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)
_CORRECT = prepared(
    update(contracts)
    .where(contracts.c.contract_id == bindparam("id"))
    .values(
        ends_on=bindparam("last"),
        pay_amount=bindparam("amount"),
        pay_currency=bindparam("currency"),
        pay_period=bindparam("period"),
    )
)


@dataclass(frozen=True)
class _Pay:
    starts_on: date
    ends_on: date | None
    amount: Decimal
    currency: str
    period: int


class PayImport:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows: dict[str, list[PayRow]] = {}
        self._writer = Writer(context.db, context.vault, context.clock, "employees")
        self._corrected: list[dict[str, Any]] = []

    async def take(self, rows: Sequence[PayRow]) -> None:
        for row in rows:
            self._rows.setdefault(row.number, []).append(row)

    async def conclude(self, checker: Checker) -> None:
        ends, numbers, context = checker.last_days(), list(self._rows), self._context
        people = context.present.existing.people
        for start in range(0, len(numbers), _CHUNK):
            chunk = numbers[start : start + _CHUNK]
            ids = [people[one].employee_id for one in chunk]
            held: dict[UUID, list[Any]] = {}
            for row in await context.db.rows(_HELD, ids=ids):
                held.setdefault(row["employee_id"], []).append(row)
            keys = {
                row["subject_id"]: context.vault.unwrap(row["subject_id"], row["ring_key"], row["wrapped"])
                for row in await context.db.rows(_KEYS, ids=ids)
            }
            for number, who in zip(chunk, ids, strict=True):
                self._compare(who, keys[who], held.get(who, []), self._rows[number], ends)
            if not context.dry:
                await self._writer.flush()
                await context.db.run_many(_CORRECT, self._corrected)
                self._corrected.clear()

    async def finish(self) -> None:
        await self._writer.publish([])

    async def close(self) -> None:
        pass

    def _compare(
        self, who: UUID, key: SubjectKey, held: list[Any], rows: Sequence[PayRow], ends: dict[int, date]
    ) -> None:
        context = self._context
        known = {row["starts_on"]: row for row in held}
        for row in sorted(rows, key=lambda one: one.starts_on):
            said = _Pay(
                row.starts_on, ends.get(row.row, row.ends_on), row.amount, row.currency, _PERIODS[row.pay_period]
            )
            present = known.get(row.starts_on)
            if present is None:
                context.new += 1
                if not context.dry:
                    self._end_open(held, said.starts_on)
                    self._add(who, key, said)
            elif _read(key, present) == said:
                context.same += 1
            else:
                context.changed += 1
                if not context.dry:
                    self._correct(key, present["contract_id"], said)

    def _end_open(self, held: list[Any], starts_on: date) -> None:
        """What was agreed before ends the day before."""
        for row in held:
            if row["starts_on"] < starts_on and (row["ends_on"] is None or row["ends_on"] >= starts_on):
                self._writer.end_term(row["contract_id"], starts_on - DAY)

    def _add(self, who: UUID, key: SubjectKey, said: _Pay) -> None:
        term = Term(uuid7(), _KIND, said.starts_on, said.ends_on)
        sealed = seal_pay(key, term.contract_id, _text(said.amount))
        self._writer.sign(who, term, pay=sealed, currency=said.currency, period=said.period)
        self._writer.say(facts.signed(who, term.contract_id, term.kind, term.starts_on, term.ends_on))

    def _correct(self, key: SubjectKey, contract_id: UUID, said: _Pay) -> None:
        sealed = seal_pay(key, contract_id, _text(said.amount))
        self._corrected.append(
            {
                "id": contract_id,
                "last": said.ends_on,
                "amount": sealed,
                "currency": said.currency,
                "period": said.period,
            }
        )


def _read(key: SubjectKey, row: Any) -> _Pay:
    amount = opened(key, "contracts", "pay_amount", row["contract_id"], row["pay_amount"])
    return _Pay(row["starts_on"], row["ends_on"], Decimal(amount or "0"), row["pay_currency"], row["pay_period"])


def _text(amount: Decimal) -> str:
    """As people write it, without an exponent."""
    return format(amount, "f")
