"""What is sensitive asks for a second factor: it is enrolled on Keycloak's page, and one is back where one was."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import async_playwright, expect

from tests.support.company import find_person
from tests.support.stack import StackCompany
from tests.support.visitor import DESK, Visitor, start_chromium
from tools.check import chromium


@pytest.fixture
async def visitor(on_stack: StackCompany) -> AsyncIterator[Visitor]:
    if why := chromium():
        pytest.skip(why)
    async with async_playwright() as playwright:
        browser = await start_chromium(playwright)
        visitor = await Visitor.enter(browser, on_stack, language="zh-CN", size=DESK)
        yield visitor
        await browser.close()


async def test_a_second_factor_is_enrolled_where_it_is_first_needed(on_stack: StackCompany, visitor: Visitor) -> None:
    someone = await find_person(await on_stack.sign_in("hr.admin"), on_stack.number("employee"))
    begins, _, ends = someone["mobile"].partition("****")
    clear = re.compile(rf"{begins}\d{{4}}{ends}")
    # Nobody has signed in as them in this run, so they have no second factor yet.
    specialist = "hr.specialist"
    assert not on_stack.credentials(specialist).totp_secret

    await visitor.open(f"/people/{someone['employeeId']}")
    await visitor.choose_account(specialist)
    await expect(visitor.at("person-head")).to_be_visible()
    await visitor.at("reveal").click()
    await visitor.at("field-purpose").fill("核对入职体检报告")
    await visitor.at("dialog-send").click()
    await visitor.at("step-up").get_by_role("button", name="登录").click()
    await visitor.choose_account(specialist)
    assert on_stack.credentials(specialist).totp_secret

    await expect(visitor.page).to_have_url(re.compile(f"/people/{someone['employeeId']}"))
    await expect(visitor.at("person-head")).to_be_visible()
    await visitor.at("reveal").click()
    await visitor.at("field-purpose").fill("核对入职体检报告")
    await visitor.at("dialog-send").click()
    await expect(visitor.at("personal")).to_contain_text(clear)
