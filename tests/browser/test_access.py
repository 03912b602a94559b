"""Access is asked for, given and taken away, each in front of the other person's open page."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.support.company import Company, find_person
from tests.support.visitor import Visitor

VIEWER = "档案查看者"
FOR_SYSTEMS = "系统集成"


async def ask_for_access(asker: Visitor, reason: str) -> None:
    """On the forbidden page, for the role that only looks."""
    await asker.choose(asker.at("ask-form").locator(".ant-select"), VIEWER)
    await asker.at("field-reason").fill(reason)
    await asker.at("ask-send").click()
    await expect(asker.at("asked")).to_be_visible()


async def give(hr: Visitor, number: str, unit: str, reason: str) -> None:
    """The role that looks, over a unit, to somebody, in the portal's own dialog."""
    await hr.at("give").click()
    dialog = hr.at("give-dialog")
    await hr.choose("field-employeeId", number, search=number)
    await hr.at("field-role").click()
    roles = hr.page.locator(".ant-select-item-option")
    await expect(roles.filter(has_text=VIEWER)).to_be_visible()
    # What only other systems may hold is not offered for a person.
    await expect(roles.filter(has_text=FOR_SYSTEMS)).to_have_count(0)
    await roles.filter(has_text=VIEWER).click()
    await expect(dialog).to_contain_text("最长可授 180 天")
    await hr.choose("field-kind", "部门及以下")
    await hr.choose("field-unitId", unit, search=unit)
    await hr.at("field-reason").fill(reason)
    await hr.at("dialog-send").click()
    await expect(dialog).to_have_count(0)


async def test_who_may_not_look_is_told_why_asks_and_is_let_in(enter: Enter, company: Company) -> None:
    office = await company.sign_in_by_password("hr.admin")
    stranger = await find_person(office, company.number("it.admin"))
    hr_person = await find_person(office, company.number("hr.admin"))
    asking = await find_person(office, company.number("manager.quality"))

    hr = await enter("hr.admin")
    manager = await enter("manager.quality")
    await manager.open(f"/people/{stranger['employeeId']}")
    forbidden = manager.at("forbidden")
    await expect(forbidden).to_contain_text("查看人员档案")
    await expect(manager.at("granters")).to_contain_text(hr_person["name"])
    # Nothing of what lies behind is told.
    await expect(manager.page.locator("main")).not_to_contain_text(stranger["name"])
    assert set(manager.refusals()) == {f"/v1/employees/{stranger['employeeId']}"}
    await ask_for_access(manager, "联合改善项目需要联系对方团队")

    # HR's home says so by itself.
    waiting = hr.at("today-decide").get_by_role("listitem").filter(has_text=asking["name"])
    await expect(waiting).to_contain_text("联合改善项目")
    await waiting.get_by_role("link").first.click()
    row = hr.at("requests-table").locator("tbody tr").filter(has_text=asking["name"])
    await row.get_by_test_id("approve").click()
    await expect(hr.at("decide-dialog")).to_contain_text("联合改善项目需要联系对方团队")
    await hr.at("dialog-send").click()
    await expect(hr.at("decide-dialog")).to_have_count(0)
    await expect(row.get_by_test_id("approve")).to_have_count(0)

    # The page opens where the manager left it, without a reload.
    await expect(manager.at("person-head")).to_contain_text(stranger["number"])
    await expect(manager.page.get_by_role("heading", level=1)).to_have_text(stranger["name"])
    manager.refusals()


async def test_a_right_given_opens_the_page_at_once_and_taken_back_closes_it(enter: Enter, company: Company) -> None:
    office = await company.sign_in_by_password("hr.admin")
    stranger = await find_person(office, company.number("manager.engineering"))
    number = company.number("manager.workshop")

    hr = await enter("hr.admin")
    manager = await enter("manager.workshop")
    await manager.open(f"/people/{stranger['employeeId']}")
    await expect(manager.at("forbidden")).to_be_visible()

    await hr.at("nav-grants").click()
    await give(hr, number, stranger["unitName"], "联合改善项目")
    await expect(manager.at("person-head")).to_contain_text(stranger["number"])
    assert manager.refusals()

    grant = hr.at("grants-table").locator("tbody tr").filter(has_text=number).filter(has_text=VIEWER)
    await expect(grant).to_contain_text(stranger["unitName"])
    await grant.get_by_test_id("revoke").click()
    await hr.at("field-reason").fill("项目结束")
    await hr.at("dialog-send").click()
    await expect(grant).to_have_count(0)

    # What may not be seen any more goes from the screen by itself, and the next click is refused as well.
    await expect(manager.at("forbidden")).to_contain_text("您的权限已结束")
    await expect(manager.page.locator("main")).not_to_contain_text(stranger["mobile"])
    manager.refusals()
    await manager.open(f"/people/{stranger['employeeId']}/timeline")
    await expect(manager.at("forbidden")).to_contain_text("您的权限结束于")
    await expect(manager.at("forbidden")).to_contain_text(re.compile("今天"))
    assert manager.refusals()


@pytest.mark.parametrize(
    ("form", "right"),
    [
        ("/people/new", "办理入职"),
        ("/placements/new", "经办安置个案"),
        ("/imports/new", "导入人员和组织数据"),
        ("/growth/import", "批量导入人才档案"),
    ],
)
async def test_a_form_nobody_but_others_may_send_says_so_before_anything_is_typed(
    enter: Enter, company: Company, form: str, right: str
) -> None:
    office = await company.sign_in_by_password("hr.admin")
    hr_person = await find_person(office, company.number("hr.admin"))
    employee = await enter("employee")
    await employee.open(form)
    await expect(employee.at("forbidden")).to_contain_text(right)
    await expect(employee.at("granters")).to_contain_text(hr_person["name"])
    await expect(employee.page.locator("main").locator("input[type=file], textarea:not([id=reason])")).to_have_count(0)
