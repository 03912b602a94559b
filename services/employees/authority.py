"""Who may put whom under whom: a reporting line gives its manager rights, so drawing one is giving rights."""

from __future__ import annotations

from uuid import UUID

from libs.kit.access.scopes import ALL, Scope
from libs.kit.call import Call
from libs.kit.errors import OwnRecord


async def over_manager(call: Call, manager_id: UUID | None) -> None:
    """Checks that the caller may name this manager: one inside their own scope, and not themselves.

    Whoever holds the right over the whole company gains nothing by a line to themselves and may draw it. Raises
    OwnRecord, or as `Call.over_person`.
    """
    if manager_id is None:
        return
    if manager_id == call.actor and Scope(ALL) not in call.scopes():
        raise OwnRecord
    await call.over_person(manager_id)
