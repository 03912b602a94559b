"""JSON to request bytes and answer bytes to JSON, by descriptor. The one module that uses `protobuf-py`.

Its native codec makes a page of 50 rows six times as fast as google's `json_format`. This version has no public loader
for a whole descriptor set, so `_registry` uses a private function; `tests/unit/gateway/test_transcode.py` holds every
message of the contract against `json_format`, so that the package can be swapped here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from protobuf import Message, Registry, message_from_json_value
from protobuf._file_registry import add_file
from protobuf.wkt import FileDescriptorSet

from libs.kit.contract import DESCRIPTORS, repeated

_REFUSED = (ValueError, TypeError, OverflowError, RecursionError)
_WORDS = {
    FieldDescriptor.CPPTYPE_STRING: "text",
    FieldDescriptor.CPPTYPE_BOOL: "boolean",
    FieldDescriptor.CPPTYPE_ENUM: "choice",
    FieldDescriptor.CPPTYPE_FLOAT: "number",
    FieldDescriptor.CPPTYPE_DOUBLE: "number",
    FieldDescriptor.CPPTYPE_MESSAGE: "object",
}
_TIMES = {"google.protobuf.Timestamp": "instant", "google.protobuf.Duration": "duration"}
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Wrong:
    """A part of a request that cannot be taken; an empty path is the body as a whole.

    `word` names the sentence in `messages/*.toml` under `fields`.
    """

    path: str
    word: str
    choices: str = ""


class Unreadable(Exception):
    """The request is not this message in JSON."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__(", ".join(f"{one.path} {one.word}" for one in wrong))
        self.wrong = wrong


@cache
def _registry() -> Registry:
    registry = Registry()
    for file in FileDescriptorSet.from_binary(DESCRIPTORS.read_bytes()).file:
        add_file(registry, file, None)
    return registry


class Codec:
    """One message type."""

    __slots__ = ("_type", "descriptor")

    def __init__(self, descriptor: Descriptor) -> None:
        self.descriptor = descriptor
        described = _registry().message(descriptor.full_name)
        if described is None:
            raise LookupError(descriptor.full_name)
        self._type: type[Message] = described.type

    def to_json(self, raw: bytes) -> bytes:
        return self._type.from_binary(raw).to_json().encode()

    def from_json(self, body: bytes) -> bytes:
        """Raises Unreadable."""
        return self.from_value(parse(body), nul=b"\\u0000" in body)

    def from_value(self, value: Any, *, nul: bool = False) -> bytes:
        """A parsed JSON value to bytes. Raises Unreadable, naming every field that cannot be taken."""
        try:
            if nul and (found := tuple(_with_nul(value, ""))):
                raise Unreadable(*found)
            return message_from_json_value(self._type, value).to_binary()
        except _REFUSED:
            raise Unreadable(*list(self._wrong(self.descriptor, value, ""))[:_TOLD]) from None

    def _wrong(self, message: Descriptor, value: Any, path: str) -> Iterator[Wrong]:
        """Narrows down to the fields at fault by trying each part on its own. Only for requests already refused."""
        if not isinstance(value, dict):
            yield Wrong(path, "object")
            return
        names = {name: field for field in message.fields for name in (field.json_name, field.name)}
        codec = codec_of(message)
        for name, part in value.items():
            at = f"{path}.{name}" if path else name
            field = names.get(name)
            if field is None:
                yield Wrong(at[:200], "unknown")
            elif not codec.takes({name: part}):
                yield from self._wrong_field(codec, field, name, part, at)

    def _wrong_field(self, codec: Codec, field: FieldDescriptor, name: str, part: Any, at: str) -> Iterator[Wrong]:
        if not repeated(field):
            yield from self._wrong_part(field, part, at)
        elif isinstance(part, list):
            for number, one in enumerate(part):
                if one is None or not codec.takes({name: [one]}):
                    yield from self._wrong_part(field, one, f"{at}[{number}]")
        else:
            yield Wrong(at, "list")

    def _wrong_part(self, field: FieldDescriptor, part: Any, at: str) -> Iterator[Wrong]:
        message = field.message_type
        if message is not None and not message.full_name.startswith("google.protobuf."):
            yield from self._wrong(message, part, at)
        else:
            yield expected(field, at)

    def takes(self, value: Any) -> bool:
        try:
            message_from_json_value(self._type, value).to_binary()
        except _REFUSED:
            return False
        return True


@cache
def codec_of(descriptor: Descriptor) -> Codec:
    return Codec(descriptor)


def expected(field: FieldDescriptor, at: str) -> Wrong:
    """What should have stood in a field."""
    if field.message_type is not None:
        return Wrong(at, _TIMES.get(field.message_type.full_name, "object"))
    if field.enum_type is not None:
        return Wrong(at, "choice", ", ".join(value.name for value in field.enum_type.values if value.number))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return Wrong(at, "base64")
    return Wrong(at, _WORDS.get(field.cpp_type, "whole_number"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Two readers of the same text could otherwise see different requests.
        names = [name for name, _ in pairs]
        raise Unreadable(Wrong(next(name for name in names if names.count(name) > 1), "twice"))
    return found


def _no_constant(name: str) -> None:
    raise Unreadable(Wrong("", "json", name))


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse(body: bytes) -> Any:
    """JSON text to values; deep nesting is refused here, where protobuf-py's own reader would end the process.

    Raises Unreadable.
    """
    try:
        return _DECODER.decode(body.decode())
    except json.JSONDecodeError as error:
        raise Unreadable(Wrong("", "json", f"{error.lineno}:{error.colno}")) from None
    except RecursionError:
        raise Unreadable(Wrong("", "deep")) from None
    except UnicodeDecodeError:
        raise Unreadable(Wrong("", "utf8")) from None
    except ValueError:
        # Python refuses numbers of more than 4,300 digits.
        raise Unreadable(Wrong("", "long_number")) from None


def _with_nul(value: Any, path: str) -> Iterator[Wrong]:
    """Texts that hold U+0000, which no database column takes."""
    if isinstance(value, str) and "\0" in value:
        yield Wrong(path, "text")
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _with_nul(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _with_nul(part, f"{path}[{number}]")
