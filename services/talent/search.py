"""The best people for a post, out of everybody in the caller's scope.

Scope first: who may be seen and works here, and who refused or, where asked, would not take the post, are questions
to the database, answered as packed ids; nothing of it outlives the call. For callers whose scope is the whole
company the first is not asked: that is everybody in memory. Then the ranking, in a thread, from unpacking the ids on:
numpy lets the interpreter go, so other calls are answered meanwhile. Then the page's reports, from the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
from prometheus_client import Histogram
from sqlalchemy import ColumnElement, LargeBinary, SmallInteger, String, and_, bindparam, func, or_, select, true

from libs.kit import directory
from libs.kit.access.scopes import ALL
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.tables import directory_people as people
from libs.kit.threads import Threads
from mainstay.talent.v1 import matching_pb2
from services.talent import assembly, evidence, memory, reports
from services.talent.assembly import Demand
from services.talent.matching.block import Gate
from services.talent.matching.columns import Mask
from services.talent.matching.inputs import Name
from services.talent.matching.model import Outcome
from services.talent.matching.search import Places, find
from services.talent.memory import Memory
from services.talent.reports import Asked, Made
from services.talent.showing import OUTCOMES
from services.talent.tables import profiles

DEFAULT_PEOPLE = 20
# Python's own part of a ranking holds the interpreter: more at once would only let calls wait for their turn longer.
_RANKERS = Threads("ranking", 2)
_RANKING = Histogram(
    "mainstay_talent_ranking_seconds",
    "How long it took to rank everybody in a scope",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
_ASKED: Mapping[int, Outcome] = {number: outcome for outcome, number in OUTCOMES.items()}


async def find_people(call: Call, request: matching_pb2.FindPeopleRequest) -> matching_pb2.FindPeopleResponse:
    known = memory.of(call.house)
    async with known.turns:
        return await _find(call, known, request)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Ids as PostgreSQL packs them: whom the caller may see (None: everybody), who refused, who would not take it."""

    inside: bytes | None
    refused: bytes
    unwilling: bytes = b""

    def of(self, known: Memory) -> tuple[Mask, int]:
        """Whom to rank, by row, and how many of the scope refused."""
        inside = None if self.inside is None else known.rows_of(self.inside)
        refused, unwilling = known.rows_of(self.refused), known.rows_of(self.unwilling)
        # After the rows were found, so that it is long enough for all of them.
        mask = known.everybody() if inside is None else known.nobody()
        if inside is not None:
            mask[inside] = True
        many = np.count_nonzero(mask[known.columns.present(refused)])
        mask[refused] = mask[unwilling] = False
        return mask, int(many)


async def _find(call: Call, known: Memory, request: matching_pb2.FindPeopleRequest) -> matching_pb2.FindPeopleResponse:
    asked = await reports.demand_of(call, UUID(request.post_id))
    scope = await _scope(call, asked.demands[0], request)
    # Ranking needs no database: its connection is for others meanwhile.
    await call.db.release()
    size = request.page_size or DEFAULT_PEOPLE
    places, refused = await _ranked(call, known, asked, scope, top=request.offset + size, outcomes=request.outcomes)
    rows = [row for row, _, _ in places.best[request.offset :]]
    ids = [one for one in map(known.columns.person_at, rows) if one is not None]
    return matching_pb2.FindPeopleResponse(
        reports=await _reports(call, asked, ids), compared=places.considered, refused=refused
    )


async def _ranked(
    call: Call, known: Memory, asked: Asked, scope: _Scope, *, top: int, outcomes: Sequence[int]
) -> tuple[Places, int]:
    """The best, and how many of the scope refused."""
    demand, today = asked.demands[0], call.house.today()
    wanted = {_ASKED[one] for one in outcomes if one in _ASKED} or set(Outcome)

    def search() -> tuple[Places, int]:
        with _RANKING.time():
            gates = [_gate(known, one.condition_id, one.certificate, today) for one in demand.conditions]
            mask, refused = scope.of(known)
            places = find(
                known.columns,
                demand.post,
                asked.catalogue,
                on=today,
                top=top,
                scope=mask,
                gates=gates,
                outcomes=wanted,
            )
        return places, refused

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
    today = call.house.today()
    found = await evidence.evidence_of(call.db, ids, today)
    known = await reports.known_of_many(call.db, [found[employee_id] for employee_id in ids])

    def make() -> list[Made]:
        made = (reports.made(asked, one, found[one.employee_id].wishes, today) for one in known)
        return sorted(made, key=lambda one: one.report.order)

    made = await asyncio.get_running_loop().run_in_executor(_RANKERS, make)
    for one in made:
        call.touch(one.known.employee_id)
    return await reports.messages(call, asked, made)


async def _scope(call: Call, demand: Demand, request: matching_pb2.FindPeopleRequest) -> _Scope:
    reach = call.reach()
    if not reach.shape:
        return _Scope(inside=b"", refused=b"")
    values: dict[str, Any] = {**reach.values, "nothing": b""}
    if request.unit_id:
        values["unit_id"] = UUID(request.unit_id)
    inside = None
    if reach.shape != ALL or request.unit_id:
        inside = await call.db.value(_inside(reach.shape, bool(request.unit_id)), **values) or b""
    # After the question before: who refuses meanwhile is left out.
    refused = await call.db.value(_REFUSED, nothing=b"") or b""
    if not request.honour_firm_wishes:
        return _Scope(inside, refused)
    offered = {"shift": assembly.shift_number(demand.shift), "place": demand.place}
    return _Scope(inside, refused, await call.db.value(_UNWILLING, nothing=b"", **offered) or b"")


def _packed(ids: ColumnElement[UUID]) -> ColumnElement[bytes]:
    return func.string_agg(func.uuid_send(ids), bindparam("nothing", type_=LargeBinary))


@cache
def _inside(shape: str, in_unit: bool) -> Query:
    """A scope's employed people."""
    below = directory.below_unit("unit_id", at_once=True) if in_unit else true()
    return prepared(
        select(_packed(people.c.employee_id))
        .select_from(people)
        .where(people.c.employed, directory.inside(shape, at_once=True), below)
    )


# Of the whole company, as they are few; joined with a scope, plans have looked up everybody in it instead.
_REFUSED = prepared(select(_packed(profiles.c.employee_id)).where(profiles.c.automated_use_refused))
_SHIFT, _PLACE = bindparam("shift", type_=SmallInteger), bindparam("place", type_=String)
# As `matching.posts` has it: a post that does not say breaks no wish.
_UNWILLING = prepared(
    select(_packed(profiles.c.employee_id)).where(
        or_(
            and_(profiles.c.shift_firm, profiles.c.shift != 0, _SHIFT != 0, profiles.c.shift != _SHIFT),
            and_(profiles.c.place_firm, profiles.c.place != "", _PLACE != "", func.btrim(profiles.c.place) != _PLACE),
        )
    )
)
