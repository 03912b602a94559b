"""Every reason of the contract has a class, and a sentence in both languages that only says what the class knows."""

from __future__ import annotations

import inspect
import string
from dataclasses import fields

import pytest

from libs.kit.errors import Fault
from libs.kit.words import LANGUAGES, find
from mainstay.employees.v1 import errors_pb2
from services.employees import errors

CLASSES = {
    one.reason: one
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, Fault) and getattr(one, "context", "") == "employees"
}


def test_there_is_a_class_for_each_reason() -> None:
    assert {name for name, number in errors_pb2.Reason.items() if number} == set(CLASSES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", sorted(CLASSES))
def test_a_reason_has_its_sentence(reason: str, language: str) -> None:
    sentence = find(language, "employees", f"reasons.{reason}")
    assert sentence
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    assert named <= {one.name for one in fields(CLASSES[reason])}  # type: ignore[arg-type]
