"""Why a call to identity failed. Reasons are the contract's; sentences stand in `messages`."""

from __future__ import annotations

from libs.kit.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ReasonNames,
    Unauthenticated,
    Unavailable,
)
from mainstay.identity.v1 import errors_pb2

REASON = ReasonNames(errors_pb2)


class AccountNotFound(NotFound, reason=REASON.ACCOUNT_NOT_FOUND):
    account_id: str | None = None
    employee_id: str | None = None


class AccountUnknown(Unauthenticated, reason=REASON.ACCOUNT_UNKNOWN):
    pass


class AccountSuspended(Conflict, reason=REASON.ACCOUNT_SUSPENDED):
    """Also for a closed account: `since` says when it stopped."""

    since: str


class AccountNotOpen(Conflict, reason=REASON.ACCOUNT_NOT_OPEN):
    since: str


class SignInManagedElsewhere(Conflict, reason=REASON.SIGN_IN_MANAGED_ELSEWHERE):
    pass


class SignInNotReady(Conflict, reason=REASON.SIGN_IN_NOT_READY):
    """`problem` is the class of the last failure; unset while it was not tried yet."""

    problem: str | None = None


class SignInUnreachable(Unavailable, reason=REASON.SIGN_IN_UNREACHABLE):
    retry_after_seconds: int = 5


class UsernameTaken(AlreadyExists, reason=REASON.USERNAME_TAKEN):
    username: str


class RoleNotFound(NotFound, reason=REASON.ROLE_NOT_FOUND):
    role: str


class GrantNotFound(NotFound, reason=REASON.GRANT_NOT_FOUND):
    grant_id: str


class GrantEnded(Conflict, reason=REASON.GRANT_ENDED):
    grant_id: str
    ended_at: str


class GrantAutomatic(Conflict, reason=REASON.GRANT_AUTOMATIC):
    role: str


class GrantPeriodInvalid(Invalid, reason=REASON.GRANT_PERIOD_INVALID):
    """`max_days` is what the role allows, unset where it has no limit."""

    role: str
    max_days: int | None = None


class AlreadyGranted(AlreadyExists, reason=REASON.ALREADY_GRANTED):
    grant_id: str


class OwnAccess(Conflict, reason=REASON.OWN_ACCESS):
    pass


class BeyondOwnRights(Forbidden, reason=REASON.BEYOND_OWN_RIGHTS):
    """`conflicts_with` is the role of the account that keeps it from getting this one."""

    role: str
    scope: str
    conflicts_with: str | None = None


class ScopeUnitUnknown(NotFound, reason=REASON.SCOPE_UNIT_UNKNOWN):
    unit_id: str


class LastAdmin(Conflict, reason=REASON.LAST_ADMIN):
    pass


class NothingChanges(Conflict, reason=REASON.NOTHING_CHANGES):
    pass


class RequestNotFound(NotFound, reason=REASON.REQUEST_NOT_FOUND):
    request_id: str


class RequestDecided(Conflict, reason=REASON.REQUEST_DECIDED):
    request_id: str
    state: str
