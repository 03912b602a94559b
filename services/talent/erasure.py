"""Forgets an erased person. Their key is gone already (the kit destroys it), so every sealed word reads as empty; what
is plain about them goes too, and whoever keeps columns in memory is told.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, delete

from libs.kit.call import Call
from libs.kit.database import prepared
from services.talent.profile_records import fact
from services.talent.tables import entries, posts_held, profiles, refused_uses, risks

_FORGET_PROFILE = prepared(
    delete(profiles).where(profiles.c.employee_id == bindparam("employee_id")).returning(profiles.c.version)
)
_FORGET = [
    prepared(delete(table).where(table.c.employee_id == bindparam("employee_id")))
    for table in (entries, risks, refused_uses, posts_held)
]


async def forget_profile(call: Call, employee_id: UUID) -> None:
    version = await call.db.value(_FORGET_PROFILE, employee_id=employee_id)
    for statement in _FORGET:
        await call.db.run(statement, employee_id=employee_id)
    if version is not None:
        call.record(fact(employee_id, version + 1, ()))
