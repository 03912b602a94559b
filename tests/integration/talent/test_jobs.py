"""Job profiles: drafted from templates or what is in force, changed, approved by who answers for the unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.rpc import error_details_pb2 as details

from libs.kit.access.scopes import Scope
from libs.kit.database import Database
from libs.kit.rpc.status import Failed, detail
from mainstay.talent.v1 import jobs_pb2 as pb
from mainstay.talent.v1 import profiles_pb2
from services.talent import job_versions, skill_store
from services.talent.skill_rules import skill_id_of
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused

EDIT, APPROVE = "talent.job.edit", "talent.job.approve"
AUDIT, EXCEL = str(skill_id_of("supplier-audit")), str(skill_id_of("excel"))
HR = UUID(int=9)


class Company:
    """A quality department: its head, two inspectors under a team lead, and a post nobody holds yet."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.units: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.post = ""

    async def ask(self, method: str, request: Any, who: str = "", held: Any = None) -> Any:
        """As HR with every right, or as one of the people with a right over reports."""
        if who and held is None:
            held = reports()
        employee_id = self.people[who] if who else HR
        return await self.desk.ask(f"JobProfileService.{method}", request, held, employee_id)

    async def draft(self, template: str = "", who: str = "", post: str = "") -> pb.JobProfile:
        request = pb.DraftJobProfileRequest(post_id=post or self.post, template=template)
        found: pb.JobProfile = await self.ask("DraftJobProfile", request, who)
        return found

    async def change(self, draft: pb.JobProfile, demands: pb.JobDemands, who: str = "") -> pb.JobProfile:
        request = pb.ChangeJobProfileRequest(post_id=draft.post_id, version=draft.version, demands=demands)
        found: pb.JobProfile = await self.ask("ChangeJobProfile", request, who)
        return found

    async def approve(self, draft: pb.JobProfile, starts_on: str = "", who: str = "") -> pb.JobProfile:
        request = pb.ApproveJobProfileRequest(post_id=draft.post_id, version=draft.version, starts_on=starts_on)
        found: pb.JobProfile = await self.ask("ApproveJobProfile", request, who)
        return found

    async def get(self, number: int = 0, who: str = "", held: Any = None) -> pb.JobProfile:
        request = pb.GetJobProfileRequest(post_id=self.post, number=number)
        found: pb.JobProfile = await self.ask("GetJobProfile", request, who, held)
        return found

    async def listed(self, **filters: Any) -> dict[str, pb.JobProfileRow]:
        found = await self.ask("ListJobProfiles", pb.ListJobProfilesRequest(**filters))
        return {row.post_code: row for row in found.posts}


def reports() -> dict[str, tuple[Scope, ...]]:
    return {name: (Scope("reports"),) for name in (EDIT, APPROVE, "talent.job.read")}


def skill(skill_id: str, level: int, weight: int, reason: str = "why", **more: Any) -> pb.Requirement:
    return pb.Requirement(skill_id=skill_id, level=level, weight=weight, reason=reason, **more)


def rate(code: str = "error-rate", weight: int = 50, **more: Any) -> pb.Requirement:
    indicator = pb.Indicator(
        code=code, name="差错率", direction=pb.DIRECTION_AT_MOST, target="1.0", tolerance="0.50", unit="%"
    )
    return pb.Requirement(indicator=indicator, weight=weight, reason="why", **more)


def problems(failed: Failed) -> list[Any]:
    return list(detail(failed.status, details.BadRequest).field_violations)  # type: ignore[union-attr]


WHOLE = pb.JobDemands(requirements=[skill(AUDIT, 3, 50, must=True), rate()], shift=profiles_pb2.SHIFT_OFFICE)


@pytest.fixture
async def company(desk: Desk, database: Database) -> Company:
    async with database.transaction() as db:
        await skill_store.keep_own_set(db, desk.clock.now())
    made = Company(desk)
    made.units["works"] = works = await desk.unit("WORKS")
    made.units["quality"] = quality = await desk.unit("QUALITY", works)
    made.units["lab"] = await desk.unit("LAB", works)
    head_post = await desk.post(works, "QA-HEAD", 1)
    work = await desk.post(quality, "QA-IPQC", 5, title="制程检验员", title_en="Inspector")
    made.post = await desk.post(
        quality, "QA-IQA", 2, title="供应商质量保证", title_en="Supplier quality", family="quality"
    )
    made.people["director"] = director = await desk.person(works, head_post)
    made.people["head"] = head = await desk.person(quality, head_post, director)
    made.people["lead"] = lead = await desk.person(quality, work, head)
    made.people["inspector"] = await desk.person(quality, work, lead)
    return made


# -- drafting


async def test_a_draft_from_a_template_says_what_the_template_says_in_the_readers_language(company: Company) -> None:
    draft = await company.draft("iqa")
    assert (draft.number, draft.state, draft.version) == (0, pb.JOB_PROFILE_STATE_DRAFT, 1)
    assert draft.demands.purpose.startswith("审核供应商资质")
    assert draft.demands.requirements[0].name == "供应商资质审核"
    assert all(one.requirement_id for one in draft.demands.requirements)
    assert draft.edited_by == str(HR)


async def test_an_empty_draft_begins_with_the_posts_family(company: Company) -> None:
    assert (await company.draft()).demands == pb.JobDemands(family="quality")


async def test_a_draft_begins_with_what_is_in_force_and_its_requirements_keep_their_ids(company: Company) -> None:
    approved = await company.approve(await company.draft("iqa"))
    assert (await company.draft()).demands == approved.demands


async def test_a_post_has_one_draft(company: Company) -> None:
    await company.draft()
    with refused("DRAFT_EXISTS"):
        await company.draft("iqa")


async def test_what_there_is_not_is_said_so(company: Company) -> None:
    with refused("TEMPLATE_NOT_FOUND"):
        await company.draft("astronaut")
    with refused("POST_UNKNOWN"):
        await company.draft(post=str(UUID(int=3)))
    with refused("JOB_PROFILE_NOT_FOUND"):
        await company.get()
    with refused("JOB_PROFILE_NOT_FOUND"):
        await company.get(number=2**32 - 1)
    with refused("NO_DRAFT"):
        await company.change(pb.JobProfile(post_id=company.post, version=1), WHOLE)


async def test_templates_are_listed_by_name(company: Company) -> None:
    found = (await company.ask("ListJobTemplates", pb.ListJobTemplatesRequest())).templates
    assert len(found) >= 12
    assert [one.name for one in found] == sorted(one.name for one in found)


# -- changing


async def test_what_is_sent_replaces_the_draft_and_known_requirements_keep_their_ids(company: Company) -> None:
    draft = await company.change(await company.draft("iqa"), WHOLE)
    first, second = draft.demands.requirements
    assert (first.name, first.level, first.must, second.name) == ("供应商资质审核", 3, True, "差错率")
    assert (second.indicator.target, second.indicator.tolerance) == ("1", "0.5")
    turned = pb.JobDemands(requirements=[second, skill(EXCEL, 2, 10, requirement_id=str(UUID(int=4))), first])
    again = await company.change(draft, turned)
    ids = [one.requirement_id for one in again.demands.requirements]
    assert (ids[0], ids[2]) == (second.requirement_id, first.requirement_id)
    assert ids[1] not in {str(UUID(int=4)), ""}
    assert again.version == draft.version + 1


@pytest.mark.parametrize(
    ("wrong", "field", "language", "sentence"),
    [
        (skill(AUDIT, 0, 10), "demands.requirements[1].level", "zh-CN", "请填写技能等级，1 至 5。"),
        (skill("", 3, 10), "demands.requirements[1].skill_id", "en", "Choose a skill, or write an indicator."),
        (
            rate("other", level=2),
            "demands.requirements[1].level",
            "en",
            "An indicator has no level: take the level out, or ask for the skill instead.",
        ),
    ],
)
async def test_a_requirement_that_cannot_be_is_named_with_the_fix(
    company: Company, wrong: pb.Requirement, field: str, language: str, sentence: str
) -> None:
    draft = await company.draft()
    request = pb.ChangeJobProfileRequest(
        post_id=company.post, version=draft.version, demands=pb.JobDemands(requirements=[skill(EXCEL, 2, 10), wrong])
    )
    with pytest.raises(Failed) as failed:
        await company.desk.ask("JobProfileService.ChangeJobProfile", request, None, HR, **{"accept-language": language})
    assert [(one.field, one.description) for one in problems(failed.value)] == [(field, sentence)]


@pytest.mark.parametrize("twice", [[skill(AUDIT, 2, 10), skill(AUDIT, 3, 10)], [rate(), rate()]])
async def test_nothing_is_asked_for_twice(company: Company, twice: list[pb.Requirement]) -> None:
    with refused("REQUIREMENT_TWICE"):
        await company.change(await company.draft(), pb.JobDemands(requirements=twice))


@pytest.mark.parametrize("skill_id", [str(UUID(int=5)), str(skill_id_of("supply-work"))])
async def test_only_skills_of_the_catalogue_are_asked_for_and_no_groups(company: Company, skill_id: str) -> None:
    with refused("SKILL_NOT_FOUND"):
        await company.change(await company.draft(), pb.JobDemands(requirements=[skill(skill_id, 2, 10)]))


async def test_of_two_who_change_a_draft_the_second_reads_it_again(company: Company) -> None:
    draft = await company.draft()
    await company.change(draft, WHOLE)
    with refused("VERSION_CONFLICT"):
        await company.change(draft, pb.JobDemands())


async def test_a_draft_can_be_given_up(company: Company) -> None:
    draft = await company.draft("iqa")
    await company.ask("DiscardDraft", pb.DiscardDraftRequest(post_id=company.post, version=draft.version))
    with refused("JOB_PROFILE_NOT_FOUND"):
        await company.get()


# -- approving


async def test_an_approved_version_is_in_force_from_its_day_and_told_to_others(
    company: Company, database: Database
) -> None:
    draft = await company.change(await company.draft(), WHOLE)
    approved = await company.approve(draft)
    today = company.desk.day()
    assert (approved.number, approved.state, approved.starts_on) == (1, pb.JOB_PROFILE_STATE_APPROVED, today)
    assert approved.approved_by == str(HR)
    (fact,) = await company.desk.facts("JobProfileApproved")
    assert (fact.post_id, fact.number, fact.starts_on, fact.approved_by) == (company.post, 1, today, str(HR))
    async with database.reading() as db:
        row = await job_versions.demands_in_force(db, UUID(company.post), company.desk.today)
        assert row is not None
        assert row["number"] == 1
        every = await job_versions.openings(db, company.desk.today, only_free=False)
        assert [(one["title"], one["post_family"]) for one in every] == [("供应商质量保证", "quality")]


async def test_the_next_version_ends_the_one_before_on_the_day_before(company: Company) -> None:
    first = await company.approve(await company.draft("iqa"))
    second = await company.approve(await company.draft(), company.desk.day(10))
    assert [(one.number, one.ends_on) for one in second.versions] == [(1, company.desk.day(9))]
    assert (await company.get()).number == 1
    company.desk.clock.move(timedelta(days=10))
    now = await company.get()
    assert (now.number, now.demands) == (2, first.demands)


async def test_a_version_that_starts_later_is_shown_until_then_when_there_is_no_other(company: Company) -> None:
    await company.approve(await company.draft("iqa"), company.desk.day(5))
    assert (await company.get()).starts_on == company.desk.day(5)
    assert (await company.listed())["QA-IQA"].in_force == 0


@pytest.mark.parametrize("offset", [0, -3])
async def test_a_version_starts_after_the_one_before_it(company: Company, offset: int) -> None:
    await company.approve(await company.draft("iqa"))
    with refused("OVERLAPS_VERSION"):
        await company.approve(await company.draft(), company.desk.day(offset))


@pytest.mark.parametrize("requirements", [[], [skill(AUDIT, 3, 99)], [skill(AUDIT, 3, 60), rate(weight=41)]])
async def test_weights_must_be_whole(company: Company, requirements: list[pb.Requirement]) -> None:
    draft = await company.change(await company.draft(), pb.JobDemands(requirements=requirements))
    with refused("WEIGHTS_NOT_WHOLE"):
        await company.approve(draft)


async def test_weights_must_be_explained(company: Company) -> None:
    demands = pb.JobDemands(requirements=[skill(AUDIT, 3, 60), skill(EXCEL, 2, 40, " ")])
    draft = await company.change(await company.draft(), demands)
    with pytest.raises(Failed) as failed:
        await company.approve(draft)
    assert [one.field for one in problems(failed.value)] == ["demands.requirements[1].reason"]


async def test_an_approved_version_is_not_changed(company: Company) -> None:
    approved = await company.approve(await company.draft("iqa"))
    with refused("NO_DRAFT"):
        await company.change(approved, WHOLE)
    changed = await company.change(await company.draft(), WHOLE)
    assert changed.demands != approved.demands
    kept = await company.get(number=1)
    assert kept.demands == approved.demands


# -- who


@pytest.mark.parametrize("who", ["head", "director"])
async def test_who_everybody_in_the_unit_reports_to_writes_and_approves(company: Company, who: str) -> None:
    draft = await company.draft("iqa", who)
    assert (draft.may_edit, draft.may_approve) == (True, True)
    assert (await company.approve(draft, who=who)).approved_by == company.people[who]


@pytest.mark.parametrize("who", ["lead", "inspector"])
async def test_who_leads_some_of_the_unit_does_not(company: Company, who: str) -> None:
    with refused("OUT_OF_SCOPE"):
        await company.draft("iqa", who)
    await company.draft("iqa")
    with refused("OUT_OF_SCOPE"):
        await company.approve(pb.JobProfile(post_id=company.post, version=1), who=who)


async def test_a_unit_without_people_is_led_by_nobody(company: Company) -> None:
    post = await company.desk.post(company.units["lab"], "LAB-1")
    with refused("OUT_OF_SCOPE"):
        await company.draft("iqa", "director", post)


async def test_a_right_over_the_unit_above_is_enough_and_one_over_another_is_not(company: Company) -> None:
    for unit, fine in (("works", True), ("lab", False)):
        held = {EDIT: (Scope("unit", UUID(company.units[unit])),)}
        request = pb.DraftJobProfileRequest(post_id=company.post)
        if fine:
            draft = await company.ask("DraftJobProfile", request, "inspector", held)
            assert (draft.may_edit, draft.may_approve) == (True, False)
        else:
            with refused("OUT_OF_SCOPE"):
                await company.ask("DraftJobProfile", request, "inspector", held)


async def test_drafts_are_shown_to_who_may_edit_or_approve(company: Company) -> None:
    await company.approve(await company.draft("iqa"))
    await company.draft()
    assert (await company.get(who="head")).state == pb.JOB_PROFILE_STATE_DRAFT
    seen = await company.get(who="inspector")
    assert (seen.number, list(seen.versions), seen.may_edit, seen.may_approve) == (1, [], False, False)
    shown = await company.get(number=1, who="head")
    assert [one.state for one in shown.versions] == [pb.JOB_PROFILE_STATE_DRAFT]
    rows = (await company.ask("ListJobProfiles", pb.ListJobProfilesRequest(), "inspector")).posts
    assert not any(row.drafted for row in rows)
    assert (await company.listed())["QA-IQA"].drafted


# -- listing


async def test_posts_tell_their_free_places_and_what_is_in_force(company: Company) -> None:
    await company.approve(await company.draft("iqa"))
    rows = await company.listed()
    assert list(rows) == ["QA-HEAD", "QA-IPQC", "QA-IQA"]
    assert [row.vacancies for row in rows.values()] == [0, 3, 2]
    iqa = rows["QA-IQA"]
    assert (iqa.in_force, iqa.shift, iqa.family) == (1, profiles_pb2.SHIFT_OFFICE, "quality")


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"only_open": True}, ["QA-IPQC", "QA-IQA"]),
        ({"only_approved": True}, ["QA-IQA"]),
        ({"query": "检验"}, ["QA-IPQC"]),
        ({"query": "supplier"}, ["QA-IQA"]),
        ({"query": "qa-h"}, ["QA-HEAD"]),
        ({"query": "%"}, []),
    ],
)
async def test_filters_narrow_the_list(company: Company, filters: dict[str, Any], codes: list[str]) -> None:
    await company.approve(await company.draft("iqa"))
    assert list(await company.listed(**filters)) == codes


async def test_a_unit_brings_the_posts_of_the_units_below_it(company: Company) -> None:
    assert len(await company.listed(unit_id=company.units["works"])) == 3
    assert list(await company.listed(unit_id=company.units["quality"])) == ["QA-IPQC", "QA-IQA"]
    assert not await company.listed(unit_id=company.units["lab"])


async def test_pages_bring_every_post_once(company: Company) -> None:
    codes, token = [], ""
    for _ in range(3):
        page = await company.ask("ListJobProfiles", pb.ListJobProfilesRequest(page_size=1, page_token=token))
        codes += [row.post_code for row in page.posts]
        token = page.next_page_token
    assert (codes, token) == (["QA-HEAD", "QA-IPQC", "QA-IQA"], "")
