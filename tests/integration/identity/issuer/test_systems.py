"""Systems and the demo at the sign-in issuer: their secrets are sealed until it has them."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from mainstay.identity.v1 import accounts_pb2, passports_pb2
from services.identity import systems
from services.identity.demo_access import demo_access
from services.identity.register import SYSTEM
from services.identity.tables import issuer_accounts
from tests.integration.identity.company import IT, number
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.keeping import Keeping


async def test_a_systems_secret_is_sealed_until_the_issuer_has_it(keeping: Keeping, directory: FakeIssuer) -> None:
    admin = await keeping.company.sign_in(IT)
    asked = accounts_pb2.CreateServiceAccountRequest(
        username="payroll", description="工资系统", scopes=["mainstay-api", "mainstay-events"]
    )
    made = await admin.call("AccountService.CreateServiceAccount", asked)
    (row,) = await keeping.company.rows(select(issuer_accounts).where(issuer_accounts.c.secret.is_not(None)))
    assert made.secret.encode() not in bytes(row["secret"])
    await keeping.in_step()
    (row,) = await keeping.company.rows(
        select(issuer_accounts).where(issuer_accounts.c.account_id == row["account_id"])
    )
    assert row["secret"] is None
    seen = await directory.look(SYSTEM, row["entry_id"])
    assert (seen["secret"], seen["scopes"]) == (made.secret, {"mainstay-api", "mainstay-events"})
    session = (row["entry_id"], directory.held[row["entry_id"]].sessions, datetime.now(UTC))
    assert await directory.goes_on(session)
    again = await admin.call(
        "AccountService.RotateServiceAccountSecret",
        accounts_pb2.RotateServiceAccountSecretRequest(account_id=made.account.account_id),
    )
    await keeping.in_step()
    seen = await directory.look(SYSTEM, row["entry_id"])
    assert (seen["secret"], seen["scopes"]) == (again.secret, {"mainstay-api", "mainstay-events"})
    assert not await directory.goes_on(session), "what was got with the former secret ends with it"


async def test_a_system_that_the_realm_holds_already_is_taken_over(keeping: Keeping, directory: FakeIssuer) -> None:
    there, _ = await directory.add_client("erp", integration=True)
    async with keeping.company.unit() as call:
        await systems.open_known(call, "erp", "ERP", "the realm's")
    await keeping.in_step()
    entry = await directory.find(SYSTEM, "", "erp")
    assert entry is not None
    assert entry.entry_id == there
    assert entry.account_id
    assert [one.entry.kind for one in directory.held.values()].count(SYSTEM) == 1


async def test_the_demo_gets_its_roles_systems_and_lasting_passwords_by_a_command(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    said = {"people": [{"username": number(person), "role": "hr_admin", "unit": ""}], "password": "mainstay-demo-2026"}
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(said)))
        await demo_access(keeping.runtime, Namespace())
    held = directory.held[(await keeping.there(person)).entry_id]
    assert (held.password, held.temporary) == ("mainstay-demo-2026", False)
    passport = (await keeping.company.sign_in(person)).passport
    assert "employees.lifecycle.hire" in passport.rights
    use = passports_pb2.PASSPORT_USE_SERVICE_ACCOUNT
    assert "employees.person.read" in (await keeping.company.sign_in("erp", use=use)).passport.rights
    assert (await keeping.company.sign_in("warehouse", use=use)).passport.rights.keys() == {
        "employees.lifecycle.subscribe"
    }
