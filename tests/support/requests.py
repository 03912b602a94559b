"""A valid request for any method of the contract, filled by the names of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from libs.kit import contract
from libs.kit.dates import timestamp

DAY = "2026-12-01"
# What a field gets unless the caller knows better. Dates are days after any demo history.
DEFAULTS: Mapping[str, Any] = {
    "version": 1,
    "number": "E9990",
    "code": "X-9990",
    "name": "测试",
    "title": "测试岗位",
    "purpose": "权限矩阵测试",
    "reason": "权限矩阵测试",
    "role": "people_viewer",
    "days": 7,
    "headcount": 1,
    "language": "en",
    "username": "matrix-test",
    "description": "权限矩阵测试",
    "permission": "employees.person.read",
    "file_name": "people.csv",
    "file_size": 10,
    "content": b"number\n",
    "amount": "100.00",
    "currency": "CNY",
    "text": "权限矩阵测试",
    "evidence": "权限矩阵测试",
    "question": "权限矩阵测试",
    "answer": "权限矩阵测试",
    "note": "权限矩阵测试",
    "level": 3,
    "likelihood": 3,
    "impact": 3,
    "months": 3,
}
_LEFT_EMPTY = {"idempotency_key", "page_token", "page_size", "rehire_employee_id", "query", "root_unit_id", "mapping"}


def request_for(method: contract.Method, known: Mapping[str, Any]) -> Message:
    """Fills what is named in `known` or `DEFAULTS`, dates, enums and what is required; leaves the rest out."""
    request = method.request()
    _fill(request, {**DEFAULTS, **known})
    return request


def _fill(message: Any, values: Mapping[str, Any]) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.name in _LEFT_EMPTY and not _required(field):
            continue
        if contract.repeated(field):
            continue
        if field.message_type is not None:
            _fill_message(message, field, values)
        elif field.name in values and _takes(field, values[field.name]):
            setattr(message, field.name, values[field.name])
        elif field.name.endswith("_on") or field.name == "last_day":
            setattr(message, field.name, DAY)
        elif field.enum_type is not None and _chosen(field):
            setattr(message, field.name, _chosen(field))


def _fill_message(message: Any, field: FieldDescriptor, values: Mapping[str, Any]) -> None:
    if field.name in values:
        getattr(message, field.name).CopyFrom(values[field.name])
    elif field.message_type is not None and field.message_type.full_name == "google.protobuf.Timestamp":
        if field.name == "ends_at":
            message.ends_at.CopyFrom(timestamp(datetime.now(UTC) + timedelta(days=7)))
    elif _required(field):
        child = getattr(message, field.name)
        child.SetInParent()
        _fill(child, values)


def _rules(field: FieldDescriptor) -> Any:
    options: Any = field.GetOptions()
    return options.Extensions[validate_pb2.field]


def _takes(field: FieldDescriptor, value: Any) -> bool:
    """Whether a value is of the field's kind: a person's number is words, a version's is not."""
    return isinstance(value, str) == (field.type == FieldDescriptor.TYPE_STRING)


def _chosen(field: FieldDescriptor) -> int:
    """A value the field's rules ask for; 0 when it may stay empty."""
    rules = _rules(field).enum
    allowed = list(getattr(rules, "in"))
    return int(allowed[0]) if allowed else 1 if rules.not_in else 0


def _required(field: FieldDescriptor) -> bool:
    return bool(_rules(field).required)
