"""A person is found by whatever one remembers of them, and their page answers the rest."""

from __future__ import annotations

import re

from playwright.async_api import expect
from pypinyin import Style, lazy_pinyin

from tests.browser.conftest import Enter
from tests.support.company import Company, find_person

MASKED = re.compile(r"\*{2,}")


async def test_a_person_is_found_by_initials_by_name_and_by_number(enter: Enter, company: Company) -> None:
    someone = await find_person(await company.sign_in_by_password("hr.admin"), company.number("manager.engineering"))
    initials = "".join(lazy_pinyin(someone["name"], style=Style.FIRST_LETTER))

    hr = await enter("hr.admin")
    await hr.at("nav-people").click()
    row = hr.at("people-table").locator(f"[data-key='{someone['employeeId']}']")
    for words in (initials, someone["name"], someone["number"]):
        await hr.at("people-search").fill(words)
        # The address is the state: it can be sent to a colleague.
        await expect(hr.page).to_have_url(re.compile("[?&]q="))
        await expect(row).to_contain_text(someone["name"])
    await expect(hr.at("people-table").locator("tbody tr")).to_have_count(1)

    await hr.page.keyboard.press("Control+k")
    await hr.at("palette-input").fill(initials)
    await expect(hr.at("palette").get_by_role("option").filter(has_text=someone["number"])).to_be_visible()
    await hr.at("palette-input").fill(someone["number"])
    await expect(hr.at("palette").get_by_role("option").first).to_contain_text(someone["name"])
    await hr.page.keyboard.press("Enter")
    await expect(hr.page).to_have_url(re.compile(f"/people/{someone['employeeId']}$"))
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text(someone["name"])


async def test_a_look_from_the_list_and_the_page_behind_it(enter: Enter, company: Company) -> None:
    someone = await find_person(await company.sign_in_by_password("hr.admin"), company.number("manager.engineering"))
    hr = await enter("hr.admin")
    await hr.open(f"/people?q={someone['number']}")
    await hr.at("people-table").get_by_text(someone["postTitle"], exact=True).click()
    await expect(hr.at("peek")).to_contain_text(someone["unitName"])
    await hr.at("peek").get_by_role("link", name="打开完整档案").click()

    await expect(hr.at("person-head")).to_contain_text(someone["number"])
    tabs = hr.at("person-tabs")
    await tabs.get_by_role("tab", name="经历").click()
    await expect(hr.page).to_have_url(re.compile("/timeline$"))
    await expect(hr.at("timeline").get_by_role("listitem").filter(has_text="入职").first).to_be_visible()
    await tabs.get_by_role("tab", name="任职与合同").click()
    await expect(hr.at("contracts").locator("tbody tr").first).to_be_visible()
    # Pay is never in the clear by itself.
    await expect(hr.at("contracts").locator("tbody tr").first).to_contain_text(MASKED)
    await tabs.get_by_role("tab", name="权限").click()
    await expect(hr.at("access-tab")).to_contain_text("查看人员档案")
    await hr.page.go_back()
    await expect(hr.at("contracts")).to_be_visible()


async def test_what_is_masked_shows_only_for_a_purpose(enter: Enter, company: Company) -> None:
    someone = await find_person(await company.sign_in_by_password("hr.admin"), company.number("employee"))
    begins, _, ends = someone["mobile"].partition("****")
    clear = re.compile(rf"{begins}\d{{4}}{ends}")

    hr = await enter("hr.admin")
    await hr.prove_fully("hr.admin")
    await hr.open(f"/people/{someone['employeeId']}")
    personal = hr.at("personal")
    masked = personal.get_by_text(someone["mobile"])
    await expect(masked).to_be_visible()
    await expect(masked).to_have_attribute("title", re.compile("脱敏"))
    await expect(personal).not_to_contain_text(clear)

    await hr.at("reveal").click()
    await hr.at("dialog-send").click()
    await expect(hr.at("reveal-dialog")).to_contain_text("必填")
    await hr.at("field-purpose").fill("核对入职体检报告")
    await hr.at("dialog-send").click()
    await expect(personal).to_contain_text(clear)
    await expect(personal).not_to_contain_text(MASKED)

    await personal.get_by_role("button", name="隐藏原文").click()
    await expect(masked).to_be_visible()


async def test_a_manager_sees_their_own_people_and_nobody_else(enter: Enter, company: Company) -> None:
    office = await company.sign_in_by_password("hr.admin")
    stranger = await find_person(office, company.number("manager.engineering"))
    own = (await (await company.sign_in_by_password("manager.quality")).get("/v1/employees", pageSize=200))["employees"]

    manager = await enter("manager.quality")
    await manager.at("nav-people").click()
    await expect(manager.at("people-table").locator("tbody tr")).to_have_count(len(own))
    await manager.at("people-search").fill(stranger["number"])
    await expect(manager.at("empty")).to_contain_text("没有符合条件的人员")
