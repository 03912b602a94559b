"""Pure: `buf.validate` rules as JSON Schema, so that what the page allows is what the services take.

A CEL rule has no JSON Schema counterpart: those that amount to a format are known here, others are said in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from buf.validate import validate_pb2

Schema = dict[str, Any]
Rules = validate_pb2.FieldRules

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
# Patterns that stand for a day: the services also refuse the 31st of February, which `format: date` says too.
_DAYS = {f"^{_DAY}$", f"^({_DAY})?$"}
_CEL_FORMATS = {"this == '' || this.isEmail()": "email"}
_FORMATS = ("uuid", "email", "hostname", "ipv4", "ipv6", "uri")


def ignores_zero(rules: Rules) -> bool:
    return rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE


def refuses_zero(rules: Rules) -> bool:
    """Whether a field without presence breaks its rules when it is left out."""
    if rules.required:
        return True
    if ignores_zero(rules):
        return False
    kind = rules.WhichOneof("type")
    judge = _ZERO_REFUSED.get(kind or "")
    return judge(getattr(rules, kind)) if judge and kind else False


def _number_refuses_zero(rules: Any) -> bool:
    low, high = bounds(rules)
    outside = (low is not None and low > 0) or (high is not None and high < 0)
    return outside or bool(getattr(rules, "in") and 0 not in getattr(rules, "in")) or 0 in rules.not_in


def _text_refuses_empty(rules: Any) -> bool:
    listed = getattr(rules, "in")
    return bool(
        rules.min_len
        or rules.len
        or any(getattr(rules, name) for name in _FORMATS)
        or (rules.pattern and not re.search(rules.pattern, ""))
        or (listed and "" not in listed)
        or "" in rules.not_in
    )


_ZERO_REFUSED: Mapping[str, Callable[[Any], bool]] = {
    "string": _text_refuses_empty,
    "bytes": lambda rules: bool(rules.min_len or rules.len),
    "repeated": lambda rules: bool(rules.min_items),
    "map": lambda rules: bool(rules.min_pairs),
    "enum": lambda rules: 0 in rules.not_in or bool(getattr(rules, "in") and 0 not in getattr(rules, "in")),
    "uint32": _number_refuses_zero,
    "int32": _number_refuses_zero,
    "uint64": _number_refuses_zero,
    "int64": _number_refuses_zero,
}


def text(rules: Any) -> Schema:
    """What a string must look like. `maxLength` counts characters, as `max_len` does."""
    schema: Schema = {}
    if rules.len or rules.min_len:
        schema["minLength"] = rules.len or rules.min_len
    if rules.len or rules.HasField("max_len"):
        schema["maxLength"] = rules.len or rules.max_len
    if rules.pattern in _DAYS:
        schema["format"] = "date"
    elif rules.pattern:
        schema["pattern"] = rules.pattern
    for name in _FORMATS:
        if getattr(rules, name):
            schema["format"] = name
    if getattr(rules, "in"):
        schema["enum"] = list(getattr(rules, "in"))
    if rules.not_in:
        schema["not"] = {"enum": list(rules.not_in)}
    if rules.HasField("const"):
        schema["const"] = rules.const
    return schema


def string(rules: Rules) -> Schema:
    """A string field with all its rules, the empty string beside them where it is let through."""
    schema = {"type": "string", **text(rules.string)}
    empty_day = rules.string.pattern in _DAYS and not _text_refuses_empty(rules.string)
    formats = [_CEL_FORMATS[rule.expression] for rule in rules.cel if rule.expression in _CEL_FORMATS]
    if formats:
        schema["format"] = formats[0]
    if (ignores_zero(rules) or empty_day or formats) and len(schema) > 1:
        return {"anyOf": [schema, {"type": "string", "maxLength": 0}]}
    return schema


def content(rules: Any) -> Schema:
    """Length of bytes as the length of their base64 text."""
    schema: Schema = {}
    if rules.min_len or rules.len:
        schema["minLength"] = -(-(rules.len or rules.min_len) // 3) * 4
    if rules.HasField("max_len") or rules.len:
        schema["maxLength"] = -(-(rules.len or rules.max_len) // 3) * 4
    return schema


def bounds(rules: Any) -> tuple[int | None, int | None]:
    """Least and greatest whole number that the rules allow; None where there is no limit."""
    low = rules.gte if rules.HasField("gte") else rules.gt + 1 if rules.HasField("gt") else None
    high = rules.lte if rules.HasField("lte") else rules.lt - 1 if rules.HasField("lt") else None
    return low, high


def number(rules: Any) -> Schema:
    low, high = bounds(rules)
    schema: Schema = {}
    if low is not None:
        schema["minimum"] = low
    if high is not None:
        schema["maximum"] = high
    if getattr(rules, "in"):
        schema["enum"] = list(getattr(rules, "in"))
    if rules.not_in:
        schema["not"] = {"enum": list(rules.not_in)}
    return schema


def digits(low: int, high: int) -> str:
    """A pattern for the whole numbers from `low` to `high`, both not negative, written without leading zeros.

    proto3 JSON writes 64-bit numbers as text, where `minimum` and `maximum` mean nothing.
    """
    parts: list[str] = []
    for length in range(len(str(low)), len(str(high)) + 1):
        least = max(low, 10 ** (length - 1) if length > 1 else 0)
        parts += _same_length(str(least), str(min(high, 10**length - 1)))
    return f"^({'|'.join(parts)})$"


def _same_length(low: str, high: str) -> list[str]:
    """Alternatives for the numbers between two of as many digits: those that share the first digit of one end
    apart, everything between them together.
    """
    if not low:
        return [""]
    if low[0] == high[0]:
        return [low[0] + rest for rest in _same_length(low[1:], high[1:])]
    more = len(low) - 1
    first, last = int(low[0]), int(high[0])
    lower, upper = [], []
    if low[1:] != "0" * more:
        lower = [low[0] + rest for rest in _same_length(low[1:], "9" * more)]
        first += 1
    if high[1:] != "9" * more:
        upper = [high[0] + rest for rest in _same_length("0" * more, high[1:])]
        last -= 1
    between = [_range(first, last) + (f"[0-9]{{{more}}}" if more else "")] if first <= last else []
    return lower + between + upper


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"[{first}-{last}]"
