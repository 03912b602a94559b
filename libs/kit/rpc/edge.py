"""The edge of a service: every call goes through here, in this order.

read → validate → passport → sensitive and step-up → access and scope → idempotency → handler, in one transaction →
mask → audit and outbox rows in that transaction → commit → answer. A handler commits nothing and catches nothing.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import structlog
from google.protobuf.message import DecodeError, Message
from prometheus_client import Counter, Gauge, Histogram
from structlog.contextvars import bound_contextvars

from libs.kit import audit, idempotency, masking, outbox, validation
from libs.kit.access.passports import METADATA as PASSPORT
from libs.kit.access.passports import Passport, PassportReader
from libs.kit.access.revocations import Revocations
from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.access.workload import Workload
from libs.kit.call import Call, House
from libs.kit.contract import Method, value_at
from libs.kit.errors import (
    Fault,
    Forbidden,
    OwnRecord,
    PassportInvalid,
    RequestUnreadable,
    RevocationFeedSilent,
    RouteNotFound,
    StepUpRequired,
    Unauthenticated,
)
from libs.kit.rpc.status import Failed, fault_of, status_of
from libs.kit.telemetry import SERVER, rpc, span
from libs.kit.words import LANGUAGES

Handler = Callable[[Call, Any], Awaitable[Message]]
Meta = Mapping[str, str]

_CALLS = Histogram(
    "mainstay_rpc_seconds",
    "Duration of answered calls",
    ["service", "method", "code"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_FAILURES = Counter("mainstay_rpc_failures_total", "Calls that failed, by reason", ["service", "method", "reason"])
_IN_FLIGHT = Gauge("mainstay_rpc_in_flight", "Calls being answered", ["service"])
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call as it came."""

    raw: bytes
    meta: Meta
    language: str
    request_id: str
    trace: str


class Edge:
    """Answers calls with a service's handlers. `after_commit` is given what each unit of work has recorded."""

    def __init__(
        self,
        house: House,
        handlers: Mapping[str, tuple[Method, Handler]],
        *,
        passports: PassportReader,
        revocations: Revocations,
        workload: Workload,
        after_commit: Callable[[Sequence[Message]], Awaitable[None]],
    ) -> None:
        self.house = house
        self.handlers = handlers
        self._passports = passports
        self._revocations = revocations
        self._workload = workload
        self._after_commit = after_commit
        self._in_flight = _IN_FLIGHT.labels(house.name)

    async def serve(self, name: str, raw: bytes, meta: Meta) -> bytes:
        """Answers one call. Raises Failed, and nothing else."""
        started = time.perf_counter()
        language = meta.get("accept-language", "")
        language = language if language in LANGUAGES else LANGUAGES[0]
        request_id = meta.get("mainstay-request-id") or uuid4().hex
        code = "OK"
        with (
            self._in_flight.track_inprogress(),
            bound_contextvars(request_id=request_id),
            span(name, meta.get("traceparent", ""), kind=SERVER, attributes=rpc(name, self.house.name)) as trace,
        ):
            try:
                found = self.handlers.get(name)
                if found is None:
                    raise RouteNotFound
                return await self._answer(*found, Incoming(raw, meta, language, request_id, trace))
            except BaseException as error:  # noqa: BLE001 - nothing but Failed leaves, cancelled calls included
                fault = fault_of(error, request_id)
                code = fault.code.name
                self._tell(name, fault, error, request_id)
                raise Failed(status_of(fault, language, request_id)) from (None if fault is error else error)
            finally:
                _CALLS.labels(self.house.name, name, code).observe(time.perf_counter() - started)

    def _tell(self, name: str, fault: Fault, error: BaseException, request_id: str) -> None:
        _FAILURES.labels(self.house.name, name, fault.reason).inc()
        if fault is not error:
            # The class and place of a foreign error, never its text: driver messages quote values.
            log.error(
                "call failed",
                method=name,
                reason=fault.reason,
                error=type(error).__name__,
                request_id=request_id,
                where=_where(error),
            )

    async def _answer(self, method: Method, handler: Handler, incoming: Incoming) -> bytes:
        raw = incoming.raw
        try:
            request = method.request.FromString(raw)
        except DecodeError:
            raise RequestUnreadable(detail=method.request.DESCRIPTOR.name) from None
        validation.check(request, incoming.language)
        passport = self._identify(method, incoming.meta)
        unit = self.house.database.reading if method.reads_only and not method.audited else self._transaction
        call = Call(
            db=None,  # type: ignore[arg-type]  # set below, where the unit of work begins
            house=self.house,
            request_id=incoming.request_id,
            language=incoming.language,
            method=method,
            passport=passport,
            trace=incoming.trace,
            purpose=getattr(request, "purpose", ""),
        )
        try:
            async with unit() as call.db:
                answer = await self._run(method, handler, call, request, raw)
        except Fault as fault:
            await self._audit_failure(call, raw, fault)
            raise
        if call.events:
            await self._after_commit(call.events)
        return answer

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        with span("transaction"):
            async with self.house.database.transaction() as session:
                yield session

    def _identify(self, method: Method, meta: Meta) -> Passport | None:
        if method.access.workload:
            self._workload.read(meta.get(WORKLOAD, ""))
            return None
        passport = self._passports.read(meta.get(PASSPORT, "").encode())
        if self._revocations.refuses(passport):
            raise PassportInvalid(why="superseded")
        return passport

    async def _run(self, method: Method, handler: Handler, call: Call, request: Message, raw: bytes) -> bytes:
        await self._allow(method, call, request)
        key = getattr(request, "idempotency_key", "")
        if key:
            earlier = await idempotency.claim(call, key, raw)
            if earlier is not None:
                return earlier
        message = await handler(call, request)
        if not call.checked:
            msg = f"{method.name} answered without checking whose data it touched"
            raise AssertionError(msg)
        if not method.access.reveals:
            masking.mask(message)
        answer = message.SerializeToString()
        if key:
            await idempotency.keep(call, key, answer)
        if method.audited:
            call.record(audit.record(call, raw, answer))
        if call.events:
            await outbox.write(call.db, call.events, source=self.house.name, trace=call.trace)
        return answer

    async def _allow(self, method: Method, call: Call, request: Message) -> None:
        access = method.access
        if method.target == "workload":
            call.over_own()
            return
        if access.sensitive and self._revocations.silent():
            raise RevocationFeedSilent
        if access.step_up_seconds and call.caller.kind == "person":
            age = (call.now - call.caller.signed_in_at).total_seconds()
            if age > access.step_up_seconds:
                raise StepUpRequired(max_age_seconds=access.step_up_seconds)
        await self._within_scope(method, call, request)

    async def _within_scope(self, method: Method, call: Call, request: Message) -> None:
        match method.target:
            case "subject":
                await self._over_subject(call, value_at(request, method.access.subject), method.access.subject)
            case "unit":
                named = value_at(request, method.access.unit)
                await call.over_unit(UUID(named) if named else None)
            case "whole":
                await call.over_unit(None)
            case "anyone":
                call.hold()
                call.over_own()
            case "caller":
                call.over_own()
            case _:  # filtered and loaded: the handler narrows or checks, and `checked` tells whether it did
                call.hold()

    async def _over_subject(self, call: Call, named: str, field: str) -> None:
        """The person named, or the caller when nobody is; other systems are nobody and must name somebody."""
        subject = UUID(named) if named else call.caller.employee_id
        if subject is None:
            call.hold()
            raise RequestUnreadable(detail=field)
        await call.over_person(subject)
        if call.method and call.method.access.not_self and subject == call.caller.employee_id:
            raise OwnRecord

    async def _audit_failure(self, call: Call, raw: bytes, fault: Fault) -> None:
        """Records a refusal, or a failed attempt at something always audited, in a transaction of its own."""
        method = call.method
        if method is None or call.passport is None or isinstance(fault, Unauthenticated):
            return
        refused = isinstance(fault, Forbidden)
        if not refused and not method.audited:
            return
        record = audit.failure(call, raw, fault.reason, refused=refused)
        async with self.house.database.transaction() as session:
            await outbox.write(session, [record], source=self.house.name, trace=call.trace)
        await self._after_commit([record])


def _where(error: BaseException) -> str:
    """File and line an error came from."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else ""
