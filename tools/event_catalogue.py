"""Writes docs/events.md: every event with its topic, key, fields and sample. `python -m tools.event_catalogue`.

The samples are the fixtures in tests/contract/events, one file per event: what is shown is what is tested.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from tools import contract, pages
from tools.contract import Contract, Field, FieldProto, Message, context_of
from tools.contract_rules import SUBSCRIBE

PAGE = contract.ROOT / "docs" / "events.md"
SAMPLES = contract.ROOT / "tests" / "contract" / "events"

HEAD = """# Events

Written from the protos by `python -m tools.event_catalogue`; a test fails when it is stale.

Each event is a CloudEvent in Kafka's binary mode: its attributes are headers (`ce_id`, `ce_type` and so on), its value
is the protobuf message, and the record's key is the value of the field named as key. Events with the same key stay in
order; delivery is at least once, so a consumer keeps the ids it has applied. In a compacted topic the last event of a
key is its whole present state. Samples are proto3 JSON: fields that hold nothing are left out.
"""

_TYPES = {value: name.removeprefix("TYPE_").lower() for name, value in FieldProto.Type.items()}


def sample_of(message: Message) -> Path:
    return SAMPLES / f"{context_of(message.name)}.{message.short}.json"


def _type(field: Field) -> str:
    name = field.type_name.rpartition(".")[2] or _TYPES[field.proto.type]
    return f"list of {name}" if field.proto.label == FieldProto.LABEL_REPEATED else name


def _event(message: Message) -> str:
    rows = [
        [f"`{field.short}`", _type(field), field.data.lower().replace("_", " "), pages.sentence(field.comment)]
        for field in message.fields
    ]
    sample = sample_of(message).read_text(encoding="utf-8").strip()
    key = message.event.key if message.event else ""
    return "\n\n".join(
        [
            f"### {message.short}",
            pages.sentence(message.comment),
            f"`{message.name}`, key `{key}`",
            pages.table(["Field", "Type", "Class", "What it says"], rows),
            f"```json\n{sample}\n```",
        ]
    )


def page(read: Contract) -> str:
    topics: dict[str, list[Message]] = defaultdict(list)
    for message in read.events:
        if message.event:
            topics[message.event.topic].append(message)
    parts = [HEAD]
    for topic, events in sorted(topics.items()):
        compacted = any(message.event and message.event.state for message in events)
        kind = "Compacted: the last event of a key is its state." if compacted else "A stream of facts."
        if any(message.event and message.event.open for message in events):
            kind += f" Other systems read it by the right `{topic}{SUBSCRIBE}` (docs/guides/kafka.md)."
        parts.append(f"## `{topic}`\n\n{kind}\n\n" + "\n\n".join(_event(message) for message in events) + "\n")
    return "\n".join(parts)


def main() -> None:
    pages.write(PAGE, page(contract.read(contract.DESCRIPTORS.read_bytes())))


if __name__ == "__main__":
    main()
