"""Accounts and a real Keycloak stay in step, both ways, through outages and at the worst moments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from libs.kit import contract
from libs.kit.app import Runtime
from libs.kit.bus import Message
from libs.kit.bus.local import LocalBus
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from libs.kit.rpc.channels import Channel, LocalChannel
from mainstay.employees.v1 import people_pb2
from services.identity import issuer_queue, issuer_status, register
from services.identity.keycloak_directory import KeycloakDirectory
from services.identity.register import PERSON
from services.identity.service import service
from services.identity.settings import IdentitySettings
from tests.integration.identity.accounts_in_step import InStep
from tests.integration.identity.company import hired, number, placed
from tests.integration.identity.issuer_conformance import IssuerConformance
from tests.integration.identity.keeping import People
from tests.stack.keycloak_console import Console
from tests.support.keycloak import Realm
from tests.support.passports import KEYRING, SECRET
from tests.support.postgres import Databases


def settings_for(realm: Realm, **given: object) -> IdentitySettings:
    return IdentitySettings.model_validate(
        {
            "database_url": "postgresql:///unused",
            "bus_url": "postgresql:///unused",
            "keyring": KEYRING,
            "workload_secret": SECRET,
            "keycloak_url": realm.server.address,
            "keycloak_client_secret": SecretStr(realm.secret("mainstay-identity")),
            "keycloak_seconds": 10,
            **given,
        }
    )


@pytest.fixture
async def directory(keycloak: Realm) -> AsyncIterator[KeycloakDirectory]:
    directory = KeycloakDirectory(settings_for(keycloak))
    yield directory
    await directory.close()


@pytest.fixture
async def console(keycloak: Realm) -> AsyncIterator[Console]:
    console = await Console(keycloak).open()
    yield console
    await console.close()


@dataclass
class Running:
    """Identity as it runs, with its workers, beside a bus; employees' names come from a stand-in."""

    runtime: Runtime
    bus: LocalBus
    people: People

    async def publish(self, event: Any) -> None:
        kind = contract.event_of(event)
        await self.bus.publish(
            [
                Message(
                    topic=kind.topic,
                    key=event.employee_id,
                    value=event.SerializeToString(),
                    event_id=uuid7(),
                    type=kind.name,
                    source="employees",
                    time=self.runtime.clock.now(),
                )
            ]
        )

    async def hire(self, person: UUID) -> None:
        self.people.known[person] = people_pb2.SignInProfile(
            employee_id=str(person), family_name="王", given_name="小明", work_mail=f"{person}@x.example"
        )
        await self.publish(hired(person))
        await self.publish(placed(person))

    async def row(self, person: UUID) -> Any:
        async with self.runtime.database.reading() as session:
            account = await register.by_employee(session, person)
            return await issuer_queue.of_account(session, account["account_id"]) if account else None

    async def in_step(self, person: UUID) -> bool:
        row = await self.row(person)
        return row is not None and row["behind_since"] is None

    async def say(self) -> str:
        return await issuer_status.waiting(self.runtime)


@pytest.fixture
async def running(keycloak: Realm, databases: Databases, local_bus: LocalBus) -> AsyncIterator[Running]:
    url = await databases.fresh("identity")
    people = People()
    settings = settings_for(keycloak, database_url=url, keycloak_watch_seconds=0.5, keycloak_seconds=5)
    channels: dict[str, Channel] = {"employees": people}
    runtime = Runtime(service, settings, clock=SystemClock(), bus=local_bus, channels=channels)
    channels["identity"] = LocalChannel(runtime.edge)
    await runtime.start()
    yield Running(runtime, local_bus, people)
    await runtime.stop()
    await databases.drop(url)


async def soon(true: Callable[[], Awaitable[bool]], seconds: float = 30) -> float:
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.05)
    return time.monotonic() - began


class TestKeycloak(IssuerConformance):
    """The same suite as for the issuer in memory."""


class TestInStep(InStep):
    """The same stories as with the issuer in memory."""


async def test_a_hire_is_there_within_seconds_and_a_stop_there_is_noticed(running: Running, console: Console) -> None:
    person = uuid4()
    await running.hire(person)
    took = await soon(lambda: running.in_step(person))
    (user,) = await console.people(number(person))
    assert user["attributes"]["employee_number"] == [number(person)]
    assert user["requiredActions"] == ["UPDATE_PASSWORD"]
    await console.shut(PERSON, user["id"])

    async def suspended() -> bool:
        async with running.runtime.database.reading() as session:
            account = await register.by_employee(session, person)
        return account is not None and account["state"] == register.SUSPENDED

    noticed = await soon(suspended)
    print(f"hire to user {took:.2f} s, disabled there to suspended here {noticed:.2f} s")


async def test_a_stopped_keycloak_is_waited_for_and_nobody_is_lost_or_made_twice(
    running: Running, keycloak: Realm, console: Console
) -> None:
    leaves, newcomers = uuid4(), [uuid4() for _ in range(30)]
    await running.hire(leaves)
    await soon(lambda: running.in_step(leaves))
    await asyncio.to_thread(keycloak.server.stop)
    try:
        for person in newcomers:
            await running.hire(person)
        await running.publish(placed(leaves, employed=False))

        async def told() -> bool:
            return (await running.say()).startswith("ok, but 31 accounts wait")

        await soon(told)
        assert (await running.runtime.ready())["database"] == "ok"
    finally:
        await asyncio.to_thread(keycloak.server.start)

    async def all_in_step() -> bool:
        return all([await running.in_step(person) for person in (leaves, *newcomers)])

    took = await soon(all_in_step, 60)
    for person in newcomers:
        (user,) = await console.people(number(person))
        assert user["enabled"]
    (user,) = await console.people(number(leaves))
    assert not user["enabled"]
    assert user["notBefore"] > 0
    print(f"31 accounts in step {took:.1f} s after Keycloak was back")
