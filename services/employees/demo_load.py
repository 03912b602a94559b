"""Loads the demo company into an empty database: its years of history go through the rules in memory, then in by COPY.

The facts are recorded with the days they happened on, so that subscribers can live through the company's history; where
everybody stands is published once, as of today.
"""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from google.protobuf.message import Message
from sqlalchemy import select

from libs.kit import deadlines, directory
from libs.kit.app import Runtime
from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import vault_keys
from libs.kit.vault import KEY_COLUMNS
from mainstay.employees.v1 import contracts_pb2, events_pb2, organization_pb2
from services.employees import bulk, facts, placing, unit_records
from services.employees.demo import company, model
from services.employees.demo_life import Life, Signed
from services.employees.sealing import blind_national_id, blind_tokens, seal_person
from services.employees.tables import PERSONAL_FIELDS, contracts, employments, people, posts, unit_states, units
from services.employees.unit_records import UnitRecord

_ANYBODY = prepared(select(people.c.employee_id).limit(1))
_OFFICE_OPENS = time(9)
log = structlog.get_logger()


async def load(call: Call, made_up: model.Company) -> bool:
    """Says whether anything was loaded: a database that knows any person is left as it is."""
    if await call.db.value(_ANYBODY):
        return False
    life = Life(made_up)
    for event in made_up.events:
        life.take(event)
    await _Writing(call, made_up, life).write(made_up)
    return True


class _Writing:
    def __init__(self, call: Call, company: model.Company, life: Life) -> None:
        self._call = call
        self._life = life
        self._zone = ZoneInfo(call.house.time_zone)
        self._today = company.today
        self._people = {person.number: person for person in company.people}
        self._keys = {who: call.house.vault.new_key(who) for who in life.ids.values()}
        self._posts_opened: list[tuple[date, Message]] = []
        self._posts_placed: list[Message] = []

    def _at(self, on: date) -> datetime:
        """When something was recorded: in the morning of its day, plans ahead by now."""
        if on >= self._today:
            return self._call.now
        return datetime.combine(on, _OFFICE_OPENS, self._zone).astimezone(UTC)

    async def write(self, company: model.Company) -> None:
        """Writes everything, facts and today's standing last."""
        await self._write_units(company)
        await self._write_posts(company)
        await self._write_people()
        await self._write_time()
        await self._stand_today()

    async def _write_units(self, company: model.Company) -> None:
        db, ids = self._call.db, self._life.units
        await db.copy(
            units,
            ("unit_id", "code", "opened_on"),
            [(ids[one.code], one.code, one.opened_on) for one in company.units],
        )
        rows = [bulk.state_row(s, self._at(s.starts_on)) for states in self._life.states.values() for s in states]
        await db.copy(unit_states, bulk.STATE, rows)

    async def _write_posts(self, company: model.Company) -> None:
        given = ("title", "title_en", "family", "level", "headcount", "opened_on")
        rows = []
        for post in company.posts:
            criticality = organization_pb2.Criticality.Value(f"CRITICALITY_{post.criticality}")
            own = tuple(getattr(post, name) for name in given)
            rows.append((self._life.posts[post.code], post.code, self._life.units[post.unit], criticality, *own))
            fact = events_pb2.PostChanged(
                post_id=str(self._life.posts[post.code]),
                code=post.code,
                title=post.title,
                title_en=post.title_en,
                unit_id=str(self._life.units[post.unit]),
                family=post.family,
                level=post.level,
                headcount=post.headcount,
            )
            self._posts_opened.append((post.opened_on, fact))
            self._posts_placed.append(facts.post(fact, post.opened_on)[1])
        await self._call.db.copy(posts, ("post_id", "code", "unit_id", "criticality", *given), rows)

    async def _write_people(self) -> None:
        vault, rows = self._call.house.vault, []
        for number, person in self._people.items():
            who = self._life.ids[number]
            values = {field: str(getattr(person, field) or "") for field in PERSONAL_FIELDS}
            employment = self._life.careers[who].latest_on(self._today)
            if employment is None:
                raise LookupError(f"{number} was never hired")
            rows.append(
                (
                    who,
                    number,
                    *seal_person(self._keys[who][0], who, values).values(),
                    blind_tokens(vault, person.name, person.name_en, number),
                    blind_national_id(vault, person.national_id),
                    person.time_zone or self._call.house.time_zone,
                    employment.hired_on,
                    employment.last_day,
                    employment.probation_ends_on,
                    employment.confirmed_on,
                )
            )
        blind = ("tokens", "national_id_index")
        shown = ("time_zone", "hired_on", "last_day", "probation_ends_on", "confirmed_on")
        await self._call.db.copy(vault_keys, KEY_COLUMNS, [record for _, record in self._keys.values()])
        await self._call.db.copy(people, ("employee_id", "number", *PERSONAL_FIELDS, *blind, *shown), rows)

    async def _write_time(self) -> None:
        db, lines, hired = self._call.db, [], []
        for who, career in self._life.careers.items():
            key = self._keys[who][0]
            for line in career.assignments:
                said = self._life.said[line.assignment_id]
                lines.append(bulk.assignment_row(line, self._at(said.on), key, said.reason))
            for one in career.employments:
                gone = self._life.left.get(one.employment_id)
                hired.append(
                    (
                        one.employment_id,
                        who,
                        one.hired_on,
                        one.last_day,
                        one.probation_ends_on,
                        one.confirmed_on,
                        self._at(one.confirmed_on) if one.confirmed_on else None,
                        gone.kind if gone else 0,
                        self._at(gone.on) if gone else None,
                        key.seal("employments", "leave_reason", one.employment_id, gone.reason) if gone else None,
                        self._at(one.hired_on),
                    )
                )
        await bulk.copy_assignments(db, lines)
        await db.copy(
            employments,
            (
                "employment_id",
                "employee_id",
                "hired_on",
                "last_day",
                "probation_ends_on",
                "confirmed_on",
                "confirmed_at",
                "leave_kind",
                "left_at",
                "leave_reason",
                "recorded_at",
            ),
            hired,
        )
        columns = ("contract_id", "employee_id", "kind", "starts_on", "ends_on", "pay_amount", "pay_currency")
        await db.copy(
            contracts, (*columns, "pay_period", "signed_on", "recorded_at"), map(self._contract, self._life.contracts)
        )

    def _contract(self, signed: Signed) -> tuple[Any, ...]:
        event, key = signed.event, self._keys[signed.employee_id][0]
        pay = key.seal("contracts", "pay_amount", signed.contract_id, str(event.pay))
        of = (signed.contract_id, signed.employee_id, signed.kind, event.starts_on, event.ends_on)
        return (*of, pay, "CNY", contracts_pb2.PAY_PERIOD_MONTH, event.on, self._at(event.on))

    async def _stand_today(self) -> None:
        """Fills the directory, publishes everything, and sets the clock for what is planned."""
        db, now = self._call.db, self._call.now
        placed_units = []
        for code, states in self._life.states.items():
            record = UnitRecord(self._life.units[code], code, states[0].starts_on, None, 1, tuple(states))
            placed_unit = unit_records.place_on(record, self._today)
            if placed_unit:
                placed_units.append(placed_unit)
                await directory.place_unit(db, placed_unit)
        placed = [placing.place_on(career, self._today) for career in self._life.careers.values()]
        await directory.place_people(db, placed)
        # Units and posts open before anybody comes.
        happened = sorted([*self._posts_opened, *self._life.facts], key=itemgetter(0))
        # A microsecond between facts of one morning keeps their order visible.
        told = [(self._at(on) + timedelta(microseconds=n), fact) for n, (on, fact) in enumerate(happened)]
        await bulk.publish(
            db, [*told, *((now, fact) for fact in (*placed_units, *self._posts_placed, *placed))], self._call.house.name
        )
        for number, who in self._life.ids.items():
            turn = placing.next_turn(self._life.careers[who], self._today)
            if turn:
                zone = self._people[number].time_zone or self._call.house.time_zone
                await deadlines.schedule(db, placing.DUE, str(who), placing.start_of(turn, zone))


async def demo_company(runtime: Runtime, _arguments: Namespace) -> None:
    """Command: `demo-company` loads it into an empty database; one that knows any person is left as it is."""
    async with runtime.unit() as call:
        loaded = await load(call, company(runtime.house.today()))
    log.info("demo company", loaded=loaded)
