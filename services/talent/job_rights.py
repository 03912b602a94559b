"""Who is responsible for a post's job profile.

A right over the post's unit, or the whole company, is a right over its job profiles. A manager's right may cover only
the people who report to them, and a post is no person: such a right covers the post when everybody else who works in
its unit reports to the manager, directly or through others. So the head of a department writes what its posts ask for,
and so does whoever the head reports to; a team lead does not, as long as one colleague in the unit reports elsewhere.
A unit with nobody but the manager is led by no one in this sense: its posts are for who has a right over the unit.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.access.scopes import REPORTS, Scope, covers_unit
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import directory_people, directory_units

EDIT, APPROVE = "talent.job.edit", "talent.job.approve"
_ME = bindparam("me", type_=Uuid)
_LED = func.bool_and(any_(directory_people.c.chain) == _ME).filter(directory_people.c.employee_id != _ME)
_UNITS = prepared(
    select(directory_units.c.unit_id, directory_units.c.path, func.coalesce(_LED, False).label("led"))
    .select_from(
        directory_units.outerjoin(
            directory_people,
            (directory_people.c.unit_id == directory_units.c.unit_id) & directory_people.c.employed,
        )
    )
    .where(directory_units.c.unit_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .group_by(directory_units.c.unit_id, directory_units.c.path)
)


async def over_post(call: Call, unit_id: UUID) -> None:
    """Checks the method's right over the job profile of a post in a unit.

    Raises PermissionMissing, OutOfScope or PermissionRevoked like `Call.over_unit`.
    """
    if Scope(REPORTS) in call.scopes() and unit_id in await _units_led(call, [unit_id]):
        call.checked = True
        call.by_scope = REPORTS
        return
    await call.over_unit(unit_id)


async def units_of(call: Call, unit_ids: Collection[UUID], *permissions: str) -> set[UUID]:
    """Those of the units for whose posts the caller has one of the rights."""
    scopes = {scope for permission in permissions for scope in call.scopes(permission)}
    if Scope("all") in scopes:
        return set(unit_ids)
    if not scopes or not unit_ids:
        return set()
    rows = await call.db.rows(_UNITS, ids=list(unit_ids), me=call.caller.employee_id)
    found = {row["unit_id"] for row in rows if any(covers_unit(scope, row["path"]) for scope in scopes)}
    return found | ({row["unit_id"] for row in rows if row["led"]} if Scope(REPORTS) in scopes else set())


async def _units_led(call: Call, unit_ids: Collection[UUID]) -> set[UUID]:
    rows = await call.db.rows(_UNITS, ids=list(unit_ids), me=call.caller.employee_id)
    return {row["unit_id"] for row in rows if row["led"]}
