"""Everybody's evidence in memory, in the columns that `matching.search` ranks, kept by every process on its own.

What it hears, and reads again by id: `ProfileChanged` from the bus, as each process's own follower; who came or left,
by a notification of the transaction that placed them, since a process that follows the bus itself might read before
the consumer has written. What it might have missed it finds by a sweep: profiles changed since the last one, people
employed or not otherwise than known, entries whose validity ended.

Only people who work here are in it. Whether somebody refused, and who is in a caller's scope, is not: that is asked
of the database by each search. One task writes, so columns have one writer at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt
import structlog
from google.protobuf.message import DecodeError
from prometheus_client import Gauge, Histogram
from sqlalchemy import DateTime, LargeBinary, Uuid, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.app import Runtime
from libs.kit.bus import BusUnavailable
from libs.kit.call import Call, House
from libs.kit.database import Session, prepared
from libs.kit.tables import directory_people
from mainstay.talent.v1 import events_pb2
from services.talent import evidence, reports
from services.talent.assembly import Certificates, Known, certificate_key, standing
from services.talent.errors import MatchingNotReady
from services.talent.matching.columns import Columns, Rows
from services.talent.matching.inputs import Verdict
from services.talent.tables import profiles

TOPIC = "talent.profiles"
SWEEP_SECONDS = 60.0
# Searches at a time: more would share the same cores, and keep connections from short calls.
AT_ONCE = 4
# A page of people is read, put into the columns in some 20 ms and leaves the loop to others.
PAGE = 200
_CHANNEL = "mainstay_talent_placed"
# Longer than a transaction that changes a profile stays open: its `changed_at` is from its beginning.
_OVERLAP = timedelta(minutes=10)
_ID_BYTES = 16
_PAUSE_SECONDS = 0.5

_PEOPLE = Gauge("mainstay_talent_memory_people", "People whose evidence is in memory")
_BYTES = Gauge("mainstay_talent_memory_bytes", "Size of the columns that hold it")
_AGE = Gauge(
    "mainstay_talent_memory_age_seconds", "Since it was last compared with all there is; up to a minute is usual"
)
_DELAY = Histogram(
    "mainstay_talent_memory_refresh_seconds",
    "From hearing of a change to having read it",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_EMPLOYED = prepared(
    select(directory_people.c.employee_id).where(
        directory_people.c.employee_id == any_(_IDS), directory_people.c.employed
    )
)
_ALL_EMPLOYED = prepared(
    select(func.string_agg(func.uuid_send(directory_people.c.employee_id), bindparam("nothing", type_=LargeBinary)))
    .select_from(directory_people)
    .where(directory_people.c.employed)
)
_CHANGED = prepared(
    select(profiles.c.employee_id).where(profiles.c.changed_at >= bindparam("since", type_=DateTime(timezone=True)))
)
_TELL = prepared(text("SELECT pg_notify(:channel, :person)"))
log = structlog.get_logger()

Halves = npt.NDArray[np.uint64]


async def tell(call: Call, employee_id: UUID) -> None:
    """Tells every process, when this transaction commits, that a person came, moved or left."""
    await call.db.value(_TELL, channel=_CHANNEL, person=str(employee_id))


class Memory:
    """The columns, and beside them what conditions ask: certificates by person."""

    def __init__(self) -> None:
        self.columns = Columns()
        # By person; everybody here has an entry.
        self.certificates: dict[UUID, Certificates] = {}
        self.loaded = False
        # By `time.monotonic`: what was so then was heard of.
        self.complete_at = time.monotonic()
        # Searches that wait for their turn hold no connection and no thread.
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._holders: dict[str, dict[UUID, date | None]] = {}
        self._rows = _RowsById()

    def age(self) -> float:
        """Seconds since it was compared with all there is."""
        return time.monotonic() - self.complete_at

    def rows_of(self, packed: bytes | None) -> Rows:
        """Rows of ids as PostgreSQL sends them, 16 bytes each; ascending, without those who are not here."""
        return self._rows.of(self.columns, packed or b"")

    def verdicts(self, certificate: str, today: date) -> dict[Verdict, list[UUID]]:
        """Those who have, or had, a certificate of this title, by how they stand to its condition."""
        found: dict[Verdict, list[UUID]] = {Verdict.PASSED: [], Verdict.FAILED: []}
        for employee_id, last in list(self._holders.get(certificate_key(certificate), {}).items()):
            found[standing(last, today)].append(employee_id)
        return found

    def everybody(self) -> npt.NDArray[np.bool_]:
        """A mask to take people out of."""
        return np.ones(len(self.columns), np.bool_)

    def nobody(self) -> npt.NDArray[np.bool_]:
        """A mask to put people into."""
        return np.zeros(len(self.columns), np.bool_)

    async def refresh(self, db: Session, employee_ids: Iterable[UUID], today: date) -> None:
        """Reads people again and takes over what is known of them now."""
        wanted = list(dict.fromkeys(employee_ids))
        employed = {row["employee_id"] for row in await db.rows(_EMPLOYED, ids=wanted)}
        found = await evidence.evidence_of(db, [one for one in wanted if one in employed], today)
        for known in await reports.known_of_many(db, found.values()):
            self._put(known)
        for gone in (one for one in wanted if one not in employed):
            self.columns.remove(gone)
            self._certify(gone, {})
            self.certificates.pop(gone, None)
        _PEOPLE.set(len(self.certificates))

    def _put(self, known: Known) -> None:
        self.columns.put(known.person)
        self._certify(known.employee_id, known.certificates)

    def _certify(self, employee_id: UUID, certificates: Certificates) -> None:
        for title in self.certificates.get(employee_id, {}):
            self._holders[title].pop(employee_id, None)
        for title, last in certificates.items():
            self._holders.setdefault(title, {})[employee_id] = last
        self.certificates[employee_id] = certificates


def of(house: House) -> Memory:
    """The process's memory. Raises MatchingNotReady until everybody is loaded."""
    found = house.parts.get(Memory)
    if found is None or not found.loaded:
        raise MatchingNotReady
    memory: Memory = found
    return memory


async def prepare(runtime: Runtime) -> None:
    memory = Memory()
    runtime.house.add(memory)
    _AGE.set_function(memory.age)


async def status(runtime: Runtime) -> str:
    memory = runtime.house.part(Memory)
    return f"ok, but still loading: {len(memory.certificates)} people" if not memory.loaded else "ok"


async def load(house: House, memory: Memory) -> None:
    """Reads everybody who works here, page by page; calls are answered in between."""
    began = time.monotonic()
    async with house.database.reading() as db:
        packed = await db.value(_ALL_EMPLOYED, nothing=b"") or b""
        for page in _paged(_unpacked(packed)):
            await memory.refresh(db, page, house.today())
    memory.complete_at = began
    memory.loaded = True
    _BYTES.set(memory.columns.nbytes)


async def missed(house: House, memory: Memory, since: datetime, day: date) -> set[UUID]:
    """Whom to read again though nobody told of them: changed since an instant, something no longer valid since a day,
    or working here otherwise than the memory has it.
    """
    async with house.database.reading() as db:
        found = {row["employee_id"] for row in await db.rows(_CHANGED, since=since)}
        if day < house.today():
            found |= set(await evidence.lapsed(db, day, house.today()))
        packed = await db.value(_ALL_EMPLOYED, nothing=b"") or b""
    employed = set(await asyncio.to_thread(_unpacked, packed))
    return found | (employed ^ memory.certificates.keys())


async def keep(runtime: Runtime) -> None:
    """Background: loads the memory and keeps it fresh for as long as the service runs."""
    keeper = _Keeper(runtime)
    async with asyncio.TaskGroup() as group:
        for work in (keeper.follow, keeper.listen, keeper.read, keeper.sweep):
            group.create_task(work())


class _Keeper:
    """Hears who changed, and reads them again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._house = runtime.house
        self._memory = runtime.house.part(Memory)
        self._heard: dict[UUID, float] = {}
        self._wake = asyncio.Event()
        self._following = asyncio.Event()

    def hear(self, employee_id: UUID) -> None:
        self._heard.setdefault(employee_id, asyncio.get_running_loop().time())
        self._wake.set()

    async def follow(self) -> None:
        """Whatever was told while the bus was away the sweep finds."""
        while True:
            try:
                async with self._runtime.bus.follow([TOPIC]) as messages:
                    self._following.set()
                    async for message in messages:
                        if message.type == events_pb2.ProfileChanged.DESCRIPTOR.full_name:
                            self._hear_of(message.value)
            except BusUnavailable as error:
                log.warning("profiles not followed", error=type(error).__name__)
                # Memory is worth having without the bus.
                self._following.set()
                await asyncio.sleep(_PAUSE_SECONDS)

    def _hear_of(self, value: bytes) -> None:
        try:
            self.hear(UUID(events_pb2.ProfileChanged.FromString(value).employee_id))
        except (DecodeError, ValueError) as error:
            log.error("unreadable record about profiles", error=type(error).__name__)  # noqa: TRY400 - its text may quote values

    def _hear_who(self, person: str) -> None:
        self.hear(UUID(person))

    async def listen(self) -> None:
        """Hears who was placed, from transactions here and in other processes."""
        while True:
            try:
                async with self._house.database.listening(_CHANNEL, self._hear_who) as lost:
                    await lost.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("placements not heard", error=type(error).__name__)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def read(self) -> None:
        await self._following.wait()
        await self._insist(self._load)
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._heard:
                await self._insist(self._read_some)

    async def _load(self) -> None:
        await load(self._house, self._memory)
        log.info("evidence in memory", people=len(self._memory.certificates))

    async def _read_some(self) -> None:
        some = dict(list(self._heard.items())[:PAGE])
        async with self._house.database.reading() as db:
            # Before reading: who changes meanwhile is heard of again.
            for one in some:
                del self._heard[one]
            try:
                await self._memory.refresh(db, some, self._house.today())
            except BaseException:
                self._heard = {**some, **self._heard}
                raise
        now = asyncio.get_running_loop().time()
        for heard_at in some.values():
            _DELAY.observe(now - heard_at)

    async def _insist(self, work: Any) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - whatever the database suffers, evidence is read once it is back
                log.warning("evidence not read", error=type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    async def sweep(self) -> None:
        """Finds whom nobody told of."""
        since, day = self._house.clock.now(), self._house.today()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            began = time.monotonic()
            now, today = self._house.clock.now(), self._house.today()
            try:
                for one in await missed(self._house, self._memory, since - _OVERLAP, day):
                    self.hear(one)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("evidence not swept", error=type(error).__name__)
            else:
                since, day = now, today
                if self._memory.loaded:
                    self._memory.complete_at = began
                    _BYTES.set(self._memory.columns.nbytes)


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Ids as two halves, sorted by the lower one, which is random in every id we make; and the rows they are at."""

    size: int
    high: Halves
    low: Halves
    order: Rows
    distinct: bool


class _RowsById:
    """Finds rows by ids in bulk; for any number of threads."""

    def __init__(self) -> None:
        nothing = np.empty(0, np.uint64)
        self._index = _Index(-1, nothing, nothing, np.empty(0, np.intp), distinct=True)

    def of(self, columns: Columns, packed: bytes) -> Rows:
        index = self._index
        if index.size != len(columns):
            self._index = index = _indexed(columns)
        if not index.distinct:
            return columns.rows(_unpacked(packed))
        high, low = _halves(packed)
        if not len(index.low) or not len(low):
            return np.empty(0, np.intp)
        at = np.minimum(np.searchsorted(index.low, low), len(index.low) - 1)
        found = (index.low[at] == low) & (index.high[at] == high)
        return np.sort(index.order[at[found]])


def _indexed(columns: Columns) -> _Index:
    """Rows are never given to another person, so an index is right until rows are added; removed ones are left out by
    the ranking itself.
    """
    size = len(columns)
    rows = np.arange(size, dtype=np.intp)
    high, low = columns.id_parts(rows)
    # Emptied rows have no id.
    rows = rows[(high | low) != 0]
    order = rows[np.argsort(low[rows], kind="stable")]
    distinct = bool((low[order][1:] != low[order][:-1]).all())
    return _Index(size, high[order], low[order], order, distinct)


def _halves(packed: bytes) -> tuple[Halves, Halves]:
    parts = np.frombuffer(packed, ">u8").astype(np.uint64).reshape(-1, 2)
    return parts[:, 0], parts[:, 1]


def _unpacked(packed: bytes) -> list[UUID]:
    return [UUID(bytes=packed[at : at + _ID_BYTES]) for at in range(0, len(packed), _ID_BYTES)]


def _paged(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[at : at + PAGE] for at in range(0, len(ids), PAGE))
