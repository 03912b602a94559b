"""Puts the demo company in: employees' history, then the roles of its sign-ins and the account of its ERP.

Part of the composition root: it knows both services, and only `services/__main__.py` uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from gateway.development_issuer import Card, Person
from libs.kit import directory
from libs.kit.access.scopes import Scope
from libs.kit.app import Runtime
from libs.kit.call import House
from services.employees.demo import SIGN_INS, company
from services.employees.demo_load import load
from services.identity import register, systems
from services.identity.setup import give_first_roles

ERP = "erp"
_FOLLOW_FROM_PLACE = {"employee", "manager"}
_IDENTITY_FOLLOWS_WITHIN_SECONDS = 120


async def load_demo(runtimes: Mapping[str, Runtime], erp_secret: str, say: Callable[[str], None]) -> None:
    """Loads what is not there yet. Interrupted anywhere, the next start goes on."""
    employees, identity = runtimes["employees"], runtimes["identity"]
    async with employees.unit() as call:
        loaded = await load(call, company(employees.house.today()))
    if loaded:
        say("Loaded the demo company 恒远精工 Hengyuan Precision")
    async with asyncio.timeout(_IDENTITY_FOLLOWS_WITHIN_SECONDS):
        # Another service follows by events, which tell nobody here when they are done.
        while not await _followed(identity.house):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    by_hand = [one for one in SIGN_INS if one.role not in _FOLLOW_FROM_PLACE]
    await give_first_roles(
        identity.house, [(one.number, one.role, await _scope(identity.house, one.unit)) for one in by_hand]
    )
    async with identity.unit() as call:
        await systems.open_known(call, ERP, "演示用 ERP · demo ERP", erp_secret)
    await give_first_roles(identity.house, [(ERP, "integration", Scope("all"))])
    await identity.after_commit()


async def find_user(house: House, username: str) -> Person | None:
    """Who may sign in at the development issuer: by employee number, or by the short names of the demo's sign-ins."""
    number = next((one.number for one in SIGN_INS if one.name == username), username)
    async with house.database.reading() as session:
        rows = await register.by_name(session, number)
    for row in rows:
        if row["kind"] == register.PERSON:
            return Person(subject=str(row["account_id"]), username=row["username"])
    return None


def cards() -> list[Card]:
    """The issuer's one-click cards: one per role."""
    return [Card(one.number, one.description, one.description_en, one.name, one.name) for one in SIGN_INS]


async def _followed(house: House) -> bool:
    """Whether identity has opened the accounts and knows the units that the sign-ins need."""
    async with house.database.reading() as session:
        for one in SIGN_INS:
            if not await register.by_name(session, one.number):
                return False
            if one.unit and not await directory.unit_by_code(session, one.unit):
                return False
    return True


async def _scope(house: House, unit_code: str) -> Scope:
    """The whole company, or the unit of a code."""
    if not unit_code:
        return Scope("all")
    async with house.database.reading() as session:
        return Scope("unit", await directory.unit_by_code(session, unit_code))
