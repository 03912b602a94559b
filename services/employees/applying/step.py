"""Runs one step of an import: the dry run, or the import itself in one transaction.

Reading, sealing and writing go on side by side; see `people`. Progress is written twice a second outside the
transaction, and that is also how the step hears that it was cancelled.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit import clock as clocks
from libs.kit.database import Database, Session, prepared
from libs.kit.vault import Keyring, Vault
from mainstay.employees.v1 import imports_pb2
from services.employees import import_files, import_views, records
from services.employees.applying import existing
from services.employees.applying.assignments import AssignmentImport
from services.employees.applying.context import Context, Kind
from services.employees.applying.opening import Opening
from services.employees.applying.pay import PayImport
from services.employees.applying.people import PeopleImport
from services.employees.applying.structure import PostImport, UnitImport
from services.employees.importing.checking import Checker
from services.employees.importing.dates import DateOrder
from services.employees.importing.problems import Unreadable
from services.employees.importing.reading import Table, open_table
from services.employees.importing.rows import Typed
from services.employees.importing.targets import ImportKind
from services.employees.tables import import_parts, import_problems, imports

CHUNK = 2_000
_MOST_PROBLEMS = 1_000
_PROGRESS_SECONDS = 0.5
_PRESENT = (imports.c.import_id == bindparam("id")) & (imports.c.step == bindparam("step_"))
_FIND = prepared(select(imports).where(_PRESENT))
_RUNS = or_(imports.c.state == imports_pb2.IMPORT_STATE_CHECKING, imports.c.state == imports_pb2.IMPORT_STATE_APPLYING)
# Waits for the end's own row lock when they meet, and must not write over what the end has counted.
_PROGRESS = prepared(update(imports).where(_PRESENT, _RUNS).values(counts=bindparam("counts_")))
_END = prepared(
    update(imports)
    .where(_PRESENT)
    .values(
        state=bindparam("state_"),
        counts=bindparam("counts_"),
        mapping=bindparam("mapping_"),
        failure=bindparam("failure_"),
        finished_at=bindparam("at"),
    )
)
_FORGET_PARTS = prepared(delete(import_parts).where(import_parts.c.import_id == bindparam("id")))
_FORGET_PROBLEMS = prepared(delete(import_problems).where(import_problems.c.import_id == bindparam("id")))
_ADD_PROBLEM = prepared(insert(import_problems).values({c.name: bindparam(f"{c.name}_") for c in import_problems.c}))
_SORT_IN = [
    prepared(text(f"SELECT gin_clean_pending_list('{name}')"))
    for name in ("people_tokens", "directory_people_chain", "directory_people_dotted")
]
_LEARN = prepared(text("ANALYZE people, directory_people, assignments, employments, contracts, vault_keys"))
_KINDS: dict[ImportKind, type[Any]] = {
    ImportKind.UNITS: UnitImport,
    ImportKind.POSTS: PostImport,
    ImportKind.PEOPLE: PeopleImport,
    ImportKind.ASSIGNMENTS: AssignmentImport,
    ImportKind.PAY: PayImport,
}
log = structlog.get_logger()


class Superseded(Exception):
    """The import has gone on without this step: it was cancelled or begun again."""


class RowsWrong(Exception):
    """Rows have problems; nothing may be written."""


@dataclass(frozen=True)
class Given:
    """What the service gives the process of a step."""

    database_url: str
    keyring: str
    time_zone: str
    import_id: UUID
    step: int
    now: datetime

    def as_line(self) -> bytes:
        """For the input of another process."""
        told = {name: str(getattr(self, name)) for name in ("database_url", "keyring", "time_zone", "import_id")}
        return json.dumps({**told, "step": self.step, "now": self.now.isoformat()}).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Given:
        told = json.loads(line)
        return cls(
            told["database_url"],
            told["keyring"],
            told["time_zone"],
            UUID(told["import_id"]),
            told["step"],
            datetime.fromisoformat(told["now"]),
        )


class SteadyClock:
    """The service's clock as it stood when the step began, running on."""

    def __init__(self, now: datetime) -> None:
        self._ahead = now - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


async def run_step(given: Given) -> None:
    """Runs a step on connections of its own. Raises what stopped it, unless the import has gone on without it."""
    database = Database(given.database_url, pool_size=4, application="mainstay-employees-import")
    await database.open()
    try:
        with suppress(Superseded):
            await Step(given, database).run()
    finally:
        await database.close()


class Step:
    def __init__(self, given: Given, database: Database) -> None:
        self._given, self._database = given, database
        self._clock = SteadyClock(given.now)
        self._vault = Vault(Keyring.parse(given.keyring), self._clock)
        self._rows = self._done = 0
        self._headings: Sequence[str] = ()
        self._checker: Checker | None = None
        self._context: Context | None = None
        self.phases: dict[str, float] = {}
        self._since = time.perf_counter()

    async def run(self) -> None:
        """Ends with the import in its next state. Raises Superseded, and whatever the database raises."""
        async with self._database.reading() as db:
            row = await db.row(_FIND, **self._one)
        if row is None:
            raise Superseded
        telling = asyncio.create_task(self._tell_progress())
        working = asyncio.create_task(self._work(row))
        try:
            await asyncio.wait([telling, working], return_when=asyncio.FIRST_COMPLETED)
            if telling.done() and not working.done():
                await telling
            await working
        finally:
            for task in (telling, working):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        await self._tidy(row)
        self._passed("upkeep")

    def _passed(self, phase: str) -> None:
        """Takes note of how long a phase took, for load tests."""
        now = time.perf_counter()
        self.phases[phase] = now - self._since
        self._since = now

    @property
    def _one(self) -> dict[str, Any]:
        return {"id": self._given.import_id, "step_": self._given.step}

    async def _work(self, row: Any) -> None:
        dry = row["state"] == imports_pb2.IMPORT_STATE_CHECKING
        try:
            async with self._database.transaction() as db:
                await self._go_through(db, row, dry=dry)
            self._passed("commit")
        except Unreadable as unreadable:
            said = {"code": unreadable.code, "parameters": dict(unreadable.parameters)}
            await self._end(row, imports_pb2.IMPORT_STATE_CANCELLED, failure=said)
        except RowsWrong:
            outdated = None if dry else {"name": "outdated"}
            await self._end(row, imports_pb2.IMPORT_STATE_PROBLEMS, failure=outdated, problems=True)
        else:
            if dry:
                await self._end(row, imports_pb2.IMPORT_STATE_READY)

    async def _go_through(self, db: Session, row: Any, *, dry: bool) -> None:
        if not dry:
            await records.lock_lines(db)
        mapping = import_views.settled_mapping(import_views.mapping_message(row["mapping"]))
        table = await asyncio.to_thread(open_table, await import_files.whole(db, self._vault, self._given.import_id))
        self._headings = table.headings
        kind, today = ImportKind(row["kind"]), clocks.today(self._clock, self._given.time_zone)
        present = await existing.load(db, today, count_places=not mapping.create_missing)
        self._passed("loading")
        checker = self._checker = Checker(
            kind, table.headings, mapping, present.existing, today, header_row=table.header_row
        )
        self._rows = row["counts"].get("rows", 0) if not dry else 0
        if not self._rows or checker.mapping.date_order is DateOrder.UNSPECIFIED:
            self._rows = await asyncio.to_thread(checker.survey, table.rows())
        self._passed("survey")
        if not checker.usable:
            raise RowsWrong
        context = self._context = Context(
            db=db,
            vault=self._vault,
            clock=self._clock,
            time_zone=self._given.time_zone,
            today=today,
            keyring=self._given.keyring,
            mapping=checker.mapping,
            present=present,
            opening=Opening(present.existing, mapping.root_unit_id, mapping.code_prefix, today),
            dry=dry,
        )
        what: Kind = _KINDS[kind](context)
        try:
            await self._take(what, checker, table)
            self._passed("reading")
            if not dry:
                await what.finish()
                await self._finish(db, row)
                self._passed("placing")
        finally:
            await what.close()

    async def _take(self, what: Kind, checker: Checker, table: Table) -> None:
        rows = checker.read(self._counted(table))
        while chunk := await asyncio.to_thread(_next, rows):
            await what.take(chunk)
        await asyncio.to_thread(checker.finish)
        if checker.wrong_rows or checker.problems:
            raise RowsWrong
        await what.conclude(checker)
        if self._context and self._context.refusals:
            raise RowsWrong

    def _counted(self, table: Table) -> Iterator[Any]:
        for number_and_cells in table.rows():
            self._done += 1
            yield number_and_cells

    async def _finish(self, db: Session, row: Any) -> None:
        """The last thing of the import's transaction: it counts only if the import still waits for this step."""
        mapping = row["mapping"]
        held = await db.run(
            _END,
            **self._one,
            state_=imports_pb2.IMPORT_STATE_DONE,
            counts_=self._counts(),
            mapping_=mapping,
            failure_=None,
            at=self._clock.now(),
        )
        if not held:
            raise Superseded
        await db.run(_FORGET_PARTS, id=self._given.import_id)

    async def _end(
        self, row: Any, state: int, *, failure: dict[str, Any] | None = None, problems: bool = False
    ) -> None:
        mapping = dict(row["mapping"])
        if self._checker and self._checker.usable:
            mapping["date_order"] = imports_pb2.DateOrder.Name(self._checker.mapping.date_order.value)
        async with self._database.transaction() as db:
            held = await db.run(
                _END,
                **self._one,
                state_=state,
                counts_=self._counts(),
                mapping_=mapping,
                failure_=failure,
                at=self._clock.now(),
            )
            if not held:
                raise Superseded
            await db.run(_FORGET_PROBLEMS, id=self._given.import_id)
            if problems:
                await db.run_many(_ADD_PROBLEM, self._problems())
            if state == imports_pb2.IMPORT_STATE_CANCELLED:
                await db.run(_FORGET_PARTS, id=self._given.import_id)

    def _problems(self) -> list[dict[str, Any]]:
        checker, context = self._checker, self._context
        found = [
            {"row_": one.row, "column_": one.column, "field_": one.field, "code_": str(one.code)}
            | {"parameters_": dict(one.parameters), "value_": one.value}
            for one in (checker.problems if checker else ())
        ]
        if context:
            heading = {name: self._headings[at] for at, name in context.mapping.columns}
            found += [
                {"row_": one.row, "column_": heading.get(one.column_of, ""), "field_": one.column_of}
                | {"code_": one.code, "parameters_": one.parameters, "value_": ""}
                for one in context.refusals
            ]
        found.sort(key=itemgetter("row_"))
        return [self._problem_row(at, one) for at, one in enumerate(found[:_MOST_PROBLEMS])]

    def _problem_row(self, position: int, one: dict[str, Any]) -> dict[str, Any]:
        purpose = import_files.value_purpose(self._given.import_id, position)
        sealed = self._vault.seal_own(purpose, one["value_"]) if one["value_"] else None
        return {**one, "value_": sealed, "position_": position, "import_id_": self._given.import_id}

    def _counts(self) -> dict[str, int]:
        context, checker = self._context, self._checker
        counts = {"rows": self._rows or self._done, "rows_done": self._done}
        if checker:
            refused = {one.row for one in context.refusals} if context else set()
            counts["rows_wrong"] = len(checker.wrong_rows | refused)
        if context:
            counts |= {
                "rows_new": context.new,
                "rows_changed": context.changed,
                "rows_same": context.same,
                "units_new": context.opening.units_new,
                "posts_new": context.opening.posts_new,
            }
        return counts

    async def _tell_progress(self) -> None:
        """Until the step has ended. Raises Superseded when the import no longer waits for this step."""
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            async with self._database.reading() as db:
                if await db.run(_PROGRESS, **self._one, counts_=self._counts()):
                    continue
                if await db.row(_FIND, **self._one) is None:
                    raise Superseded
                return

    async def _tidy(self, row: Any) -> None:
        """After a load of people: sorts what was put aside into the indexes, and shows the planner the new tables."""
        if row["state"] != imports_pb2.IMPORT_STATE_APPLYING or row["kind"] != ImportKind.PEOPLE.value:
            return
        async with self._database.reading() as db:
            for statement in (*_SORT_IN, _LEARN):
                try:
                    await db.run(statement)
                except Exception as error:  # noqa: BLE001 - the import is done; the database does this by itself later
                    log.info("left to the database's own upkeep", error=type(error).__name__)


def _next(rows: Iterator[Typed]) -> Sequence[Typed]:
    return list(islice(rows, CHUNK))
