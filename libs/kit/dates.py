"""Dates of effect: plain ISO days in messages, `datetime.date` in code."""

from __future__ import annotations

from datetime import UTC, date, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.words import say


def date_of(text: str, field: str, language: str = "zh-CN") -> date:
    """The day a request names. Raises FieldsInvalid naming the field when there is no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        problem = FieldProblem(field, say(language, "contract", "rules.pattern_date"))
        raise FieldsInvalid(problems=(problem,)) from None


def optional_date(text: str, field: str, language: str = "zh-CN") -> date | None:
    return date_of(text, field, language) if text else None


def text_of(day: date | None) -> str:
    return day.isoformat() if day else ""


def timestamp(at: datetime | None) -> Timestamp | None:
    """A message's Timestamp; None stays unset."""
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp


def instant(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
