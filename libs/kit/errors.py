"""Errors are facts: one class each, with the ids, a stable reason from the contract, a sentence in every language.

    class PostClosed(Conflict, reason=Reason.POST_CLOSED):
        post_id: UUID
        closed_on: date

The class's annotations become keyword arguments and travel as metadata. The sentence stands under the reason's
name in the `messages/*.toml` of the context that declares the enum.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, dataclass_transform

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from grpc import StatusCode

from mainstay.contract.v1 import errors_pb2 as common


class ReasonNames:
    """A contract's Reason enum as attributes: `names(errors_pb2).POST_CLOSED` is `employees/POST_CLOSED`."""

    def __init__(self, module: Any) -> None:
        enum: EnumTypeWrapper = module.Reason
        context = module.DESCRIPTOR.package.split(".")[1]
        for name in enum.keys():  # noqa: SIM118 - not a mapping
            setattr(self, name, f"{context}/{name}")

    def __getattr__(self, name: str) -> str:
        msg = f"the contract has no reason {name}"
        raise AttributeError(msg)


@dataclass_transform(kw_only_default=True)
class Fault(Exception):
    """Base of all facts about why a call failed."""

    code: ClassVar[StatusCode]
    context: ClassVar[str]
    reason: ClassVar[str]

    def __init_subclass__(cls, reason: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if reason:
            cls.context, _, cls.reason = reason.partition("/")
            dataclass(kw_only=True, eq=False, repr=False)(cls)

    def __str__(self) -> str:
        return f"{self.reason} {self.metadata()}"

    def metadata(self) -> dict[str, str]:
        """What travels beside the reason: every field as text, unset ones left out."""
        return {f.name: str(value) for f in fields(self) if (value := getattr(self, f.name)) is not None}  # type: ignore[arg-type]


class Invalid(Fault):
    code = StatusCode.INVALID_ARGUMENT


class Unauthenticated(Fault):
    code = StatusCode.UNAUTHENTICATED


class Forbidden(Fault):
    code = StatusCode.PERMISSION_DENIED


class NotFound(Fault):
    code = StatusCode.NOT_FOUND


class AlreadyExists(Fault):
    code = StatusCode.ALREADY_EXISTS


class Conflict(Fault):
    """The request is fine, the state of things is not: FAILED_PRECONDITION."""

    code = StatusCode.FAILED_PRECONDITION


class Aborted(Fault):
    code = StatusCode.ABORTED


class Exhausted(Fault):
    code = StatusCode.RESOURCE_EXHAUSTED


class Unavailable(Fault):
    code = StatusCode.UNAVAILABLE


COMMON = ReasonNames(common)


@dataclass(frozen=True)
class FieldProblem:
    """One field of the request that breaks a rule: its path in the request and what to do about it."""

    field: str
    message: str


class FieldsInvalid(Invalid, reason=COMMON.FIELDS_INVALID):
    problems: tuple[FieldProblem, ...]

    def metadata(self) -> dict[str, str]:
        return {}


class RequestUnreadable(Invalid, reason=COMMON.REQUEST_UNREADABLE):
    detail: str


class PageTokenInvalid(Invalid, reason=COMMON.PAGE_TOKEN_INVALID):
    pass


class SignInRequired(Unauthenticated, reason=COMMON.SIGN_IN_REQUIRED):
    pass


class PassportInvalid(Unauthenticated, reason=COMMON.PASSPORT_INVALID):
    """`why`: `missing`, `expired`, `forged`, or `superseded` when the account's rights changed since it was made."""

    why: str


class PermissionMissing(Forbidden, reason=COMMON.PERMISSION_MISSING):
    permission: str


class OutOfScope(Forbidden, reason=COMMON.OUT_OF_SCOPE):
    permission: str


class PermissionRevoked(Forbidden, reason=COMMON.PERMISSION_REVOKED):
    permission: str
    ended_at: str


class StepUpRequired(Forbidden, reason=COMMON.STEP_UP_REQUIRED):
    max_age_seconds: int


class OwnRecord(Forbidden, reason=COMMON.OWN_RECORD):
    pass


class RevocationFeedSilent(Unavailable, reason=COMMON.REVOCATION_FEED_SILENT):
    retry_after_seconds: int = 2


class TemporarilyUnavailable(Unavailable, reason=COMMON.TEMPORARILY_UNAVAILABLE):
    part: str
    retry_after_seconds: int = 2


class VersionConflict(Aborted, reason=COMMON.VERSION_CONFLICT):
    current_version: int
    changed_by: str | None = None


class IdempotencyKeyReused(AlreadyExists, reason=COMMON.IDEMPOTENCY_KEY_REUSED):
    pass


class PersonErased(Conflict, reason=COMMON.PERSON_ERASED):
    employee_id: str


class RateLimited(Exhausted, reason=COMMON.RATE_LIMITED):
    retry_after_seconds: int


class RequestTooLarge(Exhausted, reason=COMMON.REQUEST_TOO_LARGE):
    limit_bytes: int


class RouteNotFound(NotFound, reason=COMMON.ROUTE_NOT_FOUND):
    pass


class HttpMethodNotAllowed(Fault, reason=COMMON.HTTP_METHOD_NOT_ALLOWED):
    code = StatusCode.UNIMPLEMENTED
    allowed: str


class CsrfHeaderMissing(Invalid, reason=COMMON.CSRF_HEADER_MISSING):
    pass


class DeadlinePassed(Fault, reason=COMMON.DEADLINE_PASSED):
    code = StatusCode.DEADLINE_EXCEEDED


class InternalError(Fault, reason=COMMON.INTERNAL_ERROR):
    code = StatusCode.INTERNAL
    request_id: str
