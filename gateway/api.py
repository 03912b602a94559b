"""`/v1`: a JSON call becomes a call of the contract. The hot path: plain ASGI, bytes forwarded, no object per field."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from gateway.callers import Caller, Callers, Headers
from gateway.calls import Calls, trace_of
from gateway.limits import Limits
from gateway.metrics import HTTP_FAILURES, HTTP_SECONDS
from gateway.problems import BodyTooSlow, Problem, problem_of
from gateway.routes import Route, Routes
from gateway.settings import GatewaySettings
from gateway.transcode import Unreadable, Wrong
from gateway.visits import Pairs, Receive, Scope, Send, Visit
from libs.kit.errors import CsrfHeaderMissing, Fault, RequestTooLarge
from libs.kit.rpc.status import Failed, fault_of
from libs.kit.telemetry import SERVER, failed, note, span

log = structlog.get_logger()


class Gone(Exception):
    """The caller hung up before the request was complete."""


class Api:
    def __init__(
        self,
        settings: GatewaySettings,
        routes: Routes,
        *,
        callers: Callers,
        calls: Calls,
        limits: Limits,
        headers: Pairs,
    ) -> None:
        self._routes = routes
        self._callers = callers
        self._calls = calls
        self._limits = limits
        self._headers = headers
        self._good: Pairs = [*headers, (b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        self._body_limit = settings.body_limit
        self._body_seconds = settings.body_seconds
        self._seconds = settings.timeout_seconds
        self._timers: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        # The span begins once it is known who calls, and ends when the failure, if any, is told.
        with ExitStack() as around:
            around.enter_context(bound_contextvars(request_id=visit.request_id))
            await self._serve(scope, receive, send, visit, around)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, visit: Visit, around: ExitStack) -> None:
        started = time.perf_counter()
        route: Route | None = None
        try:
            route, values = self._routes.find(scope["method"], scope["raw_path"])
            body = await self._answer(route, values, scope, receive, visit, around)
            status, headers = 200, self._good
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is becomes a problem that keeps its text to itself
            problem = problem_for(error, visit)
            status, body, headers = problem.status, problem.body, [*self._headers, *problem.headers]
            tell(problem, scope["method"], route.template if route else "", visit)
            HTTP_FAILURES.labels(*_key(route, status), problem.reason).inc()
            failed(problem.reason)
        note(http__response__status_code=status)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    *headers,
                    (b"x-request-id", visit.request_id.encode()),
                    (b"content-length", b"%d" % len(body)),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})
        self._time(route, status, time.perf_counter() - started)

    async def _answer(  # noqa: PLR0917 - as `_serve` found it
        self, route: Route, values: list[bytes], scope: Scope, receive: Receive, visit: Visit, around: ExitStack
    ) -> bytes:
        headers, began = visit.headers, time.time_ns()
        caller = self._callers.remembered(headers)
        if caller is None:
            caller = await found_within_limits(self._callers, self._limits, headers, visit.address)
        about = {"http.request.method": route.verb, "http.route": route.template, "mainstay.service": "gateway"}
        name = f"{route.verb} {route.template}"
        trace = around.enter_context(span(name, trace_of(caller, headers), kind=SERVER, attributes=about, began=began))
        self._limits.known(caller.principal)
        body = b""
        if scope["method"] != "GET":
            if caller.session is not None and headers.get(b"x-mainstay") != b"portal":
                raise CsrfHeaderMissing
            body = await read_body(
                receive, headers.get(b"content-length"), self._body_limit, seconds=self._body_seconds
            )
            if body and not headers.get(b"content-type", b"").lower().startswith(b"application/json"):
                raise Unreadable(Wrong("", "media_type"))
        elif headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            raise Unreadable(Wrong("", "no_body"))
        raw = route.encode(values, scope["query_string"], body)
        answer = await self._calls.call(
            route.method,
            raw,
            caller,
            request_id=visit.request_id,
            language=visit.language,
            trace=trace,
            seconds=seconds_of(headers.get(b"x-timeout-ms"), self._seconds),
        )
        return route.response.to_json(answer)

    def _time(self, route: Route | None, status: int, seconds: float) -> None:
        key = _key(route, status)
        timer = self._timers.get(key)
        if timer is None:
            timer = self._timers[key] = HTTP_SECONDS.labels(*key)
        timer.observe(seconds)


def _key(route: Route | None, status: int) -> tuple[str, str, int]:
    """A call as metrics name it."""
    return (route.template, route.verb, status) if route else ("other", "other", status)


async def found_within_limits(
    callers: Callers, limits: Limits, headers: Headers, address: str, *, use: bool = True
) -> Caller:
    """Looks a credential up that is not known from a moment ago. Raises SignInRequired or RateLimited.

    Counted as a stranger's before it is looked at: guessing costs the guesser's allowance and not our database.
    """
    if callers.acquainted(headers):
        return await callers.find(headers, use=use)
    limits.stranger(address)
    caller = await callers.find(headers, use=use)
    limits.no_stranger(address)
    return caller


def problem_for(error: Exception, visit: Visit) -> Problem:
    """Any failure as a problem; one that nobody foresaw leaves a log line with its class and place."""
    if isinstance(error, Fault | Failed | Unreadable | BodyTooSlow):
        return problem_of(error, visit.spoken, visit.request_id)
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename.rpartition('/')[2]}:{where.tb_lineno}" if where else ""
    log.error("front door failed", request_id=visit.request_id, error=type(error).__name__, where=place)
    return problem_of(fault_of(error, visit.request_id), visit.spoken, visit.request_id)


def tell(problem: Problem, verb: str, template: str, visit: Visit) -> None:
    """The access log: failures only, with the route's template and never the address itself."""
    say = log.warning if problem.status >= 500 else log.info
    say(
        "problem",
        method=verb,
        route=template,
        status=problem.status,
        reason=problem.reason,
        request_id=visit.request_id,
    )


def seconds_of(asked: bytes | None, most: float) -> float:
    """The deadline: the house's own, or less where the caller asks for less."""
    if asked is None or not asked.isdigit() or len(asked) > 9:
        return most
    return min(most, max(1, int(asked)) / 1000)


async def read_body(receive: Receive, length: bytes | None, limit: int, *, seconds: float) -> bytes:
    """The whole body. Raises RequestTooLarge as soon as that is clear, Gone when the caller hangs up.

    Raises BodyTooSlow when it is not here in time: whoever sends a byte a minute would hold a connection for ever.
    """
    if length is not None and length.isdigit() and int(length) > limit:
        raise RequestTooLarge(limit_bytes=limit)
    try:
        async with asyncio.timeout(seconds):
            return await _whole(receive, limit)
    except TimeoutError:
        raise BodyTooSlow(seconds=seconds) from None


async def _whole(receive: Receive, limit: int) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise RequestTooLarge(limit_bytes=limit)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)
