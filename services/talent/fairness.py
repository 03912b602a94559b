"""Whether the decisions of a time treated groups alike. Grouped by what was so on the day of each decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, String, and_, bindparam, cast, func, or_, select

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import optional_date
from libs.kit.tables import directory_people, directory_units
from libs.kit.words import say
from mainstay.talent.v1 import cases_pb2, matching_pb2, profiles_pb2
from services.talent.fairness_rules import Decided, Group, band, compare
from services.talent.job_versions import in_force
from services.talent.tables import cases, job_profiles, posts_held, profiles

_A_YEAR = timedelta(days=365)
# Whoever was given the post on probation, or another post.
_SELECTED = {cases_pb2.DECISION_KIND_PROBATION, cases_pb2.DECISION_KIND_OTHER_POST}
_FROM, _UNTIL = (bindparam(name, type_=DateTime(timezone=True)) for name in ("from", "until"))
_DAY = cast(func.timezone(bindparam("zone", type_=String), cases.c.decided_at), Date)
_EVER_HELD = posts_held.alias("ever_held")
_FIRST_DAY = (
    select(func.min(_EVER_HELD.c.starts_on)).where(_EVER_HELD.c.employee_id == cases.c.employee_id).scalar_subquery()
)
_HELD = and_(
    posts_held.c.employee_id == cases.c.employee_id,
    posts_held.c.starts_on <= _DAY,
    or_(posts_held.c.ends_on.is_(None), posts_held.c.ends_on >= _DAY),
)
_WORKED = and_(
    job_profiles.c.post_id == posts_held.c.post_id,
    in_force(_DAY),
)
_DECIDED = prepared(
    select(
        cases.c.decision,
        cases.c.score_hundredths,
        _DAY.label("day"),
        _FIRST_DAY.label("first_day"),
        posts_held.c.unit_id,
        job_profiles.c.shift,
    )
    .select_from(cases.outerjoin(posts_held, _HELD).outerjoin(job_profiles, _WORKED))
    .where(cases.c.decided_at >= _FROM, cases.c.decided_at < _UNTIL, cases.c.decision != 0)
)
_UNITS = prepared(select(directory_units))
_REFUSED = prepared(
    select(func.count())
    .select_from(profiles.join(directory_people, directory_people.c.employee_id == profiles.c.employee_id))
    .where(profiles.c.automated_use_refused, directory_people.c.employed)
)


async def get(call: Call, request: matching_pb2.GetFairnessRequest) -> matching_pb2.Fairness:
    until = optional_date(request.until_on, "until_on", call.language) or call.house.today()
    first = optional_date(request.from_on, "from_on", call.language) or until - _A_YEAR
    rows = await call.db.rows(
        _DECIDED,
        **{"from": _midnight(call, first), "until": _midnight(call, until + timedelta(days=1))},
        zone=call.house.time_zone,
    )
    named = await _naming(call, request.by)
    groups = compare(Decided(named(row), row["decision"] in _SELECTED, row["score_hundredths"]) for row in rows)
    return matching_pb2.Fairness(
        groups=[_message(one) for one in groups],
        candidates=len(rows),
        words=_words(call, groups),
        refused=await call.db.value(_REFUSED),
    )


def _midnight(call: Call, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(call.house.time_zone))


async def _naming(call: Call, by: str) -> Callable[[Any], str]:
    """What a decision's group is called."""
    if by == "tenure":
        return lambda row: _said(call, "tenure", band(row["first_day"], row["day"]))
    if by == "shift":
        return lambda row: _said(call, "shift", profiles_pb2.Shift.Name(row["shift"]) if row["shift"] else None)
    units = {row["unit_id"]: row for row in await call.db.rows(_UNITS)}
    return lambda row: _unit(call, units, row["unit_id"])


def _said(call: Call, kind: str, key: object) -> str:
    return say(call.language, "talent", f"fairness.{kind}.{'unknown' if key is None else key}")


def _unit(call: Call, units: Mapping[UUID, Any], unit_id: UUID | None) -> str:
    """The topmost unit; where all are below one, which is the company, the one below that."""
    if unit_id is None or unit_id not in units:
        return _said(call, "unit", None)
    path = units[unit_id]["path"]
    one_roof = sum(unit["parent_id"] is None for unit in units.values()) == 1
    top = units[path[-2] if one_roof and len(path) > 1 else path[-1]]
    return str((call.language == "en" and top["name_en"]) or top["name"])


def _words(call: Call, groups: Sequence[Group]) -> str:
    """What the figures come to, and what they cannot say."""
    said = []
    listing = "、" if call.language == "zh-CN" else ", "
    for key, many in (
        ("clear", [one.name for one in groups if one.clearly]),
        ("unsure", [one.name for one in groups if one.concerning and not one.clearly]),
        ("small", [one.name for one in groups if one.small]),
    ):
        if many:
            said.append(say(call.language, "talent", f"fairness.words.{key}", {"groups": listing.join(many)}))
    if not groups:
        said.append(say(call.language, "talent", "fairness.words.none"))
    elif sum(not one.small for one in groups) > 1 and not any(one.concerning for one in groups):
        said.append(say(call.language, "talent", "fairness.words.alike"))
    said.append(say(call.language, "talent", "fairness.words.limits"))
    return ("" if call.language == "zh-CN" else " ").join(said)


def _message(group: Group) -> matching_pb2.FairnessGroup:
    return matching_pb2.FairnessGroup(
        name=group.name,
        candidates=group.candidates,
        selected=group.selected,
        rate_hundredths=_rounded(group.rate * 10_000),
        mean_score_hundredths=_rounded(group.mean_score or Fraction(0)),
        ratio_hundredths=_rounded(group.ratio * 100),
        ratio_low_hundredths=_rounded(Fraction(group.low) * 100),
        ratio_high_hundredths=_rounded(Fraction(group.high) * 100),
        small=group.small,
    )


def _rounded(number: Fraction) -> int:
    return int(number + Fraction(1, 2))
