"""What a request says wrongly, beyond what the contract's own rules can say."""

from __future__ import annotations

from typing import NoReturn

from libs.kit.call import Call
from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.words import say


def problem(call: Call, field: str, sentence: str, **values: object) -> FieldProblem:
    """`sentence` is its name among talent's messages, such as `profiles.too_early`; `values` stand in it."""
    return FieldProblem(field, say(call.language, "talent", sentence, values))


def refuse(call: Call, field: str, sentence: str, **values: object) -> NoReturn:
    """Raises FieldsInvalid for one field; see `problem`."""
    raise FieldsInvalid(problems=(problem(call, field, sentence, **values),))
