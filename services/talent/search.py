"""The best people for a post, out of everybody in the caller's scope.

Scope first: who may be seen and works here, and who of them refused or, where asked, would not take the post, are
questions to the database, answered as packed ids; nothing of it outlives the call. For callers whose scope is the whole
company the first is not asked: that is everybody in memory. Then the ranking, in a thread: numpy lets the interpreter
go, so other calls are answered meanwhile. Then the page's reports, from the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, LargeBinary, SmallInteger, String, and_, bindparam, false, func, or_, select, true

from libs.kit import directory
from libs.kit.access.scopes import ALL
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.tables import directory_people as people
from mainstay.talent.v1 import matching_pb2
from services.talent import assembly, evidence, memory, reports
from services.talent.assembly import Demand
from services.talent.matching.block import Gate
from services.talent.matching.columns import Mask, Rows
from services.talent.matching.inputs import Name
from services.talent.matching.model import Outcome
from services.talent.matching.report import match
from services.talent.matching.search import Places, find
from services.talent.memory import Memory
from services.talent.reports import Asked, Made
from services.talent.showing import OUTCOMES
from services.talent.tables import profiles

DEFAULT_PEOPLE = 20
# Python's own part of a ranking holds the interpreter: more at once would only let calls wait for their turn longer.
_RANKERS = ThreadPoolExecutor(2, thread_name_prefix="ranking")
_ASKED: Mapping[int, Outcome] = {number: outcome for outcome, number in OUTCOMES.items()}


async def find_people(call: Call, request: matching_pb2.FindPeopleRequest) -> matching_pb2.FindPeopleResponse:
    known = memory.of(call.house)
    async with known.turns:
        return await _find(call, known, request)


async def _find(call: Call, known: Memory, request: matching_pb2.FindPeopleRequest) -> matching_pb2.FindPeopleResponse:
    asked = await reports.demand_of(call, UUID(request.post_id))
    scope, refused = await _scope(call, known, asked.demands[0], request)
    # Ranking needs no database: its connection is for others meanwhile.
    await call.db.release()
    size = request.page_size or DEFAULT_PEOPLE
    places = await _ranked(call, known, asked, scope, top=request.offset + size, outcomes=request.outcomes)
    rows = [row for row, _, _ in places.best[request.offset :]]
    ids = [one for one in map(known.columns.person_at, rows) if one is not None]
    return matching_pb2.FindPeopleResponse(
        reports=await _reports(call, asked, ids), compared=places.considered, refused=refused
    )


async def _ranked(
    call: Call, known: Memory, asked: Asked, scope: Mask | Rows, *, top: int, outcomes: Sequence[int]
) -> Places:
    demand, today = asked.demands[0], call.house.today()
    wanted = {_ASKED[one] for one in outcomes if one in _ASKED} or set(Outcome)

    def search() -> Places:
        gates = [_gate(known, one.condition_id, one.certificate, today) for one in demand.conditions]
        return find(
            known.columns,
            demand.post,
            asked.catalogue,
            on=today,
            top=top,
            scope=scope,
            gates=gates,
            outcomes=wanted,
        )

    return await asyncio.get_running_loop().run_in_executor(_RANKERS, search)


def _gate(known: Memory, condition_id: str, certificate: str, today: date) -> Gate:
    """Everybody's verdict on one condition."""
    by_verdict = known.verdicts(certificate, today)
    verdicts = np.zeros(len(known.columns), np.uint8)
    for verdict, holders in by_verdict.items():
        rows = known.columns.rows(holders)
        verdicts[rows[rows < len(verdicts)]] = verdict
    return Gate(condition_id, Name(certificate, certificate), verdicts)


async def _reports(call: Call, asked: Asked, ids: Sequence[UUID]) -> list[matching_pb2.MatchReport]:
    """Of the page, from what the database says now; in the order of those reports, should it differ by a moment."""
    demand, today = asked.demands[0], call.house.today()
    found = await evidence.evidence_of(call.db, ids, today)
    known = await reports.known_of_many(call.db, [found[employee_id] for employee_id in ids])

    def make() -> list[Made]:
        made = []
        for one in known:
            judged = demand.judged(one.certificates, today)
            report = match(one.person, demand.post, asked.catalogue, on=today, conditions=judged)
            opening = demand.opening(one, today)
            wishes = [(wish, opening.keeps(wish)) for wish in assembly.wishes_of(found[one.employee_id].wishes)]
            made.append(Made(demand, one, report, wishes))
        return sorted(made, key=lambda one: one.report.order)

    made = await asyncio.get_running_loop().run_in_executor(_RANKERS, make)
    for one in made:
        call.touch(one.known.employee_id)
    return await reports.messages(call, asked, made)


async def _scope(
    call: Call, known: Memory, demand: Demand, request: matching_pb2.FindPeopleRequest
) -> tuple[Mask | Rows, int]:
    """Whom to rank, and how many of the scope refused."""
    reach = call.reach()
    if not reach.shape:
        return known.rows_of(None), 0
    values: dict[str, Any] = {**reach.values, "nothing": b""}
    if request.unit_id:
        values["unit_id"] = UUID(request.unit_id)
    scope: Mask | Rows = known.everybody()
    if reach.shape != ALL or request.unit_id:
        scope = known.rows_of(await call.db.value(_inside(reach.shape, bool(request.unit_id)), **values))
    if request.honour_firm_wishes:
        values |= {"shift": assembly.shift_number(demand.shift), "place": demand.place}
    # After the question before: who refuses meanwhile is left out.
    shape = (reach.shape, bool(request.unit_id), request.honour_firm_wishes)
    (row,) = await call.db.rows(_left_out(*shape), **values)
    left_out = known.rows_of(row["left_out"])
    if scope.dtype == np.bool_:
        scope[left_out[left_out < len(scope)]] = False
        return scope, row["refused"]
    return np.setdiff1d(scope, left_out, assume_unique=True), row["refused"]


_PACKED = func.string_agg(func.uuid_send(people.c.employee_id), bindparam("nothing", type_=LargeBinary))


@cache
def _inside(shape: str, in_unit: bool) -> Query:
    """A scope's employed people."""
    return prepared(select(_PACKED).select_from(people).where(_employed_in(shape, in_unit)))


@cache
def _left_out(shape: str, in_unit: bool, firm: bool) -> Query:
    """Those of a scope who refused, or would not take the post; and how many refused. Who has no profile has not."""
    refused: ColumnElement[bool] = profiles.c.automated_use_refused
    return prepared(
        select(_PACKED.label("left_out"), func.count().filter(refused).label("refused"))
        .select_from(profiles.join(people, people.c.employee_id == profiles.c.employee_id))
        .where(_employed_in(shape, in_unit), or_(refused, _breaks_firm_wish()) if firm else refused)
    )


def _employed_in(shape: str, in_unit: bool) -> ColumnElement[bool]:
    below = directory.below_unit("unit_id") if in_unit else true()
    return and_(people.c.employed, directory.inside(shape), below)


def _breaks_firm_wish() -> Any:
    """As `matching.posts` has it: a post that does not say breaks no wish."""
    shift = bindparam("shift", type_=SmallInteger)
    place = bindparam("place", type_=String)
    return func.coalesce(
        or_(
            and_(profiles.c.shift_firm, profiles.c.shift != 0, shift != 0, profiles.c.shift != shift),
            and_(profiles.c.place_firm, profiles.c.place != "", place != "", func.btrim(profiles.c.place) != place),
        ),
        false(),
    )
