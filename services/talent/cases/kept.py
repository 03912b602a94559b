"""The reports that a case keeps, read from their sealed text, and which of the posts compared ask for something else
since.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.database import Session, prepared
from mainstay.talent.v1 import matching_pb2
from services.talent.job_versions import in_force
from services.talent.tables import job_profiles

_IN_FORCE = prepared(
    select(job_profiles.c.post_id, job_profiles.c.number).where(
        job_profiles.c.post_id == any_(bindparam("post_ids", type_=ARRAY(Uuid))), in_force()
    )
)


def report_in(text: str) -> matching_pb2.MatchReport | None:
    return matching_pb2.MatchReport.FromString(base64.b64decode(text)) if text else None


def alternatives_in(text: str) -> list[matching_pb2.MatchReport]:
    return list(matching_pb2.FindPostsResponse.FromString(base64.b64decode(text)).reports) if text else []


async def replaced(db: Session, texts: Mapping[UUID, str], day: date) -> set[UUID]:
    """Of cases with the text of their alternatives, those with a post whose version in force is another on a day than
    the one compared.
    """
    compared = {
        case_id: {UUID(one.post_id): one.profile_number for one in alternatives_in(text)}
        for case_id, text in texts.items()
    }
    posts: Iterable[UUID] = {post_id for versions in compared.values() for post_id in versions}
    rows = await db.rows(_IN_FORCE, post_ids=list(posts), day=day) if posts else []
    now = {row["post_id"]: row["number"] for row in rows}
    return {
        case_id
        for case_id, versions in compared.items()
        if any(now.get(post_id) != number for post_id, number in versions.items())
    }
