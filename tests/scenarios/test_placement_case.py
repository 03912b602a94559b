"""The story of a placement case, through the front door: a core engineer's partner, an operator, wants an office post.

The bar of the post stays where its manager put it; the report says what fits, what is missing and whether it can be
learned; everybody sees the part they have a right to; a named person decides, with the evidence frozen into it.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from libs.kit.bus import Following
from libs.kit.dates import text_of
from mainstay.talent.v1 import events_pb2
from tests.support.browser_session import Session, refused
from tests.support.company import Company, eventually

RELATION = "配偶,技术骨干"
REASON = "技术骨干的配偶希望从倒班岗位转到办公室岗位"
IQA, ASSISTANT, STATISTICS = "QA-IQA-SQ", "AD-AA", "QA-ST"
# What the workshop's manager says of the operator, as levels of skills.
SAID = {"data-entry": 4, "equipment-care": 5, "carefulness": 5, "execution": 4, "communication": 2}


@dataclass
class People:
    """Whoever has a part in the story, signed in, and the ids of those it is about."""

    hr: Session
    executive: Session
    quality: Session
    engineering: Session
    workshop: Session
    operator: Session
    ids: dict[str, str]


async def me(session: Session) -> str:
    return str((await session.get("/v1/me"))["account"]["employeeId"])


async def below(hr: Session, manager_id: str, title: str) -> dict[str, Any]:
    """Somebody below a manager, by any number of steps, whose post has this title."""
    rows = (await hr.get("/v1/employees", pageSize=500))["employees"]
    managers = {row["employeeId"]: row.get("managerId", "") for row in rows}

    def under(person: str) -> bool:
        above = managers.get(person, "")
        return above == manager_id or (above != "" and under(above))

    active = [row for row in rows if row["status"] == "EMPLOYEE_STATUS_ACTIVE" and under(row["employeeId"])]
    return next(row for row in active if row["postTitle"] == title)


async def post_id(hr: Session, code: str) -> str:
    """As soon as talent has heard of the post."""

    async def found() -> str:
        rows = (await hr.get("/v1/job-profiles", query=code)).get("posts", [])
        return next((str(row["postId"]) for row in rows if row["postCode"] == code), "")

    return str(await eventually(found, 60))


async def skill_ids(session: Session) -> dict[str, str]:
    rows = (await session.get("/v1/skills", pageSize=500))["skills"]
    return {row["code"]: row["skillId"] for row in rows}


async def gathered(company: Company) -> People:
    hr = await company.sign_in("hr.admin")
    workshop = await company.sign_in("manager.workshop")
    engineering = await company.sign_in("manager.engineering")
    ids = {"workshop": await me(workshop), "engineering": await me(engineering)}
    operator = await below(hr, ids["workshop"], "设备操作员")
    engineer = await below(hr, ids["engineering"], "工艺工程师")
    quality, executive = await company.sign_in("manager.quality"), await company.sign_in("executive")
    ids |= {"quality": await me(quality), "executive": await me(executive), "hr": await me(hr)}
    ids |= {"operator": operator["employeeId"], "engineer": engineer["employeeId"], "number": operator["number"]}
    # Talent hears of people, and of who reports to whom, by events.
    for name in ("operator", "engineer", "quality", "engineering", "executive"):
        await eventually(partial(known, hr, ids[name]), 60)
    await eventually(partial(known, workshop, ids["operator"]), 60)
    return People(
        hr, executive, quality, engineering, workshop, await company.sign_in_once_known(operator["number"]), ids
    )


async def known(hr: Session, employee_id: str) -> bool:
    answer = await hr.client.get(f"/v1/employees/{employee_id}/profile")
    return answer.status_code == 200


async def in_force(people: People, code: str, template: str, approver: Session, company: Company) -> dict[str, Any]:
    """The post's job profile, drafted by HR from a template and approved by who answers for the post."""
    post = await post_id(people.hr, code)
    draft = await people.hr.post(f"/v1/posts/{post}/job-profile:draft", template=template)
    today = text_of(company.now().date() - timedelta(days=1))
    approved = await approver.post(f"/v1/posts/{post}/job-profile:approve", version=draft["version"], startsOn=today)
    assert approved["state"] == "JOB_PROFILE_STATE_APPROVED"
    found: dict[str, Any] = approved
    return found


async def with_a_free_place(people: People, code: str) -> None:
    """One place more than there are people in the post, known to matching too."""
    post = next(one for one in (await people.hr.get("/v1/posts", query=code))["posts"] if one["code"] == code)
    path = f"/v1/posts/{post['postId']}"
    await people.hr.patch(path, version=post["version"], headcount=post.get("filled", 0) + 1)

    async def free() -> bool:
        rows = (await people.hr.get("/v1/job-profiles", query=code, onlyOpen="true")).get("posts", [])
        return any(row["postCode"] == code and row.get("vacancies") for row in rows)

    await eventually(free, 60)


def csv(*lines: Sequence[str]) -> str:
    return base64.b64encode("\n".join(",".join(line) for line in lines).encode()).decode()


async def tell_of_the_operator(people: People, skills: dict[str, str], company: Company) -> None:
    """Two reviews of 4.7, an award, what her manager has seen of her, that she learns fast, and what she wants."""
    hr, ids = people.hr, people.ids
    day = text_of(company.now().date() - timedelta(days=60))
    reviews = csv(
        ("number", "period", "score", "scale", "date"), (ids["number"], "2026H1", "4.7", "5", day),
        (ids["number"], "2025H2", "4.7", "5", text_of(company.now().date() - timedelta(days=240))),
    )  # fmt: skip
    looked = await hr.post("/v1/profiles:import", kind="ENTRY_KIND_REVIEW", content=reviews, dryRun=True)
    assert (looked.get("recorded"), looked.get("problems", [])) == (2, []), looked
    await hr.post("/v1/profiles:import", kind="ENTRY_KIND_REVIEW", content=reviews)
    again = await hr.post("/v1/profiles:import", kind="ENTRY_KIND_REVIEW", content=reviews)
    assert (again.get("recorded", 0), again.get("unchanged")) == (0, 2)
    entries = f"/v1/employees/{ids['operator']}/profile/entries"
    await hr.post(entries, kind="ENTRY_KIND_AWARD", title="操作能手", observedOn=day)
    for code, level in SAID.items():
        await people.workshop.post(
            f"/v1/employees/{ids['operator']}/profile:rateSkill",
            skillId=skills[code], level=level, evidence="两年班组工作中的表现", observedOn=day,
        )  # fmt: skip
    await people.workshop.post(
        f"/v1/employees/{ids['operator']}/profile:ratePotential",
        kind="POTENTIAL_KIND_LEARNING", level=3, evidence="学得快:新设备三天独立操作", observedOn=day,
    )  # fmt: skip
    own = f"/v1/employees/{ids['operator']}/profile/aspirations"
    await people.operator.put(own, aspirations={"shift": "SHIFT_OFFICE", "shiftFirm": True, "words": "想上常日班"})


async def opened(people: People, post: str, **more: str) -> dict[str, Any]:
    case: dict[str, Any] = await people.hr.post(
        "/v1/placement-cases",
        employeeId=people.ids["operator"],
        postId=post,
        reason=REASON,
        deciderId=people.ids["executive"],
        **more,
    )
    return case


async def case_of(session: Session, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await session.get(f"/v1/placement-cases/{case['caseId']}")
    return found


def by_hand(profile: dict[str, Any], held: dict[str, int], skills: dict[str, str]) -> Fraction:
    """The score from the formula's words: what is known by its share of the level, what is not known by half."""
    codes = {skill_id: code for code, skill_id in skills.items()}
    score = Fraction(0)
    for requirement in profile["demands"]["requirements"]:
        code = codes.get(requirement.get("skillId", ""), "") if requirement.get("level") else ""
        fit = min(Fraction(1), Fraction(held[code], requirement["level"])) if code in held else Fraction(1, 2)
        score += Fraction(requirement["weight"]) * fit
    return score


@pytest.mark.timeout(300)
async def test_a_core_engineers_partner_is_placed_without_bending_the_rules(company: Company) -> None:
    people = await gathered(company)
    skills = await skill_ids(people.hr)
    profile = await in_force(people, IQA, "iqa", people.quality, company)
    await in_force(people, ASSISTANT, "administrative-assistant", people.hr, company)
    await in_force(people, STATISTICS, "data-statistics", people.hr, company)
    for code in (IQA, ASSISTANT, STATISTICS):
        await with_a_free_place(people, code)
    await tell_of_the_operator(people, skills, company)
    async with AsyncExitStack() as following:
        told = await following.enter_async_context(company.follow(["talent.placements"]))
        case = await opened(people, profile["postId"], relatedEmployeeId=people.ids["engineer"], relation=RELATION)
        case = await matched(people, case, profile, skills)
        case = await heard(people, case, company)
        await decided(people, case, company)
        await watched(people, case)
        await asked(people, case)
        await followed(told, case, skills)
    await gives_notice(people, case, profile["postId"], company)


async def matched(
    people: People, case: dict[str, Any], profile: dict[str, Any], skills: dict[str, str]
) -> dict[str, Any]:
    """The report: what fits, what is missing, whether it can be learned, and which other posts fit sooner."""
    path = f"/v1/placement-cases/{case['caseId']}"
    for role, name in (("POST_MANAGER", "quality"), ("CONCERNED", "engineering")):
        case = await people.hr.post(
            f"{path}/participants", employeeId=people.ids[name], role=f"CASE_ROLE_{role}", version=case["version"]
        )
    case = await people.hr.post(f"{path}:match", version=case["version"])
    report = case["report"]
    by_code = {
        row["requirement"].get("skillId"): row for row in report["requirements"] if row["requirement"].get("level")
    }
    communication = by_code[skills["communication"]]
    assert report["outcome"] == "OUTCOME_PROBATION", report["advice"]
    assert communication["fit"] == "FIT_TRAINABLE_GAP"
    assert communication["tenthMonths"] > 0
    assert communication["taughtBy"]
    assert "沟通" in report["advice"]
    assert "ommunication" in report["adviceEn"]
    for code in ("carefulness", "execution"):
        assert by_code[skills[code]]["fit"] == "FIT_MET", code
    related = {row["requirement"]["skillId"]: row for row in by_code.values() if row.get("bySkill")}
    direct = by_hand(profile, SAID, skills)
    by_others = sum(
        (
            Fraction(row["requirement"]["weight"])
            * (min(Fraction(1), Fraction(row["heldHundredths"], 100 * row["requirement"]["level"])) - Fraction(1, 2))
            for row in related.values()
        ),
        Fraction(0),
    )
    assert report["scoreHundredths"] == round((direct + by_others) * 100)
    # The relationship is nowhere in the report, and a search without any case comes to the same score.
    assert RELATION not in str(report)
    assert people.ids["engineer"] not in str(report)
    plain = await people.hr.get(f"/v1/posts/{profile['postId']}/matches/{people.ids['operator']}")
    assert plain["scoreHundredths"] == report["scoreHundredths"]
    titles = [one["title"] for one in case["alternatives"]]
    assert {"行政助理", "数据统计员"} <= set(titles), titles
    assert all(wish["granted"] for one in case["alternatives"][:2] for wish in one["wishes"] if wish["wish"] == "shift")
    return case


async def heard(people: People, case: dict[str, Any], company: Company) -> dict[str, Any]:
    """Everybody sees their part and says what they think, on the record."""
    path = f"/v1/placement-cases/{case['caseId']}"
    due = text_of(company.now().date() + timedelta(days=5))
    await people.hr.post(f"{path}:askForOpinions", version=case["version"], dueOn=due)
    quality, engineering = await case_of(people.quality, case), await case_of(people.engineering, case)
    assert quality["relation"] == RELATION
    assert quality["report"]["requirements"]
    assert "report" not in engineering
    assert "relation" not in engineering
    assert "report" in engineering["hidden"]
    stranger = await company.sign_in("auditor")
    with refused("CASE_NOT_FOUND"):
        await case_of(stranger, case)
    with refused("OPINIONS_OPEN"):
        await people.executive.post(
            f"{path}:decide",
            version=(await case_of(people.executive, case))["version"],
            kind="DECISION_KIND_NOT_NOW", reason="等不及了",
        )  # fmt: skip
    tasks = (await people.quality.get("/v1/placement-tasks"))["tasks"]
    assert any(task["caseId"] == case["caseId"] and task["task"] == "opinion" for task in tasks)
    said = "沟通要求不能降低,同意在试用期内重点培养"
    await people.quality.post(f"{path}/opinions", stance="STANCE_CONDITIONAL", reason=said)
    await people.engineering.post(f"{path}/opinions", stance="STANCE_SUPPORT", reason="支持,盼早日落实")
    operator = await case_of(people.operator, case)
    assert not operator.get("opinions")
    assert operator["report"]["advice"]
    with refused("NOT_YOURS_TO_SAY"):
        await people.operator.post(f"{path}/opinions", stance="STANCE_SUPPORT", reason="我自己当然同意")
    return await case_of(people.hr, case)


async def decided(people: People, case: dict[str, Any], company: Company) -> None:
    path = f"/v1/placement-cases/{case['caseId']}"
    starts = text_of(company.now().date() + timedelta(days=7))
    decision = {
        "kind": "DECISION_KIND_PROBATION",
        "reason": "细心、执行力符合,沟通可以培养",
        "startsOn": starts,
        "months": 3,
    }
    with refused("NOT_YOURS_TO_SAY"):
        await people.quality.post(f"{path}:decide", version=case["version"], **decision)
    with refused("VERSION_CONFLICT"):
        await people.executive.post(f"{path}:decide", version=case["version"] - 1, **decision)
    done = await people.executive.post(f"{path}:decide", version=case["version"], **decision)
    assert done["state"] == "CASE_STATE_DECIDED"
    assert done["decision"]["intact"]
    assert len(done["decision"]["evidenceHash"]) == 64
    assert done["decision"]["decidedBy"] == people.ids["executive"]


async def watched(people: People, case: dict[str, Any]) -> None:
    """The engineer's manager sees how far it is, and never the candidate's file."""
    path = f"/v1/placement-cases/{case['caseId']}"
    for milestone in ("PROBATION_STARTED", "PLAN_AGREED", "TRAINING_ARRANGED"):
        version = (await case_of(people.hr, case))["version"]
        await people.hr.post(f"{path}/progress", milestone=f"MILESTONE_{milestone}", version=version)
    seen = await case_of(people.engineering, case)
    milestones = [step["milestone"] for step in seen["steps"] if step["step"] == "progress"]
    assert [one.removeprefix("MILESTONE_") for one in milestones] == [
        "PROBATION_STARTED",
        "PLAN_AGREED",
        "TRAINING_ARRANGED",
    ]
    with refused("OUT_OF_SCOPE"):
        await people.engineering.get(f"/v1/employees/{people.ids['operator']}/profile")
    dossier = await people.hr.get(f"{path}/dossier")
    assert base64.b64decode(dossier["content"]).startswith(b"%PDF-")


async def asked(people: People, case: dict[str, Any]) -> None:
    """The candidate asks a human, and is answered."""
    path = f"/v1/placement-cases/{case['caseId']}"
    shown = await people.operator.post(f"{path}/explanations", question="为什么沟通是差距?")
    [question] = shown["explanations"]
    answer = f"{path}/explanations/{question['explanationId']}:answer"
    await people.hr.post(answer, answer="岗位要求四级,目前的评价是二级")
    shown = await case_of(people.operator, case)
    assert shown["explanations"][0]["answer"]


async def followed(told: Following, case: dict[str, Any], skills: dict[str, str]) -> None:
    """Performance hears all it needs for the probation plan."""
    found = events_pb2.PlacementDecided()
    async with asyncio.timeout(30):
        async for message in told:
            if message.type.endswith("PlacementDecided") and message.key == case["caseId"]:
                found.ParseFromString(message.value)
                break
    assert skills["communication"] in {one.skill_id for one in found.focus}
    assert {one.indicator.code for one in found.indicators} >= {"audit-error-rate"}
    assert len(found.indicators) == 3
    assert found.starts_on < found.ends_on


async def gives_notice(people: People, case: dict[str, Any], post: str, company: Company) -> None:
    """She resigns after all: whoever matches her is told, at the same score; what was decided stays as it was known."""
    operator = people.ids["operator"]
    before = await people.hr.get(f"/v1/posts/{post}/matches/{operator}")
    assert "lastDay" not in before
    last_day = text_of(company.now().date() + timedelta(days=60))
    person = await people.hr.get(f"/v1/employees/{operator}")
    await people.hr.post(
        f"/v1/employees/{operator}:leave", version=person["version"], lastDay=last_day, kind="LEAVE_KIND_RESIGNATION"
    )

    async def marked() -> dict[str, Any] | None:
        report: dict[str, Any] = await people.hr.get(f"/v1/posts/{post}/matches/{operator}")
        return report if "lastDay" in report else None

    report = await eventually(marked, 60)
    assert (report["lastDay"], report["scoreHundredths"]) == (last_day, before["scoreHundredths"])
    seen = {name: await case_of(getattr(people, name), case) for name in ("executive", "quality", "engineering")}
    assert {name: one.get("lastDay") for name, one in seen.items()} == {
        "executive": last_day,
        "quality": last_day,
        "engineering": None,
    }
    decision = seen["executive"]["decision"]
    assert (decision["intact"], "lastDay" in decision) == (True, False)
