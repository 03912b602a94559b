"""The AsyncAPI document is that of the contract, valid, and true to what is on the wire."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]  # it ships none
from google.protobuf import json_format

from libs.kit import contract as runtime
from libs.kit.bus import Message
from libs.kit.bus.cloudevents import to_headers
from libs.kit.clock import SystemClock
from libs.kit.ids import uuid7
from services.identity.roles import ROLES
from tools import asyncapi
from tools.contract import Contract

# As published in @asyncapi/specs 6.11.1 (schemas/3.0.0.json, Apache License 2.0).
SCHEMA = Path(__file__).with_name("asyncapi-3.0.0.schema.json.gz")
OPEN = [event for event in runtime.events().values() if event.open]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(asyncapi.PAGE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def rules() -> Any:
    return jsonschema_rs.validator_for(json.loads(gzip.decompress(SCHEMA.read_bytes())))


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for below in part.values():
            yield from references(below)
    elif isinstance(part, list):
        for below in part:
            yield from references(below)


def resolved(document: Any, reference: str) -> Any:
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


def payload_rules(document: dict[str, Any], name: str) -> Any:
    """A validator of an event's JSON form, in which unknown fields are mistakes."""
    message = document["components"]["messages"][name]
    whole = {**message["payload"], "components": document["components"], "additionalProperties": False}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


def test_it_is_fresh(whole: Contract) -> None:
    """Write it again with `python -m tools.asyncapi`."""
    assert asyncapi.PAGE.read_text(encoding="utf-8") == asyncapi.page(whole)


def test_it_is_valid_asyncapi(document: dict[str, Any], rules: Any) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in rules.iter_errors(document)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole.pop("info"),
        lambda whole: whole["operations"]["readEmployeesUnits"].update(action="read"),
        lambda whole: whole["servers"]["kafka"].pop("protocol"),
        lambda whole: whole["components"]["messages"]["EmployeeHired"].update(payload="text"),
        lambda whole: whole["components"]["messages"]["EmployeeHired"]["bindings"]["kafka"].update(bindingVersion="9"),
    ],
)
def test_a_wrong_document_would_be_noticed(document: dict[str, Any], rules: Any, spoil: Any) -> None:
    spoiled = json.loads(json.dumps(document))
    spoil(spoiled)
    assert not rules.is_valid(spoiled)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    assert all(resolved(document, one) for one in found)


def test_it_has_the_open_topics_with_their_events_and_no_others(document: dict[str, Any]) -> None:
    told = {
        channel["address"]: {resolved(document, one["$ref"])["name"] for one in channel["messages"].values()}
        for channel in document["channels"].values()
    }
    assert told == {topic: {one.name for one in OPEN if one.topic == topic} for topic in runtime.open_topics()}
    assert "mainstay.identity.v1" not in asyncapi.PAGE.read_text(encoding="utf-8")


def test_each_channel_names_a_right_and_a_role_that_there_are(document: dict[str, Any]) -> None:
    for topic, channel in document["channels"].items():
        (role,) = re.findall(r"the role `([^`]+)`", channel["description"])
        assert ROLES[role].permissions == {channel["x-right"]} == {runtime.subscribing(topic)}


@pytest.mark.parametrize("event", OPEN, ids=lambda event: event.message.DESCRIPTOR.name)
def test_a_sample_keeps_its_schema_and_a_wrong_one_does_not(event: runtime.EventKind, document: dict[str, Any]) -> None:
    name = event.message.DESCRIPTOR.name
    (example,) = document["components"]["messages"][name]["examples"]
    rules = payload_rules(document, name)
    assert [str(error) for error in rules.iter_errors(example["payload"])] == []
    assert not rules.is_valid({**example["payload"], "unheardOf": 1})
    parsed = json_format.ParseDict(example["payload"], event.message())
    again = json_format.MessageToDict(parsed, always_print_fields_with_no_presence=True)
    assert again.keys() <= document["components"]["messages"][name]["payload"]["properties"].keys()
    assert [str(error) for error in rules.iter_errors(again)] == []


def test_the_headers_are_those_on_the_wire(document: dict[str, Any]) -> None:
    event = OPEN[0]
    sent = Message(event.topic, "k", b"", uuid7(), event.name, event.context, SystemClock().now(), trace="00-a-b-01")
    headers = {name: value.decode() for name, value in to_headers(sent)}
    schema = document["components"]["messageTraits"]["CloudEvent"]["headers"]
    rules = jsonschema_rs.validator_for({**schema, "additionalProperties": False}, validate_formats=True)
    assert [str(error) for error in rules.iter_errors(headers)] == []
    assert headers.keys() == schema["properties"].keys()
