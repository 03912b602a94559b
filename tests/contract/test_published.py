"""What is published stays: messages, routes and topics that others build on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from tools import buf, contract

Files = dict[str, descriptor_pb2.FileDescriptorProto]
Change = Callable[[Files], None]
EMPLOYEES = "mainstay/employees/v1/"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    target = tmp_path / "published.binpb"
    assert buf.publish(published=target)
    return target


def changed(descriptors: bytes, change: Change, target: Path) -> Path:
    whole = descriptor_pb2.FileDescriptorSet.FromString(descriptors)
    change({file.name: file for file in whole.file})
    target.write_bytes(whole.SerializeToString())
    return target


def drop_a_field(files: Files) -> None:
    del files[EMPLOYEES + "people.proto"].message_type[0].field[2]


def drop_a_route(files: Files) -> None:
    files[EMPLOYEES + "people.proto"].service[0].method[0].options.Clear()


def move_an_event(files: Files) -> None:
    option = files[EMPLOYEES + "events.proto"].message_type[0].options
    option.ParseFromString(option.SerializeToString().replace(b"employees.lifecycle", b"employees.lifelines"))


def close_a_topic(files: Files) -> None:
    for message in files[EMPLOYEES + "events.proto"].message_type:
        # The field `open` of the option, true and false.
        message.options.ParseFromString(message.options.SerializeToString().replace(b"\x20\x01", b"\x20\x00"))


def add_a_field(files: Files) -> None:
    files[EMPLOYEES + "people.proto"].message_type[0].field.add(name="added", number=900, type=9, label=1)


def test_the_contract_passes_lint() -> None:
    assert buf.lint()


def test_the_present_contract_is_compatible_with_the_published_one() -> None:
    assert buf.breaking()


def test_a_contract_that_nobody_has_yet_breaks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert buf.breaking(published=tmp_path / "none.binpb")
    assert "no contract is published yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (drop_a_field, 'Previously present field "3" with name "name" on message "Employee"'),
        (drop_a_route, "mainstay.employees.v1.PeopleService/GetEmployee: no longer answers GET /v1/employees/{}"),
        (move_an_event, "mainstay.employees.v1.EmployeeHired: was published as"),
        (close_a_topic, "mainstay.employees.v1.EmployeeHired: was published as"),
    ],
)
def test_a_broken_promise_is_named(
    change: Change, named: str, published: Path, descriptors: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    present = changed(descriptors, change, published.with_name("present.binpb"))
    assert not buf.breaking(present, published)
    assert not buf.publish(present, published)
    captured = capfd.readouterr()
    assert named in captured.out + captured.err


def test_adding_a_field_breaks_nothing(published: Path, descriptors: bytes, tmp_path: Path) -> None:
    assert buf.breaking(changed(descriptors, add_a_field, tmp_path / "present.binpb"), published)


def test_opening_a_topic_breaks_nothing(descriptors: bytes, tmp_path: Path) -> None:
    published, present = changed(descriptors, close_a_topic, tmp_path / "published.binpb"), tmp_path / "present.binpb"
    present.write_bytes(descriptors)
    assert published.read_bytes() != descriptors
    assert buf.breaking(present, published)


def test_foreign_files_are_not_judged(descriptors: bytes) -> None:
    """Unmarked, buf would lint google's and Buf's own files too."""
    mark = b"\xd2\xf6\x03\x02\x08\x01"
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        assert file.SerializeToString().endswith(mark) != file.name.startswith(contract.OURS), file.name
