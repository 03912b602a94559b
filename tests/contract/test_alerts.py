"""The alert rules: they can be read, each fires and stays silent as it should, and each has its page."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.contract.test_metrics import registered
from tests.support.lacking import leave_out
from tests.support.panels import asked
from tests.support.ports import free_port
from tests.support.rules import FILES, RULES, rules
from tools.contract import ROOT
from tools.stack import prometheus
from tools.stack.prometheus import PrometheusServer

RUNBOOKS = ROOT / "docs/guides/runbooks"
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"<[a-z' ]+>")
TESTED = sorted(path.relative_to(FILES) for path in (FILES / "alerts_test").glob("*.yaml"))
TESTS = [case for path in TESTED for case in yaml.safe_load((FILES / path).read_text())["tests"]]


@pytest.fixture(scope="module")
def promtool() -> None:
    leave_out(prometheus.missing())


def tool(*arguments: str, folder: Path = FILES) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("promtool")
def test_the_rules_can_be_read() -> None:
    done = tool("check", "rules", *(str(path) for path in sorted(RULES.parent.glob(RULES.name))))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("promtool")
def test_the_rules_fire_and_stay_silent_as_they_should() -> None:
    done = tool("test", "rules", *map(str, TESTED))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("promtool")
def test_a_rule_that_fires_too_late_is_noticed(tmp_path: Path) -> None:
    """The tests above can fail."""
    given = (FILES / "alerts/events.yaml").read_text()
    (tmp_path / "rules.yaml").write_text(given.replace("outbox_lag_seconds) > 30", "outbox_lag_seconds) > 3000"))
    cases = [one for one in TESTS if one["alert_rule_test"][0]["alertname"] == "MainstayRelayLag"]
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": cases}))
    done = tool("test", "rules", "tests.yaml", folder=tmp_path)
    assert done.returncode != 0
    assert "MainstayRelayLag" in done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_is_tested_to_fire_and_to_stay_silent(alert: str) -> None:
    cases = [one for case in TESTS for one in case["alert_rule_test"] if one["alertname"] == alert]
    assert {bool(one["exp_alerts"]) for one in cases} == {True, False}


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_how_bad_it_is_in_two_languages_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    told = rule["annotations"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert told["summary"]
    assert told["description"].endswith(".")
    assert re.search(r"[\u4e00-\u9fff]", told["summary_zh"])
    assert told["runbook_url"] == f"docs/guides/runbooks/{alert}.md"


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_page_says_what_it_means_what_to_look_at_and_what_to_type(alert: str) -> None:
    page = (RUNBOOKS / f"{alert}.md").read_text()
    assert page.startswith(f"# {alert}\n")
    for part in ("**What it means.**", "**Look at.**", "**Do.**", "\nIn a cluster", "\nWith `make stack`:"):
        assert part in page, part


@pytest.mark.parametrize("alert", ALERTS)
def test_what_a_page_says_to_type_can_be_typed(alert: str) -> None:
    """Bash reads it, and in a cluster the namespace is asked for and not guessed."""
    cluster, one_machine = BLOCK.findall((RUNBOOKS / f"{alert}.md").read_text())
    for block in (cluster, one_machine):
        done = subprocess.run(
            ["bash", "-n"], input=PLACEHOLDER.sub("x", block), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert re.search(r'^kubectl -n "\$NS" ', cluster, re.MULTILINE)
    assert "kubectl" not in one_machine


def test_pages_name_log_lines_and_metrics_that_there_are() -> None:
    code = "".join(
        path.read_text() for folder in ("libs", "gateway", "services") for path in (ROOT / folder).rglob("*.py")
    )
    said = "".join(page.read_text() for page in RUNBOOKS.glob("*.md"))
    lines = set(re.findall(r'\.event == "([^"]+)"', said)) | set(re.findall(r"log lines? `([a-z ]+)`", said))
    assert len(lines) > 5
    assert sorted(line for line in lines if f'"{line}"' not in code) == []
    named = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in asked(said.replace('"', ""))}
    made = {one.name for one in registered()}
    assert sorted(name for name in named - made if ":" not in name) == []


def test_alerts_tell_two_installations_apart() -> None:
    """Whatever gathers series keeps the namespace they are of."""
    for name, rule in ALERTS.items():
        for among in re.findall(r"\bby \(([^)]*)\)", rule["expr"]):
            assert "namespace" in among.split(", "), name
        assert not re.search(r"\b(?:sum|max|min|count)\(", rule["expr"]), name


@pytest.mark.usefixtures("promtool")
def test_prometheus_takes_the_rules_and_tells_who_is_away(tmp_path: Path) -> None:
    """With our own launcher: nobody listens on the target's port, and `up` says so."""
    server = PrometheusServer(tmp_path / "prometheus", free_port(), {"identity": f"127.0.0.1:{free_port()}"}, RULES)
    server.start()
    try:
        alerts = server.alerts()
        deadline = time.monotonic() + 20
        while not (found := server.ask('up{job="mainstay"}')) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        server.stop()
    assert server.pid is None
    assert alerts.keys() == ALERTS.keys()
    assert [(one["metric"]["instance"], one["value"][1]) for one in found] == [("identity", "0")]
