"""Gives the demo company's people and systems their rights, once identity has heard of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from libs.kit import directory
from libs.kit.access.scopes import ALL, UNIT, Scope
from libs.kit.app import Runtime
from libs.kit.call import House
from services.identity import register, systems
from services.identity.roles import EMPLOYEE, MANAGER
from services.identity.setup import give_first_roles

_FOLLOWED_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class Given:
    """A role for somebody by employee number, over a unit by its code or, when empty, over the whole company."""

    number: str
    role: str
    unit_code: str = ""


@dataclass(frozen=True)
class System:
    """Another system with the secret it is to have."""

    username: str
    description: str
    secret: str


async def give_demo_access(runtime: Runtime, given: Sequence[Given], system: System) -> None:
    """Waits until the people are known here, then gives what is not given yet. Interrupted anywhere, call it again."""
    house = runtime.house
    by_hand = [one for one in given if one.role not in {EMPLOYEE, MANAGER}]
    async with asyncio.timeout(_FOLLOWED_WITHIN_SECONDS):
        # Events tell nobody here when they are through.
        while not await _followed(house, given):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await give_first_roles(house, [(one.number, one.role, await _scope(house, one)) for one in by_hand])
    async with runtime.unit() as call:
        await systems.open_known(call, system.username, system.description, system.secret)
    await give_first_roles(house, [(system.username, "integration", Scope(ALL))])
    await runtime.after_commit()


async def person_account(house: House, username: str) -> str | None:
    """The account id of a person by user name, for the development issuer."""
    async with house.database.reading() as session:
        rows = await register.by_name(session, username)
    return next((str(row["account_id"]) for row in rows if row["kind"] == register.PERSON), None)


async def _followed(house: House, given: Sequence[Given]) -> bool:
    async with house.database.reading() as session:
        for one in given:
            if not await register.by_name(session, one.number):
                return False
            if one.unit_code and not await directory.unit_by_code(session, one.unit_code):
                return False
    return True


async def _scope(house: House, one: Given) -> Scope:
    if not one.unit_code:
        return Scope(ALL)
    async with house.database.reading() as session:
        return Scope(UNIT, await directory.unit_by_code(session, one.unit_code))
