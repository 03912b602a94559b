"""Pure: the facts that rows tell of, for loads that write thousands of rows at once instead of answering commands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from libs.kit.dates import text_of
from libs.kit.ids import text_of_id
from mainstay.employees.v1 import events_pb2
from services.employees.career import Assignment, Employment


def hired(
    number: str, employment: Employment, first: Assignment, *, imported: bool = False, rehired: bool = False
) -> events_pb2.EmployeeHired:
    return events_pb2.EmployeeHired(
        employee_id=str(employment.employee_id),
        number=number,
        hired_on=text_of(employment.hired_on),
        unit_id=text_of_id(first.unit_id),
        post_id=text_of_id(first.post_id),
        manager_id=text_of_id(first.manager_id),
        probation_ends_on=text_of(employment.probation_ends_on),
        imported=imported,
        rehired=rehired,
    )


def post(changed: events_pb2.PostChanged, opened_on: date) -> tuple[events_pb2.PostChanged, events_pb2.PostPlaced]:
    """What happened to a post, and what it is by that."""
    placed = events_pb2.PostPlaced(opened_on=text_of(opened_on))
    for field in changed.DESCRIPTOR.fields:
        setattr(placed, field.name, getattr(changed, field.name))
    return changed, placed


def held(stretches: Iterable[Assignment], day: date) -> list[events_pb2.HeldPost]:
    """Primary assignments that have begun by a day, as everybody may know them."""
    return [
        events_pb2.HeldPost(
            post_id=text_of_id(one.post_id),
            unit_id=text_of_id(one.unit_id),
            starts_on=text_of(one.starts_on),
            ends_on=text_of(one.ends_on),
        )
        for one in stretches
        if one.starts_on <= day
    ]


def moved(former: Assignment, now: Assignment) -> events_pb2.EmployeeTransferred | events_pb2.ManagerChanged:
    """A transfer, or a change of manager where unit and post stay."""
    if (former.unit_id, former.post_id) == (now.unit_id, now.post_id):
        return events_pb2.ManagerChanged(
            employee_id=str(now.employee_id),
            effective_on=text_of(now.starts_on),
            from_manager_id=text_of_id(former.manager_id),
            manager_id=text_of_id(now.manager_id),
        )
    return events_pb2.EmployeeTransferred(
        employee_id=str(now.employee_id),
        effective_on=text_of(now.starts_on),
        from_unit_id=text_of_id(former.unit_id),
        from_post_id=text_of_id(former.post_id),
        unit_id=text_of_id(now.unit_id),
        post_id=text_of_id(now.post_id),
        manager_id=text_of_id(now.manager_id),
    )


def dotted(line: Assignment, ends_on: date | None) -> events_pb2.DottedLineChanged:
    return events_pb2.DottedLineChanged(
        employee_id=str(line.employee_id),
        assignment_id=str(line.assignment_id),
        manager_id=text_of_id(line.manager_id),
        starts_on=text_of(line.starts_on),
        ends_on=text_of(ends_on),
    )


def signed(
    employee_id: UUID, contract_id: UUID, kind: int, starts_on: date, ends_on: date | None
) -> events_pb2.ContractSigned:
    return events_pb2.ContractSigned(
        employee_id=str(employee_id),
        contract_id=str(contract_id),
        kind=kind,  # type: ignore[arg-type]
        starts_on=text_of(starts_on),
        ends_on=text_of(ends_on),
    )
