"""Kafka: reached with the certificate of `admin`, and every topic of the contract as it is to be."""

from __future__ import annotations

import asyncio

from libs.kit.bus import BusUnavailable
from libs.kit.bus.kafka_admin import admin
from libs.kit.bus.topics import TopicSettings, compare, plans
from libs.kit.checks.findings import Finding

_SECONDS = 30


async def bus(settings: TopicSettings) -> list[Finding]:
    where = settings.bus_url.removeprefix("kafka://")
    wanted = plans(settings.bus_replication)
    try:
        async with asyncio.timeout(_SECONDS), admin(settings.cluster) as cluster:
            found = await compare(cluster, wanted)
    except (BusUnavailable, TimeoutError, OSError) as error:
        return [
            Finding(
                "Kafka",
                f"{where} cannot be had: {error or type(error).__name__}",
                "correct kafka.bootstrap; let brokers trust the authority of `tls` and CN=admin as a super user; "
                "name theirs with kafka.authority; see networkPolicy.outside.kafka",
            )
        ]
    if not found:
        return [Finding("Kafka", f"{len(wanted)} topics at {where}, as planned")]
    cure = "see the log of the Job topics; helm upgrade runs it again"
    return [Finding(f"topic {one.topic.name}", one.said, cure) for one in found]
