"""Loads what is there already, as the checks of a file need to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import Date, bindparam, text

from libs.kit.database import Session, prepared
from services.employees.importing.existing import Existing, KnownPerson, KnownPost, KnownUnit

_TODAY = bindparam("today", type_=Date)
# The state of today, of the last day of units that are closed, or of the first day of units to come.
_UNITS = prepared(
    text("""
SELECT u.unit_id, u.code, s.name, s.name_en, s.parent_id, u.closed_on, s.head_id
FROM units u JOIN LATERAL (
    SELECT * FROM unit_states WHERE unit_id = u.unit_id AND (ends_on IS NULL OR ends_on >= starts_on)
    ORDER BY starts_on > :today, abs(starts_on - :today) LIMIT 1
) s ON true
""").bindparams(_TODAY)
)
_POSTS = prepared(
    text("""
SELECT o.post_id, o.code, o.title, o.title_en, o.unit_id, o.headcount - coalesce(h.held, 0) AS free, o.closed_on
FROM posts o LEFT JOIN (
    SELECT post_id, count(*) AS held FROM directory_people WHERE employed GROUP BY post_id
) h USING (post_id)
""")
)
_PEOPLE = prepared(
    text("""
SELECT p.number, p.employee_id, p.hired_on, p.last_day, coalesce(m.number, '') AS manager, d.post_id,
       p.erased_at IS NOT NULL AS erased
FROM people p
LEFT JOIN directory_people d USING (employee_id)
LEFT JOIN people m ON m.employee_id = d.manager_id
""")
)


@dataclass(frozen=True)
class Present:
    """The company on the day of the import."""

    existing: Existing
    heads: dict[UUID, UUID | None]
    erased: set[str] = field(default_factory=set)
    """Numbers that were theirs who were erased."""


async def load(db: Session, today: date, *, count_places: bool) -> Present:
    """Places are not counted where the import may open what is missing: it then widens posts for whom it puts there."""
    heads: dict[UUID, UUID | None] = {}
    units = []
    for row in await db.rows(_UNITS, today=today):
        units.append(KnownUnit(*list(row)[:6]))
        heads[row["unit_id"]] = row["head_id"]
    posts = [
        KnownPost(
            row["post_id"],
            row["code"],
            row["title"],
            row["title_en"],
            row["unit_id"],
            max(row["free"], 0) if count_places else None,
            row["closed_on"],
        )
        for row in await db.rows(_POSTS)
    ]
    people: dict[str, KnownPerson] = {}
    erased = set()
    for number, *known, gone in await db.rows(_PEOPLE):
        if gone:
            erased.add(number)
        else:
            people[number] = KnownPerson(*known)
    return Present(Existing(units, posts, people), heads, erased)
