"""Says which roles there are, and which rights: those the contract declares, on methods and on open topics."""

from __future__ import annotations

from functools import cache

from libs.kit import contract
from libs.kit.call import Call
from libs.kit.words import say
from mainstay.identity.v1 import access_pb2, grants_pb2
from services.identity import shapes
from services.identity.roles import ROLES, Role


@cache
def permissions() -> dict[str, tuple[contract.Method, ...]]:
    """Every right there is, with the methods that ask for it: none for a right to read a topic.

    Mainstay's own processes need none.
    """
    found: dict[str, tuple[contract.Method, ...]] = dict.fromkeys(map(contract.subscribing, contract.open_topics()), ())
    for method in contract.methods().values():
        if method.target != "workload":
            name = method.access.permission
            found[name] = (*found.get(name, ()), method)
    return dict(sorted(found.items()))


def needs_no_grant(permission: str) -> bool:
    """Whether signing in is enough."""
    methods = permissions()[permission]
    return bool(methods) and all(method.target == "caller" for method in methods)


async def list_roles(call: Call, _request: grants_pb2.ListRolesRequest) -> grants_pb2.ListRolesResponse:
    return grants_pb2.ListRolesResponse(roles=[role_message(call, ROLES[name]) for name in sorted(ROLES)])


async def list_permissions(
    call: Call, _request: grants_pb2.ListPermissionsRequest
) -> grants_pb2.ListPermissionsResponse:
    return grants_pb2.ListPermissionsResponse(
        permissions=[
            access_pb2.Permission(
                permission=name,
                label=label(call, name),
                methods=[method.short for method in methods],
                sensitive=any(method.access.sensitive for method in methods),
            )
            for name, methods in permissions().items()
        ]
    )


def label(call: Call, permission: str) -> str:
    return say(call.language, "identity", f"permissions.{permission}")


def role_message(call: Call, role: Role) -> access_pb2.Role:
    return access_pb2.Role(
        role=role.name,
        label=shapes.label(call.language, role.name),
        description=say(call.language, "identity", f"roles.{role.name}.description"),
        permissions=sorted(role.permissions),
        scopes=[shapes.SCOPE_KINDS[kind] for kind in role.scopes],
        granted_by=role.granted_by,
        max_days=role.max_days,
        automatic=role.automatic,
        for_systems=role.for_systems,
        requestable=role.requestable,
    )
