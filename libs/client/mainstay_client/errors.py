"""Why a call failed: one class per kind, with the stable reason, what it is about, and each wrong field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2


@dataclass(frozen=True)
class WrongField:
    """A field of the request that breaks a rule, by its path in the request."""

    field: str
    message: str


class MainstayError(Exception):
    """Base of all failures of a call.

    `reason` never changes and is safe to branch on; `metadata` holds the ids and numbers that go with it; `request_id`
    finds the call in the platform's logs; the text is a sentence for people in the client's language.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        context: str = "",
        metadata: Mapping[str, str] | None = None,
        fields: tuple[WrongField, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.context = context
        self.metadata = dict(metadata or {})
        self.request_id = self.metadata.pop("request_id", "")
        self.fields = fields
        self.retry_after = retry_after

    def __str__(self) -> str:
        told = "; ".join(f"{one.field}: {one.message}" for one in self.fields)
        return " ".join(filter(None, [f"[{self.reason}]" if self.reason else "", self.args[0], told]))


class Invalid(MainstayError):
    """The request cannot be taken as it is: see `fields`, where there are some."""


class NotSignedIn(MainstayError):
    """The token is not good."""


class Forbidden(MainstayError):
    """The service account lacks the right, or holds it elsewhere only: `metadata["permission"]` names it."""


class NotFound(MainstayError):
    pass


class AlreadyExists(MainstayError):
    pass


class Changed(MainstayError):
    """Somebody changed the record meanwhile; read it again. `metadata["current_version"]` is its version now."""


class NotPossible(MainstayError):
    """The request is fine, the state of things is not."""


class TooMany(MainstayError):
    """Too many calls, or too large a one."""


class Unavailable(MainstayError):
    """A part of the platform is not answering; nothing was changed."""


class DeadlinePassed(MainstayError):
    """No answer in time: reading again shows whether the call took effect."""


class Internal(MainstayError):
    """A mistake of the platform's: give its operators the `request_id`."""


_KINDS: Mapping[Any, type[MainstayError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: Invalid,
    grpc.StatusCode.UNAUTHENTICATED: NotSignedIn,
    grpc.StatusCode.PERMISSION_DENIED: Forbidden,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.ABORTED: Changed,
    grpc.StatusCode.FAILED_PRECONDITION: NotPossible,
    grpc.StatusCode.RESOURCE_EXHAUSTED: TooMany,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlinePassed,
}


def error_of(failed: Any) -> MainstayError:
    """A gRPC failure as one of ours."""
    kind = _KINDS.get(failed.code(), Internal)
    status = _status(failed)
    if status is None:
        return kind(failed.details() or failed.code().name)
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    retried = False
    for packed in status.details:
        packed.Unpack(info)
        packed.Unpack(bad)
        retried = packed.Unpack(retry) or retried
    return kind(
        status.message,
        reason=info.reason,
        context=info.domain.partition(".")[0],
        metadata=info.metadata,
        fields=tuple(WrongField(one.field, one.description) for one in bad.field_violations),
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() if retried else None,
    )


def _status(failed: Any) -> Any | None:
    for name, value in failed.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                return None
    return None
