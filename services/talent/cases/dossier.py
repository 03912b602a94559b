"""The dossier of a case: what its reader sees of it, as a PDF to print and file."""

from __future__ import annotations

import asyncio
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import directory_people
from libs.kit.words import say
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent import skill_store
from services.talent.cases import access, printing, views
from services.talent.copies import post_of

_NUMBERS = prepared(
    select(directory_people.c.employee_id, directory_people.c.number).where(
        directory_people.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)


async def get(call: Call, request: pb.GetDossierRequest) -> pb.Dossier:
    case, roles = await access.reading(call, UUID(request.case_id))
    shown = await views.whole(call, case, roles)
    numbers = await _numbers(call, shown)
    setting = printing.Setting(
        language=call.language,
        zone=ZoneInfo(call.house.time_zone),
        printed_at=call.now,
        printed_by=" ".join(filter(None, (call.caller.username, numbers.get(str(call.actor), "")))),
        numbers=numbers,
        skills=await _skills(call, shown),
        posts=await _posts(call, shown),
        erased=case.key is None,
    )
    # Some 40 ms of computing: others are answered meanwhile.
    content = await asyncio.to_thread(printing.dossier, shown, setting)
    name = say(call.language, "talent", "dossier.file_name", {"number": shown.number})
    return pb.Dossier(file_name=name, content=content)


async def _numbers(call: Call, case: pb.Case) -> dict[str, str]:
    """Numbers of everybody the case names, and of the caller, by id."""
    named = {case.employee_id, case.related_employee_id, case.decision.decided_by, str(call.actor or "")}
    for many in (case.participants, case.opinions, case.steps):
        named.update(one.employee_id for one in many)
    named.update(one.actor_id for one in case.steps)
    named.update(one.answered_by for one in case.explanations)
    rows = await call.db.rows(_NUMBERS, ids=[UUID(one) for one in named if one])
    return {str(row["employee_id"]): row["number"] for row in rows}


async def _skills(call: Call, case: pb.Case) -> dict[str, str]:
    names = await skill_store.names_of(call.db, [UUID(one) for one in case.decision.focus_skill_ids])
    english = call.language == "en"
    return {str(one): (english and name_en) or name for one, (name, name_en) in names.items()}


async def _posts(call: Call, case: pb.Case) -> dict[str, str]:
    """Titles of the post and of the one decided on."""
    found = {}
    for post_id in {case.post_id, case.decision.post_id} - {""}:
        row = await post_of(call.db, UUID(post_id))
        found[post_id] = (call.language == "en" and row["title_en"]) or row["title"]
    return found
