"""Facts recorded with the change they tell of: rows of the same transaction, published later by `libs.kit.relay`."""

from __future__ import annotations

import zlib
from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from prometheus_client import Counter
from sqlalchemy import DateTime, Integer, LargeBinary, String, Uuid, bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import contract
from libs.kit.database import Session, prepared
from libs.kit.ids import uuid7
from libs.kit.tables import outbox

# How many relays can work side by side; a shard's events are published by one at a time, in order.
SHARDS = 8
COLUMNS = ("event_id", "topic", "key", "shard", "type", "source", "value", "trace")
Record = tuple[UUID, str, str, int, str, str, bytes, str]

_RECORDED = Counter(
    "mainstay_outbox_recorded_total", "Events written to the outbox, committed or not", ["service", "type"]
)
_TYPES = (Uuid, String, String, Integer, String, String, LargeBinary, String)
_GIVEN = (
    func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in zip(COLUMNS, _TYPES, strict=True)))
    .table_valued(*(column(name, kind) for name, kind in zip(COLUMNS, _TYPES, strict=True)), with_ordinality="place")
    .render_derived(name="given")
)
_WRITE = prepared(
    insert(outbox).from_select(
        [*COLUMNS, "recorded_at"],
        select(
            *(_GIVEN.c[name] for name in COLUMNS),
            func.coalesce(bindparam("at", type_=DateTime(timezone=True)), func.now()),
        ).order_by(_GIVEN.c.place),
        include_defaults=False,
    )
)


async def write(
    session: Session,
    events: Sequence[Message],
    *,
    source: str,
    trace: str | Sequence[str],
    at: datetime | None = None,
) -> None:
    """Records events as the last thing of a unit of work. `at` is when they happened: now by the database when None.

    `trace` is the traceparent of what recorded them: one for all, or one for each.

    Last, because the row's id is taken here, and the relay publishes by id: only when the id is taken after the locks
    on the rows the events tell of does a key's order of ids equal its order of commits. (A relay that read on from the
    highest id it had seen lost 30 % of rows under 32 writers, because ids do not commit in order; see
    `libs.kit.relay` for what it does instead.)
    """
    if not events:
        return
    columns = zip(*records(events, source=source, trace=trace), strict=True)
    values = {name: list(values) for name, values in zip(COLUMNS, columns, strict=True)}
    await session.run(_WRITE, **values, at=at)


def records(events: Sequence[Message], *, source: str, trace: str | Sequence[str]) -> list[Record]:
    """Rows of `COLUMNS` to COPY into the outbox, for thousands of events at once; the rule of `write` holds."""
    traces = [trace] * len(events) if isinstance(trace, str) else trace
    rows = [_record(event, source, one) for event, one in zip(events, traces, strict=True)]
    for kind, count in Tally(row[4] for row in rows).items():
        _RECORDED.labels(source, kind).inc(count)
    return rows


def shard_of(topic: str, key: str, *, state: bool) -> int:
    """The same in every process and release. A state topic keeps one order over all its keys, so it has one shard."""
    return zlib.crc32((topic if state else key).encode()) % SHARDS


def _record(event: Any, source: str, trace: str) -> Record:
    kind = contract.event_of(event)
    key = str(contract.value_at(event, kind.key))
    shard = shard_of(kind.topic, key, state=kind.state)
    return (uuid7(), kind.topic, key, shard, kind.name, source, event.SerializeToString(), trace)
