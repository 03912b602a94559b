"""Bad input names the field and says what to do, in the caller's language."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from libs.kit import contract, words
from libs.kit.errors import FieldsInvalid
from libs.kit.validation import check
from mainstay.employees.v1 import lifecycle_pb2, people_pb2


def problems(message: Message, language: str) -> dict[str, str]:
    with pytest.raises(FieldsInvalid) as caught:
        check(message, language)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = lifecycle_pb2.EndEmploymentRequest(employee_id="E0107", last_day="31.3.2026")
    assert problems(wrong, "zh-CN") == {
        "employee_id": "应为 UUID 编号。",
        "version": "不能小于 1。",
        "last_day": "应为日期，如 2026-03-31。",
        "kind": "请选择一项。",
    }
    assert problems(wrong, "en")["last_day"] == "Must be a day, like 2026-03-31."


def test_a_field_inside_a_list_is_named_with_its_place() -> None:
    assert set(problems(people_pb2.ListEmployeesRequest(statuses=[1, 99]), "en")) == {"statuses[1]"}  # type: ignore[list-item]


def test_every_rule_has_a_sentence_in_both_languages() -> None:
    assert words.book("contract", "en")["rules"].keys() == words.book("contract", "zh-CN")["rules"].keys()


def test_what_is_wrong_with_an_empty_request_is_said_for_every_method() -> None:
    for method in contract.methods().values():
        for language in words.LANGUAGES:
            assert all(_said(method, language)), method.name


def _said(method: contract.Method, language: str) -> list[str]:
    try:
        check(method.request(), language)
    except FieldsInvalid as wrong:
        return [problem.message for problem in wrong.problems]
    return []


def test_every_shared_reason_has_a_sentence_in_both_languages() -> None:
    from mainstay.contract.v1 import errors_pb2

    for language in words.LANGUAGES:
        for name in errors_pb2.Reason.keys()[1:]:
            assert words.find(language, "contract", f"reasons.{name}"), (language, name)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("fr, en;q=0.5, zh;q=0.4", "en"),
        ("", "zh-CN"),
        ("q=;;,=", "zh-CN"),
    ],
)
def test_the_callers_language_is_the_best_of_ours(header: str, language: str) -> None:
    assert words.best_language(header) == language
