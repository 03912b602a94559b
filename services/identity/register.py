"""The accounts as rows: finding, locking, opening and changing them, and raising their epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, String, Uuid, any_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.call import Call
from libs.kit.database import Query, Session, prepared
from libs.kit.dates import timestamp
from libs.kit.ids import uuid7
from mainstay.identity.v1 import accounts_pb2, events_pb2
from services.identity import issuer_queue
from services.identity.tables import accounts, grants

OPEN, SUSPENDED, CLOSED = "open", "suspended", "closed"
PERSON, SYSTEM = "person", "service"
STATES: Mapping[str, accounts_pb2.AccountState] = {
    OPEN: accounts_pb2.ACCOUNT_STATE_OPEN,
    SUSPENDED: accounts_pb2.ACCOUNT_STATE_SUSPENDED,
    CLOSED: accounts_pb2.ACCOUNT_STATE_CLOSED,
}
KINDS: Mapping[str, accounts_pb2.AccountKind] = {
    PERSON: accounts_pb2.ACCOUNT_KIND_PERSON,
    SYSTEM: accounts_pb2.ACCOUNT_KIND_SERVICE,
}

Keyed = tuple[Query, Query]


def _by(column: Column[Any]) -> Keyed:
    """Finds an account by one of its keys: to read it, and to change it or its grants."""
    found = select(accounts).where(column == bindparam("key"))
    return prepared(found), prepared(found.with_for_update(key_share=True))


_BY_ID, _BY_EMPLOYEE = _by(accounts.c.account_id), _by(accounts.c.employee_id)
_BY_NAME = prepared(select(accounts).where(accounts.c.username == bindparam("username")))
_INSERT = prepared(
    insert(accounts)
    .values(
        {
            name: bindparam(name)
            for name in (
                "account_id",
                "kind",
                "username",
                "employee_id",
                "description",
                "state",
                "state_since",
                "opened_at",
            )
        }
    )
    .on_conflict_do_nothing()
    .returning(accounts)
)
_SET_STATE = prepared(
    update(accounts)
    .where(accounts.c.account_id == bindparam("id"))
    .values(
        state=bindparam("state_"),
        state_since=bindparam("since"),
        state_reason=bindparam("why"),
        version=accounts.c.version + 1,
    )
)
_SET_LANGUAGE = prepared(
    update(accounts)
    .where(accounts.c.account_id == bindparam("id"))
    .values(language=bindparam("language_"), version=accounts.c.version + 1)
)
_SET_PERSON = prepared(
    update(accounts)
    .where(accounts.c.account_id == bindparam("id"))
    .values(username=bindparam("name"), employee_id=bindparam("person"), erased=bindparam("gone"))
)
_SET_COUNTED = prepared(
    update(accounts).where(accounts.c.account_id == bindparam("id")).values(counted_for=bindparam("managers"))
)
_RAISE = prepared(
    update(accounts)
    .where(accounts.c.account_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .values(epoch=accounts.c.epoch + 1)
    .returning(accounts.c.account_id, accounts.c.epoch)
)
_RAISE_UNLESS_FIRST = prepared(
    update(accounts)
    .where(
        accounts.c.account_id == bindparam("in_account", type_=Uuid),
        select(1)
        .where(grants.c.account_id == accounts.c.account_id, grants.c.grant_id != bindparam("in_grant", type_=Uuid))
        .exists(),
    )
    .values(epoch=accounts.c.epoch + 1)
    .returning(accounts.c.account_id, accounts.c.epoch)
)
_TURN = prepared(
    text("SELECT pg_advisory_xact_lock(hashtextextended(turn, 7)) FROM unnest(:turns) AS turn").bindparams(
        bindparam("turns", type_=ARRAY(String))
    )
)


async def in_turn(db: Session, *keys: object) -> None:
    """Waits until no other transaction is at work on one of these. Always in one order: two never wait in a ring."""
    await db.rows(_TURN, turns=sorted({str(key) for key in keys}))


async def by_id(db: Session, account_id: UUID, *, lock: bool = False) -> Any | None:
    return await db.row(_BY_ID[lock], key=account_id)


async def by_employee(db: Session, employee_id: UUID, *, lock: bool = False) -> Any | None:
    return await db.row(_BY_EMPLOYEE[lock], key=employee_id)


async def by_name(db: Session, username: str) -> list[Any]:
    """A person and a system may have the same name; each signs in at another door."""
    return await db.rows(_BY_NAME, username=username)


async def open_account(
    call: Call,
    *,
    kind: str,
    username: str,
    employee_id: UUID | None = None,
    description: str = "",
    rank: int = issuer_queue.SOON,
) -> Any | None:
    """Opens an account without rights. None when the name is taken. `rank` is the issuer's queue's."""
    row = await call.db.row(
        _INSERT,
        account_id=uuid7(),
        kind=kind,
        username=username,
        employee_id=employee_id,
        description=description,
        state=OPEN,
        state_since=call.now,
        opened_at=call.now,
    )
    if row is not None:
        _tell(call, row, OPEN)
        await issuer_queue.want(call, row["account_id"], rank)
    return row


async def set_state(call: Call, row: Any, state: str, why: str = "") -> Any:
    """Opens, suspends or closes an account; passports made before are refused from now on."""
    account_id = row["account_id"]
    await call.db.run(_SET_STATE, id=account_id, state_=state, since=call.now, why=why)
    _tell(call, row, state)
    await raise_epochs(call, [account_id])
    await issuer_queue.want(call, account_id, issuer_queue.NOW, end_sessions=state != OPEN)
    return await by_id(call.db, account_id)


async def set_language(db: Session, account_id: UUID, language: str) -> None:
    await db.run(_SET_LANGUAGE, id=account_id, language_=language)


async def set_person(call: Call, account_id: UUID, *, username: str, employee_id: UUID, erased: bool = False) -> None:
    await call.db.run(_SET_PERSON, id=account_id, name=username, person=employee_id, gone=erased)
    await issuer_queue.want(call, account_id, issuer_queue.NOW if erased else issuer_queue.SOON)


async def set_counted_for(db: Session, account_id: UUID, managers: Iterable[UUID]) -> None:
    await db.run(_SET_COUNTED, id=account_id, managers=sorted(managers))


async def raise_epochs(call: Call, account_ids: Iterable[UUID]) -> None:
    """Makes everybody refuse the passports these accounts have. Once per call is enough: nothing is visible before."""
    raised = {event.account_id for event in call.events if isinstance(event, events_pb2.EpochRaised)}
    ids = sorted(account_id for account_id in account_ids if str(account_id) not in raised)
    for row in await call.db.rows(_RAISE, ids=ids) if ids else ():
        call.record(events_pb2.EpochRaised(account_id=str(row["account_id"]), epoch=row["epoch"]))


async def raise_epoch_unless_first(call: Call, account_id: UUID, grant_id: UUID) -> None:
    """As `raise_epochs`, but not for an account's very first grant: no passport of it can hold anything to take back.

    A company's people brought in by one file would otherwise fill the feed that revocations have to get through.
    """
    if any(isinstance(event, events_pb2.EpochRaised) and event.account_id == str(account_id) for event in call.events):
        return
    for row in await call.db.rows(_RAISE_UNLESS_FIRST, in_account=account_id, in_grant=grant_id):
        call.record(events_pb2.EpochRaised(account_id=str(row["account_id"]), epoch=row["epoch"]))


def _tell(call: Call, row: Any, state: str) -> None:
    call.record(
        events_pb2.AccountChanged(
            account_id=str(row["account_id"]),
            kind=KINDS[row["kind"]],
            employee_id=str(row["employee_id"] or ""),
            state=STATES[state],
        )
    )


def message_of(row: Any) -> accounts_pb2.Account:
    since: datetime = row["state_since"]
    return accounts_pb2.Account(
        account_id=str(row["account_id"]),
        kind=KINDS[row["kind"]],
        username=row["username"],
        employee_id=str(row["employee_id"] or ""),
        description=row["description"],
        state=STATES[row["state"]],
        state_since=timestamp(since),
        epoch=row["epoch"],
        language=row["language"],
        version=row["version"],
        opened_at=timestamp(row["opened_at"]),
    )
