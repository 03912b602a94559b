"""Keeps accounts: who one is, who there is, and stopping and opening one by hand."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import directory, pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.errors import VersionConflict
from libs.kit.tables import directory_people as people
from mainstay.identity.v1 import accounts_pb2
from services.identity import ledger, paging, register, requests, roles, rules, shapes
from services.identity.errors import AccountNotFound, NothingChanges, OwnAccess
from services.identity.tables import accounts

_STATES = {message: state for state, message in register.STATES.items()}
_KINDS = {message: kind for kind, message in register.KINDS.items()}


async def get_me(call: Call, _request: accounts_pb2.GetMeRequest) -> accounts_pb2.Me:
    account = await _own(call)
    held = rules.in_force(await ledger.of(call.db, account["account_id"]), call.now)
    return accounts_pb2.Me(
        account=register.message_of(account),
        roles=sorted({grant.role for grant in held}),
        rights=shapes.rights_message(call.language, held, widest_only=True),
        requests_waiting=await requests.waiting_for(call, held),
    )


async def set_my_language(call: Call, request: accounts_pb2.SetMyLanguageRequest) -> accounts_pb2.Account:
    account = await _own(call)
    if account["language"] != request.language:
        await register.set_language(call.db, account["account_id"], request.language)
    return register.message_of(await _own(call))


async def list_(call: Call, request: accounts_pb2.ListAccountsRequest) -> accounts_pb2.ListAccountsResponse:
    reach = call.reach()
    values: dict[str, Any] = dict(reach.values)
    if request.query:
        values["prefix"] = request.query.lower()
    if request.kind:
        values["kind"] = _KINDS[request.kind]
    if request.state:
        values["state"] = _STATES[request.state]
    if request.employee_ids:
        values["employees"] = [UUID(one) for one in request.employee_ids]
    after = pages.key_in(request, 2)
    if after:
        values |= {"after_name": after[0], "after_id": paging.id_in(after[1])}
    size = pages.size_of(request)
    rows = await call.db.rows(_list(reach.shape, frozenset(values)), **values, size=size + 1)
    found = accounts_pb2.ListAccountsResponse(accounts=[register.message_of(row) for row in rows[:size]])
    if len(rows) > size:
        last = rows[size - 1]
        found.next_page_token = pages.token_after(request, last["username"], str(last["account_id"]))
    return found


async def suspend(call: Call, request: accounts_pb2.SuspendAccountRequest) -> accounts_pb2.Account:
    account = await managed(call, request.account_id, request.version)
    if account["state"] != register.OPEN:
        raise NothingChanges
    held = rules.in_force(await ledger.of(call.db, account["account_id"]), call.now)
    if any(grant.role == roles.IT_ADMIN for grant in held):
        await ledger.keep_an_admin(call, without_account=account["account_id"])
    return register.message_of(await register.set_state(call, account, register.SUSPENDED, request.reason))


async def reinstate(call: Call, request: accounts_pb2.ReinstateAccountRequest) -> accounts_pb2.Account:
    account = await managed(call, request.account_id, request.version)
    if account["state"] != register.SUSPENDED:
        raise NothingChanges
    return register.message_of(await register.set_state(call, account, register.OPEN, request.reason))


async def _own(call: Call) -> Any:
    row = await register.by_id(call.db, call.caller.account_id)
    if row is None:
        raise AccountNotFound(account_id=str(call.caller.account_id))
    return row


async def checked(call: Call, account_id: str, *, lock: bool = False) -> Any:
    """An account that the caller's right reaches: by its person, or, for systems, over the whole company."""
    row = await register.by_id(call.db, UUID(account_id), lock=lock)
    if row is None:
        raise AccountNotFound(account_id=account_id)
    if row["employee_id"]:
        await call.over_person(row["employee_id"])
    else:
        await call.over_unit(None)
    return row


async def managed(call: Call, account_id: str, version: int | None = None) -> Any:
    """An account to be changed, locked, as it was read. Nobody stops, opens or resets their own."""
    row = await checked(call, account_id, lock=True)
    if row["account_id"] == call.caller.account_id:
        raise OwnAccess
    if version is not None and row["version"] != version:
        raise VersionConflict(current_version=row["version"])
    return row


@cache
def _list(shape: str, given: frozenset[str]) -> Query:
    # Systems have no place in the directory, so only `all` reaches them.
    statement = (
        select(accounts)
        .select_from(accounts.outerjoin(people, people.c.employee_id == accounts.c.employee_id))
        .where(directory.inside(shape))
    )
    if "prefix" in given:
        begins = func.starts_with(func.lower(accounts.c.username), bindparam("prefix", type_=String))
        statement = statement.where(begins)
    if "kind" in given:
        statement = statement.where(accounts.c.kind == bindparam("kind"))
    if "state" in given:
        statement = statement.where(accounts.c.state == bindparam("state"))
    if "employees" in given:
        statement = statement.where(accounts.c.employee_id == any_(bindparam("employees", type_=ARRAY(Uuid))))
    if "after_id" in given:
        later = (accounts.c.username == bindparam("after_name")) & (accounts.c.account_id > bindparam("after_id"))
        statement = statement.where((accounts.c.username > bindparam("after_name")) | later)
    statement = statement.order_by(accounts.c.username, accounts.c.account_id).limit(bindparam("size"))
    return prepared(statement)
