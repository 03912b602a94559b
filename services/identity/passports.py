"""Makes passports: one query, one signature, nothing remembered that could be out of date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select

from libs.kit.access.passports import LIFETIME_SECONDS, Passport
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import instant, timestamp
from libs.kit.errors import SignInRequired, TemporarilyUnavailable
from mainstay.identity.v1 import passports_pb2
from services.identity import issuer, issuer_queue, register, rules, shapes
from services.identity.errors import AccountSuspended, AccountUnknown
from services.identity.keys import Signer
from services.identity.tables import accounts, grants, issuer_accounts

_USES = {
    passports_pb2.PASSPORT_USE_SESSION: (register.PERSON, "person"),
    passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT: (register.SYSTEM, "service"),
    passports_pb2.PASSPORT_USE_CONSUMER: (register.SYSTEM, "consumer"),
}
# One statement, so that the epoch and the grants are of the same instant. Grants that ended long ago tell nothing.
_ENDED = func.least(grants.c.ends_at, grants.c.revoked_at)
_HOLDER = prepared(
    select(
        accounts.c.account_id,
        accounts.c.employee_id,
        accounts.c.state,
        accounts.c.state_since,
        accounts.c.epoch,
        accounts.c.language,
        grants.c.grant_id,
        grants.c.role,
        grants.c.scope_kind,
        grants.c.unit_id,
        grants.c.starts_at,
        grants.c.ends_at,
        grants.c.revoked_at,
    )
    .select_from(
        accounts.outerjoin(
            grants,
            and_(
                grants.c.account_id == accounts.c.account_id,
                or_(_ENDED.is_(None), bindparam("since", type_=grants.c.ends_at.type) < _ENDED),
            ),
        )
    )
    .where(accounts.c.username == bindparam("username"), accounts.c.kind == bindparam("kind"))
)
_ENTRY = prepared(
    select(
        issuer_accounts.c.entry_id,
        and_(issuer_accounts.c.behind_since.is_not(None), issuer_accounts.c.done > 0).label("anew"),
    ).where(issuer_accounts.c.account_id == bindparam("account_id"))
)


async def issue(call: Call, request: passports_pb2.IssuePassportRequest) -> passports_pb2.Passport:
    kind, use = _USES[request.use]
    now = call.now
    rows = await call.db.rows(_HOLDER, username=request.username, kind=kind, since=now - rules.LOST_FOR)
    if not rows:
        raise AccountUnknown
    holder = rows[0]
    await _check_subject(call, holder["account_id"], request.issuer_subject)
    if holder["state"] != register.OPEN:
        raise AccountSuspended(since=rules.moment(holder["state_since"]))
    held = [shapes.grant_of(row) for row in rows if row["grant_id"]]
    passport = Passport(
        account_id=holder["account_id"],
        employee_id=holder["employee_id"],
        username=request.username,
        kind=use,
        session_id=request.session_id,
        epoch=holder["epoch"],
        language=holder["language"],
        signed_in_at=_signed_in_at(request, kind, now),
        issued_at=now,
        expires_at=_expires_at(held, now),
        rights=rules.rights_at(held, now),
        lost=rules.lost_rights(held, now),
    )
    return passports_pb2.Passport(
        token=call.house.part(Signer).sign(passport, now).decode(),
        account_id=str(passport.account_id),
        epoch=passport.epoch,
        expires_at=timestamp(passport.expires_at),
        language=passport.language,
    )


async def _check_subject(call: Call, account_id: UUID, subject: str) -> None:
    """Raises SignInRequired when the issuer signed in another entry than the account's, AccountUnknown without one, and
    TemporarilyUnavailable where that is about to be found again, as after a restore; then theirs goes first.

    Whoever may write users at the issuer can give any of them any number, but nobody can choose an entry's id.
    """
    if not subject or issuer.of(call.house) is None:
        return
    entry = await call.db.row(_ENTRY, account_id=account_id)
    if entry is None or entry["entry_id"] is None:
        if entry is not None and entry["anew"]:
            # Holds though this call is refused: what it reads and writes is no transaction.
            await issuer_queue.hurry(call, account_id, issuer_queue.SOON)
            raise TemporarilyUnavailable(part="issuer")
        raise AccountUnknown
    if entry["entry_id"] != subject:
        raise SignInRequired


def _expires_at(held: list[rules.Grant], now: datetime) -> datetime:
    """A minute from now, but never after the rights change: what has run out is refused even if nobody tells."""
    end = now + timedelta(seconds=LIFETIME_SECONDS)
    change = rules.next_change(held, now)
    return min(end, change) if change else end


def _signed_in_at(request: Any, kind: str, now: datetime) -> datetime:
    """Systems prove themselves with every token. A person of whom nothing is said signed in long ago."""
    return now if kind == register.SYSTEM else min(instant(request.signed_in_at), now)
