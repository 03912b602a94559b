"""What requests about cases say, checked beyond what the contract's own rules can say."""

from __future__ import annotations

from typing import NoReturn

from libs.kit.call import Call
from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.words import say


def refuse(call: Call, field: str, rule: str, **values: object) -> NoReturn:
    """Raises FieldsInvalid for one field, with the sentence `case_rules.<rule>` and its values."""
    raise FieldsInvalid(problems=(FieldProblem(field, say(call.language, "talent", f"case_rules.{rule}", values)),))
