"""Which events a consumer has handled and which keys wait for help: rows of the handler's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, Uuid, and_, bindparam, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.bus import DEAD_KEPT, Message
from libs.kit.database import Session, prepared
from libs.kit.tables import inbox, parked_keys

# Longer than a dead-letter topic keeps its messages, so that replaying one never applies it twice.
KEPT = DEAD_KEPT + timedelta(days=30)
TIDY_BATCH = 5000
Key = tuple[str, str]
"""Topic and key."""

_EVENTS = (
    func.unnest(bindparam("sources", type_=ARRAY(String)), bindparam("event_ids", type_=ARRAY(Uuid)))
    .table_valued(column("source", String), column("event_id", Uuid))
    .render_derived(name="given")
)
_KEYS = (
    func.unnest(bindparam("topics", type_=ARRAY(String)), bindparam("keys", type_=ARRAY(String)))
    .table_valued(column("topic", String), column("key", String))
    .render_derived(name="given")
)
_ADMIT = prepared(
    insert(inbox)
    .from_select(
        ["consumer", "source", "event_id"],
        select(bindparam("consumer", type_=String), _EVENTS.c.source, _EVENTS.c.event_id),
        include_defaults=False,
    )
    .on_conflict_do_nothing()
    .returning(inbox.c.source, inbox.c.event_id)
)
_HANDLED = prepared(
    select(inbox.c.source, inbox.c.event_id).join(
        _EVENTS, and_(inbox.c.source == _EVENTS.c.source, inbox.c.event_id == _EVENTS.c.event_id)
    ).where(inbox.c.consumer == bindparam("consumer"))
)  # fmt: skip
_PARKED = prepared(
    select(parked_keys.c.topic, parked_keys.c.key)
    .join(_KEYS, and_(parked_keys.c.topic == _KEYS.c.topic, parked_keys.c.key == _KEYS.c.key))
    .where(parked_keys.c.consumer == bindparam("consumer"))
    # Held until the events of these keys are in the dead-letter topic: `replay` frees a key only after looking there.
    .with_for_update(of=parked_keys)
)
_PARK = prepared(
    insert(parked_keys)
    .values(
        consumer=bindparam("consumer"),
        topic=bindparam("topic"),
        key=bindparam("key"),
        error=bindparam("error"),
        parked_at=bindparam("at"),
    )
    .on_conflict_do_nothing()
)
_COUNT = prepared(
    update(parked_keys)
    .where(
        parked_keys.c.consumer == bindparam("in_consumer"),
        parked_keys.c.topic == bindparam("in_topic"),
        parked_keys.c.key == bindparam("in_key"),
    )
    .values(events=parked_keys.c.events + 1)
)
_ALL_PARKED = prepared(
    select(parked_keys.c.key)
    .where(parked_keys.c.consumer == bindparam("consumer"), parked_keys.c.topic == bindparam("topic"))
    .order_by(parked_keys.c.parked_at, parked_keys.c.key)
)
_HOW_MANY = prepared(
    select(func.count()).select_from(parked_keys).where(parked_keys.c.consumer == bindparam("consumer"))
)
_UNPARK = prepared(
    delete(parked_keys).where(
        parked_keys.c.consumer == bindparam("consumer"),
        parked_keys.c.topic == bindparam("topic"),
        parked_keys.c.key == bindparam("key"),
    )
)
_OLD = select(inbox.c.consumer, inbox.c.source, inbox.c.event_id).where(inbox.c.handled_at < bindparam("before"))
_TIDY_PICK = _OLD.limit(bindparam("batch")).subquery("old")
_TIDY = prepared(
    delete(inbox).where(
        inbox.c.consumer == _TIDY_PICK.c.consumer,
        inbox.c.source == _TIDY_PICK.c.source,
        inbox.c.event_id == _TIDY_PICK.c.event_id,
    )
)


def key_of(message: Message) -> Key:
    return (message.topic, message.key)


async def admit(session: Session, consumer: str, messages: Sequence[Message]) -> list[Message]:
    """Those not handled before, each once and in order; from now on they count as handled, if the transaction commits.

    Waits for another transaction that is handling one of them.
    """
    if not messages:
        return []
    rows = await session.rows(_ADMIT, consumer=consumer, **_events(messages))
    fresh: set[tuple[str, UUID]] = {(row["source"], row["event_id"]) for row in rows}
    admitted = []
    for message in messages:
        identity = (message.source, message.event_id)
        if identity in fresh:
            fresh.remove(identity)
            admitted.append(message)
    return admitted


async def unhandled(session: Session, consumer: str, messages: Sequence[Message]) -> list[Message]:
    """Those that were not handled before, in order."""
    rows = await session.rows(_HANDLED, consumer=consumer, **_events(messages))
    known = {(row["source"], row["event_id"]) for row in rows}
    return [message for message in messages if (message.source, message.event_id) not in known]


async def parked_among(session: Session, consumer: str, keys: Iterable[Key]) -> set[Key]:
    """The keys that are parked. Their rows stay locked until the transaction ends."""
    wanted = sorted(set(keys))
    topics, names = [topic for topic, _ in wanted], [key for _, key in wanted]
    rows = await session.rows(_PARKED, consumer=consumer, topics=topics, keys=names)
    return {(row["topic"], row["key"]) for row in rows}


async def park(session: Session, consumer: str, key: Key, error: str, at: datetime) -> None:
    """Parks a key. `error` is the name of a class and nothing that was in the event."""
    topic, name = key
    await session.run(_PARK, consumer=consumer, topic=topic, key=name, error=error, at=at)


async def count_parked(session: Session, consumer: str, messages: Sequence[Message]) -> None:
    many = [{"in_consumer": consumer, "in_topic": one.topic, "in_key": one.key} for one in messages]
    await session.run_many(_COUNT, many)


async def all_parked(session: Session, consumer: str, topic: str) -> list[str]:
    """Keys of a topic that are parked, longest parked first."""
    return [row["key"] for row in await session.rows(_ALL_PARKED, consumer=consumer, topic=topic)]


async def count_keys(session: Session, consumer: str) -> int:
    """How many keys are parked."""
    found: int = await session.value(_HOW_MANY, consumer=consumer)
    return found


async def unpark(session: Session, consumer: str, key: Key) -> None:
    topic, name = key
    await session.run(_UNPARK, consumer=consumer, topic=topic, key=name)


async def tidy(session: Session, now: datetime) -> int:
    """Forgets at most `TIDY_BATCH` events handled longer ago than `KEPT`. Returns how many."""
    return await session.run(_TIDY, before=now - KEPT, batch=TIDY_BATCH)


def _events(messages: Sequence[Message]) -> dict[str, list[object]]:
    return {"sources": [one.source for one in messages], "event_ids": [one.event_id for one in messages]}
