"""What requests say, checked beyond what the contract's own rules can say."""

from __future__ import annotations

from functools import cache
from typing import NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from libs.kit.call import Call
from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.words import say


def refuse(call: Call, field: str, rule: str, *, context: str = "employees") -> NoReturn:
    """Raises FieldsInvalid for one field, with the sentence `rules.<rule>` of a context's messages."""
    raise FieldsInvalid(problems=(FieldProblem(field, say(call.language, context, f"rules.{rule}")),))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(call: Call, name: str) -> str:
    """A known IANA time zone; the company's own when empty. Raises FieldsInvalid."""
    if not name:
        return call.house.time_zone
    if name not in _zones():
        refuse(call, "time_zone", "time_zone_unknown")
    return ZoneInfo(name).key


def optional_id(text: str) -> UUID | None:
    return UUID(text) if text else None
