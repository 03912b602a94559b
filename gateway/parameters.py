"""Path variables and query parameters as parts of a request message, written straight in protobuf's wire format.

Parts are concatenated: for single fields the last part counts, nested messages are merged, repeated fields grow. So a
path variable set after a body wins over the same field in the body.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.transcode import Unreadable, Wrong, codec_of, expected
from libs.kit.contract import repeated

_DEPTH = 3
_MOST = 200
_WHOLE = re.compile(r"-?[0-9]{1,20}\Z")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?\Z")
_F = FieldDescriptor
_RANGES = {
    _F.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    _F.CPPTYPE_UINT32: (0, 2**32 - 1),
    _F.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    _F.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_ZIGZAG = {_F.TYPE_SINT32, _F.TYPE_SINT64}
_FIXED = {
    _F.TYPE_FIXED32: "<I",
    _F.TYPE_SFIXED32: "<i",
    _F.TYPE_FIXED64: "<Q",
    _F.TYPE_SFIXED64: "<q",
    _F.TYPE_FLOAT: "<f",
    _F.TYPE_DOUBLE: "<d",
}
_BOOLEANS = {"true": b"\1", "false": b"\0"}


def varint(value: int) -> bytes:
    if value < 0:
        value += 1 << 64
    if value < 0x80:
        return bytes((value,))
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _tag(number: int, wire: int) -> bytes:
    return varint(number << 3 | wire)


def _sized(raw: bytes) -> bytes:
    return varint(len(raw)) + raw


def _text(text: str) -> bytes:
    if "\0" in text:
        raise ValueError(text)
    return _sized(text.encode())


def _bytes(text: str) -> bytes:
    try:
        return _sized(base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True))
    except binascii.Error as error:
        raise ValueError(text) from error


def _whole(field: FieldDescriptor) -> Callable[[str], bytes]:
    low, high = _RANGES[field.cpp_type]
    fixed, zigzag = _FIXED.get(field.type), field.type in _ZIGZAG

    def write(text: str) -> bytes:
        value = int(text) if _WHOLE.match(text) else high + 1
        if not low <= value <= high:
            raise ValueError(text)
        if fixed:
            return struct.pack(fixed, value)
        return varint(value * 2 if value >= 0 else -value * 2 - 1) if zigzag else varint(value)

    return write


def _choice(field: FieldDescriptor) -> Callable[[str], bytes]:
    values = field.enum_type.values if field.enum_type is not None else ()
    known = {text: varint(value.number) for value in values for text in (value.name, str(value.number))}

    def write(text: str) -> bytes:
        try:
            return known[text]
        except KeyError:
            raise ValueError(text) from None

    return write


def _boolean(text: str) -> bytes:
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise ValueError(text) from None


def _number(text: str) -> float:
    if not _NUMBER.match(text):
        raise ValueError(text)
    return float(text)


def _well_known(message: Descriptor) -> Callable[[str], bytes]:
    codec = codec_of(message)

    def write(text: str) -> bytes:
        try:
            return _sized(codec.from_value(text))
        except Unreadable as error:
            raise ValueError(text) from error

    return write


def _writer(field: FieldDescriptor) -> tuple[int, Callable[[str], bytes]]:
    """Wire type, and what turns a parameter's text into the value's bytes or raises ValueError."""
    if field.message_type is not None:
        return 2, _well_known(field.message_type)
    if field.type == _F.TYPE_STRING:
        return 2, _text
    if field.type == _F.TYPE_BYTES:
        return 2, _bytes
    if field.type == _F.TYPE_BOOL:
        return 0, _boolean
    if field.enum_type is not None:
        return 0, _choice(field)
    if field.type in {_F.TYPE_FLOAT, _F.TYPE_DOUBLE}:
        form = _FIXED[field.type]
        return 5 if field.type == _F.TYPE_FLOAT else 1, lambda text: struct.pack(form, _number(text))
    if field.type in _FIXED:
        return 5 if _FIXED[field.type] in {"<I", "<i"} else 1, _whole(field)
    return 0, _whole(field)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field that an address can carry."""

    name: str
    many: bool
    field: FieldDescriptor
    head: bytes
    write: Callable[[str], bytes]
    outer: tuple[bytes, ...] = ()

    def encode(self, text: str) -> bytes:
        """Raises Unreadable naming the parameter."""
        try:
            raw = self.head + self.write(text)
        except (ValueError, OverflowError):
            raise Unreadable(expected(self.field, self.name)) from None
        for head in self.outer:
            raw = head + _sized(raw)
        return raw


def _leaf(message: Descriptor) -> bool:
    return message.full_name.startswith("google.protobuf.")


def _parameter(path: list[FieldDescriptor]) -> Parameter:
    field = path[-1]
    wire, write = _writer(field)
    return Parameter(
        name=".".join(step.json_name for step in path),
        many=repeated(field),
        field=field,
        head=_tag(field.number, wire),
        write=write,
        outer=tuple(_tag(step.number, 2) for step in reversed(path[:-1])),
    )


def variable(message: Descriptor, path: str) -> Parameter:
    """The parameter for a path variable, `employee_id` or `person.employee_id`."""
    steps: list[FieldDescriptor] = []
    within: Descriptor | None = message
    for name in path.split("."):
        if within is None:
            raise KeyError(path)
        steps.append(within.fields_by_name[name])
        within = steps[-1].message_type
    return _parameter(steps)


def queries(message: Descriptor, taken: frozenset[str] = frozenset()) -> Mapping[str, Parameter]:
    """Every parameter a query may hold, by its JSON name and by its proto name, without the fields already taken."""
    found: dict[str, Parameter] = {}

    def walk(within: Descriptor, path: list[FieldDescriptor]) -> None:
        for field in within.fields:
            steps = [*path, field]
            if ".".join(step.name for step in steps) in taken:
                continue
            if field.message_type is not None and not _leaf(field.message_type):
                if not repeated(field) and len(steps) < _DEPTH:
                    walk(field.message_type, steps)
                continue
            parameter = _parameter(steps)
            found[parameter.name] = found[".".join(step.name for step in steps)] = parameter

    walk(message, [])
    return found


def decoded(raw: bytes) -> str:
    """Raises UnicodeDecodeError for what is not UTF-8."""
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode()


def read_query(query: bytes, known: Mapping[str, Parameter]) -> bytes:
    """A query string as parts of the request. Raises Unreadable naming each parameter that is unknown or wrong."""
    parts: list[bytes] = []
    wrong: list[Wrong] = []
    seen: set[str] = set()
    pairs = query.split(b"&", _MOST)
    if len(pairs) > _MOST:
        raise Unreadable(Wrong("?", "too_many"))
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        try:
            parts.append(_one(decoded(name), value, known, seen))
        except UnicodeDecodeError:
            wrong.append(Wrong(name.decode("ascii", "replace")[:100], "text"))
        except Unreadable as error:
            wrong += error.wrong
    if wrong:
        raise Unreadable(*wrong)
    return b"".join(parts)


def _one(name: str, value: bytes, known: Mapping[str, Any], seen: set[str]) -> bytes:
    parameter: Parameter | None = known.get(name)
    if parameter is None:
        raise Unreadable(Wrong(name[:100], "unknown_parameter"))
    if parameter.name in seen and not parameter.many:
        raise Unreadable(Wrong(parameter.name, "twice"))
    seen.add(parameter.name)
    try:
        return parameter.encode(decoded(value))
    except UnicodeDecodeError:
        raise Unreadable(expected(parameter.field, parameter.name)) from None
