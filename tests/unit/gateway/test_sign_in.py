"""Signing in: what a person's browser gets, and everything that must not get in."""

from __future__ import annotations

from tests.unit.gateway.conftest import House


async def test_a_person_signs_in_and_comes_back_where_they_wanted_to_go(house: House) -> None:
    browser = house.browser()
    landed = await browser.sign_in("hr.admin", "/people?unit=1")
    assert landed.status_code == 200
    assert "url=/people?unit=1" in landed.text
    session = (await browser.http.get("/auth/session")).json()
    assert session["username"] == "hr.admin"
    assert session["accountId"] == str(house.identity.account("hr.admin"))
