"""Somebody comes in, sees what needs them, follows a link from a colleague, and leaves."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.support.company import Company, find_person


async def test_a_click_on_a_card_leads_home_and_signing_out_leads_back(enter: Enter) -> None:
    hr = await enter()
    await hr.open("/")
    await hr.at("sign-in").click()
    await hr.choose_account("hr.admin")

    await expect(hr.page.get_by_role("heading", level=1)).to_have_text("今天需要我处理的")
    # The demo company always has people about to join and about to leave, each with a day and a way in.
    soon = hr.at("today-first").get_by_role("listitem")
    await expect(soon.first).to_be_visible()
    await expect(soon.first.locator("time")).to_be_visible()
    await expect(hr.at("number-here")).to_contain_text(re.compile(r"\d{3}"))
    await soon.first.get_by_role("link").click()
    await expect(hr.at("person-head")).to_be_visible()

    await hr.at("person-menu").click()
    await hr.page.get_by_role("menuitem", name="退出登录").click()
    await expect(hr.at("sign-in")).to_be_visible()
    # The way back in is not open any more.
    await hr.open("/people")
    await expect(hr.page.locator("input[name=username]")).to_be_visible()


async def test_the_first_page_speaks_as_the_sign_in_did_where_nobody_chose(enter: Enter) -> None:
    guest = await enter(language="en")
    await guest.open("/")
    await guest.page.evaluate("localStorage.clear()")
    await guest.context.clear_cookies(name="mainstay-language")
    await guest.page.reload()
    await guest.at("sign-in").click()
    await guest.choose_account("employee")
    heading = guest.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("What needs me today")
    # Once it is known whose account it is, nothing changes either.
    await expect(guest.at("person-menu")).to_be_visible()
    await guest.settled()
    await guest.page.reload()
    await guest.settled()
    await expect(heading).to_have_text("What needs me today")
    await expect(guest.page.locator("html")).to_have_attribute("lang", "en")


async def test_a_link_followed_while_signed_out_is_where_one_arrives(enter: Enter, company: Company) -> None:
    office = await company.sign_in_by_password("hr.admin")
    someone = await find_person(office, company.number("employee"))
    address = f"/people/{someone['employeeId']}/timeline"

    hr = await enter()
    await hr.open(address)
    await hr.choose_account("hr.admin")

    await expect(hr.page).to_have_url(re.compile(re.escape(address) + "$"))
    await expect(hr.page.get_by_role("heading", level=1)).to_have_text(someone["name"])
    await expect(hr.at("timeline")).to_be_visible()


async def test_each_role_finds_its_own_places_and_no_others(enter: Enter) -> None:
    employee = await enter("employee")
    await expect(employee.at("nav-me")).to_be_visible()
    for place in ("people", "imports", "grants", "accounts"):
        await expect(employee.at(f"nav-{place}")).to_have_count(0)

    manager = await enter("manager.quality")
    await expect(manager.at("nav-people")).to_be_visible()
    for place in ("imports", "grants", "accounts"):
        await expect(manager.at(f"nav-{place}")).to_have_count(0)
