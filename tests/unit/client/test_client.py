"""What an integrator can rely on."""

from __future__ import annotations

import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import mainstay_client
import pytest
from mainstay_client import (
    AlreadyExists,
    Changed,
    DeadlinePassed,
    Forbidden,
    Internal,
    Invalid,
    Mainstay,
    MainstayError,
    NotFound,
    NotPossible,
    NotSignedIn,
    Pages,
    TokenRefused,
    TooMany,
    Unavailable,
    calls,
)

from libs.kit.contract import methods
from mainstay.employees.v1 import lifecycle_pb2, people_pb2
from mainstay.identity.v1 import access_pb2, grants_pb2
from tests.unit.client.conftest import Platform, Refusal

README = Path(mainstay_client.__file__).parents[1] / "README.md"
CODE = grpc.StatusCode
NAMES = ["王小明", "李四", "张三", "赵六", "钱七"]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses between tries, as they would have been."""
    taken: list[float] = []
    before = calls.Calls.__init__

    def init(self: Any, *given: Any, **more: Any) -> None:
        before(self, *given, **{**more, "sleep": taken.append})

    monkeypatch.setattr(calls.Calls, "__init__", init)
    return taken


def paged(raw: bytes) -> people_pb2.ListEmployeesResponse:
    request = people_pb2.ListEmployeesRequest.FromString(raw)
    at = int(request.page_token or 0)
    page = people_pb2.ListEmployeesResponse(total=len(NAMES))
    for name in NAMES[at : at + 2]:
        page.employees.add(number=f"E{NAMES.index(name)}", name=name, unit_name="研发中心")
    if at + 2 < len(NAMES):
        page.next_page_token = str(at + 2)
    return page


def test_the_readmes_first_lines_work(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    platform.answers = [paged]
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[:1]
    assert len(code.strip().splitlines()) <= 10
    code = code.replace("localhost:8081", f"127.0.0.1:{platform.port}")
    code = code.replace("localhost:8082", f"127.0.0.1:{platform.token_port}")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own example
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == NAMES


def test_a_call_carries_token_language_and_id(platform: Platform) -> None:
    platform.answers = [people_pb2.Employee(employee_id="e1", name="王小明")]
    with platform.client(language="zh-CN") as mainstay:
        person = mainstay.employees.people.get_employee(employee_id="e1", as_of="2026-01-01")
    assert person.name == "王小明"
    path, raw, meta = platform.heard[0]
    assert path == "/mainstay.employees.v1.PeopleService/GetEmployee"
    assert people_pb2.GetEmployeeRequest.FromString(raw) == people_pb2.GetEmployeeRequest(
        employee_id="e1", as_of="2026-01-01"
    )
    assert (meta["authorization"], meta["accept-language"]) == ("Bearer token-1", "zh-CN")
    assert len(meta["x-request-id"]) == 32
    authorization, body = platform.token_requests[0]
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"erp:a%20secret%3A%20with%2Fodd%2Bsigns"
    assert body == b"grant_type=client_credentials"


def test_every_method_open_to_systems_is_there_and_no_other() -> None:
    offered = set()
    surface = Mainstay("localhost:1", client_id="x", client_secret="y", token_url="https://issuer.example/token")
    for context in vars(surface).values():
        for service in vars(context).values() if hasattr(context, "__dict__") else ():
            if type(service).__module__.startswith("mainstay_surface"):
                offered |= {(type(service).__name__, name) for name in dir(service) if not name.startswith("_")}
    expected = set()
    for method in methods().values():
        if not method.access.workload:
            service, _, name = method.short.partition(".")
            expected.add((service, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()))
    assert offered == expected
    surface.close()


def test_messages_enums_and_times_may_be_given_as_they_come(platform: Platform) -> None:
    platform.answers = [grants_pb2.Grant(grant_id="g1")]
    ends = datetime(2026, 12, 31, tzinfo=UTC)
    with platform.client() as mainstay:
        for scope in (
            access_pb2.Scope(kind=access_pb2.SCOPE_KIND_UNIT, unit_id="u"),
            {"kind": "SCOPE_KIND_UNIT", "unit_id": "u"},
        ):
            mainstay.identity.grants.create_grant(employee_id="e1", role="manager", scope=scope, ends_at=ends)
    sent = [grants_pb2.CreateGrantRequest.FromString(raw) for _, raw, _ in platform.heard]
    for one in sent:
        one.idempotency_key = ""
    assert sent[0] == sent[1]
    assert sent[0].ends_at.ToDatetime(UTC) == ends


def test_a_list_is_read_page_by_page_as_it_is_needed(platform: Platform) -> None:
    platform.answers = [paged]
    with platform.client() as mainstay:
        people = mainstay.employees.people.list_employees(query="x", page_size=2, with_total=True)
        assert isinstance(people, Pages)
        assert (people.first.total, len(platform.heard)) == (5, 1)
        rows = iter(people)
        assert [next(rows).name, next(rows).name] == NAMES[:2]
        assert len(platform.heard) == 1
        assert [row.name for row in rows] == NAMES[2:]
        assert len(platform.heard) == 3
        assert [row.name for row in people] == NAMES
        assert [len(page.employees) for page in people.pages()] == [2, 2, 1]
    requests = [people_pb2.ListEmployeesRequest.FromString(raw) for _, raw, _ in platform.heard]
    assert {request.query for request in requests} == {"x"}


def test_a_list_that_is_refused_is_refused_at_once(platform: Platform) -> None:
    platform.answers = [Refusal(CODE.PERMISSION_DENIED, "PERMISSION_MISSING")]
    with platform.client() as mainstay, pytest.raises(Forbidden):
        mainstay.identity.grants.list_grants()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (CODE.INVALID_ARGUMENT, Invalid),
        (CODE.UNAUTHENTICATED, NotSignedIn),
        (CODE.PERMISSION_DENIED, Forbidden),
        (CODE.NOT_FOUND, NotFound),
        (CODE.ALREADY_EXISTS, AlreadyExists),
        (CODE.ABORTED, Changed),
        (CODE.FAILED_PRECONDITION, NotPossible),
        (CODE.RESOURCE_EXHAUSTED, TooMany),
        (CODE.UNAVAILABLE, Unavailable),
        (CODE.DEADLINE_EXCEEDED, DeadlinePassed),
        (CODE.INTERNAL, Internal),
    ],
)
def test_each_kind_of_failure_is_a_class(platform: Platform, code: Any, kind: type[MainstayError]) -> None:
    platform.answers = [Refusal(code, "SOME_REASON", full_name="Required.")]
    with platform.client() as mainstay, pytest.raises(kind) as raised:
        mainstay.employees.people.get_employee(employee_id="e1")
    error = raised.value
    assert (error.reason, error.context, error.request_id) == ("SOME_REASON", "employees", "r-1")
    assert error.metadata == {"permission": "x.y.z"}
    assert [(one.field, one.message) for one in error.fields] == [("full_name", "Required.")]
    assert str(error) == "[SOME_REASON] a sentence about SOME_REASON full_name: Required."


def test_a_failure_without_details_is_one_of_ours_too(platform: Platform) -> None:
    platform.answers = [RuntimeError("boom")]
    with platform.client() as mainstay, pytest.raises(Internal):
        mainstay.employees.people.get_employee(employee_id="e1")


def test_a_read_is_tried_again_with_growing_pauses(platform: Platform, pauses: list[float]) -> None:
    gone = Refusal(CODE.UNAVAILABLE, "TEMPORARILY_UNAVAILABLE")
    platform.answers = [gone, gone, gone, people_pb2.Employee(name="王小明")]
    with platform.client() as mainstay:
        assert mainstay.employees.people.get_employee(employee_id="e1").name == "王小明"
    assert [0.05 * 2**n <= pause <= 0.1 * 2**n for n, pause in enumerate(pauses)] == [True] * 3
    assert len({meta["x-request-id"] for _, _, meta in platform.heard}) == 1


def test_trying_ends_after_some_tries(platform: Platform) -> None:
    platform.answers = [Refusal(CODE.UNAVAILABLE, "TEMPORARILY_UNAVAILABLE")]
    with platform.client(tries=3) as mainstay, pytest.raises(Unavailable):
        mainstay.employees.people.get_employee(employee_id="e1")
    assert len(platform.heard) == 3


def test_a_create_is_repeated_under_one_key(platform: Platform) -> None:
    platform.answers = [Refusal(CODE.UNAVAILABLE), people_pb2.Employee(employee_id="e1")]
    with platform.client() as mainstay:
        mainstay.employees.lifecycle.hire_employee(number="E1", name="王小明", hired_on="2026-01-01")
    first, second = (lifecycle_pb2.HireEmployeeRequest.FromString(raw) for _, raw, _ in platform.heard)
    assert first == second
    assert len(first.idempotency_key) == 36


def test_the_callers_own_key_is_kept(platform: Platform) -> None:
    platform.answers = [people_pb2.Employee()]
    with platform.client() as mainstay:
        mainstay.employees.lifecycle.hire_employee(idempotency_key="mine", number="E1")
    assert lifecycle_pb2.HireEmployeeRequest.FromString(platform.heard[0][1]).idempotency_key == "mine"


def test_a_change_without_key_is_not_repeated(platform: Platform) -> None:
    platform.answers = [Refusal(CODE.UNAVAILABLE)]
    with platform.client() as mainstay, pytest.raises(Unavailable):
        mainstay.identity.accounts.set_my_language(language="en")
    assert len(platform.heard) == 1


def test_too_many_calls_wait_as_told_whatever_they_do(platform: Platform, pauses: list[float]) -> None:
    platform.answers = [Refusal(CODE.RESOURCE_EXHAUSTED, "RATE_LIMITED", retry=2), people_pb2.Employee(name="x")]
    with platform.client() as mainstay:
        mainstay.employees.people.correct_employee(employee_id="e1")
    assert 2 <= pauses[0] <= 3


def test_too_large_a_call_is_not_repeated(platform: Platform) -> None:
    platform.answers = [Refusal(CODE.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE")]
    with platform.client() as mainstay, pytest.raises(TooMany):
        mainstay.employees.people.get_employee(employee_id="e1")
    assert len(platform.heard) == 1


def test_all_tries_fit_into_the_time_given(platform: Platform) -> None:
    platform.answers = [Refusal(CODE.UNAVAILABLE, "TEMPORARILY_UNAVAILABLE", retry=30)]
    began = time.monotonic()
    with platform.client() as mainstay, pytest.raises(Unavailable):
        mainstay.employees.people.get_employee(employee_id="e1", timeout=1)
    assert len(platform.heard) == 1
    assert time.monotonic() - began < 1


def test_no_answer_in_time_is_said_so(platform: Platform) -> None:
    def slow(_raw: bytes) -> people_pb2.Employee:
        time.sleep(0.4)
        return people_pb2.Employee()

    platform.answers = [slow]
    with platform.client(timeout=0.1) as mainstay, pytest.raises(DeadlinePassed):
        mainstay.employees.people.get_employee(employee_id="e1")


def test_one_token_serves_many_threads(platform: Platform) -> None:
    platform.answers = [people_pb2.Employee()]
    with platform.client() as mainstay, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: mainstay.employees.people.get_employee(employee_id=str(n)), range(40)))
    assert len(platform.token_requests) == 1


def test_a_token_is_renewed_before_it_ends(platform: Platform) -> None:
    platform.answers, platform.token_lifetime = [people_pb2.Employee()], 0.3
    with platform.client() as mainstay:
        mainstay.employees.people.get_employee(employee_id="e1")
        time.sleep(0.28)
        mainstay.employees.people.get_employee(employee_id="e1")
    assert [meta["authorization"] for _, _, meta in platform.heard] == ["Bearer token-1", "Bearer token-2"]


def test_a_refused_token_is_renewed_once(platform: Platform) -> None:
    refusal = Refusal(CODE.UNAUTHENTICATED, "SIGN_IN_REQUIRED")
    platform.answers = [refusal, people_pb2.Employee(name="x")]
    with platform.client() as mainstay:
        assert mainstay.employees.people.get_employee(employee_id="e1").name == "x"
        platform.answers = [refusal]
        with pytest.raises(NotSignedIn):
            mainstay.employees.people.get_employee(employee_id="e1")
    assert len(platform.heard) == 4


def test_an_issuer_that_refuses_is_said_plainly(platform: Platform) -> None:
    platform.token_status = 401
    with platform.client() as mainstay, pytest.raises(TokenRefused, match="401"):
        mainstay.employees.people.get_employee(employee_id="e1")
    with platform.client(token_url="http://127.0.0.1:1/token") as mainstay, pytest.raises(TokenRefused):
        mainstay.employees.people.get_employee(employee_id="e1")


def test_the_package_asks_for_the_protobuf_its_messages_were_made_with() -> None:
    made = re.search(r"PUBLIC,\s+(\d+),\s+(\d+),\s+(\d+)", Path(people_pb2.__file__).read_text(encoding="utf-8"))
    asked = re.search(r"protobuf>=(\d+)\.(\d+)\.(\d+)", (README.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert made
    assert asked
    assert tuple(map(int, asked.groups())) >= tuple(map(int, made.groups()))


@pytest.mark.parametrize("url", ["http://issuer.example/token", "ftp://localhost/token", "token", ""])
def test_a_secret_never_leaves_in_the_clear(platform: Platform, url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        platform.client(token_url=url)


def test_anything_but_loopback_is_called_with_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(grpc, "insecure_channel", lambda address, **_: opened.append(f"plain {address}"))
    monkeypatch.setattr(grpc, "secure_channel", lambda address, *_, **__: opened.append(f"tls {address}"))
    for address in ("hr.example.com:443", "localhost:8081", "[::1]:8081"):
        Mainstay(address, client_id="x", client_secret="y", token_url="https://issuer.example/token")
    Mainstay(
        "localhost:8081", client_id="x", client_secret="y", token_url="https://i.example/t", root_certificates=b"pem"
    )
    assert opened == ["tls hr.example.com:443", "plain localhost:8081", "plain [::1]:8081", "tls localhost:8081"]
