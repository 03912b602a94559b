"""The contract with its comments, by full name: what the API page is written from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2

from mainstay.contract.v1 import access_pb2

OURS = "mainstay/"
MethodProto = descriptor_pb2.MethodDescriptorProto
MessageProto = descriptor_pb2.DescriptorProto
FieldProto = descriptor_pb2.FieldDescriptorProto
EnumProto = descriptor_pb2.EnumDescriptorProto

# Field numbers of descriptor.proto: source locations are paths of them.
_FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE = 4, 5, 6
_MESSAGE_FIELD, _MESSAGE_NESTED, _MESSAGE_ENUM, _SECOND = 2, 3, 4, 2


@dataclass(frozen=True)
class Operation:
    """A method under one of its addresses. `service` is `mainstay.employees.v1.PeopleService`."""

    service: str
    method: MethodProto
    verb: str
    template: str
    body: str

    @property
    def name(self) -> str:
        return f"{self.service}/{self.method.name}"

    @property
    def package(self) -> str:
        return self.service.rpartition(".")[0]

    @property
    def request(self) -> str:
        return self.method.input_type.removeprefix(".")

    @property
    def response(self) -> str:
        return self.method.output_type.removeprefix(".")

    @property
    def access(self) -> access_pb2.Access:
        options: Any = self.method.options
        found: access_pb2.Access = options.Extensions[access_pb2.access]
        return found

    @property
    def target(self) -> str:
        return self.access.WhichOneof("target") or ""

    @property
    def reads_only(self) -> bool:
        return self.method.options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS

    @property
    def fails_with(self) -> tuple[str, ...]:
        options: Any = self.method.options
        return tuple(options.Extensions[access_pb2.fails_with])

    @property
    def variables(self) -> tuple[str, ...]:
        """Request fields that the address takes."""
        return tuple(found.partition("=")[0] for found in re.findall(r"\{([^}]*)\}", self.template))


@dataclass
class Source:
    """Everything of ours by full name; `comments` also has fields, enum values, services and methods."""

    messages: dict[str, MessageProto] = field(default_factory=dict)
    enums: dict[str, EnumProto] = field(default_factory=dict)
    methods: dict[str, tuple[str, MethodProto]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    def operations(self) -> Iterator[Operation]:
        """Every method with an address, once for each of its addresses, in the order of the files."""
        for service, method in self.methods.values():
            http: http_pb2.HttpRule = method.options.Extensions[annotations_pb2.http]
            for rule in (http, *http.additional_bindings):
                verb = rule.WhichOneof("pattern")
                if verb and verb != "custom":
                    yield Operation(service, method, verb, getattr(rule, verb), rule.body)

    def fields(self, message: str) -> dict[str, FieldProto]:
        return {one.name: one for one in self.messages[message].field}

    def comment(self, name: str) -> str:
        return self.comments.get(name, "")


def _paragraphs(comment: str) -> str:
    """A comment's lines joined: a blank line ends a paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", comment.strip()))


class _Reader:
    def __init__(self, source: Source, file: descriptor_pb2.FileDescriptorProto) -> None:
        self.source = source
        self.comments = {
            tuple(place.path): _paragraphs(place.leading_comments)
            for place in file.source_code_info.location
            if place.leading_comments
        }

    def note(self, name: str, path: tuple[int, ...]) -> None:
        if path in self.comments:
            self.source.comments[name] = self.comments[path]

    def message(self, scope: str, proto: MessageProto, path: tuple[int, ...]) -> None:
        name = f"{scope}.{proto.name}"
        self.source.messages[name] = proto
        self.note(name, path)
        for at, one in enumerate(proto.field):
            self.note(f"{name}.{one.name}", (*path, _MESSAGE_FIELD, at))
        for at, nested in enumerate(proto.nested_type):
            self.message(name, nested, (*path, _MESSAGE_NESTED, at))
        for at, enum in enumerate(proto.enum_type):
            self.enum(name, enum, (*path, _MESSAGE_ENUM, at))

    def enum(self, scope: str, proto: EnumProto, path: tuple[int, ...]) -> None:
        name = f"{scope}.{proto.name}"
        self.source.enums[name] = proto
        self.note(name, path)
        for at, value in enumerate(proto.value):
            self.note(f"{name}.{value.name}", (*path, _SECOND, at))

    def service(self, scope: str, proto: descriptor_pb2.ServiceDescriptorProto, path: tuple[int, ...]) -> None:
        name = f"{scope}.{proto.name}"
        self.note(name, path)
        for at, method in enumerate(proto.method):
            self.source.methods[f"{name}/{method.name}"] = (name, method)
            self.note(f"{name}/{method.name}", (*path, _SECOND, at))


def read(descriptor_set: bytes) -> Source:
    """The contract in a descriptor set made with source info."""
    source = Source()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file:
        if not file.name.startswith(OURS):
            continue
        reader = _Reader(source, file)
        for at, message in enumerate(file.message_type):
            reader.message(file.package, message, (_FILE_MESSAGE, at))
        for at, enum in enumerate(file.enum_type):
            reader.enum(file.package, enum, (_FILE_ENUM, at))
        for at, service in enumerate(file.service):
            reader.service(file.package, service, (_FILE_SERVICE, at))
    return source
