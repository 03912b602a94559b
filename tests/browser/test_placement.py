"""A placement case: HR opens it, the manager of the post says what they think, the executive decides."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.support.browser_session import Session
from tests.support.company import Company, eventually, find_person
from tests.support.visitor import PHONE, Visitor

IQA = "QA-IQA-SQ"
RELATION = "配偶,技术骨干"
SAID = "沟通要求不能降低,同意在试用期内重点培养"


async def post_in_force(hr: Session, quality: Session, company: Company) -> str:
    """The office post, with what it asks of people approved by who answers for it."""

    async def listed() -> dict[str, str] | None:
        rows = (await hr.get("/v1/job-profiles", query=IQA)).get("posts", [])
        return next((row for row in rows if row["postCode"] == IQA), None)

    row = await eventually(listed, 60)
    if not row.get("inForce"):
        path = f"/v1/posts/{row['postId']}/job-profile"
        draft = await hr.post(f"{path}:draft", template="iqa")
        await quality.post(f"{path}:approve", version=draft["version"], startsOn=company.now().date().isoformat())
    return str(row["postId"])


async def open_case(hr: Visitor, candidate: str, post_id: str, *, decider: str, related: str) -> str:
    """In whose interest is said, and that it never counts. Returns the case's address."""
    await hr.open(f"/placements/new?person={candidate}&post={post_id}")
    await hr.choose("field-deciderId", decider, search=decider)
    await hr.at("field-reason").fill("技术骨干的配偶希望转到办公室岗位")
    await hr.choose("field-related", related, search=related)
    await hr.at("field-relation").fill(RELATION)
    await expect(hr.at("case-form")).to_contain_text("从不计入匹配")
    await hr.at("case-send").click()
    await expect(hr.at("conflict")).to_contain_text(RELATION)
    return hr.page.url.removeprefix(hr.page.url.split("/placements/")[0])


async def match_and_ask(hr: Visitor, manager: str) -> None:
    await hr.at("turn-MatchCase").click()
    await hr.at("dialog-send").click()
    await expect(hr.at("verdict")).to_be_visible()
    # The score and how sure it is are two figures, and neither the report nor its arithmetic knows of the relation.
    await expect(hr.at("score")).to_contain_text("得分")
    await expect(hr.at("confidence")).to_contain_text("把握")
    await hr.at("whole-report").click()
    report = hr.at("report")
    await report.get_by_test_id("show-arithmetic").click()
    await expect(report.get_by_test_id("arithmetic")).to_contain_text("合计")
    await expect(report).not_to_contain_text(RELATION)
    await hr.page.keyboard.press("Escape")
    await expect(report).to_have_count(0)
    # Nobody can be asked before the manager of the post is in.
    await hr.at("turn-AddParticipant").click()
    await hr.choose("field-employeeId", manager, search=manager)
    await hr.at("dialog-send").click()
    await hr.at("turn-AskForOpinions").click()
    await hr.at("dialog-send").click()
    await expect(hr.at("next")).to_contain_text("还在等这些人的意见")


async def ask_in_haste(candidate: Visitor, case: str) -> None:
    """A double click asks one question, not two."""
    asked: list[str] = []
    candidate.page.on("request", lambda sent: asked.append(sent.url) if sent.method == "POST" else None)
    await candidate.open(case)
    await candidate.at("do-AskForExplanation").click()
    await candidate.at("field-question").fill("为什么沟通只算 2 级?")
    await candidate.at("dialog-send").dblclick()
    await expect(candidate.at("explanation")).to_have_count(1)
    assert len([url for url in asked if url.endswith("explanations")]) == 1, asked


async def give_notice(office: Session, employee_id: str, post_id: str, company: Company) -> None:
    """Until matching knows."""
    person = await office.get(f"/v1/employees/{employee_id}")
    last_day = (company.now().date() + timedelta(days=60)).isoformat()
    await office.post(
        f"/v1/employees/{employee_id}:leave",
        version=person["version"],
        lastDay=last_day,
        kind="LEAVE_KIND_RESIGNATION",
    )

    async def marked() -> bool:
        return "lastDay" in await office.get(f"/v1/posts/{post_id}/matches/{employee_id}")

    await eventually(marked, 60)


async def test_hr_opens_a_case_the_manager_speaks_and_the_executive_decides(enter: Enter, company: Company) -> None:
    office = await company.sign_in("hr.admin")
    post_id = await post_in_force(office, await company.sign_in("manager.quality"), company)
    workers = (await office.get("/v1/employees", pageSize=500))["employees"]
    active = [row for row in workers if row["status"] == "EMPLOYEE_STATUS_ACTIVE"]
    operator = next(row for row in active if row["postTitle"] == "设备操作员")
    engineer = next(row for row in active if row["postTitle"] == "工艺工程师")
    manager = await find_person(office, company.number("manager.quality"))

    hr = await enter("hr.admin")
    case = await open_case(
        hr, operator["employeeId"], post_id, decider=company.number("executive"), related=engineer["number"]
    )
    await match_and_ask(hr, manager["number"])

    quality = await enter("manager.quality")
    await quality.at("today-placements").get_by_role("link").last.click()
    await expect(quality.at("conflict")).to_contain_text(RELATION)
    await expect(quality.at("hidden")).to_contain_text("候选人的提问")
    await quality.at("turn-GiveOpinion").click()
    await quality.at("STANCE_CONDITIONAL").click()
    await quality.at("field-reason").fill(SAID)
    await quality.at("dialog-send").click()
    await expect(quality.at("opinions")).to_contain_text(SAID)

    executive = await enter("executive", size=PHONE)
    await executive.prove_fully("executive")
    await executive.open(case)
    await expect(executive.at("opinions")).to_contain_text("有条件同意")
    assert await executive.too_wide() == []
    await executive.at("turn-DecideCase").click()
    await executive.at("DECISION_KIND_NOT_NOW").click()
    await executive.at("field-reason").fill("先在本岗位补上沟通,半年后再议")
    await executive.at("dialog-send").click()
    await expect(executive.at("decision")).to_contain_text("暂不调整")
    await expect(executive.at("intact")).to_be_visible()

    # What was decided is in the other open window without anybody reloading it.
    await expect(hr.at("decision")).to_contain_text("暂不调整")
    await company.sign_in_once_known(operator["number"])
    candidate = await enter(operator["number"])
    await ask_in_haste(candidate, case)

    async with hr.page.expect_download() as handed:
        await hr.at("dossier").click()
    assert (await handed.value).suggested_filename.endswith(".pdf")

    await give_notice(office, operator["employeeId"], post_id, company)
    await hr.open(case)
    await expect(hr.at("notice")).to_contain_text("离职")
    # What the report and the decision knew then is not rewritten.
    await expect(hr.at("verdict")).to_be_visible()
    await expect(hr.at("leaves")).to_have_count(0)
    await hr.open(f"/posts/{post_id}/matches/{operator['employeeId']}")
    await expect(hr.at("leaves")).to_contain_text("离职")
