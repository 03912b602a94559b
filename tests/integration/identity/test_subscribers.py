"""What systems hold as grants is what the bus is told, at once after every change and in spite of outages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from libs.kit.app import Runtime
from libs.kit.bus import BusUnavailable
from libs.kit.bus.local import LocalBus
from libs.kit.clock import MovableClock
from libs.kit.dates import timestamp
from libs.kit.rpc.channels import Channel, LocalChannel
from libs.kit.settings import KitSettings
from mainstay.identity.v1 import accounts_pb2, grants_pb2
from services.identity import subscribers
from services.identity.service import service
from tests.integration.identity.company import HR, IT, SELLER, Company, over
from tests.support.bus import FailingBus
from tests.support.passports import KEYRING, SECRET
from tests.support.postgres import Databases

LIFECYCLE, UNITS = "subscriber.employees.lifecycle", "subscriber.employees.units"


class RecordingBus(FailingBus):
    """Keeps what it was told, and refuses while `away`."""

    def __init__(self, bus: LocalBus) -> None:
        super().__init__(bus, lambda _: "")
        self.told: list[Mapping[str, AbstractSet[str]]] = []
        self.away = False

    async def set_readers(self, readers: Mapping[str, AbstractSet[str]]) -> None:
        if self.away:
            raise BusUnavailable("away")
        self.told.append(readers)

    @property
    def last(self) -> Mapping[str, AbstractSet[str]]:
        return self.told[-1] if self.told else {}


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for happens in another task
            await asyncio.sleep(0.01)


async def open_system(company: Company, name: str) -> str:
    it = await company.sign_in(IT)
    asked = accounts_pb2.CreateServiceAccountRequest(username=name, description="Data warehouse")
    return str((await it.call("AccountService.CreateServiceAccount", asked)).account.account_id)


async def give(company: Company, account_id: str, role: str, **more: Any) -> grants_pb2.Grant:
    asked = grants_pb2.CreateGrantRequest(
        account_id=account_id, role=role, scope=over(), reason="Nightly reports", **more
    )
    grant: grants_pb2.Grant = await (await company.sign_in(HR)).call("GrantService.CreateGrant", asked)
    return grant


async def may_read(company: Company) -> Mapping[str, AbstractSet[str]]:
    async with company.house.database.reading() as session:
        return await subscribers.may_read(session, company.clock)


@pytest.fixture
def bus(local_bus: LocalBus) -> RecordingBus:
    return RecordingBus(local_bus)


async def test_a_system_reads_what_it_was_given_and_nothing_else(company: Company) -> None:
    warehouse = await open_system(company, "warehouse")
    assert await may_read(company) == {"warehouse": frozenset()}
    await give(company, warehouse, LIFECYCLE)
    await give(company, warehouse, "integration")
    assert await may_read(company) == {"warehouse": {"employees.lifecycle"}}


async def test_a_right_counts_from_its_start_to_its_end(company: Company) -> None:
    warehouse = await open_system(company, "warehouse")
    await give(company, warehouse, UNITS, starts_at=company.in_days(1), ends_at=company.in_days(2))
    seen = []
    for _ in range(3):
        seen.append((await may_read(company))["warehouse"])
        company.move(days=1)
    assert seen == [frozenset(), {"employees.units"}, frozenset()]


async def test_a_revocation_and_a_stopped_account_take_it_away(company: Company) -> None:
    warehouse = await open_system(company, "warehouse")
    grant = await give(company, warehouse, LIFECYCLE)
    await give(company, warehouse, UNITS)
    await (await company.sign_in(HR)).take(grant.grant_id)
    assert await may_read(company) == {"warehouse": {"employees.units"}}
    it = await company.sign_in(IT)
    stop = accounts_pb2.SuspendAccountRequest(account_id=warehouse, version=1, reason="Under investigation")
    await it.call("AccountService.SuspendAccount", stop)
    assert await may_read(company) == {"warehouse": frozenset()}


async def test_a_person_who_holds_the_right_is_no_client_of_kafka(company: Company) -> None:
    """HR admins hold it so that they can give it."""
    assert await may_read(company) == {}


# -- as it runs


@asynccontextmanager
async def replica(url: str, bus: RecordingBus, clock: MovableClock) -> AsyncIterator[Runtime]:
    settings = KitSettings.model_validate(
        {"database_url": url, "bus_url": "", "keyring": KEYRING, "workload_secret": SECRET}
    )
    channels: dict[str, Channel] = {}
    runtime = Runtime(service, settings, clock=clock, bus=bus, channels=channels)
    channels["identity"] = LocalChannel(runtime.edge)
    await runtime.start()
    try:
        yield runtime
    finally:
        await runtime.stop()


@pytest.fixture
async def running(company: Company, databases: Databases, bus: RecordingBus) -> AsyncIterator[Runtime]:
    """Identity running on the company's database."""
    del databases
    async with replica(company.house.database._url, bus, company.clock) as runtime:
        await until(lambda: bool(bus.told))
        yield runtime


async def publish(runtime: Runtime) -> None:
    """The company's calls go past the running process: its relay would look by itself a moment later."""
    await runtime.after_commit()


def behind() -> float:
    return REGISTRY.get_sample_value("mainstay_subscribers_behind_seconds") or 0.0


async def test_changes_are_told_at_once(company: Company, bus: RecordingBus, running: Runtime) -> None:
    warehouse = await open_system(company, "warehouse")
    grant = await give(company, warehouse, LIFECYCLE)
    await publish(running)
    await until(lambda: bus.last == {"warehouse": {"employees.lifecycle"}})
    await (await company.sign_in(HR)).take(grant.grant_id)
    await publish(running)
    await until(lambda: bus.last == {"warehouse": frozenset()})
    await until(lambda: behind() == 0)


async def test_a_change_that_is_no_systems_is_not_told(company: Company, bus: RecordingBus, running: Runtime) -> None:
    """A company of thousands comes in by one file, and to change Kafka's lists is not for nothing."""
    await until(lambda: behind() == 0)
    before = len(bus.told)
    await (await company.sign_in(HR)).give(SELLER, "people_viewer", over(), ends_at=company.in_days(30))
    await publish(running)
    await asyncio.sleep(1)
    assert len(bus.told) == before
    assert behind() == 0


async def test_what_failed_is_told_again(company: Company, bus: RecordingBus) -> None:
    """Also when it is what was told before the failure: the lists may be half changed."""
    telling = subscribers.Telling(bus)
    await telling.tell({})
    bus.away = True
    with pytest.raises(BusUnavailable):
        await telling.tell({"warehouse": frozenset()})
    bus.away = False
    await telling.tell({})
    assert bus.told == [{}, {}]
    await telling.tell({})
    assert len(bus.told) == 2
    assert 0 < telling.due_in() <= subscribers.ANYWAY_SECONDS


async def test_a_grant_that_runs_out_is_told(company: Company, bus: RecordingBus, running: Runtime) -> None:
    warehouse = await open_system(company, "warehouse")
    ends = company.clock.now() + timedelta(hours=1)
    await give(company, warehouse, LIFECYCLE, ends_at=timestamp(ends))
    await publish(running)
    await until(lambda: bus.last == {"warehouse": {"employees.lifecycle"}})
    company.clock.move(timedelta(hours=1))
    await until(lambda: bus.last == {"warehouse": frozenset()})


async def test_an_outage_shows_and_is_caught_up(company: Company, bus: RecordingBus, running: Runtime) -> None:
    await until(lambda: behind() == 0)
    bus.away = True
    warehouse = await open_system(company, "warehouse")
    await give(company, warehouse, LIFECYCLE)
    await publish(running)
    await until(lambda: behind() > 1)
    assert "warehouse" not in bus.last
    bus.away = False
    await until(lambda: bus.last == {"warehouse": {"employees.lifecycle"}})
    await until(lambda: behind() == 0)


async def test_it_is_told_again_without_any_change(
    company: Company, bus: RecordingBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have changed Kafka's lists, or restored an older state of them."""
    monkeypatch.setattr(subscribers, "ANYWAY_SECONDS", 0.05)
    async with replica(company.house.database._url, bus, company.clock):
        await until(lambda: len(bus.told) >= 3)


async def test_of_two_replicas_one_tells_and_the_other_takes_over(
    company: Company, local_bus: LocalBus, bus: RecordingBus
) -> None:
    other = RecordingBus(local_bus)
    url = company.house.database._url
    async with replica(url, other, company.clock) as second, replica(url, bus, company.clock):
        await until(lambda: bool(bus.told or other.told))
        await asyncio.sleep(1.5)
        assert bool(bus.told) != bool(other.told)
        assert other.told, "the one that was there first has the lock"
        # As when its process ends: the lock goes with its connection.
        with suppress(asyncio.CancelledError):
            await second.stop()
        await until(lambda: bool(bus.told))
        company.gate.hear_feed()
        warehouse = await open_system(company, "warehouse")
        await give(company, warehouse, LIFECYCLE)
        await until(lambda: bus.last == {"warehouse": {"employees.lifecycle"}})
    assert "warehouse" not in other.last
