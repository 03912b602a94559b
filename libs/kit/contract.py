"""The contract at run time: what the protos say about methods, events and fields, read from their own descriptors."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from buf.validate import validate_pb2
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from mainstay.contract.v1 import access_pb2, data_pb2, event_pb2

DESCRIPTORS = Path(__file__).resolve().parents[2] / "gen" / "contract.binpb"
NO_SIDE_EFFECTS = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS


@dataclass(frozen=True)
class Method:
    """A method with what its options say. `name` is `mainstay.employees.v1.PeopleService/GetEmployee`."""

    name: str
    context: str
    request: type[Message]
    response: type[Message]
    access: access_pb2.Access
    target: str
    reads_only: bool
    audited: bool
    fails_with: tuple[str, ...]
    http: tuple[tuple[str, str, str], ...]

    @property
    def path(self) -> str:
        return "/" + self.name

    @property
    def short(self) -> str:
        """`PeopleService.GetEmployee`: the name a service's wiring uses."""
        service, _, method = self.name.rpartition(".")[2].partition("/")
        return f"{service}.{method}"


@dataclass(frozen=True)
class EventKind:
    """An event message with where it goes. `name` is `mainstay.employees.v1.EmployeeHired`."""

    name: str
    message: type[Message]
    topic: str
    key: str
    state: bool
    open: bool = False

    @property
    def context(self) -> str:
        return self.topic.split(".")[0]


@cache
def files() -> tuple[FileDescriptor, ...]:
    """Our own proto files, loaded through their generated modules."""
    listed = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    ours = [file.name for file in listed.file if file.name.startswith("mainstay/")]
    return tuple(
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2").DESCRIPTOR for name in ours
    )


def _http(rule: Any) -> Iterator[tuple[str, str, str]]:
    for one in [rule, *rule.additional_bindings]:
        verb = one.WhichOneof("pattern")
        if verb:
            yield verb.upper(), getattr(one, verb), one.body


def _method(file: FileDescriptor, service: Any, method: Any) -> Method:
    options = method.GetOptions()
    access = options.Extensions[access_pb2.access]
    reads_only = options.idempotency_level == NO_SIDE_EFFECTS
    audit = access.audit or (access_pb2.AUDIT_REFUSED if reads_only else access_pb2.AUDIT_ALWAYS)
    return Method(
        name=f"{service.full_name}/{method.name}",
        context=file.package.split(".")[1],
        request=GetMessageClass(method.input_type),
        response=GetMessageClass(method.output_type),
        access=access,
        target=access.WhichOneof("target") or "",
        reads_only=reads_only,
        audited=audit == access_pb2.AUDIT_ALWAYS,
        fails_with=tuple(options.Extensions[access_pb2.fails_with]),
        http=tuple(_http(options.Extensions[annotations_pb2.http])),
    )


@cache
def methods() -> dict[str, Method]:
    """Every method by full name."""
    found = [
        _method(file, service, method)
        for file in files()
        for service in file.services_by_name.values()
        for method in service.methods
    ]
    return {method.name: method for method in found}


@cache
def events() -> dict[str, EventKind]:
    """Every event by full message name."""
    found = {}
    for file in files():
        for message in file.message_types_by_name.values():
            event: Any = _option(message, event_pb2.event)
            if event.topic:
                found[message.full_name] = EventKind(
                    message.full_name, GetMessageClass(message), event.topic, event.key, event.state, event.open
                )
    return found


@cache
def topics() -> dict[str, bool]:
    """Every topic, and whether it is compacted."""
    return {event.topic: event.state for event in events().values()}


@cache
def open_topics() -> tuple[str, ...]:
    """Topics that other systems may be given the right to read."""
    return tuple(sorted({event.topic for event in events().values() if event.open}))


def subscribing(topic: str) -> str:
    """The right to read an open topic."""
    return f"{topic}.subscribe"


def _option(described: Any, extension: Any) -> Any:
    return described.GetOptions().Extensions[extension]


def event_of(message: Message) -> EventKind:
    return events()[message.DESCRIPTOR.full_name]


def data_class(field: FieldDescriptor) -> int:
    """The field's `DataClass`."""
    return int(_option(field, data_pb2.data))


def rules_of(message: type[Message], field: str) -> validate_pb2.FieldRules:
    """What a field is validated by before any handler sees it, such as `rules_of(Request, "months").uint32.lte`. A rule
    that is not given has its zero value; KeyError when there is no such field.
    """
    rules: validate_pb2.FieldRules = _option(message.DESCRIPTOR.fields_by_name[field], validate_pb2.field)
    return rules


def mask_of(field: FieldDescriptor) -> int:
    """The field's `Mask`."""
    return int(_option(field, data_pb2.mask))


def repeated(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)


def field_at(message: Descriptor, path: str) -> FieldDescriptor:
    """The field at a dotted path. Raises KeyError when there is none."""
    name, _, rest = path.partition(".")
    field = message.fields_by_name[name]
    if not rest:
        return field
    if field.message_type is None:
        raise KeyError(path)
    return field_at(field.message_type, rest)


def value_at(message: Any, path: str) -> Any:
    """The value at a dotted path of a message."""
    for name in path.split("."):
        message = getattr(message, name)
    return message
