"""Traces and logs: spans cost nothing until there is somewhere to send them, log lines carry ids and never values.

    with span("mainstay.employees.v1.PeopleService/HirePerson", traceparent, kind=SERVER) as inner: ...

A span's name and attributes are names of the contract (methods, routes' templates, topics, reasons) and ids of facts.
docs/guides/observe.md lists them and says who may begin a trace.
"""

from __future__ import annotations

import atexit
import logging
import re
import sys
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from libs.kit.tls import Tls
from libs.kit.trace_file import TraceFile

SERVER, CLIENT, PRODUCER, CONSUMER = SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER
Attributes = Mapping[str, str | int | Sequence[str]]

# A span waits at most this long for its batch; a batch that the collector does not take in time is given up. Spans
# beyond the queue are dropped: a dead collector costs spans, never calls.
_BATCH_MILLISECONDS = 500
_QUEUE = 8192
_EXPORT_SECONDS = 5
_FLUSH_SECONDS = 3.0
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


class _State:
    tracer: trace.Tracer | None = None
    provider: TracerProvider | None = None


def configure(
    service: str,
    endpoint: str = "",
    exporter: SpanExporter | None = None,
    *,
    file: Path | None = None,
    tls: Tls | None = None,
    ratio: float = 1.0,
) -> None:
    """Begins to send spans: to an OTLP/gRPC endpoint, to a file, to a given exporter. Without any, none are made.

    `endpoint` is host:port, or an https:// address to speak TLS with, showing `tls`'s certificate when there is one.
    `ratio` of the traces that begin here are kept; one that began elsewhere is kept if it was kept there.
    """
    exporters = [exporter] if exporter is not None else []
    if endpoint:
        exporters.append(_otlp(endpoint, tls))
    if file is not None:
        exporters.append(TraceFile(file))
    if not exporters:
        return
    if _State.provider is None:
        atexit.register(shutdown)
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"mainstay-{service}", "service.namespace": "mainstay"}),
        sampler=ParentBasedTraceIdRatio(ratio),
        shutdown_on_exit=False,
    )
    for one in exporters:
        batched = BatchSpanProcessor(one, max_queue_size=_QUEUE, schedule_delay_millis=_BATCH_MILLISECONDS)
        provider.add_span_processor(batched)
    _State.provider, _State.tracer = provider, provider.get_tracer("mainstay")


def shutdown() -> None:
    """Sends what is still held, for three seconds at most, and makes no more spans."""
    provider, _State.provider, _State.tracer = _State.provider, None, None
    if provider is None:
        return
    # Beside, because the processor's own limit is thirty seconds of a dead collector.
    sending = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
    sending.start()
    sending.join(_FLUSH_SECONDS)


class _Otlp(SpanExporter):
    """By TLS, showing this process's certificate. An exporter keeps what it began with, renewed files take another."""

    def __init__(self, endpoint: str, tls: Tls) -> None:
        self._endpoint = endpoint
        self._credentials = tls.client()
        self._open()

    def _open(self) -> None:
        self._shown = self._credentials.now()
        self._exporter = OTLPSpanExporter(endpoint=self._endpoint, credentials=self._shown, timeout=_EXPORT_SECONDS)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._credentials.now() is not self._shown:
            self._exporter.shutdown()
            self._open()
        return self._exporter.export(spans)

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _otlp(endpoint: str, tls: Tls | None) -> SpanExporter:
    if not endpoint.startswith("https://"):
        return OTLPSpanExporter(endpoint=endpoint, insecure=True, timeout=_EXPORT_SECONDS)
    return _Otlp(endpoint, tls) if tls else OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_SECONDS)


@contextmanager
def span(
    name: str,
    parent: str = "",
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    link: str = "",
    began: int | None = None,
) -> Iterator[str]:
    """A span around a piece of work; gives the `traceparent` that work passed on should carry.

    Without a `parent` it goes below the span around it, or begins a trace. `link` is the traceparent of what led to it
    in another trace, `began` when it really began, in nanoseconds since 1970. An error with a `reason` leaves its
    reason in `error.type`, any other its class.
    """
    if _State.tracer is None:
        yield parent
        return
    # An exception's text and the frames below it quote values: a failed span says the reason, the log says where.
    with _State.tracer.start_as_current_span(
        name,
        context=_PROPAGATOR.extract({"traceparent": parent}) if parent else None,
        kind=kind,
        attributes=attributes,
        links=[Link(origin)] if (origin := _origin(link)) else (),
        start_time=began,
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield _traceparent(made)
        except BaseException as error:
            _fail(made, str(getattr(error, "reason", "") or type(error).__name__))
            raise


def rpc(name: str, service: str) -> dict[str, str]:
    """The attributes of a call of `package.Service/Method` in or towards a service."""
    package, _, method = name.partition("/")
    return {"rpc.system": "grpc", "rpc.service": package, "rpc.method": method, "mainstay.service": service}


def messaging(operation: str, topic: str, service: str, event_id: UUID) -> dict[str, str]:
    """The attributes of an event being sent or handled by a service."""
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.destination.name": topic,
        "messaging.message.id": str(event_id),
        "mainstay.service": service,
    }


def note(**attributes: str | int) -> None:
    """Adds to the span around, where there is one; two underscores stand for a dot: `http__route=…`."""
    if _State.tracer is not None:
        around = trace.get_current_span()
        for name, value in attributes.items():
            around.set_attribute(name.replace("__", "."), value)


def failed(reason: str) -> None:
    """Says of the span around that it failed, where the error does not come through it."""
    if _State.tracer is not None:
        _fail(trace.get_current_span(), reason)


def _fail(made: trace.Span, reason: str) -> None:
    made.set_attribute("error.type", reason)
    made.set_status(trace.StatusCode.ERROR, reason)


def current() -> str:
    """The traceparent of the span around; empty without one."""
    return _traceparent(trace.get_current_span()) if _State.tracer is not None else ""


def accepted(given: str) -> str:
    """A traceparent from outside if it is one, empty otherwise: nothing else may travel on in its place."""
    return given if _TRACEPARENT.match(given) else ""


def ids_of(traceparent: str) -> dict[str, str]:
    """What a log line says of a trace it is not written in."""
    return {"trace_id": traceparent.split("-")[1]} if accepted(traceparent) else {}


def _origin(given: str) -> trace.SpanContext | None:
    if not given:
        return None
    found = trace.get_current_span(_PROPAGATOR.extract({"traceparent": given})).get_span_context()
    return found if found.is_valid else None


def _traceparent(made: trace.Span) -> str:
    context = made.get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _with_ids(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A log line carries the ids of the span it was written in."""
    if _State.tracer is not None:
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event["trace_id"], event["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return event


def configure_logs(level: str = "info", service: str = "") -> None:
    """JSON lines on standard error, each naming the service when one is given."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _with_ids,
            partial(_named, service),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)


def _named(service: str, _logger: Any, _method: str, event: Any) -> Any:
    if service:
        event.setdefault("service", service)
    return event


# Theirs tell of addresses, topics and error classes.
_HARMLESS = ("aiokafka",)


# What a library goes on saying of the same thing, as each of its connections to a broker that is away, is said once in
# so many seconds.
_AGAIN_SECONDS = 30.0
# Of those that put what they tell of into the words themselves.
_REMEMBERED = 1_000
Said = tuple[str, int, str, str]


class _Libraries(logging.Handler):
    """What libraries log, as lines like ours. Without what most of them fill in: that may quote anything.

    `unsaid` counts the lines of the same words, level and error that were left out since the last one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[Said, float] = {}
        self._unsaid: Tally[Said] = Tally()

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        what = (record.name, record.levelno, str(record.msg), error)
        now = time.monotonic()
        if now - self._said_at.get(what, float("-inf")) < _AGAIN_SECONDS:
            self._unsaid[what] += 1
            return
        if len(self._said_at) >= _REMEMBERED:
            self._said_at.clear()
            self._unsaid.clear()
        self._said_at[what] = now
        about: dict[str, Any] = {"error": error} if error else {}
        if unsaid := self._unsaid.pop(what, 0):
            about["unsaid"] = unsaid
        said = record.getMessage() if record.name.partition(".")[0] in _HARMLESS else str(record.msg)
        structlog.get_logger().log(record.levelno, said, library=record.name, **about)
