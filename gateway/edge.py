"""The gRPC edge: other systems call any method of the contract with a bearer token, in plain gRPC, bytes forwarded.

Methods between Mainstay's own processes are not there at all: nobody from outside finds their names.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from gateway.api import seconds_of
from gateway.callers import AccessTokens, Caller
from gateway.calls import Calls, trace_of
from gateway.limits import Limits
from gateway.metrics import EDGE_FAILURES, EDGE_SECONDS
from gateway.reflection import public_pool
from gateway.settings import GatewaySettings
from gateway.visits import language_of, request_id_of
from libs.kit.contract import Method, methods
from libs.kit.errors import RequestTooLarge, SignInRequired
from libs.kit.rpc.server import Answer, ByteServer
from libs.kit.rpc.status import Failed, fault_of, status_of
from libs.kit.telemetry import SERVER, rpc, span
from libs.kit.tls import server_credentials
from libs.kit.words import LANGUAGES

_OPTIONS = (
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.max_concurrent_streams", 200),
)
log = structlog.get_logger()


class Outside:
    """Answers one call of another system."""

    def __init__(self, settings: GatewaySettings, tokens: AccessTokens, calls: Calls, limits: Limits) -> None:
        self._tokens = tokens
        self._calls = calls
        self._limits = limits
        self._body_limit = settings.body_limit
        self._seconds = settings.timeout_seconds

    async def serve(self, method: Method, raw: bytes, context: Any) -> bytes:
        """Raises Failed and nothing else."""
        sent = context.invocation_metadata() or ()
        meta = {key.encode(): value.encode() for key, value in sent if isinstance(value, str)}
        request_id, language = request_id_of(meta), language_of(meta.get(b"accept-language"))
        # The span begins once it is known who calls, and ends when the failure, if any, is told.
        with ExitStack() as around:
            around.enter_context(bound_contextvars(request_id=request_id))
            try:
                began, caller = time.time_ns(), await self._caller(meta, str(context.peer()))
                about = rpc(method.name, "gateway")
                trace = around.enter_context(
                    span(method.name, trace_of(caller, meta), kind=SERVER, attributes=about, began=began)
                )
                return await self._serve(method, raw, meta, context, caller, request_id, language, trace)
            except Failed:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is becomes a status that keeps its text to itself
                fault = fault_of(error, request_id)
                if fault is not error:
                    log.error("edge failed", method=method.name, error=type(error).__name__, request_id=request_id)  # noqa: TRY400 - its text may quote values
                raise Failed(status_of(fault, language or LANGUAGES[0], request_id)) from None

    async def _serve(  # noqa: PLR0917 - as `serve` found it
        self,
        method: Method,
        raw: bytes,
        meta: dict[bytes, bytes],
        context: Any,
        caller: Caller,
        request_id: str,
        language: str,
        trace: str,
    ) -> bytes:
        self._limits.known(caller.principal)
        if len(raw) > self._body_limit:
            raise RequestTooLarge(limit_bytes=self._body_limit)
        left = context.time_remaining()
        most = self._seconds if left is None else min(self._seconds, max(0.0, left))
        return await self._calls.call(
            method,
            raw,
            caller,
            request_id=request_id,
            language=language,
            trace=trace,
            seconds=seconds_of(meta.get(b"x-timeout-ms"), most),
        )

    async def _caller(self, meta: dict[bytes, bytes], peer: str) -> Caller:
        scheme, _, sent = meta.get(b"authorization", b"").partition(b" ")
        token = sent.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""
        caller = self._tokens.remembered(token)
        if caller is not None:
            return caller
        # `ipv4:10.0.0.7:51234`: without the port. Counted before the token is looked at, and given back for a good one.
        address = peer.rpartition(":")[0]
        self._limits.stranger(address)
        if not token:
            raise SignInRequired
        caller = await self._tokens.find(token)
        self._limits.no_stranger(address)
        return caller


class EdgeServer(ByteServer):
    """The edge's own port; in clear without a certificate. Callers prove themselves with a token, not with one."""

    def __init__(
        self,
        outside: Outside,
        listen: str,
        *,
        largest: int,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        shown = [method for method in methods().values() if not method.access.workload]
        size = largest + 64 * 1024
        super().__init__(
            {method.name: _measured(outside, method) for method in shown},
            listen,
            options=(
                *_OPTIONS,
                ("grpc.max_receive_message_length", size),
                ("grpc.max_send_message_length", 8 * size),
            ),
            credentials=server_credentials(certificate, key) if certificate and key else None,
            shown=public_pool(shown),
        )


def _measured(outside: Outside, method: Method) -> Answer:
    async def answer(raw: bytes, context: Any) -> bytes:
        started, code = time.perf_counter(), "OK"
        try:
            return await outside.serve(method, raw, context)
        except Failed as failed:
            code = failed.code.name
            EDGE_FAILURES.labels(method.name, code, failed.reason).inc()
            raise
        finally:
            EDGE_SECONDS.labels(method.name, code).observe(time.perf_counter() - started)

    return answer
