"""Path variables and queries become the fields they name, or are refused by name."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st

from gateway.parameters import Parameter, queries, read_query, variable
from gateway.transcode import Unreadable
from libs.kit.contract import methods, repeated
from mainstay.employees.v1 import people_pb2
from mainstay.identity.v1 import grants_pb2
from tests.unit.gateway.messages import TEXT, scalar

LIST: Any = people_pb2.ListEmployeesRequest
GRANT: Any = grants_pb2.CreateGrantRequest.DESCRIPTOR
PERSON: Any = people_pb2.GetEmployeeRequest.DESCRIPTOR
KNOWN = queries(LIST.DESCRIPTOR)
BY_QUERY = [
    method
    for method in methods().values()
    if method.http and method.http[0][0] == "GET" and method.request.DESCRIPTOR.fields
]


def read(query: str) -> Any:
    return LIST.FromString(read_query(query.encode(), KNOWN))


def wrong(query: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(Unreadable) as refused:
        read_query(query.encode() if isinstance(query, str) else query, KNOWN)
    return [(one.path, one.word) for one in refused.value.wrong]


def test_both_spellings_lists_enums_and_booleans() -> None:
    request = read(
        "query=%E7%8E%8B+xm&page_size=20&withTotal=true&statuses=EMPLOYEE_STATUS_PROBATION&statuses=3&order=1"
    )
    assert request == LIST(query="王 xm", page_size=20, with_total=True, statuses=[2, 3], order=1)


@pytest.mark.parametrize(
    ("query", "path", "word"),
    [
        ("salary=1", "salary", "unknown_parameter"),
        ("=1", "", "unknown_parameter"),
        ("pageSize=ten", "pageSize", "whole_number"),
        ("page_size=-1", "pageSize", "whole_number"),
        ("pageSize=4294967296", "pageSize", "whole_number"),
        ("pageSize=", "pageSize", "whole_number"),
        ("pageSize=1e3", "pageSize", "whole_number"),
        ("pageSize=%EF%BC%91", "pageSize", "whole_number"),
        ("withTotal=yes", "withTotal", "boolean"),
        ("order=BEST", "order", "choice"),
        ("statuses=77", "statuses", "choice"),
        ("query=%FF", "query", "text"),
        ("query=a%00b", "query", "text"),
        ("query=a&query=b", "query", "twice"),
        ("pageSize=1&page_size=2", "pageSize", "twice"),
        (b"\xff=1", "�", "text"),
    ],
)
def test_what_cannot_be_taken_is_named(query: str | bytes, path: str, word: str) -> None:
    assert wrong(query) == [(path, word)]


def test_every_wrong_parameter_is_named_at_once() -> None:
    assert wrong("salary=1&pageSize=ten&query=ok") == [("salary", "unknown_parameter"), ("pageSize", "whole_number")]


def test_a_flood_of_parameters_is_refused() -> None:
    assert wrong("&".join(["statuses=1"] * 300)) == [("?", "too_many")]


def test_instants_and_nested_fields_are_parameters_too() -> None:
    known = queries(GRANT)
    raw = read_query(b"scope.kind=SCOPE_KIND_UNIT&scope.unit_id=u1&startsAt=2026-03-31T08:30:00Z&role=hr", known)
    request = grants_pb2.CreateGrantRequest.FromString(raw)
    assert (request.scope.unit_id, request.role) == ("u1", "hr")
    assert request.starts_at.ToJsonString() == "2026-03-31T08:30:00Z"
    with pytest.raises(Unreadable):
        read_query(b"startsAt=tomorrow", known)


def test_what_the_path_takes_is_no_query_parameter() -> None:
    assert "employeeId" not in queries(PERSON, frozenset({"employee_id"}))


def text_of(field: FieldDescriptor, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    return str(value)


@pytest.mark.parametrize("method", BY_QUERY, ids=lambda method: method.short)
@given(data=st.data())
def test_any_value_of_any_query_field_arrives(method: Any, data: st.DataObject) -> None:
    fields = [
        field
        for field in method.request.DESCRIPTOR.fields
        if field.message_type is None and field.type != FieldDescriptor.TYPE_BYTES
    ]
    field = data.draw(st.sampled_from(fields))
    value = data.draw(scalar(field))
    query = f"{field.json_name}={quote_plus(text_of(field, value))}"
    request = method.request.FromString(read_query(query.encode(), queries(method.request.DESCRIPTOR)))
    found = getattr(request, field.name)
    assert (found[0] if repeated(field) else found) == value


@given(TEXT.filter(bool))
def test_any_text_goes_through_the_path(text: str) -> None:
    parameter: Parameter = variable(PERSON, "employee_id")
    assert quote(text, safe="")
    assert people_pb2.GetEmployeeRequest.FromString(parameter.encode(text)).employee_id == text
