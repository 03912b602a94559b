"""Channels: how one process calls a method of another, in bytes.

`GrpcChannel` goes over the network, `LocalChannel` calls a service in the same process. Both raise Failed with the same
content; one test suite runs on both.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from libs.kit.contract import methods
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.rpc.edge import Edge
from libs.kit.rpc.status import Failed, fault_of, status_of
from libs.kit.tasks import end
from libs.kit.telemetry import current
from libs.kit.tls import Renewed, Tls

Meta = Mapping[str, str]
MAX_MESSAGE = 8 * 1024 * 1024
# Longer than the pause between two attempts to connect.
_PATIENCE_SECONDS = 1.5
_LOOK_SECONDS = 0.05
# With renewed files: for one attempt to connect, and for calls on the channel before it to end.
_CONNECTED_SECONDS = 10.0
_LONGEST_CALL_SECONDS = 300.0
# Reading twice does no harm: a replica that went away in the middle is asked no second time, another one is.
# A replica that says it is not serving gets no calls.
_SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": ""},
    "methodConfig": [
        {
            "name": [
                {"service": method.name.partition("/")[0], "method": method.name.partition("/")[2]}
                for method in methods().values()
                if method.reads_only
            ],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.4s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # A replica that is there and says nothing (a half-open network) is left for another. On a connection in use gRPC
    # also pings by itself, and lets such a ping go unanswered for a minute, in whose time keepalive sends none.
    ("grpc.keepalive_time_ms", 4_000),
    ("grpc.keepalive_timeout_ms", 3_000),
    ("grpc.http2.ping_timeout_ms", 3_000),
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    # A replica that comes back is used again within a second.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A name is looked up again as soon as a replica leaves; the default waits until half a minute after the last time.
    ("grpc.dns_min_time_between_resolutions_ms", 500),
    # For TCP and TLS together: with a tenth of a second a slow network was never connected over at all.
    ("grpc.min_reconnect_backoff_ms", 3_000),
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
    """Reaches a service over gRPC; calls are spread over all replicas that answer.

    One `dns:///` address may stand for many replicas; several addresses must be IP addresses. With `tls` the server
    must show a certificate that names the service, `name`, whatever its address. Renewed files are taken up from the
    next call on, which goes as before still, like all until there is a connection that shows the new ones.
    """

    def __init__(self, *addresses: str, name: str = "", tls: Tls | None = None) -> None:
        self._target = addresses[0] if len(addresses) == 1 else "ipv4:" + ",".join(addresses)
        self._name = name
        self._tls = tls.client() if tls else None
        self._shown = self._tls.now() if self._tls else None
        self._channel = self._open()
        # Coming or going, while files are taken up.
        self._other: Any = None
        self._methods: dict[str, Any] = {}
        self._renewing: asyncio.Task[None] | None = None

    def _open(self) -> Any:
        if self._shown is None:
            return grpc.aio.insecure_channel(self._target, options=OPTIONS)
        options = (*OPTIONS, ("grpc.ssl_target_name_override", self._name))
        return grpc.aio.secure_channel(self._target, self._shown, options=options)

    async def call(self, name: str, raw: bytes, meta: Meta, timeout: float) -> bytes:  # noqa: ASYNC109 - as above
        if self._tls and self._renewing is None and self._tls.now() is not self._shown:
            self._renewing = asyncio.create_task(self._renew(self._tls))
        sent = tuple(meta.items())
        if "traceparent" not in meta and (trace := current()):
            sent += (("traceparent", trace),)
        waited = await self._replica_there(timeout)
        # Asked for after the wait: the channel may be another one by now.
        method = self._methods.get(name)
        if method is None:
            method = self._methods[name] = self._channel.unary_unary("/" + name)
        try:
            answer: bytes = await method(raw, metadata=sent, timeout=timeout - waited)
        except grpc.aio.AioRpcError as error:
            raise Failed(_status(error, meta)) from None
        return answer

    async def _renew(self, files: Renewed[Any]) -> None:
        """Connects anew until somebody lets the files of now in; calls go as before so long."""
        try:
            while True:
                self._shown = files.now()
                self._other = self._open()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._other.channel_ready(), _CONNECTED_SECONDS)
                    break
                await self._other.close(0)
            self._other, self._channel, self._methods = self._channel, self._other, {}
            # No call takes it any longer; those under way on it end first.
            await self._other.close(_LONGEST_CALL_SECONDS)
            self._other = None
        finally:
            self._renewing = None

    async def _replica_there(self, timeout: float) -> float:  # noqa: ASYNC109 - as above
        """Waits a moment where no replica is known to be there, and says how long; the call itself tells of an outage.

        In a rolling restart the last known one leaves while the next, up already, is not connected to yet.
        """
        began = time.monotonic()
        patience = min(_PATIENCE_SECONDS, timeout / 2)
        while self._channel.get_state() is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            if time.monotonic() - began > patience:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        return time.monotonic() - began

    async def close(self) -> None:
        if self._renewing is not None:
            await end(self._renewing)
        for channel in (self._other, self._channel):
            if channel is not None:
                await channel.close(2)


def open_channels(addresses: Mapping[str, Sequence[str]], tls: Tls | None) -> dict[str, Channel]:
    """A channel to each service by context."""
    return {name: GrpcChannel(*given, name=name, tls=tls) for name, given in addresses.items()}


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
