"""Everybody can use the portal: axe finds nothing serious, in light and in dark, and a phone is wide enough."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.browser.places import places_of_hr
from tests.support.company import Company, find_person
from tests.support.visitor import DESK, LAPTOP, PHONE, Visitor

AXE = Path(__file__).parents[2] / "gateway/portal/node_modules/axe-core/axe.min.js"
# What is still fading in has no contrast yet.
RUN_AXE = """async () => {
  const moving = document.getAnimations().filter(({effect}) => effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(moving.map(({finished}) => finished));
  const {violations} = await axe.run(document, {resultTypes: ["violations"]});
  return violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, help, nodes}) => ({id, help, where: nodes.map(({html}) => html.slice(0, 160))}));
}"""


@cache
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


async def findings(visitor: Visitor) -> list[str]:
    """What axe finds serious or critical on the page as it stands."""
    # Evaluated by the browser's own debugger: no script tag, so the content policy stays as it is.
    await visitor.page.evaluate(axe())
    found: list[dict[str, Any]] = await visitor.page.evaluate(RUN_AXE)
    return [f"{one['id']}: {one['help']}\n    " + "\n    ".join(one["where"][:3]) for one in found]


@pytest.mark.drawn
@pytest.mark.parametrize("look", ["light", "dark"])
async def test_axe_finds_nothing_serious_on_any_page(enter: Enter, company: Company, look: str) -> None:
    hr = await enter("hr.admin")
    await hr.page.emulate_media(color_scheme="dark" if look == "dark" else "light", reduced_motion="reduce")
    found = []
    for place in await places_of_hr(company):
        await hr.open(place.path)
        await hr.settled()
        found += [f"{place.path} {finding}" for finding in await findings(hr)]
    assert not found, "\n".join(found)


async def test_axe_finds_nothing_serious_in_dialogs_and_on_refusals(enter: Enter, company: Company) -> None:
    someone = await find_person(await company.sign_in_by_password("hr.admin"), company.number("manager.engineering"))
    person = f"/people/{someone['employeeId']}"
    stranger = await enter()
    await stranger.open("/")
    await stranger.at("sign-in").wait_for()
    found = await findings(stranger)
    await stranger.at("sign-in").click()
    await stranger.page.locator("input[name=username]").wait_for()
    found += await findings(stranger)

    hr = await enter("hr.admin")
    for path, opened in (
        (f"{person}?do=reveal", "reveal-dialog"),
        (f"{person}?do=transfer", ""),
        (f"/grants?give={someone['employeeId']}", "give-dialog"),
        ("/requests?ask=1", "ask-dialog"),
    ):
        await hr.open(path)
        await hr.settled()
        await expect(hr.at(opened) if opened else hr.page.get_by_role("dialog")).to_be_visible()
        found += [f"{path} {finding}" for finding in await findings(hr)]
    await hr.open("/")
    await hr.at("open-palette").click()
    await hr.at("palette-input").fill(someone["number"])
    await expect(hr.at("palette").get_by_role("option").first).to_contain_text(someone["name"])
    found += [f"palette {finding}" for finding in await findings(hr)]

    manager = await enter("manager.quality")
    stranger_to_them = await find_person(await company.sign_in_by_password("hr.admin"), company.number("auditor"))
    await manager.open(f"/people/{stranger_to_them['employeeId']}")
    await expect(manager.at("forbidden")).to_be_visible()
    found += [f"forbidden {finding}" for finding in await findings(manager)]
    assert manager.refusals()
    assert not found, "\n".join(found)


@pytest.mark.drawn
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [DESK, LAPTOP, PHONE])
async def test_everything_fits_into_the_window(
    enter: Enter, company: Company, language: str, size: tuple[int, int]
) -> None:
    hr = await enter("hr.admin", language=language, size=size)
    wide = []
    for place in await places_of_hr(company):
        # On a phone a unit lies in a drawer over its tree.
        await hr.open(place.path)
        await hr.settled()
        wide += [f"{place.path}: {what}" for what in await hr.too_wide()]
    assert not wide, "\n".join(wide)


async def test_on_a_phone_a_person_is_read_and_a_request_approved(enter: Enter, company: Company) -> None:
    office = await company.sign_in_by_password("hr.admin")
    someone = await find_person(office, company.number("manager.quality"))
    asker = await company.sign_in_by_password("manager.engineering")
    asking = await find_person(office, company.number("manager.engineering"))
    asked = await asker.post(
        "/v1/access-requests", role="people_viewer", employeeId=someone["employeeId"], days=7, reason="来料问题追溯"
    )

    hr = await enter("hr.admin", size=PHONE)
    await hr.at("open-menu").click()
    await hr.page.get_by_role("dialog").get_by_test_id("nav-people").click()
    await hr.at("people-search").fill(someone["number"])
    await expect(hr.at("people-table").locator("tbody tr")).to_have_count(1)
    await hr.at("people-table").get_by_role("link", name=someone["name"]).click()
    await expect(hr.at("person-head")).to_contain_text(someone["postTitle"])
    await hr.at("person-tabs").get_by_role("tab", name="经历").click()
    await expect(hr.at("timeline")).to_be_visible()
    assert not await hr.too_wide()

    await hr.open("/")
    waiting = hr.at("today-decide").get_by_role("listitem").filter(has_text=asking["name"])
    await waiting.get_by_role("link").first.click()
    row = hr.at("requests-table").locator("tbody tr").filter(has_text=asking["name"])
    assert not await hr.too_wide()
    await row.get_by_test_id("approve").click()
    await expect(hr.at("decide-dialog")).to_contain_text("来料问题追溯")
    await hr.at("dialog-send").click()
    await expect(hr.at("decide-dialog")).to_have_count(0)
    mine = (await asker.get("/v1/access-requests"))["requests"]
    assert next(one for one in mine if one["requestId"] == asked["requestId"])["state"].endswith("APPROVED")
