"""A call over REST: what reaches the service, what comes back, and what never gets that far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from libs.kit.errors import InternalError, PassportInvalid, PermissionMissing, TemporarilyUnavailable
from mainstay.employees.v1 import lifecycle_pb2, people_pb2
from tests.unit.gateway.conftest import Browser, House

GET = "PeopleService/GetEmployee"
TRANSFER = "LifecycleService/TransferEmployee"


@pytest.fixture
async def browser(house: House) -> Browser:
    signed_in = house.browser()
    await signed_in.sign_in()
    house.employees.answers[GET] = people_pb2.Employee(employee_id="e1", name="王小明", version=3)
    return signed_in


async def test_a_read_goes_through_as_bytes_and_comes_back_as_json(house: House, browser: Browser) -> None:
    answer = await browser.http.get("/v1/employees/e1", params={"asOf": "2026-01-01"})
    assert answer.status_code == 200
    assert answer.json() == {"employeeId": "e1", "name": "王小明", "version": 3}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    call = house.employees.heard[-1]
    assert call.name == "mainstay.employees.v1.PeopleService/GetEmployee"
    assert people_pb2.GetEmployeeRequest.FromString(call.raw) == people_pb2.GetEmployeeRequest(
        employee_id="e1", as_of="2026-01-01"
    )


async def test_the_service_learns_who_asks_in_which_language_and_under_which_id(house: House, browser: Browser) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"x-request-id": "request-0001", "accept-language": "zh-CN,en;q=0.5", "traceparent": trace}
    answer = await browser.http.get("/v1/employees/e1", headers=headers)
    assert answer.headers["x-request-id"] == "request-0001"
    meta = house.employees.heard[-1].meta
    assert meta["mainstay-request-id"] == "request-0001"
    assert meta["accept-language"] == "zh-CN"
    assert meta["traceparent"] == "", "a browser's trace is not gone on with"
    assert meta["mainstay-passport"].count(".") == 2


async def test_without_a_wish_the_accounts_language_counts(house: House, browser: Browser) -> None:
    await browser.http.get("/v1/employees/e1", headers={"accept-language": ""})
    assert house.employees.heard[-1].meta["accept-language"] == "en"
    house.employees.answers[GET] = PermissionMissing(permission="employees.person.read")
    refused = await browser.http.get("/v1/employees/e1", headers={"accept-language": ""})
    assert (refused.headers["content-language"], refused.json()["title"]) == ("en", "Not allowed")


@pytest.mark.parametrize("given", ["short", "has space here", "x" * 65, "line\tbreak-in-it"])
async def test_a_strange_request_id_is_replaced(browser: Browser, given: str) -> None:
    answer = await browser.http.get("/v1/employees/e1", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] != given


@pytest.mark.parametrize(
    ("asked", "least", "most"), [("250", 0.1, 0.25), ("999999", 9, 10), ("soon", 9, 10), ("0", 0, 0.05), ("", 9, 10)]
)
async def test_a_caller_may_ask_for_less_time_not_for_more(
    house: House, browser: Browser, asked: str, least: float, most: float
) -> None:
    await browser.http.get("/v1/employees/e1", headers={"x-timeout-ms": asked})
    assert least <= house.employees.heard[-1].timeout <= most


async def test_a_change_needs_the_portals_header(house: House, browser: Browser) -> None:
    house.employees.answers[TRANSFER] = people_pb2.Employee(employee_id="e1")
    refused = await browser.http.post("/v1/employees/e1:transfer", json={"unitId": "u"})
    assert (refused.status_code, refused.json()["reason"]) == (400, "CSRF_HEADER_MISSING")
    assert not house.employees.heard
    other = await browser.http.post("/v1/employees/e1:transfer", json={}, headers={"x-mainstay": "elsewhere"})
    assert other.json()["reason"] == "CSRF_HEADER_MISSING"
    done = await browser.post("/v1/employees/e1:transfer", {"postId": "p", "reason": "调岗"})
    assert done.json() == {"employeeId": "e1"}
    assert lifecycle_pb2.TransferEmployeeRequest.FromString(house.employees.heard[-1].raw).employee_id == "e1"


async def test_another_system_calls_with_a_token_and_without_that_header(house: House) -> None:
    token = await house.token("erp")
    answer = await house.browser().http.post(
        "/v1/employees/e1:transfer", json={}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    assert [(one.username, one.use) for one in house.identity.issued] == [("erp", 2)]


async def test_a_body_must_be_json(house: House, browser: Browser) -> None:
    form = await browser.http.post("/v1/employees/e1:transfer", data={"unitId": "u"}, headers={"x-mainstay": "portal"})
    assert form.json()["reason"] == "REQUEST_UNREADABLE"
    broken = await browser.http.post(
        "/v1/employees/e1:transfer",
        content=b'{"unitId":',
        headers={"x-mainstay": "portal", "content-type": "application/json"},
    )
    assert broken.json()["reason"] == "REQUEST_UNREADABLE"
    wrong = await browser.post("/v1/employees/e1:transfer", {"nowhere": 1})
    assert wrong.json()["fields"] == [{"field": "nowhere", "message": "There is no such field."}]
    assert not house.employees.heard


async def test_an_empty_body_is_an_empty_request(house: House, browser: Browser) -> None:
    answer = await browser.http.post("/v1/employees/e1:transfer", headers={"x-mainstay": "portal"})
    assert answer.status_code == 200
    assert house.employees.heard


async def test_a_read_takes_no_body(browser: Browser) -> None:
    answer = await browser.http.request("GET", "/v1/employees/e1", json={"asOf": "2026-01-01"})
    assert answer.json()["reason"] == "REQUEST_UNREADABLE"


async def test_nobody_gets_in_without_sign_in(house: House) -> None:
    stranger = house.browser()
    for headers in (
        {},
        {"cookie": "mainstay=" + "x" * 43},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Basic eHg6eHg="},
    ):
        answer = await stranger.http.get("/v1/employees/e1", headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (401, "SIGN_IN_REQUIRED")
    assert not house.employees.heard


async def test_a_cookie_does_not_help_a_bad_token(house: House, browser: Browser) -> None:
    answer = await browser.http.get("/v1/employees/e1", headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_unknown_addresses_and_verbs_are_problems(browser: Browser) -> None:
    unknown = await browser.http.get("/v1/nothing")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "ROUTE_NOT_FOUND")
    verb = await browser.http.delete("/v1/employees/e1")
    assert (verb.status_code, verb.headers["allow"]) == (405, "GET, PATCH")
    hidden = await browser.post("/mainstay.identity.v1.PassportService/IssuePassport")
    assert hidden.status_code == 405
    assert (await browser.http.get("/v1")).status_code == 404


async def test_a_refusal_of_the_service_arrives_as_it_is(house: House, browser: Browser) -> None:
    house.employees.answers[GET] = PermissionMissing(permission="employees.person.read")
    answer = await browser.http.get("/v1/employees/e1")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["metadata"] == {"permission": "employees.person.read"}
    house.employees.answers[GET] = TemporarilyUnavailable(part="database")
    assert (await browser.http.get("/v1/employees/e1")).headers["retry-after"] == "2"


async def test_a_mistake_of_ours_keeps_its_text_to_itself(house: House, browser: Browser) -> None:
    def broken(_raw: bytes, _meta: Any) -> Any:
        raise RuntimeError("SELECT national_id FROM people")

    house.employees.answers[GET] = broken
    answer = await browser.http.get("/v1/employees/e1")
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL_ERROR")
    assert "SELECT" not in answer.text
    house.employees.answers[GET] = InternalError(request_id="r")
    assert (await browser.http.get("/v1/employees/e1")).status_code == 500


async def test_a_service_that_is_not_there_is_unavailable(house: House, browser: Browser) -> None:
    del house.channels["employees"]
    answer = await browser.http.get("/v1/employees/e1")
    assert (answer.status_code, answer.json()["metadata"]["part"]) == (503, "employees")


async def test_a_passport_that_counts_no_more_is_replaced_and_the_call_repeated(house: House, browser: Browser) -> None:
    await browser.http.get("/v1/employees/e1")
    issued = len(house.identity.issued)
    good = house.employees.answers[GET]
    first = house.employees.heard[-1].meta["mainstay-passport"]

    def fussy(_raw: bytes, meta: Any) -> Any:
        return PassportInvalid(why="superseded") if meta["mainstay-passport"] == first else good

    house.employees.answers[GET] = fussy
    house.clock.move(timedelta(seconds=1))
    assert (await browser.http.get("/v1/employees/e1")).status_code == 200
    assert len(house.identity.issued) == issued + 1


async def test_a_passport_refused_twice_is_told(house: House, browser: Browser) -> None:
    house.employees.answers[GET] = PassportInvalid(why="forged")
    answer = await browser.http.get("/v1/employees/e1")
    assert (answer.status_code, answer.json()["reason"]) == (401, "PASSPORT_INVALID")
    assert len([call for call in house.employees.heard if call.name.endswith(GET)]) == 2


async def test_a_large_body_is_refused_by_its_header_and_by_its_length(
    house: House, browser: Browser, front_settings: dict[str, Any]
) -> None:
    limit = house.gateway.settings.body_limit

    async def endless() -> Any:
        for _ in range(limit // 65536 + 2):
            yield b" " * 65536

    headers = {"x-mainstay": "portal", "content-type": "application/json"}
    said = await browser.http.post("/v1/employees", content=b" " * (limit + 1), headers=headers)
    unsaid = await browser.http.post("/v1/employees", content=endless(), headers=headers)
    for answer in (said, unsaid):
        assert (answer.status_code, answer.json()["reason"]) == (413, "REQUEST_TOO_LARGE")
        assert answer.json()["metadata"] == {"limit_bytes": str(limit)}
    assert not house.employees.heard


class TestWithALowLimit:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"session_rate": 1, "service_rate": 1, "anonymous_rate": 1, "burst_seconds": 3}

    async def test_who_calls_too_often_is_told_when_to_come_back(self, house: House) -> None:
        person, other = await house.token("erp"), await house.token("crm")
        client = house.browser().http
        said = [
            (await client.get("/v1/employees/e1", headers={"authorization": f"Bearer {person}"})).status_code
            for _ in range(4)
        ]
        assert said == [200, 200, 200, 429]
        refused = await client.get("/v1/employees/e1", headers={"authorization": f"Bearer {person}"})
        assert refused.json()["reason"] == "RATE_LIMITED"
        assert int(refused.headers["retry-after"]) >= 1
        assert (await client.get("/v1/employees/e1", headers={"authorization": f"Bearer {other}"})).status_code == 200

    async def test_guessing_cookies_is_slowed_down(self, house: House) -> None:
        client = house.browser().http
        said = {
            (await client.get("/v1/employees/e1", headers={"cookie": f"mainstay={n:043}"})).status_code
            for n in range(6)
        }
        assert said == {401, 429}


async def test_every_answer_carries_the_headers_that_keep_browsers_careful(browser: Browser) -> None:
    for path in ("/v1/employees/e1", "/v1/nothing", "/auth/session", "/auth/nothing", "/", "/people"):
        headers = (await browser.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "x-request-id" in headers
        assert "server" not in headers


async def test_another_host_name_gets_nothing(browser: Browser) -> None:
    for path in ("/v1/employees/e1", "/auth/session", "/"):
        answer = await browser.http.get(path, headers={"host": "evil.example"})
        assert (answer.status_code, answer.json()["reason"]) == (400, "REQUEST_UNREADABLE")


async def test_problems_are_logged_without_addresses(browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    await browser.http.get("/v1/employees/canary-4711", params={"nowhere": "canary-4712"})
    said = capsys.readouterr()
    assert "FIELDS_INVALID" in said.out + said.err
    assert "canary" not in said.out + said.err


async def test_time_spent_is_measured_by_route(browser: Browser) -> None:
    from prometheus_client import generate_latest

    await browser.http.get("/v1/employees/e1")
    text = generate_latest().decode()
    assert 'mainstay_http_seconds_count{method="GET",route="/v1/employees/{employee_id}",status="200"}' in text
    assert json.dumps("/v1/employees/e1") not in text


class TestWithFewStrangers:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"anonymous_rate": 0.01, "burst_seconds": 500}

    async def test_guesses_are_counted_before_they_are_looked_at(self, house: House) -> None:
        signed_in, guesser = house.browser(), house.browser().http
        await signed_in.sign_in()
        for _ in range(8):
            for known in house.gateway.sessions._known.values():
                known.until -= 5
            assert (await signed_in.http.get("/v1/employees/e1")).status_code == 200
        statuses = [
            (await guesser.get("/v1/employees/e1", headers={"cookie": f"mainstay={n}"})).status_code for n in range(4)
        ]
        assert statuses[0] == 401
        assert statuses[-1] == 429
        pool, house.gateway.database.pool = house.gateway.database.pool, None
        try:
            late = await guesser.get("/v1/employees/e1", headers={"cookie": "mainstay=9"})
        finally:
            house.gateway.database.pool = pool
        assert late.status_code == 429, "nobody looked"


class TestInAHurry:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"body_seconds": 0.3}

    async def test_a_body_that_does_not_come_is_not_waited_for(self, house: House) -> None:
        token = await house.token("erp")

        async def dripping() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.sleep(5)
            yield b"}"

        answer = await house.browser().http.post(
            "/v1/employees",
            content=dripping(),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        assert (answer.status_code, answer.json()["reason"]) == (408, "REQUEST_UNREADABLE")
        assert answer.headers["connection"] == "close"
        assert "0.3 seconds" in answer.json()["detail"]


async def test_what_fails_is_counted_by_its_reason(house: House, browser: Browser) -> None:
    labels = {"route": "/v1/employees/{employee_id}", "method": "GET", "status": "403", "reason": "PERMISSION_MISSING"}
    before = REGISTRY.get_sample_value("mainstay_http_failures_total", labels) or 0
    house.employees.answers["PeopleService/GetEmployee"] = PermissionMissing(permission="employees.person.read")
    await browser.http.get("/v1/employees/e1")
    assert REGISTRY.get_sample_value("mainstay_http_failures_total", labels) == before + 1
    assert REGISTRY.get_sample_value("mainstay_passports_held")
    assert REGISTRY.get_sample_value("mainstay_issuer_up") == 1
