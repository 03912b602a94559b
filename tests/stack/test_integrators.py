"""Other systems read from Kafka what they were given the right to read, and nothing else, whatever they try."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from google.protobuf.message import Message
from joserfc import jwt
from joserfc.jwk import RSAKey

from libs.kit.access.passports import METADATA
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.app import Runtime
from libs.kit.bus import Bus
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.rpc.channels import Channel, LocalChannel, ask
from libs.kit.settings import KitSettings
from mainstay.employees.v1 import events_pb2
from mainstay.identity.v1 import accounts_pb2, grants_pb2
from services.identity.service import service
from tests.integration.identity.company import HR, IT, Caller, Company, over
from tests.support.keycloak import Realm
from tests.support.outside import Outside, Token
from tests.support.passports import KEYRING, SECRET
from tests.support.postgres import Databases

LIFECYCLE, UNITS = "employees.lifecycle", "employees.units"
INNER = ["identity.access", "identity.revocations", "audit.records", f"{LIFECYCLE}.dead", "__consumer_offsets"]


TOKEN_SECONDS = 15


def transfer() -> events_pb2.EmployeeTransferred:
    return events_pb2.EmployeeTransferred(
        employee_id=str(uuid7()), effective_on="2026-11-01", from_unit_id=str(uuid7()), unit_id=str(uuid7())
    )


@pytest.fixture
async def reading(outside: Outside) -> Outside:
    """The warehouse may read the lifecycle topic, which has a transfer; the other topics have something too."""
    await outside.bus.set_readers({"warehouse": {LIFECYCLE}, "erp": set()})
    await outside.publish(transfer(), events_pb2.UnitPlaced(unit_id=str(uuid7()), open=True))
    return outside


@asynccontextmanager
async def prompt(seconds: float = 3.0) -> AsyncIterator[None]:
    """What is refused is refused within this time."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


async def test_the_warehouse_reads_transfers_with_its_own_client(reading: Outside) -> None:
    fact = transfer()
    (sent,) = await reading.publish(fact)
    async with reading.consumer("warehouse", LIFECYCLE, group="warehouse.reports") as consumer, asyncio.timeout(10):
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            if headers["ce_id"] == str(sent.event_id):
                break
        assert headers["ce_type"] == "mainstay.employees.v1.EmployeeTransferred"
        assert record.key.decode() == fact.employee_id
        assert events_pb2.EmployeeTransferred.FromString(record.value) == fact
        await consumer.commit()


@pytest.mark.parametrize("topic", [UNITS, *INNER])
async def test_it_reads_no_other_topic(reading: Outside, topic: str) -> None:
    async with prompt():
        with pytest.raises(TopicAuthorizationFailedError):
            async with reading.consumer("warehouse", topic) as consumer:
                await asyncio.wait_for(consumer.getone(), 10)


async def test_it_sees_no_other_topic(reading: Outside) -> None:
    async with reading.consumer("warehouse", LIFECYCLE) as consumer:
        assert await consumer.topics() == {LIFECYCLE}


@pytest.mark.parametrize("topic", [LIFECYCLE, UNITS, "identity.revocations"])
async def test_it_writes_nowhere(reading: Outside, topic: str) -> None:
    async with prompt(), reading.producer("warehouse") as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(producer.send_and_wait(topic, b"forged"), 10)


@pytest.mark.parametrize("group", ["erp.reports", "warehouses", "warehous", "employees"])
async def test_it_joins_no_group_but_its_own(reading: Outside, group: str) -> None:
    async with prompt():
        with pytest.raises(GroupAuthorizationFailedError):
            async with reading.consumer("warehouse", LIFECYCLE, group=group) as consumer:
                await asyncio.wait_for(consumer.getone(), 10)


async def test_it_sees_no_group_but_its_own(reading: Outside) -> None:
    async with (
        reading.bus.consume([LIFECYCLE], "employees"),
        reading.consumer("warehouse", LIFECYCLE, group="warehouse.seen") as consumer,
        _admin(reading, "warehouse") as admin,
    ):
        await asyncio.wait_for(consumer.getone(), 10)
        seen = {name for name, *_ in await admin.list_consumer_groups()}
        assert "warehouse.seen" in seen
        assert all(name.startswith("warehouse") for name in seen)
        with pytest.raises(GroupAuthorizationFailedError):
            await admin.describe_consumer_groups(["employees"])


async def test_a_client_without_a_right_reads_nothing(reading: Outside) -> None:
    """Its token is good; nobody gave it anything."""
    await reading.bus.set_readers({"warehouse": set()})
    async with prompt():
        with pytest.raises(TopicAuthorizationFailedError):
            async with reading.consumer("warehouse", LIFECYCLE) as consumer:
                await asyncio.wait_for(consumer.getone(), 10)


async def test_a_client_named_like_one_of_our_processes_is_none_of_them(reading: Outside) -> None:
    """`admin` and `identity` may do anything, by their certificates; a system may be opened under any name."""
    name = "admin"
    made = await reading.realm.manage("POST", "/clients", _like_the_warehouse(name))
    made.raise_for_status()

    async def token() -> str:
        return await _token_of(reading.realm, name)

    async with prompt():
        with pytest.raises(TopicAuthorizationFailedError):
            async with reading.consumer(token, "identity.revocations") as consumer:
                await asyncio.wait_for(consumer.getone(), 10)


# -- tokens


async def wrong_audience(realm: Realm) -> str:
    """The ERP's: good for calls, not for Kafka."""
    return await realm.token("erp")


async def expired(realm: Realm) -> str:
    async with lifespan(realm, 1):
        token = await realm.token("warehouse")
    await asyncio.sleep(3)
    return token


async def foreign(realm: Realm) -> str:
    """Says all that a good one says, and even names the realm's key, but is signed by somebody else."""
    header, claims, _ = (await realm.token("warehouse")).split(".")
    return jwt.encode(_opened(header), _opened(claims), RSAKey.generate_key(2048), algorithms=["RS256"])


async def garbage(_: Realm) -> str:
    return "not.a.token"


@pytest.mark.parametrize("make", [wrong_audience, expired, foreign, garbage])
async def test_a_bad_token_is_refused(reading: Outside, make: Callable[[Realm], Any]) -> None:
    """Kafka's answer is prompt. aiokafka does not read it and finds a cluster without topics after five seconds."""
    token = await make(reading.realm)

    async def given() -> str:
        return str(token)

    async with prompt(12):
        with pytest.raises((KafkaError, TimeoutError)) as caught:
            async with reading.consumer(given, LIFECYCLE) as consumer:
                await asyncio.wait_for(consumer.getone(), 10)
    assert not isinstance(caught.value, TopicAuthorizationFailedError), "it got as far as asking for the topic"


# -- as rights and parts come and go


async def test_a_right_comes_and_goes_with_its_grant(outside: Outside, databases: Databases) -> None:
    """Through identity as it runs. A consumer in the middle of its work gets nothing more a moment after."""
    async with identity(outside.bus, databases) as (company, runtime):
        hr, it = await company.sign_in(HR), await company.sign_in(IT)
        asked = accounts_pb2.CreateServiceAccountRequest(username="warehouse", description="Data warehouse")
        opened = await call(runtime, it, "AccountService/CreateServiceAccount", asked)
        give = grants_pb2.CreateGrantRequest(
            account_id=opened.account.account_id,
            role="subscriber.employees.lifecycle",
            scope=over(),
            reason="Nightly reports",
        )
        began = time.monotonic()
        grant = await call(runtime, hr, "GrantService/CreateGrant", give)
        await may_read(outside)
        given_in = time.monotonic() - began
        async with outside.consumer("warehouse", LIFECYCLE, group="warehouse.live") as consumer:
            arrivals: list[float] = []
            consuming = asyncio.create_task(consume(consumer, arrivals))
            publishing = asyncio.create_task(keep_publishing(outside))
            await eventually(lambda: len(arrivals) > 10)
            began = time.monotonic()
            take = grants_pb2.RevokeGrantRequest(grant_id=grant.grant_id, reason="Project is over")
            await call(runtime, hr, "GrantService/RevokeGrant", take)
            confirmed = time.monotonic()
            with pytest.raises(TopicAuthorizationFailedError):
                await asyncio.wait_for(consuming, 10)
            refused = time.monotonic()
            publishing.cancel()
            assert not publishing.done() or publishing.cancelled(), "facts went on being published"
    print(
        f"granted to readable {given_in:.2f} s; revoked: confirmed after {confirmed - began:.2f} s, last event "
        f"{arrivals[-1] - began:.2f} s, refused {refused - began:.2f} s"
    )
    assert refused - began < 3


async def test_a_restored_broker_is_put_right(outside: Outside, databases: Databases) -> None:
    """What is on the broker's lists and follows from no grant goes when identity looks at them."""
    await outside.bus.set_readers({"warehouse": {LIFECYCLE, UNITS}})
    await may_read(outside)
    async with identity(outside.bus, databases), asyncio.timeout(10):
        while await readable(outside):  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.05)


async def test_without_the_issuer_consumers_go_on_until_their_token_ends(reading: Outside) -> None:
    """The broker needs the issuer for nothing; a new token comes from nowhere until it is back."""
    server = reading.realm.server
    async with (
        lifespan(reading.realm, TOKEN_SECONDS),
        reading.consumer("warehouse", LIFECYCLE, group="warehouse.outage") as consumer,
    ):
        await asyncio.wait_for(consumer.getone(), 10)
        began = time.monotonic()
        server.kill()
        try:
            (sent,) = await reading.publish(transfer())
            await until_seen(consumer, str(sent.event_id))
            # The broker ends the connection with the token, and nobody gives another one.
            await asyncio.sleep(TOKEN_SECONDS + 3 - (time.monotonic() - began))
            (after,) = await reading.publish(transfer())
            with pytest.raises(TimeoutError):
                await until_seen(consumer, str(after.event_id), seconds=4)
            assert reading.place.server.pid is not None
        finally:
            server.start()
        await until_seen(consumer, str(after.event_id), seconds=30)


# -- helpers


@asynccontextmanager
async def identity(bus: Bus, databases: Databases) -> AsyncIterator[tuple[Company, Runtime]]:
    """Identity with a small company, running on this bus."""
    url = await databases.fresh("identity")
    database = Database(url)
    await database.open()
    company = await Company.open(database)
    await company.settle()
    settings = KitSettings.model_validate(
        {"database_url": url, "bus_url": "", "keyring": KEYRING, "workload_secret": SECRET}
    )
    channels: dict[str, Channel] = {}
    runtime = Runtime(service, settings, clock=company.clock, bus=bus, channels=channels)
    channels["identity"] = LocalChannel(runtime.edge)
    await runtime.start()
    await asyncio.wait_for(runtime.revocations.heard.wait(), 10)
    try:
        yield company, runtime
    finally:
        await runtime.stop()
        await database.close()
        await databases.drop(url)


async def call(runtime: Runtime, caller: Caller, name: str, request: Message) -> Any:
    meta = {WORKLOAD: runtime.workload.token(), METADATA: caller.token}
    return await ask(LocalChannel(runtime.edge), f"mainstay.identity.v1.{name}", request, meta)


async def readable(outside: Outside) -> bool:
    try:
        async with outside.consumer("warehouse", LIFECYCLE):
            return True
    except TopicAuthorizationFailedError:
        return False


async def may_read(outside: Outside) -> None:
    async with asyncio.timeout(10):
        while not await readable(outside):  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.02)


async def keep_publishing(outside: Outside) -> None:
    while True:
        await outside.publish(transfer())
        await asyncio.sleep(0.02)


async def consume(consumer: Any, arrivals: list[float]) -> None:
    while True:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            arrivals += [time.monotonic()] * len(records)


async def until_seen(consumer: Any, event_id: str, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        async for record in consumer:
            if dict(record.headers)["ce_id"].decode() == event_id:
                return


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():  # noqa: ASYNC110 - what is waited for happens in another task
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _admin(outside: Outside, token: Token | str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**outside.options(token))
    try:
        async with asyncio.timeout(10):
            await admin.start()
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def lifespan(realm: Realm, seconds: int) -> AsyncIterator[None]:
    """Makes the warehouse's tokens short-lived for a while."""
    (client,) = (await realm.manage("GET", "/clients?clientId=warehouse")).json()
    for lasting in (seconds, client["attributes"]["access.token.lifespan"]):
        attributes = {**client["attributes"], "access.token.lifespan": str(lasting)}
        answer = await realm.manage("PUT", f"/clients/{client['id']}", {**client, "attributes": attributes})
        answer.raise_for_status()
        if lasting == seconds:
            yield


def _opened(part: str) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return opened


def _like_the_warehouse(name: str) -> dict[str, Any]:
    return {
        "clientId": name,
        "secret": name,
        "protocol": "openid-connect",
        "publicClient": False,
        "standardFlowEnabled": False,
        "serviceAccountsEnabled": True,
        "fullScopeAllowed": False,
        "defaultClientScopes": ["service_account", "mainstay-events"],
    }


async def _token_of(realm: Realm, name: str) -> str:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        asked = {"grant_type": "client_credentials"}
        answer = await http.post(f"{realm.issuer}/protocol/openid-connect/token", data=asked, auth=(name, name))
    return str(answer.raise_for_status().json()["access_token"])
