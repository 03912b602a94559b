"""Traces and logs. Spans cost nothing until an endpoint is set; log lines are JSON and carry ids, never values."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


class _State:
    tracer: trace.Tracer | None = None


def configure(service: str, endpoint: str = "", exporter: SpanExporter | None = None) -> None:
    """Begins to send spans to an OTLP/gRPC endpoint or to a given exporter. Without either, spans are not made."""
    if not endpoint and exporter is None:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"mainstay-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=endpoint, insecure=True)))
    _State.tracer = provider.get_tracer("mainstay")


@contextmanager
def span(name: str, parent: str = "") -> Iterator[str]:
    """A span around a piece of work; gives the `traceparent` that work passed on should carry."""
    if _State.tracer is None:
        yield parent
        return
    context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    # An exception's text and the frames below it quote values: a failed span says that it failed, the log says where.
    with _State.tracer.start_as_current_span(
        name, context=context, record_exception=False, set_status_on_exception=False
    ) as made:
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        try:
            yield carrier.get("traceparent", "")
        except BaseException:
            made.set_status(trace.StatusCode.ERROR)
            raise


def configure_logs(level: str = "info") -> None:
    """JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
