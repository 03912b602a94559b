"""The people list: searched, filtered, narrowed to the caller's scopes, a page at a time. The most used read."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from libs.kit import directory, pages
from libs.kit.call import Call
from libs.kit.database import Query, prepared
from libs.kit.errors import PageTokenInvalid
from libs.kit.tables import directory_people, directory_units, vault_keys
from mainstay.employees.v1 import people_pb2
from services.employees import names
from services.employees.sealing import NAME_TOKENS
from services.employees.tables import people, posts

HIRED_LAST_FIRST = people_pb2.EMPLOYEE_ORDER_HIRED_LAST_FIRST
_TODAY = bindparam("today", type_=Date)
# The same cases as `career.status`; a property test holds the two together.
_STATUS = case(
    (people.c.hired_on > _TODAY, people_pb2.EMPLOYEE_STATUS_JOINING),
    (people.c.last_day < _TODAY, people_pb2.EMPLOYEE_STATUS_LEFT),
    (people.c.last_day.is_not(None), people_pb2.EMPLOYEE_STATUS_LEAVING),
    (
        and_(
            people.c.probation_ends_on >= _TODAY,
            or_(people.c.confirmed_on.is_(None), people.c.confirmed_on > _TODAY),
        ),
        people_pb2.EMPLOYEE_STATUS_PROBATION,
    ),
    else_=people_pb2.EMPLOYEE_STATUS_ACTIVE,
)
# Limits are part of the statement, so that its plan is made for a page and not for a tenth of the company.
_LIMITS = (11, 51, 101, 201, 501)
_MANAGER = people.alias("manager")
_MANAGER_KEY = vault_keys.alias("manager_key")


class Shape(NamedTuple):
    """Which conditions a list has. One statement serves all lists of a shape."""

    reach: str
    word: bool
    number: bool
    unit: bool
    post: bool
    manager: bool
    statuses: bool
    newest_first: bool
    continued: bool = False
    limit: int = 0


async def list_employees(call: Call, request: people_pb2.ListEmployeesRequest) -> people_pb2.ListEmployeesResponse:
    reach = call.reach()
    values: dict[str, Any] = {**reach.values, "today": call.house.today()}
    query = request.query.strip()
    word = names.token_to_search(query) if query else ""
    if query:
        values |= _searched(call, query, word)
    if request.unit_id:
        values["unit"] = UUID(request.unit_id)
    if request.post_id:
        values["post"] = UUID(request.post_id)
    if request.manager_id:
        values["manager"] = UUID(request.manager_id)
    if request.statuses:
        values["statuses"] = list(request.statuses)
    newest_first = request.order == HIRED_LAST_FIRST
    shape = Shape(
        reach.shape,
        bool(word),
        bool(query),
        bool(request.unit_id),
        bool(request.post_id),
        bool(request.manager_id),
        bool(request.statuses),
        newest_first,
    )
    total = await call.db.value(_counted(shape), **values) if request.with_total else 0
    size = pages.size_of(request)
    after = pages.key_in(request, 2 if newest_first else 1)
    if after:
        values["after"] = after[-1]
        if newest_first:
            values["hired_after"] = _day(after[0])
        shape = shape._replace(continued=True)
    shape = shape._replace(limit=next(limit for limit in _LIMITS if limit > size))
    rows = await call.db.rows(_listed(shape), **values)
    more = ""
    if len(rows) > size:
        last = rows[size - 1]
        key = (last["hired_on"].isoformat(), last["number"]) if newest_first else (last["number"],)
        more = pages.token_after(request, *key)
    return people_pb2.ListEmployeesResponse(employees=_summaries(call, rows[:size]), next_page_token=more, total=total)


def _searched(call: Call, query: str, word: str) -> dict[str, Any]:
    """The blind number of the word, and the range of numbers that begin with the text, in capitals too."""
    values: dict[str, Any] = {}
    if word:
        values["token"] = call.house.vault.blind(NAME_TOKENS, word)
    for name, start in (("typed", query), ("capital", query.upper())):
        values[f"{name}_first"], values[f"{name}_last"] = start, start + "\U0010ffff"
    return values


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PageTokenInvalid from None


def _found(shape: Shape) -> CTE:
    """Who is found by the words of a search. Looked up first, whatever the order of the list: walking along the order
    until fifty are found would pass by everybody where few or none are.
    """
    conditions: list[ColumnElement[bool]] = [
        people.c.number.between(bindparam(f"{name}_first", type_=String), bindparam(f"{name}_last", type_=String))
        for name in ("typed", "capital")
    ]
    if shape.word:
        conditions.append(people.c.tokens.contains(array([bindparam("token", type_=BigInteger)], type_=BigInteger)))
    found = select(people.c.employee_id).where(or_(*conditions)).cte("found")
    return found.prefix_with("MATERIALIZED", dialect="postgresql")


def _narrowed(shape: Shape) -> tuple[FromClause, list[ColumnElement[bool]]]:
    within: list[ColumnElement[bool]] = [directory.inside(shape.reach)]
    if shape.number:
        within.append(people.c.employee_id.in_(select(_found(shape).c.employee_id)))
    if shape.unit:
        within.append(directory.below_unit("unit"))
    if shape.post:
        within.append(directory_people.c.post_id == bindparam("post"))
    if shape.manager:
        within.append(directory_people.c.manager_id == bindparam("manager"))
    if shape.statuses:
        within.append(any_(bindparam("statuses", type_=ARRAY(Integer))) == _STATUS)
    else:
        within.append(or_(people.c.last_day.is_(None), people.c.last_day >= _TODAY))
    both = people.join(directory_people, directory_people.c.employee_id == people.c.employee_id)
    return both, within


@cache
def _counted(shape: Shape) -> Query:
    both, within = _narrowed(shape)
    return prepared(select(func.count()).select_from(both).where(*within))


@cache
def _listed(shape: Shape) -> Query:
    """The page is found first, in people and directory alone; what else a row shows is joined to its rows only."""
    both, within = _narrowed(shape)
    if shape.continued:
        after = people.c.number > bindparam("after")
        if shape.newest_first:
            hired = bindparam("hired_after", type_=Date)
            after = or_(people.c.hired_on < hired, and_(people.c.hired_on == hired, after))
        within.append(after)
    order = [people.c.hired_on.desc(), people.c.number] if shape.newest_first else [people.c.number]
    page = (
        select(
            people.c.employee_id,
            people.c.number,
            people.c.name,
            people.c.name_en,
            people.c.work_mail,
            people.c.mobile,
            people.c.hired_on,
            people.c.last_day,
            _STATUS.label("status"),
            directory_people.c.unit_id,
            directory_people.c.post_id,
            directory_people.c.manager_id,
        )
        .select_from(both)
        .where(*within)
        .order_by(*order)
        .limit(literal_column(str(shape.limit)))
        .subquery("page")
    )
    whole = (
        page.outerjoin(vault_keys, vault_keys.c.subject_id == page.c.employee_id)
        .outerjoin(directory_units, directory_units.c.unit_id == page.c.unit_id)
        .outerjoin(posts, posts.c.post_id == page.c.post_id)
        .outerjoin(_MANAGER, _MANAGER.c.employee_id == page.c.manager_id)
        .outerjoin(_MANAGER_KEY, _MANAGER_KEY.c.subject_id == page.c.manager_id)
    )
    statement: Select[Any] = select(
        *page.c,
        vault_keys.c.ring_key,
        vault_keys.c.wrapped,
        directory_units.c.name.label("unit_name"),
        directory_units.c.name_en.label("unit_name_en"),
        posts.c.title,
        posts.c.title_en,
        _MANAGER.c.name.label("manager_name"),
        _MANAGER_KEY.c.ring_key.label("manager_ring_key"),
        _MANAGER_KEY.c.wrapped.label("manager_wrapped"),
    ).select_from(whole)
    ordered = [page.c.hired_on.desc(), page.c.number] if shape.newest_first else [page.c.number]
    return prepared(statement.order_by(*ordered))


def _summaries(call: Call, rows: list[Any]) -> list[people_pb2.EmployeeSummary]:
    """Opens what a row shows and no more; the name of a manager of many once."""
    unwrap = call.house.vault.unwrap
    managers: dict[UUID | None, str] = {None: ""}
    found = []
    for (
        employee_id, number, name, name_en, work_mail, mobile, hired_on, last_day, status, unit_id, post_id, manager_id,
        ring_key, wrapped, unit_name, unit_name_en, title, title_en, manager_name, manager_ring_key, manager_wrapped,
    ) in rows:  # fmt: skip
        if manager_id not in managers:
            managers[manager_id] = (
                unwrap(manager_id, manager_ring_key, manager_wrapped).open("people", "name", manager_id, manager_name)
                if manager_wrapped is not None and manager_name is not None
                else ""
            )
        summary = people_pb2.EmployeeSummary(
            employee_id=str(employee_id),
            number=number,
            status=status,
            hired_on=hired_on.isoformat(),
            unit_id=str(unit_id or ""),
            unit_name=unit_name or "",
            unit_name_en=unit_name_en or "",
            post_id=str(post_id or ""),
            post_title=title or "",
            post_title_en=title_en or "",
            manager_id=str(manager_id or ""),
            manager_name=managers[manager_id],
            last_day=last_day.isoformat() if last_day else "",
        )
        if wrapped is not None:
            opened = unwrap(employee_id, ring_key, wrapped).open
            if name is not None:
                summary.name = opened("people", "name", employee_id, name)
            if name_en is not None:
                summary.name_en = opened("people", "name_en", employee_id, name_en)
            if work_mail is not None:
                summary.work_mail = opened("people", "work_mail", employee_id, work_mail)
            if mobile is not None:
                summary.mobile = opened("people", "mobile", employee_id, mobile)
        found.append(summary)
    return found
