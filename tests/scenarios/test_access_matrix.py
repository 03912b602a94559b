"""The access matrix: every method of the contract, called as every kind of caller, on one person and their things.

Methods are generated from the protos; what each kind of caller may do is written out by hand, right by right, so that a
role that gives too much or a handler that checks too little is found here. Nothing a call does is kept.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.kit import contract
from libs.kit.access.passports import METADATA
from libs.kit.access.scopes import Scope
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.dates import timestamp
from libs.kit.rpc.channels import LocalChannel, ask
from libs.kit.rpc.edge import Edge
from libs.kit.rpc.status import Failed
from mainstay.identity.v1 import access_pb2, passports_pb2
from services.__main__ import Platform
from services.employees.demo import SIGN_INS
from services.identity.setup import give_first_roles
from tests.support.platform import EmbeddedCompany
from tests.support.requests import request_for

KINDS = (
    "nobody",
    "person",
    "colleague",
    "manager",
    "other_manager",
    "hr_unit",
    "hr_elsewhere",
    "hr_admin",
    "executive",
    "it_admin",
    "auditor",
    "integration",
)
STAFF = tuple(kind for kind in KINDS if kind not in {"nobody", "integration"})
HR = "hr_unit hr_admin"
LEADERS = "manager other_manager hr_unit hr_elsewhere hr_admin executive"
# Over the person (or their unit, account, grant): who may, right by right.
OVER: Mapping[str, str] = {
    "employees.person.read": f"person manager {HR} executive integration",
    "employees.person.reveal": f"person {HR}",
    "employees.person.correct": "hr_admin",
    "employees.person.erase": "hr_admin",
    "employees.lifecycle.hire": "hr_admin",
    "employees.lifecycle.confirm": HR,
    "employees.lifecycle.transfer": HR,
    "employees.lifecycle.leave": "hr_admin",
    "employees.organization.manage": "hr_admin",
    "employees.contract.read": f"person manager {HR} executive",
    "employees.contract.manage": "hr_admin",
    "employees.contract.reveal": "person hr_admin",
    "employees.import.run": "hr_admin",
    "talent.profile.read": f"person manager {HR} executive",
    "talent.profile.complete": f"person {HR}",
    # The executive is above everybody, so the person reports to them too.
    "talent.profile.rate": f"manager {HR} executive",
    "talent.profile.verify": HR,
    "talent.profile.import": "hr_admin",
    "talent.risk.read": f"manager {HR} executive",
    "talent.risk.rate": f"manager {HR} executive",
    "talent.match.read": f"person manager {HR} executive",
    "talent.fairness.read": "hr_admin executive",
    "talent.skill.manage": "hr_admin",
    # The person's manager answers for the post: everybody in its unit reports to them.
    "talent.job.edit": f"manager {HR} executive",
    "talent.job.approve": f"manager {HR} executive",
    "talent.pool.manage": "hr_admin",
    "talent.pool.place": HR,
    "talent.case.manage": HR,
    # Whoever has a part in the case, and who may run it.
    "talent.case.take_part": f"person manager {HR} executive",
    "identity.account.read": f"person {HR} it_admin auditor",
    "identity.account.manage": "it_admin",
    "identity.account.reset": "hr_admin",
    "identity.service_account.manage": "it_admin",
    "identity.grant.read": f"person {HR} it_admin auditor",
    "identity.grant.manage": HR,
}
# In some scope: who may call lists and what concerns nobody in particular.
ANYWHERE: Mapping[str, str] = {
    "employees.person.read": " ".join([*STAFF, "integration"]),
    "employees.card.read": " ".join([*STAFF, "integration"]),
    "employees.organization.read": " ".join([*STAFF, "integration"]),
    "talent.skill.read": " ".join([*STAFF, "integration"]),
    "talent.job.read": " ".join([*STAFF, "integration"]),
    "talent.profile.verify": "hr_unit hr_elsewhere hr_admin",
    "talent.match.search": LEADERS,
    "talent.pool.read": LEADERS,
    "talent.case.take_part": " ".join(STAFF),
    "identity.role.read": " ".join(STAFF),
    "identity.account.read": " ".join(STAFF),
    "identity.grant.read": " ".join(STAFF),
}
# Where it is the role in the case that decides: the person is its candidate, the manager answers for the post, HR runs
# it, the executive decides.
IN_CASE: Mapping[str, str] = {
    "PlacementService.GiveOpinion": f"manager {HR}",
    "PlacementService.DecideCase": "executive",
    "PlacementService.AskForExplanation": "person",
}
# Where a field's usual value makes no fair try.
SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "GrantService.CreateGrant": {"account_id": ""},
    "AccessRequestService.RequestAccess": {"employee_id": "", "role": "hrbp"},
    "AccessRequestService.DecideAccessRequest": {"note": "不需要"},
    "SkillService.AddSkill": {"code": "x-9990"},
    "MatchService.GetFairness": {"by": "tenure"},
}
REFUSALS = {
    "PERMISSION_MISSING",
    "OUT_OF_SCOPE",
    "PERMISSION_REVOKED",
    "BEYOND_OWN_RIGHTS",
    "CASE_NOT_FOUND",
    "NOT_YOURS_TO_SAY",
}
# A system has no manager to ask: the request itself is wrong, whatever its rights.
ONLY_PEOPLE = {("AccessRequestService.RequestAccess", "integration")}
UNKNOWN_CALLER = {"PASSPORT_INVALID"}
# These mean that the request was not a fair try.
NOT_A_TRY = {"FIELDS_INVALID", "REQUEST_UNREADABLE", "INTERNAL_ERROR", "ROUTE_NOT_FOUND", "STEP_UP_REQUIRED"}


def may(method: contract.Method, kind: str) -> bool:
    """What ought to happen, from the tables above."""
    right = method.access.permission
    match method.target:
        case "workload":
            return False
        case "caller":
            return kind != "nobody"
        case "anyone" | "filtered":
            return kind in ANYWHERE[right].split()
    if method.short in IN_CASE:
        return kind in IN_CASE[method.short].split()
    return kind in OVER[right].split()


class TrialEdge(Edge):
    """The service's own edge, except that nothing is kept."""

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        async with self.house.database.transaction() as session:
            try:
                async with session.savepoint():
                    yield session
                    raise _NotKept
            except _NotKept:
                pass


class _NotKept(Exception):
    pass


@dataclass
class Trial:
    channels: dict[str, LocalChannel]
    passports: dict[str, str]
    known: dict[str, Any]

    async def call(self, method: contract.Method, kind: str) -> str:
        """The reason the call fails with, or nothing."""
        meta = {"accept-language": "en"}
        if kind != "nobody":
            meta[METADATA] = self.passports[kind]
        try:
            request = request_for(method, {**self.known, **SPECIAL.get(method.short, {})})
            await ask(self.channels[method.context], method.name, request, meta)
        except Failed as failed:
            return failed.reason
        return ""


async def passport(platform: Platform, username: str, use: passports_pb2.PassportUse) -> str:
    request = passports_pb2.IssuePassportRequest(
        username=username,
        use=use,
        session_id="matrix",
        signed_in_at=timestamp(platform.clock.now()),
    )
    meta = {WORKLOAD: platform.runtimes["identity"].workload.token()}
    issued = await ask(
        platform.channels["identity"], "mainstay.identity.v1.PassportService/IssuePassport", request, meta
    )
    return str(issued.token)


def whose_data(rows: list[dict[str, Any]], taken: set[str]) -> dict[str, Any]:
    """An employee with a manager and without reports; neither has a number in `taken`, for those have roles already."""
    numbers = {row["employeeId"]: row["number"] for row in rows}
    leaders = {row.get("managerId") for row in rows}
    return next(
        row
        for row in rows
        if row["number"].startswith("E0")
        and row["number"] not in taken
        and row["status"] == "EMPLOYEE_STATUS_ACTIVE"
        and numbers.get(row.get("managerId", ""), "E0001") not in taken
        and row["employeeId"] not in leaders
    )


def cast(
    rows: list[dict[str, Any]], person: dict[str, Any], dotted: set[str], taken: set[str]
) -> dict[str, dict[str, Any]]:
    """Who plays which part: the person, their manager, and others of another unit who are not above them.

    `dotted` are the person's managers by dotted line. `other_manager` leads somebody, the rest nobody.
    """
    by_id = {row["employeeId"]: row for row in rows}
    above = set(dotted)
    step: dict[str, Any] | None = person
    while step:
        above.add(step["employeeId"])
        step = by_id.get(step.get("managerId", ""))
    others = [
        row
        for row in rows
        if row["employeeId"] not in above and row["unitId"] != person["unitId"] and row["number"] not in taken
    ]
    leaders = {row.get("managerId") for row in rows}
    colleague, hr_unit, hr_elsewhere = [row for row in others if row["employeeId"] not in leaders][:3]
    return {
        "person": person,
        "colleague": colleague,
        "manager": by_id[person["managerId"]],
        "other_manager": next(row for row in others if row["employeeId"] in leaders),
        "hr_unit": hr_unit,
        "hr_elsewhere": hr_elsewhere,
    }


def trial_channels(platform: Platform) -> dict[str, LocalChannel]:
    """Ways to every service through an edge that says what it would have done."""
    return {
        name: LocalChannel(
            TrialEdge(
                runtime.house,
                runtime.edge.handlers,
                passports=runtime.passports,
                revocations=runtime.revocations,
                workload=runtime.workload,
                after_commit=runtime.after_commit,
            )
        )
        for name, runtime in platform.runtimes.items()
    }


async def passports_of(platform: Platform, usernames: Mapping[str, str]) -> dict[str, str]:
    """A passport for each kind of caller, by the user name that plays it, and one for a system."""
    people = {
        kind: await passport(platform, username, passports_pb2.PASSPORT_USE_SESSION)
        for kind, username in usernames.items()
    }
    return {**people, "integration": await passport(platform, "erp", passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT)}


@pytest.fixture
async def trial(embedded: EmbeddedCompany) -> Trial:
    platform = embedded.platform
    hr = await embedded.sign_in("hr.admin")
    rows = (await hr.get("/v1/employees", pageSize=500))["employees"]
    taken = {one.number for one in SIGN_INS}
    person = whose_data(rows, taken)
    record = await hr.get(f"/v1/employees/{person['employeeId']}")
    parts = cast(rows, person, {line["managerId"] for line in record.get("dotted", [])}, taken)
    await give_first_roles(
        platform.runtimes["identity"].house,
        [
            (parts["hr_unit"]["number"], "hrbp", Scope("unit", UUID(person["unitId"]))),
            (parts["hr_elsewhere"]["number"], "hr_specialist", Scope("unit", UUID(parts["colleague"]["unitId"]))),
        ],
    )
    usernames = {kind: row["number"] for kind, row in parts.items()}
    usernames |= {
        "hr_admin": embedded.number("hr.admin"),
        "executive": embedded.number("executive"),
        "it_admin": embedded.number("it.admin"),
        "auditor": embedded.number("auditor"),
    }
    known = await things_of(embedded, hr, person)
    return Trial(trial_channels(platform), await passports_of(platform, usernames), known)


async def things_of(embedded: EmbeddedCompany, hr: Any, person: dict[str, Any]) -> dict[str, Any]:
    """Ids of what belongs to the person."""
    asker = await embedded.sign_in(person["number"])
    account = (await asker.get("/v1/me"))["account"]["accountId"]
    granted = await hr.post(
        "/v1/grants",
        employeeId=person["employeeId"],
        role="people_viewer",
        scope={"kind": "SCOPE_KIND_UNIT", "unitId": person["unitId"]},
        endsAt=(embedded.clock.now() + timedelta(days=30)).isoformat().replace("+00:00", "Z"),
        reason="权限矩阵",
    )
    asked = await asker.post(
        "/v1/access-requests", role="manager", employeeId=person["employeeId"], days=7, reason="权限矩阵"
    )
    post = next(iter((await hr.get("/v1/posts", unitId=person["unitId"], pageSize=10))["posts"]))
    contracts = (await hr.get(f"/v1/employees/{person['employeeId']}/contracts"))["contracts"]
    made = await hr.post("/v1/imports", kind="IMPORT_KIND_UNITS", fileName="units.csv", fileSize="7")
    talent = await talent_of(embedded, hr, person, post["postId"])
    return {
        **talent,
        "employee_id": person["employeeId"],
        "account_id": account,
        "unit_id": person["unitId"],
        "parent_id": person["unitId"],
        "post_id": post["postId"],
        "manager_id": person["managerId"],
        "grant_id": granted["grantId"],
        "request_id": asked["requestId"],
        "import_id": made["importId"],
        "contract_id": contracts[0]["contractId"],
        "assignment_id": contracts[0]["contractId"],
        "scope": access_pb2.Scope(kind=access_pb2.SCOPE_KIND_UNIT, unit_id=person["unitId"]),
    }


async def talent_of(embedded: EmbeddedCompany, hr: Any, person: dict[str, Any], post_id: str) -> dict[str, Any]:
    """What talent keeps of the person: an entry, a place in a pool, and a case with a question open."""
    employee_id, manager_id = person["employeeId"], person["managerId"]
    executive = (await (await embedded.sign_in("executive")).get("/v1/me"))["account"]["employeeId"]
    skill = next(iter((await hr.get("/v1/skills", pageSize=1))["skills"]))["skillId"]
    profile = await hr.post(
        f"/v1/employees/{employee_id}/profile/entries", kind="ENTRY_KIND_SKILL", skillId=skill, level=3
    )
    pool = await hr.post("/v1/pools", name="权限矩阵", kind="POOL_KIND_RESERVE")
    await hr.post(f"/v1/pools/{pool['poolId']}/members", employeeId=employee_id, reason="权限矩阵")
    draft = await hr.post(f"/v1/posts/{post_id}/job-profile:draft", template="machine-operator")
    await hr.post(f"/v1/posts/{post_id}/job-profile:approve", version=draft["version"])
    case = await hr.post(
        "/v1/placement-cases", employeeId=employee_id, postId=post_id, reason="权限矩阵", deciderId=executive
    )
    path = f"/v1/placement-cases/{case['caseId']}"
    case = await hr.post(
        f"{path}/participants", employeeId=manager_id, role="CASE_ROLE_POST_MANAGER", version=case["version"]
    )
    case = await hr.post(f"{path}:match", version=case["version"])
    await hr.post(f"{path}:askForOpinions", version=case["version"], dueOn="2030-01-01")
    candidate = await embedded.sign_in(person["number"])
    asked = await candidate.post(f"{path}/explanations", question="权限矩阵测试")
    return {
        "skill_id": skill,
        "entry_id": profile["entries"][0]["entryId"],
        "pool_id": pool["poolId"],
        "case_id": case["caseId"],
        "decider_id": executive,
        "explanation_id": asked["explanations"][0]["explanationId"],
    }


async def test_every_method_answers_exactly_those_who_may_call_it(trial: Trial) -> None:
    wrong, tried = [], 0
    for method in contract.methods().values():
        if method.context not in trial.channels:
            continue
        for kind in KINDS:
            tried += 1
            reason = await trial.call(method, kind)
            expected = may(method, kind)
            if (method.short, kind) in ONLY_PEOPLE:
                wrong += [] if reason == "FIELDS_INVALID" else [f"{method.short} as {kind}: {reason}"]
                continue
            refused = reason in (UNKNOWN_CALLER if kind == "nobody" or method.target == "workload" else REFUSALS)
            if reason in NOT_A_TRY or refused == expected:
                wrong.append(
                    f"{method.short} as {kind}: {'may' if expected else 'may not'}, but {reason or 'answered'}"
                )
    print(f"access matrix: {tried} cells asserted, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)
    assert tried == len(KINDS) * len(contract.methods())


def test_the_tables_say_something_about_every_right() -> None:
    for method in contract.methods().values():
        if method.target in {"anyone", "filtered"}:
            assert method.access.permission in ANYWHERE, method.name
        elif method.target not in {"workload", "caller"}:
            assert method.access.permission in OVER, method.name
