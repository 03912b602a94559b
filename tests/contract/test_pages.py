"""The pages and samples that are written from the contract are those in the repository."""

from __future__ import annotations

import json
import re

import pytest
from google.protobuf import json_format
from protovalidate import Validator

from libs.kit import contract as runtime
from tools import access_matrix, event_catalogue
from tools.contract import ROOT, Contract

EVENTS = sorted(runtime.events())


def test_the_access_matrix_is_fresh(whole: Contract) -> None:
    """Write it again with `python -m tools.access_matrix`."""
    assert access_matrix.PAGE.read_text(encoding="utf-8") == access_matrix.page(whole)


def test_the_access_matrix_has_every_method_and_every_right(whole: Contract) -> None:
    page = access_matrix.page(whole)
    for method in whole.methods:
        assert f"| `{method.short}` |" in page
        assert f"`{method.access.permission}`" in page
    assert set(access_matrix.rights(whole)) == {one.access.permission for one in runtime.methods().values()}


def test_the_event_catalogue_is_fresh(whole: Contract) -> None:
    """Write it again with `python -m tools.event_catalogue`."""
    assert event_catalogue.PAGE.read_text(encoding="utf-8") == event_catalogue.page(whole)


def test_every_event_has_one_sample_and_every_sample_an_event(whole: Contract) -> None:
    samples = {path.name for path in event_catalogue.SAMPLES.iterdir()}
    assert samples == {event_catalogue.sample_of(message).name for message in whole.events}


@pytest.mark.parametrize("name", EVENTS)
def test_a_sample_is_its_event_and_nothing_else(name: str, whole: Contract) -> None:
    """Parsed strictly, within the rules, with its key, the same after a trip through the wire format."""
    kind = runtime.events()[name]
    text = event_catalogue.sample_of(whole.messages[name]).read_text(encoding="utf-8")
    event = json_format.Parse(text, kind.message())
    assert [str(one.proto) for one in Validator().collect_violations(event)] == []
    assert getattr(event, kind.key)
    arrived = kind.message.FromString(event.SerializeToString())
    assert json.loads(json_format.MessageToJson(arrived)) == json.loads(text)


def test_every_file_that_a_proto_names_is_there() -> None:
    named = {
        found: path.relative_to(ROOT)
        for path in (ROOT / "protos").rglob("*.proto")
        for found in re.findall(r"`((?:services|libs|docs|gateway)/[^`]+)`", path.read_text(encoding="utf-8"))
    }
    assert "services/talent/matching/model.py" in named
    assert {name: by for name, by in named.items() if not (ROOT / name).exists()} == {}
