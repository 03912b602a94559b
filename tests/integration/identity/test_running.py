"""Identity as it runs: events come over the bus, deadlines are kept, a revocation is out before it is confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from sqlalchemy import select

from libs.kit import contract
from libs.kit.access.passports import METADATA, PassportReader
from libs.kit.access.revocations import Revocations
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.app import Runtime
from libs.kit.bus import Message as BusMessage
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from libs.kit.dates import timestamp
from libs.kit.ids import uuid7
from libs.kit.rpc.channels import Channel, LocalChannel, ask
from libs.kit.settings import KitSettings
from libs.kit.tables import deadlines
from mainstay.employees.v1 import events_pb2 as employees
from mainstay.identity.v1 import events_pb2, grants_pb2, passports_pb2
from services.identity.service import service
from tests.integration.identity.company import HR, SELLER, WORKSHOP, number, over, placed, refused
from tests.support.passports import KEYRING, SECRET
from tests.support.postgres import Databases

NEW = UUID(int=201)


@dataclass
class Running:
    runtime: Runtime
    bus: LocalBus
    clock: MovableClock
    elsewhere: Revocations

    async def passport(self, person: UUID) -> passports_pb2.Passport:
        asked = passports_pb2.IssuePassportRequest(
            username=number(person),
            use=passports_pb2.PASSPORT_USE_SESSION,
            signed_in_at=timestamp(self.clock.now()),
        )
        issued: passports_pb2.Passport = await self.call("PassportService/IssuePassport", asked)
        return issued

    async def call(self, name: str, request: Message, token: str = "") -> Any:
        meta = {WORKLOAD: self.runtime.workload.token(), METADATA: token}
        return await ask(LocalChannel(self.runtime.edge), f"mainstay.identity.v1.{name}", request, meta)

    async def publish(self, event: Any) -> None:
        kind = contract.event_of(event)
        await self.bus.publish(
            [
                BusMessage(
                    topic=kind.topic,
                    key=str(contract.value_at(event, kind.key)),
                    value=event.SerializeToString(),
                    event_id=uuid7(),
                    type=kind.name,
                    source="employees",
                    time=self.clock.now(),
                )
            ]
        )

    def refused_elsewhere(self, passport: passports_pb2.Passport) -> bool:
        """Whether another service, which hears the feed and nothing else, would refuse this passport now."""
        reader = PassportReader(self.clock)
        reader.replace_keys(self.runtime.passports._keys.as_dict())  # type: ignore[union-attr]
        return self.elsewhere.refuses(reader.read(passport.token.encode()))


async def soon(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await true():  # noqa: ASYNC110 - what is waited for happens in another task
            await asyncio.sleep(0.02)


@pytest.fixture
async def running(databases: Databases, settled: str, local_bus: LocalBus) -> AsyncIterator[Running]:
    url = await databases.copy(settled)
    clock = MovableClock()
    settings = KitSettings.model_validate(
        {"database_url": url, "bus_url": "", "keyring": KEYRING, "workload_secret": SECRET}
    )
    channels: dict[str, Channel] = {}
    runtime = Runtime(service, settings, clock=clock, bus=local_bus, channels=channels)
    channels["identity"] = LocalChannel(runtime.edge)
    elsewhere = Revocations("elsewhere", local_bus, clock)
    await runtime.start()
    await elsewhere.start()
    await asyncio.wait_for(runtime.revocations.heard.wait(), 10)
    await asyncio.wait_for(elsewhere.heard.wait(), 10)
    yield Running(runtime, local_bus, clock, elsewhere)
    await elsewhere.stop()
    await runtime.stop()
    await databases.drop(url)


async def give(running: Running, **more: Any) -> grants_pb2.Grant:
    asked = grants_pb2.CreateGrantRequest(
        employee_id=str(SELLER), role="people_viewer", scope=over(WORKSHOP), reason="协助盘点", **more
    )
    grant: grants_pb2.Grant = await running.call("GrantService/CreateGrant", asked, (await running.passport(HR)).token)
    return grant


async def test_it_is_ready_and_beats(running: Running) -> None:
    assert await running.runtime.ready() == {"database": "ok", "passport_keys": "ok", "revocation_feed": "ok"}


async def test_only_what_takes_rights_away_waits_until_everybody_must_have_heard(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    async def spread(unpublished: float | None) -> None:
        waited.append("spread" if unpublished is None else "spread what is not out yet")

    monkeypatch.setattr(running.runtime.revocations, "spread", spread)
    grant = await give(running, ends_at=timestamp(running.clock.now() + timedelta(days=3)))
    assert waited == []
    asked = grants_pb2.RevokeGrantRequest(grant_id=grant.grant_id, reason="盘点结束")
    await running.call("GrantService/RevokeGrant", asked, (await running.passport(HR)).token)
    assert waited == ["spread"]
    again = await give(running, ends_at=timestamp(running.clock.now() + timedelta(days=3)))

    async def connection_lost(_wait: float) -> bool:
        return False

    monkeypatch.setattr(running.runtime.relay, "flush", connection_lost)
    asked = grants_pb2.RevokeGrantRequest(grant_id=again.grant_id, reason="盘点结束")
    await running.call("GrantService/RevokeGrant", asked, (await running.passport(HR)).token)
    assert waited == ["spread", "spread what is not out yet"]


async def test_a_revocation_is_heard_elsewhere_before_it_is_confirmed(running: Running) -> None:
    grant = await give(running, ends_at=timestamp(running.clock.now() + timedelta(days=3)))
    before = await running.passport(SELLER)
    assert not running.refused_elsewhere(before)
    asked = grants_pb2.RevokeGrantRequest(grant_id=grant.grant_id, reason="盘点结束")
    await running.call("GrantService/RevokeGrant", asked, (await running.passport(HR)).token)
    published = [message async for message in running.bus.read("identity.revocations")]
    raised = [events_pb2.EpochRaised.FromString(one.value) for one in published if one.key == before.account_id]
    assert max(one.epoch for one in raised) == before.epoch + 1

    async def refused_elsewhere() -> bool:
        return running.refused_elsewhere(before)

    await soon(refused_elsewhere)


async def test_grants_start_and_end_at_their_instants(running: Running) -> None:
    start, end = (running.clock.now() + timedelta(seconds=seconds) for seconds in (30, 50))
    await give(running, starts_at=timestamp(start), ends_at=timestamp(end))
    before = await running.passport(SELLER)
    running.clock.move(timedelta(seconds=31))
    await soon(lambda: _epoch_is(running, before.epoch + 1))
    during = await running.passport(SELLER)
    running.clock.move(timedelta(seconds=20))
    await soon(lambda: _epoch_is(running, during.epoch + 1))
    await running.runtime.relay.flush(5)
    told = [message async for message in running.bus.read("identity.access")]
    kinds = [one.type.rpartition(".")[2] for one in told if one.key == before.account_id]
    assert kinds[-2:] == ["GrantGiven", "GrantEnded"]


async def test_a_revoked_grant_does_not_end_a_second_time(running: Running) -> None:
    grant = await give(running, ends_at=timestamp(running.clock.now() + timedelta(seconds=50)))
    asked = grants_pb2.RevokeGrantRequest(grant_id=grant.grant_id, reason="盘点结束")
    await running.call("GrantService/RevokeGrant", asked, (await running.passport(HR)).token)
    after = await running.passport(SELLER)
    running.clock.move(timedelta(minutes=2))
    await soon(lambda: _no_deadline_open(running))
    assert await _epoch_is(running, after.epoch)


async def test_people_get_and_lose_their_accounts_by_events(running: Running) -> None:
    event = employees.EmployeeHired(employee_id=str(NEW), number=number(NEW), hired_on="2026-01-05")
    await running.publish(event)
    await running.publish(placed(NEW, unit=WORKSHOP))

    async def can_sign_in() -> bool:
        try:
            await running.passport(NEW)
        except Exception:  # noqa: BLE001 - whatever is missing yet, it is not there yet
            return False
        return True

    await soon(can_sign_in)
    await running.publish(placed(NEW, employed=False))

    async def is_out() -> bool:
        return not await can_sign_in()

    await soon(is_out)
    with refused("ACCOUNT_SUSPENDED"):
        await running.passport(NEW)


async def _epoch_is(running: Running, epoch: int) -> bool:
    return (await running.passport(SELLER)).epoch == epoch


async def _no_deadline_open(running: Running) -> bool:
    async with running.runtime.database.reading() as session:
        return not await session.rows(select(deadlines).where(deadlines.c.done_at.is_(None)))
