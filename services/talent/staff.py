"""Who works here today, as the directory knows it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select

from libs.kit.database import Session, prepared
from libs.kit.tables import directory_people as people
from services.talent.errors import PersonNotFound

_EMPLOYED = prepared(
    select(people.c.employee_id).where(
        people.c.employee_id == bindparam("employee_id"), people.c.employed, people.c.erased.is_(False)
    )
)
_POST = prepared(select(people.c.post_id).where(people.c.employee_id == bindparam("employee_id")))


async def works_here(db: Session, employee_id: UUID) -> bool:
    return await db.value(_EMPLOYED, employee_id=employee_id) is not None


async def post_of(db: Session, employee_id: UUID) -> UUID | None:
    """The post somebody holds today; None of whoever has none."""
    held: UUID | None = await db.value(_POST, employee_id=employee_id)
    return held


async def require(db: Session, employee_id: UUID) -> None:
    """Raises PersonNotFound for whoever does not work here today, and for whoever was erased."""
    if not await works_here(db, employee_id):
        raise PersonNotFound(employee_id=employee_id)
