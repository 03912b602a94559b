"""Lets people ask for a role they lack, and those who may give it decide. What nobody decides lapses after 14 days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, and_, bindparam, column, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, array, insert

from libs.kit import deadlines, directory, pages
from libs.kit.access.scopes import ALL
from libs.kit.call import Call
from libs.kit.database import Query, Session, prepared
from libs.kit.dates import timestamp
from libs.kit.deadlines import Deadline
from libs.kit.ids import uuid7
from libs.kit.tables import directory_units as units
from mainstay.identity.v1 import events_pb2, requests_pb2
from services.identity import grants, ledger, paging, register, roles, rules, scopes, shapes
from services.identity.errors import AlreadyGranted, GrantPeriodInvalid, OwnAccess, RequestDecided, RequestNotFound
from services.identity.roles import Role
from services.identity.tables import access_requests as table
from services.identity.tables import accounts

OPEN, APPROVED, DECLINED, LAPSED = "open", "approved", "declined", "lapsed"
LAPSES = "identity.request_lapses"
STATES: Mapping[str, requests_pb2.AccessRequestState] = {
    OPEN: requests_pb2.ACCESS_REQUEST_STATE_OPEN,
    APPROVED: requests_pb2.ACCESS_REQUEST_STATE_APPROVED,
    DECLINED: requests_pb2.ACCESS_REQUEST_STATE_DECLINED,
    LAPSED: requests_pb2.ACCESS_REQUEST_STATE_LAPSED,
}
_STATE_NAMES = {message: state for state, message in STATES.items()}

# A request with what is shown beside it: who asks, and its unit's name and place.
_SHOWN = select(table, accounts.c.employee_id, units.c.name, units.c.name_en, units.c.path).select_from(
    table.join(accounts).outerjoin(units, units.c.unit_id == table.c.unit_id)
)
_ONE = prepared(_SHOWN.where(table.c.request_id == bindparam("request_id")))
_LOCK = prepared(select(table.c.request_id).where(table.c.request_id == bindparam("request_id")).with_for_update())
_NEW = insert(table).values(
    {
        name: bindparam(name)
        for name in (
            "request_id",
            "account_id",
            "role",
            "scope_kind",
            "unit_id",
            "days",
            "reason",
            "state",
            "requested_at",
            "lapses_at",
        )
    }
)
# Asking again for the same before it is decided replaces what was said.
_ADD = prepared(
    _NEW.on_conflict_do_update(
        index_elements=["account_id", "role", "scope_kind", "unit_id"],
        # In so many words: with a parameter the sixth call's generic plan no longer finds the index.
        index_where=text("state = 'open'"),
        set_={name: _NEW.excluded[name] for name in ("days", "reason", "requested_at", "lapses_at")},
    ).returning(table.c.request_id)
)
_DECIDE = prepared(
    update(table)
    .where(table.c.request_id == bindparam("id"))
    .values(
        state=bindparam("state_"),
        decided_at=bindparam("at"),
        decided_by=bindparam("by"),
        decision_note=bindparam("note"),
        grant_id=bindparam("grant"),
    )
)
_OPEN_OF = prepared(
    select(table.c.request_id).where(table.c.account_id == bindparam("account_id"), table.c.state == OPEN)
)
_FORGET_WORDS = prepared(
    update(table).where(table.c.account_id == bindparam("id")).values(reason="@erased", decision_note="")
)
# Roles the caller may give, beside the units they may give them over.
_MAY = (
    func.unnest(bindparam("unit_roles", type_=ARRAY(String)), bindparam("role_units", type_=ARRAY(Uuid)))
    .table_valued(column("role", String), column("unit_id", Uuid))
    .render_derived(name="may")
)
_DECIDABLE = and_(
    table.c.state == OPEN,
    table.c.lapses_at > bindparam("now"),
    table.c.account_id != bindparam("me"),
    or_(
        table.c.role == func.any(bindparam("whole_roles", type_=ARRAY(String))),
        select(1)
        .select_from(_MAY)
        .where(_MAY.c.role == table.c.role, units.c.path.contains(array([_MAY.c.unit_id], type_=Uuid)))
        .exists(),
    ),
)
_WAITING = prepared(
    select(func.count()).select_from(table.outerjoin(units, units.c.unit_id == table.c.unit_id)).where(_DECIDABLE)
)


async def ask(call: Call, request: requests_pb2.RequestAccessRequest) -> requests_pb2.AccessRequest:
    role = scopes.role_named(call, request.role, for_system=call.caller.kind != "person")
    if not role.requestable:
        raise scopes.problem(call, "role", "role_not_requestable")
    reach = await _asked_for(call, role, request)
    if role.max_days and request.days > role.max_days:
        raise GrantPeriodInvalid(role=role.name, max_days=role.max_days)
    held = rules.in_force(await ledger.of(call.db, call.caller.account_id), call.now)
    for grant in held:
        if grant.role == role.name and rules.reaches(grant.scope, reach.scope, reach.above):
            raise AlreadyGranted(grant_id=str(grant.grant_id))
    lapses_at = call.now + rules.REQUEST_LAPSES_AFTER
    request_id = await call.db.value(
        _ADD,
        request_id=uuid7(),
        account_id=call.caller.account_id,
        role=role.name,
        scope_kind=reach.scope.kind,
        unit_id=reach.scope.unit_id,
        days=request.days,
        reason=request.reason,
        state=OPEN,
        requested_at=call.now,
        lapses_at=lapses_at,
    )
    await deadlines.schedule(call.db, LAPSES, str(request_id), lapses_at)
    _tell(call, call.caller.account_id, request_id, open_=True)
    return _message(call, await call.db.row(_ONE, request_id=request_id), held)


async def list_(call: Call, request: requests_pb2.ListAccessRequestsRequest) -> requests_pb2.ListAccessRequestsResponse:
    held = rules.in_force(await ledger.of(call.db, call.caller.account_id), call.now)
    values: dict[str, Any] = {"me": call.caller.account_id}
    if request.to_decide:
        values |= _authority(held) | {"now": call.now}
    if request.state:
        values["state"] = _STATE_NAMES[request.state]
    if after := paging.id_after(request):
        values["after"] = after
    size = pages.size_of(request)
    rows = await call.db.rows(_list(frozenset(values)), **values, size=size + 1)
    found = requests_pb2.ListAccessRequestsResponse(requests=[_message(call, row, held) for row in rows[:size]])
    if len(rows) > size:
        found.next_page_token = pages.token_after(request, str(rows[size - 1]["request_id"]))
    return found


async def decide(call: Call, request: requests_pb2.DecideAccessRequestRequest) -> requests_pb2.AccessRequest:
    row = await _locked(call, UUID(request.request_id))
    role = roles.ROLES.get(row["role"]) or Role(row["role"], frozenset(), ())
    reach = scopes.Reach(shapes.scope_of(row), tuple(row["path"] or ()))
    if row["account_id"] == call.caller.account_id:
        raise OwnAccess
    await grants.check_giver(call, role, reach)
    if row["state"] != OPEN or row["lapses_at"] <= call.now:
        raise RequestDecided(request_id=request.request_id, state=row["state"] if row["state"] != OPEN else LAPSED)
    if not request.approve and not request.note.strip():
        raise scopes.problem(call, "note", "note_needed")
    grant_id = await _give(call, row, role, reach) if request.approve else None
    await _close(call, row, APPROVED if request.approve else DECLINED, note=request.note, grant_id=grant_id)
    held = await ledger.of(call.db, call.caller.account_id)
    return _message(call, await call.db.row(_ONE, request_id=row["request_id"]), rules.in_force(held, call.now))


async def lapse(call: Call, deadline: Deadline) -> None:
    """Nobody decided in time."""
    request_id = UUID(deadline.key)
    await call.db.run(_LOCK, request_id=request_id)
    row = await call.db.row(_ONE, request_id=request_id)
    if row is not None and row["state"] == OPEN and row["lapses_at"] <= call.now:
        await _close(call, row, LAPSED)


async def lapse_all(call: Call, account_id: UUID) -> None:
    """Whoever leaves asks for nothing any more."""
    for found in await call.db.rows(_OPEN_OF, account_id=account_id):
        await _close(call, await call.db.row(_ONE, request_id=found["request_id"]), LAPSED)


async def forget_words(db: Session, account_id: UUID) -> None:
    """Removes what was written in an erased person's requests."""
    await db.run(_FORGET_WORDS, id=account_id)


async def waiting_for(call: Call, held: Iterable[rules.Grant]) -> int:
    """How many requests wait for the decision of an account with these grants in force."""
    authority = _authority(held)
    if not any(authority.values()):
        return 0
    return int(await call.db.value(_WAITING, **authority, now=call.now, me=call.caller.account_id))


async def _asked_for(call: Call, role: Role, request: requests_pb2.RequestAccessRequest) -> scopes.Reach:
    """The scope named, or the unit of the person named."""
    if request.HasField("scope") == bool(request.employee_id):
        raise scopes.problem(call, "scope", "scope_or_employee")
    if request.HasField("scope"):
        return await scopes.asked(call, role, request.scope)
    place = await directory.place_of(call.db, UUID(request.employee_id))
    return await scopes.unit(call, place.units[0] if place and place.units else UUID(int=0))


async def _give(call: Call, row: Any, role: Role, reach: scopes.Reach) -> UUID:
    now = call.now
    start, end = rules.period(role, now, now + timedelta(days=row["days"]), now)
    held = await ledger.of(call.db, row["account_id"])
    grants.check_receiver(call, role, reach, held)
    if same := rules.overlapping(held, role.name, reach.scope, start, end):
        raise AlreadyGranted(grant_id=str(same.grant_id))
    return await ledger.give(
        call,
        row["account_id"],
        role.name,
        reach.scope,
        starts_at=start,
        ends_at=end,
        reason=row["reason"],
        source=shapes.REQUEST,
    )


async def _close(call: Call, row: Any, state: str, *, note: str = "", grant_id: UUID | None = None) -> None:
    await call.db.run(
        _DECIDE, id=row["request_id"], state_=state, at=call.now, by=call.actor, note=note, grant=grant_id
    )
    _tell(call, row["account_id"], row["request_id"], open_=False)


async def _locked(call: Call, request_id: UUID) -> Any:
    """A request to be decided. Its account's row first, as when an account closes: two never wait in a ring."""
    row = await call.db.row(_ONE, request_id=request_id)
    if row is not None:
        await register.by_id(call.db, row["account_id"], lock=True)
        await call.db.run(_LOCK, request_id=request_id)
        row = await call.db.row(_ONE, request_id=request_id)
    if row is None:
        raise RequestNotFound(request_id=str(request_id))
    if row["employee_id"]:
        call.touch(row["employee_id"])
    return row


def _authority(held: Iterable[rules.Grant]) -> dict[str, list[Any]]:
    """What an account may give, as parameters of `_DECIDABLE`."""
    whole: set[str] = set()
    pairs: set[tuple[str, UUID]] = set()
    for grant in held:
        if grant.scope.kind == ALL:
            whole.update(roles.given_by(grant.role))
        elif grant.scope.unit_id is not None:
            pairs.update((role, grant.scope.unit_id) for role in roles.given_by(grant.role))
    ordered = sorted(pairs)
    return {
        "whole_roles": sorted(whole),
        "unit_roles": [role for role, _ in ordered],
        "role_units": [unit for _, unit in ordered],
    }


@cache
def _list(given: frozenset[str]) -> Query:
    if "whole_roles" in given:
        statement = _SHOWN.where(_DECIDABLE)
    else:
        statement = _SHOWN.where(table.c.account_id == bindparam("me"))
    if "state" in given:
        statement = statement.where(table.c.state == bindparam("state"))
    if "after" in given:
        statement = statement.where(table.c.request_id < bindparam("after"))
    return prepared(statement.order_by(table.c.request_id.desc()).limit(bindparam("size")))


def _tell(call: Call, account_id: UUID, request_id: UUID, *, open_: bool) -> None:
    call.record(events_pb2.AccessRequestChanged(account_id=str(account_id), request_id=str(request_id), open=open_))


def _message(call: Call, row: Any, held: Sequence[rules.Grant]) -> requests_pb2.AccessRequest:
    """A request as its reader sees it; `held` are the reader's own grants in force."""
    role = roles.ROLES.get(row["role"])
    mine = row["account_id"] == call.caller.account_id
    waits = row["state"] == OPEN and row["lapses_at"] > call.now
    above = tuple(row["path"] or ())
    return requests_pb2.AccessRequest(
        request_id=str(row["request_id"]),
        account_id=str(row["account_id"]),
        employee_id=str(row["employee_id"] or ""),
        role=row["role"],
        role_label=shapes.label(call.language, row["role"]),
        scope=shapes.scope_message(shapes.scope_of(row)),
        scope_unit_name=row["name"] or "",
        scope_unit_name_en=row["name_en"] or "",
        days=row["days"],
        reason=shapes.words(call.language, row["reason"]),
        state=STATES[row["state"] if waits or row["state"] != OPEN else LAPSED],
        requested_at=timestamp(row["requested_at"]),
        decided_at=timestamp(row["decided_at"]),
        decided_by=str(row["decided_by"] or ""),
        decision_note=row["decision_note"],
        grant_id=str(row["grant_id"] or ""),
        can_decide=bool(
            waits and not mine and role and rules.may_give(held, role, shapes.scope_of(row), above, call.now)
        ),
    )
