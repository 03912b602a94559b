"""The first roles of a company: somebody must be able to give the others."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from typing import Any

import structlog

from libs.kit import outbox
from libs.kit.access.scopes import ALL, UNIT, Scope
from libs.kit.app import Runtime
from libs.kit.call import Call, House
from services.identity import ledger, register, rules, shapes
from services.identity.roles import HR_ADMIN, IT_ADMIN, ROLES, Role

log = structlog.get_logger()


async def give_first_roles(house: House, given: Iterable[tuple[str, str, Scope]]) -> None:
    """Gives roles by user name, role and scope, without asking who may. Repeating changes nothing.

    A name nobody has yet gets an account; it becomes the person's when somebody with that employee number is recorded.
    Roles for systems need the system's account. A role with a longest time is given for that long.
    Raises LookupError or ValueError for a role that cannot be given like that.
    """
    async with house.database.transaction() as session:
        call = Call(db=session, house=house, request_id="setup")
        for username, role, scope in given:
            await _give(call, username, _role(role, scope), scope)
        await outbox.write(session, call.events, source=house.name, trace="")


async def first_admin(runtime: Runtime, arguments: Namespace) -> None:
    """Command: `first-admin USERNAME` makes an IT admin, `first-admin USERNAME hr_admin` an HR admin."""
    names: list[str] = arguments.names
    role = names[1] if len(names) == 2 else IT_ADMIN
    if not names or len(names) > 2 or role not in {IT_ADMIN, HR_ADMIN}:
        msg = f"usage: first-admin USERNAME [{IT_ADMIN}|{HR_ADMIN}]"
        raise SystemExit(msg)
    await give_first_roles(runtime.house, [(names[0], role, Scope(ALL))])
    await runtime.after_commit()
    log.info("first role given", username=names[0], role=role)


def _role(name: str, scope: Scope) -> Role:
    role = ROLES[name]
    if role.automatic or scope.kind not in role.scopes or (scope.kind == UNIT) != (scope.unit_id is not None):
        msg = f"the role {name} is not given over {scope}"
        raise ValueError(msg)
    return role


async def _give(call: Call, username: str, role: Role, scope: Scope) -> None:
    account = await _account(call, username, register.SYSTEM if role.for_systems else register.PERSON)
    held = await ledger.of(call.db, account["account_id"])
    start, end = rules.period(role, None, call.now + rules.longest(role) if role.max_days else None, call.now)
    if rules.overlapping(held, role.name, scope, start, end):
        return
    if other := rules.conflicting(role, held, call.now):
        msg = f"{username} is {other} and cannot be {role.name} too"
        raise ValueError(msg)
    await ledger.give(
        call,
        account["account_id"],
        role.name,
        scope,
        starts_at=start,
        ends_at=end,
        reason="@setup",
        source=shapes.SETUP,
    )


async def _account(call: Call, username: str, kind: str) -> Any:
    for row in await register.by_name(call.db, username):
        if row["kind"] == kind:
            return await register.by_id(call.db, row["account_id"], lock=True)
    if kind == register.SYSTEM:
        msg = f"there is no system {username}"
        raise LookupError(msg)
    return await register.open_account(call, kind=kind, username=username)
