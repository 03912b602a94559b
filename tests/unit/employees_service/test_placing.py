"""The last day that others are told: of a separation ahead or today, and of nobody else."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.employees.career import PRIMARY, Assignment, Career, Employment
from services.employees.placing import place_on

WHO, UNIT, POST = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 11, 23)


def career(*times: tuple[str, str]) -> Career:
    """Somebody's times here, each by its first and last day, empty without one."""
    days = [(date.fromisoformat(first), date.fromisoformat(last) if last else None) for first, last in times]
    return Career(
        WHO,
        "E0001",
        tuple(Employment(UUID(int=10 + n), WHO, first, last) for n, (first, last) in enumerate(days)),
        tuple(
            Assignment(UUID(int=20 + n), WHO, PRIMARY, UNIT, POST, None, first, last)
            for n, (first, last) in enumerate(days)
        ),
    )


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([("2020-01-01", "")], ""),
        ([("2020-01-01", "2026-12-31")], "2026-12-31"),
        ([("2020-01-01", "2026-11-23")], "2026-11-23"),
        ([("2020-01-01", "2026-11-22")], ""),
        # Back again, with nothing recorded of this time; and with something.
        ([("2018-01-01", "2019-12-31"), ("2020-01-01", "")], ""),
        ([("2018-01-01", "2019-12-31"), ("2020-01-01", "2026-12-31")], "2026-12-31"),
        # Comes later, for a time.
        ([("2027-01-01", "2027-06-30")], "2027-06-30"),
        ([], ""),
    ],
)
def test_a_last_day_is_told_while_it_is_ahead(times: list[tuple[str, str]], told: str) -> None:
    assert place_on(career(*times), TODAY).last_day == told


def test_of_the_erased_none_is_told() -> None:
    assert place_on(career(("2020-01-01", "2026-12-31")), TODAY, erased=True).last_day == ""
