"""Match reports: one person against one post, and the posts that fit a person best.

Everything a report says is read from the database in the call itself; the columns in memory only find people.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, insert, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import directory
from libs.kit.call import Call
from libs.kit.database import Query, Session, prepared
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, vault_keys
from libs.kit.vault import SubjectKey
from mainstay.talent.v1 import matching_pb2, profiles_pb2
from services.talent import assembly, evidence, profile_views, showing, staff
from services.talent.assembly import Demand, Known
from services.talent.copies import post_of
from services.talent.errors import AutomatedUseRefused, JobProfileNotFound
from services.talent.evidence import Evidence, Wishes
from services.talent.job_demands import skills_in
from services.talent.job_versions import demands_in_force, openings
from services.talent.matching.inputs import Catalogue, Name
from services.talent.matching.model import Key
from services.talent.matching.posts import Kept, Wish, rank_posts
from services.talent.matching.report import Report, match
from services.talent.tables import entries, refused_uses, skills

Use = Literal["match", "search", "case"]
READ_PROFILE = "talent.profile.read"

_IDS = bindparam("ids", type_=ARRAY(Uuid))
# The skills asked for, all that are narrower, and those close to one asked for: whatever can count, and no more.
_RELATIONS = prepared(
    text("""
WITH RECURSIVE narrower(skill_id) AS (
    SELECT unnest(CAST(:ids AS uuid[]))
  UNION
    SELECT r.skill_id FROM skill_relations r JOIN narrower n ON r.other_id = n.skill_id WHERE r.kind = 1
)
SELECT r.* FROM skill_relations r
WHERE (r.kind = 1 AND r.other_id IN (SELECT skill_id FROM narrower))
   OR (r.kind = 3 AND (r.skill_id = ANY (:ids) OR r.other_id = ANY (:ids)))
""").bindparams(_IDS)
)
_SKILLS = prepared(
    select(
        skills.c.skill_id,
        skills.c.name,
        skills.c.name_en,
        skills.c.tenth_months_per_level,
        skills.c.taught_by,
        skills.c.taught_by_en,
    ).where(skills.c.skill_id == any_(_IDS))
)
_CERTIFICATES = prepared(
    select(entries.c.employee_id, entries.c.title, entries.c.valid_to).where(
        entries.c.employee_id == any_(_IDS),
        entries.c.kind == profiles_pb2.ENTRY_KIND_CERTIFICATE,
        entries.c.ended_at.is_(None),
        # A licence is seen before it lets somebody pass: nobody's own word is enough.
        or_(entries.c.source != profiles_pb2.ENTRY_SOURCE_SELF, entries.c.verified_at.is_not(None)),
    )
)
# With the keys that open them: a query for each person would cost a page more than all else.
_ENTRIES = prepared(
    profile_views.ENTRIES.add_columns(vault_keys.c.ring_key, vault_keys.c.wrapped)
    .outerjoin(vault_keys, vault_keys.c.subject_id == entries.c.employee_id)
    .where(entries.c.entry_id == any_(_IDS))
)
_REFUSE = prepared(
    insert(refused_uses).values(
        use_id=bindparam("use_id"),
        employee_id=bindparam("employee_id"),
        use=bindparam("use"),
        tried_by=bindparam("tried_by"),
        tried_at=bindparam("tried_at"),
    )
)


async def report_for(call: Call, employee_id: UUID, post_id: UUID, *, use: Use = "match") -> matching_pb2.MatchReport:
    """The report as of today. `use`: what a refused attempt is recorded as.

    Raises PersonNotFound, PostUnknown, JobProfileNotFound, AutomatedUseRefused. That the caller may know how this
    person matches is for whoever calls to check; the words of evidence are there only for who may read the profile.
    """
    today = call.house.today()
    found = await _person(call, employee_id, use)
    asked = await demand_of(call, post_id)
    known = await known_of(call.db, found)
    return (await messages(call, asked, [made(asked, known, found.wishes, today)]))[0]


async def posts_for(
    call: Call,
    employee_id: UUID,
    limit: int,
    *,
    filled_too: bool = False,
    unit_id: UUID | None = None,
    use: Use = "search",
) -> list[matching_pb2.MatchReport]:
    """The best posts with a job profile in force, best first; see `matching.posts` for the order. The post the person
    holds is none of them, and posts without a free place only when `filled_too`. Raises PersonNotFound,
    AutomatedUseRefused; checks no right, like `report_for`.
    """
    today = call.house.today()
    found = await _person(call, employee_id, use)
    known = await known_of(call.db, found)
    held = await staff.post_of(call.db, employee_id)
    offers = await openings(call.db, today, only_free=not filled_too, unit_id=unit_id)
    asked = await demands(call.db, (one for one in offers if one["post_id"] != held))
    offered = [one.opening(known, today) for one in asked.demands]
    ranked = await asyncio.to_thread(
        rank_posts, known.person, offered, asked.catalogue, on=today, wishes=assembly.wishes_of(found.wishes)
    )
    by_post = {one.post.post_id: one for one in asked.demands}
    best = [Made(by_post[one.report.post_id], known, one.report, one.wishes) for one in ranked[:limit]]
    return await messages(call, asked, best)


async def refuse(call: Call, employee_id: UUID, use: Use) -> None:
    """Records that somebody was to be ranked who refuses it; in a transaction of its own, which the error that ends the
    call does not undo.
    """
    async with call.house.database.transaction() as session:
        await session.run(
            _REFUSE, use_id=uuid7(), employee_id=employee_id, use=use, tried_by=call.actor, tried_at=call.now
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What posts ask for, with the part of the catalogue that can count for them and the names of its skills."""

    demands: Sequence[Demand]
    catalogue: Catalogue
    names: dict[Key, Name]


@dataclass(frozen=True, slots=True)
class Made:
    """A report, and what showing it takes."""

    demand: Demand
    known: Known
    report: Report
    wishes: Sequence[tuple[Wish, Kept]] = ()


def made(asked: Asked, known: Known, wishes: Wishes, today: date) -> Made:
    """One person against the first post asked for, as of a day. Pure."""
    demand = asked.demands[0]
    opening = demand.opening(known, today)
    report = match(known.person, demand.post, asked.catalogue, on=today, conditions=opening.conditions)
    return Made(demand, known, report, [(wish, opening.keeps(wish)) for wish in assembly.wishes_of(wishes)])


async def demand_of(call: Call, post_id: UUID) -> Asked:
    """What one post asks for today. Raises PostUnknown, JobProfileNotFound."""
    return await demands(call.db, [await _job(call, post_id, call.house.today())])


async def demands(db: Session, jobs: Iterable[Any]) -> Asked:
    """`jobs`: rows of `job_profiles` with their post's columns. A version that asks for nothing is passed over."""
    jobs = [job for job in jobs if job["requirements"]]
    asked = {skill for job in jobs for skill in skills_in(job["requirements"])}
    relations = await db.rows(_RELATIONS, ids=list(asked)) if asked else []
    counting = asked | {row["skill_id"] for row in relations} | {row["other_id"] for row in relations}
    rows = await db.rows(_SKILLS, ids=list(counting)) if counting else []
    names = {row["skill_id"]: assembly.name_of(row) for row in rows}
    return Asked([assembly.demand_of(job, names) for job in jobs], assembly.catalogue_of(rows, relations), {**names})


async def known_of(db: Session, found: Evidence) -> Known:
    rows = await db.rows(_CERTIFICATES, ids=[found.employee_id])
    return assembly.known_of(found, assembly.certificates_in(rows).get(found.employee_id))


async def known_of_many(db: Session, many: Iterable[Evidence]) -> list[Known]:
    """In the order given."""
    many = list(many)
    held = assembly.certificates_in(await db.rows(_CERTIFICATES, ids=[one.employee_id for one in many]))
    return [assembly.known_of(one, held.get(one.employee_id)) for one in many]


async def messages(call: Call, asked: Asked, many: Sequence[Made]) -> list[matching_pb2.MatchReport]:
    """The reports as they are answered, with the entries that counted."""
    counted = [(one.known.employee_id, said.entry_id) for one in many for said in _counted(one.known, one.report)]
    rows = await call.db.rows(_ENTRIES, ids=list({entry_id for _, entry_id in counted})) if counted else []
    readable = await _readable(call, {employee_id for employee_id, _ in counted})
    shown = {row["entry_id"]: profile_views.entry_message(row, _key(call, row, readable)) for row in rows}
    leaving = await staff.last_days(call.db, {one.known.employee_id for one in many}) if many else {}
    setting = showing.Setting(asked.names, call.now, call.language, leaving)

    def show() -> list[matching_pb2.MatchReport]:
        return [
            showing.shown(one.report, one.demand, setting, entry=_finder(one.known, shown), wishes=one.wishes)
            for one in many
        ]

    # A page of fifty takes 20 ms, for which nobody else shall wait.
    return await asyncio.to_thread(show)


async def _person(call: Call, employee_id: UUID, use: Use) -> Evidence:
    await staff.require(call.db, employee_id)
    found = (await evidence.evidence_of(call.db, [employee_id], call.house.today()))[employee_id]
    if found.refused:
        await refuse(call, employee_id, use)
        raise AutomatedUseRefused(employee_id=employee_id)
    return found


async def _job(call: Call, post_id: UUID, today: date) -> dict[str, Any]:
    post = await post_of(call.db, post_id)
    job = await demands_in_force(call.db, post_id, today)
    if job is None or not job["requirements"]:
        raise JobProfileNotFound(post_id=post_id)
    return {**job, "title": post["title"], "title_en": post["title_en"], "post_family": post["family"]}


def _counted(known: Known, report: Report) -> list[Any]:
    keys = [one.evidence.key for one in report.findings if one.evidence is not None]
    return [said for key in keys if (said := known.statement(key)) is not None]


def _finder(known: Known, shown: dict[UUID, profiles_pb2.Entry]) -> Callable[[Key], profiles_pb2.Entry | None]:
    def find(key: Key) -> profiles_pb2.Entry | None:
        said = known.statement(key)
        return shown.get(said.entry_id) if said is not None else None

    return find


async def _readable(call: Call, employee_ids: set[UUID]) -> set[UUID]:
    """Those whose profile the caller may read."""
    if call.passport is None or not employee_ids:
        return set()
    reach = directory.reach(call.scopes(READ_PROFILE), call.caller.employee_id)
    if not reach.shape:
        return set()
    rows = await call.db.rows(_inside(reach.shape), ids=list(employee_ids), **reach.values)
    return {row["employee_id"] for row in rows}


@cache
def _inside(shape: str) -> Query:
    return prepared(
        select(directory_people.c.employee_id).where(
            directory.inside(shape), directory_people.c.employee_id == any_(_IDS)
        )
    )


def _key(call: Call, row: Any, readable: set[UUID]) -> SubjectKey | None:
    """Without it none of the words that people wrote are shown."""
    if row["wrapped"] is None or row["employee_id"] not in readable:
        return None
    return call.house.vault.unwrap(row["employee_id"], row["ring_key"], row["wrapped"])
