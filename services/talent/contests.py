"""A person says that an entry about them is wrong; HR answers. Until then it counts, marked wherever it shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.ids import uuid7
from libs.kit.vault import SubjectKey
from mainstay.talent.v1 import profiles_pb2
from services.talent import profile_records, profile_views, sealing
from services.talent.errors import AlreadyContested, EntryEnded, EntryNotFound, NotContested
from services.talent.tables import entries

_CONTEST = prepared(
    update(entries)
    .where(entries.c.entry_id == bindparam("id"))
    .values(contested=bindparam("words", type_=LargeBinary), contested_at=bindparam("at"))
)
_ANSWER = prepared(
    update(entries)
    .where(entries.c.entry_id == bindparam("id"))
    .values(
        contest_answer=bindparam("words", type_=LargeBinary),
        answered_by=bindparam("by", type_=Uuid),
        answered_at=bindparam("at"),
    )
)
_KEPT = ("employee_id", "kind", "skill_id", "code", "title", "title_en", "level", "value", "scale", "potential",
         "source", "recorded_by", "observed_on", "valid_to", "recorded_at", "verified_by", "verified_at")  # fmt: skip
_COPY = prepared(
    insert(entries).from_select(
        ["entry_id", "evidence", *_KEPT],
        select(
            bindparam("copy_id", type_=Uuid),
            bindparam("evidence", type_=LargeBinary),
            *(entries.c[name] for name in _KEPT),
        ).where(entries.c.entry_id == bindparam("id")),
        include_defaults=False,
    )
)


async def contest(call: Call, request: profiles_pb2.ContestEntryRequest) -> profiles_pb2.Profile:
    """What was answered before stays answered: contesting such an entry again goes on with a copy of it."""
    employee_id, entry_id = call.actor, UUID(request.entry_id)
    if employee_id is None:
        raise EntryNotFound(entry_id=entry_id)
    call.touch(employee_id)
    _, key = await profile_records.lock(call, employee_id)
    row = await profile_records.entry(call, employee_id, entry_id)
    if row["ended_at"] is not None:
        raise EntryEnded(entry_id=entry_id)
    if row["contested_at"] is not None:
        if row["answered_at"] is None:
            raise AlreadyContested(entry_id=entry_id)
        entry_id = await _copied(call, key, row)
    words = sealing.sealed(key, "entries", "contested", entry_id, request.reason)
    await call.db.run(_CONTEST, id=entry_id, words=words, at=call.now)
    await profile_records.changed(call, employee_id, [row["skill_id"]])
    return await profile_views.shown(call, employee_id)


async def answer(call: Call, request: profiles_pb2.AnswerContestRequest) -> profiles_pb2.Profile:
    """Also of an entry that was ended meanwhile: whoever contests is owed an answer."""
    employee_id = UUID(request.employee_id)
    _, key = await profile_records.lock(call, employee_id)
    row = await profile_records.entry(call, employee_id, UUID(request.entry_id))
    if row["contested_at"] is None or row["answered_at"] is not None:
        raise NotContested(entry_id=row["entry_id"])
    words = sealing.sealed(key, "entries", "contest_answer", row["entry_id"], request.answer)
    await call.db.run(_ANSWER, id=row["entry_id"], words=words, by=call.actor, at=call.now)
    if not request.keep and row["ended_at"] is None:
        await profile_records.end(call, [row["entry_id"]])
    await profile_records.changed(call, employee_id, [row["skill_id"]])
    return await profile_views.shown(call, employee_id)


async def _copied(call: Call, key: SubjectKey, row: Any) -> UUID:
    """Ends an entry and opens the same again: a row has room for one contest and one answer."""
    copy_id = uuid7()
    evidence = sealing.opened(key, "entries", "evidence", row["entry_id"], row["evidence"])
    sealed = sealing.sealed(key, "entries", "evidence", copy_id, evidence)
    await call.db.run(_COPY, copy_id=copy_id, evidence=sealed, id=row["entry_id"])
    await profile_records.end(call, [row["entry_id"]])
    return copy_id
