"""Erases a person: the key is destroyed, so every sealed copy anywhere stays sealed; what they were found by goes too.

The number and the id stay as a tombstone: neither can be given to anybody again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update

from libs.kit import idempotency
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import timestamp
from mainstay.employees.v1 import events_pb2, people_pb2
from services.employees import placing, records
from services.employees.errors import StillEmployed
from services.employees.tables import PERSONAL_FIELDS, assignments, contracts, employments, people, people_history

_EMPTY = dict.fromkeys(PERSONAL_FIELDS)
_ERASE = prepared(
    update(people)
    .where(people.c.employee_id == bindparam("id"))
    .values(**_EMPTY, tokens=[], national_id_index=None, erased_at=bindparam("at"))
)
# What is sealed cannot be opened any more; it is taken away all the same, so that nothing is left to break.
_EMPTIED = [
    prepared(update(people_history).where(people_history.c.employee_id == bindparam("id")).values(**_EMPTY)),
    prepared(update(assignments).where(assignments.c.employee_id == bindparam("id")).values(reason=None)),
    prepared(
        update(employments)
        .where(employments.c.employee_id == bindparam("id"))
        .values(confirm_reason=None, leave_reason=None)
    ),
    prepared(update(contracts).where(contracts.c.employee_id == bindparam("id")).values(pay_amount=None)),
]


async def erase(call: Call, request: people_pb2.EraseEmployeeRequest) -> people_pb2.EraseEmployeeResponse:
    """Raises StillEmployed for somebody who works here today or is going to."""
    employee_id = UUID(request.employee_id)
    call.purpose = request.reason
    await records.lock_lines(call.db)
    record = await records.open_for_change(call, employee_id)
    today = placing.today_of(call, record.time_zone)
    if any(one.last_day is None or one.last_day >= today for one in record.career.employments):
        raise StillEmployed(employee_id=employee_id)
    await destroy(call, employee_id, call.now)
    return people_pb2.EraseEmployeeResponse(erased_at=timestamp(call.now))


async def destroy(call: Call, employee_id: UUID, at: datetime) -> None:
    """Destroys what can be known of a person, as of an instant, and says so. Under the lock on lines."""
    await call.house.vault.erase(call.db, employee_id, at)
    await idempotency.forget_person(call.db, employee_id)
    await call.db.run(_ERASE, id=employee_id, at=at)
    for statement in _EMPTIED:
        await call.db.run(statement, id=employee_id)
    await records.touch(call, [employee_id])
    call.record(events_pb2.EmployeeErased(employee_id=str(employee_id)))
    await placing.settle(call, [employee_id])
