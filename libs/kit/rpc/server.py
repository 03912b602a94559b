"""gRPC servers of methods in bytes: health that tells the truth, reflection, drain on stop.

`Server` is a service's own, in front of its edge. The gateway stands another on `ByteServer` for the world outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from libs.kit.rpc.channels import MAX_MESSAGE
from libs.kit.rpc.edge import Edge
from libs.kit.rpc.status import Failed
from libs.kit.tls import Tls

# Answers a call's bytes, given gRPC's context of it. Raises Failed and nothing else.
Answer = Callable[[bytes, Any], Awaitable[bytes]]
Options = Sequence[tuple[str, int]]

_OPTIONS = (
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_permit_without_calls", 1),
)
_OF_A_SERVICE = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # Below the clients' own interval: a server that finds itself asked too often ends the connection.
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
)

# Clients look the addresses up again when a connection ends: how new replicas get their share.
CONNECTION_SECONDS = 300.0
# For answers already given to reach the wire.
_LAST_BYTES_SECONDS = 0.2


class _Calls(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio ships no types
    """Counts what is under way, and tells failures as gRPC does."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._under_way = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._handlers = {
            "/" + name: grpc.unary_unary_rpc_method_handler(self._told(answer)) for name, answer in answers.items()
        }

    def service(self, details: Any) -> Any:
        return self._handlers.get(details.method)

    def _told(self, answer: Answer) -> Answer:
        async def told(raw: bytes, context: Any) -> bytes:
            self._under_way += 1
            self.idle.clear()
            try:
                return await answer(raw, context)
            except Failed as failed:
                await context.abort_with_status(rpc_status.to_status(failed.status))
                raise
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self.idle.set()

        return told


class ByteServer:
    """Serves `answers` by `package.Service/Method`, and nothing else; in clear without `credentials`.

    Begins NOT_SERVING; `serving(open_=True)` opens it once everything it needs is there. A connection ends after
    `connection_seconds`, between two calls. Reflection shows `shown`, by default every file this process knows.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer],
        listen: str,
        *,
        options: Options,
        connection_seconds: float = CONNECTION_SECONDS,
        credentials: Any = None,
        shown: DescriptorPool | None = None,
    ) -> None:
        age = ("grpc.max_connection_age_ms", int(connection_seconds * 1000))
        self._server = grpc.aio.server(options=(*_OPTIONS, age, *options))
        self._calls = _Calls(answers)
        self._server.add_generic_rpc_handlers((self._calls,))
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names = sorted({name.partition("/")[0] for name in answers})
        reflection.enable_server_reflection([*self._names, reflection.SERVICE_NAME], self._server, pool=shown)
        if credentials is None:
            self.port = self._server.add_insecure_port(listen)
        else:
            self.port = self._server.add_secure_port(listen, credentials)

    async def serving(self, *, open_: bool) -> None:
        """Tells callers whether to send calls here; one that hears no goes to another replica."""
        status = health_pb2.HealthCheckResponse.SERVING if open_ else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def start(self) -> None:
        await self.serving(open_=False)
        await self._server.start()

    async def stop(self, grace: float = 10) -> None:
        """Says NOT_SERVING, lets calls under way finish within `grace` seconds, then ends."""
        await self.serving(open_=False)
        stopping = asyncio.create_task(self._server.stop(grace))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._calls.idle.wait(), grace)
        # Those who watch the health would hold the server for all of the grace.
        await self._server.stop(_LAST_BYTES_SECONDS)
        await stopping


class Server(ByteServer):
    """A service's server. With `tls`, callers must show a certificate of the same authority."""

    def __init__(
        self, edge: Edge, listen: str, tls: Tls | None = None, *, connection_seconds: float = CONNECTION_SECONDS
    ) -> None:
        super().__init__(
            {name: _answer(edge, name) for name in edge.handlers},
            listen,
            options=_OF_A_SERVICE,
            connection_seconds=connection_seconds,
            credentials=tls.server() if tls else None,
        )


def _answer(edge: Edge, name: str) -> Answer:
    async def answer(raw: bytes, context: Any) -> bytes:
        meta = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        return await edge.serve(name, raw, meta)

    return answer
