"""What the sign-in issuer is told of people: identity asks when it brings an account in step, and keeps none of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.tables import vault_keys
from mainstay.employees.v1 import people_pb2
from services.employees.names import family_and_given
from services.employees.sealing import key_of, opened
from services.employees.tables import people

_FIND = prepared(
    select(
        people.c.employee_id,
        people.c.name,
        people.c.name_en,
        people.c.work_mail,
        vault_keys.c.ring_key,
        vault_keys.c.wrapped,
    )
    .select_from(people.join(vault_keys, vault_keys.c.subject_id == people.c.employee_id))
    .where(people.c.employee_id == any_(bindparam("ids", type_=ARRAY(Uuid))), vault_keys.c.wrapped.is_not(None))
)


async def profiles(call: Call, request: people_pb2.ListSignInProfilesRequest) -> people_pb2.ListSignInProfilesResponse:
    rows = await call.db.rows(_FIND, ids=[UUID(one) for one in request.employee_ids])
    return people_pb2.ListSignInProfilesResponse(profiles=[_profile(call, row) for row in rows])


def _profile(call: Call, row: Any) -> people_pb2.SignInProfile:
    employee_id = row["employee_id"]
    key = key_of(call, employee_id, row["ring_key"], row["wrapped"])
    name, name_en, mail = (
        opened(key, "people", column, employee_id, row[column]) for column in ("name", "name_en", "work_mail")
    )
    family, given = family_and_given(name, name_en)
    return people_pb2.SignInProfile(employee_id=str(employee_id), family_name=family, given_name=given, work_mail=mail)
