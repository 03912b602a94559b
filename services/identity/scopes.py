"""The scope a request names, as far as the role may be given there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from libs.kit.access.scopes import ALL, SELF, UNIT, Scope
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.tables import directory_units as units
from libs.kit.words import say
from mainstay.identity.v1 import access_pb2
from services.identity import shapes
from services.identity.errors import GrantAutomatic, RoleNotFound, ScopeUnitUnknown
from services.identity.roles import ROLES, Role

_KINDS = {message: kind for kind, message in shapes.SCOPE_KINDS.items()}
_OPEN_PATH = prepared(select(units.c.path).where(units.c.unit_id == bindparam("unit_id"), units.c.open))


@dataclass(frozen=True)
class Reach:
    """A scope, and its unit with all units above it, nearest first."""

    scope: Scope
    above: Sequence[UUID] = ()


def problem(call: Call, field: str, name: str) -> FieldsInvalid:
    """A field that breaks a rule only identity knows."""
    return FieldsInvalid(problems=(FieldProblem(field, say(call.language, "identity", f"fields.{name}")),))


def role_named(call: Call, name: str, *, for_system: bool) -> Role:
    """Raises RoleNotFound, GrantAutomatic for one nobody gives, FieldsInvalid when systems and people are mixed up."""
    role = ROLES.get(name)
    if role is None:
        raise RoleNotFound(role=name)
    if role.automatic:
        raise GrantAutomatic(role=name)
    if role.for_systems != for_system:
        raise problem(call, "role", "role_for_people" if for_system else "role_for_systems")
    return role


async def asked(call: Call, role: Role, message: access_pb2.Scope) -> Reach:
    """Raises FieldsInvalid, GrantAutomatic or ScopeUnitUnknown."""
    kind = _KINDS[message.kind]
    if kind not in role.scopes:
        if kind not in {UNIT, ALL} and SELF not in role.scopes:
            raise GrantAutomatic(role=role.name)
        raise problem(call, "scope.kind", "scope_not_for_role")
    if (kind == UNIT) != bool(message.unit_id):
        raise problem(call, "scope.unit_id", "unit_needed" if kind == UNIT else "unit_not_needed")
    return await unit(call, UUID(message.unit_id)) if kind == UNIT else Reach(Scope(kind))


async def unit(call: Call, unit_id: UUID) -> Reach:
    """An open unit and all below it. Raises ScopeUnitUnknown."""
    path = await call.db.value(_OPEN_PATH, unit_id=unit_id)
    if not path:
        raise ScopeUnitUnknown(unit_id=str(unit_id))
    return Reach(Scope(UNIT, unit_id), tuple(path))
