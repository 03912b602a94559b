"""Dates of effect: plain ISO days in messages, `datetime.date` in code."""

from __future__ import annotations

from datetime import UTC, date, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from libs.kit.errors import FieldProblem, FieldsInvalid
from libs.kit.words import say

# Days a request may name: far enough from both ends of the calendar that the day before, the day after and midnight in
# any time zone exist. (PostgreSQL's driver also takes the last day of all for "infinity".)
EARLIEST, LATEST = date(1000, 1, 1), date(9998, 12, 31)


def date_of(text: str, field: str, language: str = "zh-CN") -> date:
    """The day a request names. Raises FieldsInvalid naming the field when there is no such day within reach."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _refused(field, "pattern_date", language) from None
    if not EARLIEST <= day <= LATEST:
        raise _refused(field, "date_range", language)
    return day


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


def instant_of(stamp: Timestamp, field: str, language: str = "zh-CN") -> datetime:
    """The instant a request names. Raises FieldsInvalid like `date_of`."""
    try:
        at = stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise _refused(field, "date_range", language) from None
    if not EARLIEST <= at.date() <= LATEST:
        raise _refused(field, "date_range", language)
    return at


def _refused(field: str, rule: str, language: str) -> FieldsInvalid:
    limits = {"earliest": EARLIEST, "latest": LATEST}
    return FieldsInvalid(problems=(FieldProblem(field, say(language, "contract", f"rules.{rule}", limits)),))
