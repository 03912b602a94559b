"""Gives the demo company's people and systems their rights, once identity has heard of them.

Command `demo-access`: reads from standard input who is to have what, as JSON:

    {"people": [{"username": "E0002", "role": "hr_admin", "unit": ""}], "password": "…",
     "systems": [{"username": "erp", "description": "…", "role": "integration", "scopes": ["mainstay-api"]}]}

Roles that come with a person's place are named and not given. `systems` may be left out: those the realm holds are
meant then. `password`, or MAINSTAY_DEMO_PASSWORD, becomes the people's lasting one where the issuer is managed here.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from libs.kit import directory
from libs.kit.access.scopes import ALL, UNIT, Scope
from libs.kit.app import Runtime
from libs.kit.call import House
from services.identity import register, sign_in, systems
from services.identity.issuer import EntryMissing, IssuerUnreachable
from services.identity.roles import EMPLOYEE, MANAGER
from services.identity.setup import give_first_roles

_FOLLOWED_WITHIN_SECONDS = 120
_API, _EVENTS = "mainstay-api", "mainstay-events"
log = structlog.get_logger()


@dataclass(frozen=True)
class Given:
    """A role for somebody by employee number, over a unit by its code or, when empty, over the whole company."""

    number: str
    role: str
    unit_code: str = ""


@dataclass(frozen=True)
class System:
    """Another system with its role, and the secret it is to have; without one it keeps the issuer's."""

    username: str
    description: str
    secret: str = ""
    role: str = "integration"
    scopes: Sequence[str] = (_API,)


# What `charts/mainstay/files/realm.json` holds as code.
REALM_SYSTEMS = (
    System("erp", "演示用 ERP · demo ERP"),
    System("warehouse", "演示用数据仓库 · demo warehouse", role="subscriber.employees.lifecycle", scopes=(_EVENTS,)),
)


async def demo_access(runtime: Runtime, _arguments: Namespace) -> None:
    """Command: gives what standard input says, and passwords where the issuer is managed here."""
    said: Mapping[str, Any] = json.loads(await asyncio.to_thread(sys.stdin.read))
    given = [Given(one["username"], one["role"], one.get("unit", "")) for one in said["people"]]
    systems_said = [System(**one) for one in said["systems"]] if "systems" in said else REALM_SYSTEMS
    await give_demo_access(runtime, given, *systems_said)
    password = said.get("password") or os.environ.get("MAINSTAY_DEMO_PASSWORD", "")
    if password:
        await _give_passwords(runtime, [one.number for one in given], password)
    log.info("demo access given", people=len(given), systems=len(systems_said))


async def give_demo_access(runtime: Runtime, given: Sequence[Given], *others: System) -> None:
    """Waits until the people are known here, then gives what is not given yet. Interrupted anywhere, call it again."""
    house = runtime.house
    by_hand = [one for one in given if one.role not in {EMPLOYEE, MANAGER}]
    async with asyncio.timeout(_FOLLOWED_WITHIN_SECONDS):
        # Events tell nobody here when they are through.
        while not await _followed(house, given):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await give_first_roles(house, [(one.number, one.role, await _scope(house, one)) for one in by_hand])
    for system in others:
        async with runtime.unit() as call:
            await systems.open_known(call, system.username, system.description, system.secret, system.scopes)
        await give_first_roles(house, [(system.username, system.role, Scope(ALL))])
    await runtime.after_commit()


async def person_account(house: House, username: str) -> str | None:
    """The account id of a person by user name, for the development issuer."""
    async with house.database.reading() as session:
        rows = await register.by_name(session, username)
    return next((str(row["account_id"]) for row in rows if row["kind"] == register.PERSON), None)


async def _give_passwords(runtime: Runtime, usernames: Sequence[str], password: str) -> None:
    """Once each is known to the issuer, which the serving process sees to meanwhile."""
    async with asyncio.timeout(_FOLLOWED_WITHIN_SECONDS):
        for username in dict.fromkeys(usernames):
            while not await _has_password(runtime.house, username, password):  # noqa: ASYNC110 - nothing tells when
                await asyncio.sleep(0.2)


async def _has_password(house: House, username: str, password: str) -> bool:
    try:
        await sign_in.set_lasting_password(house, username, password)
    except (EntryMissing, IssuerUnreachable):
        return False
    return True


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
