"""Schemathesis over the whole API page, as one kind of caller: every rule's limits first, then random values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.engine import events, from_schema

from tests.load.platform_process import PlatformProcess

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
UNDOCUMENTED = {
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
}


@dataclass
class Tally:
    """What came of the cases of one kind of caller."""

    caller: str
    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        self.statuses += other.statuses
        self.failures = other.failures | self.failures
        self.errors += other.errors
        self.operations |= other.operations

    def failed(self, *checks: str) -> list[str]:
        return [text for (check, _), text in self.failures.items() if check in checks]

    @property
    def line(self) -> str:
        found = ", ".join(f"{status} x {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.caller}: {self.cases} cases on {len(self.operations)} operations; "
            f"5xx {self.server_errors}, "
            f"undocumented answers {len(self.failed(*UNDOCUMENTED))}, ignored auth {len(self.failed('ignored_auth'))}, "
            f"other {len(self.failures) - len(self.failed('ignored_auth', 'not_a_server_error', *UNDOCUMENTED))}"
            f" ({found})"
        )


def fuzz(
    caller: str,
    document: dict[str, Any],
    address: str,
    headers: Mapping[str, str],
    *,
    examples: int,
    seed: int,
    cover: bool = True,
) -> Tally:
    """Runs every check on every operation with `examples` random values, after those that `cover` the rules."""
    config = schemathesis.Config.from_dict(
        {
            "seed": seed,
            "base-url": address,
            "headers": dict(headers),
            "continue-on-failure": True,
            "request-timeout": 60,
            "workers": 1,
            "cache": {"enabled": False},
            "generation": {
                "mode": "all",
                "max-examples": examples,
                "no-shrink": True,
                "allow-x00": False,
                "database": "none",
                "with-security-parameters": False,
            },
            "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": cover}},
        }
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    choices, named = _choices(document), _named(document)

    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        return _counts(choices, failure, case) and not (
            isinstance(failure, AcceptedNegativeData) and _has_number(case.body, named)
        )

    schema.hook(filter_failure)
    tally = Tally(caller)
    for event in from_schema(schema).execute():
        _count(event, tally)
    return tally


def _choices(document: Mapping[str, Any]) -> set[str]:
    """Names of the query parameters that take one of an enum's names."""
    return {
        parameter["name"]
        for entry in document["paths"].values()
        for operation in entry.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and parameter["schema"].keys() & {"$ref", "enum"}
    }


def _named(document: Mapping[str, Any]) -> set[str]:
    """Names of the properties that take one of an enum's names."""
    components = document["components"]["schemas"]
    enums = {f"#/components/schemas/{name}" for name, schema in components.items() if "enum" in schema}
    return {
        name
        for schema in components.values()
        for name, said in schema.get("properties", {}).items()
        if enums & {said.get("$ref"), *(one.get("$ref") for one in said.get("allOf", []))}
    }


def _has_number(value: Any, named: set[str]) -> bool:
    """Whether a number stands for an enum's name somewhere."""
    if isinstance(value, list):
        return any(_has_number(one, named) for one in value)
    return isinstance(value, dict) and any(
        (name in named and isinstance(one, int)) or _has_number(one, named) for name, one in value.items()
    )


def _counts(choices: set[str], failure: Any, case: Any) -> bool:
    """Whether a failure is one: the page says that `null` stands for a field left out, a number for an enum's name."""
    if not isinstance(failure, AcceptedNegativeData):
        return True
    query = case.query if isinstance(case.query, dict) else {}
    by_number = any(str(query.get(name, "")).isdigit() for name in choices)
    return not (by_number or _has_null(case.body))


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_null(one) for one in value.values())
    if isinstance(value, list):
        return any(_has_null(one) for one in value)
    return value is None


def _count(event: Any, tally: Tally) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        tally.errors.append(str(getattr(event, "value", None) or getattr(event, "exception", event)))
    if not isinstance(event, events.ScenarioFinished):
        return
    for case_id, interaction in event.recorder.interactions.items():
        tally.cases += 1
        if interaction.response is not None:
            tally.statuses[interaction.response.status_code] += 1
        node = event.recorder.cases.get(case_id)
        if node is not None:
            tally.operations.add(node.value.operation.label)
        for check in event.recorder.checks.get(case_id, []):
            if check.failure_info is not None and node is not None:
                key = (check.name, node.value.operation.label)
                tally.failures.setdefault(key, _told(check, interaction))


def _told(check: Any, interaction: Any) -> str:
    request, response = interaction.request, interaction.response
    sent = (request.body or b"")[:600] if request is not None else b""
    got = (response.content or b"")[:800] if response is not None else b""
    return (
        f"{check.name}: {request.method} {request.uri}\n"
        f"  {str(check.failure_info.failure)[:800]}\n  sent {sent!r}\n"
        f"  got {response.status_code if response else ''} {got.decode('utf-8', 'replace')}"
    )


async def headers_of(platform: PlatformProcess) -> dict[str, dict[str, str]]:
    """What each kind of caller sends: an HR administrator, an employee, another system, nobody known."""
    callers: dict[str, dict[str, str]] = {"nobody": {}}
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://localhost:{platform.issuer_port}/token",
            auth=("erp", "erp-demo-secret"),
            data={"grant_type": "client_credentials"},
        )
    callers["erp"] = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
    for name in ("employee", "hr.admin"):
        async with await platform.sign_in(name) as session:
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.client.cookies.jar)
        callers[name] = {"Cookie": cookies, "X-Mainstay": "portal"}
    return callers


def document_of(address: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """The API page, as the front door gives it to this caller."""
    answer = httpx.get(f"{address}/openapi.json", headers=dict(headers), timeout=30)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
