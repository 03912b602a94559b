"""The watch on the sign-in issuer: what it shows that is wrong, unreadable or gone suspends nobody by mistake."""

from __future__ import annotations

import pytest

from services.identity import issuer, issuer_queue, issuer_watch
from services.identity.register import PERSON
from tests.integration.identity.fake_issuer import FakeIssuer
from tests.integration.identity.issuer.conftest import status
from tests.integration.identity.keeping import Keeping


async def test_an_issuer_that_lost_its_entries_suspends_nobody_and_is_rebuilt_by_command(
    keeping: Keeping, directory: FakeIssuer
) -> None:
    people = [await keeping.hire() for _ in range(8)]
    await keeping.in_step()
    directory.held.clear()
    await keeping.watch()
    assert {(await keeping.state(one))[0] for one in people} == {"open"}
    assert "EntriesLost" in await status(keeping)
    async with keeping.company.unit() as call:
        await issuer_queue.forget_entries(call, call.now)
        for person in people:
            keeping.call_them(person, "王", "小明")
    await keeping.worker().round()
    assert {(await keeping.there(one)).let_in for one in people} == {True}
    keeping.company.move(seconds=60)
    await keeping.watch()
    assert "EntriesLost" not in await status(keeping)


def unreadable(directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch, *entry_ids: str) -> None:
    """From now on the issuer refuses to show these."""
    entry = directory.entry

    async def shows(kind: str, entry_id: str) -> issuer.Entry | None:
        if entry_id in entry_ids:
            raise issuer.IssuerRefused(403)
        return await entry(kind, entry_id)

    monkeypatch.setattr(directory, "entry", shows)


@pytest.mark.parametrize("told", [True, False], ids=["by the log", "by the comparison"])
async def test_an_entry_that_cannot_be_read_keeps_nothing_else_from_being_noticed(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    people = [await keeping.hire() for _ in range(2)]
    await keeping.in_step()
    await keeping.watch()
    entries = [(await keeping.there(one)).entry_id for one in people]
    with monkeypatch.context() as refusing:
        unreadable(directory, refusing, entries[0])
        for one in entries:
            await directory.shut(PERSON, one)
        if not told:
            directory.log.clear()
        await keeping.watch()
        assert await keeping.state(people[1]) == ("suspended", "@disabled_at_issuer")
        assert (await keeping.state(people[0]))[0] == "open"
        await keeping.worker().round()
        keeping.company.move(seconds=5)
        await keeping.watch()
        said = await status(keeping)
        assert said.startswith("ok, but 1 accounts wait")
        assert said.endswith("IssuerRefused")
    await keeping.in_step()
    assert await keeping.state(people[0]) == ("suspended", "@disabled_at_issuer")
    assert await status(keeping) == "ok"


async def test_an_issuer_that_shows_nothing_is_told_as_such_and_queues_nobody(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await keeping.hire() for _ in range(6)]
    await keeping.in_step()
    unreadable(directory, monkeypatch, *directory.held)
    await keeping.watch()
    assert await status(keeping) == "ok, but changes there are not noticed: IssuerRefused"
    assert await keeping.waiting() == 0
    assert {(await keeping.state(one))[0] for one in people} == {"open"}


async def test_a_watch_that_fails_in_an_unknown_way_is_told(
    keeping: Keeping, directory: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def changes(_position: str) -> issuer.Changes:
        raise KeyError("time")

    with monkeypatch.context() as wrong:
        wrong.setattr(directory, "changes", changes)
        await keeping.watch()
        assert await status(keeping) == "ok, but changes there are not noticed: KeyError"
    await keeping.watch()
    assert await status(keeping) == "ok"


async def test_accounts_from_before_the_issuer_was_managed_are_queued(keeping: Keeping) -> None:
    house = keeping.company.house
    managed = house.parts.pop(issuer.Issuer)
    person = await keeping.hire()
    assert await keeping.row(person) is None, "where it is managed elsewhere nothing is queued"
    house.add(managed)
    await issuer_watch.Watcher(keeping.runtime, managed).look()
    await keeping.in_step()
    assert (await keeping.there(person)).let_in
