"""The names of metrics are a contract: dashboards and alert rules are written against them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.rules import rules
from tools.contract import ROOT

GUIDE = ROOT / "docs/guides/observe.md"
KINDS = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram", "Info": "gauge"}
ROW = re.compile(r"^\| `(mainstay_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Metric:
    name: str
    kind: str
    labels: tuple[str, ...]


def registered() -> Iterator[Metric]:
    """What the code makes, read and not run: some of it needs Kafka."""
    for folder in ("libs", "gateway", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                yield from _made_in(ast.parse(path.read_text()))


def _made_in(tree: ast.Module) -> Iterator[Metric]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS):
            continue
        if not (node.args and isinstance(node.args[0], ast.Constant)):
            continue
        name = str(node.args[0].value) + ("_info" if node.func.id == "Info" else "")
        labels = ast.literal_eval(node.args[2]) if len(node.args) > 2 else ()
        yield Metric(name, KINDS[node.func.id], tuple(sorted(labels)))


def in_the_guide() -> set[Metric]:
    rows = ROW.findall(GUIDE.read_text())
    return {Metric(name, kind, tuple(sorted(re.findall(r"`(\w+)`", labels)))) for name, kind, labels, _ in rows}


def test_the_guide_lists_every_metric_as_it_is_and_no_other() -> None:
    made, told = set(registered()), in_the_guide()
    assert sorted(map(str, made - told)) == [], "not in the guide"
    assert sorted(map(str, told - made)) == [], "only in the guide"


def test_no_two_places_make_the_same_metric() -> None:
    names = [one.name for one in registered()]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_names_say_their_unit() -> None:
    for one in registered():
        assert one.name.startswith("mainstay_")
        assert (one.kind == "counter") == one.name.endswith("_total"), one
        assert one.kind != "histogram" or one.name.endswith("_seconds"), one


def test_rules_speak_of_metrics_that_are_made() -> None:
    asked = {name for rule in rules() for name in re.findall(r"\bmainstay_\w+", rule["expr"])}
    made = {one.name for one in registered()}
    made |= {one.name + end for one in registered() if one.kind == "histogram" for end in ("_bucket", "_count", "_sum")}
    assert sorted(asked - made) == []
