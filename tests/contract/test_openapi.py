"""The API page is valid OpenAPI 3.1, says everything the contract says, and allows what the services take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import httpx
import jsonschema_rs
import pytest
import schemathesis
from google.protobuf.message import Message
from grpc import StatusCode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from protovalidate import Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.adapter.validators import validate_v3

from gateway import passports, problems
from gateway.openapi import openapi
from gateway.openapi_failures import PASSPORT, STATUS
from gateway.openapi_rules import digits
from gateway.problems import problem_of
from gateway.routes import Routes
from libs.kit import contract as runtime
from libs.kit.errors import VersionConflict
from tools.contract import Contract, Method

Document = dict[str, Any]
UPLOAD = "employees.ImportService.UploadPart"
VALIDATOR = Validator()


@pytest.fixture(scope="module")
def page(descriptors: bytes) -> Document:
    return openapi(descriptors)


def operations(page: Document) -> Iterator[tuple[str, str, Document]]:
    for path, entry in page["paths"].items():
        for verb, operation in entry.items():
            yield path, verb, operation


def operation(page: Document, name: str) -> Document:
    return next(found for _, _, found in operations(page) if found["operationId"] == name)


def operation_id(method: Method) -> str:
    _, context, _, rest = method.name.split(".", 3)
    return f"{context}.{rest.replace('/', '.')}"


def schema(page: Document, name: str) -> Document:
    found: Document = page["components"]["schemas"][name]
    return found


def test_it_is_valid_openapi(page: Document) -> None:
    assert page["openapi"] == "3.1.0"
    validate_v3(page)


def test_every_reference_leads_somewhere(page: Document) -> None:
    names = set(re.findall(r"'#/components/schemas/([^']+)'", repr(page)))
    assert names <= set(page["components"]["schemas"])


def test_every_method_with_a_route_is_on_it_and_no_other(page: Document, whole: Contract) -> None:
    routed = {operation_id(method) for method in whole.methods if method.routes}
    assert {found["operationId"] for _, _, found in operations(page)} == routed
    assert len(routed) < len(list(whole.methods))  # workload methods are not for the front door


def test_every_operation_says_what_it_does_who_may_call_it_and_how_it_fails(page: Document) -> None:
    for path, verb, found in operations(page):
        where = f"{verb} {path}"
        assert found["summary"], where
        assert found["x-permission"].count(".") == 2, where
        assert found["x-permission"] in found["description"] or found["x-scope"] == "caller", where
        assert {"200", "400", "401", "405", "429", "500", "503", "504"} <= set(found["responses"]), where
        assert ("403" in found["responses"]) == (found["x-scope"] != "caller"), where
        assert all(answer["description"] for answer in found["responses"].values()), where
        assert found["tags"][0] in [tag["name"] for tag in page["tags"]], where


def test_every_schema_and_parameter_is_described(page: Document) -> None:
    for name, found in page["components"]["schemas"].items():
        assert found["description"], name
        for key, value in found.get("properties", {}).items():
            assert value["description"], f"{name}.{key}"
    for path, verb, found in operations(page):
        assert all(one["description"] for one in found.get("parameters", [])), f"{verb} {path}"


def test_a_reason_of_a_method_stands_at_its_status(page: Document) -> None:
    transfer = operation(page, "employees.LifecycleService.TransferEmployee")["responses"]
    assert "`POST_FULL`: the post has no free place" in transfer["422"]["description"]
    assert "EMPLOYEE_NOT_FOUND" in reasons(transfer["404"])
    assert reasons(transfer["409"]) == ["VERSION_CONFLICT"]
    assert reasons(transfer["413"]) == ["REQUEST_TOO_LARGE"]
    reveal = operation(page, "employees.PeopleService.RevealPersonalData")["responses"]
    assert "STEP_UP_REQUIRED" in reasons(reveal["403"])
    assert "REVOCATION_FEED_SILENT" in reasons(reveal["503"])


def reasons(response: Document) -> list[str]:
    body = response["content"]["application/problem+json"]["schema"]
    found: list[str] = body["properties"]["reason"]["enum"]
    return found


def test_problems_are_told_as_the_front_door_tells_them(page: Document) -> None:
    sent = json.loads(problem_of(VersionConflict(current_version=3), "en", "0193a1b2").body)
    jsonschema_rs.validate(schema(page, "Problem"), sent)
    assert set(sent) <= set(schema(page, "Problem")["properties"])
    codes = {name: StatusCode[name].value[0] for name in STATUS}
    assert {name: STATUS[name][0] for name in STATUS} == {name: problems.STATUS[code] for name, code in codes.items()}
    assert passports.METHOD == PASSPORT


def test_a_custom_verb_and_its_path_parameter(page: Document) -> None:
    found = page["paths"]["/v1/employees/{employeeId}:reveal"]["post"]
    assert found["parameters"] == [
        {
            "name": "employeeId",
            "in": "path",
            "required": True,
            "description": "Whose.",
            "schema": {"type": "string", "format": "uuid"},
        }
    ]
    body = schema(page, "employees.RevealPersonalDataRequest")
    assert set(body["properties"]) == {"purpose"}
    assert body["required"] == ["purpose"]
    assert body["additionalProperties"] is False


def test_query_parameters_of_a_list(page: Document) -> None:
    found = {one["name"]: one for one in operation(page, "employees.PeopleService.ListEmployees")["parameters"]}
    assert all(one["in"] == "query" for one in found.values())
    assert found["pageSize"]["schema"]["maximum"] == 500
    assert found["withTotal"]["schema"] == {"type": "boolean"}
    assert found["statuses"]["schema"]["maxItems"] == 5
    assert found["statuses"]["schema"]["items"] == {"$ref": "#/components/schemas/employees.EmployeeStatus"}
    assert found["query"]["example"] == "wxm"


def test_values_are_written_as_proto3_json_writes_them(page: Document) -> None:
    account = schema(page, "identity.Account")["properties"]
    assert (account["epoch"]["type"], account["epoch"]["format"]) == ("string", "uint64")
    assert account["openedAt"]["format"] == "date-time"
    assert account["state"]["$ref"].endswith("identity.AccountState")
    part = schema(page, "employees.UploadPartRequest")["properties"]["content"]
    assert (part["contentEncoding"], part["maxLength"]) == ("base64", 1398104)


def test_an_answer_may_leave_anything_out_and_a_request_says_what_it_needs(page: Document) -> None:
    assert "required" not in schema(page, "employees.Employee")
    assert schema(page, "employees.HireEmployeeRequest")["required"] == ["hiredOn", "unitId", "postId"]
    assert "required" not in schema(page, "identity.Scope")
    assert schema(page, "identity.ScopeInput")["required"] == ["kind"]
    assert "SCOPE_KIND_UNSPECIFIED" not in schema(page, "identity.ScopeInput")["properties"]["kind"]["enum"]


def test_personal_fields_carry_their_class_and_their_mask(page: Document) -> None:
    mobile = schema(page, "employees.Employee")["properties"]["mobile"]
    assert mobile["x-data-class"] == "PERSONAL_SENSITIVE"
    assert "138****5678" in mobile["description"]


def test_a_caller_signs_in_by_session_or_token(page: Document) -> None:
    schemes = page["components"]["securitySchemes"]
    assert schemes["session"]["name"] == "__Host-mainstay"
    assert schemes["clientCredentials"]["flows"]["clientCredentials"]["tokenUrl"]
    assert page["security"] == [{"session": []}, {"bearer": []}, {"clientCredentials": []}]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_a_pattern_of_digits_takes_exactly_the_numbers_between_its_bounds(one: int, other: int, number: int) -> None:
    low, high = sorted((one, other))
    pattern = re.compile(digits(low, high))
    assert bool(pattern.match(str(number))) == (low <= number <= high)
    assert pattern.match(str(low))
    assert pattern.match(str(high))


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_pattern_of_digits_is_exact_among_small_numbers(one: int, other: int) -> None:
    low, high = sorted((one, other))
    pattern = re.compile(digits(low, high))
    assert [number for number in range(1001) if pattern.match(str(number))] == list(range(low, min(high, 1000) + 1))


def asked(routes: Routes, case: Any) -> Message:
    """The message that the front door makes of a generated case, from its address and body as they are sent."""
    sent = case.as_transport_kwargs(base_url="http://localhost")
    request = httpx.Request(sent["method"], sent["url"], params=sent["params"], json=sent.get("json"))
    path, _, query = request.url.raw_path.partition(b"?")
    route, values = routes.find(request.method, path)
    return route.method.request.FromString(route.encode(values, query, request.content))


def breaks_no_rule(strategy: st.SearchStrategy[Any], routes: Routes) -> None:
    @given(strategy)
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def taken(case: Any) -> None:
        violations = VALIDATOR.collect_violations(asked(routes, case))
        assert [str(violation.proto) for violation in violations] == []

    taken()


def test_what_the_page_allows_the_front_door_reads_and_the_services_take(page: Document) -> None:
    """Requests made up from the page's schemas reach their method and break no rule of the contract."""
    routes = Routes(runtime.methods().values())
    loaded = schemathesis.openapi.from_dict(page)
    loaded.config.generation.update(allow_x00=False)  # the page's introduction bars it
    for result in loaded.get_all_operations():
        found = cast("Any", result).ok()
        if found.definition.raw["operationId"] != UPLOAD:  # a mebibyte of generated base64 takes seconds
            breaks_no_rule(found.as_strategy(generation_mode=GenerationMode.POSITIVE), routes)
