"""Spans as JSON lines in a file: for tests, and for looking at traces where no collector runs.

    {"trace_id": …, "span_id": …, "parent_id": …, "name": …, "kind": "server", "service": "mainstay-employees",
     "began": "2026-11-23T03:02:23.123456Z", "seconds": 0.0123, "status": "error", "reason": "OUT_OF_SCOPE",
     "attributes": {…}, "links": [{"trace_id": …, "span_id": …}]}

Many processes may write to one file. It is not rotated: at its limit nothing more is written until it is removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode

LARGEST_BYTES = 256 * 1024 * 1024
log = structlog.get_logger()


class TraceFile(SpanExporter):
    """Appends to `path`, which is made when the first spans come; `largest` is the size in bytes it stays below."""

    def __init__(self, path: Path, *, largest: int = LARGEST_BYTES) -> None:
        self._path = path
        self._largest = largest
        self._full = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(json.dumps(_line(span), ensure_ascii=False) + "\n" for span in spans).encode()
        try:
            written = self._append(lines)
        except OSError as error:
            log.warning("spans not written", error=type(error).__name__)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if written else SpanExportResult.FAILURE

    def _append(self, lines: bytes) -> bool:
        # Opened anew each time, so that a file moved away or removed is begun again. One write of whole lines to a
        # file in append mode: those of other processes never come between.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            full = os.fstat(file).st_size + len(lines) > self._largest
            if not full:
                os.write(file, lines)
            elif not self._full:
                log.warning("trace file is full, spans are dropped", largest_bytes=self._largest)
            self._full = full
        finally:
            os.close(file)
        return not full

    def shutdown(self) -> None:
        return None

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Everything exported is in the file already."""
        del timeout_millis
        return True


def _line(span: ReadableSpan) -> dict[str, Any]:
    context: Any = span.get_span_context()
    began, ended = span.start_time or 0, span.end_time or 0
    found = {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else "",
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes.get("service.name", ""),
        "began": datetime.fromtimestamp(began / 1e9, UTC).isoformat().replace("+00:00", "Z"),
        "seconds": round((ended - began) / 1e9, 6),
        "status": "error" if span.status.status_code is StatusCode.ERROR else "ok",
        "attributes": dict(span.attributes or {}),
    }
    if span.status.description:
        found["reason"] = span.status.description
    if span.links:
        found["links"] = [
            {"trace_id": f"{one.context.trace_id:032x}", "span_id": f"{one.context.span_id:016x}"} for one in span.links
        ]
    return found
