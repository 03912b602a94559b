"""转, 调, 离: confirms people, moves them, gives them other managers, and lets them go.

Every command takes the lock on reporting lines and then the person's row; what it means is decided in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, update

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import date_of, optional_date, text_of
from mainstay.employees.v1 import events_pb2, lifecycle_pb2, people_pb2
from services.employees import facts, heads, places, placing, records, rules, views
from services.employees.authority import over_manager
from services.employees.career import DOTTED, PRIMARY, Career, Change, Employment, applied
from services.employees.days import DAY
from services.employees.fields import optional_id, refuse
from services.employees.records import Record
from services.employees.tables import employments

_ID = employments.c.employment_id == bindparam("id")
_CONFIRM = prepared(
    update(employments)
    .where(_ID)
    .values(
        confirmed_on=bindparam("on"),
        confirmed_at=bindparam("at"),
        confirmed_by=bindparam("by", type_=Uuid),
        confirm_reason=bindparam("reason"),
    )
)
_LEAVE = prepared(
    update(employments)
    .where(_ID)
    .values(
        last_day=bindparam("last"),
        leave_kind=bindparam("kind"),
        left_at=bindparam("at"),
        left_by=bindparam("by", type_=Uuid),
        leave_reason=bindparam("reason"),
    )
)


async def confirm(call: Call, request: lifecycle_pb2.ConfirmEmployeeRequest) -> people_pb2.Employee:
    on = date_of(request.effective_on, "effective_on", call.language)
    record = await _open(call, request.employee_id, request.version)
    employment = rules.plan_confirm(record.career, on=on)
    await call.db.run(
        _CONFIRM,
        id=employment.employment_id,
        on=on,
        at=call.now,
        by=call.actor,
        reason=await _sealed(call, employment, "confirm_reason", request.reason),
    )
    await records.touch(call, [record.employee_id])
    call.record(events_pb2.EmployeeConfirmed(employee_id=request.employee_id, effective_on=text_of(on)))
    return await _settled(call, record.employee_id)


async def transfer(call: Call, request: lifecycle_pb2.TransferEmployeeRequest) -> people_pb2.Employee:
    unit_id, post_id = UUID(request.unit_id), UUID(request.post_id)
    await call.over_unit(unit_id)
    await over_manager(call, optional_id(request.manager_id))
    on = date_of(request.effective_on, "effective_on", call.language)
    record = await _open(call, request.employee_id, request.version)
    place = rules.Place(unit_id, post_id, optional_id(request.manager_id))
    change = rules.plan_transfer(record.career, place, on=on, today=_today(call, record))
    await places.require(call, unit_id, post_id, change.opened[0].days, holder=record.employee_id)
    await _check_lines(call, {record.employee_id: record.career}, {record.employee_id: change}, on)
    await records.save(call, {record.employee_id: change}, request.reason)
    _say_lines(call, record.career, change)
    return await _settled(call, record.employee_id)


async def change_manager(call: Call, request: lifecycle_pb2.ChangeManagerRequest) -> people_pb2.Employee:
    await over_manager(call, UUID(request.manager_id))
    on = date_of(request.effective_on, "effective_on", call.language)
    record = await _open(call, request.employee_id, request.version)
    change = rules.plan_manager_change(record.career, UUID(request.manager_id), on=on, today=_today(call, record))
    await _check_lines(call, {record.employee_id: record.career}, {record.employee_id: change}, on)
    await records.save(call, {record.employee_id: change}, request.reason)
    _say_lines(call, record.career, change)
    return await _settled(call, record.employee_id)


async def add_dotted_line(call: Call, request: lifecycle_pb2.AddDottedLineRequest) -> people_pb2.Employee:
    await over_manager(call, UUID(request.manager_id))
    starts_on = date_of(request.starts_on, "starts_on", call.language)
    ends_on = optional_date(request.ends_on, "ends_on", call.language)
    if ends_on and ends_on < starts_on:
        refuse(call, "ends_on", "after_start")
    record = await _open(call, request.employee_id, request.version)
    change = rules.plan_dotted_line(record.career, UUID(request.manager_id), starts_on=starts_on, ends_on=ends_on)
    await _check_lines(call, {record.employee_id: record.career}, {record.employee_id: change}, starts_on)
    await records.save(call, {record.employee_id: change}, request.reason)
    _say_lines(call, record.career, change)
    return await _settled(call, record.employee_id)


async def end_dotted_line(call: Call, request: lifecycle_pb2.EndDottedLineRequest) -> people_pb2.Employee:
    ends_on = date_of(request.ends_on, "ends_on", call.language)
    record = await _open(call, request.employee_id, request.version)
    change = rules.plan_dotted_end(
        record.career, UUID(request.assignment_id), ends_on=ends_on, today=_today(call, record)
    )
    await records.save(call, {record.employee_id: change})
    _say_lines(call, record.career, change)
    return await _settled(call, record.employee_id)


async def end_employment(call: Call, request: lifecycle_pb2.EndEmploymentRequest) -> people_pb2.Employee:
    await over_manager(call, optional_id(request.new_manager_id))
    last_day = date_of(request.last_day, "last_day", call.language)
    record = await _open(call, request.employee_id, request.version)
    led = await records.of(call.db, await records.led_by(call.db, record.employee_id, last_day), lock=True)
    careers = {record.employee_id: record.career} | {who: one.career for who, one in led.items()}
    leave = rules.plan_leave(
        record.career,
        [one.career for one in led.values()],
        optional_id(request.new_manager_id),
        last_day=last_day,
        today=_today(call, record),
    )
    await _check_lines(call, careers, leave.changes, last_day + DAY)
    await call.db.run(
        _LEAVE,
        id=leave.employment.employment_id,
        last=last_day,
        kind=request.kind,
        at=call.now,
        by=call.actor,
        reason=await _sealed(call, leave.employment, "leave_reason", request.reason),
    )
    await records.save(call, leave.changes)
    if record.employee_id not in leave.changes:
        await records.touch(call, [record.employee_id])
    call.record(events_pb2.EmployeeLeft(employee_id=request.employee_id, last_day=text_of(last_day), kind=request.kind))
    for who, change in leave.changes.items():
        _say_lines(call, careers[who], change)
        call.touch(who)
    await heads.vacate(call, record.employee_id, last_day + DAY)
    await placing.settle(call, [who for who in leave.changes if who != record.employee_id])
    return await _settled(call, record.employee_id)


async def _open(call: Call, employee_id: str, version: int) -> Record:
    await records.lock_lines(call.db)
    return await records.open_for_change(call, UUID(employee_id), version)


async def _settled(call: Call, employee_id: UUID) -> people_pb2.Employee:
    await placing.settle(call, [employee_id])
    return await views.employee(call, employee_id)


def _today(call: Call, record: Record) -> date:
    return placing.today_of(call, record.time_zone)


async def _check_lines(call: Call, careers: Mapping[UUID, Career], changes: Mapping[UUID, Change], first: date) -> None:
    """Checks every new line against everybody above, all changes taken together."""
    opened = [line for change in changes.values() for line in change.opened]
    everybody = await records.above(call.db, {line.manager_id for line in opened if line.manager_id}, first)
    everybody |= {who: applied(career, changes.get(who, Change())) for who, career in careers.items()}
    for line in opened:
        rules.check_line(everybody, line)


def _say_lines(call: Call, before: Career, change: Change) -> None:
    """Publishes the move to another place or manager, and second lines with their new last day."""
    lines = {line.assignment_id: line for line in before.assignments}
    primary = next((line for line in change.opened if line.kind == PRIMARY), None)
    if primary:
        former = next(lines[one] for one, _ in change.closed if lines[one].kind == PRIMARY)
        call.record(facts.moved(former, primary))
    for line in change.opened:
        if line.kind == DOTTED:
            call.record(facts.dotted(line, line.ends_on))
    for one, last in change.closed:
        if lines[one].kind == DOTTED:
            call.record(facts.dotted(lines[one], last))


async def _sealed(call: Call, employment: Employment, column: str, reason: str) -> bytes | None:
    if not reason:
        return None
    key = await call.house.vault.key_for_writing(call.db, employment.employee_id)
    return key.seal("employments", column, employment.employment_id, reason)
