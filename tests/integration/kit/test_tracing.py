"""Events and deadlines go on in the trace of the call that led to them, and so do their log lines."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import structlog
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.kit import deadlines, outbox, telemetry
from libs.kit.bus.local import LocalBus
from libs.kit.clock import SystemClock
from libs.kit.consumer import Consumer
from libs.kit.database import Database
from libs.kit.deadlines import Deadline
from libs.kit.deadlines.worker import DeadlineWorker
from libs.kit.relay import Relay
from libs.kit.telemetry import span
from mainstay.employees.v1.events_pb2 import EmployeeHired

TOPIC = "employees.lifecycle"


class Unit:
    """What a handler is given, as far as tracing goes."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.trace = ""


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    telemetry.configure("kit", exporter=exporter)
    yield exporter
    telemetry.shutdown()


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    text = io.StringIO()
    telemetry.configure_logs("info")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(text), cache_logger_on_first_use=False)
    yield text
    structlog.reset_defaults()


def named(exporter: InMemorySpanExporter, name: str) -> list[Any]:
    assert telemetry._State.provider is not None
    telemetry._State.provider.force_flush()
    return [one for one in exporter.get_finished_spans() if one.name == name]


async def test_each_event_of_a_batch_is_handled_in_the_trace_that_recorded_it(
    kit_database: Database, local_bus: LocalBus, spans: InMemorySpanExporter, said: io.StringIO
) -> None:
    traces = {}
    for number in range(3):
        with span(f"call {number}") as trace:
            traces[str(number)] = trace
            event = EmployeeHired(employee_id=str(uuid4()), number=str(number))
            async with kit_database.transaction() as session:
                await outbox.write(session, [event], source="employees", trace=trace)
    handled: dict[str, str] = {}

    async def handle(call: Unit, event: EmployeeHired) -> None:
        structlog.get_logger().info("in the handler", number=event.number)
        handled[event.number] = call.trace
        if event.number == "2":
            raise ValueError(event.number)

    @asynccontextmanager
    async def unit(*, request_id: str = "", trace: str = "") -> AsyncIterator[Unit]:
        async with kit_database.transaction() as session:
            yield Unit(session)

    await local_bus.ensure_topics({TOPIC: False})
    relay = Relay(kit_database, local_bus, SystemClock(), service="employees")
    await relay.start()
    assert await relay.flush(5)
    await relay.stop()
    consumer = Consumer(kit_database, local_bus, "tracing", {EmployeeHired: handle}, unit, back_off=(0.05,))
    await consumer.start()
    async with asyncio.timeout(10):
        # Nobody tells when a line is written.
        while "event failed" not in said.getvalue() or len(handled) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await consumer.stop()

    published = {one.context.span_id: one for one in named(spans, f"publish {TOPIC}")}
    effects = named(spans, f"process {TOPIC}")
    assert len(published) == 3
    for key, trace in traces.items():
        assert handled[key].split("-")[1] == trace.split("-")[1]
        (one,) = {one for one in effects if f"{one.context.span_id:016x}" == handled[key].split("-")[2]}
        above = published[one.parent.span_id]
        assert f"{above.parent.span_id:016x}" == trace.split("-")[2]
        assert above.attributes["messaging.message.id"] == one.attributes["messaging.message.id"]
    assert {one.status.description for one in effects} == {None, "ValueError"}
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    for line in lines:
        if line["event"] == "in the handler":
            assert line["trace_id"] == traces[line["number"]].split("-")[1]
            assert line["span_id"]
            assert len(line["request_id"]) == 32
            assert line["consumer"] == "tracing"
        elif line["event"] == "event failed":
            assert line["trace_id"] == traces["2"].split("-")[1]


async def test_a_deadline_has_a_trace_of_its_own_that_links_the_call_that_scheduled_it(
    kit_database: Database, spans: InMemorySpanExporter
) -> None:
    done = asyncio.Event()
    given: list[str] = []

    async def job(call: Unit, deadline: Deadline) -> None:
        given.append(call.trace)
        done.set()

    @asynccontextmanager
    async def unit(*, request_id: str = "", trace: str = "") -> AsyncIterator[Unit]:
        async with kit_database.transaction() as session:
            yield Unit(session)

    with span("call") as scheduling:
        async with kit_database.transaction() as session:
            await deadlines.schedule(session, "kit.traced", "one", datetime.now(UTC))
    worker = DeadlineWorker(kit_database, SystemClock(), {"kit.traced": job}, unit, service="kit")
    await worker.start()
    await asyncio.wait_for(done.wait(), 10)
    await worker.stop()
    (made,) = named(spans, "deadline kit.traced")
    assert made.parent is None
    assert [f"{one.context.span_id:016x}" for one in made.links] == [scheduling.split("-")[2]]
    assert given[0].split("-")[2] == f"{made.context.span_id:016x}"
