"""What tests of profiles share: skills in the catalogue, and a manager with a report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from google.rpc import error_details_pb2
from sqlalchemy import insert

from libs.kit.database import Database
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed, detail
from mainstay.talent.v1 import profiles_pb2
from services.talent.catalogue.folding import fold
from services.talent.tables import skill_labels, skills
from tests.integration.talent.conftest import Desk


@contextmanager
def refused(reason: str, field: str = "") -> Iterator[None]:
    """The call within fails for this reason, because of this field where one is named."""
    with pytest.raises(Failed) as caught:
        yield
    assert caught.value.reason == reason
    bad = detail(caught.value.status, error_details_pb2.BadRequest)
    assert [one.field for one in bad.field_violations] == [field] if bad else not field


async def add_skill(database: Database, code: str, name: str, name_en: str) -> str:
    """Puts a skill with its two names into the catalogue and returns its id."""
    skill_id = uuid7()
    async with database.transaction() as db:
        await db.run(insert(skills).values(skill_id=skill_id, code=code, kind=1, name=name, name_en=name_en, source=1))
        for label, language in ((name, "zh"), (name_en, "en")):
            values = {"folded": fold(label).text, "skill_id": skill_id, "label": label, "language": language}
            await db.run(insert(skill_labels).values(**values))
    return str(skill_id)


@dataclass
class Floor:
    """The shop floor: an operator, the manager above, somebody of HR, and two skills."""

    desk: Desk
    operator: str
    manager: str
    hr: str
    data_entry: str
    audit: str

    async def own(self, short: str, request: Any) -> Any:
        """As the operator."""
        return await self.desk.ask(f"ProfileService.{short}", request, employee_id=self.operator)

    async def boss(self, short: str, request: Any) -> Any:
        return await self.desk.ask(f"ProfileService.{short}", request, employee_id=self.manager)

    async def office(self, short: str, request: Any) -> Any:
        """As somebody of HR."""
        return await self.desk.ask(f"ProfileService.{short}", request, employee_id=self.hr)

    async def claim(self, level: int, **more: Any) -> profiles_pb2.Profile:
        """The operator's own word on data entry."""
        kind = profiles_pb2.ENTRY_KIND_SKILL
        request = profiles_pb2.RecordEntryRequest(kind=kind, skill_id=self.data_entry, level=level, **more)
        found: profiles_pb2.Profile = await self.own("RecordEntry", request)
        return found

    async def rate(self, level: int, **more: Any) -> profiles_pb2.Profile:
        """The manager's."""
        more.setdefault("evidence", "月度报表零差错")
        request = profiles_pb2.RateSkillRequest(
            employee_id=self.operator, skill_id=self.data_entry, level=level, **more
        )
        found: profiles_pb2.Profile = await self.boss("RateSkill", request)
        return found

    async def profile(self) -> profiles_pb2.Profile:
        found: profiles_pb2.Profile = await self.own("GetProfile", profiles_pb2.GetProfileRequest())
        return found

    async def history(self, **more: Any) -> list[profiles_pb2.Entry]:
        request = profiles_pb2.ListProfileHistoryRequest(employee_id=self.operator, **more)
        return list((await self.office("ListProfileHistory", request)).entries)

    @property
    def id(self) -> UUID:
        return UUID(self.operator)


async def open_floor(desk: Desk) -> Floor:
    unit = await desk.unit("MA")
    post = await desk.post(unit, "MA-OP", title="操作工", title_en="Operator")
    lead = await desk.post(unit, "MA-LEAD", title="生产经理")
    manager = await desk.person(unit, lead)
    return Floor(
        desk,
        operator=await desk.person(unit, post, manager),
        manager=manager,
        hr=await desk.person(unit, lead),
        data_entry=await add_skill(desk.database, "data-entry", "数据录入", "Data entry"),
        audit=await add_skill(desk.database, "supplier-audit", "供应商审核", "Supplier audit"),
    )
