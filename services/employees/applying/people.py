"""Imports people with their present place: newcomers by COPY, members by comparison."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
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
from services.employees.applying.newcomers import Above, Newcomers, Spot
from services.employees.applying.recording import PEOPLE_COLUMNS, Elsewhere, Nearby, Recorded, Recording
from services.employees.applying.writing import Writer
from services.employees.importing.checking import Checker
from services.employees.importing.rows import PersonRow, PostRef, UnitRef
from services.employees.tables import assignments, contracts, employments, people

_PLACED_AT_ONCE = 4_000
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
    """A chunk's record is sealed in another process while the next chunk is read and the one before is written."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._newcomers = Newcomers(context.now, context.time_zone)
        self._members = Members(context, self._newcomers.id_of)
        # By the identity of what a row names: the checks look each pair of words up once and keep what they found.
        self._spots: dict[tuple[int, int], tuple[UUID | None, UUID | None, Spot] | None] = {}
        self._named: list[tuple[UnitRef | None, PostRef | None]] = []
        self._recording: Recording | None = None
        self._writing: asyncio.Task[None] | None = None

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

    async def conclude(self, checker: Checker) -> None:  # noqa: ARG002 - nothing is left to compare
        await self._written()

    async def finish(self) -> None:
        await self.close()
        context = self._context
        writer = Writer(context.db, context.vault, context.clock, "employees")
        await writer.publish(await context.opening.write(context.db, context.now))
        await self._place_newcomers()
        await self._members.apply(writer)
        placed = await writer.settle()
        await writer.place(placed)
        await writer.publish([*placed, *await context.opening.widen(context.db)])
        for employee_id, day, zone in self._newcomers.turns():
            due = placing.start_of(day, zone)
            await deadlines.schedule(context.db, placing.DUE, str(employee_id), due)

    async def close(self) -> None:
        """Stops what is going on, and ends the other process."""
        if self._writing:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._writing = None
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
        recording = self._recording or await self._begin_recording(len(fresh))
        entries, hired, signed = self._newcomers.add(fresh)
        before = self._writing
        sealing = asyncio.create_task(recording.record(entries))
        self._writing = asyncio.create_task(self._write(before, sealing, hired, signed))
        if before:
            await before

    async def _begin_recording(self, first: int) -> Recording:
        await self._context.db.run(_ASIDE)
        large = first >= _WORTH_A_PROCESS
        self._recording = Elsewhere(self._context.keyring) if large else Nearby(self._context.vault)
        return self._recording

    async def _write(
        self,
        before: asyncio.Task[None] | None,
        sealing: asyncio.Task[Recorded],
        hired: bytes,
        signed: bytes,
    ) -> None:
        recorded, keys = await sealing
        if before:
            await before
        await self._copy(vault_keys, KEY_COLUMNS, keys)
        await self._copy(people, PEOPLE_COLUMNS, recorded)
        await self._copy(employments, newcomers.EMPLOYMENT_COLUMNS, hired)
        await self._copy(contracts, newcomers.CONTRACT_COLUMNS, signed)

    async def _written(self) -> None:
        """Waits until the database has everything that was read: one connection does one thing at a time."""
        if self._writing:
            await self._writing
            self._writing = None

    async def _place_newcomers(self) -> None:
        if not len(self._newcomers):
            return
        rows = await self._context.db.rows(_ABOVE, numbers=list(self._newcomers.outside_managers()))
        outside = {
            row["number"]: Above(row["employee_id"].bytes, tuple(one.bytes for one in row["chain"])) for row in rows
        }
        self._newcomers.follow(outside)
        writing: asyncio.Task[None] | None = None
        for first in range(0, len(self._newcomers), _PLACED_AT_ONCE):
            last = min(first + _PLACED_AT_ONCE, len(self._newcomers))
            placed = await asyncio.to_thread(self._newcomers.placed, first, last)
            if writing:
                await writing
            writing = asyncio.create_task(self._write_placed(*placed))
        if writing:
            await writing

    async def _write_placed(self, assigned: bytes, standing: bytes, told: bytes) -> None:
        await self._copy(assignments, newcomers.ASSIGNMENT_COLUMNS, assigned)
        await self._copy(directory_people, newcomers.DIRECTORY_COLUMNS, standing)
        await self._copy(outbox, newcomers.OUTBOX_COLUMNS, told)

    async def _copy(self, table: Any, columns: Sequence[str], encoded: bytes) -> None:
        if encoded:
            await self._context.db.copy_encoded(table, columns, _framed(encoded))


async def _framed(encoded: bytes) -> AsyncIterator[bytes]:
    yield pg.HEADER
    yield encoded
    yield pg.TRAILER
