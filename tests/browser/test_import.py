"""A second company comes from a spreadsheet whose columns and rows need a person's eye."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Route, expect

from services.employees.demo import second_company
from tests.browser.conftest import Enter
from tests.support.visitor import PHONE, Visitor

# A title, an empty line and the headings come before the people.
PEOPLE = len(second_company("csv", corrected=True).decode("gb18030").splitlines()) - 3
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def choose_file(hr: Visitor, name: str, content: bytes) -> None:
    await hr.at("file").set_input_files({"name": name, "mimeType": SHEET, "buffer": content})
    await hr.at("start-upload").click()


async def expect_state(hr: Visitor, state: str) -> None:
    await expect(hr.at("import-state")).to_have_attribute("data-state", f"IMPORT_STATE_{state}", timeout=60_000)


async def miss_the_run(hr: Visitor) -> None:
    """Lets the page see nothing of a dry run before its end, as when it is done within a moment."""

    async def answer(route: Route) -> None:
        given = await route.fetch()
        while (await given.json())["state"] == "IMPORT_STATE_CHECKING":
            given = await route.fetch()
        await route.fulfill(response=given)

    await hr.page.route(re.compile(r"/v1/imports/[^/:?]+$"), answer)


async def correct_the_number(hr: Visitor) -> None:
    """The suggestion took the number of the paper file for the employee's: the one column to correct."""
    rows = hr.at("mapping-table").locator("tbody tr")
    row = rows.filter(has_text="员工代码")
    await hr.choose(row.locator(".ant-select"), "工号")
    await expect(row).to_contain_text("已更正")
    paper = rows.filter(has=hr.page.get_by_text("编号", exact=True))
    await expect(paper.locator(".ant-select")).to_contain_text("不读取")


@pytest.mark.parametrize("seen", [True, False], ids=["watched", "done-in-a-moment"])
async def test_a_column_seen_to_be_wrong_only_in_the_dry_run_is_corrected_there(enter: Enter, *, seen: bool) -> None:
    hr = await enter("hr.admin")
    if not seen:
        await miss_the_run(hr)
    await hr.open("/imports/new")
    await choose_file(hr, "德铭花名册.csv", second_company("csv"))
    await expect_state(hr, "MAPPING")
    await hr.at("create-missing").check()
    await hr.at("dry-run").click()
    await expect_state(hr, "PROBLEMS")
    problems = hr.at("problems-table").locator("tbody tr")
    # Nobody has the managers' numbers while the wrong column is read.
    await expect(problems.filter(has_text="直接上级").nth(20)).to_be_visible()

    await hr.at("change-mapping").click()
    await correct_the_number(hr)
    await hr.at("dry-run").click()
    await expect(hr.at("problems-summary")).to_contain_text("12 行有问题")
    await expect(problems).to_have_count(12)

    await hr.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    # Told in lines, not letter by letter beside the buttons.
    box = await hr.at("problems-summary").bounding_box()
    assert box
    assert box["height"] < PHONE[1] / 2
    assert not await hr.too_wide()

    await hr.page.get_by_role("button", name="放弃导入").click()
    await hr.page.get_by_role("tooltip").get_by_role("button", name="放弃导入").click()
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text("导入")


async def test_a_file_with_mistakes_is_corrected_and_imported(enter: Enter) -> None:
    hr = await enter("hr.admin")
    await hr.at("nav-imports").click()
    await hr.page.get_by_role("main").get_by_role("link", name="新建导入").first.click()
    await choose_file(hr, "德铭花名册.xlsx", second_company())

    await expect_state(hr, "MAPPING")
    await correct_the_number(hr)
    await hr.at("create-missing").check()
    await hr.at("dry-run").click()

    await expect_state(hr, "PROBLEMS")
    await expect(hr.at("problems-summary")).to_contain_text("12 行有问题")
    problems = hr.at("problems-table").locator("tbody tr")
    await expect(problems).to_have_count(12)
    # Each says what is wrong and what to do; a value that is somebody's stays masked.
    for index in range(12):
        await expect(problems.nth(index).locator("td").nth(3)).not_to_be_empty()
        await expect(problems.nth(index).locator("td").nth(4)).not_to_be_empty()

    await hr.at("fixed-file").click()
    await choose_file(hr, "德铭花名册-修正.xlsx", second_company(corrected=True))
    await expect_state(hr, "MAPPING")
    # What was corrected for the first file holds for the second.
    await expect(hr.page.get_by_text("沿用了“德铭花名册.xlsx”的对应关系")).to_be_visible()
    await hr.at("dry-run").click()
    await expect_state(hr, "READY")
    await hr.at("apply").click()
    await expect_state(hr, "DONE")
    await expect(hr.at("import-result").get_by_test_id("count-rowsNew")).to_have_text(str(PEOPLE))

    await hr.at("import-result").get_by_role("link", name="查看组织").click()
    company = hr.at("unit-tree").get_by_role("row").filter(has_text="德铭模具")
    await expect(company.first).to_be_visible()
    await hr.at("nav-people").click()
    await hr.at("people-search").fill("DM001")
    await expect(hr.at("people-table").locator("tbody tr").first).to_contain_text("总经理")
