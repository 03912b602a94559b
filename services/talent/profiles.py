"""Profiles read: as they are now, and what they said before."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam

from libs.kit import pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.errors import PageTokenInvalid
from mainstay.talent.v1 import profiles_pb2
from services.talent import profile_views, sealing, staff
from services.talent.profile_records import whose
from services.talent.tables import entries


async def get_profile(call: Call, request: profiles_pb2.GetProfileRequest) -> profiles_pb2.Profile:
    employee_id = whose(call, request.employee_id)
    await staff.require(call.db, employee_id)
    return await profile_views.shown(call, employee_id)


async def list_history(
    call: Call, request: profiles_pb2.ListProfileHistoryRequest
) -> profiles_pb2.ListProfileHistoryResponse:
    """By when they were recorded, those that stand among them."""
    employee_id = whose(call, request.employee_id)
    await staff.require(call.db, employee_id)
    size, after = pages.size_of(request), _entry_after(request)
    values: dict[str, Any] = {"employee_id": employee_id, "size": size + 1}
    if request.skill_id:
        values["skill_id"] = UUID(request.skill_id)
    if after is not None:
        values["after"] = after
    rows = await call.db.rows(_history("skill_id" in values, after is not None), **values)
    key = await sealing.reading_key(call, employee_id)
    return profiles_pb2.ListProfileHistoryResponse(
        entries=[profile_views.entry_message(row, key) for row in rows[:size]],
        next_page_token=pages.token_after(request, str(rows[size - 1]["entry_id"])) if len(rows) > size else "",
    )


def _entry_after(request: profiles_pb2.ListProfileHistoryRequest) -> UUID | None:
    key = pages.key_in(request)
    if key is None:
        return None
    try:
        return UUID(key[0])
    except ValueError:
        raise PageTokenInvalid from None


@cache
def _history(of_skill: bool, continued: bool) -> Query:
    statement = profile_views.ENTRIES.where(entries.c.employee_id == bindparam("employee_id"))
    if of_skill:
        statement = statement.where(entries.c.skill_id == bindparam("skill_id"))
    if continued:
        statement = statement.where(entries.c.entry_id < bindparam("after"))
    return prepared(statement.order_by(entries.c.entry_id.desc()).limit(bindparam("size")))
