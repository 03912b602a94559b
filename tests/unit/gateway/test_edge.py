"""The gRPC edge, over a real port: other systems call the contract's methods with a bearer token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from gateway.edge import EdgeServer
from libs.kit.contract import methods
from libs.kit.errors import PermissionMissing
from libs.kit.rpc.status import detail
from mainstay.employees.v1 import people_pb2
from tests.unit.gateway.conftest import House

GET = "/mainstay.employees.v1.PeopleService/GetEmployee"
ISSUE = "/mainstay.identity.v1.PassportService/IssuePassport"


@pytest.fixture
async def server(house: House) -> AsyncIterator[EdgeServer]:
    made = EdgeServer(house.gateway._outside, "127.0.0.1:0", largest=house.gateway.settings.body_limit)
    await made.start()
    yield made
    await made.stop(0)


@pytest.fixture
async def channel(server: EdgeServer) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as opened:
        yield opened


async def call(channel: Any, path: str, raw: bytes = b"", **meta: str) -> bytes:
    sent = tuple((name.replace("_", "-"), value) for name, value in meta.items())
    return bytes(await channel.unary_unary(path)(raw, metadata=sent, timeout=5))


async def refused(channel: Any, path: str, raw: bytes = b"", **meta: str) -> Any:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call(channel, path, raw, **meta)
    packed = dict(error.value.trailing_metadata() or ()).get("grpc-status-details-bin")
    status = status_pb2.Status.FromString(packed) if packed else None
    info = detail(status, error_details_pb2.ErrorInfo) if status else None
    return error.value.code().name, info.reason if info else ""


async def test_a_system_reads_a_person(house: House, channel: Any) -> None:
    house.employees.answers["PeopleService/GetEmployee"] = people_pb2.Employee(employee_id="e1", name="王小明")
    request = people_pb2.GetEmployeeRequest(employee_id="e1").SerializeToString()
    token = await house.token("erp")
    raw = await call(
        channel, GET, request, authorization=f"Bearer {token}", accept_language="en", x_request_id="request-77"
    )
    assert people_pb2.Employee.FromString(raw).name == "王小明"
    heard = house.employees.heard[-1]
    assert heard.raw == request
    assert (heard.meta["mainstay-request-id"], heard.meta["accept-language"]) == ("request-77", "en")
    assert heard.timeout <= 5
    assert house.identity.issued[-1].username == "erp"


async def test_a_token_is_verified_once_and_its_passport_kept(house: House, channel: Any) -> None:
    token = await house.token("erp")
    for _ in range(20):
        await call(channel, GET, authorization=f"Bearer {token}")
    assert len(house.identity.issued) == 1


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer nonsense", "Basic eHg6eHg="])
async def test_nobody_gets_in_without_a_good_token(house: House, channel: Any, authorization: str) -> None:
    meta = {"authorization": authorization} if authorization else {}
    assert await refused(channel, GET, b"", **meta) == ("UNAUTHENTICATED", "SIGN_IN_REQUIRED")
    assert not house.employees.heard


async def test_a_persons_cookie_is_no_token(house: House, channel: Any) -> None:
    browser = house.browser()
    await browser.sign_in()
    cookie = f"mainstay={browser.http.cookies['mainstay']}"
    assert (await refused(channel, GET, cookie=cookie))[1] == "SIGN_IN_REQUIRED"


async def test_a_passport_or_workload_token_from_outside_means_nothing(house: House, channel: Any) -> None:
    token = await house.token("erp")
    await call(channel, GET, authorization=f"Bearer {token}", mainstay_passport="forged", mainstay_workload="forged")
    meta = house.employees.heard[-1].meta
    assert meta["mainstay-passport"] != "forged"
    assert "mainstay-workload" not in meta


async def test_methods_between_our_own_processes_are_not_there(house: House, channel: Any) -> None:
    token = await house.token("erp")
    for method in methods().values():
        if method.access.workload:
            assert (await refused(channel, method.path, authorization=f"Bearer {token}"))[0] == "UNIMPLEMENTED"
    assert ISSUE.removeprefix("/") in methods()


async def test_a_refusal_of_the_service_arrives_with_its_details(house: House, channel: Any) -> None:
    house.employees.answers["PeopleService/GetEmployee"] = PermissionMissing(permission="employees.person.read")
    token = await house.token("erp")
    assert await refused(channel, GET, authorization=f"Bearer {token}") == ("PERMISSION_DENIED", "PERMISSION_MISSING")


async def test_a_mistake_of_ours_keeps_its_text_to_itself(house: House, channel: Any) -> None:
    def broken(_raw: bytes, _meta: Any) -> Any:
        raise RuntimeError("SELECT national_id")

    house.employees.answers["PeopleService/GetEmployee"] = broken
    token = await house.token("erp")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call(channel, GET, authorization=f"Bearer {token}")
    assert "SELECT" not in str(error.value)
    assert error.value.code().name == "INTERNAL"


async def test_a_large_request_is_refused(house: House, channel: Any) -> None:
    token = await house.token("erp")
    raw = b"\x00" * (house.gateway.settings.body_limit + 1)
    assert await refused(channel, GET, raw, authorization=f"Bearer {token}") == (
        "RESOURCE_EXHAUSTED",
        "REQUEST_TOO_LARGE",
    )


async def test_a_far_larger_one_is_not_even_read(house: House, channel: Any) -> None:
    """Whatever services take from each other: memory is not given to whoever sends without a token."""
    raw = b"\x00" * (house.gateway.settings.body_limit + 128 * 1024)
    assert await refused(channel, GET, raw) == ("RESOURCE_EXHAUSTED", "")


class TestWithFewStrangers:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"anonymous_rate": 0.01, "burst_seconds": 200}

    async def test_guesses_are_counted_before_they_are_looked_at(
        self, house: House, channel: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = [await house.token("erp") for _ in range(4)]
        for token in good:
            await call(channel, GET, authorization=f"Bearer {token}")
        for _ in range(2):
            assert (await refused(channel, GET, authorization="Bearer a.b.c"))[1] == "SIGN_IN_REQUIRED"
        monkeypatch.setattr(house.gateway.issuer, "access", None)
        assert (await refused(channel, GET, authorization="Bearer a.b.d"))[1] == "RATE_LIMITED"
        await call(channel, GET, authorization=f"Bearer {good[0]}")


class TestWithALowLimit:
    @pytest.fixture
    def front_settings(self) -> dict[str, Any]:
        return {"service_rate": 1, "burst_seconds": 2}

    async def test_rest_and_grpc_count_together(self, house: House, channel: Any) -> None:
        token = await house.token("erp")
        await call(channel, GET, authorization=f"Bearer {token}")
        client = house.browser().http
        said = await client.get("/v1/employees/e1", headers={"authorization": f"Bearer {token}"})
        assert said.status_code == 200
        assert await refused(channel, GET, authorization=f"Bearer {token}") == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")


async def test_health_and_reflection_tell_the_truth(server: EdgeServer, channel: Any) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.NOT_SERVING
    await server.serving(open_=True)
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.SERVING
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    async for answer in stub.ServerReflectionInfo(asked):
        names = {one.name for one in answer.list_services_response.service}
    assert "mainstay.employees.v1.PeopleService" in names
    assert "mainstay.identity.v1.PassportService" not in names


async def asked(channel: Any, **question: str) -> Any:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    async for answer in stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**question)])):
        return answer
    return None


async def test_reflection_shows_what_outsiders_may_call_and_what_that_needs(channel: Any) -> None:
    shown = [method for method in methods().values() if not method.access.workload]
    for method in shown:
        answer = await asked(channel, file_containing_symbol=method.name.partition("/")[0])
        files = [FileDescriptorProto.FromString(one) for one in answer.file_descriptor_response.file_descriptor_proto]
        given = {file.name for file in files}
        assert all(set(file.dependency) <= given for file in files), "whole: a caller can build it"
        names = {f"{file.package}.{message.name}" for file in files for message in file.message_type}
        for needed in (method.request.DESCRIPTOR, method.response.DESCRIPTOR):
            assert needed.full_name in names


async def test_reflection_knows_nothing_of_our_own_processes(channel: Any) -> None:
    hidden = [method for method in methods().values() if method.access.workload]
    public = {method.request.DESCRIPTOR.full_name for method in methods().values() if not method.access.workload}
    assert hidden
    for method in hidden:
        symbol = method.request.DESCRIPTOR.full_name
        if symbol not in public:
            assert (await asked(channel, file_containing_symbol=symbol)).HasField("error_response"), symbol
        named = await asked(channel, file_containing_symbol=method.name.partition("/")[0])
        told = b"".join(named.file_descriptor_response.file_descriptor_proto)
        assert method.name.partition("/")[2].encode() not in told
