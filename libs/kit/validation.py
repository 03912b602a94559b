"""Runs the contract's `buf.validate` rules and says what breaks them in the caller's language."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from protovalidate import Validator

from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.words import find, say

_VALIDATOR = Validator()
# Patterns of the contract whose regular expression would tell a person nothing.
_PATTERNS = {
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "date",
    "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$": "date",
    "^(\\+?[0-9][0-9 .()-]{5,24})?$": "mobile",
    "^([A-Za-z0-9][A-Za-z0-9._-]{0,31})?$": "code",
    "^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$": "code",
    "^-?[0-9]{1,15}(\\.[0-9]{1,4})?$": "amount",
    "^[A-Z]{3}$": "currency",
    "^([A-Z]{3})?$": "currency",
    "^[a-z][a-z0-9-]{1,39}$": "client_id",
}


def check(message: Message, language: str) -> None:
    """Raises FieldsInvalid naming every field that breaks a rule."""
    violations = _VALIDATOR.collect_violations(message)
    if violations:
        raise FieldsInvalid(problems=tuple(_problem(violation, language) for violation in violations))


def _problem(violation: Any, language: str) -> FieldProblem:
    proto = violation.proto
    path = ""
    for element in proto.field.elements if proto.field else ():
        path += ("." if path else "") + element.field_name
        if element.subscript is not None and element.subscript.field == "index":
            path += f"[{element.subscript.value}]"
    values = {"limit": violation.rule_value}
    rule = proto.rule_id.replace(".", "_")
    if rule == "string_pattern":
        rule = "pattern_" + _PATTERNS.get(str(violation.rule_value), "other")
    if rule == "string_in":
        values["limit"] = ", ".join(violation.rule_value)
    known = find(language, "contract", f"rules.{rule}")
    return FieldProblem(path, say(language, "contract", f"rules.{rule}", values) if known else proto.message)
