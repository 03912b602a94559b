"""The dashboards: as their source says, in both languages, and of figures that there are."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.contract.test_metrics import registered
from tests.support.lacking import leave_out
from tests.support.panels import asked, queries
from tests.support.rules import rules
from tools.dashboards.__main__ import ALL, FOLDER, path_of, written
from tools.dashboards.grafana import Dashboard
from tools.stack import prometheus

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHOWN: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


def test_there_are_five_and_no_file_besides() -> None:
    assert {one.name for one in ALL} == {"overview", "services", "events", "identity", "database"} == set(SHOWN)


@pytest.mark.parametrize("dashboard", ALL, ids=lambda one: one.name)
def test_each_file_is_what_its_source_makes(dashboard: Dashboard) -> None:
    """`python -m tools.dashboards` writes them anew."""
    assert path_of(dashboard).read_text() == written(dashboard)


@pytest.mark.parametrize("name", SHOWN)
def test_titles_are_in_both_languages(name: str) -> None:
    titles = [SHOWN[name]["title"], *(panel["title"] for panel in SHOWN[name]["panels"])]
    assert [
        one for one in titles if not re.match(r"[A-Z]|gRPC", one) or not CHINESE.search(one.rpartition(" · ")[2])
    ] == []


@pytest.mark.parametrize("name", SHOWN)
def test_panels_lie_beside_each_other_and_not_over(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in SHOWN[name]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in SHOWN[name]["panels"]]
    assert len(ids) == len(set(ids))


def test_every_query_can_be_read(tmp_path: Path) -> None:
    leave_out(prometheus.missing())
    panels = [{"record": f"panel:{number}", "expr": query} for number, (_, query) in enumerate(queries("5m"))]
    assert len(panels) > 80
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": panels}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _made() -> set[str]:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    ends = ("_bucket", "_count", "_sum")
    return recorded | {
        name
        for one in registered()
        for name in (one.name, *(one.name + end for end in ends if one.kind == "histogram"))
    }


def test_panels_ask_for_figures_that_are_made() -> None:
    named = {name for _, query in queries("5m") for name in asked(query)}
    assert sorted(named - _made()) == []


def test_every_figure_is_on_a_dashboard() -> None:
    named = {name for _, query in queries("5m") for name in asked(query)}
    missing = {one.name for one in registered() if not {one.name, one.name + "_bucket", one.name + "_count"} & named}
    assert sorted(missing) == []
