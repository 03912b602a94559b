"""Who is hired gets a post that has room for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.support.company import Company, find_person


@pytest.mark.parametrize("days_ahead", [0, 1], ids=["today", "tomorrow"])
async def test_a_full_post_is_told_apart_and_offered_only_where_somebody_may_leave_before(
    enter: Enter, company: Company, days_ahead: int
) -> None:
    # A department has one manager.
    manager = await find_person(await company.sign_in_by_password("hr.admin"), company.number("manager.quality"))
    hr = await enter("hr.admin")
    await hr.open("/people/new")
    # The day at the desk, which has the browser's own clock.
    first_day = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=days_ahead)
    await hr.at("field-hiredOn").fill(first_day.isoformat())
    await hr.at("field-hiredOn").press("Enter")
    await hr.choose("field-unitId", manager["unitName"], search=manager["unitName"])
    await hr.at("field-postId").click()
    options = hr.page.locator(".ant-select-dropdown:visible .ant-select-item-option")
    option = options.filter(has_text=manager["postTitle"])
    await expect(option).to_contain_text("今天已满" if days_ahead else "已满")
    disabled = "ant-select-item-option-disabled"
    assert (disabled in (await option.get_attribute("class") or "")) == (days_ahead == 0)


async def test_a_post_is_found_by_its_title_and_brings_its_unit(enter: Enter, company: Company) -> None:
    office = await company.sign_in_by_password("hr.admin")
    post = (await office.get("/v1/posts", onlyOpen="true"))["posts"][-1]
    unit = await office.get(f"/v1/units/{post['unitId']}")
    hr = await enter("hr.admin")
    await hr.open("/people/new")
    # Not its first characters, and nobody has said in which unit.
    await hr.choose("field-postId", post["code"], search=post["title"][1:])
    await expect(hr.at("field-unitId")).to_contain_text(unit["name"])
    await expect(hr.at("field-postId")).to_contain_text(post["title"])
