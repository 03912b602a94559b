"""A small company in which an operator wants an office post: who is who, and placement cases brought to a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import update

from libs.kit.access.scopes import Scope
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import jobs_pb2, profiles_pb2
from services.talent.tables import profiles
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk

SELF, ALL = (Scope("self"),), (Scope("all"),)
EVERYBODY = {"talent.case.take_part": SELF}
HR = {**EVERYBODY, "talent.case.manage": ALL, "talent.profile.read": ALL}
WORDS = "上料零差错,客户点名表扬"
PEOPLE = ("candidate", "partner", "hr", "executive", "quality", "engineering", "adviser")
REASON = "研究工程师希望家属转到办公室岗位"


@dataclass
class Company:
    """`partner` is the research engineer in whose interest the case of `candidate` is opened."""

    desk: Desk
    post: str
    other: str
    candidate: str
    partner: str
    hr: str
    executive: str
    quality: str
    engineering: str
    adviser: str
    careful: UUID
    talks: UUID

    async def ask(self, who: str, method: str, request: Message, **meta: str) -> Any:
        """Calls `PlacementService.<method>` as somebody with the rights they have."""
        held = HR if who == self.hr else EVERYBODY
        return await self.desk.ask(f"PlacementService.{method}", request, held, who, **meta)

    async def open(self, **more: Any) -> pb.Case:
        given = {
            "employee_id": self.candidate,
            "post_id": self.post,
            "reason": REASON,
            "related_employee_id": self.partner,
            "relation": "配偶",
            "decider_id": self.executive,
            **more,
        }
        case: pb.Case = await self.ask(self.hr, "OpenCase", pb.OpenCaseRequest(**given))
        return case

    async def add(self, case: pb.Case, who: str, role: pb.CaseRole) -> pb.Case:
        request = pb.AddParticipantRequest(case_id=case.case_id, employee_id=who, role=role, version=case.version)
        added: pb.Case = await self.ask(self.hr, "AddParticipant", request)
        return added

    async def match(self, case: pb.Case) -> pb.Case:
        request = pb.MatchCaseRequest(case_id=case.case_id, version=case.version)
        found: pb.Case = await self.ask(self.hr, "MatchCase", request)
        return found

    async def ask_for_opinions(self, case: pb.Case, days: int = 5) -> pb.Case:
        request = pb.AskForOpinionsRequest(case_id=case.case_id, version=case.version, due_on=self.desk.day(days))
        asked: pb.Case = await self.ask(self.hr, "AskForOpinions", request)
        return asked

    async def give(self, case: pb.Case, who: str, stance: pb.Stance, reason: str = "沟通能力需要培训") -> pb.Case:
        request = pb.GiveOpinionRequest(case_id=case.case_id, stance=stance, reason=reason)
        given: pb.Case = await self.ask(who, "GiveOpinion", request)
        return given

    async def decide(self, case: pb.Case, kind: pb.DecisionKind = pb.DECISION_KIND_PROBATION, **more: Any) -> pb.Case:
        probation = {"starts_on": self.desk.day(7), "months": 3} if kind == pb.DECISION_KIND_PROBATION else {}
        given = {"reason": "差距可以培养,试用观察", "version": case.version, **probation, **more}
        request = pb.DecideCaseRequest(case_id=case.case_id, kind=kind, **given)
        decided: pb.Case = await self.ask(self.executive, "DecideCase", request)
        return decided

    async def get(self, case: pb.Case, who: str) -> pb.Case:
        found: pb.Case = await self.ask(who, "GetCase", pb.GetCaseRequest(case_id=case.case_id))
        return found

    async def now(self, case: pb.Case) -> pb.Case:
        """The case as HR sees it now."""
        return await self.get(case, self.hr)

    async def in_opinions(self) -> pb.Case:
        """A matched case about which the quality and the engineering manager and an adviser are asked."""
        case = await self.open()
        case = await self.add(case, self.quality, pb.CASE_ROLE_POST_MANAGER)
        case = await self.add(case, self.engineering, pb.CASE_ROLE_CONCERNED)
        case = await self.add(case, self.adviser, pb.CASE_ROLE_ADVISER)
        return await self.ask_for_opinions(await self.match(case))

    async def answered(self) -> pb.Case:
        """The same with all opinions given."""
        case = await self.in_opinions()
        await self.give(case, self.quality, pb.STANCE_CONDITIONAL, "标准不能降低,先试用")
        await self.give(case, self.engineering, pb.STANCE_SUPPORT, "有利于团队稳定")
        await self.give(case, self.adviser, pb.STANCE_OBJECT, "供应商沟通经验不足")
        return await self.now(case)

    async def decided(self) -> pb.Case:
        await self.decide(await self.answered())
        (case,) = [await self.now(one) for one in (await self.listed(self.hr)).cases]
        return case

    async def listed(self, who: str, **more: Any) -> pb.ListCasesResponse:
        found: pb.ListCasesResponse = await self.ask(who, "ListCases", pb.ListCasesRequest(**more))
        return found

    async def tasks(self, who: str) -> list[tuple[str, bool]]:
        found = await self.ask(who, "ListCaseTasks", pb.ListCaseTasksRequest())
        return [(task.task, task.overdue) for task in found.tasks]

    async def profile_changes(self) -> None:
        """The candidate's profile gets another version."""
        async with self.desk.database.transaction() as db:
            await db.run(
                update(profiles)
                .where(profiles.c.employee_id == UUID(self.candidate))
                .values(version=profiles.c.version + 1)
            )

    async def candidate_refuses(self, *, refused: bool = True) -> None:
        async with self.desk.database.transaction() as db:
            await db.run(
                update(profiles)
                .where(profiles.c.employee_id == UUID(self.candidate))
                .values(automated_use_refused=refused, version=profiles.c.version + 1)
            )


async def company(desk: Desk) -> Company:
    unit = await desk.unit("QA")
    post = await desk.post(unit, "QA-IQA", title="供应商质量保证", title_en="Supplier quality")
    other = await desk.post(unit, "AD-AS", title="行政助理", title_en="Administrative assistant")
    operator = await desk.post(unit, "MA-OP", title="操作工", title_en="Operator")
    people = {name: await desk.person(unit, operator) for name in PEOPLE}
    careful, talks = await matched.skill(desk, "careful"), await matched.skill(desk, "talks")
    shift = profiles_pb2.SHIFT_OFFICE
    indicator = matched.measures(
        "audit-error-rate", jobs_pb2.DIRECTION_AT_MOST, "1", "0.5", 10, skill_id=str(careful), reason="年度目标"
    )
    await matched.job(
        desk, post, [matched.needs(careful, 3, 40), matched.needs(talks, 3, 50, must=True), indicator], shift=shift
    )
    await matched.job(desk, other, [matched.needs(careful, 3, 100, must=True)], shift=shift)
    made = Company(desk=desk, post=post, other=other, careful=careful, talks=talks, **people)
    await matched.says(desk, made.candidate, shift=shift)
    await matched.holds(desk, made.candidate, careful, 4, words=WORDS)
    await matched.holds(desk, made.candidate, talks, 2)
    return made
