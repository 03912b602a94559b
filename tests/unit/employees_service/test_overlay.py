"""Stretches of a file laid over a career: the file's days hold, all others stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.employees.applying.overlay import Stretch, Where, lay
from services.employees.career import PRIMARY, Assignment, Career, Employment, applied

START = date(2026, 1, 1)
DAYS = [START + timedelta(days=n) for n in range(30)]
PLACES = [uuid4() for _ in range(3)]
PERSON = uuid4()


def career(hired: int, units: list[int]) -> Career:
    """Hired on a day, in another unit every five days, the last one open."""
    lines = []
    for at, unit in enumerate(units):
        first = DAYS[hired] + timedelta(days=5 * at)
        last = None if at == len(units) - 1 else first + timedelta(days=4)
        lines.append(Assignment(uuid4(), PERSON, PRIMARY, PLACES[unit], PLACES[unit], None, first, last))
    return Career(PERSON, "E1", (Employment(uuid4(), PERSON, DAYS[hired]),), tuple(lines))


def in_unit(unit: UUID) -> object:
    def place(before: Where) -> Where:
        return unit, before[1], before[2]

    return place


def after(person: Career, stretches: list[Stretch]) -> Career:
    laid = lay(person, stretches)
    employments = tuple(sorted((*person.employments, *laid.employments), key=lambda e: e.hired_on))
    return applied(replace(person, employments=employments), laid.change)


_STRETCHES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 2)), max_size=5, unique_by=lambda s: s[0]
)


@given(st.integers(0, 15), st.lists(st.integers(0, 2), min_size=1, max_size=3), _STRETCHES)
def test_the_file_holds_on_its_days_and_the_record_on_all_others(
    hired: int, units: list[int], given_: list[tuple[int, int, int]]
) -> None:
    person = career(hired, units)
    stretches = [
        Stretch(row, DAYS[3 * at], DAYS[3 * at + length], in_unit(PLACES[unit]))  # type: ignore[arg-type]
        for row, (at, unit, length) in enumerate(given_)
        if 3 * at + length < len(DAYS) and not (3 * at < hired <= 3 * at + length)
    ]
    now = after(person, stretches)
    for day in DAYS:
        said = next((s for s in stretches if s.starts_on <= day <= (s.ends_on or day)), None)
        here, before = now.primary_on(day), person.primary_on(day)
        assert len([a for a in now.of_kind(PRIMARY) if a.starts_on <= day <= (a.ends_on or day)]) <= 1
        if said:
            assert here
            assert here.unit_id == said.place((None, None, None))[0]
        else:
            assert (here.unit_id if here else None) == (before.unit_id if before else None)
        assert (here is not None) == (now.employment_on(day) is not None)
    again = lay(now, stretches)
    assert not again.change
    assert not again.told
    assert not again.employments
