"""A release may change what a role gives. Its holders then need new passports, as after any change."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import String, all_, any_, bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit import outbox
from libs.kit.call import Call, House
from libs.kit.database import Session, prepared
from services.identity import register
from services.identity.roles import ROLES
from services.identity.tables import grants, role_sets

# Accounts whose epochs are raised in one transaction: a role of everybody must not hold everybody's row for long.
BATCH = 2000
_KNOWN = prepared(select(role_sets))
_NEW = insert(role_sets).values(role=bindparam("role"), digest=bindparam("digest"))
_KEEP = prepared(_NEW.on_conflict_do_update(index_elements=["role"], set_={"digest": _NEW.excluded.digest}))
_FORGET = prepared(delete(role_sets).where(role_sets.c.role != all_(bindparam("roles", type_=ARRAY(String)))))
_HOLDERS = prepared(
    select(grants.c.account_id)
    .distinct()
    .where(
        grants.c.role == any_(bindparam("roles", type_=ARRAY(String))),
        grants.c.revoked_at.is_(None),
        or_(grants.c.ends_at.is_(None), grants.c.ends_at > bindparam("now")),
    )
    .order_by(grants.c.account_id)
)


async def follow(house: House) -> int:
    """Raises the epochs of all holders of roles that changed since the last look. Returns how many accounts.

    What is interrupted is done again from the beginning: raising twice harms nobody. While replicas of the release
    before still run, their passports name the rights of before, for a minute after the last of them has gone.
    """
    async with house.database.reading() as session:
        known = {row["role"]: row["digest"] for row in await session.rows(_KNOWN)}
        changed = [name for name, digest in known.items() if name not in ROLES or ROLES[name].digest != digest]
        holders = await session.rows(_HOLDERS, roles=changed, now=house.clock.now()) if changed else []
    ids = [row["account_id"] for row in holders]
    for first in range(0, len(ids), BATCH):
        await _raise(house, ids[first : first + BATCH])
    async with house.database.transaction() as session:
        await _remember(session)
    return len(ids)


async def _raise(house: House, ids: Sequence[UUID]) -> None:
    async with house.database.transaction() as session:
        call = Call(db=session, house=house, request_id="release")
        await register.raise_epochs(call, ids)
        await outbox.write(session, call.events, source=house.name, trace="")


async def _remember(session: Session) -> None:
    await session.run(_FORGET, roles=list(ROLES))
    await session.run_many(_KEEP, [{"role": role.name, "digest": role.digest} for role in ROLES.values()])
