"""The one place where facts about failures become gRPC statuses, and where foreign failures lose their driver text."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from grpc import StatusCode

from libs.kit.errors import (
    DeadlinePassed,
    Fault,
    FieldsInvalid,
    InternalError,
    RequestUnreadable,
    TemporarilyUnavailable,
)
from libs.kit.words import say

CODES = {code.value[0]: code for code in StatusCode}
DOMAIN = "mainstay"


class Failed(Exception):
    """A call that failed, as it travels: a `google.rpc.Status` with reason, sentence, fields and retry advice."""

    def __init__(self, status: Any) -> None:
        super().__init__(status.message)
        self.status = status

    @property
    def code(self) -> StatusCode:
        return CODES[self.status.code]

    @property
    def reason(self) -> str:
        info = detail(self.status, details.ErrorInfo)
        return info.reason if info else ""


def detail(status: Any, kind: Any) -> Any | None:
    """The status's detail of a kind, if it has one."""
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    return None


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def status_of(fault: Fault, language: str, request_id: str) -> Any:
    metadata = fault.metadata()
    sentence = say(language, fault.context, f"reasons.{fault.reason}", metadata)
    status = status_pb2.Status(code=fault.code.value[0], message=sentence)
    info = details.ErrorInfo(
        reason=fault.reason, domain=f"{fault.context}.{DOMAIN}", metadata={**metadata, "request_id": request_id}
    )
    status.details.append(_packed(info))
    status.details.append(_packed(details.LocalizedMessage(locale=language, message=sentence)))
    if isinstance(fault, FieldsInvalid):
        bad = details.BadRequest()
        for problem in fault.problems:
            bad.field_violations.add(field=problem.field, description=problem.message)
        status.details.append(_packed(bad))
    retry = getattr(fault, "retry_after_seconds", None)
    if retry is not None:
        advice = details.RetryInfo()
        advice.retry_delay.FromSeconds(retry)
        status.details.append(_packed(advice))
    return status


def fault_of(error: BaseException, request_id: str) -> Fault:
    """The fact an exception stands for. What is not known by name becomes INTERNAL_ERROR; its text stays inside."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, TimeoutError | asyncio.CancelledError | asyncpg.QueryCanceledError):
        return DeadlinePassed()
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):
        # U+0000, which gRPC lets through and PostgreSQL's text does not hold.
        return RequestUnreadable(detail="U+0000")
    if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError | asyncpg.LockNotAvailableError):
        return TemporarilyUnavailable(part="database", retry_after_seconds=1)
    unreachable = (
        asyncpg.PostgresConnectionError,
        # Shut down, crashed or starting; without connections, memory or disk to give; its files out of reach.
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.PostgresSystemError,
        # The driver's own: what it was sent was cut off.
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        ConnectionError,
        OSError,
    )
    if isinstance(error, unreachable):
        return TemporarilyUnavailable(part="database")
    return InternalError(request_id=request_id)
