"""Reads cases: one, those the caller has to do with, and what they are asked for."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Uuid, and_, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import directory, pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.dates import text_of
from libs.kit.errors import PageTokenInvalid
from libs.kit.tables import directory_people
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent.cases import access, ledger, rules, views
from services.talent.cases.ledger import Case
from services.talent.tables import case_participants, cases

_ME = bindparam("me", type_=Uuid)
_TAKES_PART = (
    select(1)
    .where(
        case_participants.c.case_id == cases.c.case_id,
        case_participants.c.employee_id == _ME,
        # Whoever may no longer run cases owns none.
        or_(case_participants.c.role != rules.OWNER, bindparam("manages", type_=Boolean)),
        case_participants.c.removed_at.is_(None),
    )
    .exists()
)
# A case that has ended asks for nothing but answers to its candidate.
_MINE = prepared(
    ledger.SHOWN.where(_TAKES_PART, or_(cases.c.ended_at.is_(None), ledger.ASKS)).order_by(cases.c.case_id)
)
_NEEDS = cases.c.case_id == any_(bindparam("needed", type_=ARRAY(Uuid)))


async def get(call: Call, request: pb.GetCaseRequest) -> pb.Case:
    case, roles = await access.reading(call, UUID(request.case_id))
    return await views.whole(call, case, roles)


async def list_cases(call: Call, request: pb.ListCasesRequest) -> pb.ListCasesResponse:
    """Those with a task for the caller first, then the newest."""
    reach = call.reach(access.MANAGE)
    tasks = await _tasks(call)
    values: dict[str, Any] = {
        "me": call.actor,
        "needed": [case.case_id for case, _ in tasks],
        "today": call.house.today(),
        "manages": bool(call.scopes(access.MANAGE)),
        **reach.values,
    }
    given = set()
    if request.state:
        given.add("state")
        values["state"] = request.state
    elif not request.ended_too:
        given.add("open")
    if after := pages.key_in(request, 2):
        given.add("after")
        values |= _after(after)
    size = pages.size_of(request)
    rows = await call.db.rows(_list(reach.shape, frozenset(given)), **values, size=size + 1)
    shown = await ledger.cases_of(call, rows[:size])
    found = pb.ListCasesResponse(cases=[views.brief(call, case, await access.roles_in(call, case)) for case in shown])
    if len(rows) > size:
        last = shown[-1].case_id
        found.next_page_token = pages.token_after(request, str(int(last in values["needed"])), str(last))
    return found


async def list_tasks(call: Call, _: pb.ListCaseTasksRequest) -> pb.ListCaseTasksResponse:
    today = call.house.today()
    found = sorted(await _tasks(call), key=lambda one: (one[1].due_on is None, one[1].due_on or today))
    return pb.ListCaseTasksResponse(
        tasks=[
            pb.CaseTask(
                case_id=str(case.case_id),
                number=case.row["number"],
                title=case.row["title"] or "",
                title_en=case.row["title_en"] or "",
                task=task.name,
                due_on=text_of(task.due_on),
                overdue=task.overdue(today),
            )
            for case, task in found
        ]
    )


async def _tasks(call: Call) -> list[tuple[Case, rules.Task]]:
    """What the caller is asked for in cases they have a role in, oldest case first."""
    if call.actor is None:
        return []
    today = call.house.today()
    rows = await call.db.rows(_MINE, me=call.actor, today=today, manages=bool(call.scopes(access.MANAGE)))
    return [
        (case, task)
        for case in await ledger.cases_of(call, rows)
        for task in rules.tasks(case.state, access.named_in(call, case), case.facts, _asked(call, case), today)
    ]


def _asked(call: Call, case: Case) -> rules.Asked:
    missing = case.unanswered
    mine = any(one["employee_id"] == call.actor for one in missing)
    return rules.Asked(case.row["opinions_due_on"], len(missing), mine)


def _after(key: tuple[str, ...]) -> dict[str, Any]:
    try:
        return {"after_needed": bool(int(key[0])), "after_id": UUID(key[1])}
    except ValueError:
        raise PageTokenInvalid from None


@cache
def _list(shape: str, given: frozenset[str]) -> Query:
    managed = and_(
        cases.c.employee_id != _ME,
        cases.c.related_employee_id.is_distinct_from(_ME),
        select(1).where(directory_people.c.employee_id == cases.c.employee_id, directory.inside(shape)).exists(),
    )
    statement = ledger.SHOWN.where(or_(_TAKES_PART, managed))
    if "state" in given:
        statement = statement.where(cases.c.state == bindparam("state"))
    if "open" in given:
        statement = statement.where(cases.c.ended_at.is_(None))
    if "after" in given:
        before = cases.c.case_id < bindparam("after_id", type_=Uuid)
        needed = bindparam("after_needed", type_=Boolean)
        same = _NEEDS.is_not_distinct_from(needed)
        statement = statement.where(or_(and_(same, before), and_(needed, ~_NEEDS)))
    return prepared(statement.order_by(_NEEDS.desc(), cases.c.case_id.desc()).limit(bindparam("size")))
