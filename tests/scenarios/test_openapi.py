"""The API page against the running platform: whatever a caller sends, the answer is one that the page names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict

from libs.kit import contract
from libs.kit.dates import EARLIEST, LATEST
from mainstay.identity.v1 import access_pb2
from tests.load.platform_process import PlatformProcess
from tests.support.fuzzing import Tally, document_of, fuzz, headers_of
from tests.support.requests import request_for

SEED = 20260331
# Random values per operation, and whether each rule's limits are covered too.
SHARES = {"nobody": (4, False), "erp": (8, False), "employee": (3, False), "hr.admin": (6, True)}
NO_SUCH_DAY = ("2024-13-01", "2023-02-29", "2024-02-30", "0000-01-01", "2024-00-10", "9999-99-99")
OUT_OF_REACH = ("0001-01-01", "0999-12-31", "9999-01-01", "9999-12-31")
FAR = (EARLIEST.isoformat(), "1582-10-10", LATEST.isoformat())
INSTANTS_OUT_OF_REACH = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z")
ANY_ID = "01a205e5-2d22-7552-b0b6-783fc31c9c28"
Headers = dict[str, str]


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[PlatformProcess]:
    """A platform of its own: here things are destroyed."""
    async with PlatformProcess(MAINSTAY_ANONYMOUS_RATE="1000000") as platform:
        yield platform


@pytest.fixture(scope="module")
async def callers(own: PlatformProcess) -> dict[str, Headers]:
    return await headers_of(own)


@pytest.fixture(scope="module")
async def page(own: PlatformProcess, callers: dict[str, Headers]) -> dict[str, Any]:
    return await asyncio.to_thread(document_of, own.address, callers["hr.admin"])


def days_of(message: Any) -> Iterator[str]:
    """Fields of a request that name a day or an instant, as JSON names them."""
    for field in message.fields:
        instant = field.message_type is not None and field.message_type.full_name == "google.protobuf.Timestamp"
        if instant or field.name.endswith("_on") or field.name in {"last_day", "as_of", "birth_date"}:
            yield field.json_name


TRIED = [
    (method, day) for method in contract.methods().values() if method.http for day in days_of(method.request.DESCRIPTOR)
]


class Front:
    """Calls any method by its address as the HR administrator, on one person and their things."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.known: dict[str, Any] = {}

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(path, params=query)).raise_for_status().json()
        return found

    async def prepare(self) -> None:
        person = (await self.get("/v1/employees", query="E0100"))["employees"][0]
        posts = (await self.get("/v1/posts", unitId=person["unitId"]))["posts"]
        contracts = (await self.get(f"/v1/employees/{person['employeeId']}/contracts"))["contracts"]
        self.known = {
            "employee_id": person["employeeId"],
            "unit_id": person["unitId"],
            "parent_id": person["unitId"],
            "post_id": posts[0]["postId"],
            "manager_id": person["managerId"],
            "contract_id": contracts[0]["contractId"],
            "assignment_id": ANY_ID,
            "grant_id": ANY_ID,
            "account_id": "",
            **dict.fromkeys(("skill_id", "entry_id", "pool_id", "case_id", "explanation_id", "decider_id"), ANY_ID),
            "by": "tenure",
            "scope": access_pb2.Scope(kind=access_pb2.SCOPE_KIND_UNIT, unit_id=person["unitId"]),
        }

    async def call(self, method: contract.Method, **changed: str) -> httpx.Response:
        verb, template, body = method.http[0]
        sent = MessageToDict(request_for(method, self.known)) | changed
        path = template
        for name, field in method.request.DESCRIPTOR.fields_by_name.items():
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", str(sent.pop(field.json_name)))
        return await self.client.request(verb, path, json=sent if body else None, params=None if body else sent)


@pytest.fixture(scope="module")
async def front(own: PlatformProcess, callers: dict[str, Headers]) -> AsyncIterator[Front]:
    async with httpx.AsyncClient(base_url=own.address, headers=callers["hr.admin"], timeout=30) as client:
        front = Front(client)
        await front.prepare()
        yield front


@pytest.mark.parametrize(("method", "day"), TRIED, ids=[f"{method.short}-{day}" for method, day in TRIED])
async def test_a_day_that_cannot_be_is_a_problem_of_its_field(front: Front, method: contract.Method, day: str) -> None:
    instant = day in {"startsAt", "endsAt"}
    bad = INSTANTS_OUT_OF_REACH if instant else (*NO_SUCH_DAY, *OUT_OF_REACH)
    for text in bad:
        answer = await front.call(method, **{day: text})
        found = answer.json()
        assert (answer.status_code, found["reason"]) == (400, "FIELDS_INVALID"), (text, answer.text)
        assert day in [one["field"] for one in found["fields"]], (text, answer.text)
    for text in () if instant else FAR:
        answer = await front.call(method, **{day: text})
        assert answer.status_code < 500, (text, answer.text)


async def test_every_answer_to_every_kind_of_caller_is_one_the_page_names(
    own: PlatformProcess, callers: dict[str, Headers], page: dict[str, Any]
) -> None:
    tallies: list[Tally] = []
    for name, headers in callers.items():
        examples, cover = SHARES[name]
        tallies.append(
            await asyncio.to_thread(fuzz, name, page, own.address, headers, examples=examples, seed=SEED, cover=cover)
        )
        print(tallies[-1].line)
    found = [text for tally in tallies for text in (*tally.failures.values(), *tally.errors)]
    assert not found, "\n\n".join(found)
    every = sum(len(entry) for entry in page["paths"].values())
    assert all(len(tally.operations) == every for tally in tallies)
    assert all(tally.server_errors == 0 for tally in tallies)
