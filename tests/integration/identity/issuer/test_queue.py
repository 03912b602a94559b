"""The queue to the sign-in issuer: nothing is lost in an outage, urgent things go first, what fails is seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from services.identity import issuer, issuer_queue, issuer_rules
from services.identity.register import PERSON
from tests.integration.identity.company import WORKSHOP, hired, number, placed
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.issuer.conftest import status
from tests.integration.identity.keeping import Keeping


async def test_an_outage_loses_nothing_and_is_told(keeping: Keeping, directory: FakeIssuer) -> None:
    stays = await keeping.hire()
    await keeping.in_step()
    assert await status(keeping) == "ok"
    directory.down = True
    newcomers = [await keeping.hire() for _ in range(5)]
    await keeping.suspend(stays)
    worker = keeping.worker()
    for _ in range(10):
        await worker.round()
        keeping.company.move(seconds=2)
    assert await keeping.waiting() == 6
    said = await status(keeping)
    assert said.startswith("ok, but 6 accounts wait, the oldest for ")
    assert said.endswith("IssuerUnreachable")
    directory.down = False
    await keeping.in_step()
    assert all([(await keeping.there(one)).let_in for one in newcomers])
    assert not (await keeping.there(stays)).let_in
    assert len(directory.people()) == 6
    assert await status(keeping) == "ok"


async def test_a_silent_issuer_is_asked_by_one_account_at_a_time(keeping: Keeping, directory: FakeIssuer) -> None:
    for _ in range(40):
        await keeping.hire()
    worker = keeping.worker()
    directory.down = True
    await worker.round()
    keeping.company.move(seconds=2)
    assert await worker.round() == 1
    directory.down = False
    keeping.company.move(seconds=2)
    assert await worker.round() == 1
    assert await worker.round() == keeping.settings.keycloak_at_once * 4


async def test_what_takes_access_away_goes_before_hires_and_hires_before_loads(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    leaves = await keeping.hire()
    await keeping.in_step()
    loaded = [uuid4() for _ in range(60)]
    for person in loaded:
        keeping.call_them(person, "李", "四")
        # The place comes first, as it may: the hire then says that it was a load.
        await keeping.company.hear(placed(person, unit=WORKSHOP))
        event = hired(person)
        event.imported = True
        await keeping.company.hear(event)
    joins = await keeping.hire()
    await keeping.suspend(leaves)
    _, rows = await issuer_queue.take(keeping.company.house, 3)
    assert [row["employee_id"] for row in rows[:2]] == [leaves, joins]
    assert rows[2]["employee_id"] in loaded


async def test_without_names_nobody_is_made_and_everybody_is_shut_out_all_the_same(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    waits = await keeping.hire()
    keeping.people.known.clear()
    await keeping.suspend(person)
    await keeping.worker().round()
    assert not (await keeping.there(person)).let_in
    assert await keeping.entry(waits) is None
    assert (await keeping.row(waits))["error"] == "ProfileMissing"


async def test_a_mail_that_is_somebody_elses_is_seen_and_keeps_nobody_out(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    first, second = await keeping.hire(), await keeping.hire()
    keeping.call_them(second, "赵", "六", f"{first}@x.example")
    await keeping.worker().round()
    row = await keeping.row(second)
    assert (row["error"], row["behind_since"] is not None) == ("MailTaken", True)
    assert (await keeping.there(second)).let_in
    keeping.call_them(second, "赵", "六")
    await keeping.in_step()
    assert len(directory.people()) == 2


async def test_a_change_while_an_account_is_at_work_is_done_after_it(keeping: Keeping, directory: FakeIssuer) -> None:
    person = await keeping.hire()
    _, rows = await issuer_queue.take(keeping.company.house, 10)
    keeping.call_them(person, "欧阳", "晓")
    async with keeping.company.unit() as call:
        await issuer_queue.want(call, rows[0]["account_id"])
    worker = keeping.worker()
    await worker.bring(rows[0], {person: issuer.Profile("王", "小明", "")})
    assert (await keeping.row(person))["behind_since"] is not None
    await keeping.in_step()
    seen = await directory.look(PERSON, (await keeping.there(person)).entry_id)
    assert seen["family_name"] == "欧阳"


async def test_shut_between_our_look_and_our_change_stays_shut(keeping: Keeping, directory: FakeIssuer) -> None:
    person = await keeping.hire()
    await keeping.in_step()
    held = directory.held[(await keeping.there(person)).entry_id]

    def shut() -> None:
        held.entry = replace(held.entry, let_in=False)

    directory.before["change"] = shut
    async with keeping.company.unit() as call:
        await issuer_queue.want(call, (await keeping.company.account(person))["account_id"])
    await keeping.in_step()
    assert not held.entry.let_in
    assert await keeping.state(person) == ("suspended", "@disabled_at_issuer")
    assert await keeping.purposes(person) == ["@disabled_at_issuer"]


async def test_a_failure_that_cannot_be_noted_lets_the_others_finish(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_wrong, slow = await keeping.hire(), await keeping.hire()
    create = directory.create

    async def creates(told: issuer.Told) -> str:
        if told.username == number(goes_wrong):
            raise issuer.IssuerRefused(500)
        await asyncio.sleep(0.2)
        return await create(told)

    async def notes(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(directory, "create", creates)
    monkeypatch.setattr(issuer_queue, "failed", notes)
    with pytest.raises(ConnectionError):
        await keeping.worker().round()
    row = await keeping.row(slow)
    assert (row["behind_since"], row["entry_id"]) == (None, (await keeping.there(slow)).entry_id)
    row = await keeping.row(goes_wrong)
    assert (row["behind_since"] is not None, row["lease"]) == (True, None)


def test_a_failure_rests_longer_each_time_and_for_a_minute_at_most() -> None:
    rests = [issuer_rules.pause(tries).total_seconds() for tries in (1, 2, 3, 6, 7, 100_000)]
    assert rests == [1, 2, 4, 32, 60, 60]
