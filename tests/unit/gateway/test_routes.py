"""Every address of the contract leads to its method, and no other address leads anywhere."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.routes import Route, Routes
from gateway.transcode import Unreadable
from libs.kit.contract import methods
from libs.kit.errors import HttpMethodNotAllowed, RouteNotFound
from mainstay.employees.v1 import lifecycle_pb2, people_pb2

ROUTES = Routes(methods().values())
PERSON = b"/v1/employees/01923c5e-7b1f-7d7a-9a55-0d6f1c2b3a4d"


@pytest.mark.parametrize("route", ROUTES.all, ids=lambda route: f"{route.verb} {route.template}")
def test_each_template_finds_its_method(route: Route) -> None:
    path = re.sub(r"\{[^}]+\}", "some-id", route.template).encode()
    found, values = ROUTES.find(route.verb, path)
    assert found is route
    assert values == [b"some-id"] * len(route.variables)


def test_methods_between_our_own_processes_have_no_address() -> None:
    assert not [route.template for route in ROUTES.all if route.method.access.workload]
    assert {method.name for method in methods().values() if method.http} == {route.method.name for route in ROUTES.all}


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("DELETE", PERSON, "GET, PATCH"),
        ("GET", PERSON + b":reveal", "POST"),
        ("POST", b"/v1/access:explain", "GET"),
        ("HEAD", b"/v1/employees", "GET, POST"),
        ("OPTIONS", b"/v1/me/language", "PUT"),
    ],
)
def test_a_wrong_verb_is_told_the_right_ones(verb: str, path: bytes, allowed: str) -> None:
    with pytest.raises(HttpMethodNotAllowed) as refused:
        ROUTES.find(verb, path)
    assert refused.value.allowed == allowed


@pytest.mark.parametrize(
    "path",
    [
        b"/v1/",
        b"/v1/nothing",
        b"/v1/employees/",
        b"/v1//employees",
        b"/v1/access:nothing",
        PERSON + b"/",
        b"/v1/access",
    ],
)
def test_any_other_address_is_not_there(path: bytes) -> None:
    with pytest.raises(RouteNotFound):
        ROUTES.find("GET", path)


def test_an_unknown_custom_verb_is_part_of_the_id() -> None:
    found, values = ROUTES.find("GET", b"/v1/employees/urn:x")
    assert (found.method.short, values) == ("PeopleService.GetEmployee", [b"urn:x"])


def test_a_slash_inside_an_id_stays_inside() -> None:
    route, values = ROUTES.find("GET", b"/v1/employees/a%2Fb")
    request = people_pb2.GetEmployeeRequest.FromString(route.encode(values, b"asOf=2026-01-01", b""))
    assert (request.employee_id, request.as_of) == ("a/b", "2026-01-01")


def test_the_path_wins_over_the_body() -> None:
    route, values = ROUTES.find("POST", b"/v1/employees/e1:transfer")
    raw = route.encode(values, b"", b'{"employeeId":"somebody else","unitId":"u"}')
    request = lifecycle_pb2.TransferEmployeeRequest.FromString(raw)
    assert request.employee_id == "e1"


@pytest.mark.parametrize(
    ("verb", "path", "query", "body", "word"),
    [
        ("POST", b"/v1/employees/e1:transfer", b"unitId=u", b"{}", "unknown_parameter"),
        ("GET", b"/v1/employees/%FF", b"", b"", "text"),
        ("GET", b"/v1/employees/a%00", b"", b"", "text"),
        ("GET", b"/v1/employees", b"", b"{}", "no_body"),
        ("GET", b"/v1/employees/e1", b"employeeId=e2", b"", "unknown_parameter"),
    ],
)
def test_a_request_that_does_not_fit_its_route_is_refused(
    verb: str, path: bytes, query: bytes, body: bytes, word: str
) -> None:
    route, values = ROUTES.find(verb, path)
    with pytest.raises(Unreadable) as refused:
        route.encode(values, query, body)
    assert [one.word for one in refused.value.wrong] == [word]


def method(*http: tuple[str, str, str]) -> Any:
    return SimpleNamespace(
        name="x.Y/Z", http=http, request=people_pb2.CorrectEmployeeRequest, response=people_pb2.Employee
    )


def test_a_literal_goes_before_a_variable_and_leaves_a_way_back() -> None:
    mine = method(("GET", "/v1/things/me", ""))
    any_ = method(("GET", "/v1/things/{employee_id}/parts", ""), ("GET", "/v1/things/{employee_id}", ""))
    routes = Routes([mine, any_])
    assert routes.find("GET", b"/v1/things/me")[0].method is mine
    assert routes.find("GET", b"/v1/things/me/parts") == (routes.all[1], [b"me"])


def test_a_body_may_fill_one_field_and_no_other() -> None:
    field = people_pb2.CorrectEmployeeRequest.DESCRIPTOR.fields[2].name
    routes = Routes([method(("POST", "/v1/things/{employee_id}", field))])
    route, values = routes.find("POST", b"/v1/things/e1")
    request: Any = people_pb2.CorrectEmployeeRequest.FromString(route.encode(values, b"version=3", b'"text"'))
    assert (request.employee_id, request.version, getattr(request, field)) == ("e1", 3, "text")
    with pytest.raises(Unreadable):
        route.encode(values, b"", b'"text","version":5')


@pytest.mark.parametrize("template", ["/v1/x/{employee_id=things/*}", "/v1/x/**", "/v1/{nothing}"])
def test_a_pattern_nobody_implemented_stops_the_start(template: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Routes([method(("GET", template, ""))])
