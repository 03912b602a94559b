"""Who leads a unit and leaves, leads it no longer from the day after."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from libs.kit.call import Call
from services.employees import unit_records
from services.employees.unit_rules import plan_vacancy


async def vacate(call: Call, head_id: UUID, since: date) -> None:
    headed = await unit_records.of(call, await unit_records.headed_by(call, head_id, since))
    for record in headed.values():
        change = plan_vacancy(record.states, head_id, since=since, today=call.house.today())
        if change.opened:
            await unit_records.save(call, record, change)
