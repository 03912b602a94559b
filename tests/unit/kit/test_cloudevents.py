"""The wire form of an event is CloudEvents' and comes back as it went."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kit.bus import Message
from libs.kit.bus.cloudevents import NotCloudEvent, from_headers, to_headers

_SENT = Message(
    topic="employees.lifecycle",
    key="e-1",
    value=b"\x0a\x01x",
    event_id=UUID("01900000-0000-7000-8000-000000000001"),
    type="mainstay.employees.v1.EmployeeHired",
    source="employees",
    time=datetime(2026, 3, 1, 8, 30, 0, 250000, UTC),
    trace="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)


def test_the_attributes_are_headers() -> None:
    assert dict(to_headers(_SENT)) == {
        "ce_id": b"01900000-0000-7000-8000-000000000001",
        "ce_source": b"employees",
        "ce_type": b"mainstay.employees.v1.EmployeeHired",
        "ce_specversion": b"1.0",
        "ce_time": b"2026-03-01T08:30:00.250000Z",
        "content-type": b"application/protobuf",
        "traceparent": b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }


_NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1).map(str.lower).filter(str.islower)


@given(
    st.text(),
    st.binary(),
    st.datetimes(timezones=st.just(UTC)),
    st.text(),
    st.dictionaries(_NAMES.map(lambda name: f"x-{name}").map(str.lower), st.text()),
)
def test_every_message_comes_back(key: str, value: bytes, at: datetime, trace: str, extra: dict[str, str]) -> None:
    extra = {name: text for name, text in extra.items() if name == name.lower()}
    sent = Message("t", key, value, UUID(int=7), "a.B", "s", at, trace, extra)
    assert from_headers("t", key, value, to_headers(sent)) == sent


@pytest.mark.parametrize("missing", ["ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "content-type"])
def test_a_record_without_an_attribute_is_refused(missing: str) -> None:
    headers = [(name, value) for name, value in to_headers(_SENT) if name != missing]
    with pytest.raises(NotCloudEvent, match=missing):
        from_headers("t", "k", b"", headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"7"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"0001-01-01T00:00:00+14:00"),
        ("ce_specversion", b"0.3"),
        ("content-type", b"text/plain"),
        ("ce_type", b"\xff"),
    ],
)
def test_a_record_with_a_wrong_attribute_is_refused(name: str, value: bytes) -> None:
    with pytest.raises(NotCloudEvent):
        from_headers("t", "k", b"", {**dict(to_headers(_SENT)), name: value}.items())


def test_header_names_are_compared_without_case() -> None:
    headers = [(name.upper(), value) for name, value in to_headers(_SENT)]
    assert from_headers(_SENT.topic, _SENT.key, _SENT.value, headers) == _SENT
