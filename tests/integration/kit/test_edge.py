"""The edge: what every call goes through before and after its handler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit import directory
from libs.kit.access.scopes import Lost, Scope
from libs.kit.call import Call
from libs.kit.database import Database
from libs.kit.errors import COMMON, Conflict
from libs.kit.ids import uuid7
from libs.kit.rpc.status import Failed
from libs.kit.tables import outbox
from mainstay.audit.v1 import records_pb2
from mainstay.employees.v1 import events_pb2, people_pb2
from tests.support.passports import Gate, rights

PERSON, BOSS, STRANGER = UUID(int=1), UUID(int=2), UUID(int=3)


class Closed(Conflict, reason=COMMON.PERSON_ERASED):
    employee_id: UUID


async def show(call: Call, request: people_pb2.GetEmployeeRequest) -> people_pb2.Employee:
    return people_pb2.Employee(employee_id=request.employee_id, name="王小明", mobile="13812345678")


async def reveal(call: Call, request: people_pb2.RevealPersonalDataRequest) -> people_pb2.PersonalData:
    return people_pb2.PersonalData(employee_id=request.employee_id, mobile="13812345678")


async def correct(call: Call, request: people_pb2.CorrectEmployeeRequest) -> people_pb2.Employee:
    call.record(events_pb2.EmployeeCorrected(employee_id=request.employee_id, fields=["name"]))
    if request.name == "错误":
        raise Closed(employee_id=PERSON)
    if request.name == "崩溃":
        raise RuntimeError("duplicate key value violates: 13812345678")
    return people_pb2.Employee(employee_id=request.employee_id)


async def listed(call: Call, request: people_pb2.ListEmployeesRequest) -> people_pb2.ListEmployeesResponse:
    if request.query != "careless":
        call.reach()
    return people_pb2.ListEmployeesResponse()


@pytest.fixture
async def gate(kit_database: Database) -> Gate:
    async with kit_database.transaction() as session:
        for person, manager in ((BOSS, ""), (PERSON, str(BOSS)), (STRANGER, "")):
            placed = events_pb2.PersonPlaced(
                employee_id=str(person), number=str(person.int), manager_id=manager, employed=True
            )
            await directory.place_person(session, placed)
    return Gate(
        kit_database,
        {
            "PeopleService.GetEmployee": show,
            "PeopleService.RevealPersonalData": reveal,
            "PeopleService.CorrectEmployee": correct,
            "PeopleService.ListEmployees": listed,
        },
    )


@contextmanager
def refused(reason: str) -> Iterator[Any]:
    with pytest.raises(Failed) as caught:
        yield caught
    assert caught.value.reason == reason


def get(person: UUID = PERSON) -> people_pb2.GetEmployeeRequest:
    return people_pb2.GetEmployeeRequest(employee_id=str(person))


def correction(name: str = "王大明") -> people_pb2.CorrectEmployeeRequest:
    return people_pb2.CorrectEmployeeRequest(employee_id=str(PERSON), version=1, name=name)


async def facts(gate: Gate) -> list[str]:
    async with gate.house.database.reading() as session:
        return [
            row["type"].rpartition(".")[2] for row in await session.rows(select(outbox.c.type).order_by(outbox.c.id))
        ]


async def audits(gate: Gate) -> list[records_pb2.CallAudited]:
    async with gate.house.database.reading() as session:
        rows = await session.rows(select(outbox.c.value).where(outbox.c.topic == "audit.records").order_by(outbox.c.id))
    return [records_pb2.CallAudited.FromString(row["value"]) for row in rows]


READ_REPORTS = rights(employees__person__read="reports")
CORRECT_ALL = rights(employees__person__correct="all")
REVEAL_ALL = rights(employees__person__reveal="all")


async def test_a_call_without_a_passport_is_refused(gate: Gate) -> None:
    with refused("PASSPORT_INVALID"):
        await gate.call("PeopleService.GetEmployee", get())


async def test_a_forged_passport_is_refused(gate: Gate) -> None:
    with refused("PASSPORT_INVALID"):
        await gate.call("PeopleService.GetEmployee", get(), None, **{"mainstay-passport": "ey.forged.token"})


async def test_a_passport_older_than_a_minute_is_refused(gate: Gate) -> None:
    passport = gate.passport(READ_REPORTS, employee_id=BOSS)
    await gate.call("PeopleService.GetEmployee", get(), passport)
    gate.clock.move(timedelta(seconds=61))  # type: ignore[attr-defined]
    with refused("PASSPORT_INVALID"):
        await gate.call("PeopleService.GetEmployee", get(), passport)


async def test_a_passport_from_before_the_rights_changed_is_refused(gate: Gate) -> None:
    passport = gate.passport(READ_REPORTS, employee_id=BOSS, epoch=4)
    await gate.call("PeopleService.GetEmployee", get(), passport)
    gate.revocations._epochs[passport.account_id] = 5
    with refused("PASSPORT_INVALID"):
        await gate.call("PeopleService.GetEmployee", get(), passport)


async def test_the_epoch_check_is_what_refuses_it(gate: Gate) -> None:
    """The seeded mistake: with the check switched off the very same call goes through."""
    passport = gate.passport(READ_REPORTS, employee_id=BOSS, epoch=4)
    gate.revocations._epochs[passport.account_id] = 5
    gate.revocations.refuses = lambda passport: passport is None  # type: ignore[method-assign]
    assert (await gate.call("PeopleService.GetEmployee", get(), passport)).name == "王小明"


async def test_a_right_reaches_as_far_as_its_scope(gate: Gate) -> None:
    boss = gate.passport(READ_REPORTS, employee_id=BOSS)
    assert (await gate.call("PeopleService.GetEmployee", get(), boss)).name == "王小明"
    with refused("OUT_OF_SCOPE"):
        await gate.call("PeopleService.GetEmployee", get(STRANGER), boss)
    with refused("PERMISSION_MISSING"):
        await gate.call("PeopleService.CorrectEmployee", correction(), boss)


async def test_a_refusal_says_that_the_right_was_there_before(gate: Gate) -> None:
    lost = Lost(frozenset(["employees.person.read"]), Scope("all"), "2026-11-22T14:05:00Z")
    with refused("PERMISSION_REVOKED") as caught:
        await gate.call("PeopleService.GetEmployee", get(), gate.passport({}, employee_id=STRANGER, lost=(lost,)))
    assert "2026-11-22T14:05:00Z" in caught.value.status.message


async def test_an_unknown_person_is_out_of_scope_and_not_not_found(gate: Gate) -> None:
    """Whether an id exists is not told to those who may not see it."""
    with refused("OUT_OF_SCOPE"):
        await gate.call("PeopleService.GetEmployee", get(uuid7()), gate.passport(READ_REPORTS, employee_id=BOSS))


async def test_sensitive_fields_are_masked_unless_the_method_reveals(gate: Gate) -> None:
    passport = gate.passport(REVEAL_ALL | rights(employees__person__read="all"))
    assert (await gate.call("PeopleService.GetEmployee", get(), passport)).mobile == "138****5678"
    asked = people_pb2.RevealPersonalDataRequest(employee_id=str(PERSON), purpose="签订合同")
    assert (await gate.call("PeopleService.RevealPersonalData", asked, passport)).mobile == "13812345678"


async def test_sensitive_methods_close_when_the_feed_is_silent_and_others_go_on(gate: Gate) -> None:
    passport = gate.passport(REVEAL_ALL | rights(employees__person__read="all"))
    asked = people_pb2.RevealPersonalDataRequest(employee_id=str(PERSON), purpose="签订合同")
    gate.silence_feed()
    with refused("REVOCATION_FEED_SILENT"):
        await gate.call("PeopleService.RevealPersonalData", asked, passport)
    await gate.call("PeopleService.GetEmployee", get(), passport)


async def test_an_old_sign_in_must_step_up_and_systems_need_not(gate: Gate) -> None:
    asked = people_pb2.RevealPersonalDataRequest(employee_id=str(PERSON), purpose="签订合同")
    with refused("STEP_UP_REQUIRED"):
        await gate.call(
            "PeopleService.RevealPersonalData", asked, gate.passport(REVEAL_ALL, signed_in=timedelta(hours=2))
        )
    system = gate.passport(REVEAL_ALL, signed_in=timedelta(hours=2), kind="service")
    await gate.call("PeopleService.RevealPersonalData", asked, system)


async def test_a_handler_that_did_not_check_gets_no_answer_out(gate: Gate) -> None:
    passport = gate.passport(rights(employees__person__read="all"))
    with refused("INTERNAL_ERROR"):
        await gate.call("PeopleService.ListEmployees", people_pb2.ListEmployeesRequest(query="careless"), passport)


async def test_a_change_is_recorded_with_its_audit_in_one_transaction(gate: Gate) -> None:
    passport = gate.passport(CORRECT_ALL, employee_id=BOSS)
    await gate.call("PeopleService.CorrectEmployee", correction(), passport)
    assert await facts(gate) == ["EmployeeCorrected", "CallAudited"]
    (record,) = await audits(gate)
    assert record.outcome == records_pb2.OUTCOME_DONE
    assert (record.by_scope, list(record.subject_ids), record.permission) == (
        "all",
        [str(PERSON)],
        "employees.person.correct",
    )
    assert len(record.request_hash) == len(record.answer_hash) == 32
    assert gate.committed == 1


async def test_a_failed_command_drops_its_facts_and_is_audited_as_failed(gate: Gate) -> None:
    with refused("PERSON_ERASED"):
        await gate.call("PeopleService.CorrectEmployee", correction("错误"), gate.passport(CORRECT_ALL))
    assert await facts(gate) == ["CallAudited"]
    (record,) = await audits(gate)
    assert (record.outcome, record.reason) == (records_pb2.OUTCOME_FAILED, "PERSON_ERASED")


async def test_a_refusal_is_audited_even_for_reads_and_plain_reads_are_not(gate: Gate) -> None:
    boss = gate.passport(READ_REPORTS, employee_id=BOSS)
    await gate.call("PeopleService.GetEmployee", get(), boss)
    assert await audits(gate) == []
    with refused("OUT_OF_SCOPE"):
        await gate.call("PeopleService.GetEmployee", get(STRANGER), boss)
    (record,) = await audits(gate)
    assert (record.outcome, record.reason, record.by_scope) == (records_pb2.OUTCOME_REFUSED, "OUT_OF_SCOPE", "")


async def test_no_driver_text_leaves(gate: Gate, capsys: pytest.CaptureFixture[str]) -> None:
    with refused("INTERNAL_ERROR") as caught:
        await gate.call("PeopleService.CorrectEmployee", correction("崩溃"), gate.passport(CORRECT_ALL))
    said = str(caught.value.status) + "".join(capsys.readouterr())
    assert "duplicate key" not in said
    assert "13812345678" not in said
    assert "RuntimeError" in said
    assert await facts(gate) == []


async def test_messages_come_in_the_callers_language(gate: Gate) -> None:
    passport = gate.passport({}, employee_id=STRANGER)
    with refused("PERMISSION_MISSING") as caught:
        await gate.call("PeopleService.GetEmployee", get(), passport, **{"accept-language": "en"})
    assert caught.value.status.message == "You do not hold this right: employees.person.read."
