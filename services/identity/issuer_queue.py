"""The queue of accounts that the sign-in issuer must be brought in step with: rows, written with the change itself.

One row per account, however many changes: it says that the issuer is behind, and whoever takes it makes the issuer hold
what the account says by then. A row is leased while somebody is at work on it; a change that comes meanwhile raises
`wanted`, so that the row stays behind when the work on the former one is done. Nothing is ever given up.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Boolean, LargeBinary, String, and_, any_, bindparam, case, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.app import Runtime
from libs.kit.call import Call, House
from libs.kit.database import Database, Session, prepared
from libs.kit.ids import uuid7
from services.identity import issuer
from services.identity.tables import accounts
from services.identity.tables import issuer_accounts as queue

# What goes first: what takes access away or was done by hand; what lets one person in; loads and comparisons.
NOW, SOON, BULK = 0, 1, 2
# Longer than a round may last, so that nobody else is at work on the row when it is over.
LEASE = timedelta(seconds=60)
SECRET = "identity.issuer_secret"  # noqa: S105 - the vault's name for what it seals
_ADOPTED_AT_ONCE = 2000
log = structlog.get_logger()

_NEW = insert(queue).values(
    account_id=bindparam("account"),
    rank=bindparam("urgency"),
    behind_since=bindparam("at"),
    due_at=bindparam("at"),
    end_sessions=bindparam("ending", type_=Boolean),
    secret=bindparam("sealed", type_=LargeBinary),
    scopes=func.coalesce(bindparam("good_for", type_=ARRAY(String)), literal([], type_=ARRAY(String))),
)
_WANT = prepared(
    _NEW.on_conflict_do_update(
        index_elements=["account_id"],
        set_={
            "wanted": queue.c.wanted + 1,
            "rank": case(
                (queue.c.behind_since.is_(None), _NEW.excluded.rank), else_=func.least(queue.c.rank, _NEW.excluded.rank)
            ),
            "behind_since": func.coalesce(queue.c.behind_since, _NEW.excluded.behind_since),
            # Whoever holds the lease is let finish; the row is due again as soon as they have.
            "due_at": case((queue.c.lease.is_(None), _NEW.excluded.due_at), else_=queue.c.due_at),
            "end_sessions": queue.c.end_sessions | _NEW.excluded.end_sessions,
            "sessions_until": case((_NEW.excluded.end_sessions, null()), else_=queue.c.sessions_until),
            "secret": func.coalesce(_NEW.excluded.secret, queue.c.secret),
            "scopes": func.coalesce(bindparam("good_for", type_=ARRAY(String)), queue.c.scopes),
        },
    )
)
_HURRY = prepared(
    update(queue)
    .where(queue.c.account_id == bindparam("account"), queue.c.behind_since.is_not(None))
    .values(rank=func.least(queue.c.rank, bindparam("urgency")))
)
_TAKE = prepared(
    update(queue)
    .where(
        queue.c.account_id.in_(
            select(queue.c.account_id)
            .where(queue.c.behind_since.is_not(None), queue.c.due_at <= bindparam("now"))
            .order_by(queue.c.rank, queue.c.due_at)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(lease=bindparam("mine"), due_at=bindparam("until"), tries=queue.c.tries + 1)
    .returning(queue.c.account_id)
)
_SHOWN = select(
    queue,
    accounts.c.kind,
    accounts.c.username,
    accounts.c.employee_id,
    accounts.c.description,
    accounts.c.state,
    accounts.c.erased,
).select_from(queue.join(accounts))
# After the lease: what an account says here is at least as new as `wanted`.
_LEASED = prepared(_SHOWN.where(queue.c.lease == bindparam("mine")).order_by(queue.c.rank, queue.c.behind_since))
_BY_ACCOUNT = prepared(_SHOWN.where(queue.c.account_id == bindparam("account")))
_BY_ENTRY = prepared(_SHOWN.where(queue.c.entry_id == any_(bindparam("entries", type_=ARRAY(String)))))
_WITH_ENTRY = prepared(
    _SHOWN.where(queue.c.entry_id.is_not(None), queue.c.account_id > bindparam("after"))
    .order_by(queue.c.account_id)
    .limit(bindparam("most"))
)
_MINE = and_(queue.c.account_id == bindparam("account"), queue.c.lease == bindparam("mine"))
_STILL = queue.c.wanted == bindparam("seen")
_DONE = prepared(
    update(queue)
    .where(_MINE)
    .values(
        done=bindparam("seen"),
        behind_since=case((_STILL, null()), else_=queue.c.behind_since),
        end_sessions=case((_STILL, False), else_=queue.c.end_sessions),
        sessions_until=case((_STILL, null()), else_=queue.c.sessions_until),
        secret=case((_STILL, null()), else_=queue.c.secret),
        due_at=bindparam("now"),
        lease=None,
        tries=0,
        error="",
        entry_id=bindparam("entry"),
        let_in=bindparam("inside"),
    )
)
_FAILED = prepared(update(queue).where(_MINE).values(lease=None, due_at=bindparam("again_at"), error=bindparam("why")))
_GIVE_BACK = prepared(
    update(queue).where(queue.c.lease == bindparam("mine")).values(lease=None, due_at=bindparam("again_at"))
)
_KNOW = prepared(update(queue).where(_MINE).values(entry_id=bindparam("entry")))
_SHUT = prepared(update(queue).where(queue.c.account_id == bindparam("account")).values(let_in=False))
_LOST = prepared(update(queue).where(queue.c.account_id == bindparam("account")).values(let_in=False, entry_id=None))
_MISSING_ROWS = select(
    accounts.c.account_id, literal(BULK), bindparam("at", type_=queue.c.due_at.type), bindparam("at")
).where(~select(1).where(queue.c.account_id == accounts.c.account_id).exists())
_ADOPT = prepared(
    insert(queue)
    .from_select(["account_id", "rank", "behind_since", "due_at"], _MISSING_ROWS.limit(_ADOPTED_AT_ONCE))
    .on_conflict_do_nothing()
)
_FORGET_ALL = prepared(
    update(queue).values(
        entry_id=None,
        let_in=False,
        wanted=queue.c.wanted + 1,
        rank=BULK,
        behind_since=func.coalesce(queue.c.behind_since, bindparam("at")),
        due_at=bindparam("at"),
        tries=1,
        # An issuer that was restored holds sessions again that had ended since. All of them where all were to end.
        end_sessions=True,
        sessions_until=case(
            (and_(queue.c.end_sessions, queue.c.sessions_until.is_(None)), null()),
            else_=bindparam("until", type_=queue.c.sessions_until.type),
        ),
    )
)
_BEHIND = prepared(
    select(
        func.count().label("accounts"),
        func.min(queue.c.behind_since).label("since"),
        func.max(queue.c.error).label("error"),
    ).where(queue.c.behind_since.is_not(None))
)


async def want(
    call: Call,
    account_id: UUID,
    rank: int = SOON,
    *,
    end_sessions: bool = False,
    secret: str = "",
    scopes: Sequence[str] | None = None,
) -> None:
    """The issuer is to hold what the account says once this call has committed. Nothing where none is managed."""
    if issuer.of(call.house) is None:
        return
    sealed = call.house.vault.seal_own(SECRET, secret) if secret else None
    await call.db.run(
        _WANT,
        account=account_id,
        urgency=rank,
        at=call.now,
        ending=end_sessions,
        sealed=sealed,
        good_for=list(scopes) if scopes is not None else None,
    )


async def hurry(call: Call, account_id: UUID, rank: int) -> None:
    """What waits already goes earlier."""
    if issuer.of(call.house) is not None:
        await call.db.run(_HURRY, account=account_id, urgency=rank)


async def take(house: House, most: int) -> tuple[UUID, list[Any]]:
    """Leases what is due, most urgent first, and returns the lease with the rows as they are now."""
    lease, now = uuid7(), house.clock.now()
    async with house.database.transaction() as session:
        if not await session.rows(_TAKE, now=now, most=most, mine=lease, until=now + LEASE):
            return lease, []
    async with house.database.reading() as session:
        return lease, await session.rows(_LEASED, mine=lease)


async def done(house: House, row: Any, *, entry_id: str | None, let_in: bool) -> None:
    """The issuer holds what the account said when the row was taken."""
    async with house.database.transaction() as session:
        await session.run(
            _DONE,
            account=row["account_id"],
            mine=row["lease"],
            seen=row["wanted"],
            now=house.clock.now(),
            entry=entry_id,
            inside=let_in,
        )


async def know(house: House, row: Any, entry_id: str) -> None:
    """Notes the entry of a row that is still at work, or will be tried again."""
    async with house.database.transaction() as session:
        await session.run(_KNOW, account=row["account_id"], mine=row["lease"], entry=entry_id)


async def failed(house: House, row: Any, why: str, rest: timedelta) -> None:
    async with house.database.transaction() as session:
        again_at = house.clock.now() + rest
        await session.run(_FAILED, account=row["account_id"], mine=row["lease"], again_at=again_at, why=why)


async def give_back(house: House, lease: UUID, rest: timedelta = timedelta()) -> None:
    """Everything still under this lease is due again."""
    async with house.database.transaction() as session:
        await session.run(_GIVE_BACK, mine=lease, again_at=house.clock.now() + rest)


async def of_account(db: Session, account_id: UUID) -> Any | None:
    return await db.row(_BY_ACCOUNT, account=account_id)


async def of_entries(db: Session, entry_ids: Sequence[str]) -> list[Any]:
    return await db.rows(_BY_ENTRY, entries=list(entry_ids))


async def page_with_entry(db: Session, after: UUID, most: int) -> list[Any]:
    """Rows whose account the issuer knows, by account id."""
    return await db.rows(_WITH_ENTRY, after=after, most=most)


async def shut(db: Session, account_id: UUID, *, gone: bool) -> None:
    """Somebody shut the entry at the issuer, or deleted it: identity no longer counts on it."""
    await db.run(_LOST if gone else _SHUT, account=account_id)


async def adopt(database: Database, at: Any) -> int:
    """Queues accounts that were opened while no issuer was managed. Returns how many; 0 when all have a row."""
    async with database.transaction() as session:
        return await session.run(_ADOPT, at=at)


async def forget_entries(call: Call, until: datetime) -> int:
    """For an issuer that has lost its entries, or got former ones: all accounts are brought in step anew.

    Entries found there are kept, their sessions that began by the second of `until` are not.
    """
    return await call.db.run(_FORGET_ALL, at=call.now, until=until)


async def rebuild_issuer(runtime: Runtime, _arguments: Namespace) -> None:
    """Command: queues every account, for an issuer that came back without its entries or with former ones."""
    async with runtime.unit() as call:
        accounts_queued = await forget_entries(call, call.now)
    log.info("accounts queued for the issuer", accounts=accounts_queued)


async def behind(db: Session) -> Any:
    """How many accounts wait, since when the oldest does, and a failure among theirs."""
    return await db.row(_BEHIND)
