"""What an operator's Prometheus and Grafana are given: the rules and dashboards of the files, whole."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support import rules
from tests.support.chart import CHART, PROGRAMS, case, render
from tests.support.lacking import leave_out
from tools.stack import prometheus

RULES = {"groups": rules.groups()}
DASHBOARDS = sorted((CHART / "files" / "dashboards").glob("*.json"))


def test_the_rules_are_those_of_the_files() -> None:
    assert case("standard").named("PrometheusRule", "rules")["spec"] == RULES


@pytest.mark.parametrize(
    ("taken", "said", "told"),
    [(True, None, True), (False, None, False), (False, True, True), (True, False, False)],
)
def test_old_backups_are_told_where_the_chart_takes_them_or_the_values_say_so(
    taken: bool, said: bool | None, told: bool
) -> None:
    """Whoever takes backups by other means alone would be warned every day of something that is meant."""
    values = {"backup": {"enabled": taken}, "monitoring": {"prometheusRule": {"backups": said}}}
    groups = render("standard", values).named("PrometheusRule", "rules")["spec"]["groups"]
    backups = [group["name"] for group in groups if "BackupOld" in str(group)]
    assert backups == (["mainstay-backup"] if told else [])
    assert len(groups) == len(RULES["groups"]) - (not told)


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
    [endpoint] = monitor["endpoints"]
    chosen = [
        one
        for one in rendered.of("Service")
        if monitor["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
        and one["metadata"]["labels"]["app.kubernetes.io/component"] in rule["values"]
    ]
    assert sorted(one["spec"]["selector"]["app.kubernetes.io/component"] for one in chosen) == sorted(PROGRAMS)
    for one in chosen:
        assert endpoint["port"] in {port["name"] for port in one["spec"]["ports"]}


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_no_service_that_may_be_open_outside_leads_to_health_and_metrics(kind: str) -> None:
    rendered = render("standard", {"gateway": {"service": {"type": kind}}})
    assert rendered.named("Service", "gateway")["spec"]["type"] == kind
    leading = [one for one in rendered.of("Service") if 9090 in {port["port"] for port in one["spec"]["ports"]}]
    assert len(leading) == len(PROGRAMS)
    assert {one["spec"].get("clusterIP") for one in leading} == {"None"}


def test_helm_test_looks_where_each_program_says_how_it_is() -> None:
    rendered = case("standard")
    [box] = rendered.named("Pod", "check")["spec"]["containers"]
    for program in rendered.environment(box)["MAINSTAY_CHECK_PROGRAMS"].split(","):
        name, _, address = program.partition("=http://hr-")
        service = rendered.named("Service", address.removesuffix(":9090"))["spec"]
        assert service["selector"]["app.kubernetes.io/component"] == name
        assert 9090 in {port["port"] for port in service["ports"]}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_dashboard_is_given_to_grafana_whole(path: Path) -> None:
    given = [one for one in case("standard").of("ConfigMap") if path.name in one["data"]]
    assert len(given) == 1
    assert given[0]["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(given[0]["data"][path.name]) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_no_dashboard_asks_for_a_figure_that_nobody_has(path: Path) -> None:
    """Names of ours that stand in a dashboard stand in the code that measures them, or in a rule that records them."""
    recorded = {rule["record"] for rule in rules.rules() if "record" in rule}
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
