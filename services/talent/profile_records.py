"""One person's profile under its lock: what stands, what is added and ended, and that it changed.

Whoever writes begins with `lock`. It takes the person's key first, for which an erasure waits and which an erased
person has not; then the row of `profiles`, made where there is none, so that the changes of one person come one after
the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.errors import PersonErased
from libs.kit.vault import SubjectKey
from mainstay.talent.v1 import events_pb2
from services.talent import sealing, staff
from services.talent.entry_rules import Plan, Statement
from services.talent.errors import EntryNotFound, PersonNotFound
from services.talent.evidence import STATED, statement
from services.talent.tables import entries, profiles

# Version 0: nothing has been said yet.
_MAKE = prepared(insert(profiles).values(employee_id=bindparam("employee_id"), version=0).on_conflict_do_nothing())
_LOCK = prepared(select(profiles).where(profiles.c.employee_id == bindparam("employee_id")).with_for_update())
_RAISE = prepared(
    update(profiles)
    .where(profiles.c.employee_id == bindparam("id"))
    .values(version=profiles.c.version + 1, changed_at=bindparam("at"))
    .returning(profiles.c.version)
)
_STANDING = prepared(
    select(*STATED, entries.c.evidence).where(
        entries.c.employee_id == bindparam("employee_id"), entries.c.ended_at.is_(None)
    )
)
_ENTRY = prepared(
    select(entries).where(
        entries.c.employee_id == bindparam("employee_id"), entries.c.entry_id == bindparam("entry_id")
    )
)
_SAID = (
    "entry_id",
    "employee_id",
    "kind",
    "source",
    "observed_on",
    "skill_id",
    "code",
    "title",
    "title_en",
    "level",
    "value",
    "scale",
    "potential",
    "valid_to",
)
ADDED = (*_SAID, "evidence", "recorded_by", "recorded_at", "ended_at", "ended_by")
_ADD = prepared(insert(entries).values({name: bindparam(name, type_=entries.c[name].type) for name in ADDED}))
_END = prepared(
    update(entries)
    .where(entries.c.entry_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .values(
        ended_at=bindparam("at", type_=DateTime(timezone=True)),
        ended_by=bindparam("by", type_=Uuid),
        end_reason=bindparam("reason", type_=LargeBinary),
    )
)


async def lock(call: Call, employee_id: UUID) -> tuple[Any, SubjectKey]:
    """The row of `profiles`, locked, and the key to read and write with. Raises PersonNotFound."""
    await staff.require(call.db, employee_id)
    try:
        key = await sealing.writing_key(call, employee_id)
    except PersonErased:
        raise PersonNotFound(employee_id=employee_id) from None
    await call.db.run(_MAKE, employee_id=employee_id)
    return await call.db.row(_LOCK, employee_id=employee_id), key


async def changed(call: Call, employee_id: UUID, skill_ids: Iterable[UUID | None] = ()) -> None:
    """Raises the profile's version and says so."""
    version = await call.db.value(_RAISE, id=employee_id, at=call.now)
    call.record(fact(employee_id, version, skill_ids))


def fact(employee_id: UUID, version: int, skill_ids: Iterable[UUID | None]) -> events_pb2.ProfileChanged:
    touched = sorted({str(one) for one in skill_ids if one is not None})
    return events_pb2.ProfileChanged(employee_id=str(employee_id), skill_ids=touched, version=version)


async def standing(call: Call, employee_id: UUID, key: SubjectKey) -> list[Statement]:
    """What stands of a person, its evidence opened."""
    rows = await call.db.rows(_STANDING, employee_id=employee_id)
    return [with_evidence(row, key) for row in rows]


def with_evidence(row: Any, key: SubjectKey | None) -> Statement:
    words = sealing.opened(key, "entries", "evidence", row["entry_id"], row["evidence"])
    return replace(statement(row), evidence=words)


async def entry(call: Call, employee_id: UUID, entry_id: UUID) -> Any:
    """A row of `entries` of this person, ended or not. Raises EntryNotFound."""
    row = await call.db.row(_ENTRY, employee_id=employee_id, entry_id=entry_id)
    if row is None:
        raise EntryNotFound(entry_id=entry_id)
    return row


async def apply(call: Call, key: SubjectKey, plan: Plan) -> None:
    """Ends what a plan closes and adds what it opens, of one person."""
    await end(call, [one.entry_id for one in plan.closed])
    await call.db.run_many(_ADD, (added(call, key, one, passed=False) for one in plan.opened))


async def end(call: Call, entry_ids: Sequence[UUID], reason: bytes | None = None) -> None:
    await call.db.run(_END, ids=list(entry_ids), at=call.now, by=call.actor, reason=reason)


def added(call: Call, key: SubjectKey, one: Statement, *, passed: bool) -> dict[str, Any]:
    """A new row of `entries`, by the names of `ADDED`; one that has `passed` is history from the start."""
    return {
        **{name: getattr(one, name) for name in _SAID},
        "evidence": sealing.sealed(key, "entries", "evidence", one.entry_id, one.evidence),
        "recorded_by": call.actor,
        "recorded_at": call.now,
        "ended_at": call.now if passed else None,
        "ended_by": call.actor if passed else None,
    }


def whose(call: Call, employee_id: str) -> UUID:
    """The person a request names, or the caller; the edge has refused callers who are nobody."""
    found = UUID(employee_id) if employee_id else call.actor
    if found is None:
        raise LookupError("a request without employee came from no employee")
    return found
