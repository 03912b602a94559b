"""Masks PERSONAL_SENSITIVE fields of an answer before it leaves, by the classes in the contract."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from libs.kit.contract import data_class, mask_of, repeated
from mainstay.contract.v1 import data_pb2

Masker = Callable[[Any], None]
HIDDEN = "******"


def masked(value: str, mask: int) -> str:
    """How a value looks masked. Empty stays empty: that nothing is there is no secret."""
    if not value:
        return value
    if mask == data_pb2.MASK_PHONE and len(value) >= 9:
        return f"{value[:3]}****{value[-4:]}"
    if mask == data_pb2.MASK_ENDS and len(value) >= 6:
        return f"{value[0]}****{value[-1]}"
    if mask == data_pb2.MASK_YEAR and len(value) >= 4:
        return f"{value[:4]}-**-**"
    return HIDDEN


def mask(message: Message) -> None:
    """Masks the message in place, all the way down."""
    masker = _masker(message.DESCRIPTOR)
    if masker:
        masker(message)


@cache
def _masker(descriptor: Descriptor) -> Masker | None:
    """What masks messages of a type; None when there is nothing to mask."""
    return _build(descriptor, ())


def _build(descriptor: Descriptor, above: tuple[str, ...]) -> Masker | None:
    if descriptor.full_name in above:
        # A type that contains itself: as deep as the message at hand goes.
        return mask
    steps: list[Masker] = []
    for field in descriptor.fields:
        if field.message_type is not None:
            inner = _build(field.message_type, (*above, descriptor.full_name))
            if inner:
                steps.append(_nested(field, inner))
        elif data_class(field) == data_pb2.PERSONAL_SENSITIVE:
            steps.append(_scalar(field))
    if not steps:
        return None

    def apply(message: Any) -> None:
        for step in steps:
            step(message)

    return apply


def _nested(field: FieldDescriptor, inner: Masker) -> Masker:
    name = field.name
    if repeated(field):

        def each(message: Any) -> None:
            for item in getattr(message, name):
                inner(item)

        return each

    def one(message: Any) -> None:
        if message.HasField(name):
            inner(getattr(message, name))

    return one


def _scalar(field: FieldDescriptor) -> Masker:
    name, look = field.name, mask_of(field)
    if field.type == FieldDescriptor.TYPE_STRING and not repeated(field):

        def hide(message: Any) -> None:
            value = getattr(message, name)
            if value:
                setattr(message, name, masked(value, look))

        return hide
    return lambda message: message.ClearField(name)
