"""Keeps accounts and automatic roles in step with who works here and who has reports.

`PersonPlaced` decides; `EmployeeHired` only opens the account of somebody who has not begun yet. Events of one person
come in order, those of different people in any: whoever may gain or lose the role of a manager is looked at again with
all events of theirs kept out until the transaction ends.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import array

from libs.kit.access.scopes import REPORTS, SELF, Scope
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import directory_people as people
from mainstay.employees.v1 import events_pb2
from services.identity import issuer_queue, ledger, register, requests, roles, shapes
from services.identity.tables import accounts, grants

_REPORT = people.alias("report")
# Two questions and not one with OR: each has its index.
_LEADS = and_(
    people.c.employed,
    or_(
        select(1).where(_REPORT.c.employed, _REPORT.c.manager_id == people.c.employee_id).exists(),
        select(1).where(_REPORT.c.employed, _REPORT.c.dotted.contains(array([people.c.employee_id]))).exists(),
    ),
)
# Has reports, or the role for them. Whoever is neither or both needs no change, and most events change nobody.
_STANDING = prepared(
    select(accounts.c.account_id, _LEADS.label("leads"), grants.c.grant_id)
    .select_from(
        accounts.join(people, people.c.employee_id == accounts.c.employee_id).outerjoin(
            grants,
            and_(
                grants.c.account_id == accounts.c.account_id,
                grants.c.source == shapes.OF_REPORTS,
                grants.c.revoked_at.is_(None),
            ),
        )
    )
    .where(accounts.c.employee_id == bindparam("manager"))
)
_EMPLOYMENT = prepared(
    select(grants.c.grant_id).where(
        grants.c.account_id == bindparam("account_id"),
        grants.c.source == shapes.EMPLOYMENT,
        grants.c.revoked_at.is_(None),
    )
)
# What a correction may change of how the sign-in issuer addresses somebody.
_ADDRESSED_BY = frozenset({"name", "name_en", "work_mail"})
_ERASED = prepared(select(people.c.erased).where(people.c.employee_id == bindparam("person")))
_UNLINKED = prepared(
    select(accounts.c.account_id)
    .where(
        accounts.c.username == bindparam("username"),
        accounts.c.kind == register.PERSON,
        accounts.c.employee_id.is_(None),
    )
    .with_for_update(key_share=True)
)


async def hired(call: Call, event: events_pb2.EmployeeHired) -> None:
    """Opens an account without rights for somebody who will begin. Says nothing about who works here already."""
    person = UUID(event.employee_id)
    await register.in_turn(call.db, person)
    account = await register.by_employee(call.db, person, lock=True)
    rank = issuer_queue.BULK if event.imported else issuer_queue.SOON
    if account is None:
        if not await call.db.value(_ERASED, person=person):
            await _open(call, person, event.number, rank)
    elif account["state"] == register.CLOSED and not account["erased"]:
        # An old event that comes late must not open what a later leave has closed.
        closed_on = account["state_since"].astimezone(ZoneInfo(call.house.time_zone)).date()
        if date.fromisoformat(event.hired_on) >= closed_on:
            await register.set_state(call, account, register.OPEN)
    else:
        await issuer_queue.hurry(call, account["account_id"], rank)


async def corrected(call: Call, event: events_pb2.EmployeeCorrected) -> None:
    """The new name or mail is not in the event: the issuer's queue asks for it when it gets there."""
    if not _ADDRESSED_BY.isdisjoint(event.fields):
        account = await register.by_employee(call.db, UUID(event.employee_id))
        if account is not None and not account["erased"]:
            await issuer_queue.want(call, account["account_id"])


async def placed(call: Call, event: events_pb2.PersonPlaced) -> None:
    """Follows where a person stands now. The directory knows already."""
    person = UUID(event.employee_id)
    works_here = event.employed and not event.erased
    now_for = {UUID(one) for one in (event.manager_id, *event.dotted_manager_ids) if one} if works_here else set()
    account = await register.by_employee(call.db, person)
    before_for = set(account["counted_for"]) if account else set()
    await register.in_turn(call.db, person, *before_for, *now_for)
    account = await register.by_employee(call.db, person, lock=True)
    if works_here:
        account = await _welcome(call, person, event.number, account)
    elif account is not None:
        await (_forget if event.erased else _see_off)(call, account)
    if account is not None and before_for != now_for:
        await register.set_counted_for(call.db, account["account_id"], now_for)
    for manager in sorted({person} | (before_for ^ now_for)):
        await _count_reports(call, manager)


async def erased(call: Call, event: events_pb2.EmployeeErased) -> None:
    """The account stays closed for good; its name is free again and what people wrote about it is gone."""
    person = UUID(event.employee_id)
    await register.in_turn(call.db, person)
    account = await register.by_employee(call.db, person, lock=True)
    if account is not None:
        await _forget(call, account)


async def _open(call: Call, person: UUID, number: str, rank: int) -> Any:
    """A new account, or the one that somebody opened under this name before the person was recorded."""
    waiting = await call.db.row(_UNLINKED, username=number)
    if waiting is not None:
        await register.set_person(call, waiting["account_id"], username=number, employee_id=person)
        return await register.by_id(call.db, waiting["account_id"])
    opened = await register.open_account(call, kind=register.PERSON, username=number, employee_id=person, rank=rank)
    if opened is None:
        msg = "another person's account has this employee number"
        raise ValueError(msg)
    return opened


async def _welcome(call: Call, person: UUID, number: str, account: Any | None) -> Any:
    if account is None:
        # A hire says whether it came with a load, and hurries one that did not.
        account = await _open(call, person, number, issuer_queue.BULK)
    if account["erased"]:
        return account
    if account["state"] == register.CLOSED:
        account = await register.set_state(call, account, register.OPEN)
    if account["username"] != number:
        await register.set_person(call, account["account_id"], username=number, employee_id=person)
    if not await _works(call, account):
        account_id = account["account_id"]
        await _give(call, account_id, roles.EMPLOYEE, Scope(SELF), why="@joined", source=shapes.EMPLOYMENT)
    return account


async def _see_off(call: Call, account: Any) -> None:
    """Closes the account of somebody who worked here and does no more; one who has not begun yet keeps theirs."""
    if account["state"] != register.CLOSED and await _works(call, account):
        await _close(call, account, "@left")


async def _forget(call: Call, account: Any) -> None:
    if account["erased"]:
        return
    await _close(call, account, "@erased")
    account_id = account["account_id"]
    await ledger.forget_words(call.db, account_id)
    await requests.forget_words(call.db, account_id)
    tombstone = f"erased-{account_id}"
    await register.set_person(call, account_id, username=tombstone, employee_id=account["employee_id"], erased=True)


async def _close(call: Call, account: Any, why: str) -> None:
    """Nothing comes back to life with a later rehire: every grant ends, every open request lapses."""
    await ledger.end_all(call, account["account_id"], why)
    await requests.lapse_all(call, account["account_id"])
    if account["state"] != register.CLOSED:
        await register.set_state(call, account, register.CLOSED, why)


async def _count_reports(call: Call, manager: UUID) -> None:
    """Gives or takes the role over reports. The manager's turn must have been taken."""
    standing = await call.db.row(_STANDING, manager=manager)
    if standing is None or standing["leads"] == (standing["grant_id"] is not None):
        return
    account_id = standing["account_id"]
    await register.by_id(call.db, account_id, lock=True)
    if standing["leads"]:
        await _give(call, account_id, roles.MANAGER, Scope(REPORTS), why="@has_reports", source=shapes.OF_REPORTS)
    else:
        await ledger.end(call, standing["grant_id"], account_id, "@no_reports")


async def _works(call: Call, account: Any) -> bool:
    """Whether the account has the rights of somebody who works here."""
    return await call.db.value(_EMPLOYMENT, account_id=account["account_id"]) is not None


async def _give(call: Call, account_id: UUID, role: str, scope: Scope, *, why: str, source: str) -> None:
    await ledger.give(call, account_id, role, scope, starts_at=call.now, reason=why, source=source)
