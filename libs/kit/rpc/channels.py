"""Channels: how one process calls a method of another, in bytes.

`GrpcChannel` goes over the network, `LocalChannel` calls a service in the same process. Both raise Failed with the same
content; one test suite runs on both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from libs.kit.contract import methods
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.rpc.edge import Edge
from libs.kit.rpc.status import Failed, fault_of, status_of

Meta = Mapping[str, str]
MAX_MESSAGE = 8 * 1024 * 1024
OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.lb_policy_name", "round_robin"),
)


class Channel(Protocol):
    async def call(self, name: str, raw: bytes, meta: Meta, timeout: float) -> bytes:  # noqa: ASYNC109 - a deadline passed on
        """Calls `package.Service/Method`. Raises Failed."""

    async def close(self) -> None: ...


async def ask(channel: Channel, name: str, request: Message, meta: Meta, timeout: float = 10) -> Any:  # noqa: ASYNC109 - as above
    """Calls a method with a message and returns its answer as one."""
    raw = await channel.call(name, request.SerializeToString(), meta, timeout)
    return methods()[name].response.FromString(raw)


class LocalChannel:
    """Reaches a service in this process."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def call(self, name: str, raw: bytes, meta: Meta, timeout: float) -> bytes:  # noqa: ASYNC109 - as above
        try:
            async with asyncio.timeout(timeout):
                return await self._edge.serve(name, raw, meta)
        except TimeoutError as error:
            raise _failed(error, meta) from None

    async def close(self) -> None:
        return None


class GrpcChannel:
    """Reaches a service over gRPC; `dns:///` addresses are spread over all replicas."""

    def __init__(self, address: str, credentials: Any = None) -> None:
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        else:
            self._channel = grpc.aio.secure_channel(address, credentials, options=OPTIONS)
        self._methods: dict[str, Any] = {}

    async def call(self, name: str, raw: bytes, meta: Meta, timeout: float) -> bytes:  # noqa: ASYNC109 - as above
        method = self._methods.get(name)
        if method is None:
            method = self._methods[name] = self._channel.unary_unary("/" + name)
        try:
            answer: bytes = await method(raw, metadata=tuple(meta.items()), timeout=timeout)
        except grpc.aio.AioRpcError as error:
            raise Failed(_status(error, meta)) from None
        return answer

    async def close(self) -> None:
        await self._channel.close(2)


def _status(error: Any, meta: Meta) -> Any:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    # The service did not say anything itself: it is gone, or the deadline passed on the way.
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return _failed(TimeoutError(), meta).status
    fault = TemporarilyUnavailable(part=_part(error))
    return status_of(fault, meta.get("accept-language", "zh-CN"), meta.get("mainstay-request-id", ""))


def _part(error: Any) -> str:
    return "network" if error.code() == grpc.StatusCode.UNAVAILABLE else "service"


def _failed(error: BaseException, meta: Meta) -> Failed:
    request_id = meta.get("mainstay-request-id", "")
    return Failed(status_of(fault_of(error, request_id), meta.get("accept-language", "zh-CN"), request_id))
