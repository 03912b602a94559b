"""Makes skills, job profiles and evidence for tests of matching, as rows: their handlers have tests of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from libs.kit.call import Call
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed
from mainstay.talent.v1 import profiles_pb2, skills_pb2
from services.talent import sealing
from services.talent.tables import entries, job_profiles, profiles, skill_relations, skills
from tests.integration.talent.conftest import Desk

Json = Mapping[str, Any]


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(Failed) as failed:
        yield
    assert failed.value.reason == reason


async def skill(desk: Desk, code: str, **more: Any) -> UUID:
    """A skill that a course teaches in ten tenths of a month per level, unless said otherwise."""
    skill_id = uuid7()
    row = {
        "skill_id": skill_id,
        "code": code,
        "kind": skills_pb2.SKILL_KIND_SKILL,
        "name": f"{code}能力",
        "name_en": code,
        "tenth_months_per_level": 10,
        "taught_by": [f"{code}课"],
        "taught_by_en": [f"{code} course"],
        "source": skills_pb2.SKILL_SOURCE_OWN,
        **more,
    }
    await _add(desk, skills, row)
    return skill_id


async def relate(desk: Desk, skill_id: UUID, kind: int, other_id: UUID, closeness: int = 0) -> None:
    await _add(
        desk,
        skill_relations,
        {"skill_id": skill_id, "kind": kind, "other_id": other_id, "closeness": closeness},
    )


def needs(skill_id: UUID, level: int, weight: int, *, must: bool = False) -> Json:
    return {
        "requirement_id": str(uuid7()),
        "skill_id": str(skill_id),
        "level": level,
        "indicator": None,
        "must": must,
        "weight": weight,
        "reason": "",
    }


def measures(code: str, direction: int, target: str, tolerance: str, weight: int, **more: Any) -> Json:
    indicator = {
        "code": code,
        "name": f"{code}指标",
        "name_en": code,
        "direction": direction,
        "target": target,
        "tolerance": tolerance,
        "unit": "%",
    }
    return {
        "requirement_id": str(uuid7()),
        "skill_id": None,
        "level": 0,
        "indicator": indicator,
        "must": False,
        "weight": weight,
        "reason": "",
        **more,
    }


async def job(
    desk: Desk, post_id: str, requirements: Sequence[Json], certificates: Sequence[str] = (), **more: Any
) -> None:
    """Version 1 of a job profile, in force since a month."""
    row = {
        "post_id": UUID(post_id),
        "number": 1,
        "starts_on": desk.today - timedelta(days=30),
        "requirements": list(requirements),
        "conditions": [{"condition_id": str(uuid7()), "certificate": title, "reason": "law"} for title in certificates],
        **more,
    }
    await _add(desk, job_profiles, row)


async def says(desk: Desk, person: str, **profile: Any) -> None:
    """The row of a profile: wishes, and whether automatic ranking is refused."""
    await _add(desk, profiles, {"employee_id": UUID(person), **profile})


async def holds(desk: Desk, person: str, skill_id: UUID, level: int, **more: Any) -> UUID:
    """A manager has seen the skill today, unless said otherwise."""
    return await entry(desk, person, kind=profiles_pb2.ENTRY_KIND_SKILL, skill_id=skill_id, level=level, **more)


async def measured(desk: Desk, person: str, code: str, value: str, **more: Any) -> UUID:
    return await entry(desk, person, kind=profiles_pb2.ENTRY_KIND_INDICATOR, code=code, value=Decimal(value), **more)


async def certified(desk: Desk, person: str, title: str, **more: Any) -> UUID:
    return await entry(desk, person, kind=profiles_pb2.ENTRY_KIND_CERTIFICATE, title=title, **more)


async def learns(desk: Desk, person: str, pace: int) -> UUID:
    return await entry(
        desk,
        person,
        kind=profiles_pb2.ENTRY_KIND_POTENTIAL,
        potential=profiles_pb2.POTENTIAL_KIND_LEARNING,
        level=pace,
    )


async def entry(desk: Desk, person: str, *, words: str = "", **more: Any) -> UUID:
    """A present entry; `words` is its evidence, sealed."""
    entry_id, employee_id = uuid7(), UUID(person)
    async with desk.database.transaction() as db:
        call = Call(db=db, house=desk.gate.house, request_id="test")
        key = await sealing.writing_key(call, employee_id)
        row = {
            "entry_id": entry_id,
            "employee_id": employee_id,
            "source": profiles_pb2.ENTRY_SOURCE_MANAGER,
            "observed_on": desk.today,
            "evidence": sealing.sealed(key, "entries", "evidence", entry_id, words),
            **more,
        }
        await db.run(insert(entries).values(row))
    return entry_id


async def _add(desk: Desk, table: Any, row: Mapping[str, Any]) -> None:
    async with desk.database.transaction() as db:
        await db.run(insert(table).values(row))
