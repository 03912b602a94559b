"""What is done at the issuer itself and counts here: an entry that somebody shut or deleted suspends its account.

The system does it, in one transaction with the audit record. Reinstating is done here, by a person: it lets a shut
entry in again, and makes a new one for a deleted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from libs.kit import audit
from libs.kit.app import Runtime
from libs.kit.call import Call
from services.identity import issuer_queue, register
from services.identity.issuer_rules import Finding

_WHY: Mapping[Finding, str] = {
    Finding.SHUT_THERE: "@disabled_at_issuer",
    Finding.MISSING: "@deleted_at_issuer",
    Finding.LET_IN_THERE: "@enabled_at_issuer",
    Finding.ALTERED: "@altered_at_issuer",
}
_SUSPENDS = "mainstay.identity.v1.AccountService/SuspendAccount"
log = structlog.get_logger()


async def stop(runtime: Runtime, row: Any, finding: Finding) -> None:
    """Suspends the account of an entry that was shut or deleted at the issuer."""
    async with runtime.unit() as call:
        account = await _unchanged(call, row)
        if account is None:
            return
        await issuer_queue.shut(call.db, row["account_id"], gone=finding is Finding.MISSING)
        if account["state"] == register.OPEN:
            await register.set_state(call, account, register.SUSPENDED, _WHY[finding])
            _record(call, account, finding, _SUSPENDS)
    log.warning("account stopped at the issuer", account_id=str(row["account_id"]), finding=finding.value)


async def forget_entry(runtime: Runtime, row: Any) -> None:
    """The entry of an account that may not sign in is gone: there is nothing left to keep out."""
    async with runtime.unit() as call:
        account = await _unchanged(call, row)
        if account is not None and account["state"] != register.OPEN:
            await issuer_queue.shut(call.db, row["account_id"], gone=True)


async def put_back(runtime: Runtime, row: Any, finding: Finding) -> None:
    """What was altered at the issuer, or let in there, is to be again what the account says; recorded."""
    async with runtime.unit() as call:
        account = await _unchanged(call, row)
        if account is None:
            return
        await issuer_queue.want(call, row["account_id"], issuer_queue.NOW, end_sessions=finding is Finding.LET_IN_THERE)
        _record(call, account, finding, "")
    log.warning("entry put back at the issuer", account_id=str(row["account_id"]), finding=finding.value)


async def _unchanged(call: Call, row: Any) -> Any | None:
    """The account, locked. None when it or its entry changed since `row` was read: what was found is history."""
    account = await register.by_id(call.db, row["account_id"], lock=True)
    present = await issuer_queue.of_account(call.db, row["account_id"])
    same = present is not None and all(present[name] == row[name] for name in ("wanted", "entry_id", "let_in"))
    return account if same else None


def _record(call: Call, account: Any, finding: Finding, method: str) -> None:
    """The system's own act, on whose account, and what was found."""
    if account["employee_id"]:
        call.touch(UUID(str(account["employee_id"])))
    call.purpose = _WHY[finding]
    made: Any = audit.record(call, b"", b"")
    made.method = method
    made.permission = "identity.account.manage"
    call.record(made)
