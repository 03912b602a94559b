"""Failures as RFC 9457 problem JSON: the one mapping from `google.rpc.Status` to HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from google.rpc import error_details_pb2 as details

from gateway.transcode import Unreadable
from libs.kit.errors import Fault, FieldProblem, FieldsInvalid, RequestUnreadable
from libs.kit.rpc.status import Failed, detail, status_of
from libs.kit.words import LANGUAGES, say

MEDIA_TYPE = b"application/problem+json"
# By gRPC code.
STATUS = {
    1: 504,  # CANCELLED: our side ran out of time
    2: 500,
    3: 400,
    4: 504,
    5: 404,
    6: 409,
    7: 403,
    8: 429,
    9: 422,
    10: 409,
    11: 400,
    12: 405,
    13: 500,
    14: 503,
    15: 500,
    16: 401,
}
_TOO_LARGE = "REQUEST_TOO_LARGE"
_TOO_SLOW = 408
_UNDERSCORE = re.compile(r"_([a-z0-9])")
Headers = list[tuple[bytes, bytes]]


class BodyTooSlow(Exception):
    """A request's body was not here in time. Said as REQUEST_UNREADABLE with status 408."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure ready to be sent."""

    status: int
    reason: str
    headers: Headers
    body: bytes


def camel(path: str) -> str:
    """A field path as JSON names it: `contact.workMail` for `contact.work_mail`."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), path)


def fault_of_unreadable(error: Unreadable, language: str) -> Fault:
    said = [(one.path, say(language, "gateway", f"fields.{one.word}", {"choices": one.choices})) for one in error.wrong]
    whole = next((sentence for path, sentence in said if not path), None)
    if whole is not None:
        return RequestUnreadable(detail=whole)
    return FieldsInvalid(problems=tuple(FieldProblem(path, sentence) for path, sentence in said))


def problem_of(error: Fault | Failed | Unreadable | BodyTooSlow, language: str, request_id: str) -> Problem:
    if isinstance(error, Failed):
        return _problem(error.status, language, request_id)
    if isinstance(error, BodyTooSlow):
        detail_ = say(language, "gateway", "fields.slow", {"choices": f"{error.seconds:g}"})
        status = status_of(RequestUnreadable(detail=detail_), language, request_id)
        return _problem(status, language, request_id, as_status=_TOO_SLOW)
    fault = fault_of_unreadable(error, language) if isinstance(error, Unreadable) else error
    return _problem(status_of(fault, language, request_id), language, request_id)


def _problem(status: Any, language: str, request_id: str, as_status: int = 0) -> Problem:
    localized = detail(status, details.LocalizedMessage)
    # The account's own, where the request did not say.
    language = localized.locale if localized and localized.locale in LANGUAGES else language
    info = detail(status, details.ErrorInfo)
    reason = info.reason if info else "INTERNAL_ERROR"
    context = info.domain.partition(".")[0] if info else "contract"
    code = as_status or (413 if reason == _TOO_LARGE else STATUS.get(status.code, 500))
    metadata = {key: value for key, value in info.metadata.items() if key != "request_id"} if info else {}
    body: dict[str, Any] = {
        "type": f"/problems/{context}/{reason}",
        "title": say(language, "gateway", f"titles.{code}"),
        "status": code,
        "detail": status.message,
        "reason": reason,
        "context": context,
        "requestId": request_id,
        "metadata": metadata,
    }
    bad = detail(status, details.BadRequest)
    if bad:
        body["fields"] = [{"field": camel(one.field), "message": one.description} for one in bad.field_violations]
    headers = [(b"content-type", MEDIA_TYPE), (b"content-language", language.encode()), (b"cache-control", b"no-store")]
    retry = detail(status, details.RetryInfo)
    if retry:
        body["retryAfterSeconds"] = max(1, retry.retry_delay.seconds + bool(retry.retry_delay.nanos))
        headers.append((b"retry-after", str(body["retryAfterSeconds"]).encode()))
    if code == _TOO_SLOW:
        # The rest of the body may come yet, and would be read as the next request.
        headers.append((b"connection", b"close"))
    if code == 401:
        headers.append((b"www-authenticate", b'Bearer realm="mainstay"'))
    if code == 405:
        headers.append((b"allow", metadata.get("allowed", "").encode()))
    return Problem(code, reason, headers, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
