"""Why a call to employees fails. The sentences are in `messages/*.toml` under the same names."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from libs.kit.errors import AlreadyExists, Conflict, Invalid, NotFound, ReasonNames
from mainstay.employees.v1 import errors_pb2

Reason = ReasonNames(errors_pb2)


class EmployeeNotFound(NotFound, reason=Reason.EMPLOYEE_NOT_FOUND):
    employee_id: UUID


class UnitNotFound(NotFound, reason=Reason.UNIT_NOT_FOUND):
    unit_id: UUID


class PostNotFound(NotFound, reason=Reason.POST_NOT_FOUND):
    post_id: UUID


class AssignmentNotFound(NotFound, reason=Reason.ASSIGNMENT_NOT_FOUND):
    assignment_id: UUID


class ContractNotFound(NotFound, reason=Reason.CONTRACT_NOT_FOUND):
    contract_id: UUID


class ImportNotFound(NotFound, reason=Reason.IMPORT_NOT_FOUND):
    import_id: UUID


class NumberTaken(AlreadyExists, reason=Reason.NUMBER_TAKEN):
    number: str
    employee_id: UUID


class CodeTaken(AlreadyExists, reason=Reason.CODE_TAKEN):
    taken_code: str


class UnitClosed(Conflict, reason=Reason.UNIT_CLOSED):
    unit_id: UUID
    closed_on: date


class PostClosed(Conflict, reason=Reason.POST_CLOSED):
    post_id: UUID
    closed_on: date


class PostFull(Conflict, reason=Reason.POST_FULL):
    post_id: UUID
    headcount: int
    filled: int


class BeforeHire(Conflict, reason=Reason.BEFORE_HIRE):
    employee_id: UUID
    hired_on: date


class OverlapsHistory(Conflict, reason=Reason.OVERLAPS_HISTORY):
    """`since`: the first day of what stands in the way; a change must begin after it."""

    since: date


class NothingChanges(Conflict, reason=Reason.NOTHING_CHANGES):
    pass


class ReportingCycle(Conflict, reason=Reason.REPORTING_CYCLE):
    """`chain`: employee numbers from the person upwards until they meet themselves."""

    chain: str


class UnitCycle(Conflict, reason=Reason.UNIT_CYCLE):
    """`chain`: unit codes from the unit upwards until it meets itself."""

    chain: str


class NotEmployed(Conflict, reason=Reason.NOT_EMPLOYED):
    """`last_day`: the day after which the person is not here, where that is the reason."""

    employee_id: UUID
    number: str
    day: date
    last_day: date | None = None


class AlreadyEmployed(Conflict, reason=Reason.ALREADY_EMPLOYED):
    employee_id: UUID


class UnitNotEmpty(Conflict, reason=Reason.UNIT_NOT_EMPTY):
    people: int
    units: int


class PostNotEmpty(Conflict, reason=Reason.POST_NOT_EMPTY):
    people: int


class ContractOverlaps(Conflict, reason=Reason.CONTRACT_OVERLAPS):
    contract_id: UUID
    starts_on: date


class ImportWrongState(Conflict, reason=Reason.IMPORT_WRONG_STATE):
    state: str


class ImportFileUnreadable(Invalid, reason=Reason.IMPORT_FILE_UNREADABLE):
    detail: str


class ImportHasProblems(Conflict, reason=Reason.IMPORT_HAS_PROBLEMS):
    rows_wrong: int


class ImportOutdated(Conflict, reason=Reason.IMPORT_OUTDATED):
    pass


class OwnManager(Conflict, reason=Reason.OWN_MANAGER):
    employee_id: UUID


class StillEmployed(Conflict, reason=Reason.STILL_EMPLOYED):
    employee_id: UUID


class HasReports(Conflict, reason=Reason.HAS_REPORTS):
    reports: int
