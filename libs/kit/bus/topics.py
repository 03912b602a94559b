"""Topics as code: every topic of the contract with its dead-letter topic, as Kafka is to have them.

python -m libs.kit.bus.topics apply    make what is missing, correct settings; never deletes, never shrinks
python -m libs.kit.bus.topics check    only say what `apply` would do

Reads MAINSTAY_BUS_URL, MAINSTAY_BUS_REPLICATION and the files of TLS. Ends with 0 when all is as it should be, 1 when
something is not (and cannot be corrected, or was only to be checked), 2 for wrong settings, 3 when Kafka cannot be had.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.kit import contract
from libs.kit.bus import BusUnavailable, dead_letter_topic
from libs.kit.bus.kafka_admin import CLUSTER_DEFAULT, Admin, Found, Plan, admin, plan
from libs.kit.bus.kafka_wire import Cluster
from libs.kit.settings import TlsSettings, load

_CLIENT = "mainstay-topics"


class TopicSettings(TlsSettings):
    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    bus_url: str = Field(pattern="^kafka://", description="kafka://host:port,host:port")
    bus_replication: int = Field(
        CLUSTER_DEFAULT, ge=-1, le=7, description="Copies of each message: 3 in production; -1: what the cluster does"
    )

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.bus_url.removeprefix("kafka://"), _CLIENT, self.bus_tls.context() if self.bus_tls else None)


@dataclass(frozen=True)
class Difference:
    """What is not as planned. `settings` are to be given to the topic; `made`: the topic is missing."""

    topic: Plan
    said: str
    made: bool = False
    settings: Mapping[str, str] | None = None


def plans(replication: int = CLUSTER_DEFAULT) -> list[Plan]:
    """Every topic of the contract and its dead-letter topic, by name."""
    facts = contract.topics()
    wanted = {**facts, **{dead_letter_topic(name): False for name in facts}}
    return [plan(name, state=state, replication=replication) for name, state in sorted(wanted.items())]


def differences(wanted: Plan, found: Found | None) -> Iterator[Difference]:
    if found is None:
        yield Difference(wanted, f"missing, {wanted.partitions} partitions", made=True)
        return
    if found.partitions != wanted.partitions:
        why = "to change it would send a key's later facts past its earlier ones"
        yield Difference(wanted, f"{found.partitions} partitions instead of {wanted.partitions}: {why}")
    if wanted.replication not in (CLUSTER_DEFAULT, found.replication):
        yield Difference(wanted, f"{found.replication} copies instead of {wanted.replication}: reassign its partitions")
    if found.settings is None:
        yield Difference(wanted, "its settings may not be read")
        return
    wrong = {name: value for name, value in wanted.settings.items() if found.settings.get(name) != value}
    if wrong:
        told = ", ".join(f"{name} {found.settings.get(name, 'unset')} -> {value}" for name, value in wrong.items())
        yield Difference(wanted, told, settings=wrong)


async def compare(cluster: Admin, wanted: Sequence[Plan]) -> list[Difference]:
    """Raises BusUnavailable."""
    there = await cluster.describe(one.name for one in wanted)
    return [one for topic in wanted for one in differences(topic, there.get(topic.name))]


async def apply(cluster: Admin, wanted: Sequence[Plan]) -> tuple[list[str], bool]:
    """Makes and corrects. A line for each thing done or not done, and whether all is as planned now.

    Raises BusUnavailable.
    """
    found = await compare(cluster, wanted)
    refused = await cluster.create([one.topic for one in found if one.made])
    lines = []
    whole = True
    for one in found:
        if one.made:
            why = refused.get(one.topic.name, "")
        elif one.settings is not None:
            why = await cluster.alter(one.topic.name, one.settings)
        else:
            why = "left as it is"
        whole &= not why
        lines.append(f"{one.topic.name}: {one.said}: {why or ('made' if one.made else 'corrected')}")
    return lines, whole


async def _run(command: str, settings: TopicSettings) -> int:
    wanted = plans(settings.bus_replication)
    async with admin(settings.cluster) as cluster:
        if command == "check":
            lines = [f"{one.topic.name}: {one.said}" for one in await compare(cluster, wanted)]
            whole = not lines
        else:
            lines, whole = await apply(cluster, wanted)
    state = "as planned" if whole else "not all as planned"
    print("\n".join([*lines, f"{len(wanted)} topics, {state}"]))  # noqa: T201 - what the command is for
    return 0 if whole else 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m libs.kit.bus.topics", description="Kafka's topics as code")
    parser.add_argument("command", choices=["apply", "check"])
    arguments = parser.parse_args()
    settings = load(TopicSettings)
    try:
        ended = asyncio.run(_run(arguments.command, settings))
    except BusUnavailable as error:
        print(f"Kafka at {settings.bus_url} cannot be had: {error}", file=sys.stderr)  # noqa: T201 - as above
        ended = 3
    sys.exit(ended)


if __name__ == "__main__":
    main()
