"""Why a call to talent fails. The sentences are in `messages/*.toml` under the same names."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from libs.kit.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound, ReasonNames, Unavailable
from mainstay.talent.v1 import errors_pb2

Reason = ReasonNames(errors_pb2)


class PersonNotFound(NotFound, reason=Reason.PERSON_NOT_FOUND):
    employee_id: UUID


class PostUnknown(NotFound, reason=Reason.POST_UNKNOWN):
    post_id: UUID


class SkillNotFound(NotFound, reason=Reason.SKILL_NOT_FOUND):
    skill_id: UUID


class SkillLabelTaken(AlreadyExists, reason=Reason.SKILL_LABEL_TAKEN):
    label: str
    skill_id: UUID


class SkillRelationCycle(Conflict, reason=Reason.SKILL_RELATION_CYCLE):
    label: str


class EntryNotFound(NotFound, reason=Reason.ENTRY_NOT_FOUND):
    entry_id: UUID


class EntryEnded(Conflict, reason=Reason.ENTRY_ENDED):
    entry_id: UUID


class EntryOfOthers(Conflict, reason=Reason.ENTRY_OF_OTHERS):
    entry_id: UUID


class EntryInFuture(Conflict, reason=Reason.ENTRY_IN_FUTURE):
    observed_on: date


class AlreadyContested(Conflict, reason=Reason.ALREADY_CONTESTED):
    entry_id: UUID


class NotContested(Conflict, reason=Reason.NOT_CONTESTED):
    entry_id: UUID


class FileUnreadable(Invalid, reason=Reason.FILE_UNREADABLE):
    detail: str


class JobProfileNotFound(NotFound, reason=Reason.JOB_PROFILE_NOT_FOUND):
    post_id: UUID


class TemplateNotFound(NotFound, reason=Reason.TEMPLATE_NOT_FOUND):
    template: str


class DraftExists(AlreadyExists, reason=Reason.DRAFT_EXISTS):
    post_id: UUID


class NoDraft(Conflict, reason=Reason.NO_DRAFT):
    post_id: UUID


class RequirementTwice(Invalid, reason=Reason.REQUIREMENT_TWICE):
    name: str


class WeightsNotWhole(Conflict, reason=Reason.WEIGHTS_NOT_WHOLE):
    sum: int


class OverlapsVersion(Conflict, reason=Reason.OVERLAPS_VERSION):
    starts_on: date


class AutomatedUseRefused(Conflict, reason=Reason.AUTOMATED_USE_REFUSED):
    employee_id: UUID


class MatchingNotReady(Unavailable, reason=Reason.MATCHING_NOT_READY):
    retry_after_seconds: int = 2


class PoolNotFound(NotFound, reason=Reason.POOL_NOT_FOUND):
    pool_id: UUID


class PoolNameTaken(AlreadyExists, reason=Reason.POOL_NAME_TAKEN):
    name: str


class MemberAlready(AlreadyExists, reason=Reason.MEMBER_ALREADY):
    employee_id: UUID


class NotAMember(Conflict, reason=Reason.NOT_A_MEMBER):
    employee_id: UUID


class CaseNotFound(NotFound, reason=Reason.CASE_NOT_FOUND):
    case_id: UUID


class CaseWrongState(Conflict, reason=Reason.CASE_WRONG_STATE):
    state: str


class CaseExists(AlreadyExists, reason=Reason.CASE_EXISTS):
    case_id: UUID
    number: str


class DeciderConflicted(Conflict, reason=Reason.DECIDER_CONFLICTED):
    employee_id: UUID


class RoleTaken(AlreadyExists, reason=Reason.ROLE_TAKEN):
    employee_id: UUID


class NotAParticipant(Conflict, reason=Reason.NOT_A_PARTICIPANT):
    employee_id: UUID


class NobodyToAsk(Conflict, reason=Reason.NOBODY_TO_ASK):
    case_id: UUID


class NotYoursToSay(Forbidden, reason=Reason.NOT_YOURS_TO_SAY):
    case_id: UUID


class OpinionsOpen(Conflict, reason=Reason.OPINIONS_OPEN):
    given: int
    open: int


class ReportOutdated(Conflict, reason=Reason.REPORT_OUTDATED):
    case_id: UUID


class ExplanationNotFound(NotFound, reason=Reason.EXPLANATION_NOT_FOUND):
    explanation_id: UUID
