"""The canary: a person whose every personal value is marked goes through the platform, with all that can go wrong on
the way; then everything that came out is searched. Marked values may stand in answers to those who may see them, where
they are sensitive only in those of a method that reveals, and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY, Counter, generate_latest
from sqlalchemy import Integer, String, bindparam, cast, insert, select

from libs.kit import masking, telemetry
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import parked_keys
from services.employees.errors import PostClosed
from tests.support.browser_session import Refused, refused
from tests.support.canary import Witness
from tests.support.company import find_person, upload
from tests.support.platform import EmbeddedCompany

HIRE = "mainstay.employees.v1.LifecycleService/HireEmployee"


HEADINGS = {
    "number": "工号",
    "name": "姓名",
    "nameEn": "英文名",
    "workMail": "工作邮箱",
    "mobile": "手机",
    "nationalId": "身份证号",
    "birthDate": "出生日期",
    "homeAddress": "家庭住址",
    "unit": "部门",
    "post": "岗位",
    "hiredOn": "入职日期",
}
Handler = Callable[[Call, Any], Awaitable[Any]]


@pytest.fixture
async def witness(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Witness]:
    witness = Witness()
    telemetry.configure_logs("debug")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(witness.logs), cache_logger_on_first_use=False)
    telemetry.configure("canary", exporter=witness.spans)
    root, level = logging.getLogger(), logging.getLogger().level
    # The callers are this test's own.
    witness.lines.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    root.addHandler(witness.lines)
    root.setLevel(logging.DEBUG)
    yield witness
    root.setLevel(level)
    root.removeHandler(witness.lines)
    telemetry._State.tracer.span_processor.shutdown()  # type: ignore[union-attr]
    telemetry._State.tracer = None
    structlog.reset_defaults()


class Journey:
    """What happens to people in the platform, and what goes wrong."""

    def __init__(self, embedded: EmbeddedCompany, witness: Witness) -> None:
        self.company = embedded
        self.witness = witness

    async def begin(self) -> None:
        self.hr = self.witness.heard(await self.company.sign_in("hr.admin"))
        self.manager = self.witness.heard(await self.company.sign_in("manager.workshop"))
        boss = await find_person(self.hr, self.company.number("executive"))
        post = await self.hr.post(
            "/v1/posts",
            code=f"CANARY-{id(self)}",
            title="质检",
            unitId=boss["unitId"],
            headcount=99,
            opensOn="2020-01-01",
        )
        self.place = {
            "hiredOn": "2026-01-05",
            "unitId": boss["unitId"],
            "postId": post["postId"],
            "managerId": boss["employeeId"],
        }

    async def hire(self, number: str, person: dict[str, str], **more: str) -> dict[str, Any]:
        hired: dict[str, Any] = await self.hr.post("/v1/employees", number=number, **{**self.place, **person, **more})
        return hired

    async def correct_reveal_and_search(self, hired: dict[str, Any], person: dict[str, str]) -> None:
        path = f"/v1/employees/{hired['employeeId']}"
        changed = self.witness.somebody()
        await self.hr.patch(path, version=hired["version"], **changed)
        revealed = await self.hr.post(f"{path}:reveal", purpose="核对身份证件")
        assert revealed["nationalId"] == changed["nationalId"]
        await self.hr.get(path)
        await self.hr.get(f"{path}/timeline")
        await self.hr.get("/v1/name-cards", employeeIds=hired["employeeId"])
        for value in (changed["name"], changed["nameEn"], changed["workMail"], person["name"]):
            await self.hr.get("/v1/employees", query=value, pageSize=1)
        with refused("OUT_OF_SCOPE"):
            await self.manager.get(path)

    async def go_wrong(self, hired: dict[str, Any], number: str) -> None:
        """Bad fields, conflicts, too little right; each with marked values in the request."""
        path = f"/v1/employees/{hired['employeeId']}"
        one = self.witness.somebody()
        with refused("FIELDS_INVALID"):
            await self.hire("X 1", one, birthDate=one["birthDate"][:5] + "13-45")
        with refused("FIELDS_INVALID"):
            await self.hire("X1", one, mobile=one["homeAddress"], workMail=one["nationalId"])
        with refused("FIELDS_INVALID"):
            await self.hire("X1", one, homeAddress=one["homeAddress"] * 40)
        with refused("FIELDS_INVALID"):
            await self.hr.post("/v1/employees", **{one["nationalId"]: "1"}, **self.place)
        with refused("REQUEST_UNREADABLE"):
            answer = await self.hr.client.post(
                "/v1/employees",
                content=f'{{"name": "{one["name"]}", "nationalId": "{one["nationalId"]}" oh',
                headers={"X-Mainstay": "portal", "Content-Type": "application/json"},
            )
            self.hr._answer(answer)
        with refused("FIELDS_INVALID"):
            await self.hr.get("/v1/employees", query=one["name"], **{one["mobile"]: one["homeAddress"]})
        with refused("ROUTE_NOT_FOUND"):
            await self.hr.get(f"/v1/employees/{one['nationalId']}/{one['name']}")
        with refused("NUMBER_TAKEN"):
            await self.hire(number, one)
        with refused("VERSION_CONFLICT"):
            await self.hr.patch(path, version=1, **one)
        with refused("ALREADY_EMPLOYED"):
            await self.hire("X2", one, nationalId=self.witness.people[1]["nationalId"])
        with refused("PERMISSION_MISSING"):
            await self.manager.patch(path, version=1, **one)

    async def idempotently(self, number: str) -> None:
        one = self.witness.somebody()
        for _ in range(2):
            await self.hire(number, one, idempotencyKey=f"canary-{number}")
        with refused("IDEMPOTENCY_KEY_REUSED"):
            await self.hire(number, self.witness.somebody(), idempotencyKey=f"canary-{number}")

    async def crash(self) -> None:
        """Handlers that are broken in the ways that tell most."""
        for broken in (_raises, _refused_by_driver, _refused_by_server, _cut_short):
            with _handled_by(self.company, broken):
                try:
                    await self.hire("X3", self.witness.somebody())
                except Refused as refusal:
                    assert refusal.reason in {"INTERNAL_ERROR", "DEADLINE_PASSED"}, refusal  # noqa: PT017

    async def import_files(self) -> None:
        """One file that is wrong in every column, one that is taken in."""
        wrong = [self.witness.somebody() | {"number": f"Y{row}", "hiredOn": "2026-01-05"} for row in range(3)]
        wrong[0]["hiredOn"] = "2026-13-45"
        wrong[1]["birthDate"] = wrong[1]["nationalId"]
        wrong[2]["workMail"] = wrong[2]["name"]
        wrong[2]["mobile"] = wrong[2]["homeAddress"]
        made = await self._checked(wrong)
        assert made["state"] == "IMPORT_STATE_PROBLEMS", made
        await self.hr.get(f"/v1/imports/{made['importId']}/problems", pageSize=100)
        await self.hr.post(f"/v1/imports/{made['importId']}:cancel")
        good = [self.witness.somebody() | {"number": "Z1", "hiredOn": "2026-01-05"}]
        made = await self._checked(good)
        assert made["state"] == "IMPORT_STATE_READY", await self.hr.get(f"/v1/imports/{made['importId']}/problems")
        await self.hr.post(f"/v1/imports/{made['importId']}:apply")
        assert (await self._past(made, "IMPORT_STATE_APPLYING"))["state"] == "IMPORT_STATE_DONE"

    async def _checked(self, rows: list[dict[str, str]]) -> dict[str, Any]:
        place = {"unit": "金丝雀车间", "post": "金丝雀质检"}
        lines = [",".join(HEADINGS.values())]
        lines += [",".join((row | place)[name] for name in HEADINGS) for row in rows]
        made = await upload(self.hr, "IMPORT_KIND_PEOPLE", "people.csv", "\n".join(lines).encode())
        made = await self._past(made, "IMPORT_STATE_UPLOADING")
        mapping = {**made["mapping"], "createMissing": True}
        await self.hr.post(f"/v1/imports/{made['importId']}:dryRun", mapping=mapping)
        return await self._past(made, "IMPORT_STATE_CHECKING")

    async def _past(self, made: dict[str, Any], state: str) -> dict[str, Any]:
        for _ in range(600):
            found: dict[str, Any] = await self.hr.get(f"/v1/imports/{made['importId']}")
            if found["state"] != state:
                return found
            await asyncio.sleep(0.05)
        msg = f"the import stays {state}"
        raise AssertionError(msg)


async def _raises(call: Call, request: Any) -> Any:
    msg = f"cannot hire {request}"
    raise ValueError(msg) from KeyError(request.national_id)


async def _refused_by_driver(call: Call, request: Any) -> Any:
    await call.db.value(prepared(select(cast(bindparam("text"), Integer))), text=request.national_id)


async def _refused_by_server(call: Call, request: Any) -> Any:
    text = cast(bindparam("text", type_=String), String)
    await call.db.value(prepared(select(cast(text, Integer))), text=request.home_address)


async def _cut_short(call: Call, request: Any) -> Any:
    raise TimeoutError(str(request))


@contextmanager
def _handled_by(embedded: EmbeddedCompany, handler: Handler) -> Iterator[Handler]:
    """Hires are handled by another handler inside; gives the right one."""
    handlers: Any = embedded.platform.runtimes["employees"].edge.handlers
    before = handlers[HIRE]
    handlers[HIRE] = (before[0], handler)
    try:
        yield before[1]
    finally:
        handlers[HIRE] = before


async def test_personal_values_reach_only_those_who_may_see_them(embedded: EmbeddedCompany, witness: Witness) -> None:
    journey = Journey(embedded, witness)
    await journey.begin()
    person = witness.somebody()
    hired = await journey.hire("CANARY1", person)
    await journey.correct_reveal_and_search(hired, person)
    await journey.go_wrong(hired, "CANARY1")
    await journey.idempotently("CANARY2")
    await journey.crash()
    await journey.import_files()
    newcomer = witness.heard(await embedded.sign_in_once_known("CANARY1"))
    await newcomer.get("/v1/me")
    found = await witness.leaks(embedded)
    assert not found, "\n".join(found)


async def test_a_mistake_of_each_kind_is_found(
    embedded: EmbeddedCompany, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = Journey(embedded, witness)
    await journey.begin()
    counted = Counter("mainstay_careless", "A label that holds what it must not", ["name"])

    async def careless(call: Call, request: Any) -> Any:
        structlog.get_logger().info("hiring", request=str(request))
        logging.getLogger("careless").warning("hiring %s", request.mobile)
        counted.labels(request.name_en).inc()
        with telemetry.span(f"hire {request.work_mail}"):
            answer = await right(call, request)
        answer.mobile = request.mobile
        parked = insert(parked_keys).values(consumer="careless", topic="", key=str(call.now), error=request.name)
        await call.db.run(parked)
        return answer

    async def telling(call: Call, request: Any) -> Any:
        raise PostClosed(post_id=request.home_address, closed_on=embedded.clock.now().date())

    with monkeypatch.context() as patched, _handled_by(embedded, careless) as right:
        patched.setattr(masking, "mask", str)
        await journey.hire("CANARY9", witness.somebody())
    with _handled_by(embedded, telling), refused("POST_CLOSED"):
        await journey.hire("X9", witness.somebody())
    REGISTRY.unregister(counted)
    witness.metrics = generate_latest(counted)
    found = await witness.leaks(embedded)
    assert {
        "name in logs",
        "mobile in standard logging",
        "nameEn in metrics",
        "workMail in spans",
        "mobile in the answer of POST /v1/employees",
        "name in employees.parked_keys",
        "homeAddress in problem of POST /v1/employees",
    } <= set(found), "\n".join(found)
