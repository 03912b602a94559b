"""Brings entries of many people in from a file, all of them or none; what is known already stays as it is.

The file is read and checked without the database (`importing`), looked up and written set by set: 20,000 rows are a
handful of statements.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, String, Uuid, any_, bindparam, column, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import directory_people, vault_keys
from libs.kit.vault import SubjectKey
from libs.kit.words import say
from mainstay.talent.v1 import profiles_pb2
from services.talent import entry_rules, profile_records
from services.talent.catalogue.folding import fold
from services.talent.entry_rules import Plan, Statement
from services.talent.errors import FileUnreadable
from services.talent.evidence import STATED
from services.talent.importing.checking import Person, Sheet, read_sheet
from services.talent.importing.problems import Code, Parameter, Problem, Unreadable
from services.talent.tables import entries, profiles, skill_labels, skills

MOST_PROBLEMS = 200

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_PEOPLE = prepared(
    select(directory_people.c.number, directory_people.c.employee_id, directory_people.c.employed).where(
        directory_people.c.number == any_(bindparam("numbers", type_=ARRAY(String))),
        directory_people.c.erased.is_(False),
    )
)
# A group is held by nobody.
_BY_CODE = prepared(
    select(func.lower(skills.c.code).label("name"), skills.c.skill_id).where(
        func.lower(skills.c.code) == any_(bindparam("names", type_=ARRAY(String))), skills.c.is_group.is_(False)
    )
)
_BY_LABEL = prepared(
    select(skill_labels.c.folded.label("name"), skills.c.skill_id)
    .distinct()
    .select_from(skill_labels.join(skills, skills.c.skill_id == skill_labels.c.skill_id))
    .where(skill_labels.c.folded == any_(bindparam("names", type_=ARRAY(String))), skills.c.is_group.is_(False))
)
_KEYS = prepared(
    select(vault_keys.c.subject_id, vault_keys.c.ring_key, vault_keys.c.wrapped)
    .where(vault_keys.c.subject_id == any_(_IDS))
    .order_by(vault_keys.c.subject_id)
)
# In the order of ids, here and below: two files at once wait for each other and never in a ring.
_HOLD_KEYS = prepared(
    select(vault_keys.c.subject_id, vault_keys.c.ring_key, vault_keys.c.wrapped)
    .where(vault_keys.c.subject_id == any_(_IDS))
    .order_by(vault_keys.c.subject_id)
    .with_for_update(read=True)
)
_KEY_TYPES = {"subject_id": Uuid, "ring_key": String, "wrapped": BYTEA}
_NEW_KEYS = (
    func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _KEY_TYPES.items()))
    .table_valued(*(column(name, kind) for name, kind in _KEY_TYPES.items()))
    .render_derived(name="given")
)
_MAKE_KEYS = prepared(
    insert(vault_keys)
    .from_select([*_KEY_TYPES], select(*_NEW_KEYS.c).order_by(_NEW_KEYS.c.subject_id), include_defaults=False)
    .on_conflict_do_nothing()
)
_WHO = func.unnest(_IDS).table_valued(column("employee_id", Uuid)).render_derived(name="who")
_MAKE_PROFILES = prepared(
    insert(profiles)
    .from_select(
        ["employee_id", "version"],
        select(_WHO.c.employee_id, bindparam("none", type_=Integer)).order_by(_WHO.c.employee_id),
        include_defaults=False,
    )
    .on_conflict_do_nothing()
)
_LOCK_PROFILES = prepared(
    select(profiles.c.employee_id)
    .where(profiles.c.employee_id == any_(_IDS))
    .order_by(profiles.c.employee_id)
    .with_for_update()
)
_RAISE = prepared(
    update(profiles)
    .where(profiles.c.employee_id == any_(_IDS))
    .values(version=profiles.c.version + 1, changed_at=bindparam("at", type_=DateTime(timezone=True)))
    .returning(profiles.c.employee_id, profiles.c.version)
)
_KNOWN = prepared(
    select(*STATED, entries.c.evidence, entries.c.ended_at).where(
        entries.c.employee_id == any_(_IDS),
        entries.c.kind == bindparam("kind"),
        entries.c.source == profiles_pb2.ENTRY_SOURCE_IMPORT,
        or_(
            entries.c.ended_at.is_(None),
            entries.c.observed_on == any_(bindparam("days", type_=ARRAY(entries.c.observed_on.type))),
        ),
    )
)


async def import_entries(call: Call, request: profiles_pb2.ImportEntriesRequest) -> profiles_pb2.ImportEntriesResponse:
    try:
        sheet = await asyncio.to_thread(read_sheet, request.kind, request.content, call.house.today())
    except Unreadable as error:
        raise FileUnreadable(detail=_sentence(call, error.code, error.parameters)) from None
    new = await asyncio.to_thread(sheet.resolve, await _people(call, sheet), await _skills(call, sheet))
    if sheet.problems:
        return _refusal(call, sheet.problems)
    people = sorted({one.employee_id for one in new})
    keys = await (_keys if request.dry_run else _locked)(call, people)
    plans = await _plans(call, keys, new)
    if not request.dry_run:
        await _write(call, keys, plans)
    return profiles_pb2.ImportEntriesResponse(
        recorded=sum(len(plan.opened) + len(plan.passed) for plan in plans.values()),
        unchanged=sum(plan.unchanged for plan in plans.values()),
    )


async def _people(call: Call, sheet: Sheet) -> dict[str, Person]:
    rows = await call.db.rows(_PEOPLE, numbers=sheet.numbers)
    return {
        row["number"]: Person(row["employee_id"], row["employed"], own=row["employee_id"] == call.actor) for row in rows
    }


async def _skills(call: Call, sheet: Sheet) -> Mapping[str, Sequence[UUID]]:
    """By what a row calls it: a code, which is never ambiguous, else a name or synonym in either language."""
    folded = {label: fold(label).text for label in sheet.labels}
    by_code = _grouped(await call.db.rows(_BY_CODE, names=list(folded)))
    by_label = _grouped(await call.db.rows(_BY_LABEL, names=list(folded.values())))
    return {label: by_code.get(label) or by_label.get(name, []) for label, name in folded.items()}


def _grouped(rows: Iterable[Any]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["name"]].append(row["skill_id"])
    return found


async def _keys(call: Call, people: Sequence[UUID]) -> dict[UUID, SubjectKey]:
    """The keys there are: enough to look."""
    return _unwrapped(call, await call.db.rows(_KEYS, ids=people))


async def _locked(call: Call, people: Sequence[UUID]) -> dict[UUID, SubjectKey]:
    """Everybody's key and profile, held as `profile_records.lock` holds one person's. Raises PersonErased."""
    rows = await call.db.rows(_HOLD_KEYS, ids=people)
    missing = sorted(set(people) - {row["subject_id"] for row in rows})
    if missing:
        made = [call.house.vault.new_key(one)[1] for one in missing]
        values = zip(*made, strict=True)
        await call.db.run(_MAKE_KEYS, **{name: list(part) for name, part in zip(_KEY_TYPES, values, strict=True)})
        rows += await call.db.rows(_HOLD_KEYS, ids=missing)
    await call.db.run(_MAKE_PROFILES, ids=people, none=0)
    await call.db.rows(_LOCK_PROFILES, ids=people)
    return _unwrapped(call, rows)


def _unwrapped(call: Call, rows: Iterable[Any]) -> dict[UUID, SubjectKey]:
    return {
        row["subject_id"]: call.house.vault.unwrap(row["subject_id"], row["ring_key"], row["wrapped"]) for row in rows
    }


async def _plans(call: Call, keys: Mapping[UUID, SubjectKey], new: Sequence[Statement]) -> dict[UUID, Plan]:
    """By person, what the file does. Of what was ended only what may be said again is looked at."""
    said: dict[UUID, list[Statement]] = defaultdict(list)
    for one in new:
        said[one.employee_id].append(one)
    standing: dict[UUID, list[Statement]] = defaultdict(list)
    ended: dict[UUID, list[Statement]] = defaultdict(list)
    if new:
        days = list({one.observed_on for one in new})
        for row in await call.db.rows(_KNOWN, ids=list(said), kind=new[0].kind, days=days):
            person = row["employee_id"]
            known = standing if row["ended_at"] is None else ended
            known[person].append(profile_records.with_evidence(row, keys.get(person)))
    return {person: entry_rules.merge(standing[person], ended[person], those) for person, those in said.items()}


async def _write(call: Call, keys: Mapping[UUID, SubjectKey], plans: Mapping[UUID, Plan]) -> None:
    rows, skill_ids = [], {}
    for person, plan in plans.items():
        for one, passed in [*((one, False) for one in plan.opened), *((one, True) for one in plan.passed)]:
            row = profile_records.added(call, keys[person], one, passed=passed)
            rows.append([row[name] for name in profile_records.ADDED])
        if plan.opened or plan.passed:
            skill_ids[person] = [one.skill_id for one in plan.opened]
    if not rows:
        return
    await profile_records.end(call, [one.entry_id for plan in plans.values() for one in plan.closed])
    await call.db.copy(entries, profile_records.ADDED, rows)
    for row in await call.db.rows(_RAISE, ids=sorted(skill_ids), at=call.now):
        person = row["employee_id"]
        call.record(profile_records.fact(person, row["version"], skill_ids[person]))


def _refusal(call: Call, problems: Sequence[Problem]) -> profiles_pb2.ImportEntriesResponse:
    first = sorted(problems, key=lambda one: one.line)[:MOST_PROBLEMS]
    return profiles_pb2.ImportEntriesResponse(
        problems=[
            profiles_pb2.EntryProblem(
                line=one.line, column=one.column, message=_sentence(call, one.code, one.parameters)
            )
            for one in first
        ],
        problem_count=len(problems),
    )


def _sentence(call: Call, code: Code, parameters: Mapping[str, Parameter]) -> str:
    return say(call.language, "talent", f"entry_import.{code.name}", parameters)
