"""Writes docs/asyncapi.yaml: the topics other systems may read, as AsyncAPI 3.0. `python -m tools.asyncapi`.

It describes an application that reads them. A payload's schema is that of its proto3 JSON form, in which the samples
are shown; on the wire it is the protobuf message itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships none

from tools import contract, pages
from tools.contract import Contract, Enum, Field, FieldProto, Message
from tools.contract_rules import SUBSCRIBE
from tools.event_catalogue import sample_of

PAGE = contract.ROOT / "docs" / "asyncapi.yaml"
HEAD = "# Written from the protos by `python -m tools.asyncapi`; a test fails when it is stale.\n"
_BINDING = "0.5.0"
_ABOUT = (
    "What happens in Mainstay, as topics that other systems may read, described as an application that reads them. "
    "Each event is a CloudEvent in Kafka's binary mode: its attributes are headers, its value is the protobuf message, "
    "and the record's key is the value of the field named as key. Events with the same key stay in order; delivery is "
    "at least once, so keep the ids of what you have applied. The guide is docs/guides/kafka.md."
)
_INTEGER = {"type": "integer"}
_SCALARS: dict[int, dict[str, Any]] = {
    FieldProto.TYPE_STRING: {"type": "string"},
    FieldProto.TYPE_BOOL: {"type": "boolean"},
    FieldProto.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldProto.TYPE_INT32: {**_INTEGER, "format": "int32"},
    FieldProto.TYPE_SINT32: {**_INTEGER, "format": "int32"},
    FieldProto.TYPE_UINT32: {**_INTEGER, "format": "int64", "minimum": 0},
    # Numbers of 64 bits are strings in proto3 JSON.
    FieldProto.TYPE_INT64: {"type": "string", "format": "int64"},
    FieldProto.TYPE_UINT64: {"type": "string", "format": "uint64"},
    FieldProto.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldProto.TYPE_FLOAT: {"type": "number", "format": "float"},
}
_WELL_KNOWN = {"google.protobuf.Timestamp": {"type": "string", "format": "date-time"}}


class _Schemas:
    """Schemas of messages and enums that events hold, kept once each under their short names."""

    def __init__(self, read: Contract) -> None:
        self._read = read
        self.made: dict[str, Any] = {}

    def of_message(self, message: Message) -> dict[str, Any]:
        return {
            "type": "object",
            "description": pages.sentence(message.comment),
            "properties": {field.proto.json_name or _camel(field.short): self._of(field) for field in message.fields},
            "x-protobuf-message": message.name,
        }

    def _of(self, field: Field) -> dict[str, Any]:
        one = self._single(field)
        schema = {"type": "array", "items": one} if field.proto.label == FieldProto.LABEL_REPEATED else one
        # Beside a reference nothing else counts, so what is said of the field goes around it.
        told = {"allOf": [schema]} if "$ref" in schema else schema
        told = {**told, "description": pages.sentence(field.comment), "x-protobuf-field": field.proto.number}
        return {**told, "x-data-class": field.data} if field.data else told

    def _single(self, field: Field) -> dict[str, Any]:
        name = field.type_name
        if not name:
            return dict(_SCALARS[field.proto.type])
        if name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[name])
        short = name.rpartition(".")[2]
        if short not in self.made:
            # Held before it is made: a message may hold itself.
            self.made[short] = {}
            enum = self._read.enums.get(name)
            self.made[short] = _of_enum(enum) if enum else self.of_message(self._read.messages[name])
        return {"$ref": f"#/components/schemas/{short}"}


def _of_enum(enum: Enum) -> dict[str, Any]:
    values = {one.name.rpartition(".")[2]: pages.sentence(one.comment) for one in enum.values}
    meanings = "".join(f"\n- `{name}`: {meaning}" for name, meaning in values.items())
    return {"type": "string", "description": pages.sentence(enum.comment) + "\n" + meanings, "enum": list(values)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _cloud_event() -> dict[str, Any]:
    """What all events have in common."""
    text = {"type": "string"}
    headers = {
        "type": "object",
        "required": ["ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "content-type"],
        "properties": {
            "ce_id": {**text, "format": "uuid", "description": "With ce_source it names the event for ever."},
            "ce_source": {**text, "description": "The context it comes from."},
            "ce_type": {**text, "description": "Full name of the protobuf message: the `name` of a message here."},
            "ce_specversion": {**text, "const": "1.0"},
            "ce_time": {**text, "format": "date-time", "description": "When it was recorded, in UTC."},
            "content-type": {**text, "const": "application/protobuf"},
            "traceparent": {**text, "description": "W3C trace context of what led to it, where that was traced."},
        },
    }
    return {"contentType": "application/protobuf", "headers": headers}


def _message(message: Message, schemas: _Schemas) -> dict[str, Any]:
    key = message.event.key if message.event else ""
    sample = json.loads(sample_of(message).read_text(encoding="utf-8"))
    return {
        "name": message.name,
        "title": message.short,
        "summary": pages.sentence(message.comment),
        "traits": [{"$ref": "#/components/messageTraits/CloudEvent"}],
        "payload": schemas.of_message(message),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"The value of `{key}`."},
                "bindingVersion": _BINDING,
            }
        },
        "examples": [{"name": message.short, "summary": "In proto3 JSON", "payload": sample}],
    }


def _channel(topic: str, events: Iterable[Message]) -> dict[str, Any]:
    known = list(events)
    state = any(message.event and message.event.state for message in known)
    kept = "Compacted: the last event of a key is its state." if state else "A stream of facts, kept for a week."
    return {
        "address": topic,
        "description": f"{kept} Read by the right `{topic}{SUBSCRIBE}`, which the role `subscriber.{topic}` gives.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {one.short: {"$ref": f"#/components/messages/{one.short}"} for one in known},
        "bindings": {
            "kafka": {
                "topicConfiguration": {"cleanup.policy": ["compact" if state else "delete"]},
                "bindingVersion": _BINDING,
            }
        },
        "x-right": f"{topic}{SUBSCRIBE}",
    }


def _operation(topic: str) -> dict[str, Any]:
    group = {"type": "string", "description": "The client's name, or `<client>.` and anything."}
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": f"Reads `{topic}`.",
        "bindings": {"kafka": {"groupId": group, "bindingVersion": _BINDING}},
    }


def document(read: Contract) -> dict[str, Any]:
    topics: dict[str, list[Message]] = {}
    for message in read.events:
        if message.event and message.event.open:
            topics.setdefault(message.event.topic, []).append(message)
    schemas = _Schemas(read)
    messages = {one.short: _message(one, schemas) for topic in sorted(topics) for one in topics[topic]}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Mainstay events", "version": "1", "description": _ABOUT},
        "defaultContentType": "application/protobuf",
        "servers": {"kafka": _SERVER},
        "channels": {topic: _channel(topic, topics[topic]) for topic in sorted(topics)},
        "operations": {_camel(f"read_{topic.replace('.', '_')}"): _operation(topic) for topic in sorted(topics)},
        "components": {
            "messages": messages,
            "messageTraits": {"CloudEvent": _cloud_event()},
            "schemas": dict(sorted(schemas.made.items())),
            "securitySchemes": {"token": _TOKEN},
        },
    }


_SERVER = {
    "host": "{host}:{port}",
    "protocol": "kafka-secure",
    "description": "The integrators' listener: TLS, with an access token as SASL/OAUTHBEARER (SASL_SSL).",
    "variables": {
        "host": {"default": "localhost", "description": "A broker."},
        "port": {"default": "8083", "description": "8083 on one machine."},
    },
    "security": [{"$ref": "#/components/securitySchemes/token"}],
}
_TOKEN = {
    "type": "oauth2",
    "description": "An access token of the client for the audience `mainstay-events`, given as SASL/OAUTHBEARER.",
    "flows": {
        "clientCredentials": {
            "tokenUrl": "http://localhost:8082/realms/mainstay/protocol/openid-connect/token",
            "availableScopes": {},
        }
    },
}


def page(read: Contract) -> str:
    return HEAD + str(yaml.safe_dump(document(read), sort_keys=False, allow_unicode=True, width=120))


def main() -> None:
    pages.write(PAGE, page(contract.read(contract.DESCRIPTORS.read_bytes())))


if __name__ == "__main__":
    main()
