"""The file of edges says what the code does: who calls whom, who reads and writes which topic."""

from __future__ import annotations

import ast

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from libs.kit import contract
from tools import edges
from tools.contract import ROOT

EDGES = edges.edges()
PROGRAMS = {one.name: one for one in edges.programs()}
DEAD = ".dead"


def of(what: str) -> dict[str, list[str]]:
    found = EDGES[what]
    assert isinstance(found, dict)
    return found


def planted(path: str, source: str) -> edges.Source:
    return edges.Source({path: ast.parse(source)})


def test_the_file_is_fresh() -> None:
    """Write it again with `python -m tools.edges`."""
    assert edges.FILE.read_text(encoding="utf-8") == edges.page()
    assert yaml.safe_load(edges.page()) == EDGES


def test_every_service_has_its_edges() -> None:
    services = {one.parent.name for one in (ROOT / "services").glob("*/service.py")}
    for what in ("calls", "reads", "follows", "writes", "uses"):
        assert of(what).keys() == services | {"gateway"}


def test_the_front_door_calls_every_context_and_everybody_asks_identity_for_its_keys() -> None:
    contexts = {method.context for method in contract.methods().values()}
    assert set(of("calls")["gateway"]) == contexts
    assert all("identity" in called for name, called in of("calls").items() if name != "identity")


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_channel_is_taken_that_is_no_edge(name: str) -> None:
    """The same from the other end: `channels["employees"]`, `channels.get("employees")`."""
    for path, module in PROGRAMS[name].source.modules.items():
        for node in ast.walk(module):
            assert set(channels(node)) <= {*of("calls")[name], name}, path


def channels(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Subscript) and named_channels(node.value) and isinstance(node.slice, ast.Constant):
        return [str(node.slice.value)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        given = node.args[0] if named_channels(node.func.value) else None
        return [str(given.value)] if isinstance(given, ast.Constant) else []
    return []


def named_channels(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr.lstrip("_") == "channels") or (
        isinstance(node, ast.Name) and node.id == "channels"
    )


def test_who_says_a_method_of_another_context_calls_it() -> None:
    source = planted("services/talent/a.py", 'METHOD = "mainstay.employees.v1.PeopleService/ListSignInProfiles"')
    assert {method.context for method in source.methods()} == {"employees"}


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "gateway"])
def test_a_service_writes_its_own_topics_what_it_audits_and_dead_letters_of_what_it_reads(name: str) -> None:
    """A fact has one source: nobody publishes another's."""
    own = {topic for topic in contract.topics() if topic.startswith(f"{name}.")}
    dead = {topic + DEAD for topic in of("reads")[name]}
    assert set(of("writes")[name]) == own | dead | {"audit.records"}


def test_everybody_follows_the_revocations() -> None:
    assert all("identity.revocations" in followed for followed in of("follows").values())


def test_a_topic_that_cannot_be_told_is_said() -> None:
    told = planted("services/talent/a.py", 'TOPIC = "talent.jobs"\nbus.follow([TOPIC])\nself._bus.follow([TOPIC])')
    assert set(told.followed()) == {"talent.jobs"}
    assert list(planted("services/talent/a.py", "ledger.follow(house)").followed()) == []
    with pytest.raises(LookupError, match=r"services/talent/a\.py, line 1"):
        list(planted("services/talent/a.py", "bus.follow([made_up()])").followed())


def test_who_is_given_an_address_uses_what_is_there() -> None:
    assert of("uses") == {
        name: sorted(["collector", "kafka", "postgres", *(["keycloak"] if name in {"identity", "gateway"} else [])])
        for name in PROGRAMS
    }
