"""One person: shown, shown in clear, corrected; and the name cards every colleague may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, any_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.dates import optional_date
from libs.kit.tables import directory_people, directory_units, vault_keys
from mainstay.employees.v1 import events_pb2, people_pb2
from services.employees import placing, records, views
from services.employees.errors import EmployeeNotFound
from services.employees.fields import refuse, zone_of
from services.employees.sealing import blind_national_id, blind_tokens, key_of, open_person, opened, seal_person
from services.employees.tables import PERSONAL_FIELDS, people, posts

_SENSITIVE = ("mobile", "national_id", "birth_date", "home_address")
_CARDS = prepared(
    select(
        people.c.employee_id,
        people.c.number,
        people.c.name,
        people.c.name_en,
        vault_keys.c.ring_key,
        vault_keys.c.wrapped,
        directory_units.c.name.label("unit_name"),
        directory_units.c.name_en.label("unit_name_en"),
        posts.c.title,
        posts.c.title_en,
    )
    .select_from(
        people.outerjoin(vault_keys, vault_keys.c.subject_id == people.c.employee_id)
        .outerjoin(
            directory_people,
            (directory_people.c.employee_id == people.c.employee_id)
            & (people.c.last_day.is_(None) | (people.c.last_day >= bindparam("today", type_=Date))),
        )
        .outerjoin(directory_units, directory_units.c.unit_id == directory_people.c.unit_id)
        .outerjoin(posts, posts.c.post_id == directory_people.c.post_id)
    )
    .where(people.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
_SEALED = prepared(
    select(people, vault_keys.c.ring_key, vault_keys.c.wrapped)
    .select_from(people.outerjoin(vault_keys, vault_keys.c.subject_id == people.c.employee_id))
    .where(people.c.employee_id == bindparam("employee_id"))
)
_KEEP_FORMER = prepared(
    text(f"""
INSERT INTO people_history (employee_id, version, number, {", ".join(PERSONAL_FIELDS)}, time_zone, fields, replaced_at,
    replaced_by)
SELECT employee_id, version, number, {", ".join(PERSONAL_FIELDS)}, time_zone, :fields, :at, :by
FROM people WHERE employee_id = :employee_id
""").bindparams(  # noqa: S608 - column names of our own table
        bindparam("employee_id", type_=Uuid),
        bindparam("fields", type_=ARRAY(people.c.number.type)),
        bindparam("at", type_=people.c.changed_at.type),
        bindparam("by", type_=Uuid),
    )
)
_CORRECTED = (*PERSONAL_FIELDS, "tokens", "national_id_index", "time_zone")
_CORRECT = prepared(
    update(people).where(people.c.employee_id == bindparam("id")).values({name: bindparam(name) for name in _CORRECTED})
)


async def get(call: Call, request: people_pb2.GetEmployeeRequest) -> people_pb2.Employee:
    day = optional_date(request.as_of, "as_of", call.language)
    return await views.employee(call, whose(call, request.employee_id), day)


async def name_cards(call: Call, request: people_pb2.ListNameCardsRequest) -> people_pb2.ListNameCardsResponse:
    wanted = list({UUID(one) for one in request.employee_ids})
    rows = await call.db.rows(_CARDS, ids=wanted, today=call.house.today())
    return people_pb2.ListNameCardsResponse(cards=[_card(call, row) for row in rows])


async def reveal(call: Call, request: people_pb2.RevealPersonalDataRequest) -> people_pb2.PersonalData:
    employee_id = UUID(request.employee_id)
    row = await _sealed(call, employee_id)
    key = key_of(call, employee_id, row["ring_key"], row["wrapped"])
    shown = open_person(key, employee_id, row)
    return people_pb2.PersonalData(employee_id=request.employee_id, **{field: shown[field] for field in _SENSITIVE})


async def correct(call: Call, request: people_pb2.CorrectEmployeeRequest) -> people_pb2.Employee:
    """Fields sent as they are change nothing; when none changes, no new version is made."""
    employee_id = UUID(request.employee_id)
    if request.HasField("time_zone"):
        await records.lock_lines(call.db)
    record = await records.open_for_change(call, employee_id, request.version)
    row = await _sealed(call, employee_id)
    key = await call.house.vault.key_for_writing(call.db, employee_id)
    former = open_person(key, employee_id, row)
    optional_date(request.birth_date, "birth_date", call.language)
    now = {field: getattr(request, field) for field in PERSONAL_FIELDS if request.HasField(field)}
    if "name" in now and not now["name"].strip():
        refuse(call, "name", "required", context="contract")
    changed = {field: value for field, value in now.items() if value != former[field]}
    zone = zone_of(call, request.time_zone) if request.HasField("time_zone") else record.time_zone
    fields = [*changed, *(["time_zone"] if zone != record.time_zone else [])]
    if fields:
        await call.db.run(_KEEP_FORMER, employee_id=employee_id, fields=fields, at=call.now, by=call.actor)
        present = former | changed
        kept = {field: row[field] for field in PERSONAL_FIELDS}
        await call.db.run(
            _CORRECT,
            id=employee_id,
            **(kept | seal_person(key, employee_id, changed)),
            tokens=blind_tokens(call.house.vault, present["name"], present["name_en"], row["number"]),
            national_id_index=blind_national_id(call.house.vault, present["national_id"]),
            time_zone=zone,
        )
        await records.touch(call, [employee_id])
        call.record(events_pb2.EmployeeCorrected(employee_id=request.employee_id, fields=fields))
        if zone != record.time_zone:
            await placing.settle(call, [employee_id])
    return await views.employee(call, employee_id)


def whose(call: Call, employee_id: str) -> UUID:
    """The person a request names, or the caller; the edge has refused callers who are nobody."""
    found = UUID(employee_id) if employee_id else call.actor
    if found is None:
        raise LookupError("a request without employee came from no employee")
    return found


async def _sealed(call: Call, employee_id: UUID) -> Any:
    row = await call.db.row(_SEALED, employee_id=employee_id)
    if row is None:
        raise EmployeeNotFound(employee_id=employee_id)
    return row


def _card(call: Call, row: Any) -> people_pb2.NameCard:
    employee_id = row["employee_id"]
    key = key_of(call, employee_id, row["ring_key"], row["wrapped"])
    return people_pb2.NameCard(
        employee_id=str(employee_id),
        number=row["number"],
        name=opened(key, "people", "name", employee_id, row["name"]),
        name_en=opened(key, "people", "name_en", employee_id, row["name_en"]),
        unit_name=row["unit_name"] or "",
        unit_name_en=row["unit_name_en"] or "",
        post_title=row["title"] or "",
        post_title_en=row["title_en"] or "",
    )
