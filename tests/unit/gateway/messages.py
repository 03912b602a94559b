"""Random messages of any type of the contract, for tests that hold two codecs against each other."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from libs.kit import contract

_F = FieldDescriptor
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_SCALARS: dict[int, st.SearchStrategy[Any]] = {
    _F.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    _F.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    _F.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    _F.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    _F.CPPTYPE_BOOL: st.booleans(),
    _F.CPPTYPE_FLOAT: st.floats(width=32, allow_nan=False, allow_infinity=False),
    _F.CPPTYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
}


def descriptors() -> list[Descriptor]:
    """Every message of the contract, nested ones too."""
    found: list[Descriptor] = []

    def walk(message: Descriptor) -> None:
        if not message.GetOptions().map_entry:
            found.append(message)
        for nested in message.nested_types:
            walk(nested)

    for file in contract.files():
        for message in file.message_types_by_name.values():
            walk(message)
    return found


def scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.type == _F.TYPE_BYTES:
        return st.binary(max_size=20)
    return TEXT if field.type == _F.TYPE_STRING else _SCALARS[field.cpp_type]


@st.composite
def messages(draw: st.DrawFn, descriptor: Descriptor, depth: int = 3) -> Any:
    """A message with some of its fields set."""
    message: Any = GetMessageClass(descriptor)()
    if descriptor.full_name == "google.protobuf.Timestamp":
        # What JSON can say: from the year 1 to 9999.
        message.seconds = draw(st.integers(-62135596800, 253402300799))
        message.nanos = draw(st.sampled_from([0, 5_000_000, 123_456_000, 999_999_999]))
        return message
    for field in descriptor.fields:
        if not draw(st.booleans()):
            continue
        if field.message_type is not None and depth == 0:
            continue
        one = messages(field.message_type, depth - 1) if field.message_type is not None else scalar(field)
        if contract.repeated(field):
            getattr(message, field.name).extend(draw(st.lists(one, max_size=3)))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(draw(one))
        else:
            setattr(message, field.name, draw(one))
    return message
