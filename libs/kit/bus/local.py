"""The in-process bus of the embedded run: a durable log in PostgreSQL, delivery by waking tasks of the same process.

What is published is on disk before `publish` returns; messages that come together are written together. Members of a
group are tasks of this process; which of them has which partition is kept in memory, the groups' offsets in the log.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager, suppress

import structlog

from libs.kit.bus import BusUnavailable, Message
from libs.kit.bus.log import Log, Place, Stored
from libs.kit.clock import Clock
from libs.kit.tasks import end

_PARTITIONS = 8
# The most messages written in one transaction.
_WRITE_BATCH = 5000
_READ_BATCH = 500
_COMPACT_SECONDS = 5.0
_TRIM_SECONDS = 300.0
log = structlog.get_logger()


class LocalBus:
    """A `Bus`. One at a time on a database; `open` before and `close` after use."""

    shared = False

    def __init__(self, url: str, clock: Clock, *, partitions: int = _PARTITIONS) -> None:
        self._log = Log(url, partitions)
        self._clock = clock
        self._waiting: list[tuple[Sequence[Message], asyncio.Future[None]]] = []
        self._work = asyncio.Event()
        self._groups: dict[str, _Group] = {}
        self._listeners: set[asyncio.Event] = set()
        self._followers: set[_Follower] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Raises BusUnavailable when the database is not there or another process has it open."""
        await self._log.open()
        self._tasks = [asyncio.create_task(work()) for work in (self._write, self._compact, self._trim)]

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        await end(*tasks)
        self._fail([done for _, done in self._waiting], BusUnavailable("the bus was closed"))
        self._waiting = []
        await self._log.close()

    async def ensure_topics(self, topics: Mapping[str, bool]) -> None:
        await self._log.ensure_topics(topics)

    async def publish(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        for message in messages:
            self._log.partition_of(message)
        if not self._tasks:
            raise BusUnavailable("the bus is closed")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((messages, done))
        self._work.set()
        await done

    @asynccontextmanager
    async def consume(self, topics: Sequence[str], group: str, *, batch: int = 200) -> AsyncIterator[_Member]:
        committed = await self._log.join(group, topics, self._clock.now())
        joined = self._groups.setdefault(group, _Group())
        for place in self._log.places(topics):
            joined.committed[place] = max(committed[place], joined.committed.get(place, 0))
        member = _Member(self, group, joined, frozenset(topics), batch)
        joined.members.append(member)
        joined.rebalance(self._log.heads)
        try:
            with self._listening(member.wake):
                yield member
        finally:
            joined.members.remove(member)
            joined.rebalance(self._log.heads)

    @asynccontextmanager
    async def follow(self, topics: Sequence[str]) -> AsyncIterator[_Follower]:
        follower = _Follower(self._log, topics)
        self._followers.add(follower)
        try:
            with self._listening(follower.wake):
                yield follower
        finally:
            self._followers.discard(follower)
            follower.end()

    async def heard(self, topics: Sequence[str], wait: float) -> bool:
        goal = {place: self._log.heads[place] for place in self._log.places(topics)}
        try:
            async with asyncio.timeout(wait):
                for follower in list(self._followers):
                    await follower.reach(goal)
        except TimeoutError:
            return False
        return True

    async def set_readers(self, readers: Mapping[str, AbstractSet[str]]) -> None:
        """Without effect: nobody from outside reaches this bus."""

    async def read(self, topic: str) -> AsyncIterator[Message]:
        for place in self._log.places([topic]):
            at, end = 0, self._log.heads[place]
            while at < end:
                found = await self._log.read({place: at}, _READ_BATCH)
                for stored in found:
                    if stored.offset < end:
                        yield stored.message
                at = found[-1].offset + 1 if found else end

    @property
    def heads(self) -> Mapping[Place, int]:
        return self._log.heads

    async def fetch(self, positions: Mapping[Place, int], limit: int) -> list[Stored]:
        return await self._log.read(positions, limit)

    async def commit(self, group: str, offsets: Mapping[Place, int]) -> None:
        await self._log.commit(group, offsets, self._clock.now())

    def _listening(self, wake: asyncio.Event) -> _Listening:
        return _Listening(self._listeners, wake)

    async def _write(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                await self._write_together(self._next_to_write())

    def _next_to_write(self) -> list[tuple[Sequence[Message], asyncio.Future[None]]]:
        size, taken = 0, 0
        while taken < len(self._waiting) and (not taken or size + len(self._waiting[taken][0]) <= _WRITE_BATCH):
            size += len(self._waiting[taken][0])
            taken += 1
        chosen, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return chosen

    async def _write_together(self, chosen: list[tuple[Sequence[Message], asyncio.Future[None]]]) -> None:
        waiters = [done for _, done in chosen]
        try:
            await self._log.append([message for messages, _ in chosen for message in messages], self._clock.now())
        except asyncio.CancelledError:
            self._fail(waiters, BusUnavailable("the bus was closed"))
            raise
        except Exception as error:  # noqa: BLE001 - the writer goes on whatever one write suffers; its publishers hear
            log.warning("the bus could not write", error=type(error.__cause__ or error).__name__)
            self._fail(waiters, error if isinstance(error, BusUnavailable) else BusUnavailable(type(error).__name__))
        else:
            for done in waiters:
                if not done.done():
                    done.set_result(None)
            for wake in self._listeners:
                wake.set()

    @staticmethod
    def _fail(waiters: list[asyncio.Future[None]], error: BusUnavailable) -> None:
        for done in waiters:
            if not done.done():
                done.set_exception(BusUnavailable(str(error)))

    async def _compact(self) -> None:
        while True:
            await asyncio.sleep(_COMPACT_SECONDS)
            with suppress(BusUnavailable):
                await self.compact()

    async def compact(self) -> int:
        """Compacts all state topics now. Returns how many messages went."""
        return sum([await self._log.compact(topic) for topic, state in list(self._log.states.items()) if state])

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            with suppress(BusUnavailable):
                await self.trim()

    async def trim(self) -> int:
        """Removes what is older than its topic keeps it and handled by every group. Returns how many messages went."""
        now = self._clock.now()
        places = [place for place in self._log.heads if not self._log.states[place.topic]]
        return sum([await self._log.trim(place, now) for place in places])


class _Listening:
    """Keeps an event among those set when something was published."""

    def __init__(self, listeners: set[asyncio.Event], wake: asyncio.Event) -> None:
        self._listeners = listeners
        self._wake = wake

    def __enter__(self) -> None:
        self._listeners.add(self._wake)

    def __exit__(self, *_: object) -> None:
        self._listeners.discard(self._wake)


class _Group:
    """Which member has which partition. `since` counts the changes of a partition's owner."""

    def __init__(self) -> None:
        self.members: list[_Member] = []
        self.owners: dict[Place, _Member] = {}
        self.since: Tally[Place] = Tally()
        self.committed: dict[Place, int] = {}
        self.positions: dict[Place, int] = {}

    def rebalance(self, places: Mapping[Place, int]) -> None:
        """Spreads partitions evenly, moving as few as possible. A moved one begins at the committed offset again."""
        load: Tally[_Member] = Tally()
        free = []
        subscribed = {topic for member in self.members for topic in member.topics}
        mine = sorted(place for place in places if place.topic in subscribed)
        most = -(-len(mine) // len(self.members)) if self.members else 0
        for place in mine:
            owner = self.owners.get(place)
            if owner in self.members and owner is not None and load[owner] < most:
                load[owner] += 1
            else:
                free.append(place)
        for place in free:
            owner = min((one for one in self.members if place.topic in one.topics), key=lambda one: load[one])
            load[owner] += 1
            self.owners[place] = owner
            self.since[place] += 1
            self.positions[place] = self.committed[place]
        for place in self.owners.keys() - mine:
            del self.owners[place]
            self.since[place] += 1
        for member in self.members:
            member.wake.set()


class _Member:
    def __init__(self, bus: LocalBus, name: str, group: _Group, topics: frozenset[str], batch: int) -> None:
        self._bus = bus
        self._name = name
        self._group = group
        self._batch = batch
        self.topics = topics
        self.wake = asyncio.Event()

    async def take(self, wait: float) -> _Batch | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            self.wake.clear()
            batch = await self._next()
            if batch is not None or loop.time() >= until:
                return batch
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), until - loop.time())

    def lag(self) -> int:
        return sum(self._bus.heads[place] - position for place, position in self._positions().items())

    def _positions(self) -> dict[Place, int]:
        return {place: self._group.positions[place] for place, owner in self._group.owners.items() if owner is self}

    async def _next(self) -> _Batch | None:
        while True:
            behind = {place: at for place, at in self._positions().items() if self._bus.heads[place] > at}
            if not behind:
                return None
            since = {place: self._group.since[place] for place in behind}
            found = await self._bus.fetch(behind, self._batch)
            # A partition may have gone to another member, or gone and come back, while the log was read.
            kept = [one for one in found if self._group.since[one.place] == since[one.place]]
            self._group.positions |= {one.place: one.offset + 1 for one in kept}
            if kept:
                # The commit covers what was taken before too, of whatever partition.
                ends = self._positions()
                at = {place: self._group.since[place] for place in ends}
                return _Batch(self, [one.message for one in kept], ends, at)
            if not found:
                # All was compacted or trimmed away between what was read before and the head.
                for place in behind:
                    if self._group.since[place] == since[place]:
                        self._group.positions[place] = self._bus.heads[place]

    async def commit(self, ends: Mapping[Place, int], since: Mapping[Place, int]) -> None:
        done = self._group.committed
        mine = {p: end for p, end in ends.items() if self._group.since[p] == since[p] and end > done[p]}
        if mine:
            await self._bus.commit(self._name, mine)
            for place, end in mine.items():
                self._group.committed[place] = max(end, self._group.committed[place])


class _Batch:
    def __init__(
        self, member: _Member, messages: Sequence[Message], ends: Mapping[Place, int], since: Mapping[Place, int]
    ) -> None:
        self._member = member
        self._ends = ends
        self._since = since
        self.messages = messages

    async def commit(self) -> None:
        await self._member.commit(self._ends, self._since)


class _Follower:
    def __init__(self, kept: Log, topics: Sequence[str]) -> None:
        self._log = kept
        self.wake = asyncio.Event()
        self.caught_up = asyncio.Event()
        places = kept.places(topics)
        self._goal = {place: kept.heads[place] for place in places}
        self._positions = {place: 0 if kept.states[place.topic] else kept.heads[place] for place in places}
        self._handled = dict(self._positions)
        self._moved = asyncio.Event()
        self._ended = False

    async def reach(self, goal: Mapping[Place, int]) -> None:
        """Returns when everything before these offsets was handled, or nobody listens any more."""
        while not self._ended and any(self._handled.get(place, at) < at for place, at in goal.items()):
            self._moved.clear()
            await self._moved.wait()

    def end(self) -> None:
        self._ended = True
        self._moved.set()

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            self.wake.clear()
            if all(self._positions[place] >= goal for place, goal in self._goal.items()):
                self.caught_up.set()
            behind = {place: at for place, at in self._positions.items() if self._log.heads[place] > at}
            if not behind:
                await self.wake.wait()
                continue
            found = await self._log.read(behind, _READ_BATCH)
            if not found:
                self._positions |= {place: self._log.heads[place] for place in behind}
            for one in found:
                self._positions[one.place] = one.offset + 1
                yield one.message
                # More was asked for: the message has been handled.
                self._handled[one.place] = one.offset + 1
                self._moved.set()
            self._handled = dict(self._positions)
            self._moved.set()
