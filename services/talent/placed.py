"""Somebody came, moved, left or was erased: what talent does about it, each thing after those it needs."""

from __future__ import annotations

from uuid import UUID

from libs.kit.call import Call
from mainstay.employees.v1 import events_pb2
from services.talent import copies, memory
from services.talent.cases import erasing, people
from services.talent.pools import following


async def follow(call: Call, event: events_pb2.PersonPlaced) -> None:
    employee_id = UUID(event.employee_id)
    await copies.follow_person(call, event)
    await following.follow_person(call, event)
    if not event.employed:
        # A day begins here before employees has told of it, and in time zones to the west hours before it begins there.
        await people.take_out_of_all(call, employee_id)
    if event.erased:
        await erasing.forget(call, employee_id)
    await memory.tell(call, employee_id)
