"""Pure: what a row of a person says differently from their record, and what that does to their career.

A row says where somebody stands today. What an empty cell does not say stays as it is, but for the manager: where the
file has managers, nobody's manager is said by an empty cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from libs.kit.ids import uuid7
from mainstay.employees.v1 import contracts_pb2
from services.employees.career import PRIMARY, Assignment, Career, Change, Employment
from services.employees.contract_rules import Term
from services.employees.days import DAY, common
from services.employees.errors import OverlapsHistory
from services.employees.importing.rows import PersonRow
from services.employees.rules import Place


@dataclass(frozen=True)
class Member:
    """Somebody who is there already."""

    career: Career
    time_zone: str
    fields: Mapping[str, str]
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Where the row puts somebody today. `manager_id` counts only when `manager_said`."""

    unit_id: UUID | None
    post_id: UUID | None
    manager_id: UUID | None
    manager_said: bool


@dataclass(frozen=True)
class Difference:
    """What changes. Everything empty: the record is just as the row says."""

    corrected: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = ""
    employment: Employment | None = None
    rehired: bool = False
    moved: Change = field(default_factory=Change)
    restarted: tuple[UUID, date] | None = None
    """An assignment that begins on another day: the first day itself is corrected."""
    last_day: date | None = None
    confirmed: bool = False
    term: Term | None = None

    def __bool__(self) -> bool:
        return bool(
            self.corrected or self.time_zone or self.employment or self.moved or self.last_day or self.term
        )  # fmt: skip


def differ(member: Member, row: PersonRow, standing: Standing, today: date) -> Difference:
    """Raises OverlapsHistory when the row's first day lies behind something that is recorded already."""
    corrected = _corrected(member, row)
    zone = row.time_zone if row.time_zone and row.time_zone != member.time_zone else ""
    latest = member.career.employments[-1]
    term = _term(member, row)
    if latest.last_day is not None and latest.last_day < row.hired_on:
        employment = Employment(
            uuid7(), member.career.employee_id, row.hired_on, row.last_day, row.probation_ends_on, row.confirmed_on
        )
        place = Place(standing.unit_id, standing.post_id, standing.manager_id)
        change = Change(opened=(_first(employment, place),))
        return Difference(corrected, zone, employment, rehired=True, moved=change, term=term)
    employment, restarted = _employment(member.career, latest, row)
    last_day = row.last_day if row.last_day is not None and row.last_day != latest.last_day else None
    moved = _moved(member.career, standing, today) if _stays(latest, today) else Change()
    return Difference(
        corrected,
        zone,
        employment if employment != latest else None,
        moved=moved,
        restarted=restarted,
        last_day=last_day,
        confirmed=employment.confirmed_on != latest.confirmed_on,
        term=term,
    )


def _stays(employment: Employment, today: date) -> bool:
    return employment.last_day is None or employment.last_day >= today


def _corrected(member: Member, row: PersonRow) -> dict[str, str]:
    said = {
        "name": row.name,
        "name_en": row.name_en,
        "work_mail": row.work_mail,
        "mobile": row.mobile,
        "national_id": row.national_id,
        "birth_date": row.birth_date.isoformat() if row.birth_date else "",
        "home_address": row.home_address,
    }
    return {name: value for name, value in said.items() if value and value != member.fields[name]}


def _first(employment: Employment, place: Place) -> Assignment:
    return Assignment(
        uuid7(),
        employment.employee_id,
        PRIMARY,
        place.unit_id,
        place.post_id,
        place.manager_id,
        employment.hired_on,
        employment.last_day,
    )


def _employment(career: Career, latest: Employment, row: PersonRow) -> tuple[Employment, tuple[UUID, date] | None]:
    """The present employment with what the row says of it, and the assignment that then begins on another day."""
    changed = replace(
        latest,
        probation_ends_on=row.probation_ends_on or latest.probation_ends_on,
        confirmed_on=row.confirmed_on or latest.confirmed_on,
    )
    if row.hired_on == latest.hired_on:
        return changed, None
    earlier = career.employments[:-1]
    first = next((a for a in career.of_kind(PRIMARY) if a.starts_on == latest.hired_on), None)
    in_the_way = first is None or (first.ends_on is not None and first.ends_on < row.hired_on)
    if in_the_way or (earlier and earlier[-1].last_day and earlier[-1].last_day >= row.hired_on):
        raise OverlapsHistory(since=latest.hired_on)
    restarted = (first.assignment_id, row.hired_on) if first else None
    return replace(changed, hired_on=row.hired_on), restarted


def _moved(career: Career, standing: Standing, today: date) -> Change:
    """The move to where the row says, from today on; from the first day for those who are still to come."""
    here = career.primary_on(today) or next((a for a in career.of_kind(PRIMARY) if a.starts_on > today), None)
    if here is None:
        return Change()
    there = replace(
        here,
        unit_id=standing.unit_id or here.unit_id,
        post_id=standing.post_id or here.post_id,
        manager_id=standing.manager_id if standing.manager_said else here.manager_id,
    )
    if there == here:
        return Change()
    on = max(today, here.starts_on)
    # What began today has not lasted a day: it is called off instead of ended.
    return Change(((here.assignment_id, on - DAY),), (replace(there, assignment_id=uuid7(), starts_on=on),))


def _term(member: Member, row: PersonRow) -> Term | None:
    """The row's contract, unless it is there just so."""
    if not row.contract_kind or row.contract_starts_on is None:
        return None
    kind = contracts_pb2.ContractKind.Value(f"CONTRACT_KIND_{row.contract_kind}")
    term = Term(uuid7(), kind, row.contract_starts_on, row.contract_ends_on)
    for held in member.terms:
        if (held.kind, held.starts_on, held.ends_on) == (term.kind, term.starts_on, term.ends_on):
            return None
    return term


def terms_ended(held: tuple[Term, ...], term: Term) -> list[tuple[UUID, date]]:
    """Contracts of the same kind that end, or are called off, for a new one to hold."""
    return [
        (one.contract_id, max(term.starts_on, one.starts_on) - DAY)
        for one in held
        if one.kind == term.kind and common(one.days, term.days)
    ]
