"""Passports: what they say, when they end, and the keys that sign them."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import KeySet
from sqlalchemy import select, text

from libs.kit.access.passports import PassportReader
from libs.kit.access.scopes import ALL, REPORTS, SELF, UNIT, Scope
from libs.kit.dates import instant, timestamp
from libs.kit.errors import PassportInvalid
from libs.kit.vault import Keyring, Vault
from mainstay.identity.v1 import passports_pb2
from services.identity import keys, register
from services.identity.setup import give_first_roles
from services.identity.tables import passport_keys
from tests.integration.identity.company import (
    HR,
    LEAD,
    PRODUCTION,
    SELLER,
    WORKSHOP,
    Company,
    number,
    over,
    placed,
    refused,
)

SESSION, SYSTEM, CONSUMER = (
    passports_pb2.PASSPORT_USE_SESSION,
    passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT,
    passports_pb2.PASSPORT_USE_CONSUMER,
)


async def test_a_passport_says_who_calls_and_what_they_may_do(company: Company) -> None:
    issued = await company.issue(number(LEAD))
    passport = company.gate.reader.read(issued.token.encode())
    assert (passport.employee_id, passport.username, passport.kind, passport.session_id) == (
        LEAD,
        number(LEAD),
        "person",
        "s-1",
    )
    assert passport.epoch == issued.epoch == await company.epoch(LEAD)
    assert set(passport.rights["employees.person.read"]) == {Scope(SELF), Scope(REPORTS)}
    assert passport.rights["employees.person.reveal"] == (Scope(SELF),)
    assert issued.language == passport.language == "", "nobody has chosen one yet"
    assert passport.expires_at - passport.issued_at == timedelta(seconds=60)


async def test_the_widest_scope_stands_alone(company: Company) -> None:
    passport = (await company.sign_in(HR)).passport
    assert passport.rights["employees.person.read"] == (Scope(ALL),)


async def test_a_passport_never_outlives_the_next_change_of_rights(company: Company) -> None:
    hr = await company.sign_in(HR)
    end = company.clock.now() + timedelta(seconds=20)
    await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=timestamp(end))
    seller = await company.sign_in(SELLER)
    assert abs(seller.passport.expires_at - end) < timedelta(milliseconds=1)
    company.move(seconds=21)
    with pytest.raises(PassportInvalid):
        company.gate.reader.read(seller.token.encode())
    passport = (await company.sign_in(SELLER)).passport
    assert passport.rights["employees.person.read"] == (Scope(SELF),)
    assert Scope(UNIT, WORKSHOP) in {lost.scope for lost in passport.lost}


async def test_lost_rights_are_named_for_thirty_days(company: Company) -> None:
    hr = await company.sign_in(HR)
    grant = await hr.give(SELLER, "people_viewer", over(WORKSHOP), ends_at=company.in_days(3))
    taken = await hr.take(grant.grant_id)
    (lost,) = (await company.sign_in(SELLER)).passport.lost
    assert lost.permissions == {"employees.person.read"}
    assert lost.scope == Scope(UNIT, WORKSHOP)
    assert lost.ended_at == instant(taken.revoked_at).strftime("%Y-%m-%dT%H:%M:%SZ")
    company.move(days=31)
    assert (await company.sign_in(SELLER)).passport.lost == ()


@pytest.mark.parametrize("username", ["nobody", "", "e0105", "E0105 "])
async def test_an_unknown_name_gets_none(company: Company, username: str) -> None:
    with refused("ACCOUNT_UNKNOWN"):
        await company.issue(username)


async def test_people_and_systems_come_in_through_their_own_doors(company: Company) -> None:
    async with company.unit() as call:
        await register.open_account(call, kind=register.SYSTEM, username="erp")
        await register.open_account(call, kind=register.SYSTEM, username=number(SELLER))
    await give_first_roles(company.house, [("erp", "integration", Scope(UNIT, PRODUCTION))])
    erp = (await company.sign_in("erp", use=SYSTEM)).passport
    assert (erp.kind, erp.employee_id, erp.rights["employees.person.read"]) == (
        "service",
        None,
        (Scope(UNIT, PRODUCTION),),
    )
    assert (await company.sign_in("erp", use=CONSUMER)).passport.kind == "consumer"
    with refused("ACCOUNT_UNKNOWN"):
        await company.issue("erp", SESSION)
    with refused("ACCOUNT_UNKNOWN"):
        await company.issue(number(LEAD), SYSTEM)
    # The same name at the two doors: two accounts, never one for the other.
    assert (await company.sign_in(number(SELLER), use=SYSTEM)).passport.rights == {}
    assert (await company.sign_in(SELLER)).passport.employee_id == SELLER


async def test_whoever_left_gets_none(company: Company) -> None:
    await company.hear(placed(SELLER, employed=False))
    with refused("ACCOUNT_SUSPENDED"):
        await company.issue(number(SELLER))


async def test_a_sign_in_of_which_nothing_is_said_is_old(company: Company) -> None:
    asked = passports_pb2.IssuePassportRequest(username=number(SELLER), use=SESSION)
    token = (await company.gate.call("PassportService.IssuePassport", asked)).token
    assert company.gate.reader.read(token.encode()).signed_in_at == datetime.fromtimestamp(0, UTC)


async def test_only_mainstays_own_processes_get_passports_made(company: Company) -> None:
    asked = passports_pb2.IssuePassportRequest(username=number(HR), use=SESSION)
    with refused("PASSPORT_INVALID"):
        await company.gate.call("PassportService.IssuePassport", asked, None, **{"mainstay-workload": "forged"})


async def test_passports_are_read_with_the_published_keys_and_no_others(company: Company) -> None:
    published = await company.gate.call("PassportService.GetPassportKeys", passports_pb2.GetPassportKeysRequest())
    jwks = json.loads(published.jwks)
    assert all("d" not in key and key["alg"] == "RS256" for key in jwks["keys"])
    token = (await company.issue(number(SELLER))).token.encode()
    assert PassportReader(company.clock, KeySet.import_key_set(jwks)).read(token).employee_id == SELLER
    with pytest.raises(PassportInvalid):
        PassportReader(company.clock, KeySet([])).read(token)


async def test_private_keys_are_sealed(company: Company) -> None:
    (row,) = await company.rows(select(passport_keys))
    opened = company.house.vault.open_own("identity.passport_key", bytes(row["sealed"]))
    assert json.loads(opened)["d"].encode() not in bytes(row["sealed"])
    assert json.loads(opened)["d"] not in row["public"]


async def test_a_new_key_is_published_before_it_signs_and_an_old_one_after(company: Company) -> None:
    async def published() -> list[str]:
        answer = await company.gate.call("PassportService.GetPassportKeys", passports_pb2.GetPassportKeysRequest())
        return [key["kid"] for key in json.loads(answer.jwks)["keys"]]

    async def signs_with() -> str:
        token = (await company.issue(number(SELLER))).token
        header = json.loads(_decoded(token.split(".")[0]))
        return str(header["kid"])

    (first,) = await published()
    company.move(days=29)
    await keys.refresh(company.house, company.signer)
    assert await published() == [first]
    company.move(hours=23, minutes=50)
    await keys.refresh(company.house, company.signer)
    first_still, second = await published()
    assert first_still == first
    assert await signs_with() == first
    company.move(minutes=16)
    assert await signs_with() == second
    await keys.refresh(company.house, company.signer)
    assert await published() == [first, second]
    company.move(hours=1)
    await keys.refresh(company.house, company.signer)
    assert await published() == [second]


async def test_replicas_that_start_together_make_one_key(company: Company) -> None:
    async with company.unit() as call:
        await call.db.run(text("DELETE FROM passport_keys"))
    await asyncio.gather(*(keys.refresh(company.house, keys.Signer()) for _ in range(3)))
    assert len(await company.rows(select(passport_keys))) == 1


async def test_keys_are_sealed_again_after_the_ring_turned(company: Company) -> None:
    old = "test:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
    ring = f"fresh:{'A' * 43}=,{old}"
    object.__setattr__(company.house, "vault", Vault(Keyring.parse(ring), company.clock))
    await keys.refresh(company.house, company.signer)
    (row,) = await company.rows(select(passport_keys))
    assert company.house.vault.is_current(bytes(row["sealed"]))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
