"""What an operator's Prometheus and Grafana are given: the rules and dashboards of the files, whole."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.chart import CHART, PROGRAMS, case
from tests.support.lacking import leave_out
from tools.stack import prometheus

RULES = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text(encoding="utf-8"))
DASHBOARDS = sorted((CHART / "files" / "dashboards").glob("*.json"))


def test_the_rules_are_those_of_the_file() -> None:
    assert case("standard").named("PrometheusRule", "rules")["spec"] == RULES


def test_with_an_address_of_the_runbooks_every_alert_leads_there() -> None:
    groups = case("standard, with own Secrets and claims").named("PrometheusRule", "rules")["spec"]["groups"]
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    assert alerts
    for rule in alerts:
        assert rule["annotations"]["runbook_url"] == f"https://wiki/hr/{rule['alert']}.md"


def test_promtool_takes_the_rules_as_rendered(tmp_path: Path) -> None:
    """Helm's own braces and the rules' meet in one file."""
    leave_out(prometheus.missing())
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(case("standard").named("PrometheusRule", "rules")["spec"]))
    done = subprocess.run(
        ["promtool", "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_finds_every_program_and_no_part() -> None:
    rendered = case("standard")
    monitor = rendered.named("ServiceMonitor", "monitor")["spec"]
    [rule] = monitor["selector"]["matchExpressions"]
    assert set(rule["values"]) == set(PROGRAMS)
    [endpoint] = monitor["endpoints"]
    for program in PROGRAMS:
        ports = {one["name"] for one in rendered.named("Service", program)["spec"]["ports"]}
        assert endpoint["port"] in ports
        labels = rendered.named("Service", program)["metadata"]["labels"]
        assert monitor["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_dashboard_is_given_to_grafana_whole(path: Path) -> None:
    given = [one for one in case("standard").of("ConfigMap") if path.name in one["data"]]
    assert len(given) == 1
    assert given[0]["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(given[0]["data"][path.name]) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_no_dashboard_asks_for_a_figure_that_nobody_has(path: Path) -> None:
    """Names of ours that stand in a dashboard stand in the code that measures them, or in a rule that records them."""
    recorded = {rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
    source = "".join(
        one.read_text(encoding="utf-8")
        for folder in ("libs", "services", "gateway")
        for one in (CHART.parents[1] / folder).rglob("*.py")
        if "node_modules" not in one.parts
    )
    expressions = " ".join(re.findall(r'"expr": "((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")))
    named = set(re.findall(r"\bmainstay[a-z_]*_[a-z_]+\b|\bmainstay:[a-z_:]+\b", expressions))
    assert named, "a dashboard of ours shows nothing of ours"
    # `mainstay:slo_burn:$window`: a variable of the dashboard's follows.
    named -= {one for one in named if one.endswith(":") and any(rule.startswith(one) for rule in recorded)}
    plain = {one: re.sub(r"_(bucket|count|sum|created|total|info)$", "", one) for one in named - recorded}
    assert {one for one, name in plain.items() if name not in source} == set()
