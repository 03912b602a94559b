"""Somebody came, moved, left or was erased: what talent does about it, each thing after those it needs."""

from __future__ import annotations

from uuid import UUID

from libs.kit.call import Call
from mainstay.employees.v1 import events_pb2
from services.talent import copies, memory
from services.talent.cases import erasing
from services.talent.pools import following


async def follow(call: Call, event: events_pb2.PersonPlaced) -> None:
    await copies.follow_person(call, event)
    await following.follow_person(call, event)
    if event.erased:
        await erasing.forget(call, UUID(event.employee_id))
    await memory.tell(call, UUID(event.employee_id))
