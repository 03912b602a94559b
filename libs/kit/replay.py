"""Brings parked events back: through the handler, in order, and frees their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from libs.kit import inbox
from libs.kit.bus import Message, dead_letter_topic
from libs.kit.consumer import Consumer


@dataclass
class Replayed:
    """Events that went through the handler, keys that are free again, keys that still fail with the error's class."""

    events: int = 0
    freed: list[str] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)


async def replay(consumer: Consumer, topic: str, key: str | None = None) -> Replayed:
    """Handles the dead letters of a topic's parked keys (or of one key) again and frees the keys that succeed.

    A key that fails again stays parked, with the events from the failing one on. Safe to interrupt, to repeat, and to
    run while the consumer works: an event handled before is passed over, and what arrives for a key meanwhile is
    either found in the dead-letter topic or handled after the key is free.
    """
    async with consumer.database.reading() as session:
        keys = await inbox.all_parked(session, consumer.name, topic)
    waiting = [name for name in keys if key in (None, name)]
    outcome = Replayed()
    done: set[tuple[str, UUID]] = set()
    if waiting:
        # A process that only replays has not begun to consume and has never heard of the topic.
        await consumer.bus.ensure_topics({dead_letter_topic(topic): False})
    while waiting:
        for message in await _dead_letters(consumer, topic, waiting, done):
            if message.key not in outcome.failing:
                await _handle(consumer, message, outcome, done)
        waiting = [name for name in waiting if name not in outcome.failing]
        freed = await _free(consumer, topic, waiting, done)
        outcome.freed += freed
        waiting = [name for name in waiting if name not in freed]
    return outcome


async def _handle(consumer: Consumer, message: Message, outcome: Replayed, done: set[tuple[str, UUID]]) -> None:
    try:
        handled = await consumer.handle(message)
    except Exception as error:  # noqa: BLE001 - whatever the handler raises keeps the key parked
        outcome.failing[message.key] = type(error).__name__
    else:
        outcome.events += handled
        done.add((message.source, message.event_id))


async def _free(consumer: Consumer, topic: str, keys: Sequence[str], done: set[tuple[str, UUID]]) -> list[str]:
    """Frees the keys that have no dead letter left; their rows are locked while it looks, so none is added."""
    if not keys:
        return []
    async with consumer.database.transaction() as session:
        held = await inbox.parked_among(session, consumer.name, [(topic, name) for name in keys])
        left = {message.key for message in await _dead_letters(consumer, topic, keys, done)}
        for place in sorted(held):
            if place[1] not in left:
                await inbox.unpark(session, consumer.name, place)
    return [name for name in keys if name not in left]


async def _dead_letters(
    consumer: Consumer, topic: str, keys: Iterable[str], done: set[tuple[str, UUID]]
) -> list[Message]:
    """The consumer's dead letters of these keys, without those done, each once, in order within each key."""
    wanted = set(keys)
    found: dict[tuple[str, UUID], Message] = {}
    async for message in consumer.bus.read(dead_letter_topic(topic)):
        identity = (message.source, message.event_id)
        if message.key in wanted and message.extra.get("consumer") == consumer.name and identity not in done:
            found.setdefault(identity, message)
    return list(found.values())
