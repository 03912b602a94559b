"""Pure: the days of a probation, reckoned in months. It is the company's own, for a new post; a first contract's has
nothing to do with it.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from libs.kit.contract import rules_of
from mainstay.talent.v1 import cases_pb2 as pb

# As the contract has it: the edge refuses more.
MOST_MONTHS: int = rules_of(pb.DecideCaseRequest, "months").uint32.lte


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day; neither where there is no probation."""

    starts_on: date | None = None
    ends_on: date | None = None


def last_day(starts_on: date, months: int) -> date:
    """The day before the one of the same number; the last of the month where that has no such day (民法典 art. 202).
    31 August and six months: 28 February.
    """
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    length = calendar.monthrange(year, month + 1)[1]
    if starts_on.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, starts_on.day) - timedelta(days=1)
