"""Spans and log lines: what they carry, what they never carry, and that nobody waits for them."""

from __future__ import annotations

import io
import json
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
import structlog
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as wire_grpc
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.kit import telemetry
from libs.kit.errors import RouteNotFound
from libs.kit.telemetry import SERVER, accepted, current, note, span
from libs.kit.trace_file import TraceFile
from tests.support.certificates import renew
from tools.stack.certificates import Certificates

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_KEPT = PARENT[:-2] + "00"
TRACE, PARENT_ID = PARENT.split("-")[1:3]


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    telemetry.shutdown()
    structlog.reset_defaults()


@pytest.fixture
def made() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    telemetry.configure("unit", exporter=exporter)
    return exporter


def spans(made: InMemorySpanExporter) -> dict[str, Any]:
    assert telemetry._State.provider is not None
    telemetry._State.provider.force_flush()
    return {one.name: json.loads(one.to_json()) for one in made.get_finished_spans()}


def test_without_an_exporter_no_span_is_made_and_the_callers_trace_goes_on() -> None:
    with span("outer", PARENT) as outer, span("inner", outer) as inner:
        note(anything=1)
        assert (outer, inner, current()) == (PARENT, PARENT, "")
    with span("root") as root:
        assert not root


def test_a_span_goes_below_its_parent_and_gives_what_to_pass_on(made: InMemorySpanExporter) -> None:
    with span("outer", PARENT, kind=SERVER, attributes={"rpc.method": "Hire"}) as outer:
        assert current() == outer
        with span("inner") as inner:
            note(http__route="/v1/employees")
    found = spans(made)
    assert outer.startswith(f"00-{TRACE}-")
    assert inner.split("-")[2] == found["inner"]["context"]["span_id"][2:]
    assert found["outer"]["parent_id"] == f"0x{PARENT_ID}"
    assert found["inner"]["parent_id"] == found["outer"]["context"]["span_id"]
    assert found["outer"]["kind"] == "SpanKind.SERVER"
    assert found["outer"]["attributes"] == {"rpc.method": "Hire"}
    assert found["inner"]["attributes"] == {"http.route": "/v1/employees"}


def test_a_failed_span_says_the_reason_and_never_the_text(made: InMemorySpanExporter) -> None:
    with pytest.raises(RouteNotFound), span("refused"):
        raise RouteNotFound
    with pytest.raises(ValueError, match="王小明"), span("broken"):
        raise ValueError("王小明")
    found = spans(made)
    assert found["refused"]["status"] == {"status_code": "ERROR", "description": "ROUTE_NOT_FOUND"}
    assert found["broken"]["attributes"] == {"error.type": "ValueError"}
    assert not found["broken"]["events"]
    assert "王小明" not in json.dumps(found, ensure_ascii=False)


def test_a_failure_told_beside_the_error_marks_the_span(made: InMemorySpanExporter) -> None:
    with span("answered"):
        telemetry.failed("OUT_OF_SCOPE")
    assert spans(made)["answered"]["status"]["description"] == "OUT_OF_SCOPE"


def test_what_led_to_a_span_in_another_trace_is_linked(made: InMemorySpanExporter) -> None:
    with span("deadline", link=PARENT):
        pass
    with span("unlinked", link="nonsense"):
        pass
    found = spans(made)
    assert [one["context"]["trace_id"] for one in found["deadline"]["links"]] == [f"0x{TRACE}"]
    assert found["deadline"]["context"]["trace_id"] != f"0x{TRACE}"
    assert found["unlinked"]["links"] == []


def test_of_the_traces_that_begin_here_a_share_is_kept_and_of_others_what_was_kept_there() -> None:
    made = InMemorySpanExporter()
    telemetry.configure("unit", exporter=made, ratio=0)
    with span("begun here") as trace:
        # The flag says that it is not kept; the bit beside, that its id is random.
        assert not int(trace[-2:], 16) & 1
    with span("kept there", PARENT), span("below"):
        pass
    with span("not kept there", NOT_KEPT):
        pass
    assert set(spans(made)) == {"kept there", "below"}


@pytest.mark.parametrize("given", [PARENT, NOT_KEPT])
def test_a_traceparent_from_outside_is_taken(given: str) -> None:
    assert accepted(given) == given


@pytest.mark.parametrize(
    "given",
    ["", "王小明", PARENT + "-x", PARENT.upper(), PARENT.replace("4bf9", "zzzz"), f"00-{'0' * 32}-{PARENT_ID}-01"],
)
def test_anything_else_from_outside_is_not(given: str) -> None:
    assert not accepted(given)


def test_log_lines_carry_the_ids_of_their_span(made: InMemorySpanExporter) -> None:
    said = io.StringIO()
    telemetry.configure_logs()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(said), cache_logger_on_first_use=False)
    with structlog.contextvars.bound_contextvars(request_id="r-1"), span("call", PARENT) as trace:
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")
    inside, outside = map(json.loads, said.getvalue().splitlines())
    assert (inside["trace_id"], inside["span_id"], inside["request_id"]) == (*trace.split("-")[1:3], "r-1")
    assert not {"trace_id", "span_id", "request_id"} & outside.keys()


def test_the_file_has_a_line_for_each_span_within_a_second(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    telemetry.configure("unit", file=file)
    with span("outer", PARENT, kind=SERVER, link=PARENT), pytest.raises(RouteNotFound), span("inner"):
        raise RouteNotFound
    began = time.monotonic()
    while not file.exists() or len(file.read_text().splitlines()) < 2:
        assert time.monotonic() - began < 1.5
        time.sleep(0.05)
    inner, outer = map(json.loads, file.read_text().splitlines())
    assert (outer["trace_id"], outer["parent_id"], outer["kind"]) == (TRACE, PARENT_ID, "server")
    assert (inner["parent_id"], inner["status"], inner["reason"]) == (outer["span_id"], "error", "ROUTE_NOT_FOUND")
    assert outer["service"] == "mainstay-unit"
    assert outer["links"] == [{"trace_id": TRACE, "span_id": PARENT_ID}]


def test_the_last_spans_are_in_the_file_when_the_process_ends(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    telemetry.configure("unit", file=file)
    for _ in range(3000):
        with span("last"):
            pass
    telemetry.shutdown()
    assert len(file.read_text().splitlines()) == 3000


def test_a_full_file_takes_no_more_and_a_removed_one_is_begun_again(tmp_path: Path, made: InMemorySpanExporter) -> None:
    with span("one"):
        pass
    spans(made)
    file = TraceFile(tmp_path / "spans.jsonl", largest=1000)
    for _ in range(10):
        file.export(made.get_finished_spans())
    size = (tmp_path / "spans.jsonl").stat().st_size
    assert 0 < size <= 1000
    (tmp_path / "spans.jsonl").unlink()
    file.export(made.get_finished_spans())
    assert 0 < (tmp_path / "spans.jsonl").stat().st_size < size


class Collector(wire_grpc.TraceServiceServicer):
    def __init__(self) -> None:
        self.names: list[str] = []
        self.callers: list[Any] = []

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        self.callers.append(context.auth_context().get("x509_pem_cert"))
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.names += [one.name for one in scope.spans]
        return wire.ExportTraceServiceResponse()


def test_a_collector_is_sent_the_spans() -> None:
    server, collector = grpc.server(ThreadPoolExecutor(1)), Collector()
    wire_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]  # it ships none
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    telemetry.configure("unit", f"127.0.0.1:{port}")
    with span("sent"):
        pass
    telemetry.shutdown()
    server.stop(0).wait()
    assert collector.names == ["sent"]


def test_a_collector_is_shown_the_renewed_certificate(tmp_path: Path) -> None:
    server, collector = grpc.server(ThreadPoolExecutor(1)), Collector()
    wire_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]  # it ships none
    certificates = Certificates.in_folder(tmp_path)
    ours = certificates.of("unit")
    port = server.add_secure_port("127.0.0.1:0", certificates.of("localhost").server())
    server.start()
    telemetry.configure("unit", f"https://localhost:{port}", tls=ours)
    shown = []
    for name in ("first", "second", "third"):
        shown.append([ours.certificate.read_bytes()])
        with span(name):
            pass
        within = time.monotonic() + 10
        while name not in collector.names and time.monotonic() < within:
            time.sleep(0.02)
        if name != "second":
            renew(certificates, "unit")
    telemetry.shutdown()
    server.stop(0).wait()
    assert collector.callers == shown
    assert shown[0] != shown[1] == shown[2]


def test_a_collector_that_swallows_everything_holds_nobody_up() -> None:
    """It takes connections and never answers: the worst kind of dead."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        telemetry.configure("unit", f"127.0.0.1:{hole.getsockname()[1]}")
        took = []
        for _ in range(20_000):
            at = time.perf_counter()
            with span("lost", PARENT):
                pass
            took.append(time.perf_counter() - at)
        took.sort()
        middle, late = took[10_000] * 1e6, took[-20] * 1e3
        at = time.perf_counter()
        telemetry.shutdown()
        ending = time.perf_counter() - at
    print(f"\n  dead collector: {middle:.0f} µs a span, p99.9 {late:.1f} ms, ended in {ending:.1f} s")
    assert late < 100
    assert ending < 4


def test_what_a_span_costs() -> None:
    def cost() -> float:
        began = time.perf_counter()
        for _ in range(20_000):
            with span("call", PARENT, kind=SERVER, attributes=telemetry.rpc("a.b.C/D", "unit")):
                pass
        return (time.perf_counter() - began) / 20_000 * 1e6

    without = min(cost() for _ in range(3))
    telemetry.configure("unit", exporter=InMemorySpanExporter())
    with_spans = cost()
    print(f"\n  a span costs {without:.1f} µs without an exporter, {with_spans:.0f} µs with one")
    assert without < 20


def test_what_libraries_log_is_a_line_of_ours_without_what_they_quote(capfd: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logs(service="employees")
    logging.getLogger("aiokafka.client").warning("Unable to connect to %s", "127.0.0.1:8084")
    logging.getLogger("schemathesis").warning("Not what was said: %s", "13812345678")
    try:
        raise ValueError("13812345678")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(one["library"], one["event"], one.get("error")) for one in said] == [
        ("aiokafka.client", "Unable to connect to 127.0.0.1:8084", None),
        ("schemathesis", "Not what was said: %s", None),
        ("uvicorn.error", "Exception in ASGI application", "ValueError"),
    ]
    assert "13812345678" not in json.dumps(said)
    assert {one["service"] for one in said} == {"employees"}


def test_what_a_library_goes_on_saying_is_said_now_and_then_with_how_often(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As aiokafka does while a broker is away, a line for each try of each connection."""
    telemetry.configure_logs()
    monkeypatch.setattr(telemetry, "_AGAIN_SECONDS", 0.3)
    kafka = logging.getLogger("aiokafka.client")
    for port in range(50):
        kafka.error("Unable to connect to %s", f"127.0.0.1:{port}")
    kafka.error("Topic %s is not available", "employees.people")
    kafka.warning("Unable to connect to %s", "127.0.0.1:1")
    time.sleep(0.4)
    kafka.error("Unable to connect to %s", "127.0.0.1:2")
    kafka.error("Topic %s is not available", "employees.people")
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(one["level"], one["event"], one.get("unsaid")) for one in said] == [
        ("error", "Unable to connect to 127.0.0.1:0", None),
        ("error", "Topic employees.people is not available", None),
        ("warning", "Unable to connect to 127.0.0.1:1", None),
        ("error", "Unable to connect to 127.0.0.1:2", 49),
        ("error", "Topic employees.people is not available", None),
    ]


def test_words_that_are_never_the_same_are_forgotten(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    telemetry.configure_logs()
    monkeypatch.setattr(telemetry, "_REMEMBERED", 10)
    for number in range(35):
        logging.getLogger("aiokafka").error("connection %s lost", number)
        logging.getLogger("aiokafka").error(f"connection {number} lost")
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, telemetry._Libraries)
    assert len(handler._said_at) <= 10
    assert len(capfd.readouterr().err.splitlines()) > 35
