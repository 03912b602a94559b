"""What every bus promises: one class of tests for the in-process bus and for Kafka. Modules give what it runs on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from libs.kit.bus import Bus, Consumption, Message, UnknownTopic
from libs.kit.consumer import Consumer
from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.replay import replay
from libs.kit.tables import parked_keys
from mainstay.employees.v1.events_pb2 import EmployeeHired
from tests.support.units import Unit, units

# Opens the bus as a process that begins now has it; one at a time.
OpenProcess: TypeAlias = Callable[[], AbstractAsyncContextManager[Bus]]


def message(topic: str, key: str, number: int = 0, **given: object) -> Message:
    made = {
        "topic": topic,
        "key": key,
        "value": str(number).encode(),
        "event_id": uuid7(),
        "type": "mainstay.test.v1.Happened",
        "source": "test",
        "time": datetime(2026, 3, 1, 8, 30, 0, 123456, UTC),
    }
    return Message(**{**made, **given})  # type: ignore[arg-type]


def numbers(messages: Sequence[Message]) -> dict[str, list[int]]:
    """The numbers each key brought, in order of arrival."""
    found = defaultdict[str, list[int]](list)
    for one in messages:
        found[one.key].append(int(one.value))
    return dict(found)


class BusConformance:
    # How long, in seconds, something that must come may take; a real broker needs longer to rebalance.
    patience = 5.0
    # How long something that must not come is waited for.
    silence = 0.3

    @pytest.fixture
    async def topic(self, bus: Bus) -> str:
        name = f"test.facts-{uuid4().hex[:8]}"
        await bus.ensure_topics({name: False})
        return name

    @pytest.fixture
    async def state_topic(self, bus: Bus) -> str:
        name = f"test.state-{uuid4().hex[:8]}"
        await bus.ensure_topics({name: True})
        return name

    async def taken(self, member: Consumption, count: int, *, commit: bool = True) -> list[Message]:
        """At least `count` messages, batch by batch."""
        found: list[Message] = []
        async with asyncio.timeout(self.patience):
            while len(found) < count:
                batch = await member.take(self.patience)
                if batch is not None:
                    found.extend(batch.messages)
                    if commit:
                        await batch.commit()
        return found

    async def test_what_is_published_arrives_whole(self, bus: Bus, topic: str) -> None:
        sent = message(
            topic,
            "k-人",
            7,
            trace="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            extra={"consumer": "talent", "why": "不行"},
            value=bytes(range(256)),
        )
        await bus.publish([sent])
        async with bus.consume([topic], "whole") as member:
            assert await self.taken(member, 1) == [sent]

    async def test_a_key_keeps_its_order(self, bus: Bus, topic: str) -> None:
        async with bus.consume([topic], "order") as member:
            for start in range(0, 300, 50):
                batch = [message(topic, f"k{key}", number) for number in range(start, start + 50) for key in range(5)]
                await bus.publish(batch)
            found = numbers(await self.taken(member, 1500))
        assert found == {f"k{key}": list(range(300)) for key in range(5)}

    async def test_a_large_batch_arrives_in_order(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, f"k{number % 7}", number) for number in range(20_000)])
        async with bus.consume([topic], "large", batch=1000) as member:
            found = numbers(await self.taken(member, 20_000))
        assert found == {f"k{key}": list(range(key, 20_000, 7)) for key in range(7)}

    async def test_what_was_not_committed_comes_again(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, "k", number) for number in range(3)])
        async with bus.consume([topic], "again") as member:
            await self.taken(member, 3, commit=False)
        async with bus.consume([topic], "again") as member:
            assert numbers(await self.taken(member, 3)) == {"k": [0, 1, 2]}
        async with bus.consume([topic], "again") as member:
            assert await member.take(self.silence) is None

    async def test_a_member_goes_on_without_committing(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, "k", number) for number in range(50)])
        async with bus.consume([topic], "on", batch=10) as member:
            assert numbers(await self.taken(member, 50, commit=False)) == {"k": list(range(50))}

    async def test_a_later_commit_covers_what_was_taken_before(self, bus: Bus, topic: str) -> None:
        async with bus.consume([topic], "covers") as member:
            batches = []
            for number in range(5):
                await bus.publish([message(topic, f"k{number}", number)])
                batches.append(await member.take(self.patience))
            for batch in (batches[-1], batches[0]):
                assert batch is not None
                await batch.commit()
        async with bus.consume([topic], "covers") as member:
            assert await member.take(self.silence) is None

    async def test_groups_do_not_see_each_other(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, "k", 1)])
        for group in ("one", "other"):
            async with bus.consume([topic], group) as member:
                assert numbers(await self.taken(member, 1)) == {"k": [1]}

    async def test_a_message_wakes_a_waiting_member(self, bus: Bus, topic: str) -> None:
        async with bus.consume([topic], "wakes") as member:
            await member.take(self.silence)
            waiting = asyncio.create_task(self.taken(member, 1))
            await asyncio.sleep(0.05)
            await bus.publish([message(topic, "k", 1)])
            assert numbers(await waiting) == {"k": [1]}

    async def test_members_share_a_group(self, bus: Bus, topic: str) -> None:
        shares: list[list[Message]] = [[], []]

        async def work(share: list[Message]) -> None:
            async with bus.consume([topic], "share", batch=20) as member:
                while True:
                    batch = await member.take(0.1)
                    if batch:
                        share.extend(batch.messages)
                        await batch.commit()

        workers = [asyncio.create_task(work(share)) for share in shares]
        async with asyncio.timeout(self.patience * 4):
            start = 0
            while not all(shares):
                await bus.publish([message(topic, f"k{key}", start) for key in range(64)])
                start += 1
                await asyncio.sleep(0.1)
            while len({one.event_id for share in shares for one in share}) < start * 64:  # noqa: ASYNC110 - polls a list
                await asyncio.sleep(0.05)
        await self.cancelled(*workers)

    async def test_what_a_dead_member_did_not_commit_goes_to_another(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, f"k{number % 16}", number) for number in range(160)])
        took = asyncio.Event()

        async def die() -> None:
            async with bus.consume([topic], "heir", batch=500) as member:
                await self.taken(member, 1, commit=False)
                took.set()
                await asyncio.sleep(3600)

        doomed = asyncio.create_task(die())
        await asyncio.wait_for(took.wait(), self.patience)
        async with bus.consume([topic], "heir") as heir:
            await self.cancelled(doomed)
            found: list[Message] = []
            async with asyncio.timeout(self.patience):
                while len({one.event_id for one in found}) < 160:
                    found.extend(await self.taken(heir, 1))
        for key, arrived in numbers(found).items():
            assert list(dict.fromkeys(arrived)) == sorted(set(arrived)), key

    async def test_a_commit_for_a_share_that_went_to_another_takes_nothing_from_it(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, f"k{number}", number) for number in range(64)])
        async with bus.consume([topic], "late", batch=500) as first:
            batch = await first.take(self.patience)
            assert batch is not None
            async with bus.consume([topic], "late", batch=500) as second:
                found = await self.taken(second, 1, commit=False)
                await batch.commit()
            # The second left without committing what it was given; the first may be given its own share again too.
            given, again = {one.event_id for one in found}, set[UUID]()
            async with asyncio.timeout(self.patience):
                while not given <= again:
                    again |= {one.event_id for one in await self.taken(first, 1, commit=False)}

    async def test_lag_counts_what_is_still_to_come(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, "k", number) for number in range(30)])
        async with bus.consume([topic], "lag", batch=10) as member:
            await self.taken(member, 10)
            assert member.lag() == 20
            await self.taken(member, 20)
            assert member.lag() == 0

    async def test_every_follower_sees_a_state_topic_from_its_beginning(self, bus: Bus, state_topic: str) -> None:
        await bus.publish([message(state_topic, f"k{number}", number) for number in range(10)])
        for _ in range(2):
            async with bus.follow([state_topic]) as following:
                steps = aiter(following)
                seen = [await asyncio.wait_for(anext(steps), self.patience) for _ in range(10)]
            assert [int(one.value) for one in seen] == list(range(10))

    async def test_a_state_topic_keeps_one_order_over_all_keys(self, bus: Bus, state_topic: str) -> None:
        await bus.publish([message(state_topic, f"k{number}", number) for number in range(200)])
        found = [int(one.value) async for one in bus.read(state_topic)]
        assert found == list(range(200))

    async def test_a_follower_of_another_topic_sees_what_comes_from_now_on(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, "k", 1)])
        async with bus.follow([topic]) as following:
            steps = aiter(following)
            pending = asyncio.ensure_future(anext(steps))
            await asyncio.wait_for(following.caught_up.wait(), self.patience)
            await bus.publish([message(topic, "k", 2)])
            assert int((await asyncio.wait_for(pending, self.patience)).value) == 2

    async def test_a_follower_knows_when_it_has_caught_up(self, bus: Bus, state_topic: str) -> None:
        await bus.publish([message(state_topic, f"k{number}", number) for number in range(3)])
        async with bus.follow([state_topic]) as following:
            steps = aiter(following)
            for _ in range(3):
                await asyncio.wait_for(anext(steps), self.patience)
                assert not following.caught_up.is_set()
            pending = asyncio.ensure_future(anext(steps))
            await asyncio.wait_for(following.caught_up.wait(), self.patience)
            await self.cancelled(pending)

    async def test_reading_a_topic_ends_with_what_it_holds(self, bus: Bus, topic: str) -> None:
        assert [one async for one in bus.read(topic)] == []
        await bus.publish([message(topic, f"k{number % 3}", number) for number in range(1200)])
        found = numbers([one async for one in bus.read(topic)])
        assert found == {f"k{key}": list(range(key, 1200, 3)) for key in range(3)}

    async def test_topics_can_be_ensured_again(self, bus: Bus, topic: str) -> None:
        await bus.publish([message(topic, "k", 1)])
        await bus.ensure_topics({topic: False})
        assert [one async for one in bus.read(topic)]

    async def test_a_process_that_only_replays_frees_what_another_parked(
        self, process: OpenProcess, kit_database: Database
    ) -> None:
        name, key = f"replayer-{uuid4().hex[:8]}", uuid4().hex
        handled: list[int] = []
        poisoned = True

        async def handler(_call: Unit, event: EmployeeHired) -> None:
            if event.employee_id == key:
                if poisoned:
                    raise ValueError(event.number)
                handled.append(int(event.number))

        def consumer(bus: Bus) -> Consumer:
            return Consumer(kit_database, bus, name, {EmployeeHired: handler}, units(kit_database), back_off=())

        events = [EmployeeHired(employee_id=key, number=str(number)) for number in range(3)]
        kind = EmployeeHired.DESCRIPTOR.full_name
        async with process() as bus:
            await bus.ensure_topics({"employees.lifecycle": False})
            working = consumer(bus)
            await working.start()
            await bus.publish(
                [message("employees.lifecycle", key, type=kind, value=event.SerializeToString()) for event in events]
            )
            async with asyncio.timeout(self.patience):
                while await self.parked(kit_database) != [(key, 3)]:  # noqa: ASYNC110 - asks the database
                    await asyncio.sleep(0.05)
            await working.stop()
        poisoned = False
        async with process() as bus:
            outcome = await replay(consumer(bus), "employees.lifecycle")
        assert (outcome.events, outcome.freed, outcome.failing) == (3, [key], {})
        assert handled == [0, 1, 2]
        assert await self.parked(kit_database) == []

    @staticmethod
    async def parked(database: Database) -> list[tuple[str, int]]:
        async with database.reading() as session:
            return [(row["key"], row["events"]) for row in await session.rows(select(parked_keys))]

    async def test_an_unknown_topic_is_refused(self, bus: Bus) -> None:
        with pytest.raises(UnknownTopic):
            await bus.publish([message("test.never-made", "k")])

    @staticmethod
    async def cancelled(*tasks: asyncio.Future[Any]) -> None:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await task
