"""Sessions at the issuer after a backup of it came back: the ended stay ended, newer ones stay."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.identity import issuer_queue
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.issuer_conformance import PASSWORD
from tests.integration.identity.keeping import Keeping


async def signed_in(keeping: Keeping, directory: FakeIssuer) -> tuple[UUID, str, Any]:
    """Somebody with an entry of their own at the issuer, and their session there."""
    person = await keeping.hire()
    await keeping.in_step()
    entry_id = (await keeping.there(person)).entry_id
    await directory.set_password(entry_id, PASSWORD, temporary=False)
    return person, entry_id, await directory.sign_in(entry_id, PASSWORD)


async def test_sessions_that_ended_after_the_backup_do_not_live_again(keeping: Keeping, directory: FakeIssuer) -> None:
    person, entry_id, session = await signed_in(keeping, directory)
    backup = copy.deepcopy(directory.held)
    await keeping.suspend(person)
    await keeping.suspend(person, "Reinstate")
    await keeping.in_step()
    assert not await directory.goes_on(session)
    directory.held = backup
    assert await directory.goes_on(session)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, datetime.now(UTC))
    await keeping.worker().round()
    assert not await directory.goes_on(session)
    assert await directory.sign_in(entry_id, PASSWORD) is not None


async def test_whoever_signs_in_after_the_backup_came_back_stays(keeping: Keeping, directory: FakeIssuer) -> None:
    person, _, session = await signed_in(keeping, directory)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, datetime.now(UTC) - timedelta(minutes=5))
    await keeping.worker().round()
    assert await directory.goes_on(session)
    # Once brought in step it is over: what ends sessions later ends all.
    row = await keeping.row(person)
    assert (row["end_sessions"], row["sessions_until"]) == (False, None)


async def test_sessions_that_are_all_to_end_are_not_spared_by_a_restore(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    person, _, session = await signed_in(keeping, directory)
    async with keeping.company.unit() as call:
        await issuer_queue.want(call, (await keeping.row(person))["account_id"], end_sessions=True)
        await issuer_queue.forget_entries(call, datetime.now(UTC) - timedelta(minutes=5))
    await keeping.worker().round()
    assert not await directory.goes_on(session)
