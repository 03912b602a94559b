"""A person says that an entry about them is wrong; HR answers. Until then it counts, marked wherever it shows."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Uuid, bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit import directory, pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.dates import timestamp
from libs.kit.errors import PageTokenInvalid
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, vault_keys
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
# The order of the list: who waits longest comes first.
_PLACE = tuple_(entries.c.contested_at, entries.c.entry_id)


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


async def list_waiting(call: Call, request: profiles_pb2.ListContestsRequest) -> profiles_pb2.ListContestsResponse:
    """Of whoever works here, as `answer` takes nobody else's."""
    reach, size, after = call.reach(), pages.size_of(request), _place_after(pages.key_in(request, 2))
    values: dict[str, Any] = {"me": call.actor, "size": size + 1, **reach.values}
    if request.employee_id:
        values["employee_id"] = UUID(request.employee_id)
    if after is not None:
        values["after_at"], values["after_id"] = after
    rows = await call.db.rows(_waiting(reach.shape, bool(request.employee_id), after is not None), **values)
    answer = profiles_pb2.ListContestsResponse(contests=[_message(call, row) for row in rows[:size]])
    if len(rows) > size:
        last = rows[size - 1]
        answer.next_page_token = pages.token_after(request, last["contested_at"].isoformat(), str(last["entry_id"]))
    return answer


@cache
def _waiting(shape: str, of_one: bool, continued: bool) -> Query:
    statement = (
        profile_views.ENTRIES.add_columns(vault_keys.c.ring_key, vault_keys.c.wrapped)
        .join(directory_people, directory_people.c.employee_id == entries.c.employee_id)
        .outerjoin(vault_keys, vault_keys.c.subject_id == entries.c.employee_id)
        .where(
            entries.c.contested_at.is_not(None),
            entries.c.answered_at.is_(None),
            entries.c.employee_id.is_distinct_from(bindparam("me", type_=Uuid)),
            directory_people.c.employed,
            directory_people.c.erased.is_(False),
            directory.inside(shape),
        )
    )
    if of_one:
        statement = statement.where(entries.c.employee_id == bindparam("employee_id"))
    if continued:
        after = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))
        statement = statement.where(after < _PLACE)
    return prepared(statement.order_by(entries.c.contested_at, entries.c.entry_id).limit(bindparam("size")))


def _place_after(key: tuple[str, ...] | None) -> tuple[datetime, UUID] | None:
    """The place in the order after which a page begins. Raises PageTokenInvalid."""
    if key is None:
        return None
    try:
        return datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise PageTokenInvalid from None


def _message(call: Call, row: Any) -> profiles_pb2.Contest:
    employee_id = row["employee_id"]
    call.touch(employee_id)
    key = None if row["wrapped"] is None else call.house.vault.unwrap(employee_id, row["ring_key"], row["wrapped"])
    return profiles_pb2.Contest(
        employee_id=str(employee_id),
        entry=profile_views.entry_message(row, key, opened=sealing.shown),
        contested_at=timestamp(row["contested_at"]),
    )


async def _copied(call: Call, key: SubjectKey, row: Any) -> UUID:
    """Ends an entry and opens the same again: a row has room for one contest and one answer."""
    copy_id = uuid7()
    evidence = sealing.opened(key, "entries", "evidence", row["entry_id"], row["evidence"])
    sealed = sealing.sealed(key, "entries", "evidence", copy_id, evidence)
    await call.db.run(_COPY, copy_id=copy_id, evidence=sealed, id=row["entry_id"])
    await profile_records.end(call, [row["entry_id"]])
    return copy_id
