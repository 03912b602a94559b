"""Idempotency keys: the same request with the same key gets the first answer again; a different one is refused.

Answers are sealed: they may hold personal fields. They are kept for seven days, or until somebody they speak of is
erased.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import array, insert

from libs.kit.call import Call
from libs.kit.database import Session, prepared
from libs.kit.errors import IdempotencyKeyReused
from libs.kit.tables import idempotency_keys as table

_ONE = (
    (table.c.account_id == bindparam("account"))
    & (table.c.method == bindparam("name"))
    & (table.c.key == bindparam("k"))
)
# A second call with the key waits here until the first has committed or rolled back.
_CLAIM = prepared(
    insert(table)
    .values(
        account_id=bindparam("account"),
        method=bindparam("name"),
        key=bindparam("k"),
        request_hash=bindparam("hash"),
        answer=b"",
        answered_at=bindparam("at"),
    )
    .on_conflict_do_nothing()
)
_FIND = prepared(select(table.c.request_hash, table.c.answer).where(_ONE))
_KEEP = prepared(update(table).where(_ONE).values(answer=bindparam("answer_"), subjects=bindparam("people")))
_FORGET_PERSON = prepared(delete(table).where(table.c.subjects.contains(array([bindparam("person", type_=Uuid)]))))
_FORGET = prepared(delete(table).where(table.c.answered_at < bindparam("before")))


def _name(call: Call, key: str) -> dict[str, UUID | str]:
    return {"account": call.caller.account_id, "name": call.method.name if call.method else "", "k": key}


async def claim(call: Call, key: str, raw: bytes) -> bytes | None:
    """Takes the key for this request. Returns the earlier answer when there is one. Raises IdempotencyKeyReused."""
    # Keyed: a bare hash of a request with one identity number in it could be guessed from a copy of the database.
    digest = call.house.vault.fingerprint("idempotency", raw)
    if await call.db.run(_CLAIM, **_name(call, key), hash=digest, at=call.now):
        return None
    earlier = await call.db.row(_FIND, **_name(call, key))
    if earlier is None or earlier["request_hash"] != digest:
        raise IdempotencyKeyReused
    return call.house.vault.open_bytes("idempotency", earlier["answer"])


async def keep(call: Call, key: str, answer: bytes) -> None:
    named = {UUID(one) for event in call.events if (one := getattr(event, "employee_id", ""))}
    sealed = call.house.vault.seal_bytes("idempotency", answer)
    await call.db.run(_KEEP, **_name(call, key), answer_=sealed, people=sorted(named | set(call.subjects)))


async def forget_person(session: Session, person: UUID) -> None:
    """Deletes the answers that may speak of an erased person; the same request is then answered anew."""
    await session.run(_FORGET_PERSON, person=person)


async def forget(session: Session, before: object) -> int:
    """Deletes answers given before an instant."""
    return await session.run(_FORGET, before=before)
