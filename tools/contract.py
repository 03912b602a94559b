"""The contract as builders see it: every element of a descriptor set with its options, comment and line.

Reads bytes, not generated modules, so that a contract can be judged before its stubs exist. What services
and the front door need while running is in `libs.kit.contract`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTORS = ROOT / "gen" / "contract.binpb"
OURS = "mainstay/"
OPTIONS = "mainstay.contract.v1"

# Field numbers inside descriptor.proto, which the paths of source locations are made of.
FILE_MESSAGE, FILE_ENUM, FILE_SERVICE = 4, 5, 6
MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_ENUM = 2, 3, 4
ENUM_VALUE = SERVICE_METHOD = 2

Spot = tuple[int, ...]
FieldProto = descriptor_pb2.FieldDescriptorProto


@dataclass(frozen=True)
class Element:
    """Anything that can be pointed at: its full name, where it stands, and the comment before it."""

    name: str
    file: str
    line: int
    comment: str


@dataclass(frozen=True)
class Field(Element):
    """A field of a message. `data` and `mask` are names of their enums' values, empty when not given."""

    proto: Any
    data: str
    mask: str
    example: str

    @property
    def short(self) -> str:
        return str(self.proto.name)

    @property
    def type_name(self) -> str:
        """Full name of the message or enum the field holds, empty for scalars."""
        return str(self.proto.type_name).removeprefix(".")

    @property
    def is_text(self) -> bool:
        return bool(self.proto.type == FieldProto.TYPE_STRING)

    @property
    def is_single_text(self) -> bool:
        return self.is_text and self.proto.label != FieldProto.LABEL_REPEATED

    @property
    def is_value(self) -> bool:
        """Holds something to read, not a message of ours whose own fields say what they are."""
        return self.proto.type != FieldProto.TYPE_MESSAGE or self.type_name.startswith("google.protobuf.")


@dataclass(frozen=True)
class Event:
    topic: str
    key: str
    state: bool
    open: bool = False


@dataclass(frozen=True)
class Message(Element):
    fields: tuple[Field, ...]
    event: Event | None

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]

    def find(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.short == name), None)


@dataclass(frozen=True)
class Enum(Element):
    values: tuple[Element, ...]


@dataclass(frozen=True)
class Route:
    verb: str
    template: str
    body: str

    @property
    def variables(self) -> tuple[str, ...]:
        """Paths of the request fields the template takes."""
        return tuple(found.partition("=")[0] for found in re.findall(r"\{([^}]*)\}", self.template))

    @property
    def shape(self) -> str:
        """The template with its variables' names taken out: two routes of one shape cannot be told apart."""
        return re.sub(r"\{[^}]*\}", "{}", self.template)


@dataclass(frozen=True)
class Method(Element):
    """A method; `access` is the raw option, None when the method has none."""

    request: str
    response: str
    access: Any
    fails_with: tuple[str, ...]
    routes: tuple[Route, ...]
    reads_only: bool

    @property
    def short(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def target(self) -> str:
        return str((self.access and self.access.WhichOneof("target")) or "")

    @property
    def audit(self) -> str:
        """What is recorded, with the default that `Audit` describes put in: `REFUSED` or `ALWAYS`."""
        kinds = self.access.DESCRIPTOR.fields_by_name["audit"].enum_type.values_by_number
        given = kinds[self.access.audit].name
        if given == "AUDIT_UNSPECIFIED":
            return "REFUSED" if self.reads_only else "ALWAYS"
        return str(given).removeprefix("AUDIT_")


@dataclass(frozen=True)
class Service(Element):
    methods: tuple[Method, ...]


def context_of(full_name: str) -> str:
    """`employees` of `mainstay.employees.v1.Employee`."""
    return full_name.split(".")[1]


@dataclass(frozen=True)
class _File:
    """One of our files with the reading of its comments and options."""

    proto: Any
    options: dict[str, Any]
    places: dict[Spot, tuple[int, str]] = field(default_factory=dict)

    def element(self, name: str, path: Spot) -> dict[str, Any]:
        line, comment = self.places.get(path, (0, ""))
        return {"name": name, "file": self.proto.name, "line": line, "comment": comment}

    def enum_name(self, option: str, number: int) -> str:
        """Name of an option's enum value, empty for the zero value: not given."""
        return self.options[option].enum_type.values_by_number[number].name if number else ""

    def field(self, owner: str, proto: Any, path: Spot) -> Field:
        given = proto.options.Extensions
        return Field(
            **self.element(f"{owner}.{proto.name}", path),
            proto=proto,
            data=self.enum_name("data", given[self.options["data"]]),
            mask=self.enum_name("mask", given[self.options["mask"]]),
            example=given[self.options["example"]],
        )

    def message(self, scope: str, proto: Any, path: Spot) -> Iterator[Message]:
        name = f"{scope}.{proto.name}"
        option = self.options["event"]
        event = None
        if proto.options.HasExtension(option):
            given = proto.options.Extensions[option]
            event = Event(given.topic, given.key, given.state, given.open)
        fields = [self.field(name, one, (*path, MESSAGE_FIELD, at)) for at, one in enumerate(proto.field)]
        yield Message(**self.element(name, path), fields=tuple(fields), event=event)
        for at, nested in enumerate(proto.nested_type):
            if not nested.options.map_entry:
                yield from self.message(name, nested, (*path, MESSAGE_NESTED, at))

    def enum(self, scope: str, proto: Any, path: Spot) -> Enum:
        name = f"{scope}.{proto.name}"
        values = [
            Element(**self.element(f"{name}.{one.name}", (*path, ENUM_VALUE, at))) for at, one in enumerate(proto.value)
        ]
        return Enum(**self.element(name, path), values=tuple(values))

    def nested_enums(self, scope: str, proto: Any, path: Spot) -> Iterator[Enum]:
        name = f"{scope}.{proto.name}"
        for at, one in enumerate(proto.enum_type):
            yield self.enum(name, one, (*path, MESSAGE_ENUM, at))
        for at, nested in enumerate(proto.nested_type):
            yield from self.nested_enums(name, nested, (*path, MESSAGE_NESTED, at))

    def method(self, service: str, proto: Any, path: Spot) -> Method:
        given = proto.options.Extensions
        access, http = self.options["access"], self.options["http"]
        level = proto.options.idempotency_level
        return Method(
            **self.element(f"{service}/{proto.name}", path),
            request=proto.input_type.removeprefix("."),
            response=proto.output_type.removeprefix("."),
            access=given[access] if proto.options.HasExtension(access) else None,
            fails_with=tuple(given[self.options["fails_with"]]),
            routes=tuple(_routes(given[http])),
            reads_only=level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
        )

    def service(self, proto: Any, path: Spot) -> Service:
        name = f"{self.proto.package}.{proto.name}"
        methods = [self.method(name, one, (*path, SERVICE_METHOD, at)) for at, one in enumerate(proto.method)]
        return Service(**self.element(name, path), methods=tuple(methods))


def _routes(rule: Any) -> Iterator[Route]:
    for one in (rule, *rule.additional_bindings):
        verb = one.WhichOneof("pattern")
        if verb == "custom":
            yield Route(one.custom.kind, one.custom.path, one.body)
        elif verb:
            yield Route(verb.upper(), getattr(one, verb), one.body)


@dataclass(frozen=True)
class Contract:
    """All of our files; foreign ones are known by name only."""

    files: tuple[_File, ...]

    @cached_property
    def messages(self) -> dict[str, Message]:
        found: list[Message] = []
        for file in self.files:
            for at, proto in enumerate(file.proto.message_type):
                found += file.message(file.proto.package, proto, (FILE_MESSAGE, at))
        return {one.name: one for one in found}

    @cached_property
    def enums(self) -> dict[str, Enum]:
        found: list[Enum] = []
        for file in self.files:
            package = file.proto.package
            found += [file.enum(package, one, (FILE_ENUM, at)) for at, one in enumerate(file.proto.enum_type)]
            for at, proto in enumerate(file.proto.message_type):
                found += file.nested_enums(package, proto, (FILE_MESSAGE, at))
        return {one.name: one for one in found}

    @cached_property
    def services(self) -> tuple[Service, ...]:
        return tuple(
            file.service(one, (FILE_SERVICE, at)) for file in self.files for at, one in enumerate(file.proto.service)
        )

    @property
    def methods(self) -> Iterable[Method]:
        return [method for service in self.services for method in service.methods]

    @property
    def events(self) -> Iterable[Message]:
        return [message for message in self.messages.values() if message.event]

    def field_at(self, message: str, path: str) -> Field | None:
        """The field at a dotted path of a message, None when there is none."""
        name, _, rest = path.partition(".")
        owner = self.messages.get(message)
        found = owner.find(name) if owner else None
        return self.field_at(found.type_name, rest) if found and rest else found


def _places(proto: Any) -> dict[Spot, tuple[int, str]]:
    return {
        tuple(place.path): (place.span[0] + 1, place.leading_comments.strip())
        for place in proto.source_code_info.location
    }


def read(descriptor_set: bytes) -> Contract:
    """The contract in a descriptor set made with imports and source info."""
    pool = DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file:
        pool.AddSerializedFile(file.SerializeToString())
    # Parsed by the set's own classes: only they know the options that the set itself declares.
    set_type: Any = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    whole = set_type.FromString(descriptor_set)
    names = ("access", "fails_with", "data", "mask", "example", "event")
    options = {name: pool.FindExtensionByName(f"{OPTIONS}.{name}") for name in names}
    options["http"] = pool.FindExtensionByName("google.api.http")
    ours = [proto for proto in whole.file if proto.name.startswith(OURS)]
    return Contract(tuple(_File(proto, options, _places(proto)) for proto in ours))
