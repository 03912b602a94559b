"""JSON Schemas of the contract's messages, as proto3 JSON writes and reads them.

An answer may leave out any field that holds its zero value, and may gain fields; a request says what it needs and
takes nothing it does not know. So a message that travels both ways has two schemas, the second named `…Input`.
"""

from __future__ import annotations

from typing import Any

from buf.validate import validate_pb2

from gateway import openapi_rules as rules_of
from gateway.openapi_source import FieldProto, Source
from mainstay.contract.v1 import data_pb2

Schema = dict[str, Any]

_F = FieldProto
_WHOLE_32 = {_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32}
_NATURAL_32 = {_F.TYPE_UINT32, _F.TYPE_FIXED32}
_WHOLE_64 = {_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64}
_NATURAL_64 = {_F.TYPE_UINT64, _F.TYPE_FIXED64}
_NUMBERS = {_F.TYPE_DOUBLE: "double", _F.TYPE_FLOAT: "float"}
_FOREIGN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Struct": {"type": "object"},
}


def component(full_name: str) -> str:
    """`employees.Employee` for `mainstay.employees.v1.Employee`: contexts may use a name twice."""
    _, context, _, *rest = full_name.split(".")
    return ".".join([context, *rest])


def reference(full_name: str, *, asked: bool = False) -> Schema:
    return {"$ref": f"#/components/schemas/{component(full_name)}{'Input' if asked else ''}"}


def type_of(field: FieldProto) -> str:
    return field.type_name.removeprefix(".")


def rules(field: FieldProto) -> validate_pb2.FieldRules:
    options: Any = field.options
    found: validate_pb2.FieldRules = options.Extensions[validate_pb2.field]
    return found


class Schemas:
    """Writes schemas and remembers which components they point at."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.components: dict[str, Schema] = {}

    # What is asked for, and what comes back, differ: `asked` says which of the two is written.

    def answer(self, message: str) -> Schema:
        self._add(message, asked=False)
        return reference(message)

    def body(self, message: str, without: tuple[str, ...]) -> Schema:
        """A request's body: the message without the fields that the address takes."""
        name = component(message)
        self.components[name] = self._object(message, asked=True, without=without)
        return {"$ref": f"#/components/schemas/{name}"}

    def asked(self, owner: str, field: FieldProto) -> Schema:
        """One field of a request, described, with its rules."""
        return self._described(owner, field, asked=True)

    def needed(self, field: FieldProto) -> bool:
        """Whether a request without the field breaks a rule."""
        given = rules(field)
        if field.type == _F.TYPE_MESSAGE and field.label != _F.LABEL_REPEATED:
            return given.required
        return given.required if field.proto3_optional else rules_of.refuses_zero(given)

    def _add(self, message: str, *, asked: bool) -> None:
        name = component(message) + ("Input" if asked else "")
        if name not in self.components:
            self.components[name] = {}  # taken before its fields are written: they may point back here
            self.components[name] = self._object(message, asked=asked)

    def _add_enum(self, enum: str) -> None:
        name = component(enum)
        if name in self.components:
            return
        proto = self.source.enums[enum]
        lines = [f"- `{value.name}`: {self.source.comment(f'{enum}.{value.name}')}" for value in proto.value]
        self.components[name] = {
            "type": "string",
            "enum": [value.name for value in proto.value],
            "description": "\n".join([self.source.comment(enum), "", *lines]),
        }

    def _object(self, message: str, *, asked: bool, without: tuple[str, ...] = ()) -> Schema:
        fields = [one for one in self.source.messages[message].field if one.name not in without]
        schema: Schema = {"type": "object", "description": self.source.comment(message)}
        schema["properties"] = {one.json_name: self._described(message, one, asked=asked) for one in fields}
        if asked:
            schema["additionalProperties"] = False
            needed = [one.json_name for one in fields if self.needed(one)]
            if needed:
                schema["required"] = needed
        return schema

    def _described(self, owner: str, field: FieldProto, *, asked: bool) -> Schema:
        schema = self._field(field, asked=asked)
        options: Any = field.options
        words = [self.source.comment(f"{owner}.{field.name}")]
        words += [f"Rule: {rule.message}." for rule in rules(field).cel if asked]
        data = options.Extensions[data_pb2.data]
        if data:
            schema["x-data-class"] = data_pb2.DataClass.Name(data)
        if data == data_pb2.PERSONAL_SENSITIVE and not asked:
            words.append(self._mask(options.Extensions[data_pb2.mask]))
        example = options.Extensions[data_pb2.example]
        if example:
            schema["examples"] = [example]
        schema["description"] = " ".join(word for word in words if word)
        return schema

    def _mask(self, mask: data_pb2.Mask) -> str:
        look = self.source.comment(f"mainstay.contract.v1.Mask.{data_pb2.Mask.Name(mask)}")
        return f"Masked, except from methods that reveal: {look[:1].lower()}{look[1:]}" if mask else ""

    def _field(self, field: FieldProto, *, asked: bool) -> Schema:
        given = rules(field)
        entry = self.source.messages.get(type_of(field))
        if entry is not None and entry.options.map_entry:
            return {
                "type": "object",
                "additionalProperties": self._value(entry.field[1], given.map.values, asked=asked),
            }
        if field.label != _F.LABEL_REPEATED:
            return self._value(field, given, asked=asked)
        schema: Schema = {"type": "array", "items": self._value(field, given.repeated.items, asked=asked)}
        if asked:
            limits = given.repeated
            schema |= {"minItems": limits.min_items} if limits.min_items else {}
            schema |= {"maxItems": limits.max_items} if limits.HasField("max_items") else {}
            schema |= {"uniqueItems": True} if limits.unique else {}
        return schema

    def _value(self, field: FieldProto, given: validate_pb2.FieldRules, *, asked: bool) -> Schema:
        if field.type == _F.TYPE_ENUM:
            return self._enum(type_of(field), given, asked=asked)
        if field.type == _F.TYPE_MESSAGE:
            return self._message(type_of(field), asked=asked)
        return self._scalar(field.type, given) if asked else self._scalar(field.type, validate_pb2.FieldRules())

    def _message(self, name: str, *, asked: bool) -> Schema:
        if name in _FOREIGN:
            return dict(_FOREIGN[name])
        self._add(name, asked=asked)
        return reference(name, asked=asked)

    def _enum(self, name: str, given: validate_pb2.FieldRules, *, asked: bool) -> Schema:
        self._add_enum(name)
        barred, listed = set(given.enum.not_in), set(getattr(given.enum, "in"))
        if not asked or not (barred or listed):
            return reference(name)
        names = [
            value.name
            for value in self.source.enums[name].value
            if value.number not in barred and (not listed or value.number in listed)
        ]
        return {"type": "string", "enum": names}

    @staticmethod
    def _scalar(kind: int, given: validate_pb2.FieldRules) -> Schema:
        if kind == _F.TYPE_STRING:
            return rules_of.string(given)
        if kind == _F.TYPE_BYTES:
            encoded = {"type": "string", "format": "byte", "contentEncoding": "base64"}
            return {**encoded, **rules_of.content(given.bytes)}
        if kind == _F.TYPE_BOOL:
            return {"type": "boolean"}
        if kind in _NUMBERS:
            return {"type": "number", "format": _NUMBERS[kind]}  # type: ignore[index]
        if kind in _WHOLE_32:
            return {"type": "integer", "format": "int32", **rules_of.number(given.int32)}
        if kind in _NATURAL_32:
            limits = {"minimum": 0, "maximum": 2**32 - 1}
            return {"type": "integer", "format": "uint32", **limits, **rules_of.number(given.uint32)}
        if kind in _WHOLE_64:
            return {"type": "string", "format": "int64", "pattern": "^-?(0|[1-9][0-9]{0,18})$"}
        low, high = rules_of.bounds(given.uint64)
        bounded = low is not None or high is not None
        pattern = rules_of.digits(low or 0, high or 2**64 - 1) if bounded else "^(0|[1-9][0-9]{0,19})$"
        return {"type": "string", "format": "uint64", "pattern": pattern}
