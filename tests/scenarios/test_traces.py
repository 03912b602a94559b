"""One request of a browser is one trace, from the front door to what it brings about in another service."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from libs.kit import telemetry
from tests.support.browser_session import Session, refused
from tests.support.company import Company, eventually, find_person
from tests.support.platform import EmbeddedCompany

Line = dict[str, Any]
FOREIGN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass
class Seen:
    """What the platform told while it was at work, in whatever processes it ran."""

    traces: Path
    logs: Callable[[], str]

    def spans(self) -> list[Line]:
        return _lines(self.traces.read_text() if self.traces.exists() else "")

    def said(self) -> list[Line]:
        return _lines(self.logs())

    async def trace_with(self, *wanted: tuple[str, str]) -> list[Line]:
        """The spans of the one trace that has all of these, by service and beginning of the name."""

        async def found() -> list[Line]:
            by_trace: dict[str, list[Line]] = {}
            for one in self.spans():
                by_trace.setdefault(one["trace_id"], []).append(one)
            whole = [spans for spans in by_trace.values() if all(_one(spans, *each) for each in wanted)]
            assert len(whole) <= 1, f"{len(whole)} traces have it all"
            return whole[0] if whole else []

        result: list[Line] = await eventually(found, seconds=60)
        return result


def _lines(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _one(spans: list[Line], service: str, name: str, kind: str = "") -> Line | None:
    """The first span of a service with a name that begins like this."""
    return next(
        (
            one
            for one in spans
            if one["attributes"].get("mainstay.service") == service
            and one["name"].startswith(name)
            and kind in {"", one["kind"]}
        ),
        None,
    )


@pytest.fixture
def company(embedded: EmbeddedCompany) -> Company:
    """In this process, whose every line and span is at hand; the stack's own trace is in `test_a_day_with_the_sre`."""
    return embedded


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    """In this process; on the stack, each process has its own files."""
    said = io.StringIO()
    telemetry.configure_logs("debug")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(said), cache_logger_on_first_use=False)
    telemetry.configure("embedded", file=tmp_path / "spans.jsonl")
    yield Seen(tmp_path / "spans.jsonl", said.getvalue)
    telemetry.shutdown()
    structlog.reset_defaults()


async def hire(hr: Session, company: Company, **more: str) -> Line:
    boss = await find_person(hr, company.number("executive"))
    made = secrets.token_hex(3)
    post = await hr.post(
        "/v1/posts", code=f"T-{made}", title="质检", unitId=boss["unitId"], headcount=9, opensOn="2020-01-01"
    )
    person = {"number": f"T{made}", "name": "陈追踪", "hiredOn": "2026-01-05", **more}
    place = {"unitId": boss["unitId"], "postId": post["postId"], "managerId": boss["employeeId"]}
    hired: Line = await hr.post("/v1/employees", **person, **place)
    return hired


STORY = (
    ("gateway", "POST /v1/employees"),
    ("employees", "mainstay.employees.v1."),
    ("employees", "publish employees.lifecycle"),
    ("identity", "process employees.lifecycle"),
)


async def test_a_hire_is_one_trace_from_the_browser_to_the_new_account(company: Company, seen: Seen) -> None:
    hr = await company.sign_in("hr.admin")
    await hire(hr, company)
    trace = await seen.trace_with(*STORY)

    door, asking = _one(trace, *STORY[0]), _one(trace, "gateway", "mainstay.employees.v1.", "client")
    method, publishing = _one(trace, *STORY[1]), _one(trace, *STORY[2])
    effect = _one(trace, *STORY[3])
    assert door and asking and method and publishing and effect  # noqa: PT018 - they are there, see above
    assert not door["parent_id"], "a browser's request begins the trace"
    chain = [door, asking, method, publishing, effect]
    for above, below in pairwise(chain):
        assert below["parent_id"] == above["span_id"], (above["name"], below["name"])
    assert [one["kind"] for one in chain] == ["server", "client", "server", "producer", "consumer"]
    assert publishing["attributes"]["messaging.message.id"] == effect["attributes"]["messaging.message.id"]
    assert any(one["name"] == "transaction" and one["parent_id"] == method["span_id"] for one in trace)
    assert all(one["status"] == "ok" for one in trace)


async def test_what_the_effect_brings_about_goes_on_in_the_same_trace(company: Company, seen: Seen) -> None:
    hr = await company.sign_in("hr.admin")
    await hire(hr, company)
    trace = await seen.trace_with(*STORY, ("identity", "publish identity."))
    effects = {one["span_id"] for one in trace if one["name"].startswith("process employees.")}
    follow_up = [one for one in trace if one["name"].startswith("publish identity.")]
    assert all(one["parent_id"] in effects for one in follow_up)


async def test_a_refusal_says_its_reason_in_every_span_it_passed_and_in_the_log(company: Company, seen: Seen) -> None:
    manager = await company.sign_in("manager.workshop")
    boss = await find_person(await company.sign_in("hr.admin"), company.number("executive"))
    post = {"code": "T-NO", "title": "无", "headcount": 1, "opensOn": "2020-01-01"}
    with refused("PERMISSION_MISSING") as caught:
        await manager.post("/v1/posts", **post, unitId=boss["unitId"])
    trace = await seen.trace_with(("gateway", "POST /v1/posts"), ("employees", "mainstay.employees.v1."))
    passed = [one for one in trace if one["kind"] in {"server", "client"}]
    assert {one.get("reason") for one in passed} == {"PERMISSION_MISSING"}
    (told,) = [one for one in seen.said() if one.get("event") == "problem"]
    assert told["trace_id"] == trace[0]["trace_id"]
    assert told["request_id"] == caught[0].problem["requestId"]


async def test_a_browsers_own_trace_is_not_taken_over(company: Company, seen: Seen) -> None:
    hr = await company.sign_in("hr.admin")
    await hr.client.get("/v1/units", headers={"traceparent": FOREIGN})
    trace = await seen.trace_with(("gateway", "GET /v1/units"))
    assert trace[0]["trace_id"] != FOREIGN.split("-")[1]


async def test_a_signed_in_systems_trace_is_taken_over(company: Company, seen: Seen) -> None:
    async with httpx.AsyncClient() as client:
        form = {"grant_type": "client_credentials", "client_id": "erp", "client_secret": company.erp_secret}
        token = (await client.post(company.token_url, data=form)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "traceparent": FOREIGN}
        assert (await client.get(f"{company.address}/v1/units", headers=headers)).status_code == 200
    trace = await seen.trace_with(("gateway", "GET /v1/units"), ("employees", "mainstay.employees.v1."))
    assert trace[0]["trace_id"] == FOREIGN.split("-")[1]


async def test_no_span_is_made_for_a_stranger(company: Company, seen: Seen) -> None:
    hr = await company.sign_in("hr.admin")
    async with Session(company.address) as stranger:
        with refused("SIGN_IN_REQUIRED"):
            await stranger.get("/v1/posts")
    await hr.get("/v1/units")
    await seen.trace_with(("gateway", "GET /v1/units"))
    assert not [one for one in seen.spans() if one["name"] == "GET /v1/posts"]
