"""One suite over both channels: a service in this process and the same service over gRPC answer alike, failures too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

from libs.kit import contract
from libs.kit.access.passports import METADATA, sign
from libs.kit.call import Call
from libs.kit.database import Database
from libs.kit.rpc.channels import Channel, GrpcChannel, LocalChannel, ask
from libs.kit.rpc.server import Server
from libs.kit.rpc.status import Failed, detail
from mainstay.employees.v1 import people_pb2
from tests.support.passports import _KEY, Gate, rights
from tools.stack.certificates import Certificates

GET = "mainstay.employees.v1.PeopleService/GetEmployee"
PERSON = "01923c5e-7b1f-7d7a-9a55-0d6f1c2b3a4d"


async def show(call: Call, request: people_pb2.GetEmployeeRequest) -> people_pb2.Employee:
    if request.as_of == "2026-01-01":
        await asyncio.sleep(5)
    return people_pb2.Employee(employee_id=request.employee_id, name="王小明", mobile="13812345678")


@pytest.fixture
async def gate(kit_database: Database) -> Gate:
    return Gate(kit_database, {"PeopleService.GetEmployee": show})


@pytest.fixture
async def server(gate: Gate) -> AsyncIterator[Server]:
    server = Server(gate.edge, "127.0.0.1:0")
    await server.start()
    await server.serving(open_=True)
    yield server
    await server.stop(0)


@pytest.fixture(params=["local", "grpc"])
async def channel(request: pytest.FixtureRequest, gate: Gate, server: Server) -> AsyncIterator[Channel]:
    made: Channel = LocalChannel(gate.edge) if request.param == "local" else GrpcChannel(f"127.0.0.1:{server.port}")
    yield made
    await made.close()


def meta(gate: Gate) -> dict[str, str]:
    passport = gate.passport(rights(employees__person__read="all"))
    return {METADATA: sign(passport, _KEY).decode(), "accept-language": "en", "mainstay-request-id": "r-1"}


async def test_an_answer_comes_back(channel: Channel, gate: Gate) -> None:
    answer = await ask(channel, GET, people_pb2.GetEmployeeRequest(employee_id=PERSON), meta(gate))
    assert (answer.name, answer.mobile) == ("王小明", "138****5678")


async def test_a_failure_brings_reason_sentence_and_request_id(channel: Channel, gate: Gate) -> None:
    with pytest.raises(Failed) as caught:
        await ask(channel, GET, people_pb2.GetEmployeeRequest(employee_id=PERSON), {"accept-language": "en"})
    assert (caught.value.code, caught.value.reason) == (StatusCode.UNAUTHENTICATED, "PASSPORT_INVALID")
    assert caught.value.status.message == "Your sign-in was renewed, please try again."


async def test_wrong_fields_are_named(channel: Channel, gate: Gate) -> None:
    with pytest.raises(Failed) as caught:
        await ask(channel, GET, people_pb2.GetEmployeeRequest(employee_id="E0107"), meta(gate))
    bad = detail(caught.value.status, error_details_pb2.BadRequest)
    assert bad is not None
    assert [(one.field, one.description) for one in bad.field_violations] == [("employee_id", "Must be a UUID.")]


async def test_a_deadline_holds(channel: Channel, gate: Gate) -> None:
    slow = people_pb2.GetEmployeeRequest(employee_id=PERSON, as_of="2026-01-01")
    with pytest.raises(Failed) as caught:
        await ask(channel, GET, slow, meta(gate), timeout=0.2)
    assert (caught.value.code, caught.value.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE_PASSED")


async def test_bytes_that_are_no_message_are_refused(channel: Channel, gate: Gate) -> None:
    with pytest.raises(Failed) as caught:
        await channel.call(GET, b"\xff\xff\xff", meta(gate), 2)
    assert caught.value.reason == "REQUEST_UNREADABLE"


async def test_a_service_that_is_gone_is_unavailable_with_advice(gate: Gate) -> None:
    channel = GrpcChannel("127.0.0.1:1")
    with pytest.raises(Failed) as caught:
        await ask(channel, GET, people_pb2.GetEmployeeRequest(employee_id=PERSON), meta(gate), timeout=2)
    assert (caught.value.code, caught.value.reason) == (StatusCode.UNAVAILABLE, "TEMPORARILY_UNAVAILABLE")
    advice = detail(caught.value.status, error_details_pb2.RetryInfo)
    assert advice is not None
    assert advice.retry_delay.seconds == 2
    await channel.close()


async def test_health_says_whether_calls_are_taken(server: Server) -> None:
    await server.serving(open_=False)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        asked = health_pb2.HealthCheckRequest(service="mainstay.employees.v1.PeopleService")
        assert (await health.Check(asked)).status == health_pb2.HealthCheckResponse.NOT_SERVING
        await server.serving(open_=True)
        assert (await health.Check(asked)).status == health_pb2.HealthCheckResponse.SERVING


async def test_stopping_lets_calls_under_way_finish(gate: Gate) -> None:
    async def slowly(call: Call, request: people_pb2.GetEmployeeRequest) -> people_pb2.Employee:
        await asyncio.sleep(0.3)
        return people_pb2.Employee(name="王小明")

    gate.edge.handlers = {GET: (contract.methods()[GET], slowly)}
    server = Server(gate.edge, "127.0.0.1:0")
    await server.start()
    await server.serving(open_=True)
    channel = GrpcChannel(f"127.0.0.1:{server.port}")
    under_way = asyncio.create_task(ask(channel, GET, people_pb2.GetEmployeeRequest(employee_id=PERSON), meta(gate)))
    await asyncio.sleep(0.1)
    await server.stop(grace=5)
    assert (await under_way).name == "王小明"
    await channel.close()


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.in_folder(tmp_path)


async def test_with_certificates_the_named_service_answers(gate: Gate, certificates: Certificates) -> None:
    server = Server(gate.edge, "127.0.0.1:0", certificates.of("employees"))
    await server.start()
    await server.serving(open_=True)
    request = people_pb2.GetEmployeeRequest(employee_id=PERSON)
    channel = GrpcChannel(f"127.0.0.1:{server.port}", name="employees", tls=certificates.of("gateway"))
    assert (await ask(channel, GET, request, meta(gate))).name == "王小明"
    for wrong in (
        # Nobody answers under the name of another service, nor to somebody without a certificate of ours.
        GrpcChannel(f"127.0.0.1:{server.port}", name="identity", tls=certificates.of("gateway")),
        GrpcChannel(f"127.0.0.1:{server.port}"),
    ):
        with pytest.raises(Failed) as caught:
            await ask(wrong, GET, request, meta(gate), timeout=2)
        assert caught.value.reason in {"TEMPORARILY_UNAVAILABLE", "DEADLINE_PASSED"}
        await wrong.close()
    await channel.close()
    await server.stop(0)


async def test_calls_go_to_the_replica_that_takes_them(gate: Gate) -> None:
    first, second = Server(gate.edge, "127.0.0.1:0"), Server(gate.edge, "127.0.0.1:0")
    for server in (first, second):
        await server.start()
        await server.serving(open_=True)
    channel = GrpcChannel(f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port}")
    request = people_pb2.GetEmployeeRequest(employee_id=PERSON)
    for _ in range(20):
        await ask(channel, GET, request, meta(gate))
    await first.stop(5)
    for _ in range(20):
        assert (await ask(channel, GET, request, meta(gate))).name == "王小明"
    await channel.close()
    await second.stop(0)


async def test_a_call_waits_a_moment_for_the_replica_that_is_just_coming(gate: Gate) -> None:
    first = Server(gate.edge, "127.0.0.1:0")
    await first.start()
    await first.serving(open_=True)
    port = first.port
    channel = GrpcChannel(f"127.0.0.1:{port}")
    request = people_pb2.GetEmployeeRequest(employee_id=PERSON)
    await ask(channel, GET, request, meta(gate))
    await first.stop(0)
    with pytest.raises(Failed):
        await ask(channel, GET, request, meta(gate), timeout=0.4)
    asked = asyncio.create_task(ask(channel, GET, request, meta(gate)))
    await asyncio.sleep(0.3)
    second = Server(gate.edge, f"127.0.0.1:{port}")
    await second.start()
    await second.serving(open_=True)
    assert (await asked).name == "王小明"
    await channel.close()
    await second.stop(0)
