"""How likely a person leaves and what would be lost: two ratings, sealed, kept apart from profiles and every match."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import timestamp
from libs.kit.ids import uuid7
from mainstay.talent.v1 import profiles_pb2
from services.talent import profile_records, sealing, staff
from services.talent.tables import risks

_NEWEST = prepared(
    select(risks).where(risks.c.employee_id == bindparam("employee_id")).order_by(risks.c.risk_id.desc()).limit(1)
)
_ADD = prepared(insert(risks).values({column.name: bindparam(column.name, type_=column.type) for column in risks.c}))


async def get_risk(call: Call, request: profiles_pb2.GetRiskRequest) -> profiles_pb2.Risk:
    employee_id = UUID(request.employee_id)
    await staff.require(call.db, employee_id)
    return await _shown(call, employee_id)


async def rate_risk(call: Call, request: profiles_pb2.RateRiskRequest) -> profiles_pb2.Risk:
    """Adds a rating; the ones before stay. No fact is published: only who may read it knows that it was rated."""
    employee_id, risk_id = UUID(request.employee_id), uuid7()
    _, key = await profile_records.lock(call, employee_id)
    said = {"likelihood": str(request.likelihood), "impact": str(request.impact), "reason": request.reason}
    await call.db.run(
        _ADD,
        risk_id=risk_id,
        employee_id=employee_id,
        rated_by=call.actor,
        rated_at=call.now,
        **{name: sealing.sealed(key, "risks", name, risk_id, text) for name, text in said.items()},
    )
    return await _shown(call, employee_id)


async def _shown(call: Call, employee_id: UUID) -> profiles_pb2.Risk:
    """The newest rating; zeros when nobody has rated."""
    row = await call.db.row(_NEWEST, employee_id=employee_id)
    if row is None:
        return profiles_pb2.Risk(employee_id=str(employee_id))
    key = await sealing.reading_key(call, employee_id)
    likelihood, impact, reason = (
        sealing.opened(key, "risks", name, row["risk_id"], row[name]) for name in ("likelihood", "impact", "reason")
    )
    return profiles_pb2.Risk(
        employee_id=str(employee_id),
        likelihood=int(likelihood or 0),
        impact=int(impact or 0),
        reason=reason,
        rated_by=str(row["rated_by"] or ""),
        rated_at=timestamp(row["rated_at"]),
    )
