"""Notices what is done at the sign-in issuer itself, by reading its log of changes and by a slow comparison of all.

The log tells within seconds; the comparison finds what the log did not tell, asking for one entry after another at a
steady rate (20 a second: 300,000 accounts in four hours, at a twentieth of a core of Keycloak's). Both go on where
they were, on whatever replica: one holds the row of a watch at a time.

What is found is judged by the present state of account and entry and not by the event, so that reading an event twice,
late, or one of our own does nothing. An entry that cannot be read keeps nobody else's from being looked at: it is left
to the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit.app import Runtime
from libs.kit.database import Session, prepared
from libs.kit.ids import NIL
from services.identity import issuer, issuer_queue, issuer_rules, issuer_stops
from services.identity.issuer import Issuer, IssuerFailed, IssuerUnreachable
from services.identity.issuer_rules import Finding
from services.identity.issuer_worker import standing
from services.identity.register import OPEN
from services.identity.tables import issuer_watches as watches

EVENTS, COMPARISON = "events", "comparison"
# Longer than a page takes.
_LEASE = timedelta(seconds=60)
_PAGE = 100
_AT_ONCE = 4
_AFTER_FAILURE = timedelta(seconds=10)

_FOUND = Counter("mainstay_issuer_findings_total", "What was found to be done at the issuer itself", ["finding"])
_COMPARED = Counter("mainstay_issuer_compared_total", "Accounts compared with their entries")
log = structlog.get_logger()

_BEGIN = prepared(insert(watches).values(watch=bindparam("name"), due_at=bindparam("at")).on_conflict_do_nothing())
_TAKE = prepared(
    update(watches)
    .where(watches.c.watch == bindparam("name"), watches.c.due_at <= bindparam("at"))
    .values(due_at=bindparam("until"))
    .returning(watches.c.position)
)
_GO_ON = prepared(
    update(watches)
    .where(watches.c.watch == bindparam("name"))
    .values(position=bindparam("reached"), due_at=bindparam("at"), error="")
)
_FAILED = prepared(
    update(watches).where(watches.c.watch == bindparam("name")).values(due_at=bindparam("at"), error=bindparam("why"))
)
_PROBLEM = prepared(select(watches.c.error).where(watches.c.error != "").limit(1))


class EntriesLost(IssuerFailed):
    """So many entries are missing at once that the issuer must have lost them: nobody is suspended for that.

    `python -m services.identity rebuild-issuer` makes them anew.
    """


async def keep_watching(runtime: Runtime) -> None:
    """Background: works for as long as the service runs, where the issuer is managed here."""
    managed = issuer.of(runtime.house)
    if managed is None:
        return
    watcher = Watcher(runtime, managed)
    while True:
        try:
            await watcher.look()
        except Exception as error:  # noqa: BLE001 - the database is out; every watch is where it was
            log.warning("issuer not watched", error=type(error).__name__)
        await asyncio.sleep(min(1.0, managed.settings.keycloak_watch_seconds))


async def problem(db: Session) -> str:
    """Class of what keeps a watch from going on; empty when nothing does."""
    return str(await db.value(_PROBLEM) or "")


class Watcher:
    def __init__(self, runtime: Runtime, managed: Issuer) -> None:
        self._runtime = runtime
        self._house = runtime.house
        self._directory = managed.directory
        self._settings = managed.settings
        self._begun = False

    async def look(self) -> None:
        """Does what is due of both watches, if no other replica is at it."""
        if not self._begun:
            await self._begin()
        await self._watch(EVENTS, self._read_changes)
        await self._watch(COMPARISON, self._compare_page)

    async def _begin(self) -> None:
        """Queues accounts from before the issuer was managed, so that nobody is left out."""
        now = self._house.clock.now()
        adopted = 0
        while queued := await issuer_queue.adopt(self._house.database, now):
            adopted += queued
        if adopted:
            log.info("accounts queued for the issuer", accounts=adopted)
        async with self._house.database.transaction() as session:
            for name in (EVENTS, COMPARISON):
                await session.run(_BEGIN, name=name, at=now)
        self._begun = True

    async def _watch(self, name: str, look: Callable[[str], Awaitable[tuple[str, timedelta]]]) -> None:
        now = self._house.clock.now()
        async with self._house.database.transaction() as session:
            position = await session.value(_TAKE, name=name, at=now, until=now + _LEASE)
        if position is None:
            return
        try:
            async with asyncio.timeout(_LEASE.total_seconds() * 0.75):
                position, rest = await look(position)
        except Exception as error:  # noqa: BLE001 - whatever it is, the status page says it and it is tried again
            log.info("issuer not watched", watch=name, problem=type(error).__name__)
            await self._write(_FAILED, name=name, at=self._house.clock.now() + _AFTER_FAILURE, why=type(error).__name__)
        else:
            await self._write(_GO_ON, name=name, reached=position, at=self._house.clock.now() + rest)

    async def _read_changes(self, position: str) -> tuple[str, timedelta]:
        page = await self._directory.changes(position)
        changed = list(dict.fromkeys(one.entry_id for one in page.changed))
        async with self._house.database.reading() as session:
            rows = await issuer_queue.of_entries(session, changed)
        await self._look_at(rows)
        return page.position, timedelta(seconds=0 if page.more else self._settings.keycloak_watch_seconds)

    async def _compare_page(self, position: str) -> tuple[str, timedelta]:
        after = UUID(position) if position else NIL
        async with self._house.database.reading() as session:
            rows = await issuer_queue.page_with_entry(session, after, _PAGE)
        await self._look_at(rows, all_of_them=True)
        _COMPARED.inc(len(rows))
        if len(rows) < _PAGE:
            return "", timedelta(seconds=self._settings.keycloak_compare_rest_seconds)
        return str(rows[-1]["account_id"]), timedelta(seconds=_PAGE / self._settings.keycloak_compare_per_second)

    async def _look_at(self, rows: Sequence[Any], *, all_of_them: bool = False) -> None:
        """Raises what the issuer itself suffers from. An entry that alone cannot be read or acted on is put off.

        With `all_of_them` the rows are a part of all, so that many missing ones say that they are lost.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def find(row: Any) -> Finding:
            async with slots:
                return await self._find(row)

        looked = await asyncio.gather(*(find(row) for row in rows), return_exceptions=True)
        errors = [one for one in looked if isinstance(one, BaseException)]
        for error in errors:
            if isinstance(error, IssuerUnreachable) or issuer_rules.too_many_refused(len(errors), len(rows)):
                raise error
        if all_of_them and issuer_rules.too_many_missing([one for one in looked if isinstance(one, Finding)]):
            raise EntriesLost
        for row, found in zip(rows, looked, strict=True):
            try:
                if isinstance(found, BaseException):
                    raise found
                await self._act(row, found)
            except Exception as error:  # noqa: BLE001 - one entry's failure is its own; the queue keeps and shows it
                await self._put_off(row, error)

    async def _put_off(self, row: Any, error: Exception) -> None:
        """Leaves an entry to the queue, which tries until it is in step, and says for how long and why it is not."""
        log.warning("entry not looked at", account_id=str(row["account_id"]), problem=type(error).__name__)
        _FOUND.labels("unknown").inc()
        if row["behind_since"] is None:
            async with self._runtime.unit() as call:
                await issuer_queue.want(call, row["account_id"], issuer_queue.BULK)

    async def _find(self, row: Any) -> Finding:
        return issuer_rules.judge(standing(row), await self._directory.entry(row["kind"], row["entry_id"]))

    async def _act(self, row: Any, finding: Finding) -> None:
        if finding is Finding.FINE:
            return
        _FOUND.labels(finding.value).inc()
        if finding is Finding.MISSING and row["state"] != OPEN:
            await issuer_stops.forget_entry(self._runtime, row)
        elif finding in {Finding.MISSING, Finding.SHUT_THERE}:
            await issuer_stops.stop(self._runtime, row, finding)
        else:
            await issuer_stops.put_back(self._runtime, row, finding)

    async def _write(self, statement: Any, **values: Any) -> None:
        async with self._house.database.transaction() as session:
            await session.run(statement, **values)
