"""What is sensitive asks for a second factor on Keycloak's page, and one is back in the dialog with what one typed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from tests.support.company import find_person
from tests.support.lacking import leave_out
from tests.support.stack import StackCompany
from tests.support.visitor import DESK, Visitor, start_chromium
from tools.check import chromium


@pytest.fixture
async def visitor(on_stack: StackCompany, tmp_path: Path) -> AsyncIterator[Visitor]:
    """What the window showed last lies in the test's own folder."""
    leave_out(chromium())
    async with async_playwright() as playwright:
        browser = await start_chromium(playwright)
        visitor = await Visitor.enter(browser, on_stack, language="zh-CN", size=DESK)
        yield visitor
        await visitor.shoot(tmp_path / "window.png")
        await browser.close()


async def step_up(visitor: Visitor, name: str) -> None:
    """From the dialog over everything else to Keycloak and back."""
    await visitor.at("step-up").get_by_role("button", name="登录").click()
    await visitor.choose_account(name)
    await expect(visitor.at("person-menu")).to_be_visible()


async def test_a_second_factor_is_enrolled_where_it_is_first_needed(on_stack: StackCompany, visitor: Visitor) -> None:
    someone = await find_person(await on_stack.sign_in_by_password("hr.admin"), on_stack.number("employee"))
    begins, _, ends = someone["mobile"].partition("****")
    clear = re.compile(rf"{begins}\d{{4}}{ends}")
    # Nobody has signed in as them in this run, so they have no second factor yet.
    specialist = "hr.specialist"
    assert not on_stack.credentials(specialist).totp_secret

    await visitor.open(f"/people/{someone['employeeId']}")
    await visitor.choose_account(specialist)
    await visitor.at("reveal").click()
    await visitor.at("field-purpose").fill("核对入职体检报告")
    await visitor.at("dialog-send").click()
    await step_up(visitor, specialist)
    assert on_stack.credentials(specialist).totp_secret

    await expect(visitor.at("field-purpose")).to_have_value("核对入职体检报告")
    await visitor.at("dialog-send").click()
    await expect(visitor.at("personal")).to_contain_text(clear)
    await expect(visitor.at("reveal-dialog")).to_have_count(0)
    assert visitor.refusals() == [f"/v1/employees/{someone['employeeId']}:reveal"]
    assert not visitor.complaints()


async def test_a_system_s_account_is_described_once_and_made_after_the_step_up(visitor: Visitor) -> None:
    await visitor.open("/accounts")
    await visitor.choose_account("it.admin")
    await visitor.at("create-service").click()
    await visitor.at("field-username").fill("canteen")
    await visitor.at("field-description").fill("食堂消费系统")
    await visitor.at("dialog-send").click()
    await step_up(visitor, "it.admin")

    await expect(visitor.at("field-username")).to_have_value("canteen")
    await expect(visitor.at("field-description")).to_have_value("食堂消费系统")
    await visitor.at("dialog-send").click()
    await expect(visitor.at("secret-dialog")).to_contain_text("canteen")
    assert visitor.refusals() == ["/v1/service-accounts"]
    assert not visitor.complaints()


async def test_a_first_password_is_asked_for_again_with_the_choice_made_before(visitor: Visitor) -> None:
    # Nobody signs in as them in any story: their password is another one afterwards.
    number = "E0011"
    await visitor.open(f"/accounts?q={number}")
    await visitor.choose_account("hr.admin")
    await visitor.at("account-sign-in").click()
    await visitor.at("first-password").click()
    await visitor.at("remove-second-factors").check()
    await visitor.at("dialog-send").click()
    await step_up(visitor, "hr.admin")

    await expect(visitor.at("first-password-dialog")).to_contain_text(number)
    await expect(visitor.at("remove-second-factors")).to_be_checked()
    await visitor.at("dialog-send").click()
    await expect(visitor.at("password-dialog")).to_contain_text(number)
    assert len(visitor.refusals()) == 1
    assert not visitor.complaints()
