"""Passports are asked for once, renewed in time, and dropped the moment rights change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from gateway.callers import SESSION, Principal
from gateway.passports import METHOD, Held
from libs.kit.bus import Message as BusMessage
from libs.kit.errors import Conflict, ReasonNames, TemporarilyUnavailable
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed
from mainstay.identity.v1 import errors_pb2, events_pb2
from tests.unit.gateway.conftest import Browser, House, StubIdentity

IDENTITY = ReasonNames(errors_pb2)


class AccountSuspended(Conflict, reason=IDENTITY.ACCOUNT_SUSPENDED):
    since: str


def principal(house: House, name: str = "hr.admin") -> Principal:
    return Principal(name, name, SESSION, "s1", house.clock.now(), f"session:{name}")


class SlowIdentity:
    """Holds every answer back until it is let go."""

    def __init__(self, identity: StubIdentity) -> None:
        self._identity = identity
        self.asked = asyncio.Semaphore(0)
        self.go = asyncio.Event()

    async def call(self, name: str, raw: bytes, meta: Mapping[str, str], timeout: float) -> bytes:  # noqa: ASYNC109 - a channel
        answer = await self._identity.call(name, raw, meta, timeout)
        self.asked.release()
        await self.go.wait()
        return answer

    async def close(self) -> None:
        return None


@pytest.fixture
async def browser(house: House) -> Browser:
    signed_in = house.browser()
    await signed_in.sign_in()
    return signed_in


async def test_however_many_wait_identity_is_asked_once(house: House) -> None:
    who = principal(house)
    held = await asyncio.gather(*(house.gateway.passports.get(who) for _ in range(50)))
    assert len(house.identity.issued) == 1
    assert len({one.token for one in held}) == 1


async def test_one_is_used_until_half_its_time_and_renewed_beside_the_call(house: House) -> None:
    who = principal(house)
    first = await house.gateway.passports.get(who)
    house.clock.move(timedelta(seconds=29))
    assert await house.gateway.passports.get(who) is first
    house.clock.move(timedelta(seconds=2))
    assert house.gateway.passports.fresh(who) is first
    await asyncio.sleep(0.05)
    second = house.gateway.passports.fresh(who)
    assert second is not None
    assert second.token != first.token
    assert len(house.identity.issued) == 2


async def test_one_about_to_end_is_not_used(house: House) -> None:
    who = principal(house)
    first = await house.gateway.passports.get(who)
    house.clock.move(timedelta(seconds=56))
    assert house.gateway.passports.fresh(who) is None
    assert (await house.gateway.passports.get(who)).token != first.token


async def test_the_feed_drops_an_accounts_passports_and_nobody_elses(house: House) -> None:
    one, other = principal(house, "hr.admin"), principal(house, "manager.quality")
    await house.gateway.passports.get(one)
    kept = await house.gateway.passports.get(other)
    event = events_pb2.EpochRaised(account_id=str(house.identity.account("hr.admin")), epoch=2)
    await house.bus.publish([on_feed(house, event)])
    for _ in range(100):
        if house.gateway.passports.fresh(one) is None:
            break
        await asyncio.sleep(0.01)
    assert house.gateway.passports.fresh(one) is None
    assert house.gateway.passports.fresh(other) is kept


def on_feed(house: House, event: Any) -> BusMessage:
    return BusMessage(
        topic="identity.revocations",
        key=event.account_id,
        value=event.SerializeToString(),
        event_id=uuid7(),
        type=event.DESCRIPTOR.full_name,
        source="identity",
        time=house.clock.now(),
    )


async def test_one_in_the_making_when_rights_change_is_made_again(house: House) -> None:
    slow = SlowIdentity(house.identity)
    house.channels["identity"] = slow
    who = principal(house)
    waiting = asyncio.create_task(house.gateway.passports.get(who))
    await slow.asked.acquire()
    house.gateway.passports.drop_account(uuid7())
    house.gateway.passports.drop_account(house.identity.account("hr.admin"))
    house.identity.epochs["hr.admin"] = 2
    slow.go.set()
    assert (await waiting).epoch == 2
    assert len(house.identity.issued) == 2


async def test_somebody_elses_change_does_not_delay(house: House) -> None:
    slow = SlowIdentity(house.identity)
    house.channels["identity"] = slow
    waiting = asyncio.create_task(house.gateway.passports.get(principal(house)))
    await slow.asked.acquire()
    for _ in range(1000):
        house.gateway.passports.drop_account(uuid7())
    slow.go.set()
    await waiting
    assert len(house.identity.issued) == 1


async def test_who_gives_up_waiting_does_not_spoil_it_for_others(house: House) -> None:
    slow = SlowIdentity(house.identity)
    house.channels["identity"] = slow
    who = principal(house)
    one, two = (asyncio.create_task(house.gateway.passports.get(who)) for _ in range(2))
    await slow.asked.acquire()
    one.cancel()
    slow.go.set()
    assert (await two).token
    assert len(house.identity.issued) == 1


async def test_a_suspended_account_loses_its_session(house: House, browser: Browser) -> None:
    house.identity.refusal = AccountSuspended(since="2026-01-01")
    house.gateway.passports.drop_account(house.identity.account("hr.admin"))
    refused = await browser.http.get("/v1/employees/e1")
    assert (refused.status_code, refused.json()["reason"]) == (422, "ACCOUNT_SUSPENDED")
    assert refused.headers["content-language"] == "en"
    house.identity.refusal = None
    assert (await browser.http.get("/v1/employees/e1")).status_code == 401


async def test_identity_is_asked_as_one_of_our_own(house: House, browser: Browser) -> None:
    call = next(call for call in house.identity.heard if call.name == METHOD)
    assert call.meta["mainstay-workload"]
    assert "mainstay-passport" not in call.meta


@pytest.fixture
def unvouched(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others listen to the feed too, and no heartbeat has said that this process has heard all of it."""
    monkeypatch.setattr(house.bus, "shared", True)
    monkeypatch.setattr("gateway.passports.LEASE_SECONDS", 0.0)


@pytest.mark.usefixtures("unvouched")
async def test_while_the_feed_does_not_vouch_identity_is_asked_again(house: House) -> None:
    who = principal(house)
    first = await house.gateway.passports.get(who)
    assert house.gateway.passports.fresh(who) is None
    assert (await house.gateway.passports.get(who)).token != first.token


class OneByOne(SlowIdentity):
    """Lets each answer go on its own, in any order."""

    def __init__(self, identity: StubIdentity) -> None:
        super().__init__(identity)
        self.gates: list[asyncio.Event] = []

    async def call(self, name: str, raw: bytes, meta: Mapping[str, str], timeout: float) -> bytes:  # noqa: ASYNC109 - a channel
        gate = asyncio.Event()
        self.gates.append(gate)
        answer = await self._identity.call(name, raw, meta, timeout)
        self.asked.release()
        await gate.wait()
        return answer


@pytest.fixture
async def overtaken(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[OneByOne, list[asyncio.Task[Held]]]:
    """Two wait for an answer from before the rights changed, a third came when that was too old to join."""
    slow = OneByOne(house.identity)
    house.channels["identity"] = slow
    monkeypatch.setattr(house.bus, "shared", True)
    who = principal(house)

    def ask() -> asyncio.Task[Held]:
        return asyncio.create_task(house.gateway.passports.get(who))

    waiting = [ask()]
    await slow.asked.acquire()
    waiting.append(ask())
    await asyncio.sleep(0)
    assert len(house.identity.issued) == 1, "a young one is joined"
    monkeypatch.setattr("gateway.passports.LEASE_SECONDS", 0.0)
    house.identity.epochs["hr.admin"] = 2
    waiting.append(ask())
    async with asyncio.timeout(1):
        await slow.asked.acquire()
    monkeypatch.setattr("gateway.passports.LEASE_SECONDS", 60.0)
    return slow, waiting


async def test_nobody_joins_a_fetch_from_before_what_may_have_been_taken_away(
    house: House, overtaken: tuple[OneByOne, list[asyncio.Task[Held]]]
) -> None:
    slow, waiting = overtaken
    slow.gates[1].set()
    assert (await waiting[2]).epoch == 2
    slow.gates[0].set()
    assert [one.epoch for one in await asyncio.gather(*waiting[:2])] == [1, 1]
    held = house.gateway.passports.fresh(principal(house))
    assert held is not None
    assert held.epoch == 2, "the answer that was overtaken is not kept"


@pytest.mark.parametrize("by", ["account", "caller"])
async def test_a_fetch_that_was_overtaken_is_dropped_with_the_others(
    house: House, overtaken: tuple[OneByOne, list[asyncio.Task[Held]]], by: str
) -> None:
    slow, waiting = overtaken
    if by == "account":
        house.gateway.passports.drop_account(house.identity.account("hr.admin"))
    else:
        house.gateway.passports.drop(principal(house))
    slow.gates[0].set()
    await asyncio.sleep(0.01)
    assert house.gateway.passports.fresh(principal(house)) is None
    for _ in range(10):
        for gate in slow.gates:
            gate.set()
        await asyncio.sleep(0.01)
    assert {one.epoch for one in await asyncio.gather(*waiting)} == {2}


@pytest.mark.usefixtures("unvouched")
async def test_while_identity_cannot_be_asked_the_passport_in_hand_serves(house: House) -> None:
    who = principal(house)
    first = await house.gateway.passports.get(who)
    del house.channels["identity"]
    assert await house.gateway.passports.get(who) is first
    house.clock.move(timedelta(seconds=56))
    with pytest.raises(TemporarilyUnavailable):
        await house.gateway.passports.get(who)


@pytest.mark.usefixtures("unvouched")
async def test_a_refusal_of_identitys_is_not_passed_over(house: House) -> None:
    who = principal(house)
    await house.gateway.passports.get(who)
    house.identity.refusal = AccountSuspended(since="2026-01-01")
    with pytest.raises(Failed):
        await house.gateway.passports.get(who)


async def test_without_identity_nobody_gets_through(house: House, browser: Browser) -> None:
    del house.channels["identity"]
    house.gateway.passports.drop_account(house.identity.account("hr.admin"))
    answer = await browser.http.get("/v1/employees/e1")
    assert (answer.status_code, answer.json()["metadata"]["part"]) == (503, "identity")
