"""Our JSON is protobuf's own JSON, for every message of the contract; what cannot be read is said field by field."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.transcode import Unreadable, Wrong, codec_of, parse
from mainstay.employees.v1 import imports_pb2, lifecycle_pb2, people_pb2
from mainstay.identity.v1 import grants_pb2
from tests.unit.gateway.messages import descriptors, messages

LIST: Any = people_pb2.ListEmployeesRequest.DESCRIPTOR
HIRE: Any = lifecycle_pb2.HireEmployeeRequest.DESCRIPTOR


def wrongs(descriptor: Any, body: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(Unreadable) as refused:
        codec_of(descriptor).from_json(body.encode() if isinstance(body, str) else body)
    return [(one.path, one.word) for one in refused.value.wrong]


@pytest.mark.parametrize("descriptor", descriptors(), ids=lambda descriptor: descriptor.full_name)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_both_ways_agree_with_googles_json(descriptor: Descriptor, data: st.DataObject) -> None:
    message: Any = data.draw(messages(descriptor))
    codec = codec_of(descriptor)
    text = codec.to_json(message.SerializeToString())
    assert json.loads(text) == json.loads(json_format.MessageToJson(message))
    kind = GetMessageClass(descriptor)
    assert kind.FromString(codec.from_json(text)) == message
    snake = json_format.MessageToJson(message, preserving_proto_field_name=True)
    assert kind.FromString(codec.from_json(snake.encode())) == message


def test_every_wrong_field_is_named_at_once() -> None:
    body = '{"pageSize":"many","order":"BEST","statuses":["EMPLOYEE_STATUS_PROBATION","X"],"withTotal":1,"salary":5}'
    assert wrongs(LIST, body) == [
        ("pageSize", "whole_number"),
        ("order", "choice"),
        ("statuses[1]", "choice"),
        ("withTotal", "boolean"),
        ("salary", "unknown"),
    ]


@pytest.mark.parametrize(
    ("body", "path", "word"),
    [
        ("", "", "json"),
        ("{", "", "json"),
        ('{"query":"a"} trailing', "", "json"),
        (b'{"query":"\xff"}', "", "utf8"),
        ("[]", "", "object"),
        ("null", "", "object"),
        ('"text"', "", "object"),
        ('{"pageSize":NaN}', "", "json"),
        ('{"pageSize":' + "9" * 5000 + "}", "", "long_number"),
        ("[" * 100_000, "", "deep"),
        ('{"query":' * 100_000, "", "deep"),
        ('{"query":"a","query":"b"}', "query", "twice"),
        ('{"query":5}', "query", "text"),
        ('{"query":"a\\u0000b"}', "query", "text"),
        ('{"query":"\\ud800"}', "query", "text"),
        ('{"statuses":"EMPLOYEE_STATUS_PROBATION"}', "statuses", "list"),
        ('{"statuses":[null]}', "statuses[0]", "choice"),
        ('{"pageSize":-1}', "pageSize", "whole_number"),
        ('{"pageSize":1.5}', "pageSize", "whole_number"),
        ('{"pageSize":4294967296}', "pageSize", "whole_number"),
    ],
)
def test_what_is_wrong_is_said(body: str | bytes, path: str, word: str) -> None:
    assert wrongs(LIST, body) == [(path, word)]


def test_fields_inside_messages_and_lists_are_named_by_their_path() -> None:
    create = grants_pb2.CreateGrantRequest.DESCRIPTOR
    assert wrongs(create, '{"scope":{"kind":"SCOPE_KIND_EVERYWHERE"},"startsAt":"tomorrow"}') == [
        ("scope.kind", "choice"),
        ("startsAt", "instant"),
    ]
    assert wrongs(create, '{"scope":[]}') == [("scope", "object")]
    part = imports_pb2.UploadPartRequest.DESCRIPTOR
    assert wrongs(part, '{"content":"***"}') == [("content", "base64")]


def test_a_choice_lists_what_there_is_to_choose() -> None:
    with pytest.raises(Unreadable) as refused:
        codec_of(LIST).from_json(b'{"order":"BEST"}')
    assert refused.value.wrong == (Wrong("order", "choice", "EMPLOYEE_ORDER_HIRED_LAST_FIRST"),)


def test_only_the_first_twenty_wrong_fields_are_told() -> None:
    assert len(wrongs(LIST, json.dumps({f"x{number}": 1 for number in range(500)}))) == 20


def test_null_means_unset() -> None:
    assert codec_of(LIST).from_json(b'{"query":null,"statuses":null}') == b""


def test_deep_nesting_does_not_end_the_process() -> None:
    """protobuf-py's own text reader overflows the stack here, so text never reaches it: run where a crash is seen."""
    code = "from gateway.transcode import parse\ntry: parse(b'[' * 200_000)\nexcept Exception as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "deep" in done.stdout


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_json_is_read_or_refused_but_never_fails_otherwise(value: Any) -> None:
    try:
        codec_of(HIRE).from_value(parse(json.dumps(value).encode()))
    except Unreadable:
        pass
    else:
        raise AssertionError(value)


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        codec_of(LIST).from_json(body)
    except Unreadable:
        return
