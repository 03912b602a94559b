"""A profile as its readers see it: every value with its source, its words opened under the person's key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Date, bindparam, select

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import text_of, timestamp
from libs.kit.ids import text_of_id
from libs.kit.vault import SubjectKey
from mainstay.talent.v1 import profiles_pb2
from services.talent import sealing
from services.talent.entry_rules import digits
from services.talent.tables import entries, posts, posts_held, profiles, skills

ENTRIES = select(*entries.c, skills.c.name.label("skill_name"), skills.c.name_en.label("skill_name_en")).select_from(
    entries.outerjoin(skills, skills.c.skill_id == entries.c.skill_id)
)
_PRESENT = prepared(
    ENTRIES.where(entries.c.employee_id == bindparam("employee_id"), entries.c.ended_at.is_(None)).order_by(
        entries.c.kind, entries.c.observed_on.desc(), entries.c.entry_id.desc()
    )
)
_PROFILE = prepared(select(profiles).where(profiles.c.employee_id == bindparam("employee_id")))
# What is planned is nothing a person has done yet.
_HELD = prepared(
    select(*posts_held.c, posts.c.title, posts.c.title_en)
    .select_from(posts_held.outerjoin(posts, posts.c.post_id == posts_held.c.post_id))
    .where(
        posts_held.c.employee_id == bindparam("employee_id"),
        posts_held.c.starts_on <= bindparam("today", type_=Date),
    )
    .order_by(posts_held.c.starts_on.desc(), posts_held.c.position.desc())
)


async def shown(call: Call, employee_id: UUID) -> profiles_pb2.Profile:
    """The profile as it is now; of somebody of whom nothing was ever said, the posts held and version 0."""
    row = await call.db.row(_PROFILE, employee_id=employee_id)
    key = await sealing.reading_key(call, employee_id)
    held = await call.db.rows(_HELD, employee_id=employee_id, today=call.house.today())
    present = await call.db.rows(_PRESENT, employee_id=employee_id)
    return profiles_pb2.Profile(
        employee_id=str(employee_id),
        posts=[_post(one) for one in held],
        entries=[entry_message(one, key) for one in present],
        aspirations=_aspirations(row, key) if row is not None and row["said_at"] is not None else None,
        automated_use_refused=row is not None and row["automated_use_refused"],
        version=row["version"] if row is not None else 0,
    )


def entry_message(row: Any, key: SubjectKey | None, opened: Callable[..., str] = sealing.opened) -> profiles_pb2.Entry:
    """A row of `ENTRIES`; `opened`: how its words are read, see `sealing`."""

    def words(column: str) -> str:
        return opened(key, "entries", column, row["entry_id"], row[column])

    return profiles_pb2.Entry(
        entry_id=str(row["entry_id"]),
        kind=row["kind"],
        skill_id=text_of_id(row["skill_id"]),
        # An imported skill may have one name alone.
        title=row["title"] or row["skill_name"] or row["skill_name_en"] or "",
        title_en=row["title_en"] or row["skill_name_en"] or row["skill_name"] or "",
        level=row["level"],
        value="" if row["value"] is None else digits(row["value"]),
        scale=row["scale"],
        potential=row["potential"],
        evidence=words("evidence"),
        source=row["source"],
        recorded_by=text_of_id(row["recorded_by"]),
        observed_on=row["observed_on"].isoformat(),
        valid_to=text_of(row["valid_to"]),
        recorded_at=timestamp(row["recorded_at"]),
        ended_at=timestamp(row["ended_at"]),
        verified_by=text_of_id(row["verified_by"]),
        contested=words("contested"),
        contest_answer=words("contest_answer"),
        code=row["code"],
    )


def _aspirations(row: Any, key: SubjectKey | None) -> profiles_pb2.Aspirations:
    return profiles_pb2.Aspirations(
        shift=row["shift"],
        shift_firm=row["shift_firm"],
        place=row["place"],
        place_firm=row["place_firm"],
        families=row["families"],
        mobile=row["mobile"],
        words=sealing.opened(key, "profiles", "words", row["employee_id"], row["words"]),
        said_at=timestamp(row["said_at"]),
    )


def _post(row: Any) -> profiles_pb2.PostHeld:
    return profiles_pb2.PostHeld(
        post_id=text_of_id(row["post_id"]),
        title=row["title"] or "",
        title_en=row["title_en"] or "",
        unit_id=text_of_id(row["unit_id"]),
        starts_on=row["starts_on"].isoformat(),
        ends_on=text_of(row["ends_on"]),
    )
