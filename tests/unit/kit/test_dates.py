from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from libs.kit.dates import EARLIEST, LATEST, date_of, instant_of, optional_date, text_of
from libs.kit.errors import FieldsInvalid


@pytest.mark.parametrize("day", [EARLIEST, date(2024, 2, 29), LATEST])
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert date_of(text_of(day), "starts_on") == day


@pytest.mark.parametrize(
    "text", ["2024-13-01", "2023-02-29", "0000-01-01", "0001-01-01", "0999-12-31", "9999-01-01", "9999-12-31"]
)
def test_a_day_that_cannot_be_is_refused_naming_its_field(text: str) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        date_of(text, "starts_on", "en")
    assert [problem.field for problem in refused.value.problems] == ["starts_on"]
    assert "{" not in refused.value.problems[0].message


def test_around_every_day_within_reach_there_are_others_in_every_zone() -> None:
    for day in (EARLIEST, LATEST):
        for zone in ("Pacific/Kiritimati", "Pacific/Midway"):
            midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            assert abs(midnight.date() - day) <= timedelta(days=1)
        assert day - timedelta(days=1) < day < day + timedelta(days=1)


def test_no_text_is_no_day() -> None:
    assert optional_date("", "ends_on") is None
    assert text_of(None) == ""


@pytest.mark.parametrize("seconds", [-62_135_596_800, 253_402_300_799, 10**15, -(10**15)])
def test_an_instant_out_of_reach_is_refused_naming_its_field(seconds: int) -> None:
    with pytest.raises(FieldsInvalid) as refused:
        instant_of(Timestamp(seconds=seconds), "ends_at")
    assert [problem.field for problem in refused.value.problems] == ["ends_at"]


def test_an_instant_within_reach_is_read() -> None:
    assert instant_of(Timestamp(seconds=1), "ends_at") == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
