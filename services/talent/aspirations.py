"""What people want, and whether they may be ranked automatically."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, update

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.ids import NIL
from mainstay.talent.v1 import profiles_pb2
from services.talent import profile_records, profile_views, sealing
from services.talent.errors import PersonNotFound
from services.talent.profile_records import whose
from services.talent.tables import profiles

_WISHES = ("shift", "shift_firm", "place", "place_firm", "families", "mobile")
_SAY = prepared(
    update(profiles)
    .where(profiles.c.employee_id == bindparam("id"))
    .values(
        {name: bindparam(name) for name in (*_WISHES, "said_at")} | {"words": bindparam("words", type_=LargeBinary)}
    )
)
_REFUSE = prepared(
    update(profiles).where(profiles.c.employee_id == bindparam("id")).values(automated_use_refused=bindparam("refused"))
)


async def set_aspirations(call: Call, request: profiles_pb2.SetAspirationsRequest) -> profiles_pb2.Profile:
    employee_id = whose(call, request.employee_id)
    await say(call, employee_id, request.aspirations)
    return await profile_views.shown(call, employee_id)


async def say(call: Call, employee_id: UUID, aspirations: profiles_pb2.Aspirations) -> None:
    """Saying the same again changes nothing; nothing at all wanted is said too. Raises PersonNotFound."""
    before, key = await profile_records.lock(call, employee_id)
    wanted, words = _wanted(aspirations), aspirations.words.strip()
    said = sealing.opened(key, "profiles", "words", employee_id, before["words"])
    same = before["said_at"] is not None and all(before[name] == value for name, value in wanted.items())
    if not same or said != words:
        sealed = sealing.sealed(key, "profiles", "words", employee_id, words)
        await call.db.run(_SAY, id=employee_id, **wanted, words=sealed, said_at=call.now)
        await profile_records.changed(call, employee_id)


async def set_automated_use(call: Call, request: profiles_pb2.SetAutomatedUseRequest) -> profiles_pb2.Profile:
    employee_id = call.actor
    if employee_id is None:
        raise PersonNotFound(employee_id=NIL)
    call.touch(employee_id)
    before, _ = await profile_records.lock(call, employee_id)
    if before["automated_use_refused"] != request.refused:
        await call.db.run(_REFUSE, id=employee_id, refused=request.refused)
        await profile_records.changed(call, employee_id)
    return await profile_views.shown(call, employee_id)


def _wanted(said: profiles_pb2.Aspirations) -> dict[str, Any]:
    """A shift or place that is all the same is not firm; each family once, first choice first."""
    place = " ".join(said.place.split())
    families = (" ".join(one.split()) for one in said.families)
    return {
        "shift": said.shift,
        "shift_firm": said.shift_firm and said.shift != profiles_pb2.SHIFT_UNSPECIFIED,
        "place": place,
        "place_firm": said.place_firm and bool(place),
        "families": list(dict.fromkeys(one for one in families if one)),
        "mobile": said.mobile,
    }
