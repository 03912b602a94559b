"""A failure is told the same way whoever failed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.rpc import status_pb2
from grpc import StatusCode

from gateway.problems import Problem, camel, problem_of
from gateway.transcode import Unreadable, Wrong
from libs.kit import errors
from libs.kit.rpc.status import Failed, status_of


def told(problem: Problem) -> dict[str, Any]:
    return dict(json.loads(problem.body))


def headers(problem: Problem) -> dict[bytes, bytes]:
    return dict(problem.headers)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (errors.PageTokenInvalid(), 400),
        (errors.SignInRequired(), 401),
        (errors.PermissionMissing(permission="x.y.z"), 403),
        (errors.RouteNotFound(), 404),
        (errors.HttpMethodNotAllowed(allowed="GET"), 405),
        (errors.IdempotencyKeyReused(), 409),
        (errors.VersionConflict(current_version=3), 409),
        (errors.RequestTooLarge(limit_bytes=9), 413),
        (errors.PersonErased(employee_id="e"), 422),
        (errors.RateLimited(retry_after_seconds=3), 429),
        (errors.InternalError(request_id="r"), 500),
        (errors.TemporarilyUnavailable(part="database"), 503),
        (errors.DeadlinePassed(), 504),
    ],
)
def test_each_kind_of_fault_has_its_http_status(fault: errors.Fault, status: int) -> None:
    ours, theirs = problem_of(fault, "en", "r1"), problem_of(Failed(status_of(fault, "en", "r1")), "en", "r1")
    assert ours == theirs
    assert ours.status == told(ours)["status"] == status
    assert told(ours)["reason"] == fault.reason
    assert told(ours)["type"] == f"/problems/contract/{fault.reason}"
    assert headers(ours)[b"content-type"] == b"application/problem+json"
    assert headers(ours)[b"cache-control"] == b"no-store"


def test_every_grpc_code_has_an_http_status() -> None:
    for code in StatusCode:
        if code is not StatusCode.OK:
            assert problem_of(Failed(status_pb2.Status(code=code.value[0])), "en", "r").status >= 400


def test_metadata_and_sentence_travel_in_the_callers_language() -> None:
    problem = told(problem_of(errors.PermissionMissing(permission="employees.person.read"), "zh-CN", "r1"))
    assert problem["title"] == "没有权限"
    assert problem["detail"] == "您没有这项权限：employees.person.read。"
    assert (problem["context"], problem["requestId"]) == ("contract", "r1")
    assert problem["metadata"] == {"permission": "employees.person.read"}


def test_fields_are_named_as_json_names_them() -> None:
    fault = errors.FieldsInvalid(problems=(errors.FieldProblem("contacts[2].work_mail", "Required."),))
    assert told(problem_of(fault, "en", "r"))["fields"] == [{"field": "contacts[2].workMail", "message": "Required."}]
    assert camel("a_b.c_d[0].e_f_2") == "aB.cD[0].eF2"


def test_whoever_should_come_back_later_is_told_when() -> None:
    problem = problem_of(errors.RateLimited(retry_after_seconds=7), "en", "r")
    assert headers(problem)[b"retry-after"] == b"7"
    assert told(problem)["retryAfterSeconds"] == 7


def test_a_wrong_verb_and_a_missing_sign_in_carry_their_headers() -> None:
    assert headers(problem_of(errors.HttpMethodNotAllowed(allowed="GET, PUT"), "en", "r"))[b"allow"] == b"GET, PUT"
    assert b"Bearer" in headers(problem_of(errors.SignInRequired(), "en", "r"))[b"www-authenticate"]


def test_unreadable_fields_and_an_unreadable_body_are_two_things() -> None:
    fields = problem_of(Unreadable(Wrong("pageSize", "whole_number"), Wrong("x", "unknown")), "en", "r")
    assert (fields.status, fields.reason) == (400, "FIELDS_INVALID")
    assert [one["field"] for one in told(fields)["fields"]] == ["pageSize", "x"]
    body = problem_of(Unreadable(Wrong("", "json", "1:5")), "en", "r")
    assert body.reason == "REQUEST_UNREADABLE"
    assert "1:5" in told(body)["detail"]


def test_a_status_without_details_gives_nothing_away() -> None:
    problem = problem_of(Failed(status_pb2.Status(code=13, message="")), "en", "r")
    assert (problem.status, problem.reason) == (500, "INTERNAL_ERROR")
