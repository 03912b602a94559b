"""Which problems a method can answer with: its own reasons, and those that come with what it asks of its caller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.openapi_source import Operation, Source

Schema = dict[str, Any]
PROBLEM = "application/problem+json"

# gRPC status to HTTP status, with the title of the problem.
STATUS = {
    "INVALID_ARGUMENT": (400, "Bad request"),
    "UNAUTHENTICATED": (401, "Not signed in"),
    "PERMISSION_DENIED": (403, "Not allowed"),
    "NOT_FOUND": (404, "Not found"),
    "UNIMPLEMENTED": (405, "Method not allowed"),
    "ALREADY_EXISTS": (409, "Conflict"),
    "ABORTED": (409, "Conflict"),
    "FAILED_PRECONDITION": (422, "Not possible as things stand"),
    "RESOURCE_EXHAUSTED": (429, "Too many requests"),
    "INTERNAL": (500, "Our mistake"),
    "UNAVAILABLE": (503, "Not available now"),
    "DEADLINE_EXCEEDED": (504, "Took too long"),
}
# The one reason whose HTTP status says more than its gRPC status.
TOO_LARGE = "REQUEST_TOO_LARGE"
SHARED = "mainstay.contract.v1"
# The front door signs every caller in through this method: each call can fail as this one does.
PASSPORT = "mainstay.identity.v1.PassportService/IssuePassport"

ALWAYS = (
    "REQUEST_UNREADABLE",
    "FIELDS_INVALID",
    "SIGN_IN_REQUIRED",
    "PASSPORT_INVALID",
    "HTTP_METHOD_NOT_ALLOWED",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
    "TEMPORARILY_UNAVAILABLE",
    "DEADLINE_PASSED",
)
# What a field's presence in the request makes possible.
BY_FIELD = {
    "page_token": "PAGE_TOKEN_INVALID",
    "version": "VERSION_CONFLICT",
    "idempotency_key": "IDEMPOTENCY_KEY_REUSED",
}

PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "Why a call failed (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reason", "context", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "The reason as an address."},
        "title": {"type": "string", "description": "The kind of failure, in the caller's language."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened and what to do, in the caller's language."},
        "reason": {"type": "string", "description": "Stable name of the reason: never changes, safe to branch on."},
        "context": {"type": "string", "description": "Whose reason it is; `contract` for those every context shares."},
        "requestId": {"type": "string", "description": "Finds the call in the logs."},
        "metadata": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Ids and numbers that belong to the reason, as the reason's sentence names them.",
        },
        "retryAfterSeconds": {"type": "integer", "minimum": 1, "description": "When to try again."},
        "fields": {
            "type": "array",
            "description": "With FIELDS_INVALID: each field that breaks a rule.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Path of the field, as JSON names it."},
                    "message": {"type": "string", "description": "What to do about it, in the caller's language."},
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Failure:
    """A reason with the status it travels with and its sentence."""

    reason: str
    status: int
    sentence: str


def failure(source: Source, package: str, reason: str) -> Failure:
    """A context's own reason, or one that every context shares."""
    for enum in (f"{package}.Reason", f"{SHARED}.Reason"):
        comment = source.comment(f"{enum}.{reason}")
        if comment:
            code, _, sentence = comment.partition(": ")
            status = 413 if reason == TOO_LARGE else STATUS[code][0]
            return Failure(reason, status, sentence)
    raise KeyError(reason)


def _shared_reasons(source: Source, operation: Operation) -> Iterator[str]:
    yield from ALWAYS
    fields = source.fields(operation.request)
    yield from (reason for field, reason in BY_FIELD.items() if field in fields)
    if operation.variables:
        yield "ROUTE_NOT_FOUND"
    if operation.body:
        yield TOO_LARGE
    if not operation.reads_only:
        yield "CSRF_HEADER_MISSING"
    if operation.target == "subject" or not operation.reads_only:
        yield "PERSON_ERASED"
    yield from _access_reasons(operation)


def _access_reasons(operation: Operation) -> Iterator[str]:
    access = operation.access
    if operation.target != "caller":
        yield from ("PERMISSION_MISSING", "PERMISSION_REVOKED")
    if operation.target in {"subject", "unit", "loaded", "whole"}:
        yield "OUT_OF_SCOPE"
    if access.not_self:
        yield "OWN_RECORD"
    if access.step_up_seconds:
        yield "STEP_UP_REQUIRED"
    if access.sensitive:
        yield "REVOCATION_FEED_SILENT"


def failures(source: Source, operation: Operation) -> dict[int, list[Failure]]:
    """Everything the operation can fail with, by HTTP status, its own reasons first."""
    found = [failure(source, operation.package, reason) for reason in operation.fails_with]
    found += [failure(source, SHARED, reason) for reason in _shared_reasons(source, operation)]
    if PASSPORT in source.methods:
        service, method = source.methods[PASSPORT]
        signing_in = Operation(service, method, "", "", "")
        found += [failure(source, signing_in.package, reason) for reason in signing_in.fails_with]
    by_status: dict[int, dict[str, Failure]] = defaultdict(dict)
    for one in found:
        by_status[one.status].setdefault(one.reason, one)
    return {status: list(by_status[status].values()) for status in sorted(by_status)}


def response(status: int, possible: Iterable[Failure]) -> Schema:
    """The response object of one status: problem JSON whose reason is one of those possible."""
    titles = {413: "Request too large", **dict(STATUS.values())}
    lines = [f"- `{one.reason}`: {one.sentence}" for one in possible]
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"reason": {"enum": [one.reason for one in possible]}},
    }
    return {"description": "\n".join([f"{titles[status]}.", "", *lines]), "content": {PROBLEM: {"schema": schema}}}
