"""Gives and takes rights, and says who holds which."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import directory, pages
from libs.kit.access.scopes import ALL, UNIT
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.dates import instant_of
from libs.kit.errors import Forbidden
from libs.kit.tables import directory_people as people
from libs.kit.tables import directory_units as units
from mainstay.identity.v1 import grants_pb2
from services.identity import ledger, paging, register, roles, rules, scopes, shapes
from services.identity.errors import (
    AccountNotFound,
    AccountSuspended,
    AlreadyGranted,
    BeyondOwnRights,
    GrantAutomatic,
    GrantEnded,
    GrantNotFound,
    OwnAccess,
)
from services.identity.roles import Role
from services.identity.tables import accounts, grants


async def create(call: Call, request: grants_pb2.CreateGrantRequest) -> grants_pb2.Grant:
    account = await _receiver(call, request)
    role = scopes.role_named(call, request.role, for_system=account["kind"] == register.SYSTEM)
    reach = await scopes.asked(call, role, request.scope)
    await check_giver(call, role, reach)
    if account["state"] != register.OPEN:
        raise AccountSuspended(since=rules.moment(account["state_since"]))
    starts_at = instant_of(request.starts_at, "starts_at", call.language) if request.HasField("starts_at") else None
    ends_at = instant_of(request.ends_at, "ends_at", call.language) if request.HasField("ends_at") else None
    start, end = rules.period(role, starts_at, ends_at, call.now)
    held = await ledger.of(call.db, account["account_id"])
    check_receiver(call, role, reach, held)
    if same := rules.overlapping(held, role.name, reach.scope, start, end):
        raise AlreadyGranted(grant_id=str(same.grant_id))
    grant_id = await ledger.give(
        call,
        account["account_id"],
        role.name,
        reach.scope,
        starts_at=start,
        ends_at=end,
        reason=request.reason,
        source=shapes.HAND,
    )
    return shapes.grant_message(await ledger.one(call.db, grant_id), call.language, call.now)


async def revoke(call: Call, request: grants_pb2.RevokeGrantRequest) -> grants_pb2.Grant:
    row = await _locked(call, UUID(request.grant_id))
    grant = shapes.grant_of(row)
    role = roles.ROLES.get(grant.role) or Role(grant.role, frozenset(), (), granted_by=(roles.HR_ADMIN,))
    above = await directory.unit_path(call.db, grant.scope.unit_id) if grant.scope.unit_id else ()
    if row["source"] in shapes.AUTOMATIC:
        await call.over_unit(grant.scope.unit_id)
        raise GrantAutomatic(role=grant.role)
    await check_giver(call, role, scopes.Reach(grant.scope, above))
    if rules.state_at(grant, call.now) in {rules.EXPIRED, rules.REVOKED}:
        raise GrantEnded(grant_id=request.grant_id, ended_at=rules.moment(grant.end or call.now))
    if grant.role == roles.IT_ADMIN:
        await ledger.keep_an_admin(call, without_grant=grant.grant_id)
    await ledger.end(call, grant.grant_id, row["account_id"], request.reason)
    return shapes.grant_message(await ledger.one(call.db, grant.grant_id), call.language, call.now)


async def get(call: Call, request: grants_pb2.GetGrantRequest) -> grants_pb2.Grant:
    row = await ledger.one(call.db, UUID(request.grant_id))
    if row is None:
        raise GrantNotFound(grant_id=request.grant_id)
    await _check_visible(call, row)
    return shapes.grant_message(row, call.language, call.now)


async def list_(call: Call, request: grants_pb2.ListGrantsRequest) -> grants_pb2.ListGrantsResponse:
    reach = call.reach()
    values: dict[str, Any] = dict(reach.values)
    if request.employee_id:
        values["employee"] = UUID(request.employee_id)
    if request.role:
        values["role"] = request.role
    if request.unit_id:
        values["unit"] = UUID(request.unit_id)
    if request.state:
        values["now"] = call.now
    if after := paging.id_after(request):
        values["after"] = after
    size = pages.size_of(request)
    query = _list(reach.shape, frozenset(values), request.state, request.by_hand)
    rows = await call.db.rows(query, **values, size=size + 1)
    found = grants_pb2.ListGrantsResponse(
        grants=[shapes.grant_message(row, call.language, call.now) for row in rows[:size]]
    )
    if len(rows) > size:
        found.next_page_token = pages.token_after(request, str(rows[size - 1]["grant_id"]))
    return found


async def describe(call: Call, request: grants_pb2.DescribeAccessRequest) -> grants_pb2.DescribeAccessResponse:
    employee_id = UUID(request.employee_id) if request.employee_id else call.caller.employee_id
    account = await register.by_employee(call.db, employee_id) if employee_id else None
    if account is None:
        raise AccountNotFound(employee_id=str(employee_id or ""))
    rows = await ledger.shown_of(call.db, account["account_id"])
    held = rules.in_force(map(shapes.grant_of, rows), call.now) if account["state"] == register.OPEN else []
    return grants_pb2.DescribeAccessResponse(
        account=register.message_of(account),
        rights=shapes.rights_message(call.language, held),
        grants=[shapes.grant_message(row, call.language, call.now) for row in rows],
    )


async def check_giver(call: Call, role: Role, reach: scopes.Reach) -> None:
    """Raises BeyondOwnRights unless the caller may give this role this far, by what they hold at this moment."""
    own = await ledger.of(call.db, call.caller.account_id)
    if not rules.may_give(own, role, reach.scope, reach.above, call.now):
        raise BeyondOwnRights(role=role.name, scope=str(reach.scope))
    await call.over_unit(reach.scope.unit_id)


def check_receiver(call: Call, role: Role, reach: scopes.Reach, held: list[rules.Grant]) -> None:
    """Raises BeyondOwnRights when the role must not be in one hand with another the account has."""
    other = rules.conflicting(role, held, call.now)
    if other:
        raise BeyondOwnRights(role=role.name, scope=str(reach.scope), conflicts_with=other)


async def _receiver(call: Call, request: grants_pb2.CreateGrantRequest) -> Any:
    """The account that is to get a role, locked. Raises OwnAccess for the caller's own."""
    if bool(request.account_id) == bool(request.employee_id):
        raise scopes.problem(call, "account_id", "account_or_employee")
    if request.account_id:
        row = await register.by_id(call.db, UUID(request.account_id), lock=True)
    else:
        row = await register.by_employee(call.db, UUID(request.employee_id), lock=True)
    if row is None:
        raise AccountNotFound(account_id=request.account_id or None, employee_id=request.employee_id or None)
    if row["account_id"] == call.caller.account_id:
        raise OwnAccess
    if row["employee_id"]:
        call.touch(row["employee_id"])
    return row


async def _locked(call: Call, grant_id: UUID) -> Any:
    row = await ledger.locked(call.db, grant_id)
    if row is None:
        raise GrantNotFound(grant_id=str(grant_id))
    if row["employee_id"]:
        call.touch(row["employee_id"])
    return row


async def _check_visible(call: Call, row: Any) -> None:
    """A grant is seen by who may see its holder's; a person's grant over a unit also by who may see that unit's."""
    if row["employee_id"] is None:
        await call.over_unit(None)
        return
    try:
        await call.over_person(row["employee_id"])
    except Forbidden:
        if row["unit_id"] is None:
            raise
        await call.over_unit(row["unit_id"])


def _visible(shape: str) -> ColumnElement[bool]:
    """The same as `_check_visible`, as one condition."""
    if shape == ALL:
        return true()
    mine: ColumnElement[bool] = directory.inside(shape)
    if UNIT not in shape.split("+"):
        return mine
    covered = select(units.c.unit_id).where(units.c.path.overlap(bindparam("scope_units", type_=ARRAY(Uuid))))
    return or_(mine, and_(accounts.c.employee_id.is_not(None), grants.c.unit_id.in_(covered)))


def _in_state(state: int) -> ColumnElement[bool]:
    now = bindparam("now", type_=grants.c.starts_at.type)
    revoked: ColumnElement[bool] = grants.c.revoked_at <= now
    not_revoked = grants.c.revoked_at.is_(None)
    not_over = or_(grants.c.ends_at.is_(None), grants.c.ends_at > now)
    match state:
        case grants_pb2.GRANT_STATE_REVOKED:
            return revoked
        case grants_pb2.GRANT_STATE_EXPIRED:
            return and_(not_revoked, grants.c.ends_at <= now)
        case grants_pb2.GRANT_STATE_PLANNED:
            return and_(not_revoked, grants.c.starts_at > now, not_over)
        case _:
            return and_(not_revoked, grants.c.starts_at <= now, not_over)


@cache
def _list(shape: str, given: frozenset[str], state: int, by_hand: bool) -> Query:
    statement = ledger.SHOWN.outerjoin_from(accounts, people, people.c.employee_id == accounts.c.employee_id).where(
        _visible(shape)
    )
    if "employee" in given:
        statement = statement.where(accounts.c.employee_id == bindparam("employee"))
    if "role" in given:
        statement = statement.where(grants.c.role == bindparam("role"))
    if "unit" in given:
        statement = statement.where(grants.c.unit_id == bindparam("unit"))
    if state:
        statement = statement.where(_in_state(state))
    if by_hand:
        statement = statement.where(*(grants.c.source != source for source in shapes.AUTOMATIC))
    if "after" in given:
        statement = statement.where(grants.c.grant_id < bindparam("after"))
    return prepared(statement.order_by(grants.c.grant_id.desc()).limit(bindparam("size")))
