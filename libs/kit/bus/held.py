"""What a bus still holds: asked before a restore, which records of another time would mix with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import asyncpg

from libs.kit.bus import BusUnavailable
from libs.kit.bus.kafka_admin import admin
from libs.kit.bus.kafka_readers import asker
from libs.kit.bus.kafka_wire import Cluster, Kept, places, stopped, translated
from libs.kit.bus.opening import KAFKA
from libs.kit.bus.topics import plans
from libs.kit.tls import Tls

_CLIENT = "mainstay-held"
# Of some hundred partitions, perhaps of topics that were made a moment ago and have their leaders in another one.
_ASK_SECONDS = 20.0
_LOG = "SELECT to_regclass('public.bus_log') IS NOT NULL"
_COUNTS = "SELECT topic, count(*) AS records FROM bus_log WHERE topic = ANY ($1::text[]) GROUP BY topic"


async def held(url: str, tls: Tls | None = None) -> dict[str, int]:
    """Records in the contract's topics and their dead-letter topics, by topic; those without any are left out.

    Kafka tells where a topic begins and ends, so what was compacted in between counts too. Raises BusUnavailable.
    """
    names = [one.name for one in plans()]
    if url.startswith(KAFKA):
        return await _on_kafka(Cluster(url.removeprefix(KAFKA), _CLIENT, tls.context() if tls else None), names)
    return await _in_process(url, names)


async def _on_kafka(cluster: Cluster, names: Sequence[str]) -> dict[str, int]:
    async with admin(cluster) as asked:
        there = await asked.describe(names)
    mine = places({name: Kept(one.state, one.partitions) for name, one in there.items()})
    if not mine:
        return {}
    consumer = await asker(cluster)
    try:
        async with translated(_ASK_SECONDS):
            begins, ends = await consumer.beginning_offsets(mine), await consumer.end_offsets(mine)
    finally:
        await stopped(consumer)
    counted = Counter[str]()
    for place in mine:
        counted[place.topic] += ends[place] - begins[place]
    return {name: records for name, records in sorted(counted.items()) if records}


async def _in_process(url: str, names: Sequence[str]) -> dict[str, int]:
    try:
        connection = await asyncpg.connect(url, timeout=15)
        try:
            rows = await connection.fetch(_COUNTS, names) if await connection.fetchval(_LOG) else []
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise BusUnavailable(type(error).__name__) from error
    return {row["topic"]: row["records"] for row in sorted(rows)}
