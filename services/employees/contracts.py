"""Labour contracts, and the pay agreed in them, which only the person's key opens."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import date_of, optional_date, text_of
from libs.kit.ids import uuid7
from libs.kit.tables import vault_keys
from libs.kit.vault import SubjectKey
from mainstay.contract.v1 import types_pb2
from mainstay.employees.v1 import contracts_pb2
from services.employees import contract_rules, facts, records
from services.employees.errors import ContractNotFound, EmployeeNotFound
from services.employees.fields import refuse
from services.employees.people import whose
from services.employees.sealing import key_of, opened
from services.employees.tables import contracts, people

_KNOWN = prepared(select(people.c.employee_id).where(people.c.employee_id == bindparam("employee_id")))
_CONTRACTS = (
    select(contracts, vault_keys.c.ring_key, vault_keys.c.wrapped)
    .select_from(contracts.outerjoin(vault_keys, vault_keys.c.subject_id == contracts.c.employee_id))
    .where(contracts.c.employee_id == bindparam("employee_id"))
)
_OF = prepared(_CONTRACTS.order_by(contracts.c.starts_on.desc(), contracts.c.contract_id.desc()))
_ONE = prepared(_CONTRACTS.where(contracts.c.contract_id == bindparam("contract_id")))
_END = prepared(update(contracts).where(contracts.c.contract_id == bindparam("id")).values(ends_on=bindparam("last")))
_ADD = prepared(
    insert(contracts).values(
        {c.name: bindparam(c.name, type_=Uuid if c.name == "recorded_by" else None) for c in contracts.c}
    )
)


async def list_contracts(
    call: Call, request: contracts_pb2.ListContractsRequest
) -> contracts_pb2.ListContractsResponse:
    employee_id = whose(call, request.employee_id)
    rows = await call.db.rows(_OF, employee_id=employee_id)
    if not rows and not await call.db.value(_KNOWN, employee_id=employee_id):
        raise EmployeeNotFound(employee_id=employee_id)
    return contracts_pb2.ListContractsResponse(contracts=[_message(call, row) for row in rows])


async def reveal_pay(call: Call, request: contracts_pb2.RevealPayRequest) -> contracts_pb2.Contract:
    employee_id, contract_id = UUID(request.employee_id), UUID(request.contract_id)
    if not await call.db.value(_KNOWN, employee_id=employee_id):
        raise EmployeeNotFound(employee_id=employee_id)
    row = await call.db.row(_ONE, employee_id=employee_id, contract_id=contract_id)
    if row is None:
        raise ContractNotFound(contract_id=contract_id)
    return _message(call, row)


async def sign(call: Call, request: contracts_pb2.SignContractRequest) -> contracts_pb2.Contract:
    starts_on = date_of(request.starts_on, "starts_on", call.language)
    ends_on = optional_date(request.ends_on, "ends_on", call.language)
    signed_on = optional_date(request.signed_on, "signed_on", call.language) or starts_on
    _check_term(call, request.kind, starts_on, ends_on)
    record = await records.open_for_change(call, UUID(request.employee_id))
    held = [
        contract_rules.Term(row["contract_id"], row["kind"], row["starts_on"], row["ends_on"])
        for row in await call.db.rows(_OF, employee_id=record.employee_id)
    ]
    term = contract_rules.Term(uuid7(), request.kind, starts_on, ends_on)
    for ended, last in contract_rules.plan_contract(record.career, held, term):
        await call.db.run(_END, id=ended, last=last)
    key = await call.house.vault.key_for_writing(call.db, record.employee_id)
    await call.db.run(
        _ADD,
        contract_id=term.contract_id,
        employee_id=record.employee_id,
        kind=request.kind,
        starts_on=starts_on,
        ends_on=ends_on,
        pay_amount=seal_pay(key, term.contract_id, request.pay.amount),
        pay_currency=request.pay.currency,
        pay_period=request.pay_period,
        signed_on=signed_on,
        recorded_at=call.now,
        recorded_by=call.actor,
    )
    call.record(facts.signed(record.employee_id, term.contract_id, request.kind, starts_on, ends_on))
    return _message(call, await call.db.row(_ONE, employee_id=record.employee_id, contract_id=term.contract_id))


def seal_pay(key: SubjectKey, contract_id: UUID, amount: str) -> bytes | None:
    return key.seal("contracts", "pay_amount", contract_id, amount) if amount else None


def _check_term(call: Call, kind: int, starts_on: date, ends_on: date | None) -> None:
    if kind == contracts_pb2.CONTRACT_KIND_FIXED_TERM and ends_on is None:
        refuse(call, "ends_on", "required", context="contract")
    if kind == contracts_pb2.CONTRACT_KIND_OPEN_ENDED and ends_on is not None:
        refuse(call, "ends_on", "empty_when_open_ended")
    if ends_on is not None and ends_on < starts_on:
        refuse(call, "ends_on", "after_start")


def _message(call: Call, row: Any) -> contracts_pb2.Contract:
    key = key_of(call, row["employee_id"], row["ring_key"], row["wrapped"])
    amount = opened(key, "contracts", "pay_amount", row["contract_id"], row["pay_amount"])
    pay = types_pb2.Money(amount=amount, currency=row["pay_currency"]) if row["pay_amount"] is not None else None
    return contracts_pb2.Contract(
        contract_id=str(row["contract_id"]),
        employee_id=str(row["employee_id"]),
        kind=row["kind"],
        starts_on=row["starts_on"].isoformat(),
        ends_on=text_of(row["ends_on"]),
        pay=pay,
        pay_period=row["pay_period"],
        signed_on=row["signed_on"].isoformat(),
    )
