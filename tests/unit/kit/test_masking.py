"""What leaves the house is masked by the classes in the contract."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from libs.kit import contract
from libs.kit.masking import HIDDEN, mask, masked
from mainstay.contract.v1 import data_pb2
from mainstay.employees.v1 import contracts_pb2, people_pb2


@pytest.mark.parametrize(
    ("value", "look", "shown"),
    [
        ("13812345678", data_pb2.MASK_PHONE, "138****5678"),
        ("12345678", data_pb2.MASK_PHONE, HIDDEN),
        ("11010519900307123X", data_pb2.MASK_ENDS, "1****X"),
        ("12345", data_pb2.MASK_ENDS, HIDDEN),
        ("1990-05-17", data_pb2.MASK_YEAR, "1990-**-**"),
        ("上海市闵行区", data_pb2.MASK_ALL, HIDDEN),
        ("", data_pb2.MASK_ALL, ""),
    ],
)
def test_each_mask_has_its_look(value: str, look: int, shown: str) -> None:
    assert masked(value, look) == shown


def test_sensitive_fields_are_masked_and_others_stay() -> None:
    person = people_pb2.Employee(name="王小明", mobile="13812345678", home_address="上海市", number="E0001")
    mask(person)
    assert (person.name, person.mobile, person.home_address, person.number) == (
        "王小明",
        "138****5678",
        HIDDEN,
        "E0001",
    )


def test_masking_reaches_into_lists_and_nested_messages() -> None:
    answer = contracts_pb2.ListContractsResponse()
    answer.contracts.add().pay.amount = "18500.00"
    answer.contracts[0].pay.currency = "CNY"
    mask(answer)
    assert (answer.contracts[0].pay.amount, answer.contracts[0].pay.currency) == (HIDDEN, "CNY")


def test_masking_does_not_set_what_was_unset() -> None:
    answer = contracts_pb2.Contract()
    mask(answer)
    assert not answer.HasField("pay")


@given(st.text(min_size=1, max_size=40), st.sampled_from(data_pb2.Mask.values()))
def test_a_mask_never_shows_a_whole_value_nor_its_length(value: str, look: int) -> None:
    shown = masked(value, look)
    assert shown != value or value == HIDDEN
    assert shown == masked(value, look)
    if shown == HIDDEN:
        return
    assert len(shown.replace("*", "")) <= 7


def test_no_answer_of_the_contract_keeps_a_sensitive_text_after_masking() -> None:
    """Fills every answer type with marked values and looks for a whole one after masking."""
    canary = "CANARY-0123456789"
    for method in contract.methods().values():
        message = method.response()
        _fill(message, canary)
        mask(message)
        assert not list(_sensitive(message, canary)), method.name


def _fill(message: object, canary: str, depth: int = 4) -> None:
    for field in message.DESCRIPTOR.fields:  # type: ignore[attr-defined]
        if field.message_type is not None:
            if field.message_type.full_name.startswith("mainstay.") and depth:
                child = getattr(message, field.name)
                _fill(child.add() if contract.repeated(field) else child, canary, depth - 1)
        elif field.type == field.TYPE_STRING and not contract.repeated(field):
            setattr(message, field.name, canary)


def _sensitive(message: object, canary: str) -> list[str]:
    found = []
    for field, value in message.ListFields():  # type: ignore[attr-defined]
        if field.message_type is not None:
            for one in value if contract.repeated(field) else [value]:
                found += _sensitive(one, canary)
        elif contract.data_class(field) == data_pb2.PERSONAL_SENSITIVE and value == canary:
            found.append(field.full_name)
    return found


def test_masking_reaches_to_the_end_of_a_message_that_contains_itself() -> None:
    file = descriptor_pb2.FileDescriptorProto(
        name="masking_test.proto", package="masking_test", dependency=["mainstay/contract/v1/data.proto"]
    )
    node = file.message_type.add(name="Node")
    secret = node.field.add(name="secret", number=1, type=9, label=1)
    options: Any = secret.options
    options.Extensions[data_pb2.data] = data_pb2.PERSONAL_SENSITIVE
    node.field.add(name="below", number=2, type=11, label=3, type_name=".masking_test.Node")
    descriptor_pool.Default().Add(file)
    kind = GetMessageClass(descriptor_pool.Default().FindMessageTypeByName("masking_test.Node"))
    top: Any = kind(secret="13812345678", below=[kind(below=[kind(secret="13812345678")])])
    mask(top)
    assert (top.secret, top.below[0].below[0].secret) == (HIDDEN, HIDDEN)
