"""Who works here today, as the directory knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.database import Session, prepared
from libs.kit.tables import directory_people as people
from services.talent.errors import PersonNotFound

_EMPLOYED = prepared(
    select(people.c.employee_id).where(
        people.c.employee_id == bindparam("employee_id"), people.c.employed, people.c.erased.is_(False)
    )
)
_LAST_DAYS = prepared(
    select(people.c.employee_id, people.c.last_day).where(
        people.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))), people.c.last_day.is_not(None)
    )
)
_POST = prepared(select(people.c.post_id).where(people.c.employee_id == bindparam("employee_id")))


async def works_here(db: Session, employee_id: UUID) -> bool:
    return await db.value(_EMPLOYED, employee_id=employee_id) is not None


async def post_of(db: Session, employee_id: UUID) -> UUID | None:
    """The post somebody holds today; None of whoever has none."""
    held: UUID | None = await db.value(_POST, employee_id=employee_id)
    return held


async def last_days(db: Session, employee_ids: Iterable[UUID]) -> dict[UUID, date]:
    """The last day of work of those who have given notice."""
    rows = await db.rows(_LAST_DAYS, ids=list(employee_ids))
    return {row["employee_id"]: row["last_day"] for row in rows}


async def require(db: Session, employee_id: UUID) -> None:
    """Raises PersonNotFound for whoever does not work here today, and for whoever was erased."""
    if not await works_here(db, employee_id):
        raise PersonNotFound(employee_id=employee_id)
