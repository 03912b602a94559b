"""What identity is told of people for the sign-in issuer: the least there is, and nothing of those who were erased."""

from __future__ import annotations

from uuid import UUID

import pytest

from libs.kit.access.workload import METADATA as WORKLOAD
from libs.kit.rpc.status import Failed
from mainstay.employees.v1 import people_pb2
from tests.integration.employees.conftest import Office

METHOD = "PeopleService.ListSignInProfiles"


async def profiles(office: Office, *ids: str) -> dict[str, people_pb2.SignInProfile]:
    answer = await office.ask(METHOD, people_pb2.ListSignInProfilesRequest(employee_ids=ids))
    return {one.employee_id: one for one in answer.profiles}


async def test_names_and_mail_as_they_are_now(office: Office) -> None:
    post = await office.post((await office.unit("MAKE")).unit_id, "MILL")
    person = await office.hire(post, name="欧阳晓明", work_mail="xiaoming@hengyuan.example")
    leaver = await office.hire(post, name="Maria Silva")
    found = await profiles(office, person.employee_id, leaver.employee_id, str(UUID(int=7)))
    assert found.keys() == {person.employee_id, leaver.employee_id}
    told = found[person.employee_id]
    assert (told.family_name, told.given_name, told.work_mail) == ("欧阳", "晓明", "xiaoming@hengyuan.example")
    correction = people_pb2.CorrectEmployeeRequest(
        employee_id=person.employee_id, version=person.version, name="王晓明"
    )
    await office.ask("PeopleService.CorrectEmployee", correction)
    assert (await profiles(office, person.employee_id))[person.employee_id].family_name == "王"
    assert "EmployeeCorrected" in await office.facts(person.employee_id)
    await office.leave(leaver, -1)
    erasure = people_pb2.EraseEmployeeRequest(employee_id=leaver.employee_id, reason="本人书面申请")
    await office.ask("PeopleService.EraseEmployee", erasure)
    assert (await profiles(office, leaver.employee_id)) == {}


async def test_only_our_own_processes_ask(office: Office) -> None:
    request = people_pb2.ListSignInProfilesRequest()
    with pytest.raises(Failed) as refused:
        await office.gate.call(METHOD, request, None, **{WORKLOAD: "a token of nobody"})
    assert refused.value.reason == "PASSPORT_INVALID"
