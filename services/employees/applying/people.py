"""Imports people with their present place: newcomers by COPY, members by comparison."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import deadlines
from libs.kit.database import prepared
from libs.kit.tables import directory_people, outbox, vault_keys
from libs.kit.vault import KEY_COLUMNS
from services.employees import placing
from services.employees.applying import encoding as pg
from services.employees.applying import newcomers
from services.employees.applying.context import Context, Refusal
from services.employees.applying.members import Members
from services.employees.applying.newcomers import Above, Entry, Newcomers, Spot
from services.employees.applying.recording import PEOPLE_COLUMNS, Elsewhere, Nearby, Recording
from services.employees.applying.writing import Writer
from services.employees.importing.checking import Checker
from services.employees.importing.rows import PersonRow, PostRef, UnitRef
from services.employees.tables import assignments, contracts, employments, people

_PLACED_AT_ONCE = 4_000
_PIECE_BYTES = 128 * 1024
# How far reading may be ahead of sealing and writing: 80,000 rows, some 60 MB.
_CHUNKS_AHEAD = 40
# New people in the first chunk of a file: with fewer, another process would begin when the work is done.
_WORTH_A_PROCESS = 1_500
# Of search words and chains of managers, what a load adds is put aside and sorted into the indexes after the commit.
# Searches look through what lies aside as well.
_ASIDE = prepared(text("SET LOCAL gin_pending_list_limit = '1GB'"))
_ABOVE = prepared(
    select(directory_people.c.number, directory_people.c.employee_id, directory_people.c.chain).where(
        directory_people.c.number == any_(bindparam("numbers", type_=ARRAY(String)))
    )
)


class PeopleImport:
    """Rows are read, sealed in another process and written at the same time, each as fast as it goes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._newcomers = Newcomers(context.now, context.time_zone)
        self._members = Members(context, self._newcomers.id_of)
        # By the identity of what a row names: the checks look each pair of words up once and keep what they found.
        self._spots: dict[tuple[int, int], tuple[UUID | None, UUID | None, Spot] | None] = {}
        self._named: list[tuple[UnitRef | None, PostRef | None]] = []
        self._recording: Recording | None = None
        self._going: set[asyncio.Task[None]] = set()
        self._ahead = asyncio.Semaphore(_CHUNKS_AHEAD)
        self._placed_ahead = asyncio.Semaphore(2)
        # One connection does one thing at a time.
        self._line = asyncio.Lock()

    async def take(self, rows: Sequence[PersonRow]) -> None:
        known, context = self._context.present.existing.people, self._context
        fresh: list[tuple[PersonRow, Spot]] = []
        for row in rows:
            if row.number in known:
                continue
            if row.number in context.present.erased:
                context.refusals.append(Refusal(row.row, "number", "NUMBER_ERASED"))
                continue
            spot = self._spot(row)
            if spot is None:
                context.refusals.append(Refusal(row.row, "post", "UNIT_UNSAID"))
                continue
            fresh.append((row, spot))
        context.new += len(fresh)
        if fresh and not context.dry:
            await self._begin_writing(fresh)
        members = [row for row in rows if row.number in known]
        if members:
            await self._written()
            await self._members.take(members)

    async def conclude(self, checker: Checker) -> None:
        """Everything was compared on the way."""

    async def finish(self) -> None:
        context = self._context
        writer = Writer(context.db, context.vault, context.clock, "employees")
        async with self._line:
            await writer.publish(await context.opening.write(context.db, context.now))
        await self._place_newcomers()
        await self._written()
        await self.close()
        await self._members.apply(writer)
        placed = await writer.settle()
        await writer.place(placed)
        await writer.publish([*placed, *await context.opening.widen(context.db)])
        for employee_id, day, zone in self._newcomers.turns():
            due = placing.start_of(day, zone)
            await deadlines.schedule(context.db, placing.DUE, str(employee_id), due)

    async def close(self) -> None:
        """Stops what is going on, and ends the other process."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
        self._going = set()
        if self._recording:
            await self._recording.close()
            self._recording = None

    def _spot(self, row: PersonRow) -> Spot | None:
        """Where a new person is put; None when nothing says in which unit a new post would be."""
        key = (id(row.unit), id(row.post))
        if key not in self._spots:
            self._spots[key] = self._look_up(row)
            self._named.append((row.unit, row.post))
        found = self._spots[key]
        if found is None:
            return None
        unit_id, post_id, spot = found
        holds = row.last_day is None or row.last_day >= self._context.today
        self._context.opening.use(unit_id, post_id, row.hired_on, holds=holds)
        return spot

    def _look_up(self, row: PersonRow) -> tuple[UUID | None, UUID | None, Spot] | None:
        opening = self._context.opening
        unit_id = opening.unit(row.unit)
        post_id = opening.post(row.post, unit_id)
        if row.post is not None and post_id is None:
            return None
        if unit_id is None and post_id is not None:
            unit_id = opening.unit_of_post(post_id)
        return unit_id, post_id, Spot.of(unit_id, post_id)

    async def _begin_writing(self, fresh: list[tuple[PersonRow, Spot]]) -> None:
        """Sends rows on their way; waits only while too many are on it. Raises what went wrong with earlier ones."""
        recording = self._recording or await self._begin_recording(len(fresh))
        await self._ahead.acquire()
        entries, hired, signed = self._newcomers.add(fresh)
        self._begin(self._record(recording, entries, hired, signed))

    async def _begin_recording(self, first: int) -> Recording:
        await self._context.db.run(_ASIDE)
        large = first >= _WORTH_A_PROCESS
        self._recording = Elsewhere(self._context.keyring) if large else Nearby(self._context.vault)
        return self._recording

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        for task in [one for one in self._going if one.done()]:
            self._going.discard(task)
            task.result()
        self._going.add(asyncio.create_task(work))

    async def _record(self, recording: Recording, entries: list[Entry], hired: bytes, signed: bytes) -> None:
        try:
            recorded, keys = await recording.record(entries)
            async with self._line:
                await self._copy(vault_keys, KEY_COLUMNS, keys)
                await self._copy(people, PEOPLE_COLUMNS, recorded)
                await self._copy(employments, newcomers.EMPLOYMENT_COLUMNS, hired)
                await self._copy(contracts, newcomers.CONTRACT_COLUMNS, signed)
        finally:
            self._ahead.release()

    async def _written(self) -> None:
        """Waits until the database has everything that is on its way."""
        going, self._going = self._going, set()
        for task in going:
            await task

    async def _place_newcomers(self) -> None:
        """While the last records are still being sealed: who leads whom is known once every row has been read."""
        if not len(self._newcomers):
            return
        async with self._line:
            rows = await self._context.db.rows(_ABOVE, numbers=list(self._newcomers.outside_managers()))
        self._newcomers.follow(
            {row["number"]: Above(row["employee_id"].bytes, tuple(one.bytes for one in row["chain"])) for row in rows}
        )
        for first in range(0, len(self._newcomers), _PLACED_AT_ONCE):
            last = min(first + _PLACED_AT_ONCE, len(self._newcomers))
            await self._placed_ahead.acquire()
            placed = await asyncio.to_thread(self._newcomers.placed, first, last)
            self._begin(self._write_placed(*placed))

    async def _write_placed(self, assigned: bytes, standing: bytes, told: bytes) -> None:
        try:
            async with self._line:
                await self._copy(assignments, newcomers.ASSIGNMENT_COLUMNS, assigned)
                await self._copy(directory_people, newcomers.DIRECTORY_COLUMNS, standing)
                await self._copy(outbox, newcomers.OUTBOX_COLUMNS, told)
        finally:
            self._placed_ahead.release()

    async def _copy(self, table: Any, columns: Sequence[str], encoded: bytes) -> None:
        if encoded:
            await self._context.db.copy_encoded(table, columns, _framed(encoded))


async def _framed(encoded: bytes) -> AsyncIterator[bytes]:
    """In pieces: what the socket does not take at once is moved in memory for every piece it takes later."""
    yield pg.HEADER
    for start in range(0, len(encoded), _PIECE_BYTES):
        yield encoded[start : start + _PIECE_BYTES]
    yield pg.TRAILER
