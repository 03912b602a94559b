"""Opens the units and posts that rows name and that are not there, and finds the ids of those that are.

What people are put in from a day on must be there on that day: units and posts, opened here or earlier, are taken to
have been there since the first day anybody is put in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from pypinyin import Style, lazy_pinyin
from sqlalchemy import Date, Uuid, bindparam, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.database import Session, prepared
from libs.kit.dates import text_of
from libs.kit.ids import text_of_id, uuid7
from libs.kit.tables import directory_units
from mainstay.employees.v1 import events_pb2
from services.employees import bulk, facts
from services.employees.importing.cells import key_of
from services.employees.importing.existing import Existing
from services.employees.importing.rows import PostRef, UnitRef
from services.employees.tables import posts, unit_states, units
from services.employees.unit_rules import State

_LONGEST_CODE = 32
_CODE_SIGNS = re.compile(r"[^A-Za-z0-9]+")
_BACKDATE_UNIT = prepared(
    update(units)
    .where(units.c.unit_id == bindparam("id"), units.c.opened_on > bindparam("first", type_=Date))
    .values(opened_on=bindparam("first", type_=Date))
)
_BACKDATE_STATE = prepared(
    text("""
UPDATE unit_states SET starts_on = :first WHERE state_id = (
    SELECT state_id FROM unit_states WHERE unit_id = :id AND (ends_on IS NULL OR ends_on >= starts_on)
    ORDER BY starts_on LIMIT 1
) AND starts_on > :first
""").bindparams(bindparam("id", type_=Uuid), bindparam("first", type_=Date))
)
_BACKDATE_POST = prepared(
    update(posts)
    .where(posts.c.post_id == bindparam("id"), posts.c.opened_on > bindparam("first", type_=Date))
    .values(opened_on=bindparam("first", type_=Date))
)
# As many places as there are people who hold them or are about to.
_WIDEN = prepared(
    text("""
UPDATE posts o SET headcount = h.held, version = o.version + 1 FROM (
    SELECT d.post_id, count(*) AS held FROM directory_people d JOIN people p USING (employee_id)
    WHERE d.post_id = ANY (:ids) AND (p.last_day IS NULL OR p.last_day >= :today) GROUP BY d.post_id
) h WHERE o.post_id = h.post_id AND o.headcount < h.held RETURNING o.*
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("today", type_=Date))
)


@dataclass
class _Unit:
    unit_id: UUID
    code: str
    name: str
    parent_id: UUID | None


@dataclass
class _Post:
    post_id: UUID
    code: str
    title: str
    unit_id: UUID
    holders: int = 0


class Opening:
    """Ids of units and posts, for one import. `root` is the unit to import below, or the only root there is."""

    def __init__(self, existing: Existing, root: UUID | None, prefix: str, today: date) -> None:
        self._today = today
        self._prefix = prefix
        self._codes = {unit.code.casefold() for unit in existing.units}
        self._post_codes = {post.code.casefold() for post in existing.posts}
        self._parents = {unit.unit_id: unit.parent_id for unit in existing.units}
        self._post_units = {post.post_id: post.unit_id for post in existing.posts}
        self._posts_by_title = {
            (post.unit_id, key): post.post_id
            for post in existing.posts
            for key in (key_of(post.title), key_of(post.title_en))
            if key
        }
        roots = [unit.unit_id for unit in existing.units if unit.parent_id is None and unit.closed_on is None]
        self.root = root or (roots[0] if len(roots) == 1 else None)
        self._counts: dict[str, int] = {}
        self._new_units: dict[tuple[UUID | None, str], _Unit] = {}
        self._new_posts: dict[tuple[UUID, str], _Post] = {}
        self._by_id: dict[UUID, _Post] = {}
        self._first: dict[UUID, date] = {}
        self._post_first: dict[UUID, date] = {}

    @property
    def units_new(self) -> int:
        return len(self._new_units)

    @property
    def posts_new(self) -> int:
        return len(self._new_posts)

    def unit(self, ref: UnitRef | None) -> UUID | None:
        """The unit a row means; one that is to be opened has its id from now on."""
        if ref is None or isinstance(ref, UUID):
            return ref
        parent_id = self.unit(ref.parent)
        # Names and codes are found without regard to case, so these are one.
        key = (parent_id, key_of(ref.code or ref.name))
        found = self._new_units.get(key)
        if found is None:
            code = self._code(ref.code, ref.name, self._codes)
            found = self._new_units[key] = _Unit(uuid7(), code, ref.name, parent_id)
            self._parents[found.unit_id] = parent_id
        return found.unit_id

    def post(self, ref: PostRef | None, unit_id: UUID | None) -> UUID | None:
        """The post a row means for somebody in a unit; None when nothing says in which unit a new one would be."""
        if ref is None or isinstance(ref, UUID):
            return ref
        within = self.unit(ref.unit) or unit_id or self.root
        if within is None:
            return None
        key = (within, key_of(ref.title))
        known = self._posts_by_title.get(key)
        if known is not None:
            return known
        found = self._new_posts.get(key)
        if found is None:
            code = self._code(ref.code, ref.title, self._post_codes)
            found = self._new_posts[key] = _Post(uuid7(), code, ref.title, within)
            self._by_id[found.post_id] = found
            self._post_units[found.post_id] = within
        return found.post_id

    def unit_of_post(self, post_id: UUID) -> UUID | None:
        return self._post_units.get(post_id)

    def use(self, unit_id: UUID | None, post_id: UUID | None, first: date, *, holds: bool) -> None:
        """Takes note that somebody is put here from a day on, and whether they hold the post today."""
        if unit_id is not None and first < self._first.get(unit_id, date.max):
            self._first[unit_id] = first
        if post_id is not None:
            if first < self._post_first.get(post_id, date.max):
                self._post_first[post_id] = first
            new = self._by_id.get(post_id)
            if new is not None and holds:
                new.holders += 1

    async def write(self, db: Session, now: datetime) -> list[Message]:
        """Writes what is to be opened and moves first days back. Returns the facts, units before posts."""
        for post_id, first in self._post_first.items():
            unit_id = self._post_units.get(post_id)
            if unit_id is not None and first < self._first.get(unit_id, date.max):
                self._first[unit_id] = first
        self._spread_upwards()
        told = await self._write_units(db, now)
        told += await self._write_posts(db)
        fresh = {unit.unit_id for unit in self._new_units.values()}
        old = [{"id": unit_id, "first": first} for unit_id, first in self._first.items() if unit_id not in fresh]
        await db.run_many(_BACKDATE_STATE, old)
        await db.run_many(_BACKDATE_UNIT, old)
        await db.run_many(
            _BACKDATE_POST,
            [{"id": one, "first": first} for one, first in self._post_first.items() if one not in self._by_id],
        )
        return told

    async def widen(self, db: Session) -> list[Message]:
        """Gives the posts people were put in as many places as they need now. Returns the facts."""
        known = [post_id for post_id in self._post_first if post_id not in self._by_id]
        rows = await db.rows(_WIDEN, ids=known, today=self._today) if known else []
        told: list[Message] = []
        for row in rows:
            changed = events_pb2.PostChanged(
                post_id=str(row["post_id"]),
                code=row["code"],
                title=row["title"],
                title_en=row["title_en"],
                unit_id=str(row["unit_id"]),
                family=row["family"],
                level=row["level"],
                headcount=row["headcount"],
                closed_on=text_of(row["closed_on"]),
            )
            told += facts.post(changed, row["opened_on"])
        return told

    def _spread_upwards(self) -> None:
        """A unit is there at least as long as those below it."""
        for unit_id, first in list(self._first.items()):
            at, seen = self._parents.get(unit_id), {unit_id}
            while at is not None and at not in seen:
                seen.add(at)
                if first < self._first.get(at, date.max):
                    self._first[at] = first
                at = self._parents.get(at)

    def _path(self, unit_id: UUID) -> list[UUID]:
        """The unit and all above it."""
        path: list[UUID] = []
        at: UUID | None = unit_id
        while at is not None and at not in path:
            path.append(at)
            at = self._parents.get(at)
        return path

    async def _write_units(self, db: Session, now: datetime) -> list[Message]:
        rows, states, standing = [], [], []
        told: list[Message] = []
        for unit in self._new_units.values():
            first = min(self._first.get(unit.unit_id, self._today), self._today)
            rows.append((unit.unit_id, unit.code, first))
            state = State(uuid7(), unit.unit_id, first, None, unit.name, "", unit.parent_id, None)
            states.append(bulk.state_row(state, now))
            placed = events_pb2.UnitPlaced(
                unit_id=str(unit.unit_id),
                parent_id=text_of_id(unit.parent_id),
                open=True,
                code=unit.code,
                name=unit.name,
            )
            standing.append((unit.unit_id, unit.parent_id, self._path(unit.unit_id), True, unit.code, unit.name))
            told += [
                events_pb2.UnitChanged(
                    unit_id=str(unit.unit_id),
                    code=unit.code,
                    name=unit.name,
                    parent_id=text_of_id(unit.parent_id),
                    effective_on=text_of(first),
                ),
                placed,
            ]
        await db.copy(units, ("unit_id", "code", "opened_on"), rows)
        await db.copy(unit_states, bulk.STATE, states)
        await db.copy(directory_units, ("unit_id", "parent_id", "path", "open", "code", "name"), standing)
        return told

    async def _write_posts(self, db: Session) -> list[Message]:
        rows: list[tuple[Any, ...]] = []
        told: list[Message] = []
        for post in self._new_posts.values():
            first = min(self._post_first.get(post.post_id, self._today), self._today)
            headcount = max(post.holders, 1)
            rows.append((post.post_id, post.code, post.title, post.unit_id, headcount, first))
            changed = events_pb2.PostChanged(
                post_id=str(post.post_id),
                code=post.code,
                title=post.title,
                unit_id=str(post.unit_id),
                headcount=headcount,
            )
            told += facts.post(changed, first)
        await db.copy(posts, ("post_id", "code", "title", "unit_id", "headcount", "opened_on"), rows)
        return told

    def _code(self, given: str, name: str, taken: set[str]) -> str:
        """The row's own code where it is free, or one made from the name: 品质部 is PZB-1.

        A made code always has a number: `ENGINEER` would be found by everybody whose title is Engineer.
        """
        wish, count = given, 0
        if not given:
            wish, count = self._prefix + (code_from(name) or "X"), self._counts.get(name, 0) + 1
        code = _numbered(wish, count)
        while code.casefold() in taken:
            count += 1
            code = _numbered(wish, count)
        taken.add(code.casefold())
        self._counts[name] = count
        return code


def _numbered(wish: str, count: int) -> str:
    tail = f"-{count}" if count else ""
    return wish[: _LONGEST_CODE - len(tail)] + tail


def code_from(name: str) -> str:
    """A short code people may recognise: initials of Chinese characters, the first letters of longer Latin names."""
    parts: Iterable[str] = lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda word: f" {word} ")
    words = _CODE_SIGNS.sub(" ", "".join(parts)).split()
    if len(words) > 2:
        return "".join(word if word.isdecimal() else word[0] for word in words).upper()[:16]
    return "-".join(words).upper()[:16].strip("-")
