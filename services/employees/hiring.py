"""入: brings a person in, or back, in a post from a day on."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import String, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import date_of, optional_date
from libs.kit.ids import uuid7
from mainstay.employees.v1 import lifecycle_pb2, people_pb2
from services.employees import facts, places, placing, records, rules, views
from services.employees.authority import over_manager
from services.employees.career import Career, applied
from services.employees.errors import AlreadyEmployed, NumberTaken
from services.employees.fields import optional_id, refuse, zone_of
from services.employees.sealing import blind_national_id, blind_tokens, seal_person
from services.employees.tables import PERSONAL_FIELDS, people

_ADD = prepared(
    insert(people)
    .values(
        {
            name: bindparam(name)
            for name in (
                "employee_id",
                "number",
                *PERSONAL_FIELDS,
                "tokens",
                "national_id_index",
                "time_zone",
                "hired_on",
                "probation_ends_on",
                "changed_at",
                "changed_by",
            )
        }
    )
    .on_conflict_do_nothing(index_elements=["number"])
)
# Without case: people type their number to sign in, and Keycloak knows no case.
_OWNER = prepared(
    select(people.c.employee_id).where(func.lower(people.c.number) == func.lower(bindparam("number", type_=String)))
)
_SAME_IDENTITY = prepared(
    select(people.c.employee_id).where(
        people.c.national_id_index == bindparam("blind"),
        or_(people.c.last_day.is_(None), people.c.last_day >= bindparam("day")),
    )
)


async def hire(call: Call, request: lifecycle_pb2.HireEmployeeRequest) -> people_pb2.Employee:
    """Ends with the person as of today: not yet placed when the first day lies ahead."""
    on = date_of(request.hired_on, "hired_on", call.language)
    probation = optional_date(request.probation_ends_on, "probation_ends_on", call.language)
    if probation and probation < on:
        refuse(call, "probation_ends_on", "after_hire")
    await over_manager(call, optional_id(request.manager_id))
    await records.lock_lines(call.db)
    rehired = UUID(request.rehire_employee_id) if request.rehire_employee_id else None
    if rehired:
        await call.over_person(rehired)
        career = (await records.open_for_change(call, rehired)).career
    else:
        career = await _enter(call, request, on, probation)
    unit_id, post_id = UUID(request.unit_id), UUID(request.post_id)
    manager_id = optional_id(request.manager_id)
    employment, change = rules.plan_hire(
        career, rules.Place(unit_id, post_id, manager_id), on=on, probation_ends_on=probation
    )
    await places.require(call, unit_id, post_id, (on, None), holder=career.employee_id)
    careers = await records.above(call.db, [manager_id] if manager_id else [], on)
    careers[career.employee_id] = applied(career, change)
    rules.check_line(careers, change.opened[0])
    await records.employ(call, employment)
    await records.open_assignment(call, change.opened[0])
    if rehired:
        await records.touch(call, [rehired])
    call.touch(career.employee_id)
    call.record(facts.hired(career.number, employment, change.opened[0], rehired=bool(rehired)))
    await placing.settle(call, [career.employee_id])
    return await views.employee(call, career.employee_id)


async def _enter(call: Call, request: lifecycle_pb2.HireEmployeeRequest, on: date, probation: date | None) -> Career:
    """The record of somebody new. Raises NumberTaken, and AlreadyEmployed for a known identity number."""
    for field in ("number", "name"):
        if not getattr(request, field).strip():
            refuse(call, field, "required", context="contract")
    zone = zone_of(call, request.time_zone)
    optional_date(request.birth_date, "birth_date", call.language)
    vault, employee_id = call.house.vault, uuid7()
    blind = blind_national_id(vault, request.national_id)
    if blind is not None:
        known = await call.db.value(_SAME_IDENTITY, blind=blind, day=call.house.today())
        if known:
            raise AlreadyEmployed(employee_id=known)
    owner = await call.db.value(_OWNER, number=request.number)
    if owner:
        raise NumberTaken(number=request.number, employee_id=owner)
    key = await vault.key_for_writing(call.db, employee_id)
    added = await call.db.run(
        _ADD,
        employee_id=employee_id,
        number=request.number,
        **seal_person(key, employee_id, {field: getattr(request, field) for field in PERSONAL_FIELDS}),
        tokens=blind_tokens(vault, request.name, request.name_en, request.number),
        national_id_index=blind,
        time_zone=zone,
        hired_on=on,
        probation_ends_on=probation,
        changed_at=call.now,
        changed_by=call.actor,
    )
    if not added:
        raise NumberTaken(number=request.number, employee_id=await call.db.value(_OWNER, number=request.number))
    return Career(employee_id, request.number)
