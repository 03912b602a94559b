"""Loads what is known of the demo company's people, the way HR would: by import, and by job profiles from
templates; and what the people want, as they would say it themselves.

Loading it again changes nothing.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from datetime import date, timedelta
from uuid import UUID

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from libs.kit.app import Runtime
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import directory_people
from mainstay.talent.v1 import events_pb2, profiles_pb2
from services.talent import aspirations, demo, entry_import, job_templates
from services.talent.tables import job_profiles, posts, profiles

# Events tell nobody here when they are through.
_FOLLOWED_WITHIN_SECONDS = 300
_COUNT = prepared(select(func.count()).select_from(directory_people))
_PEOPLE = prepared(
    select(directory_people.c.number, posts.c.family)
    .join(posts, posts.c.post_id == directory_people.c.post_id)
    .where(directory_people.c.employed)
)
_SILENT = prepared(
    select(directory_people.c.employee_id, directory_people.c.number, posts.c.family)
    .join(posts, posts.c.post_id == directory_people.c.post_id)
    .outerjoin(profiles, profiles.c.employee_id == directory_people.c.employee_id)
    .where(directory_people.c.employed, directory_people.c.erased.is_(False), profiles.c.said_at.is_(None))
    .order_by(directory_people.c.number)
)
_SAID = ("purpose", "requirements", "conditions", "shift", "place", "family", "training_months")
_APPROVED = prepared(
    insert(job_profiles)
    .values(
        {name: bindparam(name, type_=job_profiles.c[name].type) for name in _SAID}
        | {name: bindparam(name) for name in ("post_id", "starts_on", "approved_at")}
        | {"number": 1}
    )
    .on_conflict_do_nothing()
)
_POSTS = prepared(select(posts.c.code, posts.c.post_id))
log = structlog.get_logger()


async def load(runtime: Runtime, people: int) -> bool:
    """Waits until so many people and every post of `demo.JOBS` are known here, then loads. True: something was new."""
    async with asyncio.timeout(_FOLLOWED_WITHIN_SECONDS):
        while not await _followed(runtime, people):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    today, recorded = runtime.house.today(), 0
    async with runtime.unit() as call:
        workers = [demo.Worker(row["number"], row["family"]) for row in await call.db.rows(_PEOPLE)]
        for kind, content in demo.files(workers, today).items():
            request = profiles_pb2.ImportEntriesRequest(kind=kind, content=content)  # type: ignore[arg-type]
            answer = await entry_import.import_entries(call, request)
            if answer.problems:
                raise ValueError(answer.problems[0].message)
            recorded += answer.recorded
        recorded += await _say_wishes(call)
        of_code = {row["code"]: row["post_id"] for row in await call.db.rows(_POSTS)}
        for code, template in demo.JOBS.items():
            await _put_in_force(call, of_code[code], template, today)
    return recorded > 0


async def _say_wishes(call: Call) -> int:
    """How many said what they want. Whoever has said it already is not asked again."""
    silent = {row["number"]: row for row in await call.db.rows(_SILENT)}
    found = demo.wishes(demo.Worker(number, row["family"]) for number, row in silent.items())
    for number, said in found.items():
        await aspirations.say(call, silent[number]["employee_id"], said)
    return len(found)


async def _put_in_force(call: Call, post_id: UUID, template: str, today: date) -> None:
    """The first version of a post's job profile, a year old. A post that has any is left as it is."""
    said = job_templates.templates()[template].stored(call.language)
    starts_on = today - timedelta(days=365)
    if not await call.db.run(_APPROVED, post_id=post_id, starts_on=starts_on, approved_at=call.now, **said):
        return
    call.record(events_pb2.JobProfileApproved(post_id=str(post_id), number=1, starts_on=starts_on.isoformat()))


async def _followed(runtime: Runtime, people: int) -> bool:
    async with runtime.database.reading() as session:
        known = {row["code"] for row in await session.rows(_POSTS)}
        return demo.JOBS.keys() <= known and await session.value(_COUNT) >= people


async def demo_profiles(runtime: Runtime, arguments: Namespace) -> None:
    """Command: `demo-profiles 320` loads it for the demo company of so many people."""
    log.info("demo profiles", loaded=await load(runtime, int(arguments.names[0])))
