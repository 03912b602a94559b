"""`python -m services.talent import-skills esco|onet FILE…`: brings a classification of skills into the catalogue.

All or nothing: one transaction, and nothing at all when a file cannot be read to its end. Rows that alone are wrong are
left out and named. Imported again, a file changes nothing but what it says otherwise than before; what people have said
since stays (`skill_rules.imported_again`), relations they took from a skill do not come back.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from libs.kit.app import Runtime
from libs.kit.database import Session
from libs.kit.words import best_language, say
from services.talent import skill_store
from services.talent.catalogue.esco import read_esco
from services.talent.catalogue.onet import read_onet
from services.talent.catalogue.problems import Fault, Report
from services.talent.catalogue.skills import Relation, Skill
from services.talent.skill_rules import BROADER, CLOSE, Ladder, Link, imported_again, link_of, skill_id_of, stored

READERS = {"esco": read_esco, "onet": read_onet}
UNREADABLE = frozenset(
    {
        Fault.FILE_MISSING,
        Fault.ZIP_BROKEN,
        Fault.ZIP_ENCRYPTED,
        Fault.TOO_LARGE,
        Fault.TOO_DENSE,
        Fault.TOO_MANY_FILES,
        Fault.NOT_UTF8,
        Fault.EMPTY,
        Fault.COLUMN_MISSING,
        Fault.ROW_UNREADABLE,
    }
)
"""After these part of a file was not seen: its skills might come in without their relations."""
# Skills and their labels are held for one batch only: of ESCO's 14,000 that is 3 MB.
BATCH = 1_000
SHOWN = 50
Line = Callable[[str], object]


class NotImported(Exception):
    """A file could not be read to its end; the report says which and why."""


@dataclass
class Outcome:
    added: int = 0
    changed: int = 0
    same: int = 0
    related: int = 0
    loops: list[str] = field(default_factory=list)
    """Keys of relations that were left out because they closed a loop of broader skills."""


async def import_skills(runtime: Runtime, arguments: Namespace) -> None:
    """The command. Ends the process with 1 when nothing was imported, 2 when it was called wrongly."""
    language = best_language(os.environ.get("LANG", "").partition(".")[0].replace("_", "-"))
    source, *files = arguments.names or [""]
    if source not in READERS or not files:
        _print(say(language, "talent", "skill_import.usage"))
        raise SystemExit(2)
    report, began = Report(), time.monotonic()
    entries = READERS[source]([Path(name) for name in files], report)
    try:
        async with runtime.database.transaction() as db:
            outcome = await bring_in(db, entries, report, runtime.clock.now())
    except NotImported:
        for line in problems(report, language):
            _print(line)
        _print(say(language, "talent", "skill_import.nothing"))
        raise SystemExit(1) from None
    for line in (*problems(report, language), *told(outcome, report, language, time.monotonic() - began)):
        _print(line)


async def bring_in(db: Session, entries: Iterable[Skill | Relation], report: Report, at: datetime) -> Outcome:
    """Puts what a reader gives into the tables. Raises NotImported, and then the transaction must not commit."""
    await skill_store.lock(db)
    writing = _Writing(db, at, await skill_store.ladder(db))
    for entry in entries:
        await writing.take(entry)
    await writing.finish()
    if UNREADABLE & report.counts.keys():
        raise NotImported
    return writing.outcome


def problems(report: Report, language: str) -> Iterator[str]:
    """One sentence each, the first SHOWN of them: where, what, and what to do."""
    for one in report.problems[:SHOWN]:
        place = ":".join(str(part) for part in (one.file, one.line or "", one.column) if part)
        values = {"place": place, "what": one.what.best(language), "fix": one.fix.best(language)}
        yield say(language, "talent", "skill_import.problem", values)
    if report.total > SHOWN:
        yield say(language, "talent", "skill_import.more", {"count": report.total - SHOWN})


def told(outcome: Outcome, report: Report, language: str, seconds: float) -> Iterator[str]:
    if outcome.loops:
        values = {"count": len(outcome.loops), "keys": ", ".join(outcome.loops[:SHOWN])}
        yield say(language, "talent", "skill_import.loops", values)
    if report.total:
        yield say(language, "talent", "skill_import.left_out", {"count": report.total})
    # Kilobytes on Linux.
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    counts = {"added": outcome.added, "changed": outcome.changed, "same": outcome.same, "related": outcome.related}
    values = {**counts, "seconds": f"{seconds:.1f}", "megabytes": megabytes}
    yield say(language, "talent", "skill_import.counts", values)


class _Writing:
    def __init__(self, db: Session, at: datetime, ladder: Ladder) -> None:
        self.outcome = Outcome()
        self._db = db
        self._at = at
        self._ladder = ladder
        self._skills: list[Skill] = []
        self._links: list[Link] = []
        self._by_people: set[UUID] = set()

    async def take(self, entry: Skill | Relation) -> None:
        if isinstance(entry, Skill):
            self._skills.append(entry)
            if len(self._skills) >= BATCH:
                await self._write_skills()
            return
        self._links += self._link(entry)
        if len(self._links) >= BATCH:
            await self.finish()

    async def finish(self) -> None:
        """Skills first: whether people changed one decides about its relations."""
        await self._write_skills()
        links = [one for one in self._links if not self._is_peoples(one)]
        self.outcome.related += await skill_store.relate(self._db, links)
        self._links = []

    def _link(self, relation: Relation) -> Sequence[Link]:
        link = link_of(relation)
        if link.kind == BROADER and not self._ladder.add(link.skill_id, link.other_id):
            self.outcome.loops.append(f"{relation.of} → {relation.to}")
            return ()
        return (link,)

    def _is_peoples(self, link: Link) -> bool:
        return link.skill_id in self._by_people or (link.kind == CLOSE and link.other_id in self._by_people)

    async def _write_skills(self) -> None:
        batch = {skill_id_of(one.key): one for one in self._skills}
        self._skills = []
        before = await skill_store.read(self._db, batch)
        self._by_people |= {skill_id for skill_id, kept in before.items() if kept.by_people}
        new = [stored(one) for skill_id, one in batch.items() if skill_id not in before]
        again = [(before[skill_id].skill, one) for skill_id, one in batch.items() if skill_id in before]
        changed = [after for kept, one in again if (after := imported_again(kept, one)) != kept]
        if new:
            await skill_store.add(self._db, new, self._at)
        if changed:
            await skill_store.change(self._db, changed, self._at)
        self.outcome.added += len(new)
        self.outcome.changed += len(changed)
        self.outcome.same += len(again) - len(changed)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
