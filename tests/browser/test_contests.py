"""An employee says that an entry about them is wrong; HR finds it on the home page and answers."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.support.browser_session import Session
from tests.support.company import Company, find_person
from tests.support.visitor import PHONE

AWARD, FOLLOWED = "年度全勤奖", "班组安全标兵"


async def recorded(hr: Session, employee_id: str, title: str) -> str:
    """An award that HR has recorded of somebody; the id of its entry."""
    path = f"/v1/employees/{employee_id}/profile/entries"
    profile: dict[str, Any] = await hr.post(path, kind="ENTRY_KIND_AWARD", title=title)
    return next(str(one["entryId"]) for one in profile["entries"] if one["title"] == title)


async def test_what_an_employee_contests_waits_on_hrs_home_page_until_it_is_answered(
    enter: Enter, company: Company
) -> None:
    office = await company.sign_in("hr.admin")
    person = await find_person(office, company.number("employee"))
    employee_id = person["employeeId"]
    award = await recorded(office, employee_id, AWARD)
    followed = await recorded(office, employee_id, FOLLOWED)
    employee = await company.sign_in("employee")
    hr = await enter("hr.admin")
    await expect(hr.at("today")).to_be_visible()
    await expect(hr.at("today-contests")).to_have_count(0)

    # Nobody reloads the page.
    await employee.post(f"/v1/profile/entries/{award}:contest", reason="那个月我请过假")
    await employee.post(f"/v1/profile/entries/{followed}:contest", reason="得奖的是同名的人")
    waiting = hr.at("today-contests").get_by_role("listitem")
    await expect(waiting).to_have_count(2)
    await expect(waiting.first).to_contain_text(person["name"])
    await expect(waiting.first).to_contain_text(f"对“{AWARD}”有异议：那个月我请过假")

    await waiting.first.get_by_role("link").click()
    await expect(hr.at("answer-dialog")).to_contain_text("那个月我请过假")
    await hr.at("answer-dialog").get_by_text("保留这一项").click()
    await hr.at("field-answer").fill("核对过考勤,那个月没有请假")
    await hr.at("dialog-send").click()
    await expect(hr.at("answer-dialog")).to_have_count(0)

    # What was ended meanwhile is not in the profile any more and is owed an answer all the same.
    await office.post(f"/v1/employees/{employee_id}/profile/entries/{followed}:end", reason="记错了人")
    await hr.open("/growth/contests")
    await expect(hr.at("contests")).not_to_contain_text(AWARD)
    await hr.at("contests").get_by_role("link", name=FOLLOWED).click()
    await expect(hr.at("answer-dialog")).to_contain_text("得奖的是同名的人")
    await expect(hr.at("answer-dialog").get_by_text("保留这一项")).to_have_count(0)
    address = hr.page.url.removeprefix(hr.page.url.split("/people/")[0])
    await hr.at("field-answer").fill("确实记错了人,已经终止")
    await hr.at("dialog-send").click()
    await expect(hr.at("answer-dialog")).to_have_count(0)

    await hr.open("/growth/contests")
    await expect(hr.at("empty")).to_contain_text("没有等待答复的异议")
    await hr.open("/")
    await expect(hr.at("today")).to_be_visible()
    await expect(hr.at("today-contests")).to_have_count(0)

    # A link kept from before says that it was answered, on a phone too.
    other = await enter("hr.admin", size=PHONE)
    await other.open(address)
    await expect(other.page.get_by_role("dialog")).to_contain_text("已经有人答复")
    assert await other.too_wide() == []
