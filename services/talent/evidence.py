"""What is known of people's work, as matching and pools read it: the statements that count, pace, wishes.

Of what was contested the statement still counts, marked, until HR has answered. Nothing here opens a seal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, and_, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.database import Session, prepared
from services.talent import entry_rules
from services.talent.entry_rules import Statement
from services.talent.tables import entries, profiles

STATED = (
    entries.c.entry_id,
    entries.c.employee_id,
    entries.c.kind,
    entries.c.source,
    entries.c.observed_on,
    entries.c.skill_id,
    entries.c.code,
    entries.c.title,
    entries.c.title_en,
    entries.c.level,
    entries.c.value,
    entries.c.scale,
    entries.c.potential,
    entries.c.valid_to,
    entries.c.verified_at.is_not(None).label("verified"),
    and_(entries.c.contested_at.is_not(None), entries.c.answered_at.is_(None)).label("contested"),
)
_FIELDS = len(STATED)
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_STANDING = prepared(
    select(*STATED)
    .where(entries.c.employee_id == any_(_IDS), entries.c.ended_at.is_(None))
    .order_by(entries.c.employee_id)
)
_PROFILES = prepared(
    select(
        profiles.c.employee_id,
        profiles.c.version,
        profiles.c.automated_use_refused,
        profiles.c.shift,
        profiles.c.shift_firm,
        profiles.c.place,
        profiles.c.place_firm,
        profiles.c.families,
        profiles.c.mobile,
    ).where(profiles.c.employee_id == any_(_IDS))
)
_LAPSED = prepared(
    select(entries.c.employee_id)
    .distinct()
    .where(
        entries.c.ended_at.is_(None),
        entries.c.valid_to >= bindparam("since", type_=Date),
        entries.c.valid_to < bindparam("today", type_=Date),
    )
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """`shift` is a number of the contract's enum, 0 when all the same; `families` first choice first."""

    shift: int = 0
    shift_firm: bool = False
    place: str = ""
    place_firm: bool = False
    families: tuple[str, ...] = ()
    mobile: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a match may know of a person. `held` has one statement per topic (see `entry_rules`); `learning` is 1
    slow, 2 usual, 3 fast, 0 not rated; `refused`: not to be ranked automatically; `version` 0: nothing was ever said.
    """

    employee_id: UUID
    version: int = 0
    refused: bool = False
    held: tuple[Statement, ...] = ()
    wishes: Wishes = Wishes()

    @property
    def learning(self) -> int:
        return entry_rules.learning(self.held)


async def evidence_of(db: Session, employee_ids: Iterable[UUID], today: date) -> dict[UUID, Evidence]:
    """For everybody asked for, also where nothing is known."""
    wanted = list(dict.fromkeys(employee_ids))
    rows = {row["employee_id"]: row for row in await db.rows(_PROFILES, ids=wanted)}
    held = await held_of(db, wanted, today)
    return {one: _evidence(one, rows.get(one), held.get(one, ())) for one in wanted}


async def held_of(db: Session, employee_ids: Iterable[UUID], today: date) -> dict[UUID, tuple[Statement, ...]]:
    """The statements that count, for those of whom there is any."""
    rows = await db.rows(_STANDING, ids=list(employee_ids))
    return {
        person: entry_rules.counting(map(statement, those), today)
        for person, those in groupby(rows, key=lambda row: row["employee_id"])
    }


async def lapsed(db: Session, since: date, today: date) -> list[UUID]:
    """Those of whom something stopped being valid: its last day lies on or after `since` and before `today`."""
    return [row["employee_id"] for row in await db.rows(_LAPSED, since=since, today=today)]


def statement(row: Any) -> Statement:
    """A row that begins with the columns of `STATED`: the statement's fields, in their order."""
    return Statement(*row[:_FIELDS])


def _evidence(employee_id: UUID, row: Any | None, held: tuple[Statement, ...]) -> Evidence:
    if row is None:
        return Evidence(employee_id, held=held)
    wishes = Wishes(
        row["shift"], row["shift_firm"], row["place"], row["place_firm"], tuple(row["families"]), row["mobile"]
    )
    return Evidence(employee_id, row["version"], row["automated_use_refused"], held, wishes)
