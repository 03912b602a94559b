"""What a decision rests on, frozen: one text with one hash, so that nobody can say later that it was another.

Canonical JSON: keys sorted, no spaces, UTF-8, numbers as the contract has them, days and instants as ISO texts. Its
SHA-256 stands in the case; the text itself is sealed under the candidate's key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from libs.kit.dates import text_of
from libs.kit.vault import SealBroken
from services.talent.cases.ledger import Case


def canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def frozen(message: Message | None) -> dict[str, Any] | None:
    """A message as plain values, by the names of its fields."""
    if message is None:
        return None
    plain: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return plain


def all_frozen(messages: Iterable[Message]) -> list[dict[str, Any] | None]:
    return [frozen(message) for message in messages]


def decision_of(row: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """What was decided, from the columns of the case."""
    return {
        "kind": row["decision"],
        "post_id": str(row["decision_post_id"]),
        "reason": reason,
        "focus_skill_ids": [str(skill_id) for skill_id in row["focus"]],
        "starts_on": text_of(row["starts_on"]),
        "ends_on": text_of(row["ends_on"]),
        "decided_by": str(row["decided_by"]),
        "decided_at": row["decided_at"].isoformat(),
    }


def case_of(case: Case) -> dict[str, Any]:
    """What the case is about, and in whose interest, from its columns."""
    row = case.row
    return {
        "case_id": str(case.case_id),
        "number": row["number"],
        "employee_id": str(case.candidate),
        "post_id": str(row["post_id"]),
        "reason": case.words("reason"),
        "conflict_of_interest": {
            "related_employee_id": str(row["related_employee_id"] or ""),
            "relation": case.words("relation"),
        },
        "profile_version": row["profile_version"],
        "job_profile_number": row["job_number"],
    }


def intact(case: Case) -> bool:
    """The frozen text still has its hash, and the case still is about what it was about and says what was decided.

    False when either was altered, and of an erased candidate, of whom nothing is left to compare.
    """
    try:
        text, reason, about = case.words("evidence"), case.words("decision_reason"), case_of(case)
    except SealBroken:
        return False
    if not text or digest(text) != case.row["evidence_hash"]:
        return False
    kept: dict[str, Any] = json.loads(text)
    present = {**about, "decision": decision_of(case.row, reason)}
    return {name: kept.get(name) for name in present} == present


def last_day_in(case: Case) -> str:
    """The candidate's last day of work as an intact decision has it; decisions of earlier releases kept none."""
    last_day: str = json.loads(case.words("evidence")).get("last_day", "")
    return last_day


def unchanged(case: Case, opinions: Iterable[Message], report: Message | None, alternatives: Iterable[Message]) -> bool:
    """Opinions and reports of an intact decision are still shown as it was taken on them. Of a candidate who refused
    automatic ranking it was taken on no reports.
    """
    kept: dict[str, Any] = json.loads(case.words("evidence"))
    present: dict[str, Any] = {"opinions": all_frozen(opinions)}
    if not kept["automated_use_refused"]:
        present |= {"report": frozen(report), "alternatives": all_frozen(alternatives)}
    return {name: kept.get(name) for name in present} == present
