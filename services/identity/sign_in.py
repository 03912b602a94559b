"""How the sign-in issuer stands to one account, and the first password of somebody who has none."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from libs.kit.call import Call, House
from libs.kit.dates import timestamp
from mainstay.identity.v1 import accounts_pb2
from services.identity import accounts, issuer, issuer_queue, ledger, register, roles, rules
from services.identity.errors import (
    AccountNotFound,
    AccountNotOpen,
    BeyondOwnRights,
    SignInManagedElsewhere,
    SignInNotReady,
    SignInUnreachable,
)
from services.identity.issuer import EntryMissing, Issuer, IssuerFailed, IssuerUnreachable

# Without what looks alike: 0 O o, 1 l I.
_UPPER, _LOWER, _DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"
_GROUP = 4


async def get(call: Call, request: accounts_pb2.GetAccountRequest) -> accounts_pb2.Account:
    account = await accounts.checked(call, request.account_id)
    message = register.message_of(account)
    message.sign_in.CopyFrom(await state_message(call, account["account_id"]))
    return message


async def issue_first_password(
    call: Call, request: accounts_pb2.IssueFirstPasswordRequest
) -> accounts_pb2.FirstPassword:
    """The issuer is asked within the call, which waits at most for the issuer's own time limits.

    What happens when its answer is lost: the former password no longer works and nobody knows the new one; asking
    again sets another.
    """
    account = await accounts.managed(call, request.account_id)
    if account["kind"] != register.PERSON:
        raise AccountNotFound(account_id=request.account_id)
    if account["state"] != register.OPEN:
        raise AccountNotOpen(since=rules.moment(account["state_since"]))
    await _check_not_above(call, account)
    managed = issuer.of(call.house)
    if managed is None:
        raise SignInManagedElsewhere
    row = await issuer_queue.of_account(call.db, account["account_id"])
    if row is None or row["entry_id"] is None or not row["let_in"]:
        raise SignInNotReady(problem=(row["error"] or None) if row else None)
    password = new_password()
    removed = await _set(managed, row, password, remove=request.remove_second_factors)
    answer = accounts_pb2.FirstPassword(
        account=register.message_of(account), password=password, second_factors_removed=removed
    )
    answer.account.sign_in.CopyFrom(await state_message(call, account["account_id"]))
    return answer


async def set_lasting_password(house: House, username: str, password: str) -> None:
    """Gives a person of the demo company a password that need not be changed. Raises IssuerFailed."""
    managed = issuer.of(house)
    if managed is None:
        return
    async with house.database.reading() as session:
        rows = [row for row in await register.by_name(session, username) if row["kind"] == register.PERSON]
        row = await issuer_queue.of_account(session, rows[0]["account_id"]) if rows else None
    if row is None or row["entry_id"] is None:
        raise EntryMissing
    await managed.directory.set_password(row["entry_id"], password, temporary=False)


async def state_message(call: Call, account_id: UUID) -> accounts_pb2.SignIn:
    if issuer.of(call.house) is None:
        return accounts_pb2.SignIn(state=accounts_pb2.SIGN_IN_STATE_ELSEWHERE)
    row = await issuer_queue.of_account(call.db, account_id)
    if row is None:
        return accounts_pb2.SignIn(state=accounts_pb2.SIGN_IN_STATE_WAITING)
    if row["behind_since"] is None:
        return accounts_pb2.SignIn(state=accounts_pb2.SIGN_IN_STATE_IN_STEP, known=row["entry_id"] is not None)
    failing = bool(row["error"])
    return accounts_pb2.SignIn(
        state=accounts_pb2.SIGN_IN_STATE_FAILING if failing else accounts_pb2.SIGN_IN_STATE_WAITING,
        waiting_since=timestamp(row["behind_since"]),
        tries=row["tries"],
        problem=row["error"],
        known=row["entry_id"] is not None,
    )


def new_password() -> str:
    """Nineteen characters that can be read aloud and typed, `Kvtm-2847-pqhx-WN3e`: 12 letters and 4 digits, 64 bit."""
    groups = (
        secrets.choice(_UPPER) + _some(_LOWER, _GROUP - 1),
        _some(_DIGITS, _GROUP),
        _some(_LOWER, _GROUP),
        _some(_UPPER + _LOWER, _GROUP),
    )
    return "-".join(groups)


def _some(letters: str, count: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(count))


async def _check_not_above(call: Call, account: Any) -> None:
    """Raises BeyondOwnRights when the account holds a role that the caller may not give.

    Whoever sets a password could sign in with it. Somebody who may give a role holds all its rights themselves.
    """
    own = {grant.role for grant in rules.in_force(await ledger.of(call.db, call.caller.account_id), call.now)}
    for grant in rules.in_force(await ledger.of(call.db, account["account_id"]), call.now):
        role = roles.ROLES.get(grant.role)
        automatic = grant.role in {roles.EMPLOYEE, roles.MANAGER}
        if role is None or automatic or not own.isdisjoint(role.granted_by):
            continue
        raise BeyondOwnRights(role=grant.role, scope=str(grant.scope))


async def _set(managed: Issuer, row: Any, password: str, *, remove: bool) -> int:
    directory, entry_id = managed.directory, row["entry_id"]
    try:
        removed = await directory.remove_second_factors(entry_id) if remove else 0
        await directory.set_password(entry_id, password, temporary=True)
        await directory.end_sessions(register.PERSON, entry_id)
    except IssuerUnreachable:
        raise SignInUnreachable from None
    except IssuerFailed as failed:
        raise SignInNotReady(problem=type(failed).__name__) from None
    return removed
