"""Every rule of the contract refuses a deliberately wrong proto, and names the offender."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.sample_protos import (
    ANYONE,
    HEADER,
    OPEN,
    PERSON_ID,
    READS,
    REASONS,
    ROUTE,
    event,
    message,
    rpc,
    service,
)
from tests.contract.wrong_protos import WRONG, Wrong
from tools import contract, contract_rules, protos

RIGHT = {
    "a complete method": service(
        rpc(READS, ROUTE, ANYONE, 'option (mainstay.contract.v1.fails_with) = "THING_NOT_FOUND";')
    )
    + REASONS,
    "a shared reason": service(
        rpc(READS, ROUTE, ANYONE, 'option (mainstay.contract.v1.fails_with) = "VERSION_CONFLICT";')
    ),
    "same path, another verb": service(
        rpc(READS, ROUTE, ANYONE),
        rpc('option (google.api.http) = {delete: "/v1/things/{thing_id}"};', ANYONE, name="DropThing"),
    ),
    "same path, with a custom verb": service(
        rpc('option (google.api.http) = {post: "/v1/things/{thing_id}"};', ANYONE, name="MakeThing"),
        rpc('option (google.api.http) = {post: "/v1/things/{thing_id}:show"};', ANYONE, name="ShowThing"),
    ),
    "names of things": message(
        "// Unit.\nstring unit_name = 1;\n// In English.\nstring scope_unit_name_en = 2;\n"
        "// File.\nstring file_name = 3;\n// Page.\nuint32 page_size = 4;\n// Period.\nuint32 pay_period = 5;"
    ),
    "a thing's own name": message("// Name.\nstring name = 1;", name="OpenUnitRequest"),
    "a page of people": message(PERSON_ID + "// Next.\nstring next_page_token = 2;\n// All.\nuint32 total = 3;"),
    "an event": event('topic: "sample.things" key: "thing_id"'),
    "an open event": message(
        PERSON_ID + "// Which.\nstring thing_id = 2 [(mainstay.contract.v1.data) = PUBLIC];", options=OPEN
    ),
}

Judge = Callable[[str], contract.Contract]


@pytest.fixture
def judged(tmp_path: Path) -> Judge:
    """The contract that a snippet makes, compiled with the same compiler and options as the real one."""

    def compile_snippet(snippet: str) -> contract.Contract:
        path = tmp_path / "mainstay/sample/v1/sample.proto"
        path.parent.mkdir(parents=True)
        path.write_text(HEADER + snippet, encoding="utf-8")
        made = protos.descriptor_set(
            ["mainstay/sample/v1/sample.proto", "mainstay/contract/v1/errors.proto"], roots=(tmp_path, protos.PROTOS)
        )
        return contract.read(made)

    return compile_snippet


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_contract_is_refused_with_the_offender_named(wrong: Wrong, judged: Judge) -> None:
    made = judged(wrong.proto)
    found = [one for one in wrong.rule(made) if one.offender.name == wrong.offender and wrong.says in one.wrong]
    assert len(found) == 1, [str(one) for one in contract_rules.broken(made)]
    assert found[0] in contract_rules.broken(made)
    assert str(found[0]).startswith(f"mainstay/sample/v1/sample.proto:{found[0].offender.line}: {wrong.offender}")
    assert found[0].offender.line > HEADER.count("\n")


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_allowed_passes(right: str, judged: Judge) -> None:
    assert [str(one) for one in contract_rules.broken(judged(right))] == []


def test_every_rule_has_a_wrong_proto() -> None:
    assert {wrong.rule for wrong in WRONG.values()} == set(contract_rules.RULES)


def test_the_contract_keeps_every_rule(whole: contract.Contract) -> None:
    assert [str(one) for one in contract_rules.broken(whole)] == []
