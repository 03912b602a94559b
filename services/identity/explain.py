"""Answers "why may I not open this, and who can help?". Tells about the caller alone: of the person asked about, only
what every colleague can see anyway, who gives rights over their unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Uuid, and_, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import directory
from libs.kit.access.scopes import ALL, Place, Scope, covers_person
from libs.kit.call import Call
from libs.kit.database import prepared
from mainstay.identity.v1 import requests_pb2
from services.identity import catalogue, ledger, register, requests, roles, rules, scopes
from services.identity.roles import Role
from services.identity.tables import access_requests, accounts, grants

_ABOVE = bindparam("above", type_=ARRAY(Uuid))
# The nearest first: who answers for the unit itself before who answers for everything.
_NEAREST = func.min(func.array_position(_ABOVE, grants.c.unit_id))
_GRANTERS = prepared(
    select(accounts.c.employee_id)
    .select_from(grants.join(accounts))
    .where(
        grants.c.role == any_(bindparam("givers", type_=ARRAY(String))),
        grants.c.revoked_at.is_(None),
        grants.c.starts_at <= bindparam("now"),
        or_(grants.c.ends_at.is_(None), grants.c.ends_at > bindparam("now")),
        or_(grants.c.scope_kind == ALL, grants.c.unit_id == any_(_ABOVE)),
        accounts.c.state == register.OPEN,
        accounts.c.employee_id.is_not(None),
        accounts.c.account_id != bindparam("me"),
    )
    .group_by(accounts.c.employee_id)
    .order_by(_NEAREST.nulls_last(), func.min(grants.c.starts_at), accounts.c.employee_id)
    .limit(5)
)
_OPEN_REQUEST = prepared(
    select(access_requests.c.request_id)
    .where(
        access_requests.c.account_id == bindparam("me"),
        access_requests.c.state == requests.OPEN,
        access_requests.c.lapses_at > bindparam("now"),
        access_requests.c.role == any_(bindparam("roles", type_=ARRAY(String))),
        or_(
            access_requests.c.scope_kind == ALL,
            access_requests.c.unit_id == any_(_ABOVE),
            and_(bindparam("anywhere"), access_requests.c.unit_id.is_not(None)),
        ),
    )
    .order_by(access_requests.c.request_id.desc())
    .limit(1)
)


async def explain(call: Call, request: requests_pb2.ExplainAccessRequest) -> requests_pb2.ExplainAccessResponse:
    name = request.permission
    if name not in catalogue.permissions():
        raise scopes.problem(call, "permission", "permission_unknown")
    employee_id = UUID(request.employee_id) if request.employee_id else None
    place = await _place(call, employee_id)
    own = await ledger.of(call.db, call.caller.account_id)
    held = rules.rights_at(own, call.now).get(name, ())
    answer = requests_pb2.ExplainAccessResponse(
        allowed=catalogue.needs_no_grant(name) or _covered(call, held, place),
        permission_label=catalogue.label(call, name),
    )
    if answer.allowed:
        return answer
    lost = [one for one in rules.lost_rights(own, call.now) if name in one.permissions]
    over = [one.ended_at for one in lost if _covered(call, [one.scope], place)]
    if over:
        answer.lost_at.FromDatetime(datetime.fromisoformat(over[0]))
    asked_for = roles.giving(name) if call.caller.kind == "person" else []
    answer.roles.extend(catalogue.role_message(call, role) for role in asked_for)
    above = place.units if place else ()
    answer.granters.extend(await _granters(call, asked_for or _any_giving(name), above))
    waiting = await call.db.value(
        _OPEN_REQUEST,
        me=call.caller.account_id,
        now=call.now,
        roles=[role.name for role in asked_for],
        above=list(above),
        anywhere=place is None,
    )
    answer.open_request_id = str(waiting or "")
    return answer


async def _place(call: Call, employee_id: UUID | None) -> Place | None:
    if employee_id is None:
        return None
    return await directory.place_of(call.db, employee_id) or Place(employee_id)


def _covered(call: Call, held: Iterable[Scope], place: Place | None) -> bool:
    """Whether one of the scopes covers the person; any scope will do when nobody is named."""
    return any(place is None or covers_person(scope, call.caller.employee_id, place) for scope in held)


def _any_giving(permission: str) -> list[Role]:
    """Roles that cannot be asked for here but would give the right."""
    return [role for role in roles.ROLES.values() if permission in role.permissions and not role.automatic]


async def _granters(call: Call, wanted: Iterable[Role], above: Sequence[UUID]) -> list[str]:
    givers = sorted(roles.granters(wanted))
    rows = await call.db.rows(_GRANTERS, givers=givers, above=list(above), now=call.now, me=call.caller.account_id)
    return [str(row["employee_id"]) for row in rows]
