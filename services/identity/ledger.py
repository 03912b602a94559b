"""The grants as rows: reading, giving and ending them. Whoever gives or ends a grant here has raised the epoch too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import String

from libs.kit import deadlines
from libs.kit.access.scopes import Scope
from libs.kit.call import Call
from libs.kit.database import Session, prepared
from libs.kit.dates import timestamp
from libs.kit.deadlines import Deadline
from libs.kit.ids import NIL, uuid7
from libs.kit.tables import directory_units as units
from mainstay.identity.v1 import events_pb2
from services.identity import register, roles, rules, shapes
from services.identity.errors import LastAdmin
from services.identity.tables import accounts, grants

STARTS, ENDS = "identity.grant_starts", "identity.grant_ends"

# A grant with what is shown beside it: whose it is, and its unit's name.
SHOWN = select(
    grants, accounts.c.employee_id, accounts.c.username, accounts.c.kind, units.c.name, units.c.name_en
).select_from(grants.join(accounts).outerjoin(units, units.c.unit_id == grants.c.unit_id))
_OF = prepared(select(grants).where(grants.c.account_id == bindparam("account_id")).order_by(grants.c.grant_id))
_SHOWN_OF = prepared(SHOWN.where(grants.c.account_id == bindparam("account_id")).order_by(grants.c.grant_id.desc()))
_ONE = prepared(SHOWN.where(grants.c.grant_id == bindparam("grant_id")))
_GIVE = prepared(insert(grants).values({name: bindparam(name) for name in grants.c.keys() if name != "revoke_reason"}))  # noqa: SIM118
_END = prepared(
    update(grants)
    .where(grants.c.grant_id == bindparam("id"))
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"), revoke_reason=bindparam("why"))
)
_FORGET_WORDS = prepared(
    update(grants)
    .where(grants.c.account_id == bindparam("id"), grants.c.source == any_(bindparam("sources", type_=ARRAY(String))))
    .values(reason=bindparam("word"), revoke_reason="")
)
# Somebody who can sign in and holds the role without an end.
_ADMINS_LEFT = prepared(
    select(func.count())
    .select_from(grants.join(accounts))
    .where(
        grants.c.role == roles.IT_ADMIN,
        grants.c.revoked_at.is_(None),
        grants.c.ends_at.is_(None),
        grants.c.starts_at <= bindparam("now"),
        accounts.c.state == register.OPEN,
        grants.c.account_id != bindparam("without_account"),
        grants.c.grant_id != bindparam("without_grant"),
    )
)


async def of(db: Session, account_id: UUID) -> list[rules.Grant]:
    """All grants an account ever had."""
    return [shapes.grant_of(row) for row in await db.rows(_OF, account_id=account_id)]


async def shown_of(db: Session, account_id: UUID) -> list[Any]:
    """The same with what is shown beside them, newest first."""
    return await db.rows(_SHOWN_OF, account_id=account_id)


async def one(db: Session, grant_id: UUID) -> Any | None:
    return await db.row(_ONE, grant_id=grant_id)


async def give(
    call: Call,
    account_id: UUID,
    role: str,
    scope: Scope,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    reason: str,
    source: str,
) -> UUID:
    """Gives a role. The account's row must be locked. A later start, and the end, come at their instant by deadline."""
    grant_id = uuid7()
    values = {
        "grant_id": grant_id,
        "account_id": account_id,
        "role": role,
        "scope_kind": scope.kind,
        "unit_id": scope.unit_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "revoked_at": None,
        "reason": reason,
        "source": source,
        "given_by": call.actor,
        "revoked_by": None,
    }
    await call.db.run(_GIVE, **values)
    if starts_at <= call.now:
        await _come_into_force(call, values)
    else:
        await deadlines.schedule(call.db, STARTS, str(grant_id), starts_at)
    if ends_at is not None:
        await deadlines.schedule(call.db, ENDS, str(grant_id), ends_at)
    return grant_id


async def end(call: Call, grant_id: UUID, account_id: UUID, why: str) -> None:
    """Takes a grant back from now on. The account's row must be locked. Its deadlines will find that it is over."""
    await call.db.run(_END, id=grant_id, at=call.now, by=call.actor, why=why)
    await _go_out_of_force(call, grant_id, account_id, rules.REVOKED)


async def end_all(call: Call, account_id: UUID, why: str) -> None:
    """Takes back everything an account has or would have."""
    for grant in await of(call.db, account_id):
        if rules.state_at(grant, call.now) in {rules.PLANNED, rules.ACTIVE}:
            await end(call, grant.grant_id, account_id, why)


async def start_at_its_time(call: Call, deadline: Deadline) -> None:
    """A planned grant comes into force."""
    row = await locked(call.db, UUID(deadline.key))
    if row is not None and rules.state_at(shapes.grant_of(row), call.now) == rules.ACTIVE:
        await _come_into_force(call, row)


async def end_at_its_time(call: Call, deadline: Deadline) -> None:
    """A grant runs out."""
    row = await locked(call.db, UUID(deadline.key))
    if row is not None and rules.state_at(shapes.grant_of(row), call.now) == rules.EXPIRED:
        await _go_out_of_force(call, row["grant_id"], row["account_id"], rules.EXPIRED)


async def locked(db: Session, grant_id: UUID) -> Any | None:
    """A grant, after everybody else who is changing its account's grants is done."""
    row = await one(db, grant_id)
    if row is None:
        return None
    await register.by_id(db, row["account_id"], lock=True)
    return await one(db, grant_id)


async def forget_words(db: Session, account_id: UUID) -> None:
    """Removes what people wrote about an erased person's rights; the grants stay as facts."""
    await db.run(_FORGET_WORDS, id=account_id, sources=[shapes.HAND, shapes.REQUEST], word="@erased")


async def keep_an_admin(call: Call, *, without_account: UUID = NIL, without_grant: UUID = NIL) -> None:
    """Raises LastAdmin unless an IT admin without end remains. One such change at a time: two do not pass together."""
    await register.in_turn(call.db, roles.IT_ADMIN)
    left = await call.db.value(_ADMINS_LEFT, now=call.now, without_account=without_account, without_grant=without_grant)
    if not left:
        raise LastAdmin


async def _come_into_force(call: Call, row: Mapping[str, Any]) -> None:
    call.record(
        events_pb2.GrantGiven(
            account_id=str(row["account_id"]),
            grant_id=str(row["grant_id"]),
            role=row["role"],
            scope=shapes.scope_message(shapes.scope_of(row)),
            starts_at=timestamp(row["starts_at"]),
            ends_at=timestamp(row["ends_at"]),
            source=shapes.SOURCES[row["source"]],
        )
    )
    await register.raise_epoch_unless_first(call, row["account_id"], row["grant_id"])


async def _go_out_of_force(call: Call, grant_id: UUID, account_id: UUID, state: str) -> None:
    call.record(events_pb2.GrantEnded(account_id=str(account_id), grant_id=str(grant_id), state=shapes.STATES[state]))
    await register.raise_epochs(call, [account_id])
